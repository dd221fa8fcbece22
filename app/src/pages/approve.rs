//! The page behind an approval link: what is asked, what it changes, and yes or no. Answering uses the link up.

use leptos::prelude::*;
use model::api::{LinkedGate, Reasoned, Verification};
use model::can::{self, Refusal};
use model::deployment::{Deployment, WaitingFor};
use model::diff::Change;
use model::permission::Caller;
use model::problem::Problem;
use model::time::Timestamp;

use super::visit::{Visit, page};
use crate::islands::changes::changes;
use crate::islands::deployment::state_mark;
use crate::paths;
use crate::text::approval as t;
use crate::text::deployment as d;
use crate::text::fault::problem as say;
use crate::text::{Locale, rollout};
use crate::ui::time::ago;

#[component]
pub fn ApprovePage() -> impl IntoView {
    page(approve)
}

async fn approve(visit: Visit) -> Result<AnyView, Problem> {
    let caller = visit.caller()?.clone();
    let token = visit.params.get("token").unwrap_or_default();
    let locale = visit.locale;
    let deployments = &visit.ports.deployments;
    let gate = deployments.linked(&caller, &token).await?;
    let id = gate.deployment.id;
    let mut said = None;
    if let Some(form) = &visit.form {
        let yes = match form.get("do") {
            Some("approve") => Some(true),
            Some("reject") => Some(false),
            _ => None,
        };
        if let Some(yes) = yes {
            let input = Reasoned { reason: form.text("reason"), ..Reasoned::default() };
            match deployments.answer_link(&caller, &token, yes, input).await {
                Ok(_) => {
                    visit.redirect(&paths::deployment(id));
                    return Ok(().into_any());
                }
                Err(problem) => {
                    visit.status(problem.status);
                    said = Some(problem);
                }
            }
        }
    }
    let known = deployments.verification(&caller, id).await?;
    let diff = deployments.changes(&caller, id).await?;
    let banner = said.map(|said| {
        view! {
            <div class="alert" role="alert">
                {say(locale, &said)}
            </div>
        }
    });
    let now = visit.ports.site.now();
    Ok(view! {
        {super::title(t::title(locale))}
        <div class="head deployment-head">
            <div class="deployment-title">
                <span class="crumbs">{t::title(locale)}</span>
                <div class="deployment-name">
                    <h1>{d::heading(locale, &gate.deployment)}</h1>
                    {state_mark(locale, gate.deployment.state)}
                </div>
                <p class="sub">{d::standing(locale, &gate.deployment)}</p>
            </div>
        </div>
        {banner}
        <div class="stack">
            {question(locale, &gate, &known, &caller, now)}
            {what_changes(locale, &gate.deployment, &diff)}
        </div>
    }
    .into_any())
}

fn question(
    locale: Locale,
    gate: &LinkedGate,
    known: &Verification,
    caller: &Caller,
    now: Timestamp,
) -> AnyView {
    let deployment = &gate.deployment;
    let agreed: Vec<String> =
        known
            .approvals
            .iter()
            .filter(|yes| yes.step == gate.step)
            .map(|yes| {
                if yes.reason.is_empty() {
                    yes.by.clone()
                } else {
                    format!("{} “{}”", yes.by, yes.reason)
                }
            })
            .collect();
    let agreed = if agreed.is_empty() { rollout::none_yet(locale).to_owned() } else { agreed.join(", ") };
    let needed = match &deployment.waiting_for {
        Some(WaitingFor::Approval { approvers, role, by, .. }) => {
            let left = approvers.saturating_sub(by.len() as u32);
            rollout::needed(locale, left, *role, !known.author_may_approve)
        }
        _ => String::new(),
    };
    let reason = if deployment.reason.is_empty() {
        d::without_reason(locale).to_owned()
    } else {
        deployment.reason.clone()
    };
    let facts = [
        (t::who_asks(locale), d::actor(locale, &deployment.actor).into_any()),
        (t::because(locale), reason.into_any()),
        (t::step(locale), rollout::step_of(locale, gate.step, deployment.steps.len() as u32).into_any()),
        (t::agreed(locale), agreed.into_any()),
        (d::when(locale), ago(locale, deployment.created_at, now)),
    ];
    let facts = facts
        .into_iter()
        .map(|(name, value)| {
            view! {
                <dt>{name}</dt>
                <dd>{value}</dd>
            }
        })
        .collect_view();
    view! {
        <section class="card pad stack" aria-labelledby="gate-title">
            <h2 id="gate-title">{rollout::gate(locale)}</h2>
            <dl class="facts">{facts}</dl>
            <p>
                <b>{needed}</b>
            </p>
            {answer(locale, deployment, known, caller)}
            <p class="sub">
                {t::once(locale)} " " {t::ends(locale, gate.expires_at, now)} " "
                <a href=paths::deployment(deployment.id)>{t::see_all(locale)}</a>
            </p>
        </section>
    }
    .into_any()
}

/// The form, or why there is none.
fn answer(locale: Locale, deployment: &Deployment, known: &Verification, caller: &Caller) -> AnyView {
    let own = known.own && !known.author_may_approve;
    let yes = can::approve(caller, deployment);
    let yes = if own { yes.and(Err(Refusal::OwnDeployment)) } else { yes };
    let no = can::reject(caller, deployment);
    let button =
        |value: &'static str, class: &'static str, word: &'static str, answer: Result<(), Refusal>| {
            let why = answer.err().map(|why| view! { <small>{d::refusal(locale, why)}</small> });
            view! {
                <button class=class name="do" value=value disabled=answer.is_err()>
                    {word}
                    {why}
                </button>
            }
            .into_any()
        };
    view! {
        <form method="post" class="approve-form">
            <label for="reason">{d::reason_for_history(locale)}</label>
            // Several lines, so that the key for a new line answers nothing.
            <textarea id="reason" name="reason" maxlength="1000" rows="2"></textarea>
            <div class="deployment-actions">
                {button("approve", "btn main", rollout::approve(locale), yes)}
                {button("reject", "btn danger", rollout::reject(locale), no)}
            </div>
        </form>
    }
    .into_any()
}

fn what_changes(locale: Locale, deployment: &Deployment, diff: &[Change]) -> AnyView {
    let body = if diff.is_empty() {
        view! { <p class="pad sub no-top">{d::nothing_changes(locale)}</p> }.into_any()
    } else {
        changes(locale, diff)
    };
    view! {
        <section class="card" aria-labelledby="changes-title">
            <div class="pad pad-top">
                <h2 id="changes-title">{d::what_changes(locale)}</h2>
                <span class="sub">{d::change_of(locale, deployment)}</span>
            </div>
            {body}
        </section>
    }
    .into_any()
}
