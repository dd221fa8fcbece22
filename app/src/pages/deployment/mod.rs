//! One deployment: where it stands, what it changes, what can be done.

mod act;
mod adoption;
mod counts;
mod evidence;
mod gate;
mod logs;
mod past;
#[cfg(test)]
mod tests;
mod timeline;
mod track;

use leptos::prelude::*;
use model::api::{DeploymentCommand, LogsQuery, PageQuery, Reasoned};
use model::deployment::{Deployment, DeploymentEvent, DeploymentEventKind};
use model::id::{AppKey, DeploymentId, InstanceId};
use model::live::Topic;
use model::permission::Caller;
use model::problem::Problem;
use model::rollout::Step;
use model::time::Timestamp;

use self::act::{acts, button, menu};
use self::logs::{FailedLog, logs};
use self::past::Past;
use super::visit::{Visit, page};
use crate::islands::Given;
use crate::islands::changes::changes;
use crate::islands::deployment::checks::Stage;
use crate::islands::deployment::{DeploymentChecks, Start, state_mark};
use crate::islands::local_time::LocalTimes;
use crate::islands::refresh::Follow;
use crate::paths;
use crate::text::Locale;
use crate::text::deployment as t;
use crate::text::fault::problem as say;
use crate::text::{rollout as r, time};
use crate::ui::length::{Form, until};

/// Most timeline lines a page starts with.
const EVENTS_MAX: usize = 1_000;
/// Most failed instances whose logs are shown, and lines of each.
const LOGS_MAX: usize = 3;
const LINES: u32 = 40;

#[component]
pub fn DeploymentPage() -> impl IntoView {
    page(deployment)
}

async fn deployment(visit: Visit) -> Result<AnyView, Problem> {
    let caller = visit.caller()?.clone();
    let locale = visit.locale;
    let id: DeploymentId = visit.param("id")?;
    let mut said = None;
    let form = visit.form.clone().unwrap_or_default();
    if let Some(command) = form.get("do").and_then(command) {
        let step = form.get("step").and_then(|step| step.parse().ok());
        let input = Reasoned { reason: form.text("reason"), step, ..Reasoned::default() };
        match visit.ports.deployments.command(&caller, id, command, input).await {
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
    // Before the data, so that nothing that changes in between is missed.
    let position = visit.ports.site.live_position();
    let deployment = visit.ports.deployments.get(&caller, id).await?;
    let events = events(&visit, id).await?;
    let said_of_it = visit.ports.deployments.verification(&caller, id).await?;
    let key = AppKey { environment: deployment.environment.clone(), app: deployment.app.clone() };
    let shown = Shown {
        locale,
        past: Past::read(locale, &events),
        caller: &caller,
        own: said_of_it.own && !said_of_it.author_may_approve,
        others: !said_of_it.author_may_approve,
        checks: said_of_it.checks.len(),
        now: visit.ports.site.now(),
        back_to: back_to(&visit, &key, &deployment).await,
        key: &key,
        deployment: &deployment,
    };
    let failed = if visit.wants(logs::REGION) {
        let failed = failed_logs(&visit, &key, &events).await;
        logs(locale, &failed, paths::app_tab(&key, "logs"))
    } else {
        ().into_any()
    };
    let timeline = timeline::timeline(locale, &events, deployment.state.is_active());
    let adoption = adoption::region(&visit, &key, &deployment).await;
    // The checks move by themselves, and what changes stays.
    if !visit.request.regions.is_empty() {
        let answer = view! { {shown.head()} {adoption} {shown.instances()} {timeline} {failed} };
        return Ok(answer.into_any());
    }
    let diff = visit.ports.deployments.changes(&caller, id).await?;
    let start = Start {
        locale,
        id,
        stage: stage(&deployment),
        cards: evidence::cards(&visit, id, &said_of_it).await?,
        position: position.clone(),
    };
    let unchanged = if deployment.from_revision.is_none() {
        t::first_definition(locale)
    } else {
        t::nothing_changes(locale)
    };
    let banner = said.map(|said| {
        view! {
            <div class="alert" role="alert">
                {say(locale, &said)}
            </div>
        }
    });
    let topic = Topic::Deployment(id).to_string();
    Ok(view! {
        {super::title(t::heading(locale, &deployment))}
        {banner}
        <Follow topic kinds="deployment deployment_event".to_owned() position />
        {shown.head()}
        <div class="deployment-grid">
            <div class="deployment-column">
                {adoption}
                {shown.instances()}
                <DeploymentChecks start=Given(start) />
                {failed}
            </div>
            <div class="deployment-column">
                {timeline}
                <section class="card" aria-labelledby="changes-title">
                    <div class="pad pad-top">
                        <h2 id="changes-title">{t::what_changes(locale)}</h2>
                        <span class="sub">{t::change_of(locale, &deployment)}</span>
                    </div>
                    {if diff.is_empty() {
                        view! { <p class="pad sub no-top">{unchanged}</p> }.into_any()
                    } else {
                        changes(locale, &diff)
                    }}
                </section>
            </div>
        </div>
        <LocalTimes />
    }
    .into_any())
}

/// What the parts of the page that move are drawn from.
struct Shown<'a> {
    locale: Locale,
    key: &'a AppKey,
    deployment: &'a Deployment,
    past: Past,
    caller: &'a Caller,
    /// The caller asked for it, and the environment wants somebody else to approve.
    own: bool,
    /// The environment wants somebody else than the author.
    others: bool,
    checks: usize,
    now: Timestamp,
    /// Going back afterwards is possible to this revision.
    back_to: Option<u32>,
}

impl Shown<'_> {
    /// What it is, where it stands, and what can be done.
    fn head(&self) -> AnyView {
        let Self { locale, key, deployment, now, .. } = *self;
        let legs = track::legs(locale, deployment, &self.past, self.checks);
        let long = legs.len() > 8;
        let skipped =
            deployment.skip.map(|why| view! { <p class="note" data-key="skip">{t::skip(locale, why)}</p> });
        view! {
            <div class="region" data-live="head">
                <header class="head deployment-head">
                    <div class="deployment-title">
                        <nav class="crumbs" aria-label=t::title(locale)>
                            <a href=paths::DEPLOYMENTS>{t::title(locale)}</a>
                            " / "
                            <a href=paths::app(key)>{key.app.to_string()}</a>
                            " / "
                            {t::deployment_number(locale, deployment.number)}
                        </nav>
                        <div class="deployment-name">
                            <h1>{t::heading(locale, deployment)}</h1>
                            <span aria-live="polite">{state_mark(locale, deployment.state)}</span>
                        </div>
                        <p class="sub">{self.standing()}</p>
                    </div>
                    <div class="deployment-actions">{self.actions()}</div>
                </header>
                {skipped}
                <ol class="card track" class:long=long aria-label=r::steps(locale)>
                    {track::track(locale, legs, now)}
                </ol>
            </div>
        }
        .into_any()
    }

    fn standing(&self) -> AnyView {
        let Self { locale, deployment, now, .. } = *self;
        let words = r::brief(locale, deployment, now);
        match r::runs_until(deployment, now) {
            Some(then) => until(&words, &time::short(locale, then.since(now)), then, Form::Short),
            None => words.into_any(),
        }
    }

    fn actions(&self) -> AnyView {
        let Self { locale, deployment, .. } = *self;
        let acts = acts(deployment, self.caller, self.own);
        if acts.head.is_empty() {
            return self
                .back_to
                .map(|revision| {
                    view! {
                        <a class="btn danger" href=paths::roll_back(self.key, revision)>
                            {t::roll_back(locale)}
                            <small>{t::rollback_will(locale, revision)}</small>
                        </a>
                    }
                })
                .into_any();
        }
        view! {
            {acts.head.iter().map(|act| button(locale, *act, deployment)).collect_view()}
            {menu(locale, &acts.more, deployment)}
        }
        .into_any()
    }

    /// The counts, and the gate.
    fn instances(&self) -> AnyView {
        let Self { locale, deployment, now, .. } = *self;
        let at_gate = acts(deployment, self.caller, self.own).gate;
        let gate = gate::gate(locale, deployment, self.others);
        view! {
            <section class="card pad" aria-labelledby="instances-title" data-live="instances">
                {counts::counts(locale, deployment)}
                {gate::card(locale, gate, &at_gate, &self.past, deployment, now)}
            </section>
        }
        .into_any()
    }
}

