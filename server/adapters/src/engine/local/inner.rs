//! The engine's shared inside: state, events and the tasks' common steps.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use model::id::{InstanceId, ReplicaSetId};
use model::instance::{Health, Instance, InstanceState, ReasonCode};
use rand::RngExt as _;
use tokio::sync::{Semaphore, broadcast};
use tokio_util::sync::CancellationToken;

use super::adopt::{Found, Life};
use super::cgroup::Host;
use super::config::LocalConfig;
use super::folder::Folder;
use super::outcome;
use super::port::PortLease;
use super::shim::now;
use super::supervise::{Live, Start};
use super::usage::NodeUse;
use crate::engine::EngineEvent;
use crate::engine::health::Latency;
use crate::engine::roster::{self, End, Here, Hold, Roster, Settled};

/// Launches under way at one time: enough to keep all cores busy while disks are waited for.
fn launches() -> usize {
    std::thread::available_parallelism().map_or(4, |cores| cores.get() * 4)
}

const ID_LETTERS: &[u8] = b"abcdefghijkmnpqrstuvwxyz23456789";
const ID_LENGTH: usize = 8;

/// What the engine holds of an instance; empty until it is launched.
#[derive(Debug, Default)]
pub struct Held {
    pub folder: Option<Folder>,
    pub shim: Option<i32>,
    pub lease: Option<PortLease>,
}

impl Hold for Held {
    fn release(&mut self) {
        self.lease = None;
        self.shim = None;
    }
}

pub type State = Roster<Held>;
pub type Managed = roster::Managed<Held>;

pub struct Inner {
    pub config: LocalConfig,
    /// The environment's folder.
    pub root: PathBuf,
    pub host: Host,
    pub launches: Arc<Semaphore>,
    pub node: Mutex<NodeUse>,
    state: Mutex<State>,
    events: broadcast::Sender<EngineEvent>,
    pub ended: CancellationToken,
}

impl Inner {
    pub fn new(config: LocalConfig, root: PathBuf, host: Host) -> Self {
        Self {
            config,
            root,
            host,
            launches: Arc::new(Semaphore::new(launches())),
            node: Mutex::default(),
            state: Mutex::default(),
            events: broadcast::channel(4096).0,
            ended: CancellationToken::new(),
        }
    }

    /// Never held across an await.
    pub fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn events(&self) -> broadcast::Receiver<EngineEvent> {
        self.events.subscribe()
    }

