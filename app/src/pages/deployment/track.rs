//! The track: where a deployment stands, as legs from left to right.

use leptos::prelude::*;
use model::deployment::{Deployment, DeploymentKind, DeploymentState, Progress, WaitingFor};
use model::rollout::Step;
use model::time::Timestamp;

use super::past::Past;
use crate::islands::local_time::time;
use crate::text::Locale;
use crate::text::deployment as t;
use crate::text::rollout as r;
use crate::ui::length::{Form, until};

/// One leg of the track.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Leg {
    pub class: &'static str,
    pub title: String,
    pub note: String,
    /// The time until then is counted down beside the note; the words stand for it once it is over.
    pub left: Option<(Timestamp, &'static str)>,
    pub at: Option<Timestamp>,
}

fn leg(class: &'static str, title: &str, note: String, at: Option<Timestamp>) -> Leg {
    Leg { class, title: title.to_owned(), note, left: None, at }
}

pub fn legs(locale: Locale, deployment: &Deployment, past: &Past, checks: usize) -> Vec<Leg> {
    if deployment.steps.is_empty() {
        plain(locale, deployment)
    } else {
        staged(locale, deployment, past, checks)
    }
}

/// Of a deployment without steps.
fn plain(locale: Locale, deployment: &Deployment) -> Vec<Leg> {
    let Progress { wanted, healthy, .. } = deployment.progress;
    let state = deployment.state;
    let active = state.is_active();
    let back = matches!(state, DeploymentState::RollingBack | DeploymentState::RolledBack);
    let began = deployment.started_at.is_some() || !matches!(state, DeploymentState::Queued);
    let work = match deployment.kind {
        DeploymentKind::Scale => t::scaling(locale),
        DeploymentKind::Suspend | DeploymentKind::Destroy => t::stopping(locale),
        DeploymentKind::Create | DeploymentKind::Resume => t::starting(locale),
        _ => t::replacing(locale),
    };
    let mut legs = vec![
        leg("done", t::requested(locale), t::actor(locale, &deployment.actor), Some(deployment.created_at)),
        if began {
            leg("done", t::started(locale), String::new(), deployment.started_at)
        } else {
            leg("now", t::waits_to_start(locale), String::new(), None)
        },
    ];
    let class = match state {
        DeploymentState::Queued => "",
        DeploymentState::Paused | DeploymentState::AwaitingApproval => "held",
        DeploymentState::Running => "now",
        DeploymentState::Succeeded => "done",
        DeploymentState::Superseded => "left",
        DeploymentState::RollingBack
        | DeploymentState::Failed
        | DeploymentState::RolledBack
        | DeploymentState::Aborted => "failed",
    };
    let count = if back { String::new() } else { t::new_healthy(locale, healthy, wanted) };
    legs.push(leg(class, work, count, None));
    if back {
        let (class, note) =
            if active { ("now", t::new_healthy(locale, healthy, wanted)) } else { ("done", String::new()) };
        legs.push(leg(class, t::going_back(locale), note, None));
    }
    legs.push(end(locale, deployment));
    legs
}

fn end(locale: Locale, deployment: &Deployment) -> Leg {
    let state = deployment.state;
    let active = state.is_active();
    let class = match state {
        _ if active => "",
        DeploymentState::Succeeded => "done",
        DeploymentState::RolledBack => "back",
        DeploymentState::Superseded => "left",
        _ => "failed",
    };
    let title = if active { t::done(locale) } else { t::state(locale, state) };
    leg(class, title, String::new(), deployment.ended_at)
}

