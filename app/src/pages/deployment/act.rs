//! What may be done with a deployment now: which buttons there are, and what each will do.

use leptos::prelude::*;
use model::api::DeploymentCommand;
use model::can::{self, Refusal};
use model::deployment::{Deployment, DeploymentState};
use model::permission::{Caller, Role};
use model::rollout::Step;

use super::track;
use crate::text::Locale;
use crate::text::deployment as t;
use crate::text::rollout as r;

/// One button.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Act {
    pub command: DeploymentCommand,
    pub refused: Option<Refusal>,
}

/// The buttons of the head; the last ones, from `more` on, stand in a menu.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Acts {
    pub head: Vec<Act>,
    pub more: Vec<Act>,
    /// At the gate it waits at.
    pub gate: Vec<Act>,
}

/// `own`: the caller's own deployment, in an environment that wants somebody else's approval.
pub fn acts(deployment: &Deployment, caller: &Caller, own: bool) -> Acts {
    use DeploymentCommand as C;
    let act = |command, answer: Result<(), Refusal>| Act { command, refused: answer.err() };
    if !deployment.state.is_active() {
        return Acts::default();
    }
    let mut acts = Acts::default();
    let forward = deployment.state != DeploymentState::RollingBack;
    acts.head.push(if deployment.state == DeploymentState::Paused {
        act(C::Continue, can::resume_deployment(caller, deployment))
    } else {
        act(C::Pause, can::pause(caller, deployment))
    });
    if forward && !deployment.steps.is_empty() {
        let skip = can::skip(caller, deployment).and(past_gates(deployment, caller, own, 1));
        if skip != Err(Refusal::NothingToSkip) {
            acts.head.push(act(C::Skip, skip));
        }
        acts.more.push(act(
            C::Promote,
            can::promote(caller, deployment).and(past_gates(deployment, caller, own, usize::MAX)),
        ));
    }
    let back = deployment.from_revision.is_some() && deployment.from_revision != deployment.to_revision;
    if back {
        acts.head.push(act(C::Rollback, can::roll_back_deployment(caller, deployment)));
        if forward {
            acts.more.push(act(C::Abort, can::abort(caller, deployment)));
        }
    } else {
        acts.head.push(act(C::Abort, can::abort(caller, deployment)));
    }
    // A menu of one is no menu.
    if acts.more.len() == 1 {
        acts.head.append(&mut acts.more);
    }
    let approve = can::approve(caller, deployment);
    if approve != Err(Refusal::NoGate) && deployment.state == DeploymentState::AwaitingApproval {
        let approve = if own { approve.and(Err(Refusal::OwnDeployment)) } else { approve };
        acts.gate = vec![act(C::Approve, approve), act(C::Reject, can::reject(caller, deployment))];
    }
    acts
}

/// Going past gates, for those who could open them: the service has the same rule.
fn past_gates(deployment: &Deployment, caller: &Caller, own: bool, steps: usize) -> Result<(), Refusal> {
    let at = deployment.reached.len().saturating_sub(1);
    let gates = deployment.steps.iter().skip(at).take(steps).filter_map(|step| match step {
        Step::Approve { gate } => Some(gate.approvers),
        _ => None,
    });
    match gates.max() {
        Some(_) if own => Err(Refusal::OwnDeployment),
        Some(2..) if caller.role < Role::Admin => Err(Refusal::NeedsRole(Role::Admin)),
        _ => Ok(()),
    }
}

