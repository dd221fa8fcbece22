//! An in-memory engine with faults on demand, for tests only.
//!
//! Nothing happens by itself: instances come up as [`Mode`] says at once, and tests push them on with the methods below.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use futures::StreamExt as _;
use futures::stream::{self, BoxStream};
use model::api::LogLine;
use model::definition::NetworkMode;
use model::environment::{Capabilities, Enforcement, Node, NodeResources, NodeState};
use model::id::{AppKey, InstanceId, ReplicaSetId};
use model::instance::{Health, Instance, InstancePort, InstanceReason, InstanceState, ReasonCode, Usage};
use model::time::Timestamp;
use model::workload::{ForeignWorkload, Upkeep};
use tokio::sync::broadcast;
use tokio_stream::wrappers::BroadcastStream;

use super::{
    Engine, EngineError, EngineEvent, EngineInfo, LogRequest, Observation, ObservedReplicaSet, Release,
    ReplicaSet, UsageSample,
};

/// Ended instances kept for each replica set.
const ENDED_MAX: usize = 10;

/// How new instances of an app come up.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Mode {
    /// Running and healthy at once.
    #[default]
    Healthy,
    /// Running, health unknown, until [`FakeEngine::make_healthy`].
    Starting,
    /// Running and unhealthy.
    Unhealthy,
    /// Crashed, and waiting out a back-off of a minute.
    Crashing,
    /// No place for it.
    NoPlace,
}

/// What calls do.
#[derive(Debug, Clone, Default)]
pub enum Fault {
    #[default]
    None,
    /// Every call fails as if the engine were away.
    Unreachable,
    /// `ensure` is refused in these words; everything else works.
    Refuse(String),
    /// What others run is stopped and put back with this refusal; everything else works.
    RefuseForeign(String),
    /// Every call takes this long first.
    Slow(Duration),
}

/// Cloning gives another handle on the same engine.
#[derive(Clone)]
pub struct FakeEngine {
    state: Arc<Mutex<State>>,
    events: broadcast::Sender<EngineEvent>,
}

#[derive(Default)]
struct State {
    fault: Fault,
    /// By revision, before the general one.
    modes: BTreeMap<u32, Mode>,
    mode: Mode,
    /// Stopped instances stay `Stopping` until [`FakeEngine::finish_stopping`].
    slow_stop: bool,
    sets: BTreeMap<ReplicaSetId, Set>,
    logs: Vec<(AppKey, LogLine)>,
    /// What tags stand for.
    images: BTreeMap<String, String>,
    calls: Vec<String>,
    /// Its one node takes no new instances; what it has stays, for there is nowhere to go.
    drained: bool,
    foreign: Vec<ForeignWorkload>,
    next: u64,
    now: i64,
}

struct Set {
    /// `None` once removed: gone when its last instance is.
    wanted: Option<ReplicaSet>,
    instances: Vec<Instance>,
}

impl Default for FakeEngine {
    fn default() -> Self {
        Self { state: Arc::default(), events: broadcast::channel(1024).0 }
    }
}

impl FakeEngine {
    pub fn new() -> Self {
        Self::default()
    }

    pub fn set_fault(&self, fault: Fault) {
        let mut state = self.lock();
        let was_away = matches!(state.fault, Fault::Unreachable);
        state.fault = fault;
        if was_away {
            let _ = self.events.send(EngineEvent::Resync);
        }
    }

    /// How instances made from now on come up.
    pub fn set_mode(&self, mode: Mode) {
        self.lock().mode = mode;
    }

    /// The same for one revision of every app.
    pub fn set_mode_of(&self, revision: u32, mode: Mode) {
        self.lock().modes.insert(revision, mode);
    }

    /// Lets stopped instances stay `Stopping` until [`Self::finish_stopping`].
    pub fn set_slow_stop(&self, slow: bool) {
        self.lock().slow_stop = slow;
    }

    pub fn finish_stopping(&self) {
        self.change_all(|set, now| {
            for instance in set.instances.iter_mut().filter(|i| i.state == InstanceState::Stopping) {
                end(instance, InstanceState::Exited, ReasonCode::Stopped, "", now);
            }
        });
    }

    /// What an image stands for from now on.
    pub fn set_image(&self, image: &str, digest: &str) {
        self.lock().images.insert(image.to_owned(), digest.to_owned());
    }

