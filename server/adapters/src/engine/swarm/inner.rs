//! The engine's shared inside: looking at the swarm, asking tasks how they are, and telling of what is new.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use bollard::models::{Node as SwarmNode, Service, Task};
use bollard::query_parameters::{
    ListNodesOptions, ListServicesOptions, ListTasksOptions, StopContainerOptions,
};
use model::id::{InstanceId, ReplicaSetId};
use model::instance::{Health, Instance, InstanceReason, InstanceState, ReasonCode, Usage};
use tokio::sync::broadcast;
use tokio_util::sync::CancellationToken;
use tokio_util::task::AbortOnDropHandle;

use super::convert::{self, Known};
use super::node::Places;
use crate::engine::docker::connection::{Connection, bounded};
use crate::engine::docker::{DockerConfig, program, runs};
use crate::engine::health::{self, Latency};
use crate::engine::probe::Target;
use crate::engine::{EngineError, EngineEvent, Observation, now};

/// Beyond a program's grace until a stop must be over.
const STOP_BEYOND: Duration = Duration::from_secs(30);

/// How long a look answers who asks again. The reconciler asks after each one that showed something new.
const FRESH: Duration = Duration::from_millis(100);

/// One look at the swarm.
#[derive(Default)]
pub struct Look {
    pub services: Vec<Service>,
    /// Of our services.
    pub tasks: Vec<Task>,
    pub nodes: Vec<SwarmNode>,
}

/// The questions to one task, and what came of them.
struct Asked {
    health: Health,
    answer: String,
    latency: Latency,
    _asking: AbortOnDropHandle<()>,
}

/// Usage by task.
pub type Used = HashMap<InstanceId, (ReplicaSetId, Usage, u32)>;

#[derive(Default)]
struct State {
    asked: HashMap<InstanceId, Asked>,
    stopped: HashMap<InstanceId, InstanceReason>,
    /// As last told, to tell what is new.
    seen: Observation,
    used: Used,
    /// The last look, when it began and when it ended.
    last: Option<(Arc<Look>, Instant, Instant)>,
    /// When the swarm was last told something.
    told_at: Option<Instant>,
}

impl State {
    fn fresh(&self) -> Option<Arc<Look>> {
        let (look, begun, ended) = self.last.as_ref()?;
        let after = self.told_at.is_none_or(|told| told < *begun);
        (after && ended.elapsed() < FRESH).then(|| Arc::clone(look))
    }
}

pub struct Inner {
    pub config: DockerConfig,
    pub connection: Connection,
    state: Mutex<State>,
    events: broadcast::Sender<EngineEvent>,
    pub ended: CancellationToken,
}

impl Inner {
    pub fn new(config: DockerConfig) -> Self {
        Self {
            connection: Connection::new(config.endpoint.clone()),
            config,
            state: Mutex::default(),
            events: broadcast::channel(4096).0,
            ended: CancellationToken::new(),
        }
    }

