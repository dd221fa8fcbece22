//! A deployment as it moves: state, track, counts, gate, checks, what can be done, what happened.

pub mod act;
pub mod checks;
mod counts;
mod gate;
mod logs;
pub mod mark;
mod past;
#[cfg(test)]
mod tests;
mod timeline;
mod track;

use std::time::Duration;

use leptos::prelude::*;
use model::deployment::{Deployment, DeploymentEvent, DeploymentEventKind, DeploymentState};
use model::id::AppKey;
use model::live::{Change, Topic};
use model::permission::Caller;
use model::rollout::Step;
use model::time::Timestamp;
use serde::{Deserialize, Serialize};

use self::act::{acts, button, menu};
use self::checks::{Card, Stage, checks};
use self::counts::counts;
pub use self::logs::FailedLog;
use self::logs::fetch_log;
pub use self::mark::state_mark;
use self::past::Past;
use crate::islands::Given;
use crate::islands::now::ticking;
use crate::live::{Heard, kinds, listen};
use crate::text::Locale;
use crate::text::deployment as t;
use crate::text::rollout as r;
use crate::{islands, paths};

/// What it hears of.
const TOLD: [kinds::Kind; 3] = [kinds::DEPLOYMENT, kinds::DEPLOYMENT_EVENT, kinds::MEASURED];

/// All that the page begins with.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Start {
    pub deployment: Deployment,
    pub events: Vec<DeploymentEvent>,
    pub logs: Vec<FailedLog>,
    pub cards: Vec<Card>,
    /// Decides which buttons are enabled; the server decides again.
    pub caller: Caller,
    /// The caller asked for it, and the environment wants somebody else to approve.
    pub own: bool,
    /// The environment wants somebody else than the author.
    pub others: bool,
    pub position: String,
    pub now: Timestamp,
    /// Going back afterwards is possible to this revision.
    pub back_to: Option<u32>,
}

/// All of a deployment that moves.
#[island]
pub fn DeploymentLive(
    locale: Locale,
    start: Given<Start>,
    /// The field diff, drawn by the server.
    children: Children,
) -> impl IntoView {
    let Start { deployment, events, logs, cards, caller, own, others, position, now, back_to } = start.0;
    let key = AppKey { environment: deployment.environment.clone(), app: deployment.app.clone() };
    let (heading, number) = (t::heading(locale, &deployment), deployment.number);
    let shown = RwSignal::new(deployment);
    let events = RwSignal::new(events);
    let logs = RwSignal::new(logs);
    let check_count = cards.len();
    let cards: Vec<RwSignal<Card>> = cards.into_iter().map(RwSignal::new).collect();
    hear(&key, shown, events, logs, cards.clone(), &position);

    let present = ticking(now, Duration::from_secs(1));
    let state = Memo::new(move |_| shown.with(|deployment| deployment.state));
    let active = Signal::derive(move || state.get().is_active());
    let progress = Memo::new(move |_| shown.with(|deployment| deployment.progress));
    let past = Memo::new(move |_| events.with(|events| Past::read(locale, events)));
    let legs = Memo::new(move |_| {
        shown.with(|deployment| past.with(|past| track::legs(locale, deployment, past, check_count)))
    });
    // Only which buttons there are: what they say moves within them, and a reason being typed stays.
    let all = Memo::new(move |_| shown.with(|deployment| acts(deployment, &caller, own)));
    let head = Memo::new(move |_| all.with(|all| (all.head.clone(), all.more.clone())));
    let at_gate = Memo::new(move |_| all.with(|all| all.gate.clone()));
    let gate = Memo::new(move |_| shown.with(|deployment| gate::gate(locale, deployment, others)));
    let stage = Memo::new(move |_| shown.with(stage));
    let skipped = Memo::new(move |_| shown.with(|deployment| deployment.skip));
    let cursor = RwSignal::new(None::<i64>);

    let roll_back = back_to.map(|revision| (paths::roll_back(&key, revision), revision));
    let actions = move || {
        let (head, more) = head.get();
        if head.is_empty() {
            return roll_back.clone().map(|(to, revision)| afterwards(locale, to, revision)).into_any();
        }
        view! {
            {head.into_iter().map(|act| button(locale, act, shown)).collect_view()}
            {menu(locale, more, shown)}
        }
        .into_any()
    };
    let standing = move || {
        shown.with(|deployment| {
            r::standing(locale, deployment, present.get()).unwrap_or_else(|| t::standing(locale, deployment))
        })
    };
    let counted = shown.with_untracked(|deployment| counts(locale, deployment, progress, active));
    view! {
        <header class="head deployment-head">
            <div class="deployment-title">
                <nav class="crumbs" aria-label=t::title(locale)>
                    <a href=paths::DEPLOYMENTS>{t::title(locale)}</a>
                    " / "
                    <a href=paths::app(&key)>{key.app.to_string()}</a>
                    " / "
                    {t::deployment_number(locale, number)}
                </nav>
                <div class="deployment-name">
                    <h1>{heading}</h1>
                    <span aria-live="polite">{move || state_mark(locale, state.get())}</span>
                </div>
                <p class="sub">{standing}</p>
            </div>
            <div class="deployment-actions">{actions}</div>
        </header>
        {move || skipped.get().map(|why| view! { <p class="note">{t::skip(locale, why)}</p> })}
        <ol class="card track" class:long=move || legs.with(|legs| legs.len() > 8) aria-label=r::steps(locale)>
            {move || track::track(locale, legs.get(), present)}
        </ol>
        <div class="deployment-grid">
            <div class="deployment-column">
                <section class="card pad" aria-labelledby="instances-title">
                    {counted}
                    {gate::card(locale, at_gate, gate, past, shown, present)}
                </section>
                {checks(locale, &cards, stage, cursor)}
                {logs::logs(locale, logs, paths::app_tab(&key, "logs"))}
            </div>
            <div class="deployment-column">
                {timeline::timeline(locale, events, active)}
                {children()}
            </div>
        </div>
    }
}

