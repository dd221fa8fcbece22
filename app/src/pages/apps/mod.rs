//! The list of apps: filters in the URL, one live table, scaling on the row.

mod act;
mod table;

use std::collections::BTreeMap;
use std::fmt::Write;

use leptos::prelude::*;
use model::api::{AppCounts, AppsQuery};
use model::app::{AppStatus, AppSummary};
use model::id::EnvironmentName;
use model::metric::{self, Range, Series};
use model::permission::{Caller, Permission};
use model::problem::{Problem, ProblemCode};

use self::table::{REGION, Row, Setting, body, table};
use super::app_key;
use super::visit::{Visit, page};
use crate::islands::refresh::Refresh;
use crate::paths;
use crate::text::Locale;
use crate::text::{apps as t, fault, shell};
use crate::ui::chart::{Scale as ChartScale, round_up};
use crate::ui::empty::empty;
use crate::ui::icon::Icon;

/// Window and resolution of a sparkline.
const SPARK_WINDOW_MS: i64 = 15 * 60_000;
const SPARK_STEP_MS: u64 = 30_000;

#[component]
pub fn Apps() -> impl IntoView {
    page(apps)
}

async fn apps(visit: Visit) -> Result<AnyView, Problem> {
    let caller = visit.caller()?.clone();
    let locale = visit.locale;
    let trouble = match act::perform(&visit, &caller).await {
        Ok(true) => {
            visit.redirect(&visit.request.path);
            return Ok(().into_any());
        }
        Ok(false) => None,
        Err(problem) => {
            visit.status(problem.status);
            Some(problem)
        }
    };
    let filters = Filters::of(&visit);
    let environment = filters.environment.clone();
    let setting = Setting {
        locale,
        now: visit.ports.site.now(),
        may_change: caller.may(Permission::ChangeApps),
        grouped: filters.grouped,
        takes_new: filters.is_plain(),
        environment: environment.as_ref().map(ToString::to_string),
        action: visit.request.path.clone(),
    };
    let said = said(locale, trouble.as_ref());
    if let Some(keys) = visit.wanted_of(REGION) {
        let rows = changed(&visit, &caller, &keys).await?;
        return Ok(view! {
            {said}
            <table>{body(rows, &setting)}</table>
        }
        .into_any());
    }
    if !visit.wants(REGION) {
        return Ok(said);
    }
    // Before the data, so that nothing that changes in between is missed.
    let position = visit.ports.site.live_position();
    let query = filters.query();
    let (listed, counts) = futures::try_join!(
        visit.ports.apps.list(&caller, &query),
        visit.ports.apps.counts(&caller, environment.as_ref()),
    )?;
    let shown = listed.items.len();
    let next = listed.next.map(|cursor| filters.url(&[("cursor", &cursor)]));
    let place = environment.as_ref().map(EnvironmentName::as_str);
    let content = if counts.all == 0 {
        let create =
            caller.may(Permission::ChangeApps).then(|| (paths::NEW_APP.to_owned(), t::new_app(locale)));
        view! {
            <Refresh position />
            <div class="card" data-live="none">
                {empty(Icon::Apps, t::none_yet(locale), t::none_yet_hint(locale), create)}
            </div>
        }
        .into_any()
    } else if shown == 0 {
        view! {
            <Refresh position />
            <div class="card empty" data-live="none">
                <p>{t::none_found(locale)}</p>
                <a class="btn" href=paths::APPS>
                    {t::clear_filters(locale)}
                </a>
            </div>
        }
        .into_any()
    } else {
        view! {
            <Refresh position />
            {table(rows(&visit, &caller, listed.items).await, &setting)}
            <nav class="pager">
                <span></span>
                {next
                    .map(|href| {
                        view! {
                            <a class="btn" href=href rel="next">
                                {shell::more(locale)}
                            </a>
                        }
                    })}
            </nav>
        }
        .into_any()
    };
    Ok(view! {
        <leptos_meta::Title text=format!("{} · Quarterdeck", t::title(locale)) />
        <div class="head">
            <h1>{t::title(locale)}</h1>
            <span class="sub">{t::shown_of(locale, shown, counts.all, place)}</span>
            <div class="actions">
                {(counts.all > 0 && caller.may(Permission::ChangeApps))
                    .then(|| {
                        view! {
                            <a class="btn" href=paths::SURGE>
                                {t::scale_project(locale)}
                            </a>
                        }
                    })}
                <a class="btn main" href=paths::NEW_APP>
                    {t::new_app(locale)}
                </a>
            </div>
        </div>
        {said}
        {(counts.all > 0).then(|| bar_of_filters(locale, &filters, &counts))}
        {content}
    }
    .into_any())
}

