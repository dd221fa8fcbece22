//! `dev`: serves, and builds and restarts when a source file changes. Instances live on, as at any upgrade.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Child;
use std::time::{Duration, Instant, SystemTime};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::error::{Error, Result};
use crate::{build, place, process, run};

const WATCHED: [&str; 7] = ["app", "server", "style", "public", "migrations", "Cargo.toml", "Cargo.lock"];
const LOOK_EVERY: Duration = Duration::from_millis(300);
/// The server ends within 10 s of SIGTERM.
const PATIENCE: Duration = Duration::from_secs(12);

type Snapshot = BTreeMap<PathBuf, SystemTime>;

/// Runs until Ctrl-C, which the terminal sends to the server too.
pub fn dev(arguments: &[String]) -> Result<()> {
    let mut server: Option<Child> = None;
    loop {
        let seen = snapshot();
        match build::all(false) {
            Ok(binary) => {
                if let Some(child) = server.take() {
                    end(child)?;
                }
                server = Some(start(&binary, arguments)?);
            }
            Err(error) => eprintln!("dev: {error}; the last good build goes on"),
        }
        wait_for_change(&seen, &mut server);
        println!("dev: something changed");
    }
}

fn start(binary: &Path, arguments: &[String]) -> Result<Child> {
    let mut command = process::program(binary);
    run::serve(&mut command, arguments);
    command.spawn().map_err(|source| Error::Start { command: binary.display().to_string(), source })
}

fn end(mut child: Child) -> Result<()> {
    let failed = |source| Error::Start { command: "the end of the server".to_owned(), source };
    if child.try_wait().map_err(failed)?.is_some() {
        return Ok(());
    }
    let pid = Pid::from_raw(child.id().cast_signed());
    kill(pid, Signal::SIGTERM).map_err(|error| failed(error.into()))?;
    let asked = Instant::now();
    while asked.elapsed() < PATIENCE {
        if child.try_wait().map_err(failed)?.is_some() {
            return Ok(());
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    child.kill().and_then(|()| child.wait()).map(drop).map_err(failed)
}

/// Returns when the files differ from what was seen, and have been still for a moment.
fn wait_for_change(seen: &Snapshot, server: &mut Option<Child>) {
    loop {
        std::thread::sleep(LOOK_EVERY);
        if let Some(status) = server.as_mut().and_then(|child| child.try_wait().ok().flatten()) {
            println!("dev: the server ended ({status}); it starts again after the next change");
            *server = None;
        }
        let mut now = snapshot();
        if now == *seen {
            continue;
        }
        loop {
            std::thread::sleep(LOOK_EVERY);
            let later = snapshot();
            if later == now {
                return;
            }
            now = later;
        }
    }
}

fn snapshot() -> Snapshot {
    let root = place::root();
    let mut files = Snapshot::new();
    let mut open: Vec<PathBuf> = WATCHED.iter().map(|name| root.join(name)).collect();
    while let Some(path) = open.pop() {
        let Ok(metadata) = path.metadata() else { continue };
        if metadata.is_dir() {
            let entries = std::fs::read_dir(&path).into_iter().flatten().flatten();
            open.extend(entries.map(|entry| entry.path()));
        } else if let Ok(modified) = metadata.modified() {
            files.insert(path, modified);
        }
    }
    files
}
