//! Ending every instance without a console: `quarterdeck stop-instances`.

use std::io;
use std::os::fd::AsFd as _;
use std::path::Path;
use std::time::{Duration, Instant};

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::signal::Signal;
use thiserror::Error;

use super::adopt::{self, Life};
use super::folder::{Folder, Spec};
use super::process::Process;
use crate::engine::roster::{StopOrder, stopped};
use crate::lock::{DataLock, LockError};

/// Time above an instance's grace before its shim is killed.
const OVERDUE: Duration = Duration::from_secs(10);

#[derive(Debug, Error)]
pub enum StopAllError {
    #[error(transparent)]
    Lock(#[from] LockError),
    #[error("{doing}: {source}")]
    Io { doing: String, source: io::Error },
}

/// Ends every instance below `data_dir`, of all environments, and returns how many there were. Blocks until they are
/// gone; each gets its own signal and grace. Fails while a console runs, which would start them again.
pub fn stop_all(data_dir: &Path) -> Result<usize, StopAllError> {
    let _lock = DataLock::acquire(data_dir)?;
    let engines = data_dir.join(super::FOLDER);
    let failed = |source| StopAllError::Io { doing: format!("reading {}", engines.display()), source };
    let environments = match std::fs::read_dir(&engines) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(0),
        Err(error) => return Err(failed(error)),
    };
    let mut told = Vec::new();
    for environment in environments {
        let environment = environment.map_err(failed)?;
        for found in adopt::find(&environment.path()).map_err(failed)? {
            if let Life::Alive { shim, .. } = found.life {
                let order = found.order.unwrap_or(StopOrder { reason: stopped(), retire: true });
                if let Err(error) = found.folder.write_stop_order(&order) {
                    tracing::warn!(instance = %found.spec.id, %error, "a stop could not be recorded");
                }
                let doing = || format!("stopping {}", found.spec.id);
                shim.signal(Signal::SIGTERM).map_err(|source| StopAllError::Io { doing: doing(), source })?;
                told.push((shim, found.folder, found.spec));
            }
        }
    }
    let begin = Instant::now();
    for (shim, folder, spec) in &told {
        let deadline = begin + spec.definition.stop.grace.duration() + OVERDUE;
        wait_gone(shim, folder, spec, deadline)
            .map_err(|source| StopAllError::Io { doing: format!("waiting for {}", spec.id), source })?;
    }
    Ok(told.len())
}

fn wait_gone(shim: &Process, folder: &Folder, spec: &Spec, deadline: Instant) -> io::Result<()> {
    while !is_gone(shim, deadline)? {
        shim.signal(Signal::SIGKILL)?;
        if is_gone(shim, Instant::now() + OVERDUE)? {
            break;
        }
    }
    // Ends what is left of one whose shim had to be killed.
    adopt::exit(folder, spec);
    Ok(())
}

fn is_gone(shim: &Process, deadline: Instant) -> io::Result<bool> {
    let left = deadline.saturating_duration_since(Instant::now());
    let timeout = PollTimeout::try_from(left).unwrap_or(PollTimeout::MAX);
    let count = poll(&mut [PollFd::new(shim.as_fd(), PollFlags::POLLIN)], timeout)?;
    Ok(count > 0)
}