    /// Turns every running instance of a set healthy.
    pub fn make_healthy(&self, id: &ReplicaSetId) {
        self.set_health(id, Health::Healthy);
    }

    pub fn make_unhealthy(&self, id: &ReplicaSetId) {
        self.set_health(id, Health::Unhealthy);
    }

    /// Ends one instance with exit code 1; the set's mode says how its replacement comes up.
    pub fn crash(&self, id: &InstanceId) {
        self.change_all(|set, now| {
            for instance in set.instances.iter_mut().filter(|i| i.id == *id && i.state.is_active()) {
                end(instance, InstanceState::Exited, ReasonCode::ExitCode, "1", now);
                instance.exit_code = Some(1);
            }
        });
    }

    /// Brings a replica set into being that nobody asked this console for, as after a restore of an old database.
    pub fn plant(&self, set: ReplicaSet) {
        let mut state = self.lock();
        state.put(set);
        state.settle();
    }

    /// Something that no console deployed.
    pub fn plant_foreign(&self, workload: ForeignWorkload) {
        self.lock().foreign.push(workload);
    }

    /// Lines as they are pushed, until a fault makes the engine break off.
    fn every_line(
        &self,
        app: AppKey,
        after: Arc<HashMap<InstanceId, Timestamp>>,
    ) -> impl futures::Stream<Item = Result<LogLine, EngineError>> + Send + 'static {
        let engine = self.clone();
        async_stream::stream! {
            let mut told = 0;
            loop {
                if matches!(engine.lock().fault, Fault::Unreachable) {
                    yield Err(EngineError::Unreachable("the stream broke off".to_owned()));
                    return;
                }
                let news: Vec<LogLine> = {
                    let state = engine.lock();
                    let news = state.logs.iter().skip(told);
                    let ours = news.filter(|(key, line)| {
                        *key == app && after.get(&line.instance).is_none_or(|after| line.time >= *after)
                    });
                    let ours = ours.map(|(_, line)| line.clone()).collect();
                    told = state.logs.len();
                    ours
                };
                for line in news {
                    yield Ok(line);
                }
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        }
    }

    pub fn push_log(&self, app: AppKey, line: LogLine) {
        self.lock().logs.push((app, line));
    }

    /// Changing calls so far, oldest first: `ensure shop.r1.g0 2`, `remove shop.r1.g0`, `stop i3`.
    pub fn calls(&self) -> Vec<String> {
        self.lock().calls.clone()
    }

    /// Most instances of an app active right now, over all its sets.
    pub fn active(&self, app: &AppKey) -> usize {
        let state = self.lock();
        let sets = state.sets.iter().filter(|(id, _)| id.key() == *app);
        sets.flat_map(|(_, set)| &set.instances).filter(|i| i.state.is_active()).count()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn set_health(&self, id: &ReplicaSetId, health: Health) {
        let mut state = self.lock();
        if let Some(set) = state.sets.get_mut(id) {
            for instance in set.instances.iter_mut().filter(|i| i.state == InstanceState::Running) {
                instance.health = health;
                instance.reason = (health == Health::Unhealthy)
                    .then(|| InstanceReason { code: ReasonCode::Unhealthy, detail: "GET /: 503".to_owned() });
            }
        }
        drop(state);
        let _ = self.events.send(EngineEvent::Changed(id.clone()));
    }

    fn change_all(&self, mut change: impl FnMut(&mut Set, Timestamp)) {
        let mut state = self.lock();
        let now = state.tick();
        for set in state.sets.values_mut() {
            change(set, now);
        }
        state.settle();
        let ids: Vec<_> = state.sets.keys().cloned().collect();
        drop(state);
        for id in ids {
            let _ = self.events.send(EngineEvent::Changed(id));
        }
    }

    /// What was planted, while it is there.
    pub fn planted(&self, id: &str) -> Option<ForeignWorkload> {
        self.lock().foreign.iter().find(|workload| workload.id == id).cloned()
    }

    /// Somebody removes what was planted.
    pub fn uproot(&self, id: &str) {
        self.lock().foreign.retain(|workload| workload.id != id);
    }

    fn tell_foreign(&self, what: &str, id: &str, state_after: &str) -> Result<(), EngineError> {
        let mut state = self.lock();
        if let Fault::RefuseForeign(words) = &state.fault {
            return Err(EngineError::Refused(words.clone()));
        }
        let found = state.foreign.iter_mut().find(|workload| workload.id == id);
        let workload = found.ok_or_else(|| EngineError::NotFound(id.to_owned()))?;
        state_after.clone_into(&mut workload.state);
        state.calls.push(format!("{what} {id}"));
        Ok(())
    }

    async fn set_drained(&self, node: &str, drained: bool) -> Result<(), EngineError> {
        self.enter().await?;
        if node != "fake" {
            return Err(EngineError::NotFound(format!("node {node}")));
        }
        self.lock().drained = drained;
        Ok(())
    }

    async fn enter(&self) -> Result<(), EngineError> {
        let fault = self.lock().fault.clone();
        match fault {
            Fault::Unreachable => Err(EngineError::Unreachable("connection refused".to_owned())),
            Fault::Slow(time) => {
                tokio::time::sleep(time).await;
                Ok(())
            }
            Fault::None | Fault::Refuse(_) | Fault::RefuseForeign(_) => Ok(()),
        }
    }
}

impl State {
    fn tick(&mut self) -> Timestamp {
        self.now += 1;
        Timestamp::from_millis(1_800_000_000_000 + self.now)
    }

