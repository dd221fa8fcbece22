//! From an order to a shim that runs it. Blocking; called from the pool of blocking threads.

use std::fs::{File, OpenOptions};
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;

use model::definition::{Definition, Resources};
use model::environment::Enforcement;
use model::id::{InstanceId, ReplicaSetId};
use model::instance::{InstancePort, InstanceReason, ReasonCode};

use super::cgroup::{Groups, Host};
use super::config::LocalConfig;
use super::folder::{Folder, Launch, Spec};
use super::port::{PortError, PortLease};
use super::process::{self, Process};
use super::shim::now;
use crate::artifact::{self, ArtifactError, ArtifactLimits};
use crate::engine::variables::{self, Facts};

/// One instance to be started.
#[derive(Debug, Clone)]
pub struct Order {
    pub id: InstanceId,
    pub set: ReplicaSetId,
    pub place: u32,
    pub restarts: u32,
    pub ends: u32,
    pub definition: Arc<Definition>,
    /// The archive's digest and file, resolved; `None` for a bare command.
    pub artifact: Option<(String, PathBuf)>,
}

/// A started shim.
pub struct Launched {
    pub spec: Spec,
    pub folder: Folder,
    pub lease: PortLease,
    pub child: Child,
    pub shim: Process,
    /// The shim's words: readable once the program runs or the shim has ended.
    pub words: OwnedFd,
}

/// Prefix of the folder of a launch that is not complete; without a lock held it is rubbish.
pub const UNFINISHED: &str = ".";

pub fn launch(
    order: Order,
    config: &LocalConfig,
    root: &Path,
    host: &Host,
) -> Result<Launched, InstanceReason> {
    let (lease, ports) =
        PortLease::take(&order.definition.ports, &config.ports).map_err(|error| match error {
            PortError::Taken(port) => reason(ReasonCode::PortTaken, port.to_string()),
            PortError::NoneFree => {
                let (first, last) = (config.ports.start(), config.ports.end());
                reason(ReasonCode::NoPlace, format!("no free port from {first} to {last}"))
            }
        })?;
    let spec = spec(&order, &ports, config, host);
    if spec.launch.command.is_empty() {
        return Err(reason(ReasonCode::CommandNotFound, String::new()));
    }
    let unfinished = root.join(format!("{UNFINISHED}{}", order.id));
    let result = prepare_and_spawn(&order, spec, lease, config, root, &unfinished);
    if result.is_err() {
        let _ = std::fs::remove_dir_all(&unfinished);
    }
    result
}

fn spec(order: &Order, ports: &[InstancePort], config: &LocalConfig, host: &Host) -> Spec {
    let program = config.shim.program.to_string_lossy();
    let facts =
        Facts { id: &order.id, set: &order.set, ports, statsd: config.statsd.as_deref(), program: &program };
    let env = variables::environment(&order.definition, facts, |name| std::env::var(name).ok());
    let command = variables::command(&order.definition, &env);
    Spec {
        id: order.id.clone(),
        set: order.set.clone(),
        place: order.place,
        restarts: order.restarts,
        ends: order.ends,
        created_at: now(),
        ports: ports.to_vec(),
        launch: Launch {
            command,
            env: env.into_iter().collect(),
            logs: config.logs,
            groups: groups(order, host),
            data_limit: data_limit(order.definition.resources, host),
        },
        definition: Definition::clone(&order.definition),
    }
}

fn groups(order: &Order, host: &Host) -> Groups {
    host.groups(&order.id.0, order.definition.resources)
}

/// Only where no control group limits memory. Not `RLIMIT_AS`: Go, Node and the JVM reserve far more addresses than they
/// use, and `RLIMIT_DATA` counts only private memory that can be written to.
fn data_limit(resources: Resources, host: &Host) -> Option<u64> {
    (host.memory() == Enforcement::ProcessLimit).then(|| resources.memory_mb.saturating_mul(1 << 20))
}

