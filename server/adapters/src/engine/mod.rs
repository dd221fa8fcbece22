//! Engines: the orchestrators that run replica sets.
//!
//! An engine runs replica sets and reports what it sees. It knows nothing of rollouts, history or people, and it keeps
//! its own job: placing, restarting, checking health, keeping the count. All calls are idempotent.
//!
//! To add one: `convert.rs` first (pure), then its [`Capabilities`], this trait, one line in the contract runner and a
//! `match` arm in `server::boot`.

#[cfg(feature = "contract")]
pub mod contract;
mod credentials;
pub mod docker;
#[cfg(feature = "contract")]
pub mod fake;
mod health;
pub mod local;
mod probe;
mod roster;
pub mod swarm;
mod variables;

use std::collections::HashMap;
use std::sync::Arc;

use async_trait::async_trait;
use futures::stream::BoxStream;
use model::api::LogLine;
use model::definition::Definition;
use model::environment::{Capabilities, Node};
use model::id::{AppKey, InstanceId, ReplicaSetId};
use model::instance::{Instance, Usage};
use model::time::Timestamp;
use model::workload::{ForeignWorkload, Upkeep};
use thiserror::Error;

pub use self::credentials::{Credential, Credentials, NoCredentials};

/// An orchestrator. Implementations bound every call in time and never block the caller's thread.
#[async_trait]
pub trait Engine: Send + Sync {
    /// What definitions it can run, with limits. Cheap; may change between calls.
    fn capabilities(&self) -> Capabilities;

    /// Asks whether it answers, and its version.
    async fn probe(&self) -> Result<EngineInfo, EngineError>;

    /// Creates the replica set, or changes it to this count. Returns once it is accepted, not once it runs.
    async fn ensure(&self, set: &ReplicaSet) -> Result<(), EngineError>;

    /// Ends every instance of the replica set and forgets it. Unknown sets are fine. Returns once accepted: the
    /// instances are reported as stopping until they are gone.
    async fn remove(&self, set: &ReplicaSetId) -> Result<(), EngineError>;

    /// All our replica sets and their instances as they are now. Ended instances may be kept for a while, at most 10 a set.
    async fn observe(&self) -> Result<Observation, EngineError>;

    /// Tells that something changed. Never ends by itself; after a gap it yields [`EngineEvent::Resync`].
    fn watch(&self) -> BoxStream<'static, EngineEvent>;

    /// Ends one instance; the engine replaces it. NotFound when it does not exist.
    async fn stop_instance(&self, id: &InstanceId) -> Result<(), EngineError>;

    /// Forgets the crash count of an app and starts at once what was backing off.
    async fn reset_delay(&self, app: &AppKey) -> Result<(), EngineError>;

    /// Log lines of an app's instances, merged in time order, oldest first. With `follow` the stream goes on with new lines.
    async fn logs(
        &self,
        app: &AppKey,
        request: &LogRequest,
    ) -> Result<BoxStream<'static, Result<LogLine, EngineError>>, EngineError>;

    /// Latest usage of all running instances.
    async fn usage(&self) -> Result<Vec<UsageSample>, EngineError>;

    async fn nodes(&self) -> Result<Vec<Node>, EngineError>;

    /// Stops placing on a node and moves what runs there.
    async fn drain(&self, node: &str) -> Result<(), EngineError>;

    async fn activate(&self, node: &str) -> Result<(), EngineError>;

    /// What runs there and belongs to no console; only the calls below ever change anything of it.
    async fn foreign(&self) -> Result<Vec<ForeignWorkload>, EngineError> {
        Ok(Vec::new())
    }

    /// One of them; `None` when it is gone, or a console's.
    async fn foreign_workload(&self, id: &str) -> Result<Option<ForeignWorkload>, EngineError> {
        Ok(self.foreign().await?.into_iter().find(|workload| workload.id == id))
    }

