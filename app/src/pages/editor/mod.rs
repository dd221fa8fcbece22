//! New app, Adopt and Edit: the definition editor with what it starts from, and the deploying itself.

mod adopt;
mod draft;
mod images;
mod new;

use leptos::prelude::*;
use model::api::{PageQuery, Plan, UpdateApp};
use model::app::App;
use model::environment::Environment;
use model::id::{AppKey, AppName, EnvironmentName};
use model::permission::Permission;
use model::problem::{FieldError, Problem, ProblemCode};
use model::workload::ForeignWorkload;
use serde_json::{Value, json};

use self::draft::{Draft, REASON};
use super::override_release;
use super::visit::{Visit, page};
use crate::editor::act::DEPLOY;
use crate::editor::document::mistakes;
use crate::editor::{FORM, IMAGES, Setup, form, plan_mistakes};
use crate::paths;
use crate::text::Locale;
use crate::text::editor as t;
use crate::text::fault::{fault, problem as say};
use crate::text::template as template_text;

#[component]
pub fn NewApp() -> impl IntoView {
    page(new::new_app)
}

#[component]
pub fn AdoptPage() -> impl IntoView {
    page(adopt::adopt)
}

#[component]
pub fn EditApp() -> impl IntoView {
    page(edit_app)
}

async fn edit_app(visit: Visit) -> Result<AnyView, Problem> {
    let caller = visit.caller()?;
    caller.require(Permission::ChangeApps)?;
    if images::alone(&visit) {
        return images::list(&visit, caller, &visit.asked("typed")).await;
    }
    let locale = visit.locale;
    let key = AppKey {
        environment: visit.param::<EnvironmentName>("environment")?,
        app: visit.param::<AppName>("app")?,
    };
    let app = visit.ports.apps.get(caller, &key).await?;
    let environment = visit.ports.environments.get(caller, &key.environment).await?;
    let mut definition = definition_of(&app)?;
    let mut origin = None;
    if let Ok(number) = visit.asked("revision").parse::<u32>() {
        let revision = visit.ports.apps.revision(caller, &key, number).await?;
        definition = value_of(&revision.definition)?;
        definition["instances"] = json!(app.summary.instances.wanted);
        origin = Some(t::from_revision(locale, number));
    }
    take_version(&visit, &mut definition);
    let (mut draft, posted) = match &visit.form {
        Some(form) => Draft::posted(&visit, form, environment.protected),
        None => (Draft::fresh(key.app.to_string(), &definition, true), None),
    };
    draft.name = key.app.to_string();
    if let (Some(form), Some(definition)) = (&visit.form, posted)
        && form.get("do") == Some(DEPLOY)
    {
        let input = UpdateApp {
            definition: Some(definition),
            reason: draft.reason.clone(),
            override_active: form.has("override"),
            override_window: form.has("override_window"),
            override_release: form.has("override_release"),
            if_revision: form.text("if_revision").parse().ok(),
            ..UpdateApp::default()
        };
        match visit.ports.apps.update(caller, &key, input).await {
            Ok(accepted) => {
                let to = accepted
                    .deployment
                    .map_or_else(|| paths::app(&key), |started| paths::deployment(started.id));
                visit.redirect(&to);
                return Ok(().into_any());
            }
            Err(problem) => draft.refuse(&visit, problem),
        }
    }
    let title = view! {
        {super::title(t::edit_title(locale, key.app.as_str()))}
        <div class="head">
            <div>
                <nav class="crumbs" aria-label=t::edit_title(locale, key.app.as_str())>
                    <a href=paths::APPS>{template_text::apps(locale)}</a>
                    " / "
                    <a href=paths::app(&key)>{key.app.to_string()}</a>
                </nav>
                <h1>{t::edit_title(locale, key.app.as_str())}</h1>
            </div>
            <span class="sub">{t::in_environment(locale, key.environment.as_str())}</span>
            {origin.map(|origin| view! { <span class="sub">{origin}</span> })}
        </div>
    };
    editor(&visit, &environment, draft, Subject::Edit(&app), title.into_any()).await
}

/// Puts the version of `?image=` or `?artifact=` into a definition.
fn take_version(visit: &Visit, definition: &mut Value) {
    for part in ["image", "artifact"] {
        let asked = visit.asked(part);
        if !asked.is_empty() {
            definition[part] = json!(asked);
        }
    }
}

