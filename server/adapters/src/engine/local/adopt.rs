//! Finding at the start what an earlier console left: running instances with their shims, and ended ones.

use std::io;
use std::path::Path;
use std::time::{Duration, Instant};

use super::folder::{Exit, Folder, ProcessMark, Spec, Started};
use super::launch::UNFINISHED;
use super::outcome;
use super::process::Process;
use super::shim::now;
use super::sweep::sweep;
use crate::engine::roster::StopOrder;

/// How long a shim may take to write down who it is.
const SHIM_SPEAKS: Duration = Duration::from_secs(5);

pub struct Found {
    pub folder: Folder,
    pub spec: Spec,
    pub order: Option<StopOrder>,
    pub started: Option<Started>,
    pub life: Life,
}

pub enum Life {
    Alive { shim: Process, mark: ProcessMark },
    Ended(Exit),
}

/// Everything below an environment's folder, oldest first. What makes no sense is logged and left, or removed where
/// nothing can run from it.
pub fn find(root: &Path) -> io::Result<Vec<Found>> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(root)? {
        let entry = entry?;
        let folder = Folder::at(entry.path());
        if !entry.file_type()?.is_dir() {
            continue;
        }
        let unfinished = entry.file_name().to_string_lossy().starts_with(UNFINISHED);
        match inspect(&folder, unfinished) {
            Ok(Some(instance)) => found.push(instance),
            Ok(None) => {}
            Err(error) => {
                tracing::warn!(folder = %folder.path().display(), %error, "instance folder not understood");
            }
        }
    }
    found.sort_by_key(|instance| instance.spec.created_at);
    Ok(found)
}

fn inspect(folder: &Folder, unfinished: bool) -> io::Result<Option<Found>> {
    let begin = Instant::now();
    let life = loop {
        if let Some(lock) = folder.try_lock()? {
            if unfinished {
                std::fs::remove_dir_all(folder.path())?;
                return Ok(None);
            }
            drop(lock);
            if folder.shim()?.is_none() && folder.exit()?.is_none() {
                // The console was killed before the shim began: nothing ever ran from it.
                std::fs::remove_dir_all(folder.path())?;
                return Ok(None);
            }
            break None;
        }
        if let Some(mark) = folder.shim()?
            && let Some(shim) = Process::open(mark)?
        {
            break Some(Life::Alive { shim, mark });
        }
        if begin.elapsed() > SHIM_SPEAKS {
            return Err(io::Error::other("locked by an unknown process"));
        }
        std::thread::sleep(Duration::from_millis(10));
    };
    let spec = match folder.spec() {
        Ok(Some(spec)) => spec,
        // Unreadable after a crash of the host; nothing runs from it.
        Ok(None) | Err(_) if life.is_none() => {
            std::fs::remove_dir_all(folder.path())?;
            return Ok(None);
        }
        Ok(None) => return Err(io::ErrorKind::NotFound.into()),
        Err(error) => return Err(error),
    };
    let life = match life {
        Some(life) => life,
        None => Life::Ended(exit(folder, &spec)),
    };
    let started = folder.started().unwrap_or_default();
    let order = folder.stop_order().unwrap_or_default();
    Ok(Some(Found { folder: folder.clone(), spec, order, started, life }))
}

/// How an instance without a shim ended. One that ended without a word is cleaned up and written down.
pub fn exit(folder: &Folder, spec: &Spec) -> Exit {
    let exit = if let Ok(Some(exit)) = folder.exit() {
        exit
    } else {
        sweep(spec);
        let exit = outcome::vanished(now());
        if let Err(error) = folder.write_exit(&exit) {
            tracing::warn!(instance = %spec.id, %error, "the end of an instance could not be recorded");
        }
        exit
    };
    if let Err(error) = std::fs::remove_dir_all(folder.work())
        && error.kind() != io::ErrorKind::NotFound
    {
        tracing::warn!(instance = %spec.id, %error, "a working folder could not be removed");
    }
    exit
}