    /// How one of them is kept running. Refused for what cannot be stopped and kept.
    async fn foreign_upkeep(&self, id: &str) -> Result<Upkeep, EngineError> {
        let _ = id;
        Err(EngineError::Unsupported("take over what others run"))
    }

    /// Stops one of them and keeps it from being started again; nothing of it is deleted. Refused for what belongs to a
    /// console, NotFound when it is gone. To be called until it is stopped.
    async fn release_foreign(&self, id: &str) -> Result<Release, EngineError> {
        let _ = id;
        Err(EngineError::Unsupported("take over what others run"))
    }

    /// Puts one of them back as it was before [`Engine::release_foreign`].
    async fn restore_foreign(&self, id: &str, upkeep: &Upkeep) -> Result<(), EngineError> {
        let _ = (id, upkeep);
        Err(EngineError::Unsupported("take over what others run"))
    }

    /// The digest that a tag names now, for a deployment to stay with; `None` where there is none to be had: no registry,
    /// an image that is only on the host, an engine without images.
    async fn resolve_image(&self, image: &str) -> Result<Option<String>, EngineError> {
        let _ = image;
        Ok(None)
    }
}

/// The time on this host's clock: an engine's daemons and processes live by it.
pub(crate) fn now() -> Timestamp {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_millis(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}

/// How far a stop is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Release {
    Stopping,
    Stopped,
}

/// What an engine is asked to run: one revision of one app at one wanted count.
#[derive(Debug, Clone, PartialEq)]
pub struct ReplicaSet {
    pub id: ReplicaSetId,
    pub definition: Arc<Definition>,
    pub wanted: u32,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EngineInfo {
    pub version: String,
}

/// Everything of ours that an engine sees at one moment.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Observation {
    pub sets: Vec<ObservedReplicaSet>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct ObservedReplicaSet {
    pub id: ReplicaSetId,
    /// The count the engine last accepted.
    pub wanted: u32,
    pub instances: Vec<Instance>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EngineEvent {
    /// Something about this replica set changed: observe.
    Changed(ReplicaSetId),
    /// Fresh usage figures: ask for them.
    Usage,
    /// Events may have been lost: observe everything.
    Resync,
}

#[derive(Debug, Clone, PartialEq)]
pub struct UsageSample {
    pub set: ReplicaSetId,
    pub instance: InstanceId,
    pub time: Timestamp,
    pub usage: Usage,
    pub restarts: u32,
}

/// Which log lines are wanted.
#[derive(Debug, Clone, Default)]
pub struct LogRequest {
    pub instance: Option<InstanceId>,
    pub since: Option<Timestamp>,
    pub until: Option<Timestamp>,
    pub grep: Option<regex::Regex>,
    /// Newest lines to begin with, 1 to 5000.
    pub limit: usize,
    pub follow: bool,
    /// With this every line is told, of each instance in its order: those of a named one from its time on, those of the
    /// others from their first. For who follows and keeps them: `since` and `limit` count for nothing then, and news may
    /// come a second later.
    pub after: Option<Arc<HashMap<InstanceId, Timestamp>>>,
}

/// Errors by what the caller should do.
#[derive(Debug, Error)]
pub enum EngineError {
    #[error("the engine does not know {0}")]
    NotFound(String),
    #[error("{0}")]
    Conflict(String),
    #[error("this engine cannot {0}")]
    Unsupported(&'static str),
    /// The engine's own words.
    #[error("{0}")]
    Refused(String),
    #[error("the engine refused the credentials")]
    Unauthorized,
    #[error("the engine cannot be reached: {0}")]
    Unreachable(String),
    #[error("the engine did not answer within {0:?}")]
    Timeout(std::time::Duration),
    /// The answer was not understood; holds a bounded excerpt.
    #[error("the engine's answer was not understood: {0}")]
    Protocol(String),
    /// The engine's own host: disk, processes, files.
    #[error("{doing}: {source}")]
    Host { doing: String, source: std::io::Error },
}
