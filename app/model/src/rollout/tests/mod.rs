mod examples;
mod properties;
mod simulator;
mod staged;

use super::{Action, Command, Evidence, ObservedSet, Rollout, RolloutState, SetKey};
use crate::definition::{Amount, OnFailure, StrategyKind};
use crate::duration::Span;
use crate::instance::{InstanceReason, ReasonCode};
use crate::time::Timestamp;

const R1: SetKey = SetKey { revision: 1, generation: 0 };
const R2: SetKey = SetKey { revision: 2, generation: 0 };
const R3: SetKey = SetKey { revision: 3, generation: 0 };

const DEADLINE: u64 = 600;

fn at(seconds: u64) -> Timestamp {
    Timestamp::from_millis(1_800_000_000_000 + i64::try_from(seconds).unwrap() * 1_000)
}

fn rolling(surge: u32, unavailable: u32) -> StrategyKind {
    StrategyKind::Rolling { max_surge: Amount::Count(surge), max_unavailable: Amount::Count(unavailable) }
}

/// From `previous` at its count to `target` at its count.
fn change(previous: Option<(SetKey, u32)>, target: (SetKey, u32), strategy: StrategyKind) -> Rollout {
    Rollout {
        target: target.0,
        previous: previous.map(|p| p.0),
        wanted: target.1,
        previous_wanted: previous.map_or(0, |p| p.1),
        strategy,
        progress_deadline: Span::from_secs(DEADLINE),
        on_failure: OnFailure::Rollback,
        destroy: false,
        steps: Vec::new(),
        checks: Vec::new(),
        skip: None,
    }
}

/// The planner without checks or gates.
fn plan(
    rollout: &Rollout,
    state: &RolloutState,
    sets: &[ObservedSet],
    command: Option<&Command>,
    now: Timestamp,
) -> (Vec<Action>, RolloutState) {
    super::plan(rollout, state, sets, &Evidence::default(), command, now)
}

/// A set of which `ready` of `wanted` are healthy and the others are starting.
fn seen(key: SetKey, wanted: u32, ready: u32) -> ObservedSet {
    ObservedSet { wanted, existing: wanted, ready, ..ObservedSet::empty(key) }
}

fn because(code: ReasonCode) -> InstanceReason {
    InstanceReason { code, detail: String::new() }
}
