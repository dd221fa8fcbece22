//! What the daemon says of our containers, taken into the roster.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;

use model::id::{InstanceId, ReplicaSetId};
use model::instance::{Health, InstanceReason, InstanceState, ReasonCode};

use super::convert::{self, Life, Seen};
use super::inner::{Held, Inner, Managed};
use super::program;
use crate::engine::health::{self, Latency};
use crate::engine::now;
use crate::engine::probe::Target;
use crate::engine::roster::{End, STABLE, StopOrder};

/// What is to be done once the roster is free again.
#[derive(Default)]
struct Next {
    /// It runs since a moment ago: ask it.
    ask: bool,
    /// The daemon has started it again, so it has proven nothing any more.
    doubt: bool,
    unhealthy: Option<String>,
    end: Option<End>,
    /// Made by a launch that nobody follows.
    orphan: bool,
}

impl Inner {
    /// Takes one container as it is now.
    pub fn apply(self: &Arc<Self>, seen: Seen) {
        let (set, id) = (seen.set.clone(), seen.id.clone());
        let next = self.take(&seen);
        if next.orphan {
            self.spawn(Arc::clone(self).remove_containers(vec![seen.container]));
            return;
        }
        if next.doubt && seen.proven {
            self.spawn(Arc::clone(self).set_proven(set.clone(), id.clone(), seen.container.clone(), false));
        }
        if let Some(end) = next.end {
            self.finish(&set, &id, end);
            return;
        }
        if next.ask {
            self.ask(&seen);
        }
        if let Some(answer) = next.unhealthy {
            self.give_up(&set, &id, answer);
        }
        self.changed(&set);
    }

    fn take(&self, seen: &Seen) -> Next {
        let mut next = Next::default();
        let mut state = self.lock();
        let sequence = state.next_sequence();
        let instances = &mut state.sets.entry(seen.set.clone()).or_default().instances;
        let known = instances.contains_key(&seen.id);
        if !known {
            if seen.life == Life::Created {
                next.orphan = true;
                return next;
            }
            instances.insert(seen.id.clone(), self.adopt(seen, sequence));
        }
        let Some(managed) = instances.get_mut(&seen.id) else { return next };
        match &seen.life {
            // Its launch sees to it.
            Life::Created => {}
            Life::Ended { .. } if !managed.view.state.is_active() => {}
            Life::Ended { at, exit_code, out_of_memory, error } => {
                if !known {
                    // Since when it was ready nobody saw; since its start is near enough for the back-off.
                    managed.ready_at = seen.started_at;
                    managed.view.started_at = seen.started_at;
                }
                let memory = managed.definition.resources.memory_mb;
                let (state, reason, crashed) = match &managed.order {
                    Some(order) if order.reason.code == ReasonCode::Unhealthy => {
                        (InstanceState::Failed, order.reason.clone(), true)
                    }
                    Some(order) => (InstanceState::Exited, order.reason.clone(), false),
                    None => {
                        let reason = convert::end_reason(*exit_code, *out_of_memory, error, memory);
                        let by_itself = reason.code == ReasonCode::ExitCode;
                        let state = if by_itself { InstanceState::Exited } else { InstanceState::Failed };
                        (state, reason, true)
                    }
                };
                let at = at.unwrap_or_else(now);
                next.end = Some(End { at, state, reason, exit_code: Some(*exit_code), crashed });
            }
            Life::Restarting => {
                managed.hold.container = Some(seen.container.clone());
                managed.hold.asking = None;
                managed.hold.proven = seen.proven;
                managed.ready_at = None;
                managed.view.health = Health::Unknown;
                if managed.order.is_none() {
                    managed.view.state = InstanceState::Starting;
                }
                managed.view.restarts = seen.restarts + seen.restarted;
                next.doubt = true;
            }
            Life::Running => {
                let again = managed.view.started_at.is_some_and(|at| Some(at) != seen.started_at);
                let begins = again || managed.hold.asking.is_none();
                managed.hold.container = Some(seen.container.clone());
                managed.hold.by_daemon = seen.health;
                managed.hold.proven = seen.proven;
                managed.view.ports.clone_from(&seen.ports);
                managed.view.started_at = seen.started_at;
                let counted = seen.restarts + seen.restarted;
                managed.view.restarts = counted.max(managed.view.restarts + u32::from(again && known));
                if managed.order.is_none() {
                    managed.view.state = InstanceState::Running;
                }
                if begins {
                    managed.hold.by_us = Health::Unknown;
                    managed.ready_at = None;
                    next.ask = true;
                    next.doubt = again;
                }
                if seen.health == Some(Health::Unhealthy) {
                    next.unhealthy = Some(seen.answer.clone());
                }
                show_health(managed);
            }
        }
        next
    }

    /// One that an earlier console, or this one before a break, has started.
    fn adopt(&self, seen: &Seen, sequence: u64) -> Managed {
        let mut view = self.view(&seen.set, &seen.id);
        view.restarts = seen.restarts + seen.restarted;
        view.ports.clone_from(&seen.ports);
        Managed {
            view,
            place: seen.place,
            ends: seen.ends,
            definition: Arc::new(seen.definition.clone()),
            hold: Held { container: Some(seen.container.clone()), proven: seen.proven, ..Held::default() },
            order: None,
            wake: Arc::default(),
            latency: Latency::default(),
            ready_at: None,
            awaiting: false,
            crashed: false,
            sequence,
        }
    }