/// The list's filters as they stand in the URL.
#[derive(Clone, Default)]
struct Filters {
    environment: Option<EnvironmentName>,
    status: Option<AppStatus>,
    project: String,
    attention: bool,
    grouped: bool,
    text: String,
    cursor: String,
}

impl Filters {
    fn of(visit: &Visit) -> Self {
        let environment = match visit.asked("environment") {
            asked if asked.is_empty() => visit.request.environment.clone().unwrap_or_default(),
            asked => asked,
        };
        let status = visit.asked("status");
        Self {
            environment: environment.parse().ok(),
            status: AppStatus::ALL.into_iter().find(|one| one.as_str() == status),
            project: visit.asked("project"),
            attention: visit.asked("attention") == "true",
            grouped: visit.asked("group") == "project",
            text: visit.asked("q"),
            cursor: visit.asked("cursor"),
        }
    }

    fn query(&self) -> AppsQuery {
        AppsQuery {
            environment: self.environment.clone(),
            project: self.project.parse().ok(),
            status: self.status,
            attention: self.attention,
            q: (!self.text.is_empty()).then(|| self.text.clone()),
            limit: None,
            cursor: (!self.cursor.is_empty()).then(|| self.cursor.clone()),
        }
    }

    /// Whether nothing is filtered, so that any new app of the environment belongs here.
    fn is_plain(&self) -> bool {
        self.status.is_none()
            && self.project.is_empty()
            && !self.attention
            && self.text.is_empty()
            && self.cursor.is_empty()
    }

    /// The list with these filters, some of them changed; an empty value takes a filter away.
    fn url(&self, changed: &[(&str, &str)]) -> String {
        let status = self.status.map_or("", AppStatus::as_str);
        let mut pairs = vec![
            ("status", status),
            ("project", self.project.as_str()),
            ("attention", if self.attention { "true" } else { "" }),
            ("group", if self.grouped { "project" } else { "" }),
            ("q", self.text.as_str()),
        ];
        for &(name, value) in changed {
            pairs.retain(|(one, _)| *one != name);
            pairs.push((name, value));
        }
        format!("{}{}", paths::APPS, paths::query(&pairs))
    }
}

fn bar_of_filters(locale: Locale, filters: &Filters, counts: &AppCounts) -> AnyView {
    let chip = |href: String, word: String, count: Option<u32>, on: bool| {
        view! {
            <a class="chip" href=href aria-current=on.then_some("true")>
                {word}
                {count.map(|count| view! { <b>{count}</b> })}
            </a>
        }
    };
    let everything = [("status", ""), ("attention", ""), ("cursor", "")];
    let all = chip(
        filters.url(&everything),
        t::all(locale).to_owned(),
        Some(counts.all),
        filters.status.is_none() && !filters.attention,
    );
    let attention = chip(
        filters.url(&[("status", ""), ("attention", "true")]),
        t::attention(locale).to_owned(),
        Some(counts.attention),
        filters.attention,
    );
    let by_status = AppStatus::ALL
        .into_iter()
        .filter_map(|status| {
            let count = *counts.by_status.get(status.as_str())?;
            let on = filters.status == Some(status);
            (count > 0 || on).then(|| {
                let href =
                    filters.url(&[("status", if on { "" } else { status.as_str() }), ("attention", "")]);
                chip(href, t::status_word(locale, status).to_owned(), Some(count), on)
            })
        })
        .collect_view();
    let grouped = chip(
        filters.url(&[("group", if filters.grouped { "" } else { "project" })]),
        t::group_by_project(locale).to_owned(),
        None,
        filters.grouped,
    );
    let projects = (counts.projects.len() > 1).then(|| {
        counts
            .projects
            .iter()
            .map(|project| {
                let on = filters.project == project.as_str();
                let href = filters.url(&[("project", if on { "" } else { project.as_str() })]);
                chip(href, project.to_string(), None, on)
            })
            .collect_view()
    });
    let hidden = |name: &'static str, value: String| {
        (!value.is_empty()).then(|| view! { <input type="hidden" name=name value=value /> })
    };
    view! {
        <div class="filters">
            <form class="search" role="search" method="get" action=paths::APPS>
                <input
                    type="search"
                    name="q"
                    value=filters.text.clone()
                    placeholder=t::search(locale)
                    aria-label=t::search(locale)
                />
                {hidden("status", filters.status.map_or("", AppStatus::as_str).to_owned())}
                {hidden("project", filters.project.clone())}
                {hidden("group", if filters.grouped { "project".to_owned() } else { String::new() })}
            </form>
            {all}
            {attention}
            {by_status}
            {projects}
            {grouped}
        </div>
    }
    .into_any()
}

