//! The overview: what is wrong now, what moves, what happened, and what room there is.

use leptos::prelude::*;
use model::alert::AlertGroup;
use model::api::{AppsQuery, DeploymentsQuery, DoraQuery};
use model::app::{AppStatus, AppSummary};
use model::deployment::Deployment;
use model::environment::{Environment, Node, Reachability};
use model::id::{AppKey, EnvironmentName};
use model::permission::{Caller, Permission};
use model::problem::Problem;
use model::time::Timestamp;

use super::alerts;
use super::visit::{Visit, page};
use crate::islands::refresh::Refresh;
use crate::paths;
use crate::text::Locale;
use crate::text::{alerts as words, apps as t, deployment, rollout, shell, template};
use crate::ui::badge::{Tone, app_badge, badge, deployment_badge};
use crate::ui::bar::bar;
use crate::ui::icon::{Icon, icon};
use crate::ui::time::ago;

/// Rows of each list.
const ROWS: u32 = 8;

#[component]
pub fn Overview() -> impl IntoView {
    page(overview)
}

async fn overview(visit: Visit) -> Result<AnyView, Problem> {
    let caller = visit.caller()?.clone();
    let locale = visit.locale;
    let environment: Option<EnvironmentName> =
        visit.request.environment.as_deref().and_then(|name| name.parse().ok());
    let position = visit.ports.site.live_position();
    let now = visit.ports.site.now();
    let wanting = |attention, status| AppsQuery {
        environment: environment.clone(),
        attention,
        status,
        limit: Some(ROWS),
        ..AppsQuery::default()
    };
    let (ill, moving) = (wanting(true, None), wanting(false, Some(AppStatus::Deploying)));
    let history = DeploymentsQuery {
        environment: environment.clone(),
        limit: Some(ROWS),
        ..DeploymentsQuery::default()
    };
    let releasing = DoraQuery {
        environment: environment.clone(),
        project: visit.asked("project").parse().ok(),
        app: Some(visit.asked("app")).filter(|app| !app.is_empty()),
        days: None,
    };
    let (counts, ill, moving, history, environments, dora, alerts) = futures::try_join!(
        visit.ports.apps.counts(&caller, environment.as_ref()),
        visit.ports.apps.list(&caller, &ill),
        visit.ports.apps.list(&caller, &moving),
        visit.ports.deployments.list(&caller, &history),
        visit.ports.environments.list(&caller),
        visit.ports.deployments.dora(&caller, &releasing),
        visit.ports.alerts.now(&caller),
    )?;
    let here: Vec<Environment> = environments
        .into_iter()
        .filter(|e| environment.as_ref().is_none_or(|only| *only == e.name))
        .collect();
    let mut machines: Vec<(EnvironmentName, Vec<Node>)> = Vec::new();
    for one in &here {
        let nodes = visit.ports.environments.nodes(&caller, &one.name).await.unwrap_or_default();
        machines.push((one.name.clone(), nodes));
    }
    let firing = firing(alerts.firing, environment.as_ref());
    let gallery = if counts.all == 0 { Some(gallery(&visit, &caller).await?) } else { None };
    Ok(view! {
        <leptos_meta::Title text=format!("{} · Quarterdeck", shell::overview(locale)) />
        <div class="head">
            <h1>{shell::overview(locale)}</h1>
            <div class="actions">
                <a class="btn main" href=paths::NEW_APP>
                    {t::new_app(locale)}
                </a>
            </div>
        </div>
        {alerts::follow(position.clone())}
        <Refresh position />
        {gallery}
        <div class="columns">
            <div class="stack">
                {wrong(locale, &here, &ill.items, counts.attention, &firing, now)}
                {moves(locale, &moving.items, now)}
                {happened(locale, &history.items, now)}
            </div>
            <div class="stack">{room(locale, &machines)}</div>
        </div>
        {(counts.all > 0 || dora.before.changes > 0).then(|| super::dora::card(locale, &dora, &releasing, &counts.projects))}
    }
    .into_any())
}

fn key_of(app: &AppSummary) -> AppKey {
    AppKey { environment: app.environment.clone(), app: app.name.clone() }
}

/// Templates for a newcomer without an app.
async fn gallery(visit: &Visit, caller: &Caller) -> Result<AnyView, Problem> {
    let locale = visit.locale;
    if !caller.may(Permission::ChangeApps) {
        return Ok(().into_any());
    }
    let templates = visit.ports.site.templates(caller).await?;
    Ok(view! {
        <section class="stack newcomer">
            <h2>{t::start_here(locale)}</h2>
            <div class="newcomer-templates">
                {templates
                    .iter()
                    .map(|one| {
                        let href = format!("{}{}", paths::NEW_APP, paths::query(&[("template", template::key(one.key))]));
                        view! {
                            <a class="template" href=href>
                                {icon(Icon::Box)}
                                <span class="strong">{template::title(locale, one.key)}</span>
                                <span class="sub">{template::hint(locale, one.key)}</span>
                            </a>
                        }
                    })
                    .collect_view()}
            </div>
        </section>
    }
    .into_any())
}

/// The alerts that are to be seen to: not silenced, and of the chosen environment or of none.
fn firing(groups: Vec<AlertGroup>, chosen: Option<&EnvironmentName>) -> Vec<AlertGroup> {
    let here = |group: &AlertGroup| {
        let of = group.labels.get("environment");
        chosen.is_none_or(|chosen| of.is_none_or(|of| of == chosen.as_str()))
    };
    groups.into_iter().filter(|group| !group.is_silenced() && here(group)).collect()
}

