//! First run in three short steps on one page: the administrator, the engine that was found, the first app.

use leptos::prelude::*;
use model::api::CreateApp;
use model::environment::{Environment, Reachability};
use model::problem::{Fault, FieldError, Problem, ProblemCode};
use model::template::{Template, TemplateKey};

use super::free_name;
use super::sign_in::remember;
use super::visit::{Visit, page};
use crate::islands::password::NewPassword;
use crate::paths;
use crate::text::account as t;
use crate::text::fault::{fault, problem as say};
use crate::text::template as template_text;

/// Shortest password that is taken.
pub const PASSWORD_MIN: usize = 10;

#[component]
pub fn SetUpPage() -> impl IntoView {
    page(set_up)
}

async fn set_up(visit: Visit) -> Result<AnyView, Problem> {
    if visit.ports.accounts.needs_setup().await? {
        administrator(visit).await
    } else {
        first_app(visit).await
    }
}

/// Step 1.
async fn administrator(visit: Visit) -> Result<AnyView, Problem> {
    let locale = visit.locale;
    let link = visit.asked("link");
    let mut name = "admin".to_owned();
    let mut said: Option<Problem> = None;
    if let Some(form) = &visit.form {
        name = form.text("name");
        let password = form.get("password").unwrap_or_default();
        let tried = if password == form.get("again").unwrap_or_default() {
            visit.ports.accounts.set_up(&link, &name, password).await
        } else {
            let fault = Fault::Other { reason: t::not_the_same(locale).to_owned() };
            Err(Problem::invalid(vec![FieldError::new("/again", fault)]))
        };
        match tried {
            Ok(signed_in) => {
                remember(&visit, &signed_in);
                visit.redirect(paths::SET_UP);
                return Ok(().into_any());
            }
            Err(problem) => {
                visit.status(problem.status);
                said = Some(problem);
            }
        }
    }
    let mistakes = |field: &str| -> Vec<String> {
        let errors = said.iter().flat_map(|said| &said.errors);
        errors.filter(|error| error.path == field).map(|error| fault(locale, &error.fault)).collect()
    };
    let (wrong_name, wrong_password, wrong_again) =
        (mistakes("/name"), mistakes("/password"), mistakes("/again"));
    let banner = said.as_ref().filter(|said| said.code != ProblemCode::Invalid).map(|said| match said.code {
        ProblemCode::WrongCredentials => t::bad_link(locale).to_owned(),
        _ => say(locale, said),
    });
    Ok(view! {
        {super::title(t::first_title(locale))}
        <div class="door">
            <form method="post" class="card pad door-card stack">
                {steps(&visit, 1)}
                <h1>{t::first_title(locale)}</h1>
                <p class="sub">{t::first_hint(locale)}</p>
                {(link.is_empty() && banner.is_none())
                    .then(|| view! { <p class="alert warn">{t::no_link(locale)}</p> })}
                {banner.map(|banner| view! { <p class="alert" role="alert">{banner}</p> })}
                <div class="field" class:wrong=!wrong_name.is_empty()>
                    <label for="name">{t::name(locale)}</label>
                    <input
                        id="name"
                        name="name"
                        value=name
                        required=true
                        autocomplete="username"
                        autocapitalize="none"
                        spellcheck="false"
                        aria-describedby="name-note"
                        aria-invalid=(!wrong_name.is_empty()).then_some("true")
                    />
                    <span class="field-note" id="name-note">
                        {wrong_name.iter().map(|word| view! { <em class="field-error">{word.clone()}</em> }).collect_view()}
                    </span>
                </div>
                <NewPassword locale=locale least=PASSWORD_MIN wrong=wrong_password wrong_again=wrong_again />
                <button class="btn main wide-button">{t::create_admin(locale)}</button>
            </form>
        </div>
    }
    .into_any())
}

