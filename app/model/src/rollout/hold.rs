//! Steps that wait for time, checks or people, and what a step allows of the instances.

use super::evidence::{Evidence, Judged};
use super::movement::{Bounds, Old};
use super::{Rollout, RolloutState, Step};
use crate::definition::{Gate, OnTimeout};
use crate::deployment::{DeploymentState, Outcome, WaitingFor};
use crate::duration::Span;
use crate::time::Timestamp;

/// What a step that holds says.
pub(super) enum Hold {
    /// On to the next.
    Over,
    Stay(DeploymentState, WaitingFor),
    Failed(Outcome),
}

impl Rollout {
    /// The step a rollout is at; none when it goes back, is through, or has none.
    pub(super) fn current(&self, state: &RolloutState) -> Option<&Step> {
        if state.back.is_some() { None } else { self.steps.get(state.step as usize) }
    }

    /// How far instances may move in this step; no bounds when all old ones may go.
    pub(super) fn bounds(&self, state: &RolloutState) -> Option<Bounds> {
        self.current(state)?;
        let so_far = &self.steps[..=state.step as usize];
        let Some(Step::Set { count, beside }) = so_far.iter().rev().find(|step| !step.holds()) else {
            return Some(Bounds { new: 0, old: Old::All });
        };
        if *beside {
            Some(Bounds { new: *count, old: Old::All })
        } else if *count < self.wanted {
            Some(Bounds { new: *count, old: Old::Rest })
        } else {
            None
        }
    }

    /// Whether the step is over, once all its instances are healthy.
    pub(super) fn hold(
        state: &RolloutState,
        step: &Step,
        judged: &Judged,
        evidence: &Evidence,
        now: Timestamp,
    ) -> Hold {
        if state.promoted {
            return Hold::Over;
        }
        let since = state.step_since.unwrap_or(now);
        let until = |time: &Span| since.plus(time.duration());
        let timed = |time: &Span, waiting: fn(Timestamp) -> WaitingFor| {
            let until = until(time);
            if now >= until { Hold::Over } else { Hold::Stay(DeploymentState::Running, waiting(until)) }
        };
        match step {
            Step::Set { .. } => Hold::Over,
            Step::Wait { time } => timed(time, |until| WaitingFor::Time { until }),
            Step::Switch { keep_old } => timed(keep_old, |until| WaitingFor::OldKept { until }),
            Step::Verify { time } => {
                let until = until(time);
                if now >= until && *judged == (Judged::Good { all_passed: true }) {
                    Hold::Over
                } else {
                    Hold::Stay(DeploymentState::Running, WaitingFor::Checks { until })
                }
            }
            Step::Approve { gate } => approval(state, gate, evidence, until(&gate.timeout), now),
        }
    }

    /// When the time of a verification ended, if it has.
    pub(super) fn verified_until(&self, state: &RolloutState, now: Timestamp) -> Option<Timestamp> {
        match (self.current(state), state.step_since) {
            (Some(Step::Verify { time }), Some(since)) => {
                Some(since.plus(time.duration())).filter(|until| now >= *until)
            }
            _ => None,
        }
    }
}

fn approval(
    state: &RolloutState,
    gate: &Gate,
    evidence: &Evidence,
    until: Timestamp,
    now: Timestamp,
) -> Hold {
    let of_step = evidence.approvals.iter().filter(|approval| approval.step == state.step + 1);
    let by: Vec<String> = of_step.map(|approval| approval.by.clone()).collect();
    if by.len() >= gate.approvers as usize {
        return Hold::Over;
    }
    if now >= until {
        return match gate.on_timeout {
            OnTimeout::Approve => Hold::Over,
            OnTimeout::Reject => Hold::Failed(Outcome::ApprovalTimedOut {
                step: state.step + 1,
                timeout: gate.timeout.to_string(),
                approvers: gate.approvers,
                by,
            }),
        };
    }
    let waiting = WaitingFor::Approval {
        step: state.step + 1,
        approvers: gate.approvers,
        role: gate.role,
        by,
        until,
        on_timeout: gate.on_timeout,
    };
    Hold::Stay(DeploymentState::AwaitingApproval, waiting)
}

impl RolloutState {
    /// Reaches the step it is at. Does nothing when it has.
    pub(super) fn reach(&mut self, now: Timestamp) {
        if self.step_since.is_none() {
            self.step_since = Some(now);
            self.reached.push(now);
        }
    }

    /// On to the next step, whose deadline runs anew.
    pub(super) fn advance(&mut self, now: Timestamp) {
        self.step += 1;
        self.step_since = None;
        self.progressed_at = now;
        self.clock_stopped_at = None;
    }
}