    fn put(&mut self, wanted: ReplicaSet) {
        let set = self.sets.entry(wanted.id.clone()).or_insert(Set { wanted: None, instances: Vec::new() });
        set.wanted = Some(wanted);
    }

    /// Makes the instances of every set as many as are wanted and forgets what is over.
    fn settle(&mut self) {
        let now = self.tick();
        let (slow_stop, mode) = (self.slow_stop, self.mode);
        for (id, set) in &mut self.sets {
            let wanted = set.wanted.as_ref().map_or(0, |w| w.wanted as usize);
            let mode = self.modes.get(&id.revision).copied().unwrap_or(mode);
            let count = |set: &Set| {
                let placed = |i: &&Instance| i.state.is_active() && i.state != InstanceState::Stopping;
                set.instances.iter().filter(placed).count()
            };
            while count(set) > wanted {
                let surplus = set.instances.iter_mut().filter(|i| i.state.is_active());
                let Some(instance) = surplus.filter(|i| i.state != InstanceState::Stopping).min_by_key(|i| {
                    (i.is_ready(), std::cmp::Reverse(i.id.0.len()), std::cmp::Reverse(i.id.0.clone()))
                }) else {
                    break;
                };
                if slow_stop {
                    instance.state = InstanceState::Stopping;
                } else {
                    end(instance, InstanceState::Exited, ReasonCode::Stopped, "", now);
                }
            }
            while count(set) < wanted {
                let Some(replica_set) = &set.wanted else { break };
                self.next += 1;
                set.instances.push(new_instance(replica_set, self.next, mode, now));
            }
            let ended = set.instances.iter().filter(|i| !i.state.is_active()).count();
            let mut surplus = ended.saturating_sub(ENDED_MAX);
            set.instances.retain(|i| {
                let drop = surplus > 0 && !i.state.is_active();
                surplus -= usize::from(drop);
                !drop
            });
        }
        self.sets.retain(|_, set| set.wanted.is_some() || set.instances.iter().any(|i| i.state.is_active()));
    }
}

fn end(instance: &mut Instance, state: InstanceState, code: ReasonCode, detail: &str, now: Timestamp) {
    instance.state = state;
    instance.health = Health::Unknown;
    instance.reason = Some(InstanceReason { code, detail: detail.to_owned() });
    instance.ended_at = Some(now);
    instance.usage = None;
}

fn new_instance(set: &ReplicaSet, number: u64, mode: Mode, now: Timestamp) -> Instance {
    let (state, health, reason) = match mode {
        Mode::Healthy => (InstanceState::Running, Health::Healthy, None),
        Mode::Starting => (InstanceState::Running, Health::Unknown, None),
        Mode::Unhealthy => {
            (InstanceState::Running, Health::Unhealthy, Some((ReasonCode::Unhealthy, "GET /: 503")))
        }
        Mode::Crashing => (InstanceState::Pending, Health::Unknown, Some((ReasonCode::ExitCode, "1"))),
        Mode::NoPlace => {
            (InstanceState::Pending, Health::Unknown, Some((ReasonCode::NoPlace, "no node has 4 cores")))
        }
    };
    let port = |(index, port): (usize, &model::definition::Port)| InstancePort {
        name: port.name.clone(),
        container_port: port.container_port,
        host_port: 20_000 + ((number * 8 + index as u64) % 40_000) as u16,
        protocol: port.protocol,
    };
    Instance {
        id: InstanceId(format!("i{number}")),
        app: set.id.app.clone(),
        environment: set.id.environment.clone(),
        revision: set.id.revision,
        generation: set.id.generation,
        state,
        health,
        reason: reason.map(|(code, detail)| InstanceReason { code, detail: detail.to_owned() }),
        node: "fake".to_owned(),
        address: "127.0.0.1".to_owned(),
        ports: set.definition.ports.iter().enumerate().map(port).collect(),
        restarts: u32::from(mode == Mode::Crashing),
        started_at: (state == InstanceState::Running).then_some(now),
        ended_at: None,
        exit_code: None,
        delayed_until: (mode == Mode::Crashing).then(|| now.plus(Duration::from_mins(1))),
        usage: (state == InstanceState::Running).then_some(USAGE),
    }
}

const USAGE: Usage = Usage {
    cpu_cores: 0.1,
    memory_bytes: 16 << 20,
    threads: 2,
    file_descriptors: 8,
    network: None,
    health_check_seconds: None,
};

#[async_trait]
impl Engine for FakeEngine {
    fn capabilities(&self) -> Capabilities {
        Capabilities {
            images: true,
            artifacts: true,
            commands: true,
            volumes: true,
            constraints: true,
            network_modes: vec![NetworkMode::Host, NetworkMode::Bridge],
            udp_ports: true,
            secrets: true,
            config_sets: true,
            cpu_limit: Enforcement::Orchestrator,
            memory_limit: Enforcement::Orchestrator,
        }
    }

