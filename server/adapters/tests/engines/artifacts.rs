//! Uploaded archives: what is taken, what is refused, and running from one.

use adapters::artifact::{ArtifactError, ArtifactLimits, ArtifactStore};
use adapters::engine::contract::Bench as _;
use flate2::Compression;
use flate2::write::GzEncoder;
use model::instance::ReasonCode;
use serde_json::{Value, json};
use tar::{Builder, EntryType, Header};

use crate::bench::Local;

fn header(kind: EntryType, size: u64) -> Header {
    let mut header = Header::new_gnu();
    header.set_entry_type(kind);
    header.set_size(size);
    header.set_mode(0o755);
    header
}

fn pack(fill: impl FnOnce(&mut Builder<GzEncoder<Vec<u8>>>)) -> Vec<u8> {
    let mut archive = Builder::new(GzEncoder::new(Vec::new(), Compression::fast()));
    fill(&mut archive);
    archive.into_inner().expect("packed").finish().expect("compressed")
}

fn file(archive: &mut Builder<GzEncoder<Vec<u8>>>, path: &str, content: &[u8]) {
    let mut header = header(EntryType::Regular, content.len() as u64);
    archive.append_data(&mut header, path, content).expect("added");
}

/// The crate refuses to write a bad path, so its bytes are put into the header.
fn raw(kind: EntryType, path: &str, link: &str) -> Vec<u8> {
    pack(|archive| {
        file(archive, "ok", b"ok");
        let mut header = header(kind, 0);
        header.as_old_mut().name[..path.len()].copy_from_slice(path.as_bytes());
        header.as_old_mut().linkname[..link.len()].copy_from_slice(link.as_bytes());
        header.set_cksum();
        archive.append(&header, std::io::empty()).expect("added");
    })
}

fn server() -> Vec<u8> {
    pack(|archive| {
        file(archive, "run", b"#!/bin/sh\necho from $(pwd) $(cat data/name)\nexec sleep 1000\n");
        file(archive, "data/name", b"the archive");
    })
}

fn store(limits: ArtifactLimits) -> (tempfile::TempDir, ArtifactStore) {
    let folder = tempfile::tempdir().expect("a folder");
    let store = ArtifactStore::open(folder.path().to_owned(), limits).expect("a store");
    (folder, store)
}

fn files(folder: &tempfile::TempDir) -> usize {
    std::fs::read_dir(folder.path()).expect("lists").count()
}

#[tokio::test]
async fn the_same_bytes_are_kept_once() {
    let (folder, store) = store(ArtifactLimits::default());
    let bytes = server();
    let first = store.put(&bytes[..]).await.expect("stored");
    assert_eq!(first.size, bytes.len() as u64);
    assert_eq!(store.put(&bytes[..]).await.expect("stored"), first);
    assert_eq!(files(&folder), 1);
    let path = store.file(&first.digest).expect("a path");
    assert_eq!(adapters::artifact::digest_of(&path).expect("read"), first.digest);
    assert_eq!(store.file("sha256:../../etc/passwd"), None);
    store.remove(&first.digest).expect("removed");
    store.remove(&first.digest).expect("removed twice is fine");
    assert_eq!(files(&folder), 0);
}

#[tokio::test]
async fn what_could_leave_its_folder_is_refused_and_leaves_nothing() {
    let (folder, store) = store(ArtifactLimits::default());
    let behind_link = pack(|archive| {
        let mut link = header(EntryType::Symlink, 0);
        archive.append_link(&mut link, "here", ".").expect("added");
        file(archive, "here/x", b"x");
    });
    for (name, bytes) in [
        ("absolute", raw(EntryType::Regular, "/etc/x", "")),
        ("parent", raw(EntryType::Regular, "a/../../x", "")),
        ("link out", raw(EntryType::Symlink, "link", "../../etc")),
        ("absolute link", raw(EntryType::Symlink, "link", "/etc/passwd")),
        ("hard link out", raw(EntryType::Link, "link", "../x")),
        ("device", raw(EntryType::Block, "disk", "")),
        ("pipe", raw(EntryType::Fifo, "pipe", "")),
        ("behind a link", behind_link),
    ] {
        let result = store.put(&bytes[..]).await;
        assert!(matches!(&result, Err(ArtifactError::Unsafe { .. })), "{name}: {result:?}");
        assert_eq!(files(&folder), 0, "{name}");
    }
}

