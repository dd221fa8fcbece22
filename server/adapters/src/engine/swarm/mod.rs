//! The engine for a Docker Swarm: one service per replica set. Placing, restarting and spreading are Swarm's.
//!
//! Nothing is remembered but what Swarm does not know: how tasks answer the questions asked from here, and which were
//! told to stop. See `docs/decisions/docker-engines.md`.

mod adopt;
mod convert;
mod count;
mod foreign;
mod inner;
mod node;
mod watch;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bollard::auth::DockerCredentials;
use bollard::models::{NetworkCreateRequest, NodeSpec, NodeSpecAvailabilityEnum, Platform, Service};
use bollard::query_parameters::{InspectNetworkOptions, InspectServiceOptions, UpdateNodeOptions};
use futures::StreamExt as _;
use futures::stream::BoxStream;
use model::api::LogLine;
use model::definition::{Definition, NetworkMode};
use model::environment::{Capabilities, Enforcement, Node};
use model::id::{AppKey, InstanceId, ReplicaSetId};
use model::instance::{InstanceReason, ReasonCode};
use model::workload::{ForeignWorkload, Upkeep};
use tokio_stream::wrappers::BroadcastStream;
use tokio_util::sync::DropGuard;

use self::inner::Inner;
use super::docker::{DockerConfig, image, log};
use super::{
    Engine, EngineError, EngineEvent, EngineInfo, LogRequest, Observation, Release, ReplicaSet, UsageSample,
    now,
};

/// A change that another one came before is tried again with what is there then.
const TRIES: u32 = 5;
/// Longest that a registry is waited for before a service is made.
const REGISTRY: Duration = Duration::from_secs(4);
/// Longest until waiting tasks are gone when their delay is forgotten.
const GONE: Duration = Duration::from_secs(8);

/// The engine of one environment.
pub struct SwarmEngine {
    inner: Arc<Inner>,
    _ends_tasks: DropGuard,
}

impl SwarmEngine {
    /// Begins to follow the swarm, whether its manager answers now or later. Needs a tokio runtime. Dropping it ends the
    /// following and leaves the services running.
    pub fn open(config: DockerConfig) -> Self {
        let inner = Arc::new(Inner::new(config));
        let ends_tasks = inner.ended.clone().drop_guard();
        inner.spawn(watch::follow_for_ever(Arc::downgrade(&inner)));
        inner.spawn(watch::sample_for_ever(Arc::downgrade(&inner)));
        Self { inner, _ends_tasks: ends_tasks }
    }

    async fn find(&self, set: &ReplicaSetId) -> Result<Option<Service>, EngineError> {
        let services = self.inner.services().await?;
        let owner = &self.inner.config.owner;
        Ok(services.into_iter().find(|service| convert::set_of_service(owner, service).as_ref() == Some(set)))
    }

    /// Changes the count of a service, and nothing else of it.
    async fn scale(&self, set: &ReplicaSetId, wanted: u32) -> Result<(), EngineError> {
        for _ in 0..TRIES {
            let found = self.find(set).await?;
            let service = found.ok_or_else(|| EngineError::NotFound(set.to_string()))?;
            if convert::replicas(&service) == wanted {
                return Ok(());
            }
            match Box::pin(count::set(&self.inner.connection, service, i64::from(wanted))).await {
                Err(EngineError::Refused(said)) if said.contains("out of sequence") => {}
                other => return other,
            }
        }
        Err(EngineError::Conflict(format!("{set} is being changed by somebody else as well")))
    }