fn stage(deployment: &Deployment) -> Stage {
    let reached = deployment.reached.len();
    let step = reached.checked_sub(1).and_then(|index| deployment.steps.get(index));
    Stage::of(deployment.state.as_str(), reached, matches!(step, Some(Step::Verify { .. })))
}

/// The command a button names.
pub fn command(name: &str) -> Option<DeploymentCommand> {
    serde_json::from_value(serde_json::Value::String(name.to_owned())).ok()
}

async fn events(visit: &Visit, id: DeploymentId) -> Result<Vec<DeploymentEvent>, Problem> {
    let mut events = Vec::new();
    let mut cursor = None;
    loop {
        let query = PageQuery { limit: Some(model::api::LIMIT_MAX), cursor };
        let more = visit.ports.deployments.events(visit.caller()?, id, &query).await?;
        events.extend(more.items);
        cursor = more.next;
        if cursor.is_none() || events.len() >= EVENTS_MAX {
            return Ok(events);
        }
    }
}

/// Last lines of the instances that failed last. An engine that does not answer leaves them out.
async fn failed_logs(visit: &Visit, key: &AppKey, events: &[DeploymentEvent]) -> Vec<FailedLog> {
    let mut failed: Vec<&str> = Vec::new();
    for event in events.iter().rev() {
        if let DeploymentEventKind::InstanceFailed { instance, .. } = &event.what
            && !failed.contains(&instance.as_str())
            && failed.len() < LOGS_MAX
        {
            failed.push(instance);
        }
    }
    let Ok(caller) = visit.caller() else { return Vec::new() };
    let mut logs = Vec::new();
    for instance in failed {
        let query = LogsQuery {
            instance: Some(InstanceId(instance.to_owned())),
            limit: Some(LINES),
            ..LogsQuery::default()
        };
        if let Ok(lines) = visit.ports.apps.logs(caller, key, &query).await {
            logs.push(FailedLog { instance: instance.to_owned(), lines });
        }
    }
    logs
}

/// The revision that an ended deployment can be undone to: where the app still runs what it brought.
async fn back_to(visit: &Visit, key: &AppKey, deployment: &Deployment) -> Option<u32> {
    let caller = visit.caller().ok()?;
    caller.may(model::permission::Permission::ChangeApps).then_some(())?;
    let (from, to) = (deployment.from_revision?, deployment.to_revision?);
    let app = visit.ports.apps.get(caller, key).await.ok()?;
    (from != to && app.summary.revision == to).then_some(from)
}
