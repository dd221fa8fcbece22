//! The list of apps: live rows, one click to scale, many at once to restart or suspend.

use std::collections::BTreeSet;

use leptos::prelude::*;
use model::api::{Reasoned, Scale};
use model::app::AppSummary;
use model::deployment::Deployment;
use model::id::AppKey;
use model::live::{Change, Topic};
use model::problem::Problem;
use model::time::Timestamp;
use serde::{Deserialize, Serialize};

use super::stepper::Stepper;
use super::{Given, ask};
use crate::live::{Heard, kinds, listen};
use crate::text::{Locale, apps as t, fault, rollout};
use crate::ui::badge::app_badge;
use crate::ui::bar::bar;
use crate::ui::time::ago;
use crate::ui::version::brief;
use crate::{islands, paths};

/// One row: the app and the lines of its use, drawn by the server.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Row {
    pub app: AppSummary,
    /// Paths of the two sparklines, `M0 3L4 5...`.
    pub cpu: String,
    pub memory: String,
}

/// What every row needs to know.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Setting {
    pub locale: Locale,
    pub now: Timestamp,
    /// The event that the rows are as new as.
    pub position: String,
    pub may_change: bool,
    pub grouped: bool,
    /// Whether an app that appears belongs into this list.
    pub takes_new: bool,
    /// Only those of this environment, when set.
    pub environment: Option<String>,
    /// Where forms without JavaScript are posted to.
    pub action: String,
}

type Entry = (AppKey, RwSignal<Row>);

fn key_of(app: &AppSummary) -> AppKey {
    AppKey { environment: app.environment.clone(), app: app.name.clone() }
}

#[island]
pub fn AppTable(rows: Given<Vec<Row>>, setting: Given<Setting>) -> impl IntoView {
    let (Given(rows), Given(setting)) = (rows, setting);
    let entries: Vec<Entry> = rows.into_iter().map(|row| (key_of(&row.app), RwSignal::new(row))).collect();
    let entries = RwSignal::new(entries);
    let picked = RwSignal::new(BTreeSet::<AppKey>::new());
    let trouble = RwSignal::new(None::<Problem>);
    let now = RwSignal::new(setting.now);
    let heard = setting.clone();
    listen(vec![Topic::Apps], &[kinds::APP, kinds::APP_GONE], &setting.position, move |what| match what {
        Heard::Reset => islands::reload(),
        Heard::Event(event) => {
            now.set(event.time);
            hear(entries, &heard, event.what);
        }
    });
    let locale = setting.locale;
    let grouped = setting.grouped;
    let may_change = setting.may_change;
    let row_setting = setting.clone();
    view! {
        <div class="card apps">
            {move || trouble.get().map(|problem| alert(locale, &problem))}
            <Bulk picked trouble locale />
            <table>
                <thead>
                    <tr>
                        {may_change
                            .then(|| view! { <th class="pick"><span class="visually-hidden">{t::select(locale)}</span></th> })}
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
                <tbody>
                    <For
                        each=move || with_groups(entries.get(), grouped)
                        key=|line| line.key()
                        children=move |line| match line {
                            Line::Group(name) => {
                                view! {
                                    <tr class="group-row">
                                        <td colspan="9">{name}</td>
                                    </tr>
                                }
                                    .into_any()
                            }
                            Line::App(key, row) => one(key, row, now, picked, trouble, row_setting.clone()),
                        }
                    />
                </tbody>
            </table>
        </div>
    }
}

/// A line of the table.
#[derive(Clone)]
enum Line {
    Group(String),
    App(AppKey, RwSignal<Row>),
}

impl Line {
    fn key(&self) -> String {
        match self {
            Self::Group(name) => format!("project {name}"),
            Self::App(key, _) => key.to_string(),
        }
    }
}

fn with_groups(mut entries: Vec<Entry>, grouped: bool) -> Vec<Line> {
    if !grouped {
        return entries.into_iter().map(|(key, row)| Line::App(key, row)).collect();
    }
    entries.sort_by_key(|(key, row)| (row.with_untracked(|row| row.app.project.to_string()), key.clone()));
    let mut lines = Vec::with_capacity(entries.len());
    let mut project = None;
    for (key, row) in entries {
        let of = row.with_untracked(|row| row.app.project.to_string());
        if project.as_ref() != Some(&of) {
            lines.push(Line::Group(of.clone()));
            project = Some(of);
        }
        lines.push(Line::App(key, row));
    }
    lines
}

fn hear(entries: RwSignal<Vec<Entry>>, setting: &Setting, change: Change) {
    match change {
        Change::App(app) => {
            let key = key_of(&app);
            let known =
                entries.with_untracked(|all| all.iter().find(|(one, _)| *one == key).map(|(_, row)| *row));
            if let Some(row) = known {
                row.update(|row| row.app = *app);
                return;
            }
            let here = setting.environment.as_ref().is_none_or(|only| *only == app.environment.as_str());
            if setting.takes_new && here {
                let row = Row { app: *app, cpu: String::new(), memory: String::new() };
                entries.update(|all| {
                    let at = all.partition_point(|(one, _)| {
                        (&one.app, &one.environment) < (&key.app, &key.environment)
                    });
                    all.insert(at, (key, RwSignal::new(row)));
                });
            }
        }
        Change::AppGone(key) => entries.update(|all| all.retain(|(one, _)| *one != key)),
        _ => {}
    }
}

fn alert(locale: Locale, problem: &Problem) -> AnyView {
    view! {
        <div class="alert" role="alert">
            <div>{fault::problem(locale, problem)}</div>
        </div>
    }
    .into_any()
}

