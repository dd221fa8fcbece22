//! The first tab: instances as a grid, use, requests and latency with what was deployed, and the definition in short.

use leptos::prelude::*;
use model::api::{DeploymentsQuery, PageQuery};
use model::definition::{Definition, Probe};
use model::metric::{CPU, MEMORY, Series, of_app};
use model::permission::Permission;
use model::problem::Problem;
use model::workload::Adoption;

use super::watched::{REGION, Watched, grid};
use super::window::{LENGTHS, Window};
use super::{Shown, drawn, release, traffic};
use crate::pages::local;
use crate::paths;
use crate::text::{Locale, app as t, apps, deployment, metrics, workloads};
use crate::ui::plot::{Line, Mark, Unit};
use crate::ui::version::brief;

/// The part of the page with the charts.
const CHARTS: &str = "charts";

pub async fn view(shown: &Shown<'_>) -> Result<AnyView, Problem> {
    let Shown { visit, caller, key, now, .. } = *shown;
    let locale = visit.locale;
    let window = Window::of(visit, now);
    let grid = if visit.wants(REGION) { Some(instances(shown).await?) } else { None };
    let charts = if visit.wants(CHARTS) { Some(charts(shown, window).await?) } else { None };
    if !visit.request.regions.is_empty() {
        return Ok((grid, charts).into_any());
    }
    let adoption = visit.ports.workloads.adoption(caller, key).await?;
    let intake = visit.ports.metrics.intake(caller, key).await.ok().flatten();
    let bound = intake.filter(|intake| intake.bounded).map(|intake| {
        let words = t::series_bound(locale, intake.series, intake.series_max);
        view! {
            <div class="alert warn" role="status">
                {words}
            </div>
        }
    });
    Ok(view! {
        <div class="stack">
            <section class="card pad" aria-labelledby="instances-title">
                <h2 id="instances-title">{apps::instances(locale)}</h2>
                {grid}
            </section>
            <section aria-labelledby="use-title" class="stack tight">
                <div class="row">
                    <h2 id="use-title">{metrics::standing(locale)}</h2>
                    {ranges(locale, window)}
                </div>
                {charts}
                {bound}
            </section>
            {summary(shown, adoption.as_ref())}
        </div>
    }
    .into_any())
}

async fn instances(shown: &Shown<'_>) -> Result<AnyView, Problem> {
    let Shown { visit, caller, key, now, .. } = *shown;
    let query = PageQuery { limit: Some(200), cursor: None };
    let instances = visit.ports.apps.instances(caller, key, &query).await?;
    Ok(grid(&Watched {
        locale: visit.locale,
        key,
        instances: instances.items.into_iter().filter(|one| one.state.is_active()).collect(),
        now,
        may_stop: caller.may(Permission::ChangeApps),
    }))
}

async fn charts(shown: &Shown<'_>, window: Window) -> Result<AnyView, Problem> {
    let locale = shown.visit.locale;
    let marks = marks(shown, window).await?;
    let ((cpu, has_cpu), (memory, has_memory), (traffic, has_traffic)) = futures::join!(
        shown.series(CPU, window),
        shown.series(MEMORY, window),
        traffic::plots(shown, window, &marks)
    );
    let is_whole = has_cpu && has_memory && has_traffic;
    if !is_whole && !shown.visit.request.regions.is_empty() {
        return Ok(drawn::kept(CHARTS));
    }
    let resources = &shown.app.definition.resources;
    let plot = |title: &str, unit, lines, limit| {
        window.plot(title.to_owned(), unit, lines, Some(limit), marks.clone())
    };
    let most = resources.memory_mb as f64 * 1_048_576.0;
    let mut plots = vec![
        plot(apps::cpu(locale), Unit::Cores, cpu, resources.cpus),
        plot(apps::memory(locale), Unit::Bytes, memory, most),
    ];
    plots.extend(traffic);
    Ok(drawn::region(shown, CHARTS, window, plots))
}

/// The lengths as links; a chosen stretch has a way back.
fn ranges(locale: Locale, window: Window) -> AnyView {
    let links = LENGTHS.map(|minutes| {
        view! {
            <a
                class="chip"
                href=format!("?range={minutes}")
                aria-current=(window.minutes == Some(minutes)).then_some("true")
            >
                {t::range(locale, minutes)}
            </a>
        }
    });
    let out = window.minutes.is_none().then(|| {
        view! {
            <a class="chip" href="?">
                {t::chart_out(locale)}
            </a>
        }
    });
    view! { <nav class="ranges" aria-label=t::chart_range(locale)>{out} {links.collect_view()}</nav> }
        .into_any()
}

