//! One console to a data folder: a lock that the kernel lets go of when its holder ends, however it ends.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, Write};
use std::path::{Path, PathBuf};

use thiserror::Error;

/// Held while a process works on a data folder; let go of when dropped.
#[derive(Debug)]
pub struct DataLock {
    _file: File,
}

#[derive(Debug, Error)]
pub enum LockError {
    /// `holder` is its process id, where the file tells it.
    #[error(
        "another quarterdeck{} works on {}",
        .holder.map(|pid| format!(" (process {pid})")).unwrap_or_default(),
        .folder.display()
    )]
    Held { folder: PathBuf, holder: Option<u32> },
    #[error("the lock of {}: {source}", .folder.display())]
    Io { folder: PathBuf, source: io::Error },
}

impl DataLock {
    /// Takes `<data_dir>/lock`, creating the folder where it is missing, and writes the own process id into it.
    pub fn acquire(data_dir: &Path) -> Result<Self, LockError> {
        let failed = |source| LockError::Io { folder: data_dir.to_owned(), source };
        std::fs::create_dir_all(data_dir).map_err(failed)?;
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(data_dir.join("lock"))
            .map_err(failed)?;
        match file.try_lock() {
            Ok(()) => {
                file.set_len(0).map_err(failed)?;
                file.rewind().map_err(failed)?;
                writeln!(file, "{}", std::process::id()).map_err(failed)?;
                Ok(Self { _file: file })
            }
            Err(TryLockError::WouldBlock) => {
                let mut text = String::new();
                let holder = file.read_to_string(&mut text).ok().and_then(|_| text.trim().parse().ok());
                Err(LockError::Held { folder: data_dir.to_owned(), holder })
            }
            Err(TryLockError::Error(error)) => Err(failed(error)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_holder_is_told_who_holds_it() {
        let folder = tempfile::tempdir().expect("a folder");
        let first = DataLock::acquire(folder.path()).expect("free");
        match DataLock::acquire(folder.path()) {
            Err(LockError::Held { holder, .. }) => assert_eq!(holder, Some(std::process::id())),
            other => panic!("{other:?}"),
        }
        drop(first);
        DataLock::acquire(folder.path()).expect("free again");
    }
}
