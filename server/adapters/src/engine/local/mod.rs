//! The embedded engine: commands and uploaded artifacts as supervised processes on the console's own host.
//!
//! Every instance has a shim ([`shim`]) that owns it, so that it lives on while the console is away. What is needed to
//! find it again lies in its folder ([`folder`]); the memory of the engine ([`state`]) can be made anew from there.

mod adopt;
mod cgroup;
mod config;
mod folder;
mod follow;
mod inner;
mod launch;
mod log;
mod outcome;
mod port;
mod process;
pub mod shim;
mod stop_all;
mod supervise;
mod sweep;
mod usage;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use futures::StreamExt as _;
use futures::stream::BoxStream;
use model::api::LogLine;
use model::definition::{NetworkMode, Signal};
use model::environment::{Capabilities, Node};
use model::id::{AppKey, InstanceId, ReplicaSetId};
use tokio_stream::wrappers::BroadcastStream;
use tokio_util::sync::DropGuard;

pub use self::config::{LocalConfig, LogLimits, ShimCommand};
use self::inner::Inner;
pub use self::stop_all::{StopAllError, stop_all};
use super::{Engine, EngineError, EngineEvent, EngineInfo, LogRequest, Observation, ReplicaSet, UsageSample};

/// Folder of the engine within the data folder, with one folder for each environment.
const FOLDER: &str = "engine";

/// How long opening waits for the first health of adopted instances, so that a new start of the console shows no dip.
const FIRST_HEALTH: Duration = Duration::from_millis(300);

/// Opens the engine: adopts what runs and begins to watch it. Needs a tokio runtime. Dropping it ends the watching and
/// leaves the instances running. Take the [`crate::lock::DataLock`] first: two engines on one folder would fight.
pub async fn open(config: LocalConfig) -> Result<Arc<dyn Engine>, EngineError> {
    Ok(Arc::new(LocalEngine::open(config).await?))
}

/// The embedded engine of one environment.
pub struct LocalEngine {
    inner: Arc<Inner>,
    _ends_tasks: DropGuard,
}

impl LocalEngine {
    pub async fn open(mut config: LocalConfig) -> Result<Self, EngineError> {
        let join = tokio::task::spawn_blocking(move || {
            let failed =
                |source| EngineError::Host { doing: "opening the engine's folder".to_owned(), source };
            let root = config.data_dir.join(FOLDER).join(config.environment.as_str());
            std::fs::create_dir_all(&root).map_err(failed)?;
            // Shims work from another folder.
            let root = root.canonicalize().map_err(failed)?;
            if config.shim.program.components().count() > 1 {
                config.shim.program = std::path::absolute(&config.shim.program).map_err(failed)?;
            }
            let found = adopt::find(&root).map_err(failed)?;
            Ok((Inner::new(config, root, cgroup::Host::detect()), found))
        });
        let (inner, found) = join.await.map_err(|panic| EngineError::Protocol(panic.to_string()))??;
        let inner = Arc::new(inner);
        let ends_tasks = inner.ended.clone().drop_guard();
        inner.adopt(found);
        let settling = async {
            while inner.is_finding_out() {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        // What takes longer is shown as it is: not known yet.
        let _ = tokio::time::timeout(FIRST_HEALTH, settling).await;
        inner.spawn(usage::sample_for_ever(Arc::downgrade(&inner)));
        Ok(Self { inner, _ends_tasks: ends_tasks })
    }
}

/// The system's signal for a definition's.
const fn signal_of(signal: Signal) -> nix::sys::signal::Signal {
    use nix::sys::signal::Signal as System;
    match signal {
        Signal::Term => System::SIGTERM,
        Signal::Int => System::SIGINT,
        Signal::Quit => System::SIGQUIT,
        Signal::Hup => System::SIGHUP,
        Signal::Usr1 => System::SIGUSR1,
        Signal::Usr2 => System::SIGUSR2,
        Signal::Kill => System::SIGKILL,
    }
}

#[async_trait]
impl Engine for LocalEngine {
    fn capabilities(&self) -> Capabilities {
        Capabilities {
            images: false,
            artifacts: self.inner.config.artifacts.is_some(),
            commands: true,
            volumes: false,
            constraints: false,
            network_modes: vec![NetworkMode::Host],
            udp_ports: true,
            secrets: false,
            config_sets: false,
            cpu_limit: self.inner.host.cpu(),
            memory_limit: self.inner.host.memory(),
        }
    }

    async fn probe(&self) -> Result<EngineInfo, EngineError> {
        Ok(EngineInfo { version: env!("CARGO_PKG_VERSION").to_owned() })
    }

    async fn ensure(&self, set: &ReplicaSet) -> Result<(), EngineError> {
        if set.id.environment != self.inner.config.environment {
            return Err(EngineError::Refused(format!(
                "{} belongs to the environment {}",
                set.id, set.id.environment
            )));
        }
        if set.definition.image.is_some() {
            let words = "the embedded engine runs commands and artifacts, not images";
            return Err(EngineError::Refused(words.to_owned()));
        }
        self.inner.settle(&set.id, |state| {
            let known = state.sets.entry(set.id.clone()).or_default();
            known.wanted = set.wanted;
            known.definition = Some(Arc::clone(&set.definition));
            known.removed = false;
        });
        Ok(())
    }

    async fn remove(&self, set: &ReplicaSetId) -> Result<(), EngineError> {
        self.inner.settle(set, |state| {
            if let Some(known) = state.sets.get_mut(set) {
                known.removed = true;
                known.wanted = 0;
            }
        });
        Ok(())
    }

    async fn observe(&self) -> Result<Observation, EngineError> {
        Ok(self.inner.lock().observe())
    }

    fn watch(&self) -> BoxStream<'static, EngineEvent> {
        BroadcastStream::new(self.inner.events()).map(|event| event.unwrap_or(EngineEvent::Resync)).boxed()
    }

    async fn stop_instance(&self, id: &InstanceId) -> Result<(), EngineError> {
        let found = self.inner.lock().stop_instance(id);
        let set = found.ok_or_else(|| EngineError::NotFound(format!("instance {id}")))?;
        self.inner.changed(&set);
        Ok(())
    }

    async fn reset_delay(&self, app: &AppKey) -> Result<(), EngineError> {
        let changed = self.inner.lock().reset_delay(app);
        for set in changed {
            self.inner.changed(&set);
        }
        Ok(())
    }

    async fn logs(
        &self,
        app: &AppKey,
        request: &LogRequest,
    ) -> Result<BoxStream<'static, Result<LogLine, EngineError>>, EngineError> {
        follow::logs(&self.inner, app, request).await
    }

    async fn usage(&self) -> Result<Vec<UsageSample>, EngineError> {
        Ok(self.inner.lock().usage(shim::now()))
    }

    async fn nodes(&self) -> Result<Vec<Node>, EngineError> {
        let inner = Arc::clone(&self.inner);
        let node = tokio::task::spawn_blocking(move || inner.node()).await;
        node.map(|node| vec![node]).map_err(|panic| EngineError::Protocol(panic.to_string()))
    }

    async fn drain(&self, _node: &str) -> Result<(), EngineError> {
        Err(EngineError::Unsupported("drain its only node"))
    }

    async fn activate(&self, _node: &str) -> Result<(), EngineError> {
        Err(EngineError::Unsupported("activate its only node"))
    }
}
