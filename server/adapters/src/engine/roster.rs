//! Who is on duty: the instances that an engine keeps the count of by itself, and its decisions which to start, replace
//! and retire. No I/O. Used by the engines whose orchestrator keeps no count: processes and the containers of one host.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use model::definition::{Definition, Restart};
use model::id::{AppKey, InstanceId, ReplicaSetId};
use model::instance::{Health, Instance, InstancePort, InstanceReason, InstanceState, ReasonCode};
use model::time::Timestamp;
use serde::{Deserialize, Serialize};
use tokio::sync::Notify;

use super::health::Latency;
use super::{Observation, ObservedReplicaSet, UsageSample};

/// Ended instances kept with their logs: for each set, and for all former sets of an app together.
pub const ENDED_MAX: usize = 10;
/// How long those of former sets are kept.
const FORMER_KEPT: Duration = Duration::from_hours(24);
/// An instance that was ready for this long, and for as long as its last delay, starts the back-off anew.
pub const STABLE: Duration = Duration::from_secs(10);

/// What an engine holds of one instance: its folder and process, its container.
pub trait Hold: Default {
    /// The instance has ended: gives back what only a living one needs.
    fn release(&mut self) {}
}

pub struct Roster<H> {
    pub sets: BTreeMap<ReplicaSetId, Set<H>>,
    next: u64,
}

impl<H> Default for Roster<H> {
    fn default() -> Self {
        Self { sets: BTreeMap::new(), next: 0 }
    }
}

pub struct Set<H> {
    pub wanted: u32,
    /// `None` until `ensure` was called since the start: then nothing is started, replaced or retired.
    pub definition: Option<Arc<Definition>>,
    /// Asked to be removed: forgotten once its last instance has ended.
    pub removed: bool,
    pub instances: BTreeMap<InstanceId, Managed<H>>,
}

impl<H> Default for Set<H> {
    fn default() -> Self {
        Self { wanted: 0, definition: None, removed: false, instances: BTreeMap::new() }
    }
}

/// Why an instance was told to stop.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StopOrder {
    pub reason: InstanceReason,
    /// Nothing takes its place.
    pub retire: bool,
}

/// An instance's end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct End {
    pub at: Timestamp,
    pub state: InstanceState,
    pub reason: InstanceReason,
    pub exit_code: Option<i32>,
    /// Its replacement waits, the longer the more often this happens.
    pub crashed: bool,
}

impl End {
    /// It never ran.
    pub const fn not_run(reason: InstanceReason, at: Timestamp) -> Self {
        Self { at, state: InstanceState::Failed, reason, exit_code: None, crashed: true }
    }
}

/// One instance with what the engine needs beside what it shows.
pub struct Managed<H> {
    pub view: Instance,
    pub place: u32,
    /// Ends in a row before this one that count for the back-off.
    pub ends: u32,
    pub definition: Arc<Definition>,
    /// Empty until it is launched.
    pub hold: H,
    pub order: Option<StopOrder>,
    /// Wakes its task: an order was given, or its delay is over.
    pub wake: Arc<Notify>,
    /// Of the health checks that the console asks.
    pub latency: Latency,
    pub ready_at: Option<Timestamp>,
    /// It has ended and something is to take its place.
    pub awaiting: bool,
    pub crashed: bool,
    /// Higher is younger.
    pub sequence: u64,
}

/// What has to be done after a decision.
#[derive(Debug)]
pub struct Settled<H> {
    /// New instances whose tasks are to be started.
    pub begun: Vec<InstanceId>,
    /// What is held of instances that nobody asks for any more.
    pub forgotten: Vec<H>,
}

impl<H> Default for Settled<H> {
    fn default() -> Self {
        Self { begun: Vec::new(), forgotten: Vec::new() }
    }
}

impl<H> Managed<H> {
    fn is_placed(&self) -> bool {
        self.view.state.is_active() && self.order.is_none()
    }

    /// What is retired first: waiting, then not running, then not healthy; of equals the youngest.
    fn retire_rank(&self) -> (u8, std::cmp::Reverse<u64>) {
        let rank = match (self.view.state, self.view.health) {
            (InstanceState::Pending, _) if self.view.delayed_until.is_some() => 0,
            (InstanceState::Running, Health::Healthy) => 3,
            (InstanceState::Running, _) => 2,
            _ => 1,
        };
        (rank, std::cmp::Reverse(self.sequence))
    }