    async fn probe(&self) -> Result<EngineInfo, EngineError> {
        self.enter().await?;
        Ok(EngineInfo { version: "fake".to_owned() })
    }

    async fn ensure(&self, set: &ReplicaSet) -> Result<(), EngineError> {
        self.enter().await?;
        let mut state = self.lock();
        state.calls.push(format!("ensure {} {}", set.id, set.wanted));
        if let Fault::Refuse(words) = &state.fault {
            return Err(EngineError::Refused(words.clone()));
        }
        state.put(set.clone());
        state.settle();
        drop(state);
        let _ = self.events.send(EngineEvent::Changed(set.id.clone()));
        Ok(())
    }

    async fn remove(&self, set: &ReplicaSetId) -> Result<(), EngineError> {
        self.enter().await?;
        let mut state = self.lock();
        state.calls.push(format!("remove {set}"));
        if let Some(known) = state.sets.get_mut(set) {
            known.wanted = None;
        }
        state.settle();
        drop(state);
        let _ = self.events.send(EngineEvent::Changed(set.clone()));
        Ok(())
    }

    async fn observe(&self) -> Result<Observation, EngineError> {
        self.enter().await?;
        let state = self.lock();
        let sets = state.sets.iter().map(|(id, set)| ObservedReplicaSet {
            id: id.clone(),
            wanted: set.wanted.as_ref().map_or(0, |w| w.wanted),
            instances: set.instances.clone(),
        });
        Ok(Observation { sets: sets.collect() })
    }

    fn watch(&self) -> BoxStream<'static, EngineEvent> {
        BroadcastStream::new(self.events.subscribe())
            .map(|event| event.unwrap_or(EngineEvent::Resync))
            .boxed()
    }

    async fn stop_instance(&self, id: &InstanceId) -> Result<(), EngineError> {
        self.enter().await?;
        let known = {
            let mut state = self.lock();
            state.calls.push(format!("stop {id}"));
            let mut instances = state.sets.values().flat_map(|set| &set.instances);
            instances.any(|i| i.id == *id && i.state.is_active())
        };
        if !known {
            return Err(EngineError::NotFound(format!("instance {id}")));
        }
        self.change_all(|set, now| {
            for instance in set.instances.iter_mut().filter(|i| i.id == *id) {
                end(instance, InstanceState::Exited, ReasonCode::Stopped, "", now);
            }
        });
        Ok(())
    }

