//! The history: every deployment, newest first, filtered by the URL.

use leptos::prelude::*;
use model::api::DeploymentsQuery;
use model::deployment::{Deployment, DeploymentKind, DeploymentState};
use model::id::{AppKey, EnvironmentName, ProjectName};
use model::permission::{Caller, Permission};
use model::problem::Problem;
use model::time::Timestamp;

use super::visit::{Visit, page};
use crate::islands::deployment::state_mark;
use crate::islands::history::{HistoryTop, PickTwo};
use crate::islands::local_time::LocalTimes;
use crate::paths;
use crate::text::Locale;
use crate::text::deployment as t;

/// Rows of one page.
const ROWS: u32 = 50;

#[component]
pub fn DeploymentsPage() -> impl IntoView {
    page(deployments)
}

/// The filters as they stand in the URL.
#[derive(Clone, Default)]
struct Filters {
    environment: String,
    app: String,
    project: String,
    actor: String,
    kind: String,
    state: String,
    from: String,
    to: String,
}

impl Filters {
    fn of(visit: &Visit) -> Self {
        let asked = |name| visit.asked(name);
        Self {
            environment: asked("environment"),
            app: asked("app"),
            project: asked("project"),
            actor: asked("actor"),
            kind: asked("kind"),
            state: asked("state"),
            from: asked("from"),
            to: asked("to"),
        }
    }