/// One leg a step, and one more where it turned around.
fn staged(locale: Locale, deployment: &Deployment, past: &Past, checks: usize) -> Vec<Leg> {
    let state = deployment.state;
    let wanted = wanted(deployment);
    // The step it is at, or was at when it turned around or ended.
    let at = deployment.reached.len() as u32;
    let mut before = 0;
    let mut legs = Vec::with_capacity(deployment.steps.len() + 1);
    for (number, step) in (1..).zip(&deployment.steps) {
        let title = r::step_title(locale, step, before, wanted);
        let reached = deployment.reached.get(number as usize - 1).copied();
        let over = number < at || state == DeploymentState::Succeeded;
        let skipped = step.holds() && past.went_past(number) && reached.is_some();
        let class = match state {
            _ if over && skipped => "left",
            _ if over => "done",
            _ if number > at => "",
            DeploymentState::Paused | DeploymentState::AwaitingApproval => "held",
            DeploymentState::Queued | DeploymentState::Running => "now",
            DeploymentState::Superseded => "left",
            _ => "failed",
        };
        let mut one = leg(class, &title, String::new(), reached);
        one.note = if over && skipped {
            r::skipped(locale).to_owned()
        } else if over {
            after(locale, step, number, past).unwrap_or_else(|| r::step_note(locale, step, wanted, checks))
        } else if number == at && state.is_active() && state != DeploymentState::RollingBack {
            now(locale, deployment, step)
        } else {
            r::step_note(locale, step, wanted, checks)
        };
        if number == at && state == DeploymentState::Running {
            one.left = match &deployment.waiting_for {
                Some(WaitingFor::Checks { until }) => Some((*until, r::still_asking(locale))),
                Some(WaitingFor::Time { until } | WaitingFor::OldKept { until }) => {
                    Some((*until, r::any_moment(locale)))
                }
                _ => None,
            };
        } else if let (true, Some(WaitingFor::Approval { until, .. })) =
            (number == at, &deployment.waiting_for)
        {
            one.left = Some((*until, r::any_moment(locale)));
        }
        legs.push(one);
        if let Step::Set { count, .. } = step {
            before = *count;
        }
    }
    if state == DeploymentState::RollingBack {
        legs.push(leg("now", t::going_back(locale), String::new(), None));
    } else if !state.is_active() && state != DeploymentState::Succeeded {
        legs.push(end(locale, deployment));
    }
    legs
}

/// The count of new instances at the end of all steps.
pub fn wanted(deployment: &Deployment) -> u32 {
    let last = deployment.steps.iter().rev().find_map(|step| match step {
        Step::Set { count, .. } => Some(*count),
        _ => None,
    });
    last.unwrap_or(deployment.progress.wanted)
}

fn now(locale: Locale, deployment: &Deployment, step: &Step) -> String {
    match step {
        Step::Set { count, .. } => r::healthy_of(locale, deployment.progress.healthy, *count),
        Step::Approve { .. } => match &deployment.waiting_for {
            Some(WaitingFor::Approval { approvers, by, .. }) => r::yes_of(locale, by.len(), *approvers),
            _ => String::new(),
        },
        _ => String::new(),
    }
}

fn after(locale: Locale, step: &Step, number: u32, past: &Past) -> Option<String> {
    match step {
        Step::Verify { .. } => Some(r::passed(locale).to_owned()),
        Step::Approve { .. } => {
            let who: Vec<&str> =
                past.approvals.iter().filter(|yes| yes.step == number).map(|yes| yes.by.as_str()).collect();
            (!who.is_empty()).then(|| who.join(", "))
        }
        _ => None,
    }
}

/// The legs as a list.
pub fn track(locale: Locale, legs: Vec<Leg>, now: Timestamp) -> AnyView {
    legs.into_iter()
        .map(|leg| {
            let current = (leg.class == "now" || leg.class == "held").then_some("step");
            let note = (!leg.note.is_empty()).then(|| view! { <span>{leg.note}</span> });
            view! {
                <li class=format!("leg {}", leg.class) aria-current=current>
                    <span class="dot" aria-hidden="true"></span>
                    <b>{leg.title}</b>
                    {note}
                    {leg.left.map(|(until, over)| left(locale, until, now, over))}
                    {leg.at.map(|at| view! { <span class="leg-at">{time(at)}</span> })}
                </li>
            }
        })
        .collect_view()
        .into_any()
}

/// The time until then, running down; `over` takes its place.
pub fn left(locale: Locale, then: Timestamp, now: Timestamp, over: &'static str) -> AnyView {
    let words = r::left(locale, then, now, over);
    let words = if then > now {
        until(&words, &r::clock(locale, then.since(now)), then, Form::Clock)
    } else {
        words.into_any()
    };
    view! { <span class="leg-left" title=then.to_string() data-over=over>{words}</span> }.into_any()
}