/// Why what a form asked for was refused.
fn said(locale: Locale, problem: Option<&Problem>) -> AnyView {
    let alert = problem.map(|problem| {
        view! {
            <div class="alert" role="alert">
                <div>{fault::problem(locale, problem)}</div>
            </div>
        }
    });
    view! { <div class="region" data-live="said" data-on="-">{alert}</div> }.into_any()
}

/// The rows of these apps, as far as there still are such apps.
async fn changed(visit: &Visit, caller: &Caller, keys: &[&str]) -> Result<Vec<Row>, Problem> {
    let mut rows = Vec::with_capacity(keys.len());
    for key in keys.iter().filter_map(|key| app_key(key)) {
        match visit.ports.apps.get(caller, &key).await {
            Ok(app) => rows.push(Row { app: app.summary, lines: None }),
            Err(problem) if problem.code == ProblemCode::NotFound => {}
            Err(problem) => return Err(problem),
        }
    }
    Ok(rows)
}

/// The rows with their lines of use, all from one query for each.
async fn rows(visit: &Visit, caller: &Caller, listed: Vec<AppSummary>) -> Vec<Row> {
    let end = visit.ports.site.now();
    let start = end.minus(std::time::Duration::from_millis(SPARK_WINDOW_MS.unsigned_abs()));
    let range = Range { start, end, step_ms: SPARK_STEP_MS };
    let window = (start.as_millis(), end.as_millis());
    let ask = |name: &'static str| {
        let query = format!("sum by (environment, app) ({name})");
        async move { visit.ports.metrics.query_range(caller, None, &query, range).await.unwrap_or_default() }
    };
    let (cpu, memory) = futures::join!(ask(metric::CPU), ask(metric::MEMORY));
    let (cpu, memory) = (lines(&cpu, window), lines(&memory, window));
    let line =
        |lines: &BTreeMap<_, String>, key: &(String, String)| lines.get(key).cloned().unwrap_or_default();
    listed
        .into_iter()
        .map(|app| {
            let key = (app.environment.to_string(), app.name.to_string());
            Row { lines: Some((line(&cpu, &key), line(&memory, &key))), app }
        })
        .collect()
}

/// One path for each app, in whole units.
fn lines(series: &[Series], window: (i64, i64)) -> BTreeMap<(String, String), String> {
    series
        .iter()
        .map(|one| {
            let label = |name: &str| one.labels.get(name).cloned().unwrap_or_default();
            let highest = one.points.iter().map(|point| point.1).fold(0.0, f64::max);
            let scale = ChartScale {
                start: window.0,
                end: window.1,
                top: round_up(highest) * 1.1,
                width: 92.0,
                height: 23.0,
            };
            let mut path = String::new();
            for &(time, value) in &one.points {
                let (x, y) = scale.at(time, value);
                let step = if path.is_empty() { 'M' } else { 'L' };
                let _ = write!(path, "{step}{x:.0} {y:.0}");
            }
            ((label("environment"), label("app")), path)
        })
        .collect()
}
