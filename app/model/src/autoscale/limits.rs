//! From a recommendation to a count: stabilisation windows, steps, and the bounds.

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
    if wanted > current {
        let start = start_of_period(&policy.scale_up, state, now, current);
        let most = largest(&policy.scale_up, |amount| match amount {
            Amount::Count(count) => start + i64::from(count),
            // Rounded up, or one instance could never become two, nor none one.
            Amount::Percent(Percent(percent)) => {
                start + (start * i64::from(percent) + 99).div_euclid(100).max(1)
            }
        });
        i64::from(wanted).min(most.unwrap_or_default().max(current.into())) as u32
    } else if wanted < current {
        let start = start_of_period(&policy.scale_down, state, now, current);
        let least = largest(&policy.scale_down, |amount| match amount {
            Amount::Count(count) => i64::from(count) - start,
            // What is left is rounded down.
            Amount::Percent(Percent(percent)) => {
                -(start * (100 - i64::from(percent.min(100)))).div_euclid(100)
            }
        });
        let least = least.map_or(i64::MAX, |negative| -negative);
        i64::from(wanted).max(least.min(current.into())).max(0) as u32
    } else {
        wanted
    }
}

/// The count before the autoscaler's own changes within the period.
fn start_of_period(pace: &Pace, state: &State, now: Timestamp, current: u32) -> i64 {
    i64::from(current).saturating_sub(state.change(now, pace.per)).clamp(0, i64::from(u32::MAX))
}

/// What the step that allows most allows. A direction all of whose steps are 0 is closed, as none of them is.
fn largest(pace: &Pace, allowed: impl Fn(Amount) -> i64) -> Option<i64> {
    pace.max_step.iter().filter(|step| !step.is_zero()).map(|step| allowed(*step)).max()
}

/// `min` to `max`; bounds that contradict each other mean the lower one.
pub(super) fn bounded(policy: &Policy, count: u32) -> u32 {
    count.max(policy.min).min(policy.max)
}
