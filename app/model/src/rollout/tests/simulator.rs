//! An engine in memory that keeps counts, fails and recovers as it is told.

use std::collections::BTreeMap;

use super::{SetKey, because, plan};
use crate::instance::{InstanceReason, ReasonCode};
use crate::rollout::{Action, Command, ObservedSet, Rollout, RolloutState};
use crate::time::Timestamp;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// Started, not asked yet.
    Unknown,
    Ready,
    Unhealthy,
    BackingOff,
    Stopping,
}

#[derive(Debug, Clone)]
pub struct Member {
    pub id: u32,
    pub phase: Phase,
}

#[derive(Debug, Clone, Default)]
pub struct Set {
    pub wanted: u32,
    pub members: Vec<Member>,
    pub failure: Option<InstanceReason>,
    /// Instances that served until they were told to stop.
    pub stopped_while_ready: u32,
}

/// What happens to a set's instances when they start.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Nature {
    Good,
    /// Never turns healthy.
    Sick,
    /// Ends at each start, for a reason that stays.
    Impossible,
}

#[derive(Debug, Clone, Default)]
pub struct World {
    pub sets: BTreeMap<SetKey, Set>,
    pub natures: BTreeMap<SetKey, Nature>,
    /// The engine does nothing for now.
    pub held: bool,
    next: u32,
}

impl World {
    pub fn new(ready: &[(SetKey, u32)]) -> Self {
        let mut world = Self::default();
        for (key, count) in ready {
            world.sets.insert(*key, Set { wanted: *count, ..Set::default() });
        }
        world.turn();
        world.turn();
        world
    }

    /// One turn of the engine: what stops ends, what starts turns healthy, counts are kept.
    pub fn turn(&mut self) {
        if self.held {
            return;
        }
        for (key, set) in &mut self.sets {
            set.members.retain(|member| member.phase != Phase::Stopping);
            for member in &mut set.members {
                member.phase = match self.natures.get(key).unwrap_or(&Nature::Good) {
                    Nature::Good => Phase::Ready,
                    Nature::Sick => Phase::Unhealthy,
                    Nature::Impossible => {
                        set.failure = Some(because(ReasonCode::CommandNotFound));
                        Phase::BackingOff
                    }
                };
            }
        }
        self.keep_counts();
    }

    /// Starts and stops to match the wanted counts; ends those that are not ready first.
    pub fn keep_counts(&mut self) {
        if self.held {
            return;
        }
        for set in self.sets.values_mut() {
            let wanted = set.wanted as usize;
            let mut staying: Vec<&mut Member> =
                set.members.iter_mut().filter(|m| m.phase != Phase::Stopping).collect();
            staying.sort_by_key(|m| match m.phase {
                Phase::Ready => 0,
                Phase::Unknown => 1,
                Phase::Unhealthy | Phase::BackingOff | Phase::Stopping => 2,
            });
            let count = staying.len();
            for member in staying.into_iter().skip(wanted) {
                if member.phase == Phase::Ready {
                    set.stopped_while_ready += 1;
                }
                member.phase = Phase::Stopping;
            }
            for _ in count..wanted {
                set.members.push(Member { id: self.next, phase: Phase::Unknown });
                self.next += 1;
            }
        }
    }

    pub fn observe(&self) -> Vec<ObservedSet> {
        let sets = self.sets.iter();
        sets.map(|(key, set)| {
            let count =
                |phases: &[Phase]| set.members.iter().filter(|m| phases.contains(&m.phase)).count() as u32;
            ObservedSet {
                key: *key,
                wanted: set.wanted,
                existing: set.members.len() as u32,
                ready: count(&[Phase::Ready]),
                broken: count(&[Phase::Unhealthy, Phase::BackingOff]),
                failure: set.failure.clone(),
            }
        })
        .collect()
    }

    pub fn apply(&mut self, actions: &[Action]) {
        for action in actions {
            match action {
                Action::SetWanted { set, count } => self.sets.entry(*set).or_default().wanted = *count,
                Action::Remove { set } => {
                    let removed = self.sets.remove(set).expect("only what is known is removed");
                    assert!(removed.wanted == 0 && removed.members.is_empty(), "{set:?} still runs");
                }
            }
        }
        self.keep_counts();
    }

    /// The engine's turn and then the planner's.
    pub fn step(
        &mut self,
        rollout: &Rollout,
        state: &RolloutState,
        command: Option<&Command>,
        now: Timestamp,
    ) -> RolloutState {
        self.turn();
        let (actions, next) = plan(rollout, state, &self.observe(), command, now);
        self.apply(&actions);
        next
    }

    /// Gives one running instance another phase.
    pub fn strike(&mut self, which: u32, phase: Phase) {
        let mut members: Vec<(&mut Option<InstanceReason>, &mut Member)> = Vec::new();
        for set in self.sets.values_mut() {
            let failure = &mut set.failure;
            if !set.members.is_empty() {
                let index = which as usize % set.members.len();
                members.push((failure, &mut set.members[index]));
            }
        }
        let count = members.len();
        if let Some((failure, member)) = members.into_iter().nth(which as usize % count.max(1))
            && member.phase != Phase::Stopping
        {
            member.phase = phase;
            if phase == Phase::BackingOff {
                failure.get_or_insert(because(ReasonCode::ExitCode));
            }
        }
    }

    /// A start of the console: nobody has been asked yet.
    pub fn forget_health(&mut self) {
        for member in self.sets.values_mut().flat_map(|set| &mut set.members) {
            if member.phase == Phase::Ready {
                member.phase = Phase::Unknown;
            }
        }
    }

    pub fn ready(&self) -> u32 {
        self.observe().iter().map(|set| set.ready).sum()
    }

    pub fn stopped_while_ready(&self, key: SetKey) -> u32 {
        self.sets.get(&key).map_or(0, |set| set.stopped_while_ready)
    }

    pub fn counts(&self) -> Vec<(SetKey, u32)> {
        self.sets.iter().map(|(key, set)| (*key, set.wanted)).collect()
    }

    pub fn ready_ids(&self, key: SetKey) -> Vec<u32> {
        let members = self.sets.get(&key).map(|set| set.members.as_slice()).unwrap_or_default();
        members.iter().filter(|m| m.phase == Phase::Ready).map(|m| m.id).collect()
    }
}
