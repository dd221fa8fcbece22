//! The engine for one Docker host: labelled containers per replica set.
//!
//! A daemon keeps no counts, so the roster does, as for the embedded engine; what is needed to find a container again
//! stands in its labels, and the roster can be made anew from there. While the console is away the daemon's own restart
//! policy mends what has proven that it can run. See `docs/decisions/docker-engines.md`.

mod adopt;
mod apply;
mod config;
pub(super) mod connection;
mod convert;
pub(super) mod draft;
mod foreign;
pub(super) mod image;
mod inner;
pub(super) mod label;
mod launch;
pub(super) mod log;
pub(super) mod program;
pub(super) mod runs;
pub(super) mod usage;
mod watch;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use futures::StreamExt as _;
use futures::stream::BoxStream;
use model::api::LogLine;
use model::definition::NetworkMode;
use model::environment::{Capabilities, Enforcement, Node};
use model::id::{AppKey, InstanceId, ReplicaSetId};
use model::workload::{ForeignWorkload, Upkeep};
use tokio_stream::wrappers::BroadcastStream;
use tokio_util::sync::DropGuard;

pub use self::config::DockerConfig;
pub use self::connection::Endpoint;
pub(super) use self::convert::{end_reason, time};
use self::inner::{Contact, Inner};
pub use self::label::Owner;
use super::{
    Engine, EngineError, EngineEvent, EngineInfo, LogRequest, Observation, Release, ReplicaSet, UsageSample,
    now,
};

/// How long a call waits for the first look at a daemon.
const FIRST_LOOK: Duration = Duration::from_secs(5);

/// Whether a daemon answers, within a time that a start can wait.
pub async fn answers(endpoint: Endpoint, within: Duration) -> bool {
    let connection = connection::Connection::new(endpoint);
    let ping = connection.call(|client| async move { client.ping().await });
    matches!(tokio::time::timeout(within, ping).await, Ok(Ok(_)))
}

/// The engine of one environment.
pub struct DockerEngine {
    inner: Arc<Inner>,
    _ends_tasks: DropGuard,
}

impl DockerEngine {
    /// Begins to follow the daemon, whether it answers now or later. Needs a tokio runtime. Dropping it ends the
    /// following and leaves the containers running.
    pub fn open(config: DockerConfig) -> Self {
        let inner = Arc::new(Inner::new(config));
        let ends_tasks = inner.ended.clone().drop_guard();
        inner.spawn(watch::follow_for_ever(Arc::downgrade(&inner)));
        inner.spawn(usage::sample_for_ever(Arc::downgrade(&inner)));
        Self { inner, _ends_tasks: ends_tasks }
    }

    /// Unreachable while the daemon is; right after the opening it is given a little time.
    async fn reach(&self) -> Result<(), EngineError> {
        if self.inner.contact() == Contact::New {
            let mut events = self.inner.events();
            let looked = async {
                // The first look is told, whatever came of it.
                while self.inner.contact() == Contact::New {
                    let _ = events.recv().await;
                }
            };
            let _ = tokio::time::timeout(FIRST_LOOK, looked).await;
        }
        match self.inner.contact() {
            Contact::There => Ok(()),
            Contact::New => Err(EngineError::Timeout(FIRST_LOOK)),
            Contact::Away(words) => Err(EngineError::Unreachable(words)),
        }
    }
}

#[async_trait]
impl Engine for DockerEngine {
    fn capabilities(&self) -> Capabilities {
        Capabilities {
            images: true,
            artifacts: false,
            commands: false,
            volumes: true,
            constraints: false,
            network_modes: vec![NetworkMode::Bridge, NetworkMode::Host, NetworkMode::None],
            udp_ports: true,
            secrets: false,
            config_sets: false,
            cpu_limit: Enforcement::Orchestrator,
            memory_limit: Enforcement::Orchestrator,
        }
    }

    async fn probe(&self) -> Result<EngineInfo, EngineError> {
        self.reach().await?;
        let version = self.inner.connection.call(|client| async move { client.version().await }).await?;
        Ok(EngineInfo { version: format!("Docker {}", version.version.unwrap_or_default()) })
    }

