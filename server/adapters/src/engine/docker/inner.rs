//! The engine's shared inside: its roster, its events, and what follows from either.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use model::id::{InstanceId, ReplicaSetId};
use model::instance::{Health, Instance, ReasonCode};
use rand::RngExt as _;
use tokio::sync::{Semaphore, broadcast};
use tokio_util::sync::CancellationToken;
use tokio_util::task::AbortOnDropHandle;

use super::config::DockerConfig;
use super::connection::Connection;
use crate::engine::roster::{self, End, Here, Hold, Roster, Settled};
use crate::engine::{EngineEvent, now};

/// Containers made and started at one time.
const LAUNCHES: usize = 8;
const ID_LETTERS: &[u8] = b"abcdefghijkmnpqrstuvwxyz23456789";
const ID_LENGTH: usize = 8;

/// What the engine holds of an instance.
#[derive(Default)]
pub struct Held {
    /// The daemon's id of its container; `None` until it is made.
    pub container: Option<String>,
    /// By the daemon's own check.
    pub by_daemon: Option<Health>,
    /// By the questions asked from here.
    pub by_us: Health,
    /// Asks them; ends with the instance.
    pub asking: Option<AbortOnDropHandle<()>>,
    /// Somebody sees to its stop.
    pub stopping: bool,
    /// The daemon starts it again by itself.
    pub proven: bool,
}

impl Hold for Held {
    fn release(&mut self) {
        self.asking = None;
    }
}

pub type State = Roster<Held>;
pub type Managed = roster::Managed<Held>;

/// What is known of the host, from its daemon.
#[derive(Debug, Clone, Default)]
pub struct HostFacts {
    pub name: String,
    pub architecture: String,
    pub cpus: f64,
    pub memory_bytes: u64,
    pub data_root: String,
}

/// Whether the daemon answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Contact {
    /// It was not asked yet.
    New,
    There,
    /// Why not.
    Away(String),
}

pub struct Inner {
    pub config: DockerConfig,
    pub connection: Connection,
    pub host: Mutex<HostFacts>,
    pub launches: Arc<Semaphore>,
    /// One fetch of an image at a time, whoever needs it.
    pub fetches: Mutex<HashMap<String, Arc<tokio::sync::Mutex<()>>>>,
    state: Mutex<State>,
    events: broadcast::Sender<EngineEvent>,
    contact: Mutex<Contact>,
    pub ended: CancellationToken,
}

impl Inner {
    pub fn new(config: DockerConfig) -> Self {
        Self {
            connection: Connection::new(config.endpoint.clone()),
            config,
            host: Mutex::default(),
            launches: Arc::new(Semaphore::new(LAUNCHES)),
            fetches: Mutex::default(),
            state: Mutex::default(),
            events: broadcast::channel(4096).0,
            contact: Mutex::new(Contact::New),
            ended: CancellationToken::new(),
        }
    }

    /// Never held across an await.
    pub fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn host(&self) -> HostFacts {
        self.host.lock().unwrap_or_else(PoisonError::into_inner).clone()
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

    pub fn contact(&self) -> Contact {
        self.contact.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub fn set_contact(&self, contact: Contact) {
        *self.contact.lock().unwrap_or_else(PoisonError::into_inner) = contact;
    }

    pub fn is_away(&self) -> bool {
        self.contact() != Contact::There
    }

    /// Runs until it is done or the engine is dropped.
    pub fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        let ended = self.ended.clone();
        tokio::spawn(async move {
            ended.run_until_cancelled_owned(task).await;
        });
    }

    /// Returns once the daemon answers again, or after a while to look anyway.
    pub async fn wait_for_daemon(&self) {
        for _ in 0..20 {
            tokio::time::sleep(Duration::from_millis(500)).await;
            if !self.is_away() {
                return;
            }
        }
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
        let host = self.host();
        let settled = {
            let mut state = self.lock();
            change(&mut state);
            let address = self.config.address();
            let here = Here { node: &host.name, address: &address, now: now() };
            state.settle(set, here, || new_id(set))
        };
        let Settled { begun, forgotten } = settled;
        for id in begun {
            self.spawn(Arc::clone(self).run_new(set.clone(), id));
        }
        self.begin_stops(set);
        self.discard(forgotten);
        self.changed(set);
    }

    /// Sees to the stop of what was told to.
    pub fn begin_stops(self: &Arc<Self>, set: &ReplicaSetId) {
        let mut told = Vec::new();
        {
            let mut state = self.lock();
            let Some(known) = state.sets.get_mut(set) else { return };
            for (id, managed) in &mut known.instances {
                if managed.order.is_some()
                    && managed.view.state.is_active()
                    && !managed.hold.stopping
                    && let Some(container) = &managed.hold.container
                {
                    told.push((id.clone(), container.clone(), managed.definition.stop.grace.duration()));
                    managed.hold.stopping = true;
                }
            }
        }
        for (id, container, grace) in told {
            self.spawn(Arc::clone(self).stop(set.clone(), id, container, grace));
        }
    }

    /// Removes the containers of ended instances that nobody asks for any more.
    pub fn discard(self: &Arc<Self>, held: Vec<Held>) {
        let containers: Vec<String> = held.into_iter().filter_map(|held| held.container).collect();
        if !containers.is_empty() {
            self.spawn(Arc::clone(self).remove_containers(containers));
        }
    }

    pub fn finish(self: &Arc<Self>, set: &ReplicaSetId, id: &InstanceId, end: End) {
        tracing::debug!(instance = %id, reason = %end.reason, "instance ended");
        if end.reason.code == ReasonCode::DiskFull {
            let held = self.lock().make_room();
            self.discard(held);
        }
        self.settle(set, |state| state.end(set, id, end));
    }

    /// An instance as it begins to be shown.
    pub fn view(&self, set: &ReplicaSetId, id: &InstanceId) -> Instance {
        Instance {
            id: id.clone(),
            app: set.app.clone(),
            environment: set.environment.clone(),
            revision: set.revision,
            generation: set.generation,
            state: model::instance::InstanceState::Starting,
            health: Health::Unknown,
            reason: None,
            node: self.host().name,
            address: self.config.address(),
            ports: Vec::new(),
            restarts: 0,
            started_at: None,
            ended_at: None,
            exit_code: None,
            delayed_until: None,
            usage: None,
        }
    }
}

/// `<app>-<revision>-<random>`: readable in a list of containers, unique on the host.
fn new_id(set: &ReplicaSetId) -> InstanceId {
    let mut random = rand::rng();
    let letters = (0..ID_LENGTH).map(|_| char::from(ID_LETTERS[random.random_range(0..ID_LETTERS.len())]));
    InstanceId(format!("{}-{}-{}", set.app, set.revision, letters.collect::<String>()))
}
