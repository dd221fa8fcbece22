//! Promoting: bring what is out in one environment to another. What it will do, and doing it.

use leptos::prelude::*;
use model::app::App;
use model::environment::Environment;
use model::id::{AppKey, AppName, EnvironmentName};
use model::permission::Permission;
use model::problem::{Problem, ProblemCode};
use model::release::{Promote, Promotion, Version};

use super::override_release;
use super::visit::{Visit, page};
use crate::islands::editor::plan_shown;
use crate::islands::local_time::LocalTimes;
use crate::paths;
use crate::text::deployment as words;
use crate::text::fault::problem as say;
use crate::text::{editor, shell, versions as t, window};
use crate::ui::empty::empty;
use crate::ui::icon::{Icon, icon};

#[component]
pub fn PromotePage() -> impl IntoView {
    page(promote)
}

async fn promote(visit: Visit) -> Result<AnyView, Problem> {
    let caller = visit.caller()?;
    caller.require(Permission::ChangeApps)?;
    let locale = visit.locale;
    let key = AppKey {
        environment: visit.param::<EnvironmentName>("environment")?,
        app: visit.param::<AppName>("app")?,
    };
    let app = visit.ports.apps.get(caller, &key).await?;
    let environments = visit.ports.environments.list(caller).await?;
    let others: Vec<&Environment> = environments.iter().filter(|each| each.name != key.environment).collect();
    let asked = visit.asked("to");
    let chosen = others.iter().find(|each| each.name.as_str() == asked);
    if chosen.is_none() && !asked.is_empty() {
        return Err(Problem::not_found("environment", &asked));
    }
    // Most promotions go to where people depend on it.
    let Some(to) = chosen.or_else(|| others.iter().find(|each| each.protected)).or(others.first()) else {
        let action = (paths::ENVIRONMENTS.to_owned(), t::add_environment(locale));
        let picture =
            empty(Icon::Deployments, t::no_target_title(locale), t::no_target_hint(locale), Some(action));
        return Ok(view! { {head(&visit, &key, &app)} <div class="card narrow">{picture}</div> }.into_any());
    };
    let mut said = None;
    if let Some(form) = &visit.form {
        let input = Promote {
            to: to.name.clone(),
            reason: form.text("reason"),
            override_active: form.has("override"),
            override_window: form.has("override_window"),
            override_release: form.has("override_release"),
        };
        match visit.ports.apps.promote(caller, &key, input).await {
            Ok(accepted) => {
                let there = AppKey { environment: to.name.clone(), app: key.app.clone() };
                let next = accepted
                    .deployment
                    .map_or_else(|| paths::app(&there), |started| paths::deployment(started.id));
                visit.redirect(&next);
                return Ok(().into_any());
            }
            Err(problem) => {
                visit.status(problem.status);
                said = Some(problem);
            }
        }
    }
    let promotion = visit.ports.apps.plan_promotion(caller, &key, &to.name).await?;
    let there = AppKey { environment: to.name.clone(), app: key.app.clone() };
    let running = if promotion.creates {
        None
    } else {
        visit.ports.apps.get(caller, &there).await?.summary.deployment.map(|running| running.number)
    };
    let nothing = promotion.same && promotion.plan.new_revision.is_none();
    Ok(view! {
        {head(&visit, &key, &app)}
        {said.as_ref().map(|said| view! { <div class="alert" role="alert">{say(locale, said)}</div> })}
        {targets(&visit, &key, &others, to)}
        <div class="card narrow">
            <div class="pad stack tight">
                <h2>{t::promote_plan(locale)}</h2>
                {standing(&visit, &key, to, &promotion)}
            </div>
            {(!nothing)
                .then(|| {
                    view! {
                        <div class="plan">{plan_shown(locale, &promotion.plan, promotion.creates)}</div>
                        {form(&visit, &key, to, &promotion, said.as_ref(), running)}
                    }
                })}
        </div>
        <LocalTimes />
    }
    .into_any())
}

fn head(visit: &Visit, key: &AppKey, app: &App) -> AnyView {
    let locale = visit.locale;
    let title = t::promote_app(locale, key.app.as_str());
    view! {
        {super::title(&title)}
        <div class="head">
            <div>
                <nav class="crumbs" aria-label=title.clone()>
                    <a href=paths::APPS>{crate::text::template::apps(locale)}</a>
                    " / "
                    <a href=paths::app(key)>{key.to_string()}</a>
                </nav>
                <h1>{title.clone()}</h1>
                {app.summary.deployment.as_ref().map(|_| view! { <p class="sub">{t::still_deploying(locale)}</p> })}
            </div>
        </div>
    }
    .into_any()
}