    /// Takes all there are; what is not among them is gone.
    pub fn apply_all(self: &Arc<Self>, mut all: Vec<Seen>) {
        all.sort_by_key(|seen| seen.started_at);
        let there: BTreeSet<String> = all.iter().map(|seen| seen.container.clone()).collect();
        for seen in all {
            self.apply(seen);
        }
        let gone: Vec<String> = {
            let mut state = self.lock();
            state.fill_places();
            let instances = state.sets.values().flat_map(|set| set.instances.values());
            let held = instances.filter_map(|managed| managed.hold.container.clone());
            held.filter(|container| !there.contains(container)).collect()
        };
        for container in gone {
            self.gone(&container);
        }
        let sets: Vec<ReplicaSetId> = self.lock().sets.keys().cloned().collect();
        for set in sets {
            self.settle(&set, |_| {});
        }
    }

    /// A container was removed, by us or by somebody else.
    pub fn gone(self: &Arc<Self>, container: &str) {
        let found = {
            let state = self.lock();
            state.sets.iter().find_map(|(set, known)| {
                let mut instances = known.instances.iter();
                let (id, managed) =
                    instances.find(|(_, m)| m.hold.container.as_deref() == Some(container))?;
                Some((set.clone(), id.clone(), managed.view.state.is_active(), managed.order.clone()))
            })
        };
        let Some((set, id, active, order)) = found else { return };
        if let Some(managed) = self.lock().managed(&set, &id) {
            managed.hold.container = None;
        }
        if active {
            let ordered = order.is_some();
            let vanished = InstanceReason { code: ReasonCode::Vanished, detail: String::new() };
            let reason = order.map_or(vanished, |order| order.reason);
            let state = if ordered { InstanceState::Exited } else { InstanceState::Lost };
            self.finish(&set, &id, End { at: now(), state, reason, exit_code: None, crashed: !ordered });
        } else {
            // Its logs went with it.
            if let Some(known) = self.lock().sets.get_mut(&set) {
                known.instances.remove(&id);
            }
            self.changed(&set);
        }
    }

    /// Begins to ask an instance how it is.
    fn ask(self: &Arc<Self>, seen: &Seen) {
        let (inner, set, id) = (Arc::downgrade(self), seen.set.clone(), seen.id.clone());
        let checks = program::asked_from_outside(&seen.definition.health_checks);
        let age = seen.started_at.map(|at| now().since(at)).unwrap_or_default();
        let target = Target {
            address: Some(self.config.address()),
            ports: seen.ports.clone(),
            variables: program::Variables::new(),
            folder: PathBuf::new(),
        };
        let definition = seen.definition.clone();
        let container = seen.container.clone();
        let latency = self.lock().latency(&set, &id);
        let task = async move {
            let report = |health| {
                if let Some(inner) = inner.upgrade() {
                    inner.change(&set, &id, |managed| {
                        managed.hold.by_us = health;
                        show_health(managed);
                    });
                    let proving = Arc::clone(&inner).prove(set.clone(), id.clone(), container.clone());
                    inner.spawn(proving);
                }
            };
            let answer = health::watch(&definition, &checks, Arc::new(target), age, &latency, report).await;
            if let Some(inner) = inner.upgrade() {
                inner.give_up(&set, &id, answer);
            }
        };
        let asking = tokio_util::task::AbortOnDropHandle::new(tokio::spawn(task));
        if let Some(managed) = self.lock().managed(&seen.set, &seen.id) {
            managed.hold.asking = Some(asking);
        }
    }

    /// Lets the daemon start an instance again once it has shown that it can run.
    async fn prove(self: Arc<Self>, set: ReplicaSetId, id: InstanceId, container: String) {
        let ready_at = |inner: &Self| {
            let mut state = inner.lock();
            let managed = state.managed(&set, &id)?;
            let fit = managed.view.is_ready() && managed.order.is_none() && !managed.hold.proven;
            managed.ready_at.filter(|_| fit)
        };
        // The daemon's own check may take longer than ours.
        let since = loop {
            if let Some(since) = ready_at(&self) {
                break since;
            }
            tokio::time::sleep(STABLE / 10).await;
            let running = self
                .lock()
                .managed(&set, &id)
                .is_some_and(|managed| managed.view.state == InstanceState::Running && !managed.hold.proven);
            if !running {
                return;
            }
        };
        tokio::time::sleep(STABLE).await;
        if ready_at(&self) == Some(since) {
            self.set_proven(set, id, container, true).await;
        }
    }

    fn give_up(self: &Arc<Self>, set: &ReplicaSetId, id: &InstanceId, answer: String) {
        self.change(set, id, |managed| {
            let reason = InstanceReason { code: ReasonCode::Unhealthy, detail: answer };
            managed.view.health = Health::Unhealthy;
            managed.view.reason = Some(reason.clone());
            managed.stop(StopOrder { reason, retire: false });
        });
        self.begin_stops(set);
    }
}

/// Healthy once both the daemon, where it asks, and we say so.
fn show_health(managed: &mut Managed) {
    if managed.view.state != InstanceState::Running {
        return;
    }
    let healthy = managed.hold.by_us == Health::Healthy
        && managed.hold.by_daemon.is_none_or(|health| health == Health::Healthy);
    let health = match (healthy, managed.hold.by_daemon) {
        (true, _) => Health::Healthy,
        (false, Some(Health::Unhealthy)) => Health::Unhealthy,
        (false, _) => Health::Unknown,
    };
    if health != managed.view.health {
        managed.view.health = health;
        managed.ready_at = (health == Health::Healthy).then(now);
    }
}