fn one(
    key: AppKey,
    row: RwSignal<Row>,
    now: RwSignal<Timestamp>,
    picked: RwSignal<BTreeSet<AppKey>>,
    trouble: RwSignal<Option<Problem>>,
    setting: Setting,
) -> AnyView {
    let Setting { locale, may_change, action, .. } = setting;
    let name = key.app.to_string();
    // What a click asked for and the server has not confirmed yet.
    let asked = RwSignal::new(None::<u32>);
    let counts = Memo::new(move |_| {
        let mut counts = row.with(|row| row.app.instances);
        counts.wanted = asked.get().unwrap_or(counts.wanted);
        counts
    });
    let wanted = Memo::new(move |_| counts.get().wanted);
    let to_scale = key.clone();
    let scale = Callback::new(move |instances: u32| {
        asked.set(Some(instances));
        trouble.set(None);
        let key = to_scale.clone();
        leptos::task::spawn_local(async move {
            let input = Scale { instances: Some(instances), ..Scale::default() };
            if let Err(problem) = ask::act(&key, "scale", &input).await {
                trouble.set(Some(problem));
            }
            if asked.get_untracked() == Some(instances) {
                row.update(|row| row.app.instances.wanted = instances);
                asked.set(None);
            }
        });
    });
    let is_picked = {
        let key = key.clone();
        move || picked.with(|picked| picked.contains(&key))
    };
    let pick = {
        let key = key.clone();
        move |_| {
            picked.update(|picked| {
                if !picked.remove(&key) {
                    picked.insert(key.clone());
                }
            });
        }
    };
    let select_label = format!("{} {name}", t::select(locale));
    view! {
        <tr>
            {may_change
                .then(|| {
                    view! {
                        <td class="pick">
                            <input type="checkbox" aria-label=select_label prop:checked=is_picked on:change=pick />
                        </td>
                    }
                })}
            <td>
                <a class="name" href=paths::app(&key)>
                    {name.clone()}
                </a>
                <div class="sub">
                    {move || row.with(|row| format!("{} · {}", row.app.environment, row.app.project))}
                </div>
            </td>
            <td>
                {move || row.with(|row| app_badge(locale, row.app.status))}
                <div class="sub">
                    {move || {
                        row.with(|row| row.app.status_reason.as_ref().map(|why| t::reason(locale, why, now.get())))
                    }}
                </div>
                {move || row.with(|row| step(locale, &row.app, now.get()))}
            </td>
            <td class="hide-s">
                {move || row.with(|row| version(locale, &row.app, now.get()))}
            </td>
            <td>{move || bar(locale, counts.get(), "bar")}</td>
            <td>
                <Stepper
                    count=wanted
                    pending=Signal::derive(move || asked.get().is_some())
                    enabled=may_change
                    label=t::instance_count_label(locale, &name)
                    locale
                    action
                    app=key.clone()
                    scale
                />
            </td>
            <td class="hide-m">{move || row.with(|row| spark(&row.cpu, t::cpu(locale)))}</td>
            <td class="hide-m">{move || row.with(|row| spark(&row.memory, t::memory(locale)))}</td>
            <td class="sub last hide-s">
                {move || row.with(|row| row.app.last_deployment.as_ref().map(|last| change(locale, last, now.get())))}
            </td>
        </tr>
    }
    .into_any()
}

/// The step of a staged release on its way, leading to it.
fn step(locale: Locale, app: &AppSummary, now: Timestamp) -> Option<AnyView> {
    let active = app.deployment.as_ref()?;
    let words = rollout::standing(locale, active, now)?;
    Some(view! { <a class="sub row-step" href=paths::deployment(active.id)>{words}</a> }.into_any())
}

fn version(locale: Locale, app: &AppSummary, now: Timestamp) -> AnyView {
    let label = app.image.clone().unwrap_or_else(|| app.version.clone());
    view! {
        <span class="mono version" title=label.clone()>
            {brief(&label)}
        </span>
        <div class="sub">{format!("r{} · ", app.revision)} {ago(locale, app.updated_at, now)}</div>
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

fn spark(path: &str, label: &'static str) -> Option<AnyView> {
    if path.is_empty() {
        return None;
    }
    let d = path.to_owned();
    Some(
        view! {
            <svg class="spark" viewBox="0 0 92 24" preserveAspectRatio="none" role="img" aria-label=label>
                <path d=d />
            </svg>
        }
        .into_any(),
    )
}

/// What can be done with all that are picked.
#[component]
fn Bulk(
    picked: RwSignal<BTreeSet<AppKey>>,
    trouble: RwSignal<Option<Problem>>,
    locale: Locale,
) -> impl IntoView {
    let act = move |verb: &'static str| {
        let keys = picked.get_untracked();
        picked.set(BTreeSet::new());
        trouble.set(None);
        leptos::task::spawn_local(async move {
            for key in keys {
                if let Err(problem) = ask::act(&key, verb, &Reasoned::default()).await {
                    trouble.set(Some(problem));
                }
            }
        });
    };
    move || {
        let count = picked.with(BTreeSet::len);
        (count > 0).then(|| {
            view! {
                <div class="bulk" role="status">
                    <span class="strong">{t::selected(locale, count)}</span>
                    <button class="btn small" on:click=move |_| act("restart")>
                        {t::restart(locale)}
                    </button>
                    <button class="btn small" on:click=move |_| act("suspend")>
                        {t::suspend(locale)}
                    </button>
                    <button class="btn small" on:click=move |_| act("resume")>
                        {t::resume(locale)}
                    </button>
                </div>
            }
        })
    }
}
