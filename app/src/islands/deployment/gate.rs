//! The gate: who has agreed, who is still needed, until when, and what nobody's answer means.

use leptos::prelude::*;
use model::api::DeploymentCommand;
use model::deployment::{Deployment, DeploymentState, WaitingFor};
use model::rollout::Step;
use model::time::Timestamp;

use super::act::{Act, button};
use super::mark::CLOCK;
use super::past::Past;
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

/// The card. Its buttons stay while the words around them change, so that a reason being typed is not lost.
pub fn card(
    locale: Locale,
    acts: Memo<Vec<Act>>,
    gate: Memo<Option<Gate>>,
    past: Memo<Past>,
    shown: RwSignal<Deployment>,
    present: ReadSignal<Timestamp>,
) -> impl Fn() -> AnyView + Send + 'static {
    let here =
        Memo::new(move |_| gate.with(|gate| gate.as_ref().map(|gate| matches!(gate, Gate::Here { .. }))));
    move || {
        match here.get() {
        None => ().into_any(),
        Some(false) => view! {
            <section class="gate ahead" aria-labelledby="gate-title">
                {icon()}
                <div>
                    <h2 id="gate-title">{r::gate_ahead(locale)}</h2>
                    <p>
                        {move || match gate.get() {
                            Some(Gate::Ahead(words)) => words,
                            _ => String::new(),
                        }}
                    </p>
                </div>
            </section>
        }
        .into_any(),
        Some(true) => view! {
            <section class="gate" aria-labelledby="gate-title">
                {icon()}
                <div>
                    <h2 id="gate-title" tabindex="-1">
                        {r::gate(locale)}
                    </h2>
                    {move || words(locale, gate.get(), present)}
                    {move || {
                        let step = match gate.get() {
                            Some(Gate::Here { step, .. }) => step,
                            _ => 0,
                        };
                        past.with(|past| who(locale, past, step))
                    }}
                </div>
                <div class="gate-acts">
                    {move || {
                        acts.get()
                            .into_iter()
                            .map(|act| {
                                debug_assert!(
                                    matches!(act.command, DeploymentCommand::Approve | DeploymentCommand::Reject),
                                );
                                button(locale, act, shown)
                            })
                            .collect_view()
                    }}
                </div>
            </section>
        }
        .into_any(),
    }
    }
}

fn icon() -> AnyView {
    view! {
        <svg class="icon" viewBox="0 0 16 16" aria-hidden="true">
            <path d=CLOCK></path>
        </svg>
    }
    .into_any()
}

fn words(locale: Locale, gate: Option<Gate>, present: ReadSignal<Timestamp>) -> AnyView {
    let Some(Gate::Here { needed, rule, until, .. }) = gate else { return ().into_any() };
    let left = move || r::left(locale, until, present.get(), r::any_moment(locale));
    view! {
        <p>
            <b>{needed}</b>
        </p>
        <p class="sub">
            <span class="leg-left" title=until.to_string()>
                {left}
            </span>
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
