//! What people and checks have said of a rollout so far.

use serde::{Deserialize, Serialize};

use super::{Rollout, RolloutState, Step};
use crate::check::{Check, CheckRun, Tally};
use crate::deployment::{DeploymentState, Outcome};
use crate::time::Timestamp;
use crate::verdict::{Standing, standing};

/// Stored beside the deployment by those who collect it; the planner only reads it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Evidence {
    pub runs: Vec<CheckRun>,
    pub approvals: Vec<Approval>,
}

/// One person's yes to one step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Approval {
    /// 1-based.
    pub step: u32,
    pub by: String,
    pub reason: String,
    pub time: Timestamp,
}

/// A check that is to be asked now, and where.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Asked<'a> {
    pub check: &'a Check,
    /// 1-based; `None` in the background.
    pub step: Option<u32>,
    /// Since when the time of its step runs; `None` in the background.
    pub since: Option<Timestamp>,
}

impl Rollout {
    /// The checks to ask in this state: those of the `verify` step it is at, and those of the background.
    pub fn asked<'a>(&'a self, state: &RolloutState) -> Vec<Asked<'a>> {
        let going = matches!(
            state.state,
            DeploymentState::Queued | DeploymentState::Running | DeploymentState::AwaitingApproval
        );
        if !going || state.back.is_some() || state.promoted {
            return Vec::new();
        }
        let step = match self.steps.get(state.step as usize) {
            Some(Step::Verify { .. }) => Some(state.step + 1),
            _ => None,
        };
        let asked = |check: &'a Check| match (check.background, step) {
            (true, _) => Some(Asked { check, step: None, since: None }),
            (false, Some(_)) => Some(Asked { check, step, since: state.step_since }),
            (false, None) => None,
        };
        self.checks.iter().filter_map(asked).collect()
    }

    /// What the checks say: the first that speaks against going on, or whether all that are asked in this step have passed.
    pub(super) fn judge(
        &self,
        state: &RolloutState,
        evidence: &Evidence,
        over: Option<Timestamp>,
        now: Timestamp,
    ) -> Judged {
        let mut all_passed = true;
        let mut doubt = None;
        for asked in self.asked(state) {
            if asked.step.is_none() && state.forgiven_checks.contains(&asked.check.name) {
                continue;
            }
            let run = evidence.runs.iter().find(|r| r.check == asked.check.name && r.step == asked.step);
            let tally = run.map(|run| run.tally.clone()).unwrap_or_default();
            let over = over.filter(|_| asked.step.is_some());
            match standing(asked.check, &tally, over) {
                Standing::Passed => {}
                Standing::Open if over.is_some_and(|over| now >= self.last_chance(asked.check, over)) => {
                    return Judged::Bad(self.outcome(Standing::Errored, asked, state, &tally));
                }
                Standing::Open => all_passed &= asked.step.is_none(),
                bad @ (Standing::Failed | Standing::Errored) => {
                    return Judged::Bad(self.outcome(bad, asked, state, &tally));
                }
                Standing::Inconclusive => {
                    doubt.get_or_insert_with(|| self.outcome(Standing::Inconclusive, asked, state, &tally));
                }
            }
        }
        match doubt {
            Some(outcome) => Judged::Doubtful(outcome),
            None => Judged::Good { all_passed },
        }
    }

    /// Until when a check that nobody has answered is waited for.
    fn last_chance(&self, check: &Check, over: Timestamp) -> Timestamp {
        over.plus(check.initial_delay.duration())
            .plus(check.interval.duration())
            .plus(self.progress_deadline.duration())
    }

    fn outcome(&self, standing: Standing, asked: Asked<'_>, state: &RolloutState, tally: &Tally) -> Outcome {
        let check = asked.check.name.clone();
        let step = (!self.steps.is_empty()).then_some(state.step + 1);
        let background = asked.step.is_none();
        let (measured, detail) = (tally.measured, tally.trouble.clone());
        match standing {
            Standing::Inconclusive => Outcome::CheckInconclusive {
                check,
                step,
                background,
                inconclusive: tally.inconclusive,
                measured,
                detail,
            },
            Standing::Errored => {
                Outcome::CheckErrored { check, step, background, errors: tally.errors_in_a_row, detail }
            }
            _ => Outcome::CheckFailed { check, step, background, failed: tally.failed, measured, detail },
        }
    }
}

/// What all checks say together.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Judged {
    Good { all_passed: bool },
    Doubtful(Outcome),
    Bad(Outcome),
}