    async fn reset_delay(&self, app: &AppKey) -> Result<(), EngineError> {
        self.enter().await?;
        let mut changed = Vec::new();
        let mut state = self.lock();
        state.calls.push(format!("reset {app}"));
        let now = state.tick();
        for (id, set) in state.sets.iter_mut().filter(|(id, _)| id.key() == *app) {
            for instance in set.instances.iter_mut().filter(|i| i.delayed_until.is_some()) {
                instance.delayed_until = None;
                instance.state = InstanceState::Running;
                instance.health = Health::Healthy;
                instance.reason = None;
                instance.started_at = Some(now);
            }
            changed.push(id.clone());
        }
        drop(state);
        for id in changed {
            let _ = self.events.send(EngineEvent::Changed(id));
        }
        Ok(())
    }

    async fn logs(
        &self,
        app: &AppKey,
        request: &LogRequest,
    ) -> Result<BoxStream<'static, Result<LogLine, EngineError>>, EngineError> {
        self.enter().await?;
        if let Some(after) = request.after.clone() {
            return Ok(self.every_line(app.clone(), after).boxed());
        }
        let mut lines: Vec<LogLine> = {
            let state = self.lock();
            let wanted = state.logs.iter().filter(|(key, line)| {
                key == app
                    && request.instance.as_ref().is_none_or(|id| *id == line.instance)
                    && request.since.is_none_or(|since| line.time >= since)
                    && request.until.is_none_or(|until| line.time <= until)
                    && request.grep.as_ref().is_none_or(|grep| grep.is_match(&line.text))
            });
            wanted.map(|(_, line)| line.clone()).collect()
        };
        lines.sort_by_key(|line| line.time);
        let first = lines.len().saturating_sub(request.limit.max(1));
        let old = stream::iter(lines.split_off(first).into_iter().map(Ok));
        Ok(if request.follow { old.chain(stream::pending()).boxed() } else { old.boxed() })
    }

    async fn resolve_image(&self, image: &str) -> Result<Option<String>, EngineError> {
        self.enter().await?;
        Ok(self.lock().images.get(image).cloned())
    }

    async fn usage(&self) -> Result<Vec<UsageSample>, EngineError> {
        self.enter().await?;
        let mut state = self.lock();
        let time = state.tick();
        let samples = state.sets.iter().flat_map(|(id, set)| {
            let used = set.instances.iter().filter_map(|i| i.usage.map(|usage| (i, usage)));
            used.map(move |(instance, usage)| UsageSample {
                set: id.clone(),
                instance: instance.id.clone(),
                time,
                usage,
                restarts: instance.restarts,
            })
        });
        Ok(samples.collect())
    }

    async fn nodes(&self) -> Result<Vec<Node>, EngineError> {
        self.enter().await?;
        let resources = |cpus, memory_bytes| NodeResources { cpus, memory_bytes, disk_bytes: 1 << 40 };
        let (instances, drained) = {
            let state = self.lock();
            let all = state.sets.values().flat_map(|s| &s.instances);
            (all.filter(|i| i.state.is_active()).count(), state.drained)
        };
        Ok(vec![Node {
            name: "fake".to_owned(),
            address: "127.0.0.1".to_owned(),
            state: if drained { NodeState::Draining } else { NodeState::Ready },
            capacity: resources(64.0, 256 << 30),
            allocated: resources(0.0, 0),
            used: resources(1.0, 1 << 30),
            instances: u32::try_from(instances).unwrap_or(u32::MAX),
        }])
    }

    async fn drain(&self, node: &str) -> Result<(), EngineError> {
        self.set_drained(node, true).await
    }

    async fn activate(&self, node: &str) -> Result<(), EngineError> {
        self.set_drained(node, false).await
    }

    async fn foreign(&self) -> Result<Vec<ForeignWorkload>, EngineError> {
        self.enter().await?;
        Ok(self.lock().foreign.clone())
    }

    async fn foreign_upkeep(&self, id: &str) -> Result<Upkeep, EngineError> {
        self.enter().await?;
        let found = self.planted(id).ok_or_else(|| EngineError::NotFound(id.to_owned()))?;
        let running = found.state == "running";
        Ok(Upkeep::Container { running, restart: "always".to_owned(), retries: None })
    }

    async fn release_foreign(&self, id: &str) -> Result<Release, EngineError> {
        self.enter().await?;
        self.tell_foreign("release", id, "exited")?;
        Ok(Release::Stopped)
    }

    async fn restore_foreign(&self, id: &str, upkeep: &Upkeep) -> Result<(), EngineError> {
        self.enter().await?;
        let running = matches!(upkeep, Upkeep::Container { running: true, .. });
        self.tell_foreign("restore", id, if running { "running" } else { "exited" })
    }
}
