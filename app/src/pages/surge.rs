//! A whole project at a multiple of its counts for a time: the form, what it would do, and those that run.

use leptos::prelude::*;
use model::duration::Span;
use model::environment::Environment;
use model::id::{EnvironmentName, ProjectName};
use model::permission::Permission;
use model::problem::{Fault, FieldError, JsonKind, Problem};
use model::scaling::{RunningSurge, Surge, SurgePlan};

use super::local;
use super::visit::{Visit, page};
use crate::islands::local_time::LocalTimes;
use crate::paths;
use crate::posted::Form;
use crate::text::{Locale, fault, scaling as t, template};
use crate::ui::field::{Fields, Input};

#[component]
pub fn SurgePage() -> impl IntoView {
    page(surge)
}

async fn surge(visit: Visit) -> Result<AnyView, Problem> {
    let caller = visit.caller()?;
    caller.require(Permission::ChangeApps)?;
    let locale = visit.locale;
    let environments = visit.ports.environments.list(caller).await?;
    let asked = match visit.asked("environment") {
        asked if asked.is_empty() => visit.request.environment.clone().unwrap_or_default(),
        asked => asked,
    };
    let chosen = environments.iter().find(|each| each.name.as_str() == asked).or(environments.first());
    let Some(environment) = chosen.map(|chosen| chosen.name.clone()) else {
        return Err(Problem::not_found("environment", &asked));
    };
    let projects = visit.ports.apps.counts(caller, Some(&environment)).await?.projects;
    let wanted = visit.asked("project");
    let project = projects.iter().find(|each| each.as_str() == wanted).or(projects.first()).cloned();
    let mut said = None;
    let mut plan = None;
    if let (Some(form), Some(project)) = (&visit.form, &project) {
        match act(&visit, &environment, project, form).await {
            Ok(Some(found)) => plan = Some(found),
            Ok(None) => {
                let pairs = [("environment", environment.as_str()), ("project", project.as_str())];
                visit.redirect(&format!("{}{}", paths::SURGE, paths::query(&pairs)));
                return Ok(().into_any());
            }
            Err(problem) => {
                visit.status(problem.status);
                said = Some(problem);
            }
        }
    }
    let running = match &project {
        Some(project) => visit.ports.scaling.surges(caller, &environment, project).await?,
        None => Vec::new(),
    };
    let body = match &project {
        None => view! { <p class="card pad sub">{t::surge_no_project(locale)}</p> }.into_any(),
        Some(_) => view! {
            {form(&visit, said.as_ref(), plan.as_ref())}
            {(!running.is_empty()).then(|| table(locale, &running))}
        }
        .into_any(),
    };
    Ok(view! {
        {super::title(t::surge(locale))}
        <div class="head">
            <div>
                <nav class="crumbs" aria-label=t::surge(locale)>
                    <a href=paths::APPS>{template::apps(locale)}</a>
                </nav>
                <h1>{t::surge(locale)}</h1>
                <p class="sub">{t::surge_lead(locale)}</p>
            </div>
        </div>
        {place(locale, &environments, &environment, &projects, project.as_ref())}
        {body}
        <LocalTimes />
    }
    .into_any())
}

/// Nothing when something was done; a plan when only that was asked for.
async fn act(
    visit: &Visit,
    environment: &EnvironmentName,
    project: &ProjectName,
    form: &Form,
) -> Result<Option<SurgePlan>, Problem> {
    let (caller, scaling) = (visit.caller()?, &visit.ports.scaling);
    match form.text("act").as_str() {
        "end" => scaling.end_surge(caller, environment, project, &form.text("surge")).await.map(|()| None),
        "begin" => scaling.begin_surge(caller, environment, project, &read(form)?).await.map(|_| None),
        _ => scaling.plan_surge(caller, environment, project, &read(form)?).await.map(Some),
    }
}

fn read(form: &Form) -> Result<Surge, Problem> {
    let mut errors = Vec::new();
    let factor = form.text("factor").parse().unwrap_or_else(|_| {
        errors.push(FieldError::new("/factor", Fault::WrongType { expected: JsonKind::Number }));
        1.0
    });
    let length = form.text("for").parse().unwrap_or_else(|_| {
        errors.push(FieldError::new("/for", Fault::NotDuration));
        Span::from_secs(3_600)
    });
    if errors.is_empty() {
        Ok(Surge { name: form.text("name"), factor, length })
    } else {
        Err(Problem::invalid(errors))
    }
}

