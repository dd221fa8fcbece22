//! The table of apps: scaling on the row, and many at once to restart, suspend or resume.

use leptos::prelude::*;
use model::app::AppSummary;
use model::deployment::Deployment;
use model::id::AppKey;
use model::time::Timestamp;

use crate::paths;
use crate::text::{Locale, apps as t, rollout};
use crate::ui::badge::app_badge;
use crate::ui::bar::bar;
use crate::ui::newer;
use crate::ui::stepper::Stepper;
use crate::ui::time::ago;
use crate::ui::version::brief;

/// The name of this part of the page.
pub const REGION: &str = "rows";
/// The form that the ticks of the rows belong to.
const BULK: &str = "bulk";

/// One row: the app and the lines of its use.
pub struct Row {
    pub app: AppSummary,
    /// Paths of the two sparklines, `M0 3L4 5...`; `None` where the row is drawn anew and they stay.
    pub lines: Option<(String, String)>,
}

/// What every row needs to know.
pub struct Setting {
    pub locale: Locale,
    pub now: Timestamp,
    pub may_change: bool,
    pub grouped: bool,
    /// Only those of this environment, when set.
    pub environment: Option<String>,
    /// Whether an app that appears belongs into this list.
    pub takes_new: bool,
    /// Where forms are posted to.
    pub action: String,
}

fn key_of(app: &AppSummary) -> AppKey {
    AppKey { environment: app.environment.clone(), app: app.name.clone() }
}

pub fn table(rows: Vec<Row>, setting: &Setting) -> AnyView {
    let Setting { locale, may_change, .. } = *setting;
    let pick = may_change
        .then(|| view! { <th class="pick"><span class="visually-hidden">{t::select(locale)}</span></th> });
    view! {
        <div class="card apps">
            {may_change.then(|| bulk(setting))}
            <table>
                <thead>
                    <tr>
                        {pick}
                        <th>{t::app(locale)}</th>
                        <th>{t::status(locale)}</th>
                        <th class="hide-s">{t::version(locale)}</th>
                        <th>{t::instances(locale)}</th>
                        <th>{t::scale(locale)}</th>
                        <th class="hide-m">{t::cpu(locale)}</th>
                        <th class="hide-m">{t::memory(locale)}</th>
                        <th class="hide-s">{t::last_change(locale)}</th>
                    </tr>
                </thead>
                {body(rows, setting)}
            </table>
        </div>
    }
    .into_any()
}

/// The rows alone, all of them or those that have changed.
pub fn body(mut rows: Vec<Row>, setting: &Setting) -> AnyView {
    let mut lines = Vec::with_capacity(rows.len());
    if setting.grouped {
        rows.sort_by_cached_key(|row| order(&row.app, setting));
    }
    let mut project = None;
    for row in rows {
        if setting.grouped && project.as_ref() != Some(&row.app.project) {
            let name = row.app.project.to_string();
            lines.push(
                view! {
                    <tr class="group-row" data-key=format!("project {name}") data-order=name.clone()>
                        <td colspan="9">{name.clone()}</td>
                    </tr>
                }
                .into_any(),
            );
            project = Some(row.app.project.clone());
        }
        lines.push(one(&row, setting));
    }
    view! { <tbody data-live=REGION data-on="app app_gone repository" data-keyed="">{lines}</tbody> }
        .into_any()
}

/// Where a row stands among the others.
fn order(app: &AppSummary, setting: &Setting) -> String {
    let AppSummary { name, environment, project, .. } = app;
    if setting.grouped { format!("{project} {environment} {name}") } else { format!("{name} {environment}") }
}

fn one(row: &Row, setting: &Setting) -> AnyView {
    let Setting { locale, now, may_change, .. } = *setting;
    let app = &row.app;
    let key = key_of(app);
    let here = setting.environment.as_ref().is_none_or(|only| *only == app.environment.as_str());
    // Without a place only a row that stands there already takes this one.
    let order = (row.lines.is_some() || setting.takes_new && here).then(|| order(app, setting));
    let pick = may_change.then(|| {
        let label = format!("{} {}", t::select(locale), key.app);
        view! {
            <td class="pick">
                <input type="checkbox" form=BULK name="pick" value=key.to_string() aria-label=label autocomplete="off" />
            </td>
        }
    });
    let stepper = Stepper {
        count: app.instances.wanted,
        app: &key,
        action: setting.action.clone(),
        class: "step",
        enabled: may_change,
        title: None,
    };
    let step = app.deployment.as_ref().and_then(|active| {
        let words = rollout::standing(locale, active, now)?;
        Some(view! { <a class="sub row-step" href=paths::deployment(active.id)>{words}</a> })
    });
    let spark = |line: fn(&(String, String)) -> &str, label| {
        let kept = row.lines.is_none().then_some("");
        let line = row.lines.as_ref().map(line).filter(|line| !line.is_empty());
        view! { <td class="hide-m" data-keep=kept>{line.map(|line| spark(line, label))}</td> }
    };
    view! {
        <tr data-key=key.to_string() data-order=order data-of=newer::repository(app)>
            {pick}
            <td>
                <a class="name" href=paths::app(&key)>
                    {key.app.to_string()}
                </a>
                <div class="sub">{format!("{} · {}", app.environment, app.project)}</div>
            </td>
            <td>
                {app_badge(locale, app.status)}
                <div class="sub">{app.status_reason.as_ref().map(|why| t::reason(locale, why, now))}</div>
                {step}
            </td>
            <td class="hide-s">{version(locale, app, may_change, now)}</td>
            <td>{bar(locale, app.instances, "bar")}</td>
            <td>{stepper.view(locale)}</td>
            {spark(|lines| &lines.0, t::cpu(locale))}
            {spark(|lines| &lines.1, t::memory(locale))}
            <td class="sub last hide-s">
                {app.last_deployment.as_ref().map(|last| change(locale, last, now))}
            </td>
        </tr>
    }
    .into_any()
}

fn version(locale: Locale, app: &AppSummary, may_change: bool, now: Timestamp) -> AnyView {
    let label = app.image.clone().unwrap_or_else(|| app.version.clone());
    view! {
        <span class="mono version" title=label.clone()>
            {brief(&label)}
        </span>
        <div class="sub">{format!("r{} · ", app.revision)} {ago(locale, app.updated_at, now)}</div>
        {newer::marks(locale, app, may_change, now)}
    }
    .into_any()
}

fn change(locale: Locale, last: &Deployment, now: Timestamp) -> AnyView {
    view! {
        <a href=paths::deployment(last.id)>{t::change_by(locale, last)}</a>
        <div>{ago(locale, last.created_at, now)}</div>
    }
    .into_any()
}

fn spark(path: &str, label: &'static str) -> AnyView {
    let d = path.to_owned();
    view! {
        <svg class="spark" viewBox="0 0 92 24" preserveAspectRatio="none" role="img" aria-label=label>
            <path d=d />
        </svg>
    }
    .into_any()
}

/// What can be done with all that are picked; there while any is.
fn bulk(setting: &Setting) -> AnyView {
    let Setting { locale, action, .. } = setting;
    let locale = *locale;
    view! {
        <form class="bulk" id=BULK method="post" action=action.clone()>
            <output class="strong" data-words=t::selected(locale, "{}")></output>
            <button class="btn small" name="act" value="restart">
                {t::restart(locale)}
            </button>
            <button class="btn small" name="act" value="suspend">
                {t::suspend(locale)}
            </button>
            <button class="btn small" name="act" value="resume">
                {t::resume(locale)}
            </button>
        </form>
    }
    .into_any()
}
