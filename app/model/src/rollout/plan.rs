//! The decision itself: commands first, then what to move, then whether it ended, failed or waits.

use super::evidence::{Evidence, Judged};
use super::hold::Hold;
use super::movement::{Movement, Stage, movement};
use super::{Action, Command, ObservedSet, Rollout, RolloutState, Step};
use crate::definition::OnFailure;
use crate::deployment::{DeploymentState, Outcome, Progress, WaitingFor};
use crate::time::Timestamp;

/// Decides the next actions and the next state. `command` is a person's word since the last call.
///
/// `sets` are all replica sets of the app, with the counts last committed and what the engine shows now; every set that
/// is not the target counts as old. The state changes only when there is something new to store.
///
/// For a deployment that ended, the state stays and the actions tidy up what its end left behind: sets that could not be
/// stopped or replaced yet. Ask again for the newest deployment of an app as long as the app has more than one set.
pub fn plan(
    rollout: &Rollout,
    state: &RolloutState,
    sets: &[ObservedSet],
    evidence: &Evidence,
    command: Option<&Command>,
    now: Timestamp,
) -> (Vec<Action>, RolloutState) {
    let mut next = state.clone();
    if state.state == DeploymentState::Superseded {
        return (Vec::new(), next);
    }
    if !state.state.is_active() {
        return (movement(rollout, next.back.is_some(), sets, None).actions, next);
    }
    if state.state == DeploymentState::Queued {
        next.state = DeploymentState::Running;
        next.progressed_at = now;
        next.clock_stopped_at = None;
    }
    let mut refused = command.and_then(|command| obey(rollout, &mut next, command, now));
    if next.state == DeploymentState::Paused {
        next.clock_stopped_at = next.clock_stopped_at.or(Some(now));
        next.waiting_for = Some(WaitingFor::Person);
        next.progress = progress(rollout, &next, sets, &[]);
        return (Vec::new(), next);
    }
    // Each round goes a step further or turns around, once, so this ends.
    loop {
        let back = next.back.is_some();
        next.state = if back { DeploymentState::RollingBack } else { DeploymentState::Running };
        if !back && !rollout.steps.is_empty() {
            next.reach(now);
        }
        let moved = movement(rollout, back, sets, rollout.bounds(&next));
        let whole = moved.stage == Stage::Complete;
        verify_anew(rollout, &mut next, whole, now);
        let over = if whole { rollout.verified_until(&next, now) } else { None };
        let judged = rollout.judge(&next, evidence, over, now);
        let said = match &judged {
            _ if refused.is_some() => refused.take(),
            Judged::Good { .. } => None,
            Judged::Bad(outcome) => Some(outcome.clone()),
            Judged::Doubtful(outcome) => {
                pause(&mut next, outcome.clone(), now);
                next.progress = progress(rollout, &next, sets, &[]);
                return (Vec::new(), next);
            }
        };
        let failed = if said.is_some() {
            said
        } else if let (true, Some(step)) = (whole, rollout.current(&next)) {
            match Rollout::hold(&next, step, &judged, evidence, now) {
                Hold::Over if next.step + 1 < rollout.steps.len() as u32 => {
                    next.advance(now);
                    continue;
                }
                Hold::Over => None,
                Hold::Stay(state, waiting) => {
                    next.state = state;
                    next.waiting_for = Some(waiting);
                    next.clock_stopped_at = next.clock_stopped_at.or(Some(now));
                    next.progress = progress(rollout, &next, sets, &moved.actions);
                    return (moved.actions, next);
                }
                Hold::Failed(outcome) => Some(outcome),
            }
        } else {
            None
        };
        if whole && failed.is_none() {
            end(rollout, &mut next);
            next.progress = progress(rollout, &next, sets, &moved.actions);
            return (moved.actions, next);
        }
        start_clock(&mut next, now);
        if moved.measure > next.best {
            next.best = moved.measure;
            next.progressed_at = now;
        }
        let Some(outcome) = failed.or_else(|| failure(rollout, &next, &moved, now)) else {
            let until = next.progressed_at.plus(rollout.progress_deadline.duration());
            next.waiting_for = Some(match moved.stage {
                Stage::Starting => WaitingFor::Healthy { until },
                Stage::Stopping | Stage::Lingering | Stage::Complete => WaitingFor::Stopped { until },
            });
            next.progress = progress(rollout, &next, sets, &moved.actions);
            return (moved.actions, next);
        };
        fail(rollout, &mut next, outcome, moved.stage, now);
        if next.state == DeploymentState::RollingBack {
            continue;
        }
        // A failed end keeps what was asked for: the engine goes on trying.
        let actions = if next.state == DeploymentState::Failed { moved.actions } else { Vec::new() };
        next.progress = progress(rollout, &next, sets, &actions);
        return (actions, next);
    }
}