    async fn create(&self, set: &ReplicaSet) -> Result<(), EngineError> {
        let reference = set.definition.image.as_deref().unwrap_or_default();
        let credentials = image::credentials(&*self.inner.config.credentials, reference).await;
        let platforms = self.platforms(reference, credentials.clone()).await;
        let owner = &self.inner.config.owner;
        let spec = convert::service(owner, set, platforms, self.inner.config.statsd.as_deref());
        self.have_network(&set.definition).await?;
        let call = |client: bollard::Docker| async move { client.create_service(spec, credentials).await };
        match self.inner.connection.call(call).await {
            Ok(_) => Ok(()),
            // An earlier try may have been heard.
            Err(EngineError::Conflict(_)) if self.find(&set.id).await?.is_some() => {
                self.scale(&set.id, set.wanted).await
            }
            Err(EngineError::Conflict(_)) => {
                let name = convert::service_name(&set.id);
                let asked = self
                    .inner
                    .connection
                    .call(|client| async move {
                        client.inspect_service(&name, None::<InspectServiceOptions>).await
                    })
                    .await;
                let name = convert::service_name(&set.id);
                let what = if asked.is_ok() { "a service" } else { "something" };
                Err(EngineError::Conflict(format!(
                    "{what} named {name} is in the swarm and not Quarterdeck's; it was left alone"
                )))
            }
            Err(error) => Err(error),
        }
    }

    /// For which nodes an image is, as its registry says; where it says nothing every node may try.
    async fn platforms(&self, reference: &str, credentials: Option<DockerCredentials>) -> Vec<Platform> {
        let name = image::exact(reference);
        let asked = self
            .inner
            .connection
            .call(|client| async move { client.inspect_registry_image(&name, credentials).await });
        let Ok(Ok(answer)) = tokio::time::timeout(REGISTRY, asked).await else { return Vec::new() };
        let known = answer.platforms.into_iter().filter(|platform| {
            // Attestations stand among the images and are for nobody.
            platform.architecture.as_deref().is_some_and(|name| !name.is_empty() && name != "unknown")
        });
        known.map(|platform| Platform { architecture: platform.architecture, os: platform.os }).collect()
    }

    /// Makes the overlay network that a definition asks for, unless there is one of the name, whosever it is.
    async fn have_network(&self, definition: &Definition) -> Result<(), EngineError> {
        let Some(name) = &definition.network.name else { return Ok(()) };
        let there = self
            .inner
            .connection
            .call(|client| async move { client.inspect_network(name, None::<InspectNetworkOptions>).await })
            .await;
        match (there, definition.network.mode) {
            (Ok(_), _) => return Ok(()),
            (Err(EngineError::NotFound(_)), NetworkMode::Overlay) => {}
            (Err(EngineError::NotFound(_)), _) => {
                return Err(EngineError::Refused(format!(
                    "there is no network {name}; with the mode overlay it is made"
                )));
            }
            (Err(error), _) => return Err(error),
        }
        let request = NetworkCreateRequest {
            name: name.clone(),
            driver: Some("overlay".to_owned()),
            attachable: Some(true),
            labels: Some(self.inner.config.owner.own()),
            ..NetworkCreateRequest::default()
        };
        match self.inner.connection.call(|client| async move { client.create_network(request).await }).await {
            Ok(_) | Err(EngineError::Conflict(_)) => Ok(()),
            Err(error) => Err(error),
        }
    }

    async fn set_availability(
        &self,
        name: &str,
        availability: NodeSpecAvailabilityEnum,
    ) -> Result<(), EngineError> {
        for _ in 0..TRIES {
            let nodes = self.inner.nodes().await?;
            let found = nodes.iter().find(|node| node::name(node, &nodes) == name);
            let found = found.ok_or_else(|| EngineError::NotFound(format!("node {name}")))?;
            let (Some(id), Some(spec)) = (found.id.clone(), found.spec.clone()) else {
                return Err(EngineError::Protocol("a node without an id".to_owned()));
            };
            let version = found.version.as_ref().and_then(|version| version.index).unwrap_or_default();
            let options = UpdateNodeOptions { version: i64::try_from(version).unwrap_or(i64::MAX) };
            let spec = NodeSpec { availability: Some(availability), ..spec };
            let call = |client: bollard::Docker| async move { client.update_node(&id, spec, options).await };
            match self.inner.connection.call(call).await {
                Err(EngineError::Refused(said)) if said.contains("out of sequence") => {}
                Ok(()) => {
                    self.inner.touch();
                    self.inner.tell(EngineEvent::Resync);
                    return Ok(());
                }
                Err(error) => return Err(error),
            }
        }
        Err(EngineError::Conflict(format!("node {name} is being changed by somebody else as well")))
    }
}

