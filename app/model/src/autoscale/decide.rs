//! The decision.

use serde::{Deserialize, Serialize};

use super::limits::{bounded, limited, stabilised};
use super::recommend::{Figure, Known, Seen, recommend};
use super::{OnNoData, Policy, State};
use crate::time::Timestamp;

/// What stands against any change of the count now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = AutoscaleInterruption))]
#[serde(rename_all = "snake_case")]
pub enum Interruption {
    /// A person stopped the app.
    Suspended,
    /// A deployment is under way.
    Deploying,
    /// A rollout watches its new instances, which another count would disturb.
    Verifying,
    /// An entry of the calendar sets an exact count.
    Scheduled,
}

/// All that a decision depends on besides the policy and the past.
#[derive(Debug, Clone, Copy)]
pub struct Situation<'a> {
    pub now: Timestamp,
    /// The wanted count.
    pub current: u32,
    pub instances: &'a [Seen],
    /// For each target, in its order: the values of all series of its query. Nothing for those without a query, and for one
    /// that could not be asked.
    pub answers: &'a [Option<Vec<f64>>],
    pub interruption: Option<Interruption>,
}

/// What was decided, with the numbers it comes from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = AutoscaleDecision))]
#[serde(tag = "action", rename_all = "snake_case")]
pub enum Decision {
    Scale { why: ScaleReason, figures: Figures },
    Hold { why: Hold, figures: Figures },
}

impl Decision {
    pub const fn figures(&self) -> &Figures {
        match self {
            Self::Scale { figures, .. } | Self::Hold { figures, .. } => figures,
        }
    }

    /// The count to bring the app to; nothing when it stays or when the policy only tries.
    pub const fn to_apply(&self) -> Option<u32> {
        match self {
            Self::Scale { figures, .. } if !figures.dry_run => Some(figures.count),
            Self::Scale { .. } | Self::Hold { .. } => None,
        }
    }
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = AutoscaleFigures))]
pub struct Figures {
    pub at: Timestamp,
    /// The wanted count before.
    pub current: u32,
    pub targets: Vec<Figure>,
    /// The largest of the targets' recommendations.
    pub recommended: Option<u32>,
    pub stabilised: Option<u32>,
    /// After the step's limit.
    pub limited: Option<u32>,
    /// In the end.
    pub count: u32,
    pub dry_run: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = AutoscaleScaleReason))]
#[serde(tag = "code", rename_all = "snake_case")]
pub enum ScaleReason {
    /// The target at this place of the policy asks for it.
    Target { target: usize },
    /// There were more than `max`.
    AboveMax,
    /// There were fewer than `min`.
    BelowMin,
}

/// Why the count stays.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = AutoscaleHold))]
#[serde(tag = "code", rename_all = "snake_case")]
pub enum Hold {
    /// The policy is switched off.
    Off,
    Interrupted {
        by: Interruption,
    },
    /// A person wants no instance, and the policy's least is more than that.
    ScaledToZero,
    /// No target has data.
    NoData,
    /// Some targets have no data, and the others ask for fewer.
    PartialData,
    /// The count is right.
    OnTarget,
    /// Recommendations of the stabilisation window say otherwise.
    Stabilising,
    /// The step's limit is used up.
    StepUsedUp,
    AtMin,
    AtMax,
    Cooldown {
        until: Timestamp,
    },
}

/// Decides about the count now; the state is what the next decision needs. The caller calls [`State::changed`] when the
/// change was made.
pub fn decide(policy: &Policy, state: &State, situation: &Situation<'_>) -> (Decision, State) {
    let Situation { now, current, .. } = *situation;
    let mut state = state.clone();
    let mut figures = Figures {
        at: now,
        current,
        targets: Vec::new(),
        recommended: None,
        stabilised: None,
        limited: None,
        count: current,
        dry_run: policy.dry_run,
    };
    if let Some(why) = closed(policy, situation) {
        return (Decision::Hold { why, figures }, state);
    }
    figures.count = bounded(policy, current);
    if figures.count != current {
        let why = if current > figures.count { ScaleReason::AboveMax } else { ScaleReason::BelowMin };
        return (Decision::Scale { why, figures }, state);
    }

    let known = Known { now, current, tolerance: policy.tolerance.max(0.0), instances: situation.instances };
    for (index, target) in policy.targets.iter().enumerate() {
        let answer = situation.answers.get(index).and_then(Option::as_deref);
        figures.targets.push(recommend(index, target, known, answer));
    }
    let Some((target, recommended)) = largest(&figures.targets) else {
        let OnNoData::Hold = policy.on_no_data;
        return (Decision::Hold { why: Hold::NoData, figures }, state);
    };
    figures.recommended = Some(recommended);
    if recommended < current && figures.targets.iter().any(|figure| figure.recommended.is_none()) {
        return (Decision::Hold { why: Hold::PartialData, figures }, state);
    }

    if state.is_new() {
        state.recommend(now, current, policy);
    }
    let stable = stabilised(policy, &state, now, current, recommended);
    state.recommend(now, recommended, policy);
    let stepped = limited(policy, &state, now, current, stable);
    let count = bounded(policy, stepped);
    figures.stabilised = Some(stable);
    figures.limited = Some(stepped);
    if count == current {
        let why = reason(recommended, stable, stepped, current);
        return (Decision::Hold { why, figures }, state);
    }
    if let Some(until) = cooldown(policy, &state, now) {
        return (Decision::Hold { why: Hold::Cooldown { until }, figures }, state);
    }
    figures.count = count;
    (Decision::Scale { why: ScaleReason::Target { target }, figures }, state)
}

/// What keeps the policy from being asked at all.
fn closed(policy: &Policy, situation: &Situation<'_>) -> Option<Hold> {
    if !policy.enabled {
        Some(Hold::Off)
    } else if let Some(by) = situation.interruption {
        Some(Hold::Interrupted { by })
    } else if situation.current == 0 && policy.min > 0 {
        Some(Hold::ScaledToZero)
    } else {
        None
    }
}

/// The largest recommendation and the first target that makes it.
fn largest(figures: &[Figure]) -> Option<(usize, u32)> {
    let mut largest: Option<(usize, u32)> = None;
    for figure in figures {
        if let Some(count) = figure.recommended
            && largest.is_none_or(|(_, most)| count > most)
        {
            largest = Some((figure.target, count));
        }
    }
    largest
}

/// Why a count stays that was recommended to change: the first stage that says so.
const fn reason(recommended: u32, stable: u32, stepped: u32, current: u32) -> Hold {
    if recommended == current {
        Hold::OnTarget
    } else if stable == current {
        Hold::Stabilising
    } else if stepped == current {
        Hold::StepUsedUp
    } else if stepped > current {
        Hold::AtMax
    } else {
        Hold::AtMin
    }
}

fn cooldown(policy: &Policy, state: &State, now: Timestamp) -> Option<Timestamp> {
    let until = state.last_change()?.plus(policy.cooldown.duration());
    (until > now).then_some(until)
}
