//! An instance's folder: what is in it, and how it is read and written so that a kill at any moment leaves sense.
//!
//! ```text
//! <data>/engine/<environment>/<instance>/
//!   lock           held by the shim from before the folder has its name until the shim ends
//!   instance.json  what was asked for (the console writes it once)
//!   shim.json      the shim's process (the shim, first thing)
//!   started.json   the program's process (the shim, once it runs)
//!   stop.json      why it is to be stopped (whoever stops it, before the signal)
//!   exit.json      how it ended (the shim, last thing)
//!   log/           captured output
//!   work/          the program's working folder; removed once it has ended
//! ```
//!
//! Files are replaced by renaming. They are not synced: a crash of the host ends the processes along with them.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use model::definition::Definition;
use model::id::{InstanceId, ReplicaSetId};
use model::instance::InstancePort;
use model::time::Timestamp;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::cgroup::Groups;
use super::config::LogLimits;
use crate::engine::roster::StopOrder;

const SPEC: &str = "instance.json";
const SHIM: &str = "shim.json";
const STARTED: &str = "started.json";
const STOP: &str = "stop.json";
const EXIT: &str = "exit.json";
const EXIT_ROOM: &str = "exit.room";
const LOCK: &str = "lock";

/// Bytes set aside at the start for `exit.json`, so that a full disk cannot lose how the program ended.
const EXIT_BYTES: usize = 1024;

/// What was asked for; written once.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Spec {
    pub id: InstanceId,
    pub set: ReplicaSetId,
    /// Place within the set; a replacement has the place of what it replaces.
    pub place: u32,
    /// Starts of this place before this one.
    pub restarts: u32,
    /// Ends in a row before this start that count for the back-off.
    pub ends: u32,
    pub created_at: Timestamp,
    pub ports: Vec<InstancePort>,
    pub definition: Definition,
    pub launch: Launch,
}

/// What the shim needs to know.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Launch {
    /// Program and arguments; never empty.
    pub command: Vec<String>,
    /// The whole environment of the program.
    pub env: Vec<(String, String)>,
    pub logs: LogLimits,
    /// Control groups to make and join, with their limits.
    pub groups: Groups,
    /// Bytes for `RLIMIT_DATA`, where no control group limits memory.
    pub data_limit: Option<u64>,
}

/// A process that cannot be mistaken for a later one of the same number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProcessMark {
    pub pid: i32,
    /// Clock ticks between the host's start and the process's.
    pub start_ticks: u64,
}

#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct Started {
    pub process: ProcessMark,
    pub at: Timestamp,
}

/// How it ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exit {
    pub at: Timestamp,
    /// Exit code, when it ended by itself.
    pub code: Option<i32>,
    /// Number of the signal that ended it.
    pub signal: Option<i32>,
    pub out_of_memory: bool,
    /// Error number and doing, when the program could not be started.
    pub not_started: Option<NotStarted>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NotStarted {
    pub errno: i32,
    pub doing: String,
}

/// One instance's folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Folder(PathBuf);

impl Folder {
    pub const fn at(path: PathBuf) -> Self {
        Self(path)
    }

    /// Makes a folder that only its owner can read, with everything the shim expects but the records.
    pub fn create(path: PathBuf) -> io::Result<Self> {
        std::fs::DirBuilder::new().recursive(true).mode(0o700).create(&path)?;
        let folder = Self(path);
        std::fs::create_dir(folder.logs())?;
        std::fs::create_dir(folder.work())?;
        let mut room = File::create(folder.file(EXIT_ROOM))?;
        room.write_all(&[b' '; EXIT_BYTES])?;
        Ok(folder)
    }

    pub fn path(&self) -> &Path {
        &self.0
    }

    pub fn logs(&self) -> PathBuf {
        self.0.join("log")
    }

    pub fn work(&self) -> PathBuf {
        self.0.join("work")
    }

    /// Moves the folder to its final name.
    pub fn rename(&mut self, path: PathBuf) -> io::Result<()> {
        std::fs::rename(&self.0, &path)?;
        self.0 = path;
        Ok(())
    }

    /// Takes the lock; `None` while a shim (or its launch) holds it.
    pub fn try_lock(&self) -> io::Result<Option<File>> {
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .open(self.file(LOCK))?;
        match file.try_lock() {
            Ok(()) => Ok(Some(file)),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => Err(error),
        }
    }

    pub fn spec(&self) -> io::Result<Option<Spec>> {
        self.read(SPEC)
    }

    pub fn write_spec(&self, spec: &Spec) -> io::Result<()> {
        self.write(SPEC, spec)
    }

    pub fn shim(&self) -> io::Result<Option<ProcessMark>> {
        self.read(SHIM)
    }

    pub fn write_shim(&self, shim: ProcessMark) -> io::Result<()> {
        self.write(SHIM, &shim)
    }

    pub fn started(&self) -> io::Result<Option<Started>> {
        self.read(STARTED)
    }

    pub fn write_started(&self, started: Started) -> io::Result<()> {
        self.write(STARTED, &started)
    }

    pub fn stop_order(&self) -> io::Result<Option<StopOrder>> {
        self.read(STOP)
    }

    pub fn write_stop_order(&self, order: &StopOrder) -> io::Result<()> {
        self.write(STOP, order)
    }

    pub fn exit(&self) -> io::Result<Option<Exit>> {
        self.read(EXIT)
    }

    /// Writes into the room set aside at the start, then gives it its name.
    pub fn write_exit(&self, exit: &Exit) -> io::Result<()> {
        let mut text = serde_json::to_vec(exit)?;
        text.resize(text.len().max(EXIT_BYTES), b' ');
        let room = self.file(EXIT_ROOM);
        let mut file = OpenOptions::new().write(true).create(true).truncate(false).open(&room)?;
        file.write_all(&text)?;
        std::fs::rename(room, self.file(EXIT))
    }

    fn file(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    fn read<T: DeserializeOwned>(&self, name: &str) -> io::Result<Option<T>> {
        match std::fs::read(self.file(name)) {
            Ok(bytes) => Ok(Some(serde_json::from_slice(&bytes)?)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn write<T: Serialize>(&self, name: &str, value: &T) -> io::Result<()> {
        let temporary = self.file(&format!("{name}.new"));
        let mut file =
            OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&temporary)?;
        file.write_all(&serde_json::to_vec(value)?)?;
        std::fs::rename(temporary, self.file(name))
    }
}
