//! From a recommendation to a count: stabilisation windows, steps, and the bounds.

use std::cmp::Ordering;

use super::{Pace, Policy, State};
use crate::definition::{Amount, Percent};
use crate::time::Timestamp;

/// `stabilizeRecommendationWithBehaviors`: the present count, brought up to the lowest and down to the highest of the recent
/// recommendations.
pub(super) fn stabilised(
    policy: &Policy,
    state: &State,
    now: Timestamp,
    current: u32,
    recommended: u32,
) -> u32 {
    let lowest = state.lowest(now, policy.scale_up.stabilisation);
    let highest = state.highest(now, policy.scale_down.stabilisation);
    let up = lowest.map_or(recommended, |lowest| lowest.min(recommended));
    let down = highest.map_or(recommended, |highest| highest.max(recommended));
    current.max(up).min(down)
}

/// `convertDesiredReplicasWithBehaviorRate` without the bounds: no further than the step allows.
pub(super) fn limited(policy: &Policy, state: &State, now: Timestamp, current: u32, wanted: u32) -> u32 {
    match wanted.cmp(&current) {
        Ordering::Greater => wanted.min(most(policy, state, now, current)),
        Ordering::Less => wanted.max(least(policy, state, now, current)),
        Ordering::Equal => wanted,
    }
}

/// As far up as may be, which is never down.
fn most(policy: &Policy, state: &State, now: Timestamp, current: u32) -> u32 {
    let start = start_of_period(&policy.scale_up, state, now, current);
    let most = steps(&policy.scale_up).map(|step| match step {
        Amount::Count(count) => start + i64::from(count),
        // Rounded up, or one instance could never become two, nor none one.
        Amount::Percent(Percent(percent)) => start + (start * i64::from(percent) + 99).div_euclid(100).max(1),
    });
    most.max().map_or(current, |most| u32::try_from(most).unwrap_or(u32::MAX).max(current))
}

/// As far down as may be, which is never up.
fn least(policy: &Policy, state: &State, now: Timestamp, current: u32) -> u32 {
    let start = start_of_period(&policy.scale_down, state, now, current);
    let least = steps(&policy.scale_down).map(|step| match step {
        Amount::Count(count) => start - i64::from(count),
        // What is left is rounded down.
        Amount::Percent(Percent(percent)) => (start * (100 - i64::from(percent.min(100)))).div_euclid(100),
    });
    least.min().map_or(current, |least| u32::try_from(least.max(0)).unwrap_or(u32::MAX).min(current))
}

/// The count before the autoscaler's own changes within the period.
fn start_of_period(pace: &Pace, state: &State, now: Timestamp, current: u32) -> i64 {
    i64::from(current).saturating_sub(state.change(now, pace.per)).clamp(0, i64::from(u32::MAX))
}

/// The steps that move anything. A direction without one is closed.
fn steps(pace: &Pace) -> impl Iterator<Item = Amount> {
    pace.max_step.iter().copied().filter(|step| !step.is_zero())
}

/// `min` to `max`; bounds that contradict each other mean the lower one.
pub(super) fn bounded(policy: &Policy, count: u32) -> u32 {
    count.max(policy.min).min(policy.max)
}