    async fn ensure(&self, set: &ReplicaSet) -> Result<(), EngineError> {
        self.reach().await?;
        if set.id.environment != self.inner.config.owner.environment {
            let words = format!("{} belongs to the environment {}", set.id, set.id.environment);
            return Err(EngineError::Refused(words));
        }
        if set.definition.image.is_none() {
            return Err(EngineError::Refused("this engine runs images".to_owned()));
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
        self.reach().await?;
        self.inner.settle(set, |state| {
            if let Some(known) = state.sets.get_mut(set) {
                known.removed = true;
                known.wanted = 0;
            }
        });
        Ok(())
    }

    async fn observe(&self) -> Result<Observation, EngineError> {
        self.reach().await?;
        Ok(self.inner.lock().observe())
    }

    fn watch(&self) -> BoxStream<'static, EngineEvent> {
        BroadcastStream::new(self.inner.events()).map(|event| event.unwrap_or(EngineEvent::Resync)).boxed()
    }

    async fn stop_instance(&self, id: &InstanceId) -> Result<(), EngineError> {
        self.reach().await?;
        let found = self.inner.lock().stop_instance(id);
        let set = found.ok_or_else(|| EngineError::NotFound(format!("instance {id}")))?;
        self.inner.begin_stops(&set);
        self.inner.changed(&set);
        Ok(())
    }

    async fn reset_delay(&self, app: &AppKey) -> Result<(), EngineError> {
        self.reach().await?;
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
        self.reach().await?;
        if let Some(id) = &request.instance
            && !self.inner.lock().of_app(app).any(|managed| managed.view.id == *id)
        {
            return Err(EngineError::NotFound(format!("instance {id}")));
        }
        let client = self.inner.connection.client().await?;
        let (inner, app, instance) = (Arc::downgrade(&self.inner), app.clone(), request.instance.clone());
        let sources: log::Sources = Arc::new(move || {
            let found = inner.upgrade().map_or_else(Vec::new, |inner| {
                let state = inner.lock();
                let all = state
                    .of_app(&app)
                    .filter(|managed| instance.as_ref().is_none_or(|instance| *instance == managed.view.id));
                all.filter_map(|managed| {
                    Some(log::Source {
                        instance: managed.view.id.clone(),
                        revision: managed.view.revision,
                        name: managed.hold.container.clone()?,
                        alive: managed.view.state.is_active(),
                    })
                })
                .collect()
            });
            Box::pin(std::future::ready(Ok(found)))
        });
        log::logs(client, log::Kind::Container, sources, request).await
    }

    async fn usage(&self) -> Result<Vec<UsageSample>, EngineError> {
        self.reach().await?;
        Ok(self.inner.lock().usage(now()))
    }

    async fn nodes(&self) -> Result<Vec<Node>, EngineError> {
        self.reach().await?;
        Ok(vec![self.inner.node()])
    }

    async fn drain(&self, _node: &str) -> Result<(), EngineError> {
        Err(EngineError::Unsupported("drain its only node"))
    }

    async fn activate(&self, _node: &str) -> Result<(), EngineError> {
        Err(EngineError::Unsupported("activate its only node"))
    }

    async fn foreign(&self) -> Result<Vec<ForeignWorkload>, EngineError> {
        self.reach().await?;
        foreign::list(&self.inner.connection).await
    }

    async fn foreign_workload(&self, id: &str) -> Result<Option<ForeignWorkload>, EngineError> {
        self.reach().await?;
        foreign::one(&self.inner.connection, id).await
    }

    async fn foreign_upkeep(&self, id: &str) -> Result<Upkeep, EngineError> {
        self.reach().await?;
        foreign::upkeep(&self.inner.connection, id).await
    }

    async fn release_foreign(&self, id: &str) -> Result<Release, EngineError> {
        self.reach().await?;
        foreign::release(&self.inner.connection, id).await
    }

    async fn restore_foreign(&self, id: &str, upkeep: &Upkeep) -> Result<(), EngineError> {
        self.reach().await?;
        foreign::restore(&self.inner.connection, id, upkeep).await
    }

    async fn resolve_image(&self, image: &str) -> Result<Option<String>, EngineError> {
        self.reach().await?;
        image::digest(&self.inner.connection, &*self.inner.config.credentials, image).await
    }
}
