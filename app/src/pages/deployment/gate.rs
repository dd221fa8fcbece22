//! The gate: who has agreed, who is still needed, until when, and what nobody's answer means.

use leptos::prelude::*;
use model::deployment::{Deployment, DeploymentState, WaitingFor};
use model::rollout::Step;
use model::time::Timestamp;

use super::act::{Act, button};
use super::past::Past;
use super::track::left;
use crate::islands::deployment::mark::CLOCK;
use crate::islands::local_time::time;
use crate::text::Locale;
use crate::text::rollout as r;

/// What the card says beside its buttons.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Gate {
    /// It waits there.
    Here { step: u32, needed: String, rule: &'static str, until: Timestamp },
    /// It will come to one.
    Ahead(String),
}

/// `others`: the author does not count.
pub fn gate(locale: Locale, deployment: &Deployment, others: bool) -> Option<Gate> {
    if let (true, Some(WaitingFor::Approval { step, approvers, role, by, until, on_timeout })) =
        (deployment.state == DeploymentState::AwaitingApproval, &deployment.waiting_for)
    {
        let left = approvers.saturating_sub(by.len() as u32);
        let needed = r::needed(locale, left, *role, others);
        return Some(Gate::Here {
            step: *step,
            needed,
            rule: r::on_timeout(locale, *on_timeout),
            until: *until,
        });
    }
    let forward = deployment.state.is_active() && deployment.state != DeploymentState::RollingBack;
    if !forward {
        return None;
    }
    let at = deployment.reached.len();
    let mut ahead = (1..).zip(&deployment.steps).skip(at);
    ahead.find_map(|(number, step)| match step {
        Step::Approve { gate } => Some(Gate::Ahead(r::gate_ahead_note(locale, gate, number))),
        _ => None,
    })
}

/// The card.
pub fn card(
    locale: Locale,
    gate: Option<Gate>,
    acts: &[Act],
    past: &Past,
    deployment: &Deployment,
    now: Timestamp,
) -> Option<AnyView> {
    let view = match gate? {
        Gate::Ahead(words) => view! {
            <section class="gate ahead" aria-labelledby="gate-title" data-key="gate-ahead">
                {icon()}
                <div>
                    <h2 id="gate-title">{r::gate_ahead(locale)}</h2>
                    <p>{words}</p>
                </div>
            </section>
        }
        .into_any(),
        Gate::Here { step, needed, rule, until } => view! {
            <section class="gate" aria-labelledby="gate-title" data-key="gate">
                {icon()}
                <div>
                    <h2 id="gate-title" tabindex="-1">
                        {r::gate(locale)}
                    </h2>
                    {words(locale, needed, rule, until, now)}
                    {who(locale, past, step)}
                </div>
                <div class="gate-acts">
                    {acts.iter().map(|act| button(locale, *act, deployment)).collect_view()}
                </div>
            </section>
        }
        .into_any(),
    };
    Some(view)
}

fn icon() -> AnyView {
    view! {
        <svg class="icon" viewBox="0 0 16 16" aria-hidden="true">
            <path d=CLOCK></path>
        </svg>
    }
    .into_any()
}

fn words(locale: Locale, needed: String, rule: &'static str, until: Timestamp, now: Timestamp) -> AnyView {
    view! {
        <p>
            <b>{needed}</b>
        </p>
        <p class="sub">
            {left(locale, until, now, r::any_moment(locale))}
            " · "
            {r::until(locale)}
            " "
            {time(until)}
            " · "
            {rule}
        </p>
    }
    .into_any()
}

/// Who has agreed to a step, with the reason and the time.
pub fn who(locale: Locale, past: &Past, step: u32) -> AnyView {
    let here: Vec<_> = past.approvals.iter().filter(|yes| yes.step == step).collect();
    if here.is_empty() {
        return view! { <p class="sub">{r::none_yet(locale)}</p> }.into_any();
    }
    let rows = here
        .into_iter()
        .map(|yes| {
            let reason = (!yes.reason.is_empty()).then(|| format!("“{}”", yes.reason));
            view! {
                <li>
                    <span class="yes" aria-hidden="true">"✓"</span>
                    <b>{yes.by.clone()}</b>
                    " "
                    {reason}
                    " "
                    <span class="sub">{time(yes.time)}</span>
                </li>
            }
        })
        .collect_view();
    view! { <ul class="gate-who">{rows}</ul> }.into_any()
}
