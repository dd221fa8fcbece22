//! Making an app of what somebody else runs: the editor with its definition, and what happens to the old one.

use leptos::prelude::*;
use model::definition::parse;
use model::id::{AppKey, EnvironmentName};
use model::permission::Permission;
use model::problem::Problem;
use model::workload::{Adopt, ForeignWorkload, Stops, Workload, app_name, clashes};
use serde_json::Value;

use super::draft::Draft;
use super::{Subject, editor, images};
use crate::editor::act::DEPLOY;
use crate::pages::free_name;
use crate::pages::visit::Visit;
use crate::pages::workloads::left_out;
use crate::paths;
use crate::text::Locale;
use crate::text::workloads as t;

pub async fn adopt(visit: Visit) -> Result<AnyView, Problem> {
    let caller = visit.caller()?;
    caller.require(Permission::ChangeApps)?;
    if images::alone(&visit) {
        return images::list(&visit, caller, &visit.asked("typed")).await;
    }
    let locale = visit.locale;
    let name: EnvironmentName = visit.param("environment")?;
    let environment = visit.ports.environments.get(caller, &name).await?;
    let Workload { workload, adoption } = find(&visit, &name).await?;
    let title = head(locale, &name, &workload);
    // Who has just posted the form is shown what came of it.
    let taken = adoption.map(|adoption| {
        let key = AppKey { environment: name.clone(), app: adoption.app.clone() };
        view! { <a class="btn" href=paths::app(&key)>{t::by_app(locale, &adoption)}</a> }.into_any()
    });
    let cannot = workload
        .cannot_stop
        .as_ref()
        .map(|why| view! { <p>{t::cannot(locale, &workload.name, why)}</p> }.into_any());
    if let Some(instead) = taken.or(cannot) {
        return Ok(view! { {title} <div class="card pad">{instead}</div> }.into_any());
    }
    let (mut draft, posted) = if let Some(form) = &visit.form {
        Draft::posted(&visit, form, environment.protected)
    } else {
        let wanted = free_name(&visit, &name, app_name(&workload.name)).await?;
        (Draft::fresh(wanted, &workload.definition, true), None)
    };
    if let (Some(form), Some(definition)) = (&visit.form, posted)
        && form.get("do") == Some(DEPLOY)
    {
        let input = Adopt {
            name: draft.name.clone(),
            project: None,
            definition: Some(definition),
            reason: draft.reason.clone(),
            override_window: form.has("override_window"),
            override_release: form.has("override_release"),
        };
        match visit.ports.workloads.adopt(caller, &name, &workload.id, input).await {
            Ok((_, deployment)) => {
                visit.redirect(&paths::deployment(deployment.id));
                return Ok(().into_any());
            }
            Err(problem) => draft.refuse(&visit, problem),
        }
    }
    editor(&visit, &environment, draft, Subject::Adopt(&workload), title).await
}

/// As it was seen a moment ago; the engine is only asked for what nobody has seen yet.
async fn find(visit: &Visit, environment: &EnvironmentName) -> Result<Workload, Problem> {
    let caller = visit.caller()?;
    let id = visit.params.get("workload").unwrap_or_default();
    let known = visit.ports.workloads.known(caller, environment).await?;
    let found = known.and_then(|known| known.items.into_iter().find(|one| one.workload.id == id));
    match found {
        Some(found) => Ok(found),
        None => visit.ports.workloads.get(caller, environment, &id).await,
    }
}

fn head(locale: Locale, environment: &EnvironmentName, workload: &ForeignWorkload) -> AnyView {
    let title = t::adopt_title(locale, &workload.name);
    view! {
        {crate::pages::title(&title)}
        <div class="head">
            <div>
                <nav class="crumbs" aria-label=title.clone()>
                    <a href=paths::NODES>{t::nodes(locale)}</a>
                    " / "
                    <a href=paths::workloads(environment.as_str())>
                        {format!("{} ({environment})", t::title(locale))}
                    </a>
                </nav>
                <h1>{title.clone()}</h1>
                <p class="sub">{workload.state.clone()} " · " <span class="mono">{workload.image.clone()}</span></p>
            </div>
        </div>
    }
    .into_any()
}

/// When the old one stops and why, and what the app will not have of it.
pub fn fate(locale: Locale, workload: &ForeignWorkload, definition: Option<&Value>) -> AnyView {
    let when = definition.and_then(|value| parse(value).ok()).map(|definition| {
        let clashes = clashes(workload, &definition);
        let stops = Stops::of(&clashes);
        let class = if stops == Stops::First { "alert warn" } else { "alert ok" };
        let both = clashes.iter().map(|clash| view! { <li>{t::clash(locale, clash)}</li> }).collect_view();
        view! {
            <div class=class role="status">
                <div>
                    <p>{t::stops(locale, &workload.name, stops)}</p>
                    {(!clashes.is_empty()).then(|| view! { <ul>{both}</ul> })}
                </div>
            </div>
        }
    });
    let missing = if workload.left_out.is_empty() {
        view! { <p class="sub">{t::nothing_left_out(locale)}</p> }.into_any()
    } else {
        left_out(locale, &workload.left_out)
    };
    view! {
        <section class="card pad stack tight adoption" aria-labelledby="fate-title" data-key="fate">
            <h2 id="fate-title">{t::what_happens(locale)}</h2>
            {when}
            <p class="sub">{t::kept(locale)}</p>
            {missing}
        </section>
    }
    .into_any()
}