/// The environments it can go to, each a link.
fn targets(visit: &Visit, key: &AppKey, others: &[&Environment], to: &Environment) -> AnyView {
    let locale = visit.locale;
    let links = others.iter().map(|each| {
        view! {
            <a
                class="chip"
                href=paths::promote_to(key, each.name.as_str())
                aria-current=(each.name == to.name).then_some("true")
            >
                <b>{each.name.to_string()}</b>
                {each.protected.then(|| shell::protected(locale))}
            </a>
        }
    });
    view! {
        <nav class="filters" aria-label=t::to_environment(locale)>
            <span class="sub" aria-hidden="true">{t::to_environment(locale)}</span>
            {links.collect_view()}
        </nav>
    }
    .into_any()
}

/// What a version goes by; a bare command has only its revision.
fn name(visit: &Visit, version: Option<&Version>, revision: u32) -> String {
    version.map_or_else(|| t::revision(visit.locale, revision), Version::label)
}

/// What is out on both sides.
fn standing(visit: &Visit, key: &AppKey, to: &Environment, promotion: &Promotion) -> AnyView {
    let locale = visit.locale;
    let new = name(visit, promotion.version.as_ref(), promotion.revision);
    let there = to.name.as_str();
    let other = if promotion.same {
        view! {
            <div class="alert ok promote-same" role="status">
                {icon(Icon::Check)}
                <div>{t::same(locale, there, &new)}</div>
            </div>
        }
        .into_any()
    } else if promotion.creates {
        view! { <p class="sub">{t::creates(locale, key.app.as_str(), there)}</p> }.into_any()
    } else {
        promotion
            .replaces
            .as_ref()
            .map(|old| view! { <p class="sub">{t::replaces(locale, there, &old.label())}</p> })
            .into_any()
    };
    view! {
        <p>{t::out_here(locale, key.environment.as_str(), &new)}</p>
        {other}
    }
    .into_any()
}

fn form(
    visit: &Visit,
    key: &AppKey,
    to: &Environment,
    promotion: &Promotion,
    said: Option<&Problem>,
    running: Option<u32>,
) -> AnyView {
    let locale = visit.locale;
    let typed = visit.form.as_ref();
    let closed = promotion.plan.closed.is_some();
    let may_override = visit.request.caller.as_ref().is_some_and(|caller| caller.may(Permission::Administer));
    let past = override_release::needed(said, typed);
    let mistaken = !promotion.plan.errors.is_empty();
    let active = said.is_some_and(|said| said.code == ProblemCode::DeploymentActive);
    let label = name(visit, promotion.version.as_ref(), promotion.revision);
    view! {
        <form method="post" class="pad stack">
            <div class="field">
                <label for="reason">{words::reason_for_history(locale)}</label>
                <input
                    id="reason"
                    name="reason"
                    maxlength="1000"
                    autocomplete="off"
                    value=typed.map(|form| form.text("reason")).unwrap_or_default()
                    required=past || (closed && may_override)
                />
            </div>
            {running
                .map(|number| {
                    view! {
                        <label class="field-tick">
                            <input type="checkbox" name="override" value="true" required=active />
                            {editor::override_running(locale, number)}
                        </label>
                    }
                })}
            {closed.then(|| past_window(visit, may_override))}
            {override_release::tick(locale, said, typed, None)}
            <div class="row">
                <button class="btn main" disabled=mistaken || (closed && !may_override)>
                    {t::promote_will(locale, &label, to.name.as_str())}
                </button>
                <a class="btn" href=paths::app(key)>
                    {words::cancel(locale)}
                </a>
            </div>
        </form>
    }
    .into_any()
}

/// While the environment is closed: the tick of those who may go past it, a hint for the others.
fn past_window(visit: &Visit, may: bool) -> AnyView {
    let locale = visit.locale;
    if !may {
        return view! { <small class="field-hint">{window::ask_admin(locale)}</small> }.into_any();
    }
    view! {
        <label class="field-tick">
            <input type="checkbox" name="override_window" value="true" required=true />
            {window::override_tick(locale)}
        </label>
    }
    .into_any()
}