    pub fn changed(&self, set: &ReplicaSetId) {
        self.tell(EngineEvent::Changed(set.clone()));
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

    /// Changes one instance and tells of it.
    pub fn change(&self, set: &ReplicaSetId, id: &InstanceId, change: impl FnOnce(&mut Managed)) {
        let known = self.lock().managed(set, id).map(change).is_some();
        if known {
            self.changed(set);
        }
    }

    /// Changes the state of a set, then starts, replaces and retires what follows from it.
    pub fn settle(self: &Arc<Self>, set: &ReplicaSetId, change: impl FnOnce(&mut State)) {
        let settled = {
            let mut state = self.lock();
            change(&mut state);
            let here = Here { node: &self.config.node, address: &self.config.address, now: now() };
            state.settle(set, here, || new_id(set))
        };
        let Settled { begun, forgotten } = settled;
        for id in begun {
            self.spawn(Arc::clone(self).run_new(set.clone(), id));
        }
        remove_holds(forgotten);
        self.changed(set);
    }

    pub fn finish(self: &Arc<Self>, set: &ReplicaSetId, id: &InstanceId, end: End) {
        tracing::debug!(instance = %id, reason = %end.reason, "instance ended");
        if end.reason.code == ReasonCode::DiskFull {
            let held = self.lock().make_room();
            remove_holds(held);
        }
        self.settle(set, |state| state.end(set, id, end));
    }

    /// Takes in what an earlier console left; live instances are watched over from now on.
    pub fn adopt(self: &Arc<Self>, found: Vec<Found>) {
        let mut state = self.lock();
        let mut alive = Vec::new();
        for Found { folder, spec, order, started, life } in found {
            let sequence = state.next_sequence();
            let mut managed = managed(&self.config, &folder, &spec, sequence);
            managed.order.clone_from(&order);
            managed.view.started_at = started.map(|started| started.at);
            let set = spec.set.clone();
            let instance = spec.id.clone();
            match life {
                Life::Alive { shim, mark } => {
                    managed.hold.shim = Some(mark.pid);
                    managed.hold.lease = Some(PortLease::adopt(&spec.ports));
                    managed.view.state = match (&order, &started) {
                        (Some(_), _) => InstanceState::Stopping,
                        (None, Some(_)) => InstanceState::Running,
                        (None, None) => InstanceState::Starting,
                    };
                    let start = started.map_or(Start::Shown, |started| Start::Known(started.at));
                    let spec = Arc::new(spec);
                    alive.push(Live { set: set.clone(), spec, folder, shim, child: None, start });
                    state.sets.entry(set).or_default().instances.insert(instance, managed);
                }
                Life::Ended(exit) => {
                    // Unknown since when it was ready; since its start is near enough for the back-off.
                    managed.ready_at = managed.view.started_at;
                    let instances = &mut state.sets.entry(set.clone()).or_default().instances;
                    // Oldest first: a later one in the same place has taken it already.
                    for earlier in instances.values_mut().filter(|other| other.place == managed.place) {
                        earlier.awaiting = false;
                    }
                    instances.insert(instance.clone(), managed);
                    state.end(&set, &instance, outcome::end(&spec, &exit, order.as_ref()));
                }
            }
        }
        state.fill_places();
        let sets: Vec<ReplicaSetId> = state.sets.keys().cloned().collect();
        let forgotten: Vec<Held> = sets.iter().flat_map(|set| state.prune(set, now())).collect();
        drop(state);
        remove_holds(forgotten);
        for live in alive {
            self.spawn(Arc::clone(self).watch_over(live, None));
        }
    }

    /// Whether an adopted instance's health is still to be found out.
    pub fn is_finding_out(&self) -> bool {
        let state = self.lock();
        let mut instances = state.sets.values().flat_map(|set| set.instances.values());
        instances.any(|m| m.view.state == InstanceState::Running && m.view.health == Health::Unknown)
    }
}

fn managed(config: &LocalConfig, folder: &Folder, spec: &super::folder::Spec, sequence: u64) -> Managed {
    Managed {
        view: Instance {
            id: spec.id.clone(),
            app: spec.set.app.clone(),
            environment: spec.set.environment.clone(),
            revision: spec.set.revision,
            generation: spec.set.generation,
            state: InstanceState::Starting,
            health: Health::Unknown,
            reason: None,
            node: config.node.clone(),
            address: config.address.clone(),
            ports: spec.ports.clone(),
            restarts: spec.restarts,
            started_at: None,
            ended_at: None,
            exit_code: None,
            delayed_until: None,
            usage: None,
        },
        place: spec.place,
        ends: spec.ends,
        definition: Arc::new(spec.definition.clone()),
        hold: Held { folder: Some(folder.clone()), shim: None, lease: None },
        order: None,
        wake: Arc::default(),
        latency: Latency::default(),
        ready_at: None,
        awaiting: false,
        crashed: false,
        sequence,
    }
}

/// `<app>-<revision>-<random>`: readable in a process list, unique on the host.
fn new_id(set: &ReplicaSetId) -> InstanceId {
    let mut random = rand::rng();
    let letters = (0..ID_LENGTH).map(|_| char::from(ID_LETTERS[random.random_range(0..ID_LETTERS.len())]));
    InstanceId(format!("{}-{}-{}", set.app, set.revision, letters.collect::<String>()))
}

pub fn remove_holds(holds: Vec<Held>) {
    let folders: Vec<Folder> = holds.into_iter().filter_map(|hold| hold.folder).collect();
    if folders.is_empty() {
        return;
    }
    tokio::task::spawn_blocking(move || {
        for folder in folders {
            if let Err(error) = std::fs::remove_dir_all(folder.path()) {
                tracing::warn!(folder = %folder.path().display(), %error, "an ended instance's folder stays");
            }
        }
    });
}
