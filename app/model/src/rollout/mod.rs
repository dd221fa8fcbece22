//! The planner: from what is wanted and what is seen to the next counts of each replica set.
//!
//! [`plan`] is pure and total. It never remembers more than [`RolloutState`]: given what is, it says what to do next, so a
//! console that was killed at any moment goes on by asking again.

mod evidence;
mod hold;
mod movement;
mod plan;
mod preview;
mod step;
#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};

pub use self::evidence::{Approval, Asked, Evidence};
pub use self::plan::plan;
pub use self::preview::{Moment, Preview, preview};
pub use self::step::{SkipReason, Step, skipped, steps};
use crate::check::Check;
use crate::definition::{Definition, OnFailure, StrategyKind};
use crate::deployment::{DeploymentState, Outcome, Progress, WaitingFor};
use crate::duration::Span;
use crate::id::RevisionNumber;
use crate::instance::{Instance, InstanceReason};
use crate::time::Timestamp;

/// A replica set within one app.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct SetKey {
    pub revision: RevisionNumber,
    pub generation: u32,
}

/// What the deployment is to reach; fixed when it is made.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Rollout {
    pub target: SetKey,
    /// Where a rollback goes: the set of the last deployment that came to its end, whatever was superseded since. `None`
    /// for a first deployment; the target itself when only the count changes.
    pub previous: Option<SetKey>,
    /// Count of the target when done.
    pub wanted: u32,
    /// Count that a rollback restores: that of the last deployment that came to its end.
    pub previous_wanted: u32,
    pub strategy: StrategyKind,
    pub progress_deadline: Span,
    pub on_failure: OnFailure,
    /// The app is to be gone: `wanted` is 0 and the target is removed as well.
    #[serde(default)]
    pub destroy: bool,
    /// What a `staged` or `blue_green` strategy goes through; empty for others, and where they are skipped.
    #[serde(default)]
    pub steps: Vec<Step>,
    /// Verification checks; none where the steps are skipped.
    #[serde(default)]
    pub checks: Vec<Check>,
    /// Why the strategy's steps and checks are left out.
    #[serde(default)]
    pub skip: Option<SkipReason>,
}

/// A replica set and its count that everything moves towards.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Goal {
    pub set: SetKey,
    pub count: u32,
}

impl Rollout {
    /// Gives it the steps and checks of `definition`. `recently_out`: it goes back to what was fully out a short while ago.
    #[must_use]
    pub fn with_steps(mut self, definition: &Definition, recently_out: bool) -> Self {
        if self.only_counts() {
            return self;
        }
        let steps = steps(&definition.strategy, self.wanted);
        if steps.is_empty() && definition.checks.is_empty() {
            return self;
        }
        self.skip = skipped(self.previous, self.previous_wanted, recently_out);
        if self.skip.is_none() && self.wanted > 0 {
            self.steps = steps;
            self.checks.clone_from(&definition.checks);
        }
        self
    }

    /// Whether checks or people have a say.
    pub fn weighs_evidence(&self) -> bool {
        !self.steps.is_empty() || !self.checks.is_empty()
    }

    /// Only the count of what runs changes: scale, suspend, resume, destroy.
    pub fn only_counts(&self) -> bool {
        self.previous == Some(self.target)
    }

    fn goal(&self, back: bool) -> Goal {
        match (back, self.previous) {
            (false, _) => Goal { set: self.target, count: self.wanted },
            (true, Some(set)) => Goal { set, count: self.previous_wanted },
            (true, None) => Goal { set: self.target, count: 0 },
        }
    }
}

/// What the planner carries from one call to the next; stored with the deployment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RolloutState {
    pub state: DeploymentState,
    /// Last time something got better; the deadline counts from here, paused time excluded.
    pub progressed_at: Timestamp,
    /// Highest measure of progress seen in this direction.
    pub best: u32,
    pub progress: Progress,
    pub waiting_for: Option<WaitingFor>,
    /// Why it pauses, goes back or ended.
    pub outcome: Option<Outcome>,
    /// Why it goes, or went, back; `None` while it goes forward.
    #[serde(default)]
    pub back: Option<Outcome>,
    /// Since when the deadline does not run: paused, or the engine is away.
    #[serde(default)]
    pub clock_stopped_at: Option<Timestamp>,
    /// A person continued after a failure: only the deadline ends it from here.
    #[serde(default)]
    pub forgiven: bool,
    /// Index of the step it is at; the number of steps when it is through all.
    #[serde(default)]
    pub step: u32,
    /// Since when the step's time runs, paused time excluded; `None` until the step is reached.
    #[serde(default)]
    pub step_since: Option<Timestamp>,
    /// When each step was reached, the present one last.
    #[serde(default)]
    pub reached: Vec<Timestamp>,
    /// Since when it is paused.
    #[serde(default)]
    pub paused_at: Option<Timestamp>,
    /// Instances fell ill, or the engine was away, in a `verify` step: its time begins anew once all are well.
    #[serde(default)]
    pub disturbed: bool,
    /// Background checks that a person overruled.
    #[serde(default)]
    pub forgiven_checks: Vec<String>,
    /// A person sent it to the end: nothing but health holds it any more.
    #[serde(default)]
    pub promoted: bool,
}