/// A verification is of instances that stay well: what disturbs it makes its time begin anew.
fn verify_anew(rollout: &Rollout, next: &mut RolloutState, whole: bool, now: Timestamp) {
    if !matches!(rollout.current(next), Some(Step::Verify { .. })) {
        next.disturbed = false;
    } else if !whole {
        next.disturbed = true;
    } else if std::mem::take(&mut next.disturbed) {
        next.step_since = Some(now);
    }
}

/// A person's word. What makes no sense in this state changes nothing. Returns what it makes fail.
fn obey(rollout: &Rollout, next: &mut RolloutState, command: &Command, now: Timestamp) -> Option<Outcome> {
    let paused = next.state == DeploymentState::Paused;
    match command {
        Command::Pause { .. } if paused => {}
        Command::Pause { by, reason } => {
            pause(next, Outcome::Paused { by: by.clone(), reason: reason.clone() }, now);
        }
        Command::Continue if paused => overrule(rollout, next, now),
        Command::Continue => {}
        // It goes back already: being told so again only ends a pause.
        Command::Abort { .. } | Command::RollBack { .. } if next.back.is_some() => {
            if paused {
                go_on(next, now);
            }
        }
        Command::RollBack { .. } if rollout.previous.is_none() => {}
        Command::RollBack { by, reason } => {
            turn_back(next, Outcome::RollbackRequested { by: by.clone(), reason: reason.clone() }, now);
        }
        Command::Abort { by, reason } => {
            turn_back(next, Outcome::Aborted { by: by.clone(), reason: reason.clone() }, now);
        }
        Command::Reject { by, reason } => {
            if matches!(rollout.current(next), Some(Step::Approve { .. })) && !paused {
                return Some(Outcome::Rejected {
                    step: next.step + 1,
                    by: by.clone(),
                    reason: reason.clone(),
                });
            }
        }
        Command::Skip { .. } => {
            let at = next.step;
            if rollout.current(next).is_some_and(Step::holds) {
                if paused {
                    overrule(rollout, next, now);
                }
                if next.step == at {
                    next.reach(now);
                    next.advance(now);
                }
            }
        }
        Command::Promote { .. } => {
            if next.back.is_none() {
                if paused {
                    overrule(rollout, next, now);
                }
                next.promoted = true;
            }
        }
    }
    None
}

/// A person continues after a pause, whatever it was for.
fn overrule(rollout: &Rollout, next: &mut RolloutState, now: Timestamp) {
    let why = next.outcome.take();
    let held = rollout.current(next).is_some_and(Step::holds);
    go_on(next, now);
    match why {
        Some(Outcome::Paused { .. }) | None => {}
        Some(
            Outcome::CheckFailed { check, background, .. }
            | Outcome::CheckErrored { check, background, .. }
            | Outcome::CheckInconclusive { check, background, .. },
        ) => {
            if background {
                next.forgiven_checks.push(check);
            } else if held {
                next.advance(now);
            }
        }
        // The gate is asked once more.
        Some(Outcome::ApprovalTimedOut { .. } | Outcome::Rejected { .. }) => next.step_since = Some(now),
        Some(_) => {
            next.forgiven = true;
            next.progressed_at = now;
            next.clock_stopped_at = None;
        }
    }
}

fn pause(next: &mut RolloutState, why: Outcome, now: Timestamp) {
    next.state = DeploymentState::Paused;
    next.outcome = Some(why);
    next.waiting_for = Some(WaitingFor::Person);
    next.clock_stopped_at = next.clock_stopped_at.or(Some(now));
    next.paused_at = Some(now);
}

/// Ends a pause, in the direction it had. The time of a step does not run meanwhile.
fn go_on(next: &mut RolloutState, now: Timestamp) {
    if let (Some(paused), Some(since)) = (next.paused_at.take(), next.step_since) {
        next.step_since = Some(since.plus(now.since(paused)));
    }
    next.outcome.clone_from(&next.back);
    next.state = if next.back.is_some() { DeploymentState::RollingBack } else { DeploymentState::Running };
}