fn alert(locale: Locale, group: &AlertGroup, now: Timestamp) -> AnyView {
    let line = group.alerts.first().map(|alert| alerts::groups::line(locale, alert)).unwrap_or_default();
    let more = group.alerts.len().saturating_sub(1);
    view! {
        <li>
            {alerts::severity_badge(locale, group.severity)}
            <a class="name" href=paths::ALERTS>
                {words::group(locale, &group.labels)}
            </a>
            <span class="sub grow">
                {line} {(more > 0).then(|| view! { " " {words::more(locale, more)} })}
            </span>
            <span class="sub">{group.since().map(|since| ago(locale, since, now))}</span>
        </li>
    }
    .into_any()
}

fn wrong(
    locale: Locale,
    environments: &[Environment],
    ill: &[AppSummary],
    all: u32,
    firing: &[AlertGroup],
    now: Timestamp,
) -> AnyView {
    let away = environments
        .iter()
        .filter_map(|environment| match &environment.reachability {
            Reachability::Unreachable { since, reason } => Some(view! {
                <li>
                    {badge(Tone::Bad, t::status_word(locale, AppStatus::Unknown))}
                    <a class="name" href=paths::environment(environment.name.as_str())>
                        {environment.name.to_string()}
                    </a>
                    <span class="sub grow">{reason.clone()}</span>
                    <span class="sub">{ago(locale, *since, now)}</span>
                </li>
            }),
            Reachability::Reachable { .. } | Reachability::Unknown => None,
        })
        .collect_view();
    let fine = ill.is_empty()
        && firing.is_empty()
        && !environments.iter().any(|e| matches!(e.reachability, Reachability::Unreachable { .. }));
    view! {
        <section class="card" data-live="wrong">
            <header class="pad">
                <h2>{t::wrong_now(locale)}</h2>
                {(all > ROWS).then(|| view! { <a class="sub" href=format!("{}?attention=true", paths::APPS)>{all}</a> })}
            </header>
            {if fine {
                view! { <p class="calm">{badge(Tone::Good, t::all_well(locale))}</p> }.into_any()
            } else {
                view! {
                    <ul class="list">
                        {away}
                        {firing.iter().take(ROWS as usize).map(|group| alert(locale, group, now)).collect_view()}
                        {ill
                            .iter()
                            .map(|app| {
                                view! {
                                    <li>
                                        {app_badge(locale, app.status)}
                                        <a class="name" href=paths::app(&key_of(app))>
                                            {app.name.to_string()}
                                        </a>
                                        <span class="sub grow">
                                            {app.status_reason.as_ref().map(|why| t::reason(locale, why, now))}
                                        </span>
                                        {bar(locale, app.instances, "bar")}
                                    </li>
                                }
                            })
                            .collect_view()}
                    </ul>
                }
                    .into_any()
            }}
        </section>
    }
    .into_any()
}

fn moves(locale: Locale, moving: &[AppSummary], now: Timestamp) -> AnyView {
    view! {
        <section class="card" data-live="moving">
            <header class="pad">
                <h2>{t::moving(locale)}</h2>
            </header>
            {if moving.is_empty() {
                view! { <p class="calm muted">{t::nothing_moves(locale)}</p> }.into_any()
            } else {
                view! {
                    <ul class="list">
                        {moving
                            .iter()
                            .filter_map(|app| Some((app, app.deployment.as_ref()?)))
                            .map(|(app, active)| {
                                view! {
                                    <li>
                                        {deployment_badge(locale, active.state)}
                                        <a class="name" href=paths::deployment(active.id)>
                                            {deployment::heading(locale, active)}
                                        </a>
                                        <span class="sub grow">{rollout::brief(locale, active, now)}</span>
                                        {bar(locale, app.instances, "bar")}
                                    </li>
                                }
                            })
                            .collect_view()}
                    </ul>
                }
                    .into_any()
            }}
        </section>
    }
    .into_any()
}

fn happened(locale: Locale, history: &[Deployment], now: Timestamp) -> AnyView {
    view! {
        <section class="card" data-live="happened">
            <header class="pad">
                <h2>{t::happened(locale)}</h2>
                <a class="sub" href=paths::DEPLOYMENTS>
                    {t::all_deployments(locale)}
                </a>
            </header>
            {if history.is_empty() {
                view! { <p class="calm muted">{t::nothing_happened(locale)}</p> }.into_any()
            } else {
                view! {
                    <ul class="list">
                        {history
                            .iter()
                            .map(|one| {
                                view! {
                                    <li>
                                        {deployment_badge(locale, one.state)}
                                        <a class="name" href=paths::deployment(one.id)>
                                            {deployment::heading(locale, one)}
                                        </a>
                                        <span class="sub grow">{deployment::actor(locale, &one.actor)}</span>
                                        <span class="sub">{ago(locale, one.created_at, now)}</span>
                                    </li>
                                }
                            })
                            .collect_view()}
                    </ul>
                }
                    .into_any()
            }}
        </section>
    }
    .into_any()
}

fn room(locale: Locale, machines: &[(EnvironmentName, Vec<Node>)]) -> AnyView {
    machines
        .iter()
        .map(|(environment, nodes)| {
            view! {
                <section class="card pad" data-live="room">
                    <h2>{t::capacity(locale)} <span class="sub">{environment.to_string()}</span></h2>
                    {nodes.iter().map(|node| super::nodes::one(locale, node)).collect_view()}
                </section>
            }
        })
        .collect_view()
        .into_any()
}