impl RolloutState {
    pub fn new(now: Timestamp) -> Self {
        Self {
            state: DeploymentState::Queued,
            progressed_at: now,
            best: 0,
            progress: Progress::default(),
            waiting_for: None,
            outcome: None,
            back: None,
            clock_stopped_at: None,
            forgiven: false,
            step: 0,
            step_since: None,
            reached: Vec::new(),
            paused_at: None,
            disturbed: false,
            forgiven_checks: Vec::new(),
            promoted: false,
        }
    }

    /// Where it is heading or, at its end, what the app now stands for: the revision and count to show and to keep.
    pub fn goal(&self, rollout: &Rollout) -> Goal {
        rollout.goal(self.back.is_some())
    }

    /// The state while the engine does not answer: nothing is decided and the deadline does not run.
    #[must_use]
    pub fn engine_away(&self, now: Timestamp) -> Self {
        // People can be asked without an engine.
        let waits = matches!(self.state, DeploymentState::Paused | DeploymentState::AwaitingApproval);
        if !self.state.is_active() || waits {
            return self.clone();
        }
        Self {
            waiting_for: Some(WaitingFor::Engine),
            clock_stopped_at: self.clock_stopped_at.or(Some(now)),
            disturbed: true,
            ..self.clone()
        }
    }

    /// The state after the host's clock was set by `millis`: all that is under way has as much time left as before.
    #[must_use]
    pub fn clock_moved(&self, millis: i64) -> Self {
        let moved = |time: Timestamp| Timestamp::from_millis(time.as_millis().saturating_add(millis));
        Self {
            progressed_at: moved(self.progressed_at),
            clock_stopped_at: self.clock_stopped_at.map(moved),
            step_since: self.step_since.map(moved),
            paused_at: self.paused_at.map(moved),
            ..self.clone()
        }
    }

    /// The state after the console was down for an unknown time: the deadline starts anew, and so does a verification,
    /// since nobody looked.
    #[must_use]
    pub fn console_restarted(&self, rollout: &Rollout, now: Timestamp) -> Self {
        let mut next = self.clone();
        if matches!(
            self.state,
            DeploymentState::Queued | DeploymentState::Running | DeploymentState::RollingBack
        ) {
            next.progressed_at = now;
            next.clock_stopped_at = None;
            if matches!(rollout.steps.get(self.step as usize), Some(Step::Verify { .. })) {
                next.step_since = self.step_since.map(|_| now);
            }
        }
        next
    }
}

/// One replica set as it is wanted and seen now: observed after the engine was last told a count, or it would show
/// instances that are on their way out as ready.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ObservedSet {
    pub key: SetKey,
    /// Count last committed as wanted.
    pub wanted: u32,
    /// Instances that exist in any active state, stopping ones included.
    pub existing: u32,
    /// Running and healthy, and not stopping.
    pub ready: u32,
    /// Known not to serve: unhealthy or backing off. Those that nobody could ask yet, as after a start of the console,
    /// are neither ready nor broken.
    #[serde(default)]
    pub broken: u32,
    /// Latest failure among its instances since the rollout began; older ones would fail it for no reason.
    pub failure: Option<InstanceReason>,
}

impl ObservedSet {
    /// A set that does not exist yet.
    pub const fn empty(key: SetKey) -> Self {
        Self { key, wanted: 0, existing: 0, ready: 0, broken: 0, failure: None }
    }

    /// Counts `instances` of one replica set. `began` is when the rollout began.
    pub fn observe<'a>(
        key: SetKey,
        wanted: u32,
        instances: impl IntoIterator<Item = &'a Instance>,
        began: Timestamp,
    ) -> Self {
        let mut set = Self { wanted, ..Self::empty(key) };
        let mut latest = None;
        for instance in instances {
            set.existing += u32::from(instance.state.is_active());
            set.ready += u32::from(instance.is_ready());
            set.broken += u32::from(instance.is_broken());
            let time = instance.ended_at.or(instance.started_at);
            let recent = time.is_none_or(|time| time >= began);
            let failure = instance.reason.as_ref().filter(|r| r.code.is_failure());
            if !instance.is_ready()
                && recent
                && failure.is_some()
                && (time >= latest || set.failure.is_none())
            {
                latest = time;
                set.failure = failure.cloned();
            }
        }
        set
    }
}

/// What is to be done next. The reconciler commits all of it before it tells the engine.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Action {
    /// Change the wanted count of a replica set, or make it; 0 keeps it until [`Action::Remove`]. Engines end the instances
    /// that are not ready first.
    SetWanted { set: SetKey, count: u32 },
    /// Nothing of it runs and nothing will: forget it.
    Remove { set: SetKey },
}

/// A person's word to a running rollout.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Command {
    Pause {
        by: String,
        reason: String,
    },
    Continue,
    /// Give it up: goes back to the previous set, or to nothing where there is none, and ends `aborted`.
    Abort {
        by: String,
        reason: String,
    },
    /// Goes back to the previous set and ends `rolled_back`; does nothing where there is none.
    RollBack {
        by: String,
        reason: String,
    },
    /// No to a gate: as a failed check.
    Reject {
        by: String,
        reason: String,
    },
    /// On to the next step, whatever this one waits for.
    Skip {
        by: String,
    },
    /// To the end, past every check, gate and wait; health still counts.
    Promote {
        by: String,
    },
}
