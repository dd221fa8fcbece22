//! Uploaded artifacts: gzip-compressed tar archives, kept by the SHA-256 of their bytes.
//!
//! An upload goes to a temporary file, is checked whole and only then gets its name, so a half or bad upload leaves
//! nothing. Every instance unpacks a copy of its own: programs run with the console's rights, so a shared copy, even a
//! read-only one, could be damaged by any of them.

mod archive;

use std::io;
use std::path::{Path, PathBuf};

use async_trait::async_trait;
use model::definition::ArtifactReference;
use sha2::{Digest as _, Sha256};
use thiserror::Error;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWriteExt as _};

pub use self::archive::{check, unpack};

const PREFIX: &str = "sha256:";
const CHUNK: usize = 64 << 10;

/// Bounds of one archive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ArtifactLimits {
    /// Bytes of the archive.
    pub archive_bytes: u64,
    /// Bytes of its files together.
    pub unpacked_bytes: u64,
    /// Files, folders and links.
    pub entries: u64,
}

impl Default for ArtifactLimits {
    fn default() -> Self {
        Self { archive_bytes: 512 << 20, unpacked_bytes: 4 << 30, entries: 100_000 }
    }
}

#[derive(Debug, Error)]
pub enum ArtifactError {
    #[error("the archive is larger than {limit} bytes")]
    TooLarge { limit: u64 },
    #[error("the archive unpacks to more than {limit} bytes")]
    UnpacksTooLarge { limit: u64 },
    #[error("the archive holds more than {limit} entries")]
    TooManyEntries { limit: u64 },
    /// Not gzip, not tar, cut off, or damaged.
    #[error("not a whole gzip-compressed tar archive: {0}")]
    Corrupt(String),
    #[error("the archive's entry {path:?} {why}")]
    Unsafe { path: String, why: &'static str },
    #[error("the archive holds nothing")]
    Empty,
    #[error("the upload ended early: {0}")]
    Upload(io::Error),
    #[error("{doing}: {source}")]
    Io { doing: &'static str, source: io::Error },
}

impl ArtifactError {
    /// The archive is at fault, not this host or the connection.
    pub const fn is_archive_fault(&self) -> bool {
        !matches!(self, Self::Upload(_) | Self::Io { .. })
    }
}

/// A stored archive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredArtifact {
    /// `sha256:<hex>` of the archive.
    pub digest: String,
    /// Bytes of the archive.
    pub size: u64,
}

/// Finds the archive of a reference for the embedded engine.
#[async_trait]
pub trait ArtifactSource: Send + Sync {
    /// Digest of the archive, `None` where the reference names nothing; an error's text is shown to people.
    async fn digest(&self, reference: &ArtifactReference) -> Result<Option<String>, String>;

    /// Where the archive of this digest lies or would lie.
    fn path(&self, digest: &str) -> Option<PathBuf>;
}

/// The folder of archives: `<folder>/<hex>.tar.gz`.
#[derive(Debug, Clone)]
pub struct ArtifactStore {
    folder: PathBuf,
    limits: ArtifactLimits,
}

impl ArtifactStore {
    /// Opens or makes the folder, and removes what half uploads of an earlier run left.
    pub fn open(folder: PathBuf, limits: ArtifactLimits) -> Result<Self, ArtifactError> {
        let failed = |source| ArtifactError::Io { doing: "opening the artifact folder", source };
        std::fs::create_dir_all(&folder).map_err(failed)?;
        for entry in std::fs::read_dir(&folder).map_err(failed)?.flatten() {
            if entry.file_name().to_string_lossy().starts_with(TEMPORARY) {
                std::fs::remove_file(entry.path()).map_err(failed)?;
            }
        }
        Ok(Self { folder, limits })
    }

    pub const fn limits(&self) -> ArtifactLimits {
        self.limits
    }

    /// Stores what `body` yields. Storing the same bytes again is fine and changes nothing.
    pub async fn put(&self, body: impl AsyncRead + Send) -> Result<StoredArtifact, ArtifactError> {
        let io = |doing| move |source| ArtifactError::Io { doing, source };
        let temporary = tempfile::Builder::new()
            .prefix(TEMPORARY)
            .tempfile_in(&self.folder)
            .map_err(io("making room for the upload"))?;
        let mut file =
            tokio::fs::File::from_std(temporary.reopen().map_err(io("making room for the upload"))?);
        let mut body = std::pin::pin!(body);
        let mut hash = Sha256::new();
        let mut size = 0_u64;
        let mut chunk = vec![0; CHUNK];
        loop {
            let count = body.read(&mut chunk).await.map_err(ArtifactError::Upload)?;
            if count == 0 {
                break;
            }
            size += count as u64;
            if size > self.limits.archive_bytes {
                return Err(ArtifactError::TooLarge { limit: self.limits.archive_bytes });
            }
            hash.update(&chunk[..count]);
            file.write_all(&chunk[..count]).await.map_err(io("storing the upload"))?;
        }
        file.sync_all().await.map_err(io("storing the upload"))?;
        drop(file);
        let digest = format!("{PREFIX}{}", hex(&hash.finalize()));
        let target = self.file(&digest).ok_or(ArtifactError::Empty)?;
        let limits = self.limits;
        let stored = tokio::task::spawn_blocking(move || {
            check(temporary.path(), limits)?;
            temporary.persist(&target).map_err(|error| ArtifactError::Io {
                doing: "naming the stored archive",
                source: error.error,
            })?;
            Ok(())
        });
        stored.await.map_err(|panic| ArtifactError::Corrupt(panic.to_string()))??;
        Ok(StoredArtifact { digest, size })
    }

    /// The archive's file, whether it exists or not; `None` for what is no digest.
    pub fn file(&self, digest: &str) -> Option<PathBuf> {
        let hex = digest.strip_prefix(PREFIX)?;
        let valid = hex.len() == 64 && hex.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
        valid.then(|| self.folder.join(format!("{hex}.tar.gz")))
    }

    /// Removes an archive; one that is not there is fine.
    pub fn remove(&self, digest: &str) -> Result<(), ArtifactError> {
        let Some(file) = self.file(digest) else { return Ok(()) };
        match std::fs::remove_file(file) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                Err(ArtifactError::Io { doing: "removing an archive", source: error })
            }
            _ => Ok(()),
        }
    }
}

const TEMPORARY: &str = "upload-";

/// SHA-256 of a file as `sha256:<hex>`.
pub fn digest_of(path: &Path) -> io::Result<String> {
    let mut file = std::fs::File::open(path)?;
    let mut hash = Sha256::new();
    let mut chunk = vec![0; CHUNK];
    loop {
        let count = io::Read::read(&mut file, &mut chunk)?;
        if count == 0 {
            return Ok(format!("{PREFIX}{}", hex(&hash.finalize())));
        }
        hash.update(&chunk[..count]);
    }
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}