impl Shown<'_> {
    /// Average and highest of all instances, and whether there was an answer. Charts without figures are better than a
    /// page without charts.
    async fn series(&self, metric: &str, window: Window) -> (Vec<Line>, bool) {
        let locale = self.visit.locale;
        let chosen = of_app(metric, self.key);
        let (mut lines, mut is_whole) = (Vec::new(), true);
        for (function, label) in [("avg", t::average(locale)), ("max", t::highest(locale))] {
            let query = format!("{function}({chosen})");
            let answer = self.visit.ports.metrics.query_range(self.caller, None, &query, window.range).await;
            is_whole &= answer.is_ok();
            let points = answer.ok().and_then(first).unwrap_or_default();
            lines.push(Line { label: label.to_owned(), earlier: false, points });
        }
        (lines, is_whole)
    }
}

fn first(series: Vec<Series>) -> Option<Vec<(i64, f64)>> {
    series.into_iter().next().map(|series| series.points)
}

/// The deployments within the window that brought a revision.
pub async fn marks(shown: &Shown<'_>, window: Window) -> Result<Vec<Mark>, Problem> {
    let query = DeploymentsQuery {
        environment: Some(shown.key.environment.clone()),
        app: Some(shown.key.app.to_string()),
        from: Some(window.range.start),
        to: Some(window.range.end),
        limit: Some(50),
        ..DeploymentsQuery::default()
    };
    let locale = shown.visit.locale;
    let found = shown.visit.ports.deployments.list(shown.caller, &query).await?;
    Ok(found
        .items
        .iter()
        .map(|one| Mark {
            time: one.started_at.unwrap_or(one.created_at).as_millis(),
            label: deployment::heading(locale, one),
            href: paths::deployment(one.id),
        })
        .collect())
}

/// The definition in a few lines.
fn summary(shown: &Shown<'_>, adoption: Option<&Adoption>) -> AnyView {
    let locale = shown.visit.locale;
    let Definition { resources, ports, health_checks, .. } = &shown.app.definition;
    let version = shown.app.definition.version_label();
    let kind = if shown.app.definition.image.is_some() {
        t::image(locale)
    } else if shown.app.definition.artifact.is_some() {
        t::artifact(locale)
    } else {
        t::command(locale)
    };
    let listed = if ports.is_empty() {
        t::none(locale).to_owned()
    } else {
        ports.iter().map(|port| port.name.as_str()).collect::<Vec<_>>().join(", ")
    };
    let checks: Vec<String> = health_checks
        .iter()
        .map(|check| match &check.probe {
            Probe::Http { path, .. } => format!("GET {path}"),
            Probe::Tcp { port } => format!("TCP {}", port.as_deref().unwrap_or_default()),
            Probe::Command { .. } => t::command(locale).to_owned(),
        })
        .collect();
    let checks = if checks.is_empty() { t::no_checks(locale).to_owned() } else { checks.join(", ") };
    view! {
        <section class="card pad" aria-labelledby="details-title">
            <h2 id="details-title">
                {t::details(locale)}
                <a class="sub link" href=paths::app_tab(shown.key, "configuration")>
                    {apps::definition(locale)}
                </a>
            </h2>
            <dl class="details">
                <dt>{kind}</dt>
                <dd class="mono" title=version.clone()>{brief(&version)}</dd>
                <dt>{t::resources(locale)}</dt>
                <dd>{t::cpu_and_memory(locale, resources.cpus, resources.memory_mb)}</dd>
                <dt>{t::ports(locale)}</dt>
                <dd>{listed}</dd>
                <dt>{t::checks(locale)}</dt>
                <dd>{checks}</dd>
                {release::rows(locale, &shown.app.definition)}
                {adoption.map(|adoption| took_over(locale, adoption))}
                <dt>{t::created(locale)}</dt>
                <dd>{local(shown.app.summary.created_at)}</dd>
            </dl>
        </section>
    }
    .into_any()
}

/// Whose place it takes, and how far that is.
fn took_over(locale: Locale, adoption: &Adoption) -> AnyView {
    let trouble = adoption.trouble.as_ref();
    view! {
        <dt>{workloads::takes_place_of(locale)}</dt>
        <dd>
            {adoption.workload.clone()} <span class="sub">{workloads::standing(locale, adoption)}</span>
            {trouble.map(|words| view! { <span class="sub">{workloads::trouble(locale, adoption, words)}</span> })}
        </dd>
    }
    .into_any()
}