    fn pairs(&self) -> [(&'static str, &str); 8] {
        [
            ("environment", &self.environment),
            ("app", &self.app),
            ("project", &self.project),
            ("actor", &self.actor),
            ("kind", &self.kind),
            ("state", &self.state),
            ("from", &self.from),
            ("to", &self.to),
        ]
    }

    fn any(&self) -> bool {
        self.pairs().iter().any(|(_, value)| !value.is_empty())
    }

    /// What cannot be read filters nothing; the form shows it still.
    fn query(&self, cursor: String) -> DeploymentsQuery {
        let text = |text: &String| (!text.is_empty()).then(|| text.clone());
        DeploymentsQuery {
            environment: self.environment.parse::<EnvironmentName>().ok(),
            app: text(&self.app),
            project: self.project.parse::<ProjectName>().ok(),
            actor: text(&self.actor),
            kind: DeploymentKind::ALL.into_iter().find(|kind| kind.as_str() == self.kind),
            state: DeploymentState::ALL.into_iter().find(|state| state.as_str() == self.state),
            from: moment(&self.from, ":00.000Z"),
            to: moment(&self.to, ":59.999Z"),
            limit: Some(ROWS),
            cursor: (!cursor.is_empty()).then_some(cursor),
        }
    }
}

/// `datetime-local` has neither seconds nor zone; it is read as UTC.
fn moment(text: &str, rest: &str) -> Option<Timestamp> {
    text.parse().ok().or_else(|| format!("{text}{rest}").parse().ok())
}

async fn deployments(visit: Visit) -> Result<AnyView, Problem> {
    let caller = visit.caller()?;
    let locale = visit.locale;
    let filters = Filters::of(&visit);
    let position = visit.ports.site.live_position();
    let cursor = visit.asked("cursor");
    let found = visit.ports.deployments.list(caller, &filters.query(cursor.clone())).await?;
    let environments = visit.ports.environments.list(caller).await?;
    let names: Vec<String> = environments.iter().map(|environment| environment.name.to_string()).collect();
    let link = |extra: &[(&'static str, &str)]| {
        let pairs: Vec<_> = filters.pairs().into_iter().chain(extra.iter().copied()).collect();
        format!("{}{}", paths::DEPLOYMENTS, paths::query(&pairs))
    };
    let csv = format!("/api/v1/deployments.csv{}", csv_query(&filters));
    let empty = found.items.is_empty();
    let newest = found.items.first().map(|deployment| deployment.id);
    let older = found.next.as_ref().map(|next| link(&[("cursor", next)]));
    Ok(view! {
        {super::title(t::title(locale))}
        <div class="head">
            <h1>{t::title(locale)}</h1>
            <span class="sub">{t::lead(locale)}</span>
            <span class="grow"></span>
            <a class="btn" href=csv download="deployments.csv">
                {t::csv(locale)}
            </a>
        </div>
        {super::at::time_box(locale, visit.ports.site.now())}
        {filter_form(locale, &filters, &names)}
        {cursor.is_empty().then(|| view! { <HistoryTop locale=locale newest=newest position=position here=link(&[]) /> })}
        {if empty {
            nothing(locale, filters.any())
        } else {
            view! {
                <form action=paths::COMPARE class="history">
                    <div class="card scroll" tabindex="0">
                        <table>
                            <thead>
                                <tr>
                                    <th>
                                        <span class="visually-hidden">{t::select(locale)}</span>
                                    </th>
                                    <th>{t::state_head(locale)}</th>
                                    <th>{t::app(locale)}</th>
                                    <th>{t::change(locale)}</th>
                                    <th>{t::outcome_head(locale)}</th>
                                    <th>{t::who(locale)}</th>
                                    <th>{t::when(locale)}</th>
                                    <th>{t::took(locale)}</th>
                                    <th>
                                        <span class="visually-hidden">{t::roll_back(locale)}</span>
                                    </th>
                                </tr>
                            </thead>
                            <tbody>{found.items.iter().map(|each| row(locale, caller, each)).collect_view()}</tbody>
                        </table>
                    </div>
                    <div class="row history-foot">
                        <button class="btn">{t::compare(locale)}</button>
                        <PickTwo locale=locale />
                        <span class="grow"></span>
                        {(!cursor.is_empty())
                            .then(|| view! { <a class="btn" href=link(&[])>{t::newest(locale)}</a> })}
                        {older.map(|older| view! { <a class="btn" href=older rel="next">{t::older(locale)}</a> })}
                    </div>
                </form>
            }
                .into_any()
        }}
        <LocalTimes />
    }
    .into_any())
}

/// The API reads times as RFC 3339.
fn csv_query(filters: &Filters) -> String {
    let query = filters.query(String::new());
    let time = |time: Option<Timestamp>| time.map(|time| time.to_string()).unwrap_or_default();
    let (from, to) = (time(query.from), time(query.to));
    let mut pairs = filters.pairs();
    pairs[6].1 = &from;
    pairs[7].1 = &to;
    paths::query(&pairs)
}

fn nothing(locale: Locale, filtered: bool) -> AnyView {
    let (title, hint) =
        if filtered { (t::none_match(locale), "") } else { (t::none_yet(locale), t::none_yet_hint(locale)) };
    view! {
        <div class="card pad empty">
            <h2>{title}</h2>
            <p class="sub">{hint}</p>
            {if filtered {
                view! { <a class="btn" href=paths::DEPLOYMENTS>{t::clear(locale)}</a> }.into_any()
            } else {
                view! { <a class="btn main" href=paths::NEW_APP>{crate::text::editor::new_app(locale)}</a> }.into_any()
            }}
        </div>
    }
    .into_any()
}

fn row(locale: Locale, caller: &Caller, deployment: &Deployment) -> AnyView {
    let key = AppKey { environment: deployment.environment.clone(), app: deployment.app.clone() };
    let took = deployment.ended_at.map(|end| t::length(locale, end.since(deployment.created_at)));
    let back = deployment.from_revision.filter(|from| {
        caller.may(Permission::ChangeApps)
            && deployment.to_revision != Some(*from)
            && deployment.state == DeploymentState::Succeeded
    });
    let label = format!("{}: {} {}", t::select(locale), key, t::deployment_number(locale, deployment.number));
    view! {
        <tr>
            <td class="pick">
                <input type="checkbox" name="pick" value=deployment.id.to_string() aria-label=label />
            </td>
            <td>{state_mark(locale, deployment.state)}</td>
            <td class="history-app">
                <a class="name" href=paths::deployment(deployment.id)>
                    {deployment.app.to_string()}
                    " "
                    <span class="sub">{format!("#{}", deployment.number)}</span>
                </a>
                <span class="sub">{deployment.environment.to_string()}</span>
            </td>
            <td class="nowrap">
                {t::kind(locale, deployment.kind)} " " <span class="sub">{t::change_of(locale, deployment)}</span>
            </td>
            <td class="history-why">
                <span class="clip" title=t::standing(locale, deployment)>
                    {t::standing(locale, deployment)}
                </span>
                {(!deployment.reason.is_empty())
                    .then(|| {
                        view! {
                            <span class="clip sub" title=deployment.reason.clone()>
                                {format!("“{}”", deployment.reason)}
                            </span>
                        }
                    })}
            </td>
            <td class="nowrap">{t::actor(locale, &deployment.actor)}</td>
            <td class="nowrap">{super::local(deployment.created_at)}</td>
            <td class="nowrap">{took}</td>
            <td class="nowrap">
                {back
                    .map(|from| {
                        view! {
                            <a
                                class="btn small"
                                href=paths::roll_back(&key, from)
                                aria-label=t::roll_back_to(locale, key.app.as_str(), from)
                                title=t::roll_back_to(locale, key.app.as_str(), from)
                            >
                                {t::roll_back(locale)}
                            </a>
                        }
                    })}
            </td>
        </tr>
    }
    .into_any()
}

fn filter_form(locale: Locale, filters: &Filters, environments: &[String]) -> AnyView {
    let select = |name: &'static str, label: &'static str, chosen: &str, options: Vec<(String, String)>| {
        let chosen = chosen.to_owned();
        view! {
            <label>
                <span>{label}</span>
                <select name=name>
                    <option value="">{t::any(locale)}</option>
                    {options
                        .into_iter()
                        .map(|(value, word)| {
                            view! { <option value=value.clone() selected=value == chosen>{word}</option> }
                        })
                        .collect_view()}
                </select>
            </label>
        }
    };
    let input = |name: &'static str, kind: &'static str, label: &'static str, value: &str| {
        view! {
            <label>
                <span>{label}</span>
                <input name=name type=kind value=value.to_owned() autocomplete="off" />
            </label>
        }
    };
    let kinds = DeploymentKind::ALL.map(|kind| (kind.as_str().to_owned(), t::kind(locale, kind).to_owned()));
    let states =
        DeploymentState::ALL.map(|state| (state.as_str().to_owned(), t::state(locale, state).to_owned()));
    let names = environments.iter().map(|name| (name.clone(), name.clone())).collect();
    view! {
        <form class="filter-form card" role="search" aria-label=t::filter(locale)>
            {select("environment", t::environment(locale), &filters.environment, names)}
            {input("app", "search", t::app(locale), &filters.app)}
            {input("project", "search", t::project(locale), &filters.project)}
            {select("kind", t::kind_head(locale), &filters.kind, kinds.into())}
            {select("state", t::state_head(locale), &filters.state, states.into())}
            {input("actor", "search", t::actor_head(locale), &filters.actor)}
            {input("from", "datetime-local", t::from(locale), &filters.from)}
            {input("to", "datetime-local", t::to(locale), &filters.to)}
            <div class="filter-buttons">
                <button class="btn">{t::filter(locale)}</button>
                {filters.any().then(|| view! { <a class="btn quiet" href=paths::DEPLOYMENTS>{t::clear(locale)}</a> })}
            </div>
        </form>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_of_the_form_are_read() {
        assert_eq!(
            moment("2026-11-23T10:00", ":00.000Z").map(|time| time.to_string()).as_deref(),
            Some("2026-11-23T10:00:00.000Z")
        );
        assert_eq!(moment("nonsense", ":00.000Z"), None);
        let filters =
            Filters { to: "2026-11-23T10:00".to_owned(), state: "failed".to_owned(), ..Filters::default() };
        assert_eq!(csv_query(&filters), "?state=failed&to=2026-11-23T10%3A00%3A59.999Z");
    }
}