/// Steps 2 and 3.
async fn first_app(visit: Visit) -> Result<AnyView, Problem> {
    let caller = visit.caller()?;
    let locale = visit.locale;
    let environments = visit.ports.environments.list(caller).await?;
    let templates = visit.ports.site.templates(caller).await?;
    let mut said = None;
    let place = |template: &Template| {
        let runs = |each: &&Environment| template.runs_on(each.engine.kind(), &each.capabilities);
        environments.iter().find(runs)
    };
    if let Some(form) = &visit.form {
        let wanted = form.text("template");
        let template = templates.iter().find(|each| template_text::key(each.key) == wanted);
        if let Some((template, environment)) = template.and_then(|one| Some((one, place(one)?))) {
            let input = CreateApp {
                name: free_name(&visit, &environment.name, template.suggested_name.clone()).await?,
                definition: template.definition.clone(),
                reason: t::first_reason(locale).to_owned(),
                override_window: false,
                override_release: false,
            };
            match visit.ports.apps.create(caller, &environment.name, input).await {
                Ok((app, _)) => {
                    let key =
                        model::id::AppKey { environment: app.summary.environment, app: app.summary.name };
                    visit.redirect(&paths::app(&key));
                    return Ok(().into_any());
                }
                Err(problem) => {
                    visit.status(problem.status);
                    said = Some(problem);
                }
            }
        }
    }
    Ok(view! {
        {super::title(t::first_app(locale))}
        <div class="door wide-door">
            <div class="card pad door-card stack">
                {steps(&visit, 2)}
                <h1>{t::engine_title(locale)}</h1>
                <ul class="plain">{environments.iter().map(|each| engine(&visit, each)).collect_view()}</ul>
                <h2>{t::first_app(locale)}</h2>
                <p class="sub">{t::first_app_hint(locale)}</p>
                {said.map(|said| view! { <p class="alert" role="alert">{say(locale, &said)}</p> })}
                <form method="post">
                    <ul class="templates">
                        {templates
                            .iter()
                            .filter(|template| template.key != TemplateKey::Artifact && place(template).is_some())
                            .map(|template| {
                                view! {
                                    <li>
                                        <button
                                            class="card template"
                                            name="template"
                                            value=template_text::key(template.key)
                                        >
                                            <b>{template_text::title(locale, template.key)}</b>
                                            <span>{template_text::hint(locale, template.key)}</span>
                                        </button>
                                    </li>
                                }
                            })
                            .collect_view()}
                    </ul>
                </form>
                <div class="row">
                    <a class="btn" href=paths::NEW_APP>
                        {t::own_app(locale)}
                    </a>
                    <a class="btn quiet" href=paths::OVERVIEW>
                        {t::later(locale)}
                    </a>
                </div>
            </div>
        </div>
    }
    .into_any())
}

fn engine(visit: &Visit, environment: &Environment) -> AnyView {
    let locale = visit.locale;
    view! {
        <li class="row">
            <b>{environment.name.to_string()}</b>
            <span class="sub">{crate::text::settings::engine(locale, environment.engine.kind())}</span>
            {match &environment.reachability {
                Reachability::Reachable { .. } => {
                    view! { <span class="state ok">{crate::text::settings::reachable(locale)}</span> }.into_any()
                }
                Reachability::Unreachable { reason, .. } => {
                    view! {
                        <span class="state bad">{crate::text::settings::unreachable(locale)}</span>
                        <span class="sub">{reason.clone()}</span>
                    }
                        .into_any()
                }
                Reachability::Unknown => {
                    view! { <span class="state idle">{crate::text::settings::not_asked(locale)}</span> }.into_any()
                }
            }}
        </li>
    }
    .into_any()
}

fn steps(visit: &Visit, now: usize) -> AnyView {
    let locale = visit.locale;
    let names = [t::step_admin(locale), t::step_engine(locale), t::step_app(locale)];
    view! {
        <ol class="set-up-steps">
            {names
                .into_iter()
                .enumerate()
                .map(|(index, name)| {
                    let number = index + 1;
                    let current = number == now || (now == 2 && number == 3);
                    let class = if number < now { "done" } else if current { "now" } else { "" };
                    view! {
                        <li class=class aria-current=current.then_some("step")>
                            <span class="number">{number}</span>
                            {name}
                        </li>
                    }
                })
                .collect_view()}
        </ol>
    }
    .into_any()
}
