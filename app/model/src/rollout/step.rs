//! The steps of a rollout, worked out for a wanted count.

use serde::{Deserialize, Serialize};

use super::SetKey;
use crate::definition::{Gate, Strategy, StrategyKind, StrategyStep};
use crate::duration::Span;

/// One step, with its count resolved.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "step", rename_all = "snake_case")]
pub enum Step {
    /// `count` new instances in the place of as many old ones, or beside all old ones.
    Set {
        count: u32,
        beside: bool,
    },
    /// The checks, for this long.
    Verify {
        time: Span,
    },
    Approve {
        gate: Gate,
    },
    Wait {
        time: Span,
    },
    /// The new revision is the one that counts from here; the old ones stay for `keep_old`.
    Switch {
        keep_old: Span,
    },
}

impl Step {
    /// It waits for something other than instances.
    pub const fn holds(&self) -> bool {
        !matches!(self, Self::Set { .. })
    }
}

/// Why a rollout has no steps although its strategy has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "why", rename_all = "snake_case")]
pub enum SkipReason {
    /// Nothing runs that could be compared with.
    FirstDeployment,
    /// It goes back to what was fully out a short while ago.
    RecentlyOut,
}

/// The steps by which a strategy reaches `wanted`. Empty for strategies without any.
pub fn steps(strategy: &Strategy, wanted: u32) -> Vec<Step> {
    match &strategy.kind {
        StrategyKind::Rolling { .. } | StrategyKind::Recreate => Vec::new(),
        StrategyKind::Staged { steps, .. } => {
            let mut resolved: Vec<Step> = steps.iter().map(|step| resolve(step, wanted)).collect();
            let last = resolved.iter().rev().find_map(|step| match step {
                Step::Set { count, .. } => Some(*count),
                _ => None,
            });
            if last != Some(wanted) {
                resolved.push(Step::Set { count: wanted, beside: false });
            }
            resolved
        }
        StrategyKind::BlueGreen { verify, approve, keep_old } => {
            let mut resolved =
                vec![Step::Set { count: wanted, beside: true }, Step::Verify { time: *verify }];
            resolved.extend(approve.clone().map(|gate| Step::Approve { gate }));
            resolved.push(Step::Switch { keep_old: *keep_old });
            resolved.push(Step::Set { count: wanted, beside: false });
            resolved
        }
    }
}

fn resolve(step: &StrategyStep, wanted: u32) -> Step {
    match step {
        StrategyStep::Set(amount) => {
            Step::Set { count: amount.of_rounded_up(wanted).min(wanted), beside: false }
        }
        StrategyStep::Verify(time) => Step::Verify { time: *time },
        StrategyStep::Approve(gate) => Step::Approve { gate: gate.clone() },
        StrategyStep::Wait(time) => Step::Wait { time: *time },
    }
}

/// Whether, and why, a rollout from `previous` goes without the steps of its strategy.
pub const fn skipped(
    previous: Option<SetKey>,
    previous_wanted: u32,
    recently_out: bool,
) -> Option<SkipReason> {
    if previous.is_none() || previous_wanted == 0 {
        Some(SkipReason::FirstDeployment)
    } else if recently_out {
        Some(SkipReason::RecentlyOut)
    } else {
        None
    }
}