    /// Gives the order to stop; the first order stands.
    pub fn stop(&mut self, order: StopOrder) {
        if self.order.is_none() {
            self.order = Some(order);
            self.view.state = InstanceState::Stopping;
            self.wake.notify_one();
        }
    }

    fn was_stable(&self, restart: &Restart) -> bool {
        let Some((ready, ended)) = self.ready_at.zip(self.view.ended_at) else { return false };
        ended.since(ready) >= STABLE.max(restart.delay(self.ends))
    }
}

/// Identity and place of a new instance.
#[derive(Debug, Clone, Copy)]
pub struct Here<'a> {
    pub node: &'a str,
    pub address: &'a str,
    pub now: Timestamp,
}

pub fn stopped() -> InstanceReason {
    InstanceReason { code: ReasonCode::Stopped, detail: String::new() }
}

impl<H: Hold> Roster<H> {
    pub fn managed(&mut self, set: &ReplicaSetId, id: &InstanceId) -> Option<&mut Managed<H>> {
        self.sets.get_mut(set)?.instances.get_mut(id)
    }

    pub fn next_sequence(&mut self) -> u64 {
        self.next += 1;
        self.next
    }

    /// Brings a set's instances to what is wanted.
    pub fn settle(
        &mut self,
        id: &ReplicaSetId,
        here: Here<'_>,
        mut new_id: impl FnMut() -> InstanceId,
    ) -> Settled<H> {
        let mut settled = Settled::default();
        let Some(set) = self.sets.get_mut(id) else { return settled };
        let wanted = if set.removed { 0 } else { set.wanted as usize };
        if set.definition.is_none() && !set.removed {
            settled.forgotten = self.prune(id, here.now);
            return settled;
        }
        let mut placed: Vec<_> = set.instances.values().filter(|m| m.is_placed()).collect();
        placed.sort_by_key(|managed| managed.retire_rank());
        let surplus: Vec<InstanceId> =
            placed.iter().take(placed.len().saturating_sub(wanted)).map(|m| m.view.id.clone()).collect();
        let missing = wanted.saturating_sub(placed.len());
        for id in surplus {
            let Some(managed) = set.instances.get_mut(&id) else { continue };
            if managed.view.state == InstanceState::Pending {
                // Never launched: its task finds it gone.
                managed.wake.notify_one();
                set.instances.remove(&id);
            } else {
                managed.stop(StopOrder { reason: stopped(), retire: true });
            }
        }
        if let Some(definition) = set.definition.clone() {
            for _ in 0..missing {
                self.next += 1;
                let managed = set.next_instance(id, &definition, here, new_id(), self.next);
                settled.begun.push(managed.view.id.clone());
                set.instances.insert(managed.view.id.clone(), managed);
            }
        }
        for managed in set.instances.values_mut() {
            managed.awaiting = false;
        }
        settled.forgotten = self.prune(id, here.now);
        settled
    }

    /// Writes down an instance's end. The caller settles the set afterwards.
    pub fn end(&mut self, set: &ReplicaSetId, id: &InstanceId, end: End) {
        let Some(managed) = self.managed(set, id) else { return };
        managed.awaiting = !managed.order.as_ref().is_some_and(|order| order.retire);
        managed.crashed = end.crashed;
        managed.hold.release();
        let view = &mut managed.view;
        view.state = end.state;
        view.health = Health::Unknown;
        view.reason = Some(end.reason);
        view.exit_code = end.exit_code;
        view.ended_at = Some(end.at);
        view.delayed_until = None;
        view.usage = None;
    }

