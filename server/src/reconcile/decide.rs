//! Asks the planner about one app. No I/O.

use model::deployment::{DeploymentEventKind, DeploymentState, Outcome};
use model::instance::{Instance, InstanceReason, ReasonCode};
use model::rollout::{Action, Command, Goal, ObservedSet, RolloutState, SetKey, plan};
use model::time::Timestamp;

use super::desired::Desired;
use crate::store::deployments::DeploymentRow;

/// What is to be committed for one app.
#[derive(Debug)]
pub struct Step {
    pub actions: Vec<Action>,
    pub state: RolloutState,
    /// Lines for the timeline, in order.
    pub lines: Vec<DeploymentEventKind>,
    /// What the app stands for from now on.
    pub goal: Goal,
    /// The command was heard.
    pub heard: bool,
    /// More than numbers changed: not to be held back.
    pub urgent: bool,
}

/// `None` when there is nothing new. `away`: the engine does not answer.
pub fn decide(desired: &Desired, seen: &[Instance], away: bool, now: Timestamp) -> Option<Step> {
    let row = desired.rollout.as_ref()?;
    let before = &row.rollout_state;
    let (actions, state) = if away {
        if !before.state.is_active() {
            return None;
        }
        (Vec::new(), before.engine_away(now))
    } else {
        let sets = observed(desired, row, seen);
        plan(&row.rollout, before, &sets, &desired.evidence, row.command.as_ref(), now)
    };
    let heard = !away && row.command.is_some();
    if actions.is_empty() && state == *before && !heard {
        return None;
    }
    let lines = lines(desired, row, &actions, &state, heard);
    let urgent = !actions.is_empty()
        || heard
        || state.state != before.state
        || state.outcome != before.outcome
        || state.step != before.step;
    Some(Step { goal: state.goal(&row.rollout), actions, state, lines, heard, urgent })
}

fn observed(desired: &Desired, row: &DeploymentRow, seen: &[Instance]) -> Vec<ObservedSet> {
    let began = row.deployment.created_at;
    desired
        .sets
        .iter()
        .map(|(key, wanted)| {
            let instances = seen.iter().filter(|instance| of_set(instance, *key));
            let mut set = ObservedSet::observe(*key, *wanted, instances, began);
            if let (None, Some(detail)) = (&set.failure, &desired.trouble) {
                set.failure = Some(InstanceReason { code: ReasonCode::Engine, detail: detail.clone() });
            }
            set
        })
        .collect()
}

fn of_set(instance: &Instance, key: SetKey) -> bool {
    instance.revision == key.revision && instance.generation == key.generation
}

fn lines(
    desired: &Desired,
    row: &DeploymentRow,
    actions: &[Action],
    state: &RolloutState,
    heard: bool,
) -> Vec<DeploymentEventKind> {
    let before = &row.rollout_state;
    let mut lines = Vec::new();
    if !before.state.is_active() {
        return lines;
    }
    if before.state == DeploymentState::Queued && state.state != DeploymentState::Queued {
        lines.push(DeploymentEventKind::Started);
        lines.extend(row.rollout.skip.map(|skip| DeploymentEventKind::StepsSkipped { skip }));
    }
    // What a person asked for was written down with his name when he asked.
    if state.state == DeploymentState::Paused
        && before.state != DeploymentState::Paused
        && !paused_by_word(row, heard)
    {
        let reason = state.outcome.as_ref().and_then(cause).unwrap_or_default();
        lines.push(DeploymentEventKind::Paused { reason });
    }
    if let (None, Some(outcome)) = (&before.back, &state.back)
        && !matches!(outcome, Outcome::Aborted { .. } | Outcome::RollbackRequested { .. })
    {
        lines.push(DeploymentEventKind::RollingBack { outcome: outcome.clone() });
    }
    for number in before.reached.len()..state.reached.len() {
        if let Some(step) = row.rollout.steps.get(number) {
            lines.push(DeploymentEventKind::StepReached { number: number as u32 + 1, step: step.clone() });
        }
    }
    for action in actions {
        if let Action::SetWanted { set, count } = action {
            let from = desired.sets.get(set).copied().unwrap_or(0);
            if from != *count {
                lines.push(DeploymentEventKind::SetWanted { revision: set.revision, from, to: *count });
            }
        }
    }
    if !state.state.is_active() {
        let outcome = state.outcome.clone().unwrap_or(Outcome::Done);
        lines.push(DeploymentEventKind::Ended { state: state.state, outcome });
    }
    lines
}

fn paused_by_word(row: &DeploymentRow, heard: bool) -> bool {
    heard && matches!(row.command, Some(Command::Pause { .. }))
}

/// The engine's or the program's own words, where a pause has any.
fn cause(outcome: &Outcome) -> Option<String> {
    match outcome {
        Outcome::CannotRun { cause } => Some(cause.to_string()),
        Outcome::DeadlineExceeded { cause, .. } | Outcome::RollbackFailed { cause, .. } => {
            cause.as_ref().map(ToString::to_string)
        }
        Outcome::CheckFailed { check, detail, .. }
        | Outcome::CheckErrored { check, detail, .. }
        | Outcome::CheckInconclusive { check, detail, .. } => Some(format!("{check}: {detail}")),
        _ => None,
    }
}
