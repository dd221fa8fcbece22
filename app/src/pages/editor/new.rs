//! A new app, empty, from a template or as a copy.

use leptos::prelude::*;
use model::api::CreateApp;
use model::environment::Environment;
use model::permission::Permission;
use model::problem::Problem;
use model::template::Template;
use serde_json::json;

use super::draft::Draft;
use super::{Subject, definition_of, editor, images, take_version};
use crate::editor::act::DEPLOY;
use crate::pages::visit::Visit;
use crate::pages::{app_key, free_name};
use crate::paths;
use crate::text::editor as t;
use crate::text::template as template_text;

pub async fn new_app(visit: Visit) -> Result<AnyView, Problem> {
    let caller = visit.caller()?;
    caller.require(Permission::ChangeApps)?;
    if images::alone(&visit) {
        return images::list(&visit, caller, &visit.asked("typed")).await;
    }
    let locale = visit.locale;
    let environments = visit.ports.environments.list(caller).await?;
    let wanted = match visit.asked("environment") {
        asked if asked.is_empty() => visit.request.environment.clone().unwrap_or_default(),
        asked => asked,
    };
    let templates = visit.ports.site.templates(caller).await?;
    let template = templates.iter().find(|each| template_text::key(each.key) == visit.asked("template"));
    // Unless a place is asked for, a template goes where it can run.
    let asked = !visit.asked("environment").is_empty();
    let runs = |environment: &&Environment| {
        asked || template.is_none_or(|one| one.runs_on(environment.engine.kind(), &environment.capabilities))
    };
    let chosen = environments.iter().find(|environment| environment.name.as_str() == wanted);
    let chosen = chosen.filter(runs).or_else(|| environments.iter().find(runs));
    let Some(environment) = chosen.or(environments.first()) else {
        return Ok(no_environment(&visit));
    };
    let mut origin = None;
    let (mut draft, posted) = if let Some(form) = &visit.form {
        Draft::posted(&visit, form, environment.protected)
    } else {
        let from = visit.asked("from");
        let draft = if let Some(template) = template {
            let name = free_name(&visit, &environment.name, template.suggested_name.clone()).await?;
            Draft::fresh(name, &template.definition, false)
        } else if let Some(key) = app_key(&from) {
            let app = visit.ports.apps.get(caller, &key).await?;
            origin = Some(t::copy_of(locale, &from));
            let name = if key.environment == environment.name {
                format!("{}-copy", key.app)
            } else {
                key.app.to_string()
            };
            let name = free_name(&visit, &environment.name, name).await?;
            Draft::fresh(name, &definition_of(&app)?, false)
        } else {
            let mut definition = json!({ "instances": 1 });
            take_version(&visit, &mut definition);
            Draft::fresh(String::new(), &definition, false)
        };
        (draft, None)
    };
    if let (Some(form), Some(definition)) = (&visit.form, posted)
        && form.get("do") == Some(DEPLOY)
    {
        let input = CreateApp {
            name: draft.name.clone(),
            definition,
            reason: draft.reason.clone(),
            override_window: form.has("override_window"),
            override_release: form.has("override_release"),
        };
        match visit.ports.apps.create(caller, &environment.name, input).await {
            Ok((_, deployment)) => {
                visit.redirect(&paths::deployment(deployment.id));
                return Ok(().into_any());
            }
            Err(problem) => draft.refuse(&visit, problem),
        }
    }
    let blank = visit.form.is_none()
        && ["template", "from", "image", "artifact"].iter().all(|start| visit.asked(start).is_empty());
    let gallery = gallery(&visit, environment, &templates);
    let title = view! {
        {crate::pages::title(t::new_app(locale))}
        <div class="head">
            <h1>{t::new_app(locale)}</h1>
            <span class="sub">{t::in_environment(locale, environment.name.as_str())}</span>
            {origin.map(|origin| view! { <span class="sub">{origin}</span> })}
            <span class="grow"></span>
            {(environments.len() > 1)
                .then(|| {
                    environments
                        .iter()
                        .filter(|each| each.name != environment.name)
                        .map(|each| {
                            view! {
                                <a class="btn" href=paths::new_app_in(each.name.as_str())>
                                    {t::in_environment(locale, each.name.as_str())}
                                </a>
                            }
                        })
                        .collect_view()
                })}
        </div>
        <details class="gallery" open=blank>
            <summary class="btn">{t::start_from(locale)}</summary>
            {gallery}
        </details>
    };
    editor(&visit, environment, draft, Subject::New, title.into_any()).await
}

fn gallery(visit: &Visit, environment: &Environment, templates: &[Template]) -> AnyView {
    let locale = visit.locale;
    let base = |template: &str| {
        let query = paths::query(&[("environment", environment.name.as_str()), ("template", template)]);
        format!("{}{query}", paths::NEW_APP)
    };
    view! {
        <ul class="templates">
            {templates
                .iter()
                .filter(|template| template.runs_on(environment.engine.kind(), &environment.capabilities))
                .map(|template| {
                    view! {
                        <li>
                            <a class="card template" href=base(template_text::key(template.key))>
                                <b>{template_text::title(locale, template.key)}</b>
                                <span>{template_text::hint(locale, template.key)}</span>
                            </a>
                        </li>
                    }
                })
                .collect_view()} <li>
                <a class="card template" href=base("empty")>
                    <b>{t::empty_definition(locale)}</b>
                    <span>{t::empty_hint(locale)}</span>
                </a>
            </li>
        </ul>
    }
    .into_any()
}

fn no_environment(visit: &Visit) -> AnyView {
    let locale = visit.locale;
    view! {
        {crate::pages::title(t::new_app(locale))}
        <div class="head">
            <h1>{t::new_app(locale)}</h1>
        </div>
        <div class="card pad empty">
            <p>{t::no_environment(locale)}</p>
            <a class="btn main" href=paths::ENVIRONMENTS>
                {t::add_environment(locale)}
            </a>
        </div>
    }
    .into_any()
}