fn turn_back(next: &mut RolloutState, why: Outcome, now: Timestamp) {
    next.state = DeploymentState::RollingBack;
    next.outcome = Some(why.clone());
    next.back = Some(why);
    next.best = 0;
    next.progressed_at = now;
    next.clock_stopped_at = None;
    next.paused_at = None;
}

/// Takes the time for which the clock stood still out of the deadline.
fn start_clock(next: &mut RolloutState, now: Timestamp) {
    if let Some(stopped) = next.clock_stopped_at.take() {
        next.progressed_at = next.progressed_at.plus(now.since(stopped));
    }
}

/// Why it cannot go on in this direction, if so.
fn failure(rollout: &Rollout, next: &RolloutState, moved: &Movement, now: Timestamp) -> Option<Outcome> {
    let back = next.back.is_some();
    let cause = moved.failure.clone();
    if let Some(cause) = cause.clone().filter(|c| c.code.is_permanent())
        && moved.stage == Stage::Starting
        && !back
        && !next.forgiven
    {
        return Some(Outcome::CannotRun { cause });
    }
    if now.since(next.progressed_at) < rollout.progress_deadline.duration() {
        return None;
    }
    let deadline = rollout.progress_deadline.to_string();
    let (ready, wanted) = (moved.ready, moved.goal.count);
    Some(match moved.stage {
        Stage::Starting if back => Outcome::RollbackFailed { deadline, ready, wanted, cause },
        Stage::Starting => Outcome::DeadlineExceeded { deadline, ready, wanted, cause },
        Stage::Stopping | Stage::Lingering | Stage::Complete => {
            Outcome::NotStopped { deadline, left: moved.lingering }
        }
    })
}

/// What a failure leads to: going back, a pause, or the end.
fn fail(rollout: &Rollout, next: &mut RolloutState, outcome: Outcome, stage: Stage, now: Timestamp) {
    let nowhere_to_go = rollout.previous.is_none() || rollout.only_counts();
    // All that is new runs: going back because something old does not end would help nobody.
    let replaced = stage == Stage::Lingering && matches!(outcome, Outcome::NotStopped { .. });
    let ends = next.back.is_some() || rollout.only_counts() || replaced;
    match rollout.on_failure {
        OnFailure::Pause if !ends => pause(next, outcome, now),
        OnFailure::Rollback | OnFailure::Fail if !ends && !nowhere_to_go => turn_back(next, outcome, now),
        OnFailure::Rollback | OnFailure::Fail | OnFailure::Pause => {
            next.state = DeploymentState::Failed;
            next.outcome = Some(outcome);
            next.waiting_for = None;
            next.clock_stopped_at = None;
        }
    }
}

/// The goal is reached.
fn end(rollout: &Rollout, next: &mut RolloutState) {
    next.state = match &next.back {
        None => DeploymentState::Succeeded,
        Some(Outcome::Aborted { .. }) => DeploymentState::Aborted,
        Some(Outcome::RollbackRequested { .. }) => DeploymentState::RolledBack,
        Some(_) if rollout.on_failure == OnFailure::Fail => DeploymentState::Failed,
        Some(_) => DeploymentState::RolledBack,
    };
    next.outcome = Some(next.back.clone().unwrap_or(Outcome::Done));
    next.waiting_for = None;
    next.clock_stopped_at = None;
}

/// The numbers that pages show. Instances of a set that is being removed no longer count.
fn progress(rollout: &Rollout, state: &RolloutState, sets: &[ObservedSet], actions: &[Action]) -> Progress {
    let mut progress = Progress { wanted: state.goal(rollout).count, ..Progress::default() };
    for set in sets {
        if actions.contains(&Action::Remove { set: set.key }) {
            continue;
        }
        if set.key == rollout.target {
            progress.updated = set.existing;
            progress.healthy = set.ready;
        } else {
            progress.old = progress.old.saturating_add(set.existing);
            progress.old_healthy = progress.old_healthy.saturating_add(set.ready);
        }
    }
    progress.steps = rollout.step_count();
    progress.step = match state.state {
        DeploymentState::Queued => 0,
        DeploymentState::Succeeded => progress.steps,
        _ => rollout.step_number(state, &progress),
    };
    progress
}