fn prepare_and_spawn(
    order: &Order,
    spec: Spec,
    lease: PortLease,
    config: &LocalConfig,
    root: &Path,
    unfinished: &Path,
) -> Result<Launched, InstanceReason> {
    let mut folder =
        Folder::create(unfinished.to_owned()).map_err(|error| host_reason("making its folder", &error))?;
    let lock = folder.try_lock().map_err(|error| host_reason("locking its folder", &error))?;
    let Some(lock) = lock else {
        return Err(reason(ReasonCode::Engine, "its folder is in use".to_owned()));
    };
    if let Some((digest, file)) = &order.artifact {
        unpack(digest, file, &folder.work())?;
    }
    folder.write_spec(&spec).map_err(|error| host_reason("recording it", &error))?;
    // From here on it is an instance: found at the next start, and owned by whoever holds its lock.
    folder.rename(root.join(&order.id.0)).map_err(|error| host_reason("naming its folder", &error))?;
    let spawned = spawn(&folder, lock, config);
    let (child, shim, words) = match spawned {
        Ok(spawned) => spawned,
        Err(error) => {
            let _ = std::fs::remove_dir_all(folder.path());
            return Err(host_reason("starting its shim", &error));
        }
    };
    Ok(Launched { spec, folder, lease, child, shim, words })
}

/// `lock` becomes the shim's standard input: it is let go of when the shim ends, and only then.
fn spawn(folder: &Folder, lock: File, config: &LocalConfig) -> io::Result<(Child, Process, OwnedFd)> {
    let errors =
        OpenOptions::new().append(true).create(true).mode(0o600).open(folder.path().join("shim.log"))?;
    let mut child = Command::new(&config.shim.program)
        .args(&config.shim.arguments)
        .arg(folder.path())
        .env_clear()
        .current_dir("/")
        .stdin(Stdio::from(lock))
        .stdout(Stdio::piped())
        .stderr(Stdio::from(errors))
        .spawn()?;
    let mark = i32::try_from(child.id()).ok().and_then(process::mark);
    let shim = match mark.map(Process::open) {
        Some(Ok(Some(shim))) => shim,
        other => {
            let _ = child.kill();
            let _ = child.wait();
            let ended = || io::Error::other("it ended at once");
            return Err(other.and_then(Result::err).unwrap_or_else(ended));
        }
    };
    let words = child.stdout.take().ok_or_else(|| io::Error::other("its pipe is missing"))?;
    Ok((child, shim, words.into()))
}

fn unpack(digest: &str, file: &Path, folder: &Path) -> Result<(), InstanceReason> {
    let actual = match artifact::digest_of(file) {
        Ok(actual) => actual,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return Err(reason(ReasonCode::ArtifactMissing, digest.to_owned()));
        }
        Err(error) => return Err(host_reason("reading its artifact", &error)),
    };
    if actual != digest {
        return Err(reason(ReasonCode::ArtifactCorrupt, format!("{digest} has become {actual}")));
    }
    artifact::unpack(file, folder, ArtifactLimits::default()).map_err(|error| match error {
        ArtifactError::Io { doing, source } => host_reason(doing, &source),
        other => reason(ReasonCode::ArtifactCorrupt, other.to_string()),
    })
}

pub fn reason(code: ReasonCode, detail: String) -> InstanceReason {
    InstanceReason { code, detail }
}

/// What an error of this host means for an instance.
pub fn host_reason(doing: &str, error: &io::Error) -> InstanceReason {
    use nix::libc::{EDQUOT, EMFILE, ENFILE, ENOSPC};
    let code = match error.raw_os_error() {
        Some(ENOSPC | EDQUOT) => ReasonCode::DiskFull,
        Some(EMFILE | ENFILE) => ReasonCode::FileDescriptorsExhausted,
        _ => ReasonCode::Engine,
    };
    reason(code, format!("{doing}: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_this_host_lacks_has_a_name() {
        for (errno, code) in [
            (nix::libc::ENOSPC, ReasonCode::DiskFull),
            (nix::libc::EMFILE, ReasonCode::FileDescriptorsExhausted),
            (nix::libc::ENFILE, ReasonCode::FileDescriptorsExhausted),
            (nix::libc::EIO, ReasonCode::Engine),
        ] {
            let reason = host_reason("starting its shim", &io::Error::from_raw_os_error(errno));
            assert_eq!(reason.code, code);
            assert!(reason.detail.starts_with("starting its shim: "), "{}", reason.detail);
        }
    }
}