/// What is edited.
#[derive(Clone, Copy)]
enum Subject<'a> {
    New,
    Edit(&'a App),
    Adopt(&'a ForeignWorkload),
}

/// The page: title, what the server said, the island.
async fn editor(
    visit: &Visit,
    environment: &Environment,
    mut draft: Draft,
    subject: Subject<'_>,
    title: AnyView,
) -> Result<AnyView, Problem> {
    let (app, adopts) = match subject {
        Subject::New => (None, None),
        Subject::Edit(app) => (Some(app), None),
        Subject::Adopt(workload) => (None, Some(workload)),
    };
    let caller = visit.caller()?;
    let locale = visit.locale;
    let engine = environment.engine.kind();
    let artifacts = if environment.capabilities.artifacts {
        visit.ports.environments.artifacts(caller, &PageQuery::default()).await?.items
    } else {
        Vec::new()
    };
    let projects = visit.ports.apps.counts(caller, None).await?.projects;
    let value: Option<Value> = serde_json::from_str(&draft.text).ok();
    let image = value.as_ref().and_then(|value| value.get("image")?.as_str()).unwrap_or_default();
    let known = if visit.wants(IMAGES) { Some(images::list(visit, caller, image).await?) } else { None };
    let fate = adopts.map(|workload| adopt::fate(locale, workload, value.as_ref()));
    let plan = match value.filter(|value| mistakes(value, engine, &environment.capabilities).is_empty()) {
        Some(value) => {
            let answer = plan(visit, environment, &draft, value).await;
            // What a deployment would be refused for is said before it is tried.
            let found = answer.as_ref().map(plan_mistakes).unwrap_or_default();
            let new: Vec<FieldError> =
                found.into_iter().filter(|error| !draft.errors.contains(error)).collect();
            draft.errors.extend(new);
            answer
        }
        None => None,
    };
    let said = draft.said.as_ref().filter(|said| said.code != ProblemCode::Invalid);
    let sent = visit.form.as_ref();
    let past = override_release::needed(draft.said.as_ref(), sent);
    let reason = draft.said.as_ref().and_then(|said| said.errors.iter().find(|error| error.path == REASON));
    let banner = (said.is_some() || reason.is_some() || past).then(|| {
        view! {
            <div class="alert editor-said" role="alert" data-key="said">
                {said.map(|said| view! { <b>{say(locale, said)}</b> })}
                {reason
                    .map(|error| {
                        view! {
                            <p>
                                <a href="#reason">{t::reason(locale)}</a>
                                " "
                                {fault(locale, &error.fault)}
                            </p>
                        }
                    })}
                {override_release::tick(locale, draft.said.as_ref(), sent, Some(FORM))}
            </div>
        }
    });
    let stale = draft.said.as_ref().is_some_and(|said| said.code == ProblemCode::Stale);
    let stale = app.filter(|_| stale).map(|app| stale_notice(locale, app));
    let setup = Setup {
        locale,
        protected: environment.protected,
        name: draft.name,
        revision: app.map(|app| app.summary.revision),
        text: draft.text,
        shown: draft.shown,
        reason: draft.reason,
        engine,
        capabilities: environment.capabilities.clone(),
        errors: draft.errors,
        attempted: draft.attempted,
        adopts: adopts.map(|workload| workload.name.clone()),
        running: app.and_then(|app| app.summary.deployment.as_ref()).map(|running| running.number),
        plan,
        closed: environment.closed.clone(),
        may_override: caller.may(Permission::Administer),
        artifacts: artifacts.iter().map(|artifact| artifact.reference().to_string()).collect(),
        projects: projects.iter().map(ToString::to_string).collect(),
        posted: draft.posted,
    };
    Ok(view! {
        {title}
        <div class="region" data-live="editor" data-on="-">
            {stale}
            {banner}
            {fate}
            {form(setup)}
        </div>
        {known}
    }
    .into_any())
}

/// Says that somebody else has changed the app meanwhile.
fn stale_notice(locale: Locale, app: &App) -> AnyView {
    let key = AppKey { environment: app.summary.environment.clone(), app: app.summary.name.clone() };
    view! {
        <div class="alert warn" data-key="stale">
            <b>{t::stale_title(locale)}</b>
            <p>{t::stale_hint(locale)}</p>
            <a class="btn" href=paths::edit_app(&key) target="_blank">
                {t::deploy_anyway(locale)}
            </a>
        </div>
    }
    .into_any()
}

/// The plan of a definition without mistakes, or what the server finds wrong with it.
async fn plan(
    visit: &Visit,
    environment: &Environment,
    draft: &Draft,
    value: Value,
) -> Option<Result<Plan, Problem>> {
    let app = draft.name.parse().or_else(|_| "new-app".parse()).ok()?;
    let key = AppKey { environment: environment.name.clone(), app };
    let input = UpdateApp { definition: Some(value), ..UpdateApp::default() };
    Some(visit.ports.apps.plan(visit.caller().ok()?, &key, input).await)
}

/// The definition with the wanted count, without what is empty anyway.
fn definition_of(app: &App) -> Result<Value, Problem> {
    let mut value = value_of(&app.definition)?;
    value["instances"] = json!(app.summary.instances.wanted);
    Ok(value)
}

fn value_of(definition: &model::definition::Definition) -> Result<Value, Problem> {
    let mut value = serde_json::to_value(definition).map_err(|_| Problem::internal())?;
    if let Value::Object(map) = &mut value {
        for part in map.values_mut().filter_map(Value::as_object_mut) {
            part.retain(|_, inner| !inner.is_null());
        }
        map.retain(|_, part| match part {
            Value::Null => false,
            Value::Array(list) => !list.is_empty(),
            Value::Object(map) => !map.is_empty(),
            _ => true,
        });
    }
    Ok(value)
}