#[async_trait]
impl Engine for SwarmEngine {
    fn capabilities(&self) -> Capabilities {
        Capabilities {
            images: true,
            artifacts: false,
            commands: false,
            volumes: true,
            constraints: true,
            network_modes: vec![NetworkMode::Bridge, NetworkMode::Overlay, NetworkMode::Host],
            udp_ports: true,
            secrets: false,
            config_sets: false,
            cpu_limit: Enforcement::Orchestrator,
            memory_limit: Enforcement::Orchestrator,
        }
    }

    async fn probe(&self) -> Result<EngineInfo, EngineError> {
        let version = self.inner.connection.call(|client| async move { client.version().await }).await?;
        // A daemon that is no manager says so here.
        let nodes = self.inner.nodes().await?.len();
        let version = version.version.unwrap_or_default();
        Ok(EngineInfo { version: format!("Docker {version}, {nodes} nodes") })
    }

    async fn ensure(&self, set: &ReplicaSet) -> Result<(), EngineError> {
        if set.id.environment != self.inner.config.owner.environment {
            let words = format!("{} belongs to the environment {}", set.id, set.id.environment);
            return Err(EngineError::Refused(words));
        }
        if set.definition.image.is_none() {
            return Err(EngineError::Refused("this engine runs images".to_owned()));
        }
        let done = match self.scale(&set.id, set.wanted).await {
            Err(EngineError::NotFound(_)) => Box::pin(self.create(set)).await,
            other => other,
        };
        self.inner.changed(&set.id);
        done
    }

    async fn remove(&self, set: &ReplicaSetId) -> Result<(), EngineError> {
        let Some(id) = self.find(set).await?.and_then(|service| service.id) else { return Ok(()) };
        let removed =
            self.inner.connection.call(|client| async move { client.delete_service(&id).await }).await;
        self.inner.changed(set);
        match removed {
            Ok(()) | Err(EngineError::NotFound(_)) => Ok(()),
            Err(error) => Err(error),
        }
    }

    async fn observe(&self) -> Result<Observation, EngineError> {
        let look = self.inner.latest().await?;
        Ok(self.inner.take(&look))
    }

