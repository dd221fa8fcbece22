//! Secrets that must be shown again, to a registry say, and so cannot be kept as hashes: sealed with a key that is not in
//! the database. What a value belongs to is sealed with it, so that it cannot be put in another's place.

use std::fmt::Write as _;
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{Key, XChaCha20Poly1305, XNonce};
use sha2::{Digest, Sha256};
use thiserror::Error;

/// Name of the file in the data folder.
pub const FILE_NAME: &str = "secret.key";
const KEY: usize = 32;
const NONCE: usize = 24;
/// Beginning of every sealed value: the form, then which key.
const FORM: &str = "v1";

#[derive(Debug, Error)]
pub enum SealError {
    #[error("{} cannot be read or made: {source}", path.display())]
    File { path: PathBuf, source: std::io::Error },
    #[error("{place} must hold {KEY} bytes in base64")]
    NotKey { place: String },
    #[error(
        "it was sealed with the key {sealed} and this console has {ours}; give it the {FILE_NAME} it had then"
    )]
    OtherKey { sealed: String, ours: String },
    #[error("what is stored is damaged, or belongs to something else")]
    Damaged,
    #[error("it is too long to be sealed")]
    TooLong,
}

/// Seals and opens. The key never leaves it.
pub struct Seal {
    cipher: XChaCha20Poly1305,
    /// Tells keys apart, and says nothing about them.
    name: String,
}

impl Seal {
    /// With the key that is given, `QUARTERDECK_SECRET_KEY`, else with that of the data folder, which the first start
    /// makes.
    pub fn open(data_dir: &Path, given: Option<&str>) -> Result<Self, SealError> {
        if let Some(text) = given {
            return Self::read(text, "QUARTERDECK_SECRET_KEY");
        }
        let path = data_dir.join(FILE_NAME);
        let text = match std::fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                make(&path).map_err(|source| SealError::File { path: path.clone(), source })?
            }
            Err(source) => return Err(SealError::File { path, source }),
        };
        Self::read(&text, &path.display().to_string())
    }

    fn read(text: &str, place: &str) -> Result<Self, SealError> {
        let bytes = STANDARD.decode(text.trim()).ok().filter(|bytes| bytes.len() == KEY);
        let bytes = bytes.ok_or_else(|| SealError::NotKey { place: place.to_owned() })?;
        let mut hash = Sha256::new();
        hash.update(b"quarterdeck key name\0");
        hash.update(&bytes);
        let name = hash.finalize().iter().take(4).fold(String::new(), |mut text, byte| {
            // Writing to a text cannot fail.
            let _ = write!(text, "{byte:02x}");
            text
        });
        let key = Key::try_from(&bytes[..]).map_err(|_| SealError::NotKey { place: place.to_owned() })?;
        Ok(Self { cipher: XChaCha20Poly1305::new(&key), name })
    }

    /// `owner` is what the secret belongs to, as `registry/<id>/password`.
    pub fn seal(&self, owner: &str, secret: &str) -> Result<String, SealError> {
        let nonce: [u8; NONCE] = rand::random();
        let payload = Payload { msg: secret.as_bytes(), aad: owner.as_bytes() };
        let sealed = self.cipher.encrypt(&XNonce::from(nonce), payload).map_err(|_| SealError::TooLong)?;
        let text = URL_SAFE_NO_PAD.encode([&nonce[..], &sealed].concat());
        Ok(format!("{FORM}.{}.{text}", self.name))
    }

    pub fn unseal(&self, owner: &str, sealed: &str) -> Result<String, SealError> {
        let mut parts = sealed.splitn(3, '.');
        let (Some(FORM), Some(key), Some(text)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(SealError::Damaged);
        };
        if key != self.name {
            return Err(SealError::OtherKey { sealed: key.to_owned(), ours: self.name.clone() });
        }
        let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| SealError::Damaged)?;
        let (nonce, sealed) = bytes.split_at_checked(NONCE).ok_or(SealError::Damaged)?;
        let nonce = XNonce::try_from(nonce).map_err(|_| SealError::Damaged)?;
        let payload = Payload { msg: sealed, aad: owner.as_bytes() };
        let secret = self.cipher.decrypt(&nonce, payload).map_err(|_| SealError::Damaged)?;
        String::from_utf8(secret).map_err(|_| SealError::Damaged)
    }
}

/// A new key in a file that only its owner reads; two consoles that start at once end up with one.
fn make(path: &Path) -> std::io::Result<String> {
    let bytes: [u8; KEY] = rand::random();
    let text = STANDARD.encode(bytes);
    match std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path) {
        Ok(mut file) => {
            writeln!(file, "{text}")?;
            file.sync_all()?;
            Ok(text)
        }
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => std::fs::read_to_string(path),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    const OWNER: &str = "registry/1/password";

    #[test]
    fn what_is_sealed_opens_again_and_never_looks_the_same() {
        let folder = tempfile::tempdir().expect("a folder");
        let seal = Seal::open(folder.path(), None).expect("a key");
        let (one, two) =
            (seal.seal(OWNER, "s3cret").expect("sealed"), seal.seal(OWNER, "s3cret").expect("sealed"));
        assert_ne!(one, two);
        assert!(!one.contains("s3cret"));
        let later = Seal::open(folder.path(), None).expect("the same key");
        assert_eq!(later.unseal(OWNER, &one).expect("opened"), "s3cret");
        let mode = std::fs::metadata(folder.path().join(FILE_NAME)).expect("a file").permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }

    #[test]
    fn another_key_another_owner_and_damage_are_told_apart() {
        let key = STANDARD.encode([7; KEY]);
        let seal = Seal::open(Path::new("/nowhere"), Some(&key)).expect("a key");
        let other = Seal::open(Path::new("/nowhere"), Some(&STANDARD.encode([8; KEY]))).expect("a key");
        let sealed = seal.seal(OWNER, "s3cret").expect("sealed");
        let refused = other.unseal(OWNER, &sealed).expect_err("another key");
        assert!(matches!(&refused, SealError::OtherKey { .. }) && refused.to_string().contains(FILE_NAME));
        assert!(matches!(seal.unseal("registry/2/password", &sealed), Err(SealError::Damaged)));
        let mut damaged = sealed.into_bytes();
        let last = damaged.len() - 1;
        damaged[last] = if damaged[last] == b'A' { b'B' } else { b'A' };
        let damaged = String::from_utf8(damaged).expect("text");
        assert!(matches!(seal.unseal(OWNER, &damaged), Err(SealError::Damaged)));
        assert!(matches!(seal.unseal(OWNER, "s3cret"), Err(SealError::Damaged)));
    }

    #[test]
    fn a_key_that_is_none_is_named_and_not_repeated() {
        let refused =
            Seal::open(Path::new("/nowhere"), Some("too short")).err().expect("refused").to_string();
        assert!(refused.contains("QUARTERDECK_SECRET_KEY") && !refused.contains("too short"), "{refused}");
    }
}