fn place(
    locale: Locale,
    environments: &[Environment],
    environment: &EnvironmentName,
    projects: &[ProjectName],
    project: Option<&ProjectName>,
) -> AnyView {
    let option = |name: String, chosen: bool| {
        view! {
            <option value=name.clone() selected=chosen>
                {name.clone()}
            </option>
        }
    };
    view! {
        <form class="filter-form card" role="search" aria-label=t::surge_where(locale)>
            <label>
                <span>{crate::text::deployment::environment(locale)}</span>
                <select name="environment">
                    {environments
                        .iter()
                        .map(|each| option(each.name.to_string(), each.name == *environment))
                        .collect_view()}
                </select>
            </label>
            <label>
                <span>{crate::text::deployment::project(locale)}</span>
                <select name="project">
                    {projects
                        .iter()
                        .map(|each| option(each.to_string(), Some(each) == project))
                        .collect_view()}
                </select>
            </label>
            <div class="filter-buttons">
                <button class="btn">{t::surge_show(locale)}</button>
            </div>
        </form>
    }
    .into_any()
}

fn form(visit: &Visit, said: Option<&Problem>, plan: Option<&SurgePlan>) -> AnyView {
    let locale = visit.locale;
    let fields = Fields { locale, refused: said, form: "surge" };
    let posted = visit.form.as_ref();
    let value = |name: &str, fresh: &str| posted.map_or_else(|| fresh.to_owned(), |form| form.text(name));
    let needed = |input: Input| Input { required: true, ..input };
    let name = Input { hint: Some(t::name_hint(locale)), ..needed(Input::text(value("name", ""))) };
    let factor = Input { hint: Some(t::factor_hint(locale)), ..needed(Input::number(value("factor", "2"))) };
    let length = Input { hint: Some(t::for_hint(locale)), ..needed(Input::text(value("for", "2h"))) };
    let general = said.filter(|said| said.errors.is_empty());
    view! {
        <section class="card pad stack tight surge" aria-labelledby="surge-title">
            <h2 id="surge-title">{t::surge_begin(locale)}</h2>
            {general
                .map(|said| {
                    view! {
                        <div class="alert" role="alert">
                            {fault::problem(locale, said)}
                        </div>
                    }
                })}
            <form method="post" class="scaling-form">
                {fields.input("name", t::name(locale), name)}
                {fields.input("factor", t::factor(locale), factor)}
                {fields.input("for", t::duration(locale), length)}
                <div class="wide">{plan.map(|plan| planned(locale, plan))}</div>
                <div class="wide scaling-buttons">
                    <button class=plan.map_or("btn main", |_| "btn") name="act" value="plan">
                        {t::surge_plan(locale)}
                    </button>
                    <button class=plan.map_or("btn", |_| "btn main") name="act" value="begin">
                        {t::surge_go(locale)}
                    </button>
                </div>
            </form>
        </section>
    }
    .into_any()
}

fn planned(locale: Locale, plan: &SurgePlan) -> AnyView {
    view! {
        <div role="status" class="stack tight">
            {(!plan.capacity.fits).then(|| view! { <p class="warn-line">{t::surge_no_room(locale, &plan.capacity)}</p> })}
            <p class="sub">{t::until(locale)} " " {local(plan.until)}</p>
            <ul class="surge-apps">
                {plan
                    .apps
                    .iter()
                    .map(|app| view! { <li><span class="strong">{app.app.to_string()}</span> " " {t::counts(app.now, app.then)}</li> })
                    .collect_view()}
            </ul>
        </div>
    }
    .into_any()
}

fn table(locale: Locale, running: &[RunningSurge]) -> AnyView {
    let row = |surge: &RunningSurge| {
        view! {
            <tr>
                <td class="strong">{surge.name.clone()}</td>
                <td>{local(surge.until)}</td>
                <td class="num">{surge.apps}</td>
                <td>
                    <form method="post">
                        <input type="hidden" name="surge" value=surge.name.clone() />
                        <button
                            class="btn"
                            name="act"
                            value="end"
                            aria-label=format!("{} {}", t::put_back(locale), surge.name)
                        >
                            {t::put_back(locale)}
                        </button>
                    </form>
                </td>
            </tr>
        }
    };
    view! {
        <section class="card" aria-labelledby="running-title">
            <header class="pad">
                <h2 id="running-title">{t::surges(locale)}</h2>
            </header>
            <div class="scroll" tabindex="0">
                <table>
                    <thead>
                        <tr>
                            <th>{t::name(locale)}</th>
                            <th>{t::until(locale)}</th>
                            <th class="num">{template::apps(locale)}</th>
                            <th>{t::act(locale)}</th>
                        </tr>
                    </thead>
                    <tbody>{running.iter().map(row).collect_view()}</tbody>
                </table>
            </div>
        </section>
    }
    .into_any()
}