/// Its value in forms, its class and its word.
const fn look(locale: Locale, command: DeploymentCommand) -> (&'static str, &'static str, &'static str) {
    match command {
        DeploymentCommand::Pause => ("pause", "btn", t::pause(locale)),
        DeploymentCommand::Resume => ("resume", "btn main", t::resume(locale)),
        DeploymentCommand::Continue => ("continue", "btn main", r::continue_word(locale)),
        DeploymentCommand::Abort => ("abort", "btn danger", t::abort(locale)),
        DeploymentCommand::Approve => ("approve", "btn main", r::approve(locale)),
        DeploymentCommand::Reject => ("reject", "btn danger", r::reject(locale)),
        DeploymentCommand::Skip => ("skip", "btn", r::skip(locale)),
        DeploymentCommand::Promote => ("promote", "btn", r::promote(locale)),
        DeploymentCommand::Rollback => ("rollback", "btn danger", t::roll_back(locale)),
    }
}

/// What a button will do, with the counts of now.
pub fn will(locale: Locale, command: DeploymentCommand, deployment: &Deployment) -> String {
    let progress = deployment.progress;
    let old = deployment.from_instances.unwrap_or(progress.old);
    let back = deployment.from_revision.is_some() && deployment.from_revision != deployment.to_revision;
    match command {
        DeploymentCommand::Pause => r::pause_will(locale, progress),
        DeploymentCommand::Resume | DeploymentCommand::Continue => {
            r::continue_will(locale, deployment.outcome.as_ref())
        }
        DeploymentCommand::Abort if !back => t::abort_will(locale).to_owned(),
        DeploymentCommand::Abort | DeploymentCommand::Rollback => r::back_will(locale, progress, old),
        DeploymentCommand::Approve => r::approve_will(locale).to_owned(),
        DeploymentCommand::Reject => r::reject_will(locale).to_owned(),
        DeploymentCommand::Skip => {
            let at = deployment.reached.len();
            let before = deployment.steps.iter().take(at).rev().find_map(|step| match step {
                Step::Set { count, .. } => Some(*count),
                _ => None,
            });
            let next = deployment.steps.get(at);
            r::skip_will(locale, next.map(|next| (next, before.unwrap_or(0), track::wanted(deployment))))
        }
        DeploymentCommand::Promote => r::promote_will(locale, progress, track::wanted(deployment)),
    }
}

/// A button that opens a line for the reason; or one that says why it cannot be pressed.
pub fn button(locale: Locale, act: Act, deployment: &Deployment) -> AnyView {
    let (command, class, label) = look(locale, act.command);
    if let Some(why) = act.refused {
        let why = t::refusal(locale, why);
        return view! {
            <button type="button" class=class disabled=true data-key=command>
                {label}
                <small>{why}</small>
            </button>
        }
        .into_any();
    }
    let reason = format!("reason-{command}");
    // What is meant is the step that the page shows; the service refuses a word to another.
    let steps = matches!(
        act.command,
        DeploymentCommand::Approve | DeploymentCommand::Reject | DeploymentCommand::Skip
    );
    let step = steps.then(|| view! { <input type="hidden" name="step" value=deployment.reached.len() /> });
    let will = will(locale, act.command, deployment);
    view! {
        <details class="act" name="act" data-key=command>
            <summary class=class>
                {label}
                <small>{will}</small>
            </summary>
            <form method="post" class="act-form card">
                {step}
                <label for=reason.clone()>{t::reason_for_history(locale)}</label>
                <input id=reason name="reason" maxlength="1000" autocomplete="off" />
                <button class=class name="do" value=command>
                    {label}
                </button>
            </form>
        </details>
    }
    .into_any()
}

/// Buttons that are seldom wanted.
pub fn menu(locale: Locale, acts: &[Act], deployment: &Deployment) -> AnyView {
    if acts.is_empty() {
        return ().into_any();
    }
    let words: Vec<&str> = acts.iter().map(|act| look(locale, act.command).2).collect();
    let words = words.join(" · ");
    view! {
        <details class="act more" data-key="more">
            <summary class="btn">
                {r::more(locale)}
                <small>{words}</small>
            </summary>
            <div class="act-form card">{acts.iter().map(|act| button(locale, *act, deployment)).collect_view()}</div>
        </details>
    }
    .into_any()
}
