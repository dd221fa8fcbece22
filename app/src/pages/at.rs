//! The time box: every app's version at one moment of the past.

use chrono::NaiveDateTime;
use leptos::prelude::*;
use model::api::{AppAt, AtQuery, Page};
use model::id::{EnvironmentName, ProjectName};
use model::problem::Problem;
use model::time::Timestamp;
use model::window::{UTC, Zones};

use super::visit::{Visit, page};
use crate::islands::local_time::LocalTimes;
use crate::islands::viewer_zone::ViewerZone;
use crate::paths;
use crate::text::Locale;
use crate::text::deployment as history;
use crate::text::insight as t;
use crate::ui::version::brief;

/// Rows of one page.
const ROWS: u32 = 100;

#[component]
pub fn AtPage() -> impl IntoView {
    page(at)
}

/// What is asked, as it stands in the URL.
struct Asked {
    time: String,
    zone: String,
    environment: String,
    project: String,
}

impl Asked {
    fn pairs(&self) -> [(&'static str, &str); 4] {
        [
            ("time", &self.time),
            ("zone", &self.zone),
            ("environment", &self.environment),
            ("project", &self.project),
        ]
    }

    /// The moment the clocks of the zone show this. A time with a zone of its own is read as it is.
    fn moment(&self, zones: &dyn Zones) -> Option<Timestamp> {
        if let Ok(moment) = self.time.parse() {
            return Some(moment);
        }
        let zone = zones.get(if self.zone.is_empty() { UTC } else { &self.zone })?;
        let read = |format| NaiveDateTime::parse_from_str(&self.time, format).ok();
        let local = read("%Y-%m-%dT%H:%M").or_else(|| read("%Y-%m-%dT%H:%M:%S"))?;
        Some(zone.moments(local).0)
    }
}

async fn at(visit: Visit) -> Result<AnyView, Problem> {
    let caller = visit.caller()?;
    let locale = visit.locale;
    let asked = Asked {
        time: visit.asked("time"),
        zone: visit.asked("zone"),
        environment: visit.asked("environment"),
        project: visit.asked("project"),
    };
    let environments = visit.ports.environments.list(caller).await?;
    let names: Vec<String> = environments.iter().map(|environment| environment.name.to_string()).collect();
    let moment = asked.moment(visit.ports.site.zones());
    let now = visit.ports.site.now();
    let answer = match moment {
        Some(time) => {
            let cursor = visit.asked("cursor");
            let query = AtQuery {
                time,
                environment: asked.environment.parse::<EnvironmentName>().ok(),
                project: asked.project.parse::<ProjectName>().ok(),
                limit: Some(ROWS),
                cursor: (!cursor.is_empty()).then_some(cursor),
            };
            let found = visit.ports.deployments.at(caller, &query).await?;
            shown(locale, &asked, time, now, &found)
        }
        None if asked.time.is_empty() => empty(t::ask_first(locale), t::ask_first_hint(locale)).into_any(),
        None => view! {
            <div class="alert" role="alert">
                {t::unreadable(locale)}
            </div>
        }
        .into_any(),
    };
    Ok(view! {
        {super::title(t::at_title(locale))}
        <div class="head">
            <h1>{t::at_title(locale)}</h1>
            <span class="sub">{t::at_lead(locale)}</span>
            <span class="grow"></span>
            <a class="btn" href=paths::DEPLOYMENTS>
                {t::to_history(locale)}
            </a>
        </div>
        {form(locale, &asked, now, &names)}
        {answer}
        <LocalTimes />
    }
    .into_any())
}

/// The box on the page of the history: last night is what is asked about most.
pub fn time_box(locale: Locale, now: Timestamp) -> AnyView {
    view! {
        <form class="filter-form card time-box" action=paths::AT role="search" aria-label=t::at_title(locale)>
            <p>
                <b>{t::at_title(locale)}</b>
                <span class="sub">{t::at_lead(locale)}</span>
            </p>
            {fields(locale, last_night(now), "")}
            <div class="filter-buttons">
                <button class="btn">{t::show(locale)}</button>
            </div>
        </form>
    }
    .into_any()
}

fn last_night(now: Timestamp) -> String {
    let yesterday = now.minus(std::time::Duration::from_hours(24));
    format!("{}T23:59", yesterday.datetime().format("%Y-%m-%d"))
}

fn fields(locale: Locale, time: String, zone: &str) -> AnyView {
    view! {
        <label>
            <span>{t::moment(locale)}</span>
            <input name="time" type="datetime-local" value=time required=true />
        </label>
        <ViewerZone value=zone.to_owned() label=t::time_zone(locale).to_owned() />
    }
    .into_any()
}

fn form(locale: Locale, asked: &Asked, now: Timestamp, environments: &[String]) -> AnyView {
    let time = if asked.time.is_empty() { last_night(now) } else { asked.time.clone() };
    let option = |name: &String| {
        view! {
            <option value=name.clone() selected=*name == asked.environment>
                {name.clone()}
            </option>
        }
    };
    view! {
        <form class="filter-form card at-form" role="search" aria-label=t::at_title(locale)>
            {fields(locale, time, &asked.zone)}
            <label>
                <span>{history::environment(locale)}</span>
                <select name="environment">
                    <option value="">{history::any(locale)}</option>
                    {environments.iter().map(option).collect_view()}
                </select>
            </label>
            <label>
                <span>{history::project(locale)}</span>
                <input name="project" type="search" value=asked.project.clone() autocomplete="off" />
            </label>
            <div class="filter-buttons">
                <button class="btn main">{t::show(locale)}</button>
            </div>
        </form>
    }
    .into_any()
}

fn empty(title: &'static str, hint: &'static str) -> impl IntoView {
    view! {
        <div class="card pad empty">
            <h2>{title}</h2>
            <p class="sub">{hint}</p>
        </div>
    }
}

fn shown(locale: Locale, asked: &Asked, time: Timestamp, now: Timestamp, found: &Page<AppAt>) -> AnyView {
    let more = found.next.as_ref().map(|next| {
        let pairs: Vec<_> = asked.pairs().into_iter().chain([("cursor", next.as_str())]).collect();
        format!("{}{}", paths::AT, paths::query(&pairs))
    });
    let table = if found.items.is_empty() {
        empty(t::nothing_then(locale), t::nothing_then_hint(locale)).into_any()
    } else {
        view! {
            <div class="card scroll" tabindex="0">
                <table class="at">
                    <thead>
                        <tr>
                            <th>{history::app(locale)}</th>
                            <th>{t::version(locale)}</th>
                            <th>{t::count(locale)}</th>
                            <th>{t::since(locale)}</th>
                            <th>{t::under_way(locale)}</th>
                        </tr>
                    </thead>
                    <tbody>{found.items.iter().map(|app| row(locale, app)).collect_view()}</tbody>
                </table>
            </div>
        }
        .into_any()
    };
    view! {
        {(time > now).then(|| view! { <div class="alert warn">{t::to_come(locale)}</div> })}
        <h2 class="at-moment">{super::local(time)}</h2>
        {table}
        {more.map(|more| view! { <p class="history-foot"><a class="btn" href=more rel="next">{t::more(locale)}</a></p> })}
    }
    .into_any()
}

fn row(locale: Locale, app: &AppAt) -> AnyView {
    // The app may be gone by now; its history never is.
    let story = app.deployment.or(app.under_way.as_ref().map(|one| one.deployment));
    let name = app.app.to_string();
    let name = match story {
        Some(id) => view! { <a class="name" href=paths::deployment(id)>{name}</a> }.into_any(),
        None => view! { <span class="name">{name}</span> }.into_any(),
    };
    let version = match (&app.version, app.revision) {
        (Some(version), Some(revision)) => view! {
            <code class="clip" title=version.clone()>
                {brief(version)}
            </code>
            <span class="sub">{history::version(locale, revision)}</span>
        }
        .into_any(),
        _ => view! { <span class="sub">{t::first_one(locale)}</span> }.into_any(),
    };
    let count = match (app.revision, app.instances) {
        (None, _) => view! { <span class="sub">"–"</span> }.into_any(),
        (_, 0) => view! { <span class="sub">{t::suspended(locale)}</span> }.into_any(),
        (_, count) => view! { <span>{count}</span> }.into_any(),
    };
    view! {
        <tr>
            <td class="history-app">{name} <span class="sub">{format!("{} · {}", app.environment, app.project)}</span></td>
            <td class="at-version">{version}</td>
            <td class="nowrap">{count}</td>
            <td class="nowrap">{app.since.map(super::local)}</td>
            <td>
                {app.under_way
                    .as_ref()
                    .map(|one| {
                        let line = t::under_way_line(locale, one);
                        let title = line.clone();
                        view! {
                            <a class="clip link" href=paths::deployment(one.deployment) title=title>
                                {line}
                            </a>
                        }
                    })}
            </td>
        </tr>
    }
    .into_any()
}