#[tokio::test]
async fn what_is_broken_or_too_large_is_refused_and_leaves_nothing() {
    let limits = ArtifactLimits { archive_bytes: 4000, unpacked_bytes: 10_000, entries: 5 };
    let (folder, store) = store(limits);
    let whole = server();
    let cut = &whole[..whole.len() - 20];
    let mut damaged = whole.clone();
    let at = damaged.len() - 6;
    damaged[at] ^= 0xff;
    for (name, bytes) in [("text", b"hello".to_vec()), ("cut", cut.to_vec()), ("damaged", damaged)] {
        let result = store.put(&bytes[..]).await;
        assert!(matches!(&result, Err(ArtifactError::Corrupt(_))), "{name}: {result:?}");
    }
    let empty = pack(|_| {});
    assert!(matches!(store.put(&empty[..]).await, Err(ArtifactError::Empty)));
    let zeros = pack(|archive| file(archive, "zeros", &vec![0; 20_000]));
    assert!(matches!(store.put(&zeros[..]).await, Err(ArtifactError::UnpacksTooLarge { .. })));
    let many = pack(|archive| (0..6).for_each(|n| file(archive, &format!("f{n}"), b"")));
    assert!(matches!(store.put(&many[..]).await, Err(ArtifactError::TooManyEntries { .. })));
    let long = vec![0; 5000];
    assert!(matches!(store.put(&long[..]).await, Err(ArtifactError::TooLarge { .. })));
    let ends = tokio_util::io::StreamReader::new(futures::stream::iter([
        Ok(&b"half"[..]),
        Err(std::io::Error::from(std::io::ErrorKind::ConnectionReset)),
    ]));
    assert!(matches!(store.put(ends).await, Err(ArtifactError::Upload(_))));
    assert_eq!(files(&folder), 0);
}

fn from_archive(digest: &str) -> Value {
    let hex = digest.strip_prefix("sha256:").expect("a digest");
    json!({"artifact": format!("site/{hex}")})
}

#[tokio::test(flavor = "multi_thread")]
async fn an_archive_runs_in_a_copy_of_its_own() {
    let bench = Local::new().await;
    let stored = bench.artifacts.0.put(&server()[..]).await.expect("stored");
    let id = bench.run(from_archive(&stored.digest), 2).await;
    adapters::engine::contract::until_ready(&*bench.engine(), &id, 2).await;
    let seen = bench.engine().observe().await.expect("observed");
    for instance in &seen.sets[0].instances {
        let folder = bench.instance_folder(instance);
        let log = std::fs::read_to_string(folder.join("log/00000001.log")).expect("a log");
        assert!(log.contains(&format!("from {} the archive", folder.join("work").display())), "{log}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_missing_or_damaged_archive_is_said_to_be() {
    let bench = Local::new().await;
    bench.run(json!({"artifact": "missing/1"}), 1).await;
    let ended = bench.end().await;
    assert_eq!(ended.reason.map(|reason| reason.code), Some(ReasonCode::ArtifactMissing));
    let bench = Local::new().await;
    let stored = bench.artifacts.0.put(&server()[..]).await.expect("stored");
    let path = bench.artifacts.0.file(&stored.digest).expect("a path");
    let mut bytes = std::fs::read(&path).expect("read");
    bytes[30] ^= 0xff;
    std::fs::write(&path, bytes).expect("damaged");
    bench.run(from_archive(&stored.digest), 1).await;
    let ended = bench.end().await;
    assert_eq!(ended.reason.map(|reason| reason.code), Some(ReasonCode::ArtifactCorrupt));
}