    /// Forgets ended instances beyond what is kept and sets that are over; returns the folders to remove.
    pub fn prune(&mut self, id: &ReplicaSetId, now: Timestamp) -> Vec<H> {
        let mut forgotten = Vec::new();
        if let Some(set) = self.sets.get_mut(id) {
            let mut ended = set.ended();
            ended.sort_by_key(|(time, _)| std::cmp::Reverse(*time));
            for (_, id) in ended.into_iter().skip(ENDED_MAX) {
                forgotten.extend(set.instances.remove(&id).map(|managed| managed.hold));
            }
        }
        let app = id.key();
        let former = self.sets_of(&app).filter(|(_, set)| set.is_former());
        let mut ended: Vec<(Timestamp, ReplicaSetId, InstanceId)> = former
            .flat_map(|(id, set)| {
                set.ended().into_iter().map(|(time, instance)| (time, id.clone(), instance))
            })
            .collect();
        ended.sort_by_key(|(time, ..)| std::cmp::Reverse(*time));
        for (index, (time, set, instance)) in ended.into_iter().enumerate() {
            if index < ENDED_MAX && now.since(time) < FORMER_KEPT {
                continue;
            }
            let instances = self.sets.get_mut(&set).map(|set| &mut set.instances);
            let removed = instances.and_then(|instances| instances.remove(&instance));
            forgotten.extend(removed.map(|managed| managed.hold));
        }
        let over = self.sets_of(&app).filter(|(_, set)| set.is_former() && set.instances.is_empty());
        let over: Vec<ReplicaSetId> = over.map(|(id, _)| id.clone()).collect();
        for id in over {
            self.sets.remove(&id);
        }
        forgotten
    }

    /// Forgets all that is kept for its logs only: the disk is full. Returns what is to be removed.
    pub fn make_room(&mut self) -> Vec<H> {
        let former: Vec<ReplicaSetId> =
            self.sets.iter().filter(|(_, set)| set.is_former()).map(|(id, _)| id.clone()).collect();
        let gone = former.iter().filter_map(|id| self.sets.remove(id));
        gone.flat_map(|set| set.instances.into_values().map(|managed| managed.hold)).collect()
    }

    pub fn observe(&self) -> Observation {
        let sets = self.sets.iter().filter(|(_, set)| !set.is_former()).map(|(id, set)| {
            let mut managed: Vec<&Managed<H>> = set.instances.values().collect();
            managed.sort_by_key(|managed| (managed.place, managed.sequence));
            let active = managed.iter().filter(|m| m.view.state.is_active()).count();
            ObservedReplicaSet {
                id: id.clone(),
                wanted: match (&set.definition, set.removed) {
                    (_, true) => 0,
                    (Some(_), false) => set.wanted,
                    (None, false) => u32::try_from(active).unwrap_or(u32::MAX),
                },
                instances: managed.into_iter().map(|m| m.view.clone()).collect(),
            }
        });
        Observation { sets: sets.collect() }
    }

    /// The sets of an app.
    fn sets_of<'a>(&'a self, app: &'a AppKey) -> impl Iterator<Item = (&'a ReplicaSetId, &'a Set<H>)> {
        // Sets are ordered by environment and app first.
        let AppKey { environment, app } = app;
        let first =
            ReplicaSetId { environment: environment.clone(), app: app.clone(), revision: 0, generation: 0 };
        self.sets.range(first..).take_while(move |(id, _)| id.environment == *environment && id.app == *app)
    }

    /// Gives one instance the order to stop, for another to take its place; returns its set.
    pub fn stop_instance(&mut self, id: &InstanceId) -> Option<ReplicaSetId> {
        self.sets.iter_mut().find_map(|(set, known)| {
            let managed = known.instances.get_mut(id)?;
            managed.view.state.is_active().then(|| {
                // What was not launched yet is as new as its replacement would be.
                if managed.view.state != InstanceState::Pending {
                    managed.stop(StopOrder { reason: stopped(), retire: false });
                }
                set.clone()
            })
        })
    }

    /// Forgets the ends of an app's instances and wakes those that wait; returns its sets.
    pub fn reset_delay(&mut self, app: &AppKey) -> Vec<ReplicaSetId> {
        let sets = self.sets.iter_mut().filter(|(id, _)| id.key() == *app);
        let reset = sets.map(|(id, set)| {
            for managed in set.instances.values_mut().filter(|m| m.view.state.is_active()) {
                managed.ends = 0;
                managed.view.delayed_until = None;
                managed.wake.notify_one();
            }
            id.clone()
        });
        reset.collect()
    }

    /// Where the answers of an instance's health checks are timed.
    pub fn latency(&mut self, set: &ReplicaSetId, id: &InstanceId) -> Latency {
        self.managed(set, id).map(|managed| managed.latency.clone()).unwrap_or_default()
    }

    /// What runs is shown with its figures.
    pub fn usage(&self, time: Timestamp) -> Vec<UsageSample> {
        let samples = self.sets.iter().flat_map(|(set, known)| {
            known.instances.values().filter_map(move |managed| {
                Some(UsageSample {
                    set: set.clone(),
                    instance: managed.view.id.clone(),
                    time,
                    usage: managed.latency.shown_in(managed.view.usage?),
                    restarts: managed.view.restarts,
                })
            })
        });
        samples.collect()
    }

    /// Of two in one place the living one has taken it from what ended there.
    pub fn fill_places(&mut self) {
        for set in self.sets.values_mut() {
            let taken: Vec<u32> =
                set.instances.values().filter(|m| m.view.state.is_active()).map(|m| m.place).collect();
            for managed in set.instances.values_mut().filter(|m| taken.contains(&m.place)) {
                managed.awaiting = false;
            }
        }
    }

    /// Instances of an app, whatever became of their sets.
    pub fn of_app<'a>(&'a self, app: &'a AppKey) -> impl Iterator<Item = &'a Managed<H>> {
        self.sets_of(app).flat_map(|(_, set)| set.instances.values())
    }
}

