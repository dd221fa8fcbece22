//! What a rollout would do, shown before anybody agrees to it.

use super::movement::{Stage, movement};
use super::{Action, ObservedSet, Rollout, RolloutState, Step};
use crate::api::PlanStep;
use crate::definition::INSTANCES_MAX;
use crate::environment::NodeResources;
use crate::time::Timestamp;

/// Wanted counts at one moment of a rollout.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moment {
    /// Instances of the target.
    pub target: u32,
    /// Instances of all other sets.
    pub others: u32,
}

impl Moment {
    fn of(rollout: &Rollout, sets: &[ObservedSet]) -> Self {
        let mut moment = Self { target: 0, others: 0 };
        for set in sets {
            let count = if set.key == rollout.target { &mut moment.target } else { &mut moment.others };
            *count = count.saturating_add(set.wanted);
        }
        moment
    }
}

/// The steps of a rollout in which all goes well.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Preview {
    pub steps: Vec<PlanStep>,
    /// The first is now, the last the end.
    pub moments: Vec<Moment>,
}

impl Preview {
    /// Highest use at one moment above what the app uses now, given what each old and each new instance may use.
    pub fn needed(&self, old: NodeResources, new: NodeResources) -> NodeResources {
        let more = |old: f64, new: f64| {
            let mut uses = self.moments.iter().map(|m| f64::from(m.target) * new + f64::from(m.others) * old);
            let now = uses.next().unwrap_or_default();
            uses.fold(0.0_f64, |most, used| most.max(used - now))
        };
        NodeResources {
            cpus: more(old.cpus, new.cpus),
            memory_bytes: more(old.memory_bytes as f64, new.memory_bytes as f64) as u64,
            disk_bytes: more(old.disk_bytes as f64, new.disk_bytes as f64) as u64,
        }
    }

    /// Most instances wanted at one moment above those wanted now.
    pub fn extra(&self) -> u32 {
        let mut totals = self.moments.iter().map(|m| m.target.saturating_add(m.others));
        let now = totals.next().unwrap_or_default();
        totals.max().unwrap_or_default().saturating_sub(now)
    }
}

/// Plays the rollout over `sets` with instances that all turn healthy and end when told.
pub fn preview(rollout: &Rollout, sets: &[ObservedSet]) -> Preview {
    let mut sets = sets.to_vec();
    let mut moments = vec![Moment::of(rollout, &sets)];
    let mut steps = Vec::new();
    // Only where it stands counts here, not when.
    let mut state = RolloutState::new(Timestamp::from_millis(0));
    // Each round moves at least one instance, waits for one to end, or goes a step further.
    for _ in 0..4 * INSTANCES_MAX {
        let moved = movement(rollout, false, &sets, rollout.bounds(&state));
        let before = Moment::of(rollout, &sets);
        apply(&mut sets, &moved.actions);
        let after = Moment::of(rollout, &sets);
        if after != before {
            moments.push(after);
            record(&mut steps, before, after);
        }
        if moved.stage == Stage::Complete {
            let Some(step) = rollout.current(&state) else { break };
            steps.extend(hold(rollout, step));
            state.step += 1;
            if state.step as usize == rollout.steps.len() {
                break;
            }
        }
        for set in &mut sets {
            (set.existing, set.ready, set.broken) = (set.wanted, set.wanted, 0);
        }
    }
    if steps.is_empty() {
        steps.push(PlanStep::Nothing);
    }
    Preview { steps: collapse(steps), moments }
}

/// A step that waits, as a line of the plan.
fn hold(rollout: &Rollout, step: &Step) -> Option<PlanStep> {
    match step {
        Step::Set { .. } => None,
        Step::Verify { time } => Some(PlanStep::Verify {
            time: *time,
            checks: rollout.checks.iter().map(|check| check.name.clone()).collect(),
        }),
        Step::Approve { gate } => Some(PlanStep::Approve {
            approvers: gate.approvers,
            role: gate.role,
            timeout: gate.timeout,
            on_timeout: gate.on_timeout,
        }),
        Step::Wait { time } => Some(PlanStep::Wait { time: *time }),
        Step::Switch { keep_old } => Some(PlanStep::Switch { keep_old: *keep_old }),
    }
}

/// Does what an engine would be told.
fn apply(sets: &mut Vec<ObservedSet>, actions: &[Action]) {
    for action in actions {
        match *action {
            Action::SetWanted { set: key, count } => {
                if let Some(set) = sets.iter_mut().find(|set| set.key == key) {
                    set.wanted = count;
                } else {
                    sets.push(ObservedSet { wanted: count, ..ObservedSet::empty(key) });
                }
            }
            Action::Remove { set: key } => sets.retain(|set| set.key != key),
        }
    }
}

fn record(steps: &mut Vec<PlanStep>, before: Moment, after: Moment) {
    if after.others < before.others {
        steps.push(PlanStep::Stop { count: before.others - after.others, left: after.others });
    }
    if after.target < before.target {
        steps.push(PlanStep::Stop { count: before.target - after.target, left: after.target });
    }
    if after.target > before.target {
        steps.push(PlanStep::Start { count: after.target - before.target, total: after.target });
    }
}

/// Says a pair of steps once, and how often it repeats.
fn collapse(steps: Vec<PlanStep>) -> Vec<PlanStep> {
    let same = |a: &PlanStep, b: &PlanStep| match (a, b) {
        (PlanStep::Start { count: a, .. }, PlanStep::Start { count: b, .. })
        | (PlanStep::Stop { count: a, .. }, PlanStep::Stop { count: b, .. }) => a == b,
        _ => false,
    };
    let mut told = Vec::new();
    let mut rest = steps.as_slice();
    while let [first, second, after @ ..] = rest {
        let times =
            after.chunks_exact(2).take_while(|pair| same(&pair[0], first) && same(&pair[1], second)).count();
        if times == 0 {
            told.push(first.clone());
            rest = &rest[1..];
        } else {
            told.extend([first.clone(), second.clone(), PlanStep::Repeat { times: times as u32 }]);
            rest = &after[2 * times..];
        }
    }
    told.extend_from_slice(rest);
    told
}
