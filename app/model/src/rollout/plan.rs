//! The decision itself: commands first, then what to move, then whether it ended, failed or waits.

use super::movement::{Movement, Stage, movement};
use super::{Action, Command, ObservedSet, Rollout, RolloutState};
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
    command: Option<&Command>,
    now: Timestamp,
) -> (Vec<Action>, RolloutState) {
    let mut next = state.clone();
    if state.state == DeploymentState::Superseded {
        return (Vec::new(), next);
    }
    if !state.state.is_active() {
        return (movement(rollout, next.back.is_some(), sets).actions, next);
    }
    if state.state == DeploymentState::Queued {
        next.state = DeploymentState::Running;
        next.progressed_at = now;
        next.clock_stopped_at = None;
    }
    if let Some(command) = command {
        obey(rollout, &mut next, command, now);
    }
    if next.state == DeploymentState::Paused {
        next.clock_stopped_at = next.clock_stopped_at.or(Some(now));
        next.waiting_for = Some(WaitingFor::Person);
        next.progress = progress(rollout, &next, sets, &[]);
        return (Vec::new(), next);
    }
    start_clock(&mut next, now);
    // A failure turns the direction around at most once, so this takes at most two rounds.
    loop {
        let back = next.back.is_some();
        next.state = if back { DeploymentState::RollingBack } else { DeploymentState::Running };
        let moved = movement(rollout, back, sets);
        if moved.stage == Stage::Complete {
            end(rollout, &mut next);
            next.progress = progress(rollout, &next, sets, &moved.actions);
            return (moved.actions, next);
        }
        if moved.measure > next.best {
            next.best = moved.measure;
            next.progressed_at = now;
        }
        let Some(outcome) = failure(rollout, &next, &moved, now) else {
            let until = next.progressed_at.plus(rollout.progress_deadline.duration());
            next.waiting_for = Some(match moved.stage {
                Stage::Starting => WaitingFor::Healthy { until },
                Stage::Stopping | Stage::Lingering | Stage::Complete => WaitingFor::Stopped { until },
            });
            next.progress = progress(rollout, &next, sets, &moved.actions);
            return (moved.actions, next);
        };
        fail(rollout, &mut next, &moved, outcome, now);
        if next.state == DeploymentState::RollingBack {
            continue;
        }
        // A failed end keeps what was asked for: the engine goes on trying.
        let actions = if next.state == DeploymentState::Failed { moved.actions } else { Vec::new() };
        next.progress = progress(rollout, &next, sets, &actions);
        return (actions, next);
    }
}

/// A person's word. What makes no sense in this state changes nothing.
fn obey(rollout: &Rollout, next: &mut RolloutState, command: &Command, now: Timestamp) {
    let paused = next.state == DeploymentState::Paused;
    match command {
        Command::Pause { .. } if paused => {}
        Command::Pause { by, reason } => {
            next.state = DeploymentState::Paused;
            next.outcome = Some(Outcome::Paused { by: by.clone(), reason: reason.clone() });
        }
        Command::Continue if paused => {
            if !matches!(next.outcome, Some(Outcome::Paused { .. })) {
                next.forgiven = true;
                next.progressed_at = now;
                next.clock_stopped_at = None;
            }
            go_on(next);
        }
        Command::Continue => {}
        // It goes back already: being told so again only ends a pause.
        Command::Abort { .. } | Command::RollBack { .. } if next.back.is_some() => {
            if paused {
                go_on(next);
            }
        }
        Command::RollBack { .. } if rollout.previous.is_none() => {}
        Command::RollBack { by, reason } => {
            turn_back(next, Outcome::RollbackRequested { by: by.clone(), reason: reason.clone() }, now);
        }
        Command::Abort { by, reason } => {
            turn_back(next, Outcome::Aborted { by: by.clone(), reason: reason.clone() }, now);
        }
    }
}

/// Ends a pause, in the direction it had.
fn go_on(next: &mut RolloutState) {
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
fn fail(rollout: &Rollout, next: &mut RolloutState, moved: &Movement, outcome: Outcome, now: Timestamp) {
    let nowhere_to_go = rollout.previous.is_none() || rollout.only_counts();
    // All that is new runs: going back because something old does not end would help nobody.
    let replaced = moved.stage == Stage::Lingering;
    let ends = next.back.is_some() || rollout.only_counts() || replaced;
    match rollout.on_failure {
        OnFailure::Pause if !ends => {
            next.state = DeploymentState::Paused;
            next.outcome = Some(outcome);
            next.clock_stopped_at = Some(now);
            next.waiting_for = Some(WaitingFor::Person);
        }
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
    progress.steps = rollout.steps();
    progress.step = match state.state {
        DeploymentState::Queued => 0,
        DeploymentState::Succeeded => progress.steps,
        _ => rollout.step(&progress),
    };
    progress
}