    fn watch(&self) -> BoxStream<'static, EngineEvent> {
        BroadcastStream::new(self.inner.events()).map(|event| event.unwrap_or(EngineEvent::Resync)).boxed()
    }

    async fn stop_instance(&self, id: &InstanceId) -> Result<(), EngineError> {
        let reason = InstanceReason { code: ReasonCode::Stopped, detail: String::new() };
        self.inner.stop_task(id, reason).await
    }

    /// Swarm cannot be told to hurry, but what it keeps back goes first when it scales down, and comes new when it scales
    /// up again. What runs stays.
    async fn reset_delay(&self, app: &AppKey) -> Result<(), EngineError> {
        let seen = self.observe().await?;
        for set in seen.sets.iter().filter(|set| set.id.key() == *app) {
            let waiting = set.instances.iter().filter(|instance| instance.delayed_until.is_some());
            let waiting: Vec<InstanceId> = waiting.map(|instance| instance.id.clone()).collect();
            if waiting.is_empty() {
                continue;
            }
            let rest = set.wanted.saturating_sub(u32::try_from(waiting.len()).unwrap_or(u32::MAX));
            self.scale(&set.id, rest).await?;
            let gone = watch::until_gone(&self.inner, &waiting, GONE).await;
            // Whatever came of that, the count is as it was.
            self.scale(&set.id, set.wanted).await?;
            gone?;
            self.inner.changed(&set.id);
        }
        Ok(())
    }

    async fn logs(
        &self,
        app: &AppKey,
        request: &LogRequest,
    ) -> Result<BoxStream<'static, Result<LogLine, EngineError>>, EngineError> {
        let client = self.inner.connection.client().await?;
        let (inner, app, instance) = (Arc::downgrade(&self.inner), app.clone(), request.instance.clone());
        let sources: log::Sources = Arc::new(move || {
            let (inner, app, instance) = (inner.upgrade(), app.clone(), instance.clone());
            Box::pin(async move {
                let Some(inner) = inner else { return Ok(Vec::new()) };
                let tasks = inner.tasks().await?;
                let owner = &inner.config.owner;
                let found = tasks.iter().filter_map(|task| {
                    let set = convert::labels_of_task(task).and_then(|labels| owner.set_of(labels))?;
                    let id = InstanceId(task.id.clone()?);
                    let asked = set.key() == app && instance.as_ref().is_none_or(|instance| *instance == id);
                    (asked && convert::has_begun(task)).then(|| log::Source {
                        name: id.0.clone(),
                        instance: id,
                        revision: set.revision,
                        alive: !convert::is_over(task),
                    })
                });
                Ok(found.collect())
            })
        });
        if let Some(id) = &request.instance {
            let tasks = self.inner.tasks().await?;
            if !tasks.iter().any(|task| task.id.as_deref() == Some(id.0.as_str())) {
                return Err(EngineError::NotFound(format!("instance {id}")));
            }
        }
        log::logs(client, log::Kind::Task, sources, request).await
    }

    async fn usage(&self) -> Result<Vec<UsageSample>, EngineError> {
        let time = now();
        let used = self.inner.used().into_iter();
        let samples = used.map(|(instance, (set, usage, restarts))| UsageSample {
            set,
            instance,
            time,
            usage,
            restarts,
        });
        Ok(samples.collect())
    }

    async fn nodes(&self) -> Result<Vec<Node>, EngineError> {
        let all = self.inner.nodes().await?;
        // Others' tasks take room as well.
        let tasks = self
            .inner
            .connection
            .call(|client| async move {
                client.list_tasks(None::<bollard::query_parameters::ListTasksOptions>).await
            })
            .await?;
        let seen = self.observe().await?;
        let nodes = all.iter().map(|each| {
            let mut shown = node::shown(each, &all, &tasks, &self.inner.config.address());
            let instances = seen.sets.iter().flat_map(|set| &set.instances);
            for instance in instances.filter(|i| i.state.is_active() && i.node == shown.name) {
                shown.instances += 1;
                let usage = instance.usage.unwrap_or_default();
                shown.used.cpus += usage.cpu_cores;
                shown.used.memory_bytes += usage.memory_bytes;
            }
            shown
        });
        Ok(nodes.collect())
    }

    async fn drain(&self, node: &str) -> Result<(), EngineError> {
        self.set_availability(node, NodeSpecAvailabilityEnum::DRAIN).await
    }

    async fn activate(&self, node: &str) -> Result<(), EngineError> {
        self.set_availability(node, NodeSpecAvailabilityEnum::ACTIVE).await
    }

    async fn foreign(&self) -> Result<Vec<ForeignWorkload>, EngineError> {
        foreign::list(&self.inner.connection).await
    }

    async fn foreign_upkeep(&self, id: &str) -> Result<Upkeep, EngineError> {
        foreign::upkeep(&self.inner.connection, id).await
    }

    async fn release_foreign(&self, id: &str) -> Result<Release, EngineError> {
        foreign::release(&self.inner.connection, id).await
    }

    async fn restore_foreign(&self, id: &str, upkeep: &Upkeep) -> Result<(), EngineError> {
        foreign::restore(&self.inner.connection, id, upkeep).await
    }

    async fn resolve_image(&self, reference: &str) -> Result<Option<String>, EngineError> {
        image::digest(&self.inner.connection, &*self.inner.config.credentials, reference).await
    }
}