impl<H: Hold> Set<H> {
    /// Nothing of it runs and nothing is to run: kept for its logs only.
    fn is_former(&self) -> bool {
        (self.removed || self.definition.is_none())
            && !self.instances.values().any(|managed| managed.view.state.is_active())
    }

    fn ended(&self) -> Vec<(Timestamp, InstanceId)> {
        let ended = self.instances.values().filter(|managed| !managed.view.state.is_active());
        ended.map(|m| (m.view.ended_at.unwrap_or(Timestamp::from_millis(0)), m.view.id.clone())).collect()
    }

    /// The next instance to start: in place of one that ended, or in the lowest free place.
    fn next_instance(
        &self,
        id: &ReplicaSetId,
        definition: &Arc<Definition>,
        here: Here<'_>,
        instance: InstanceId,
        sequence: u64,
    ) -> Managed<H> {
        let taken: BTreeSet<u32> = self
            .instances
            .values()
            .filter(|m| m.view.state.is_active() && m.order.is_none())
            .map(|m| m.place)
            .collect();
        let ended = self.instances.values().filter(|m| m.awaiting && !taken.contains(&m.place));
        let before = ended.min_by_key(|m| m.place);
        let place = before.map_or_else(|| lowest_free(&taken), |m| m.place);
        let mut view = Instance {
            id: instance,
            app: id.app.clone(),
            environment: id.environment.clone(),
            revision: id.revision,
            generation: id.generation,
            state: InstanceState::Pending,
            health: Health::Unknown,
            reason: None,
            node: here.node.to_owned(),
            address: here.address.to_owned(),
            ports: declared_ports(definition),
            restarts: before.map_or(0, |m| m.view.restarts + 1),
            started_at: None,
            ended_at: None,
            exit_code: None,
            delayed_until: None,
            usage: None,
        };
        let mut ends = 0;
        if let Some(before) = before {
            ends = if before.was_stable(&definition.restart) { 0 } else { before.ends };
            if before.crashed {
                ends += 1;
                let ended = before.view.ended_at.unwrap_or(here.now);
                // A clock that was set back must not make the delay longer than it is.
                let delay = definition.restart.delay(ends);
                view.delayed_until = Some(ended.plus(delay).min(here.now.plus(delay)));
                view.reason.clone_from(&before.view.reason);
            }
        }
        Managed {
            view,
            place,
            ends,
            definition: definition.clone(),
            hold: H::default(),
            order: None,
            wake: Arc::default(),
            latency: Latency::default(),
            ready_at: None,
            awaiting: false,
            crashed: false,
            sequence,
        }
    }
}

fn lowest_free(taken: &BTreeSet<u32>) -> u32 {
    // Sorted: the first number that is not where it would be without a gap.
    (0..).zip(taken).find(|(number, place)| number != *place).map_or(taken.len() as u32, |(number, _)| number)
}

/// Before the launch only fixed ports are known.
fn declared_ports(definition: &Definition) -> Vec<InstancePort> {
    let ports = definition.ports.iter().map(|port| InstancePort {
        name: port.name.clone(),
        container_port: port.container_port,
        host_port: port.host_port,
        protocol: port.protocol,
    });
    ports.collect()
}

#[cfg(test)]
#[path = "roster_tests.rs"]
mod tests;