fn afterwards(locale: Locale, to: String, revision: u32) -> AnyView {
    view! {
        <a class="btn danger" href=to>
            {t::roll_back(locale)}
            <small>{t::rollback_will(locale, revision)}</small>
        </a>
    }
    .into_any()
}

fn stage(deployment: &Deployment) -> Stage {
    let at = deployment.reached.len();
    let step = at.checked_sub(1).and_then(|index| deployment.steps.get(index));
    let going = deployment.state.is_active() && deployment.state != DeploymentState::RollingBack;
    Stage {
        at: at as u32,
        verifying: going && matches!(step, Some(Step::Verify { .. })),
        going,
        succeeded: deployment.state == DeploymentState::Succeeded,
    }
}

/// Takes in what changes while the page is open.
fn hear(
    key: &AppKey,
    shown: RwSignal<Deployment>,
    events: RwSignal<Vec<DeploymentEvent>>,
    logs: RwSignal<Vec<FailedLog>>,
    cards: Vec<RwSignal<Card>>,
    position: &str,
) {
    let id = shown.with_untracked(|deployment| deployment.id);
    let key = key.clone();
    listen(vec![Topic::Deployment(id)], &TOLD, position, move |heard| match heard {
        Heard::Reset => islands::reload(),
        Heard::Event(event) => match event.what {
            Change::Deployment(new) if new.id == id => {
                shown.try_set(*new);
            }
            Change::Measured { deployment, measurement, tally } if deployment == id => {
                let card = cards.iter().find(|card| {
                    card.try_with_untracked(|card| card.name == measurement.check) == Some(true)
                });
                if let Some(card) = card {
                    card.try_update(|card| card.hear(*measurement, tally));
                }
            }
            Change::DeploymentEvent { event, .. } if event.deployment == id => {
                if let DeploymentEventKind::InstanceFailed { instance, .. } = &event.what {
                    fetch_log(key.clone(), instance.clone(), logs);
                }
                events.try_update(|events| {
                    if events.iter().all(|known| known.id != event.id) {
                        events.push(*event);
                    }
                });
            }
            _ => {}
        },
    });
}
