//! One deployment: where it stands, what it changes, what can be done.

mod evidence;

use leptos::prelude::*;
use model::api::{DeploymentCommand, LogsQuery, PageQuery, Reasoned};
use model::deployment::{Deployment, DeploymentEvent, DeploymentEventKind};
use model::id::{AppKey, DeploymentId, InstanceId};
use model::problem::Problem;

use super::visit::{Visit, page};
use crate::islands::Given;
use crate::islands::changes::changes;
use crate::islands::deployment::{DeploymentLive, FailedLog, Start};
use crate::paths;
use crate::text::deployment as t;
use crate::text::fault::problem as say;

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
    let diff = visit.ports.deployments.changes(&caller, id).await?;
    let key = AppKey { environment: deployment.environment.clone(), app: deployment.app.clone() };
    let logs = failed_logs(&visit, &key, &events).await;
    let back_to = back_to(&visit, &key, &deployment).await;
    let title = super::title(t::heading(locale, &deployment));
    let revisions = t::change_of(locale, &deployment);
    let unchanged = if deployment.from_revision.is_none() {
        t::first_definition(locale)
    } else {
        t::nothing_changes(locale)
    };
    let said_of_it = visit.ports.deployments.verification(&caller, id).await?;
    let start = Start {
        cards: evidence::cards(&visit, id, &said_of_it).await?,
        own: said_of_it.own && !said_of_it.author_may_approve,
        others: !said_of_it.author_may_approve,
        now: visit.ports.site.now(),
        deployment,
        events,
        logs,
        caller,
        position,
        back_to,
    };
    let banner = said.map(|said| {
        view! {
            <div class="alert" role="alert">
                {say(locale, &said)}
            </div>
        }
    });
    Ok(view! {
        {title}
        {banner}
        <DeploymentLive locale=locale start=Given(start)>
            <section class="card" aria-labelledby="changes-title">
                <div class="pad pad-top">
                    <h2 id="changes-title">{t::what_changes(locale)}</h2>
                    <span class="sub">{revisions}</span>
                </div>
                {if diff.is_empty() {
                    view! { <p class="pad sub no-top">{unchanged}</p> }.into_any()
                } else {
                    changes(locale, &diff)
                }}
            </section>
        </DeploymentLive>
    }
    .into_any())
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