    /// Never held across an await.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn events(&self) -> broadcast::Receiver<EngineEvent> {
        self.events.subscribe()
    }

    pub fn tell(&self, event: EngineEvent) {
        // Nobody listening is fine.
        let _ = self.events.send(event);
    }

    /// Runs until it is done or the engine is dropped.
    pub fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        let ended = self.ended.clone();
        tokio::spawn(async move {
            ended.run_until_cancelled_owned(task).await;
        });
    }

    /// Asks for services, tasks and nodes, in this order: a task's service is then known.
    pub async fn look(&self) -> Result<Arc<Look>, EngineError> {
        let begun = Instant::now();
        let services = self.services().await?;
        let tasks = self.tasks().await?;
        let nodes = self.nodes().await?;
        let look = Arc::new(Look { services, tasks, nodes });
        self.lock().last = Some((Arc::clone(&look), begun, Instant::now()));
        Ok(look)
    }

    /// The last look where nothing can have changed by us since, otherwise another.
    pub async fn latest(&self) -> Result<Arc<Look>, EngineError> {
        let fresh = self.lock().fresh();
        match fresh {
            Some(look) => Ok(look),
            None => self.look().await,
        }
    }

    /// The swarm was told something: what was seen before is no answer any more.
    pub fn touch(&self) {
        self.lock().told_at = Some(Instant::now());
    }

    /// The same, and others hear which replica set it was about.
    pub fn changed(&self, set: &ReplicaSetId) {
        self.touch();
        self.tell(EngineEvent::Changed(set.clone()));
    }

    pub async fn services(&self) -> Result<Vec<Service>, EngineError> {
        let options = ListServicesOptions { filters: Some(self.ours()), status: None };
        self.connection.call(|client| async move { client.list_services(Some(options)).await }).await
    }

    pub async fn tasks(&self) -> Result<Vec<Task>, EngineError> {
        let options = ListTasksOptions { filters: Some(self.ours()) };
        self.connection.call(|client| async move { client.list_tasks(Some(options)).await }).await
    }

    pub async fn nodes(&self) -> Result<Vec<SwarmNode>, EngineError> {
        self.connection.call(|client| async move { client.list_nodes(None::<ListNodesOptions>).await }).await
    }

    pub fn ours(&self) -> HashMap<String, Vec<String>> {
        HashMap::from([("label".to_owned(), self.config.owner.filter())])
    }

    /// Takes a look: begins to ask what runs, forgets what is gone, and tells of what is new.
    pub fn take(self: &Arc<Self>, look: &Look) -> Observation {
        let places = Places::new(&look.nodes, &self.config.address());
        let mut state = self.lock();
        let is_there =
            |id: &InstanceId| look.tasks.iter().any(|task| task.id.as_deref() == Some(id.0.as_str()));
        state.asked.retain(|id, _| is_there(id));
        state.stopped.retain(|id, _| is_there(id));
        let first = self.observe(&state, look, &places);
        let running: Vec<&Instance> = first
            .sets
            .iter()
            .flat_map(|set| &set.instances)
            .filter(|instance| instance.state == InstanceState::Running)
            .collect();
        state.asked.retain(|id, _| running.iter().any(|instance| instance.id == *id));
        for instance in running {
            if !state.asked.contains_key(&instance.id)
                && let Some(asked) = self.ask(instance, look)
            {
                state.asked.insert(instance.id.clone(), asked);
            }
        }
        let seen = self.observe(&state, look, &places);
        let mut changed: Vec<ReplicaSetId> = Vec::new();
        for set in &seen.sets {
            if !state.seen.sets.contains(set) {
                changed.push(set.id.clone());
            }
        }
        let gone =
            |before: &&crate::engine::ObservedReplicaSet| !seen.sets.iter().any(|set| set.id == before.id);
        changed.extend(state.seen.sets.iter().filter(gone).map(|set| set.id.clone()));
        state.seen = seen.clone();
        drop(state);
        for set in changed {
            self.tell(EngineEvent::Changed(set));
        }
        seen
    }

    fn observe(&self, state: &State, look: &Look, places: &Places) -> Observation {
        let health = state.asked.iter().map(|(id, asked)| (id.clone(), (asked.health, asked.answer.clone())));
        let known = Known { health: health.collect(), stopped: state.stopped.clone() };
        let owner = &self.config.owner;
        let mut seen = convert::observation(owner, &look.services, &look.tasks, places, &known, now());
        for instance in seen.sets.iter_mut().flat_map(|set| &mut set.instances) {
            instance.usage = state.used.get(&instance.id).map(|(_, usage, _)| *usage);
        }
        seen
    }

    /// Begins to ask a running task how it is.
    fn ask(self: &Arc<Self>, instance: &Instance, look: &Look) -> Option<Asked> {
        let task = look.tasks.iter().find(|task| task.id.as_deref() == Some(instance.id.0.as_str()))?;
        let definition = runs::read(convert::labels_of_task(task)?)?;
        let checks = program::asked_from_outside(&definition.health_checks);
        // Where Swarm asks by itself it lets a task run only once that has passed.
        let age = instance.started_at.map(|at| now().since(at)).unwrap_or_default();
        let target = Target {
            address: Some(instance.address.clone()),
            ports: instance.ports.clone(),
            variables: program::Variables::new(),
            folder: PathBuf::new(),
        };
        let (inner, id) = (Arc::downgrade(self), instance.id.clone());
        let set = ReplicaSetId {
            environment: instance.environment.clone(),
            app: instance.app.clone(),
            revision: instance.revision,
            generation: instance.generation,
        };
        let latency = Latency::default();
        let known = latency.clone();
        let asking = async move {
            let report = |health| {
                if let Some(inner) = inner.upgrade() {
                    inner.set_health(&set, &id, health, String::new());
                }
            };
            let answer = health::watch(&definition, &checks, Arc::new(target), age, &known, report).await;
            if let Some(inner) = inner.upgrade() {
                inner.set_health(&set, &id, Health::Unhealthy, answer.clone());
                let reason = InstanceReason { code: ReasonCode::Unhealthy, detail: answer };
                if let Err(error) = inner.stop_task(&id, reason).await {
                    tracing::warn!(instance = %id, %error, "an unhealthy task stays");
                }
            }
        };
        Some(Asked {
            health: Health::Unknown,
            answer: String::new(),
            latency,
            _asking: AbortOnDropHandle::new(tokio::spawn(asking)),
        })
    }

    fn set_health(&self, set: &ReplicaSetId, id: &InstanceId, health: Health, answer: String) {
        if let Some(asked) = self.lock().asked.get_mut(id) {
            asked.health = health;
            asked.answer = answer;
        }
        self.tell(EngineEvent::Changed(set.clone()));
    }

    /// Ends one task's container, where the daemon that is asked has it; Swarm then replaces the task.
    pub async fn stop_task(
        self: &Arc<Self>,
        id: &InstanceId,
        reason: InstanceReason,
    ) -> Result<(), EngineError> {
        let not_found = || EngineError::NotFound(format!("instance {id}"));
        let tasks = self.tasks().await?;
        let task = tasks.into_iter().find(|task| task.id.as_deref() == Some(id.0.as_str()));
        let task = task.ok_or_else(not_found)?;
        let status = task.status.clone().unwrap_or_default();
        if convert::is_over(&task) {
            return Err(not_found());
        }
        let container = status.container_status.and_then(|container| container.container_id);
        // Nothing of it runs yet: a replacement would be the same.
        let Some(container) = container.filter(|container| !container.is_empty()) else { return Ok(()) };
        let here = self.here().await?;
        if task.node_id != here {
            return Err(EngineError::Unsupported(
                "end one instance on another node than the manager it speaks to; restart the app, or drain the node",
            ));
        }
        let labels = convert::labels_of_task(&task);
        let definition = labels.and_then(runs::read).ok_or_else(not_found)?;
        let set = labels.and_then(|labels| self.config.owner.set_of(labels)).ok_or_else(not_found)?;
        self.lock().stopped.insert(id.clone(), reason);
        self.tell(EngineEvent::Changed(set.clone()));
        let grace = definition.stop.grace.duration();
        let seconds = i32::try_from(grace.as_millis().div_ceil(1000)).unwrap_or(i32::MAX);
        let (inner, id) = (Arc::clone(self), id.clone());
        self.spawn(async move {
            let told = match inner.connection.client().await {
                Ok(client) => {
                    let options = StopContainerOptions { signal: None, t: Some(seconds) };
                    bounded(grace + STOP_BEYOND, client.stop_container(&container, Some(options))).await
                }
                Err(error) => Err(error),
            };
            match told {
                Ok(()) | Err(EngineError::NotFound(_)) => {}
                Err(error) => {
                    tracing::warn!(instance = %id, %error, "a container does not stop");
                    inner.lock().stopped.remove(&id);
                }
            }
            inner.changed(&set);
        });
        Ok(())
    }

    /// Id of the node whose daemon is asked.
    pub async fn here(&self) -> Result<Option<String>, EngineError> {
        let info = self.connection.call(|client| async move { client.info().await }).await?;
        Ok(info.swarm.and_then(|swarm| swarm.node_id))
    }

    pub fn used(&self) -> Used {
        let state = self.lock();
        let used = state.used.iter().map(|(id, (set, usage, restarts))| {
            let latency = state.asked.get(id).map(|asked| &asked.latency);
            let usage = latency.map_or(*usage, |latency| latency.shown_in(*usage));
            (id.clone(), (set.clone(), usage, *restarts))
        });
        used.collect()
    }

    pub fn set_used(&self, used: Used) {
        self.lock().used = used;
        self.tell(EngineEvent::Usage);
    }

    /// Something is on its way to what is wanted, so it is looked at more often.
    pub fn is_moving(&self) -> bool {
        let state = self.lock();
        state.seen.sets.iter().any(|set| {
            let ready = set.instances.iter().filter(|instance| instance.is_ready()).count();
            let active = set.instances.iter().filter(|instance| instance.state.is_active()).count();
            ready != active || active != set.wanted as usize
        })
    }
}

/// Pause between two looks: short while something moves, and never so short that looking is most of the work.
pub fn pause(moving: bool, took: Duration) -> Duration {
    let base = if moving { Duration::from_millis(50) } else { Duration::from_secs(2) };
    bound(base, took)
}

/// A pause that keeps looks of such a length to an eleventh of the time.
pub fn bound(least: Duration, took: Duration) -> Duration {
    least.max(took * 10)
}
