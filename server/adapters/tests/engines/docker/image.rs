//! Images for tests, made here: nothing can be fetched from anywhere.

use std::fmt::Write as _;

use bollard::Docker;
use bollard::query_parameters::{CreateImageOptions, ImportImageOptions};
use futures::StreamExt as _;
use sha2::{Digest as _, Sha256};
use tar::{Builder, EntryType, Header};

pub const BOX: &str = "qd/box:1";
/// The same files, said to be for another processor.
pub const FOREIGN: &str = "qd/foreign:1";

const APPLETS: [&str; 17] = [
    "sh", "sleep", "httpd", "cat", "echo", "ls", "env", "id", "nc", "wget", "true", "false", "kill", "head",
    "mkdir", "touch", "dd",
];

fn file(archive: &mut Builder<Vec<u8>>, path: &str, mode: u32, content: &[u8]) {
    let mut header = Header::new_gnu();
    header.set_size(content.len() as u64);
    header.set_mode(mode);
    archive.append_data(&mut header, path, content).expect("added");
}

fn folder(archive: &mut Builder<Vec<u8>>, path: &str) {
    let mut header = Header::new_gnu();
    header.set_entry_type(EntryType::Directory);
    header.set_size(0);
    header.set_mode(0o777);
    archive.append_data(&mut header, path, std::io::empty()).expect("added");
}

fn files() -> Vec<u8> {
    let busybox = std::fs::read("/bin/busybox").expect("busybox-static");
    let mut archive = Builder::new(Vec::new());
    for path in ["bin", "tmp", "www", "www/cgi-bin", "etc"] {
        folder(&mut archive, path);
    }
    file(&mut archive, "bin/busybox", 0o755, &busybox);
    for applet in APPLETS {
        let mut header = Header::new_gnu();
        header.set_entry_type(EntryType::Symlink);
        header.set_size(0);
        header.set_mode(0o777);
        archive.append_link(&mut header, format!("bin/{applet}"), "busybox").expect("added");
    }
    file(&mut archive, "www/healthz", 0o644, b"fine\n");
    file(&mut archive, "etc/passwd", 0o644, b"root:x:0:0::/:/bin/sh\n");
    archive.into_inner().expect("packed")
}

/// Puts all of them onto a host.
pub async fn bring(docker: &Docker) {
    let files = files();
    let (repository, tag) = BOX.split_once(':').expect("a tag");
    let options = CreateImageOptions {
        from_src: Some("-".to_owned()),
        repo: Some(repository.to_owned()),
        tag: Some(tag.to_owned()),
        changes: vec!["ENV PATH=/bin".to_owned(), "CMD [\"sh\"]".to_owned()],
        ..CreateImageOptions::default()
    };
    let body = bollard::body_full(files.clone().into());
    let mut progress = std::pin::pin!(docker.create_image(Some(options), Some(body), None));
    while let Some(step) = progress.next().await {
        step.expect("imported");
    }
    let archive = with_config("arm64", &files, FOREIGN);
    let body = bollard::body_full(archive.into());
    let mut progress = std::pin::pin!(docker.import_image(ImportImageOptions::default(), body, None));
    while let Some(step) = progress.next().await {
        step.expect("loaded");
    }
}

/// An archive as `docker save` writes one, for a processor of one's choice.
fn with_config(architecture: &str, layer: &[u8], name: &str) -> Vec<u8> {
    let mut digest = String::new();
    for byte in Sha256::digest(layer) {
        write!(digest, "{byte:02x}").expect("a text takes all");
    }
    let config = serde_json::json!({
        "architecture": architecture,
        "os": "linux",
        "config": {"Cmd": ["sleep", "1000"], "Env": ["PATH=/bin"]},
        "rootfs": {"type": "layers", "diff_ids": [format!("sha256:{digest}")]},
    });
    let manifest =
        serde_json::json!([{"Config": "config.json", "RepoTags": [name], "Layers": ["layer.tar"]}]);
    let mut archive = Builder::new(Vec::new());
    file(&mut archive, "config.json", 0o644, config.to_string().as_bytes());
    file(&mut archive, "layer.tar", 0o644, layer);
    file(&mut archive, "manifest.json", 0o644, manifest.to_string().as_bytes());
    archive.into_inner().expect("packed")
}
