//! The pages, rendered on the server.

pub mod alerts;
pub mod app;
pub mod approve;
pub mod apps;
pub mod at;
pub mod compare;
pub mod deployment;
pub mod deployments;
mod dora;
pub mod editor;
pub mod images;
pub mod nodes;
pub mod not_found;
mod override_release;
pub mod overview;
pub mod promote;
mod releases;
pub mod rollback;
pub mod set_up;
pub mod settings;
pub mod sign_in;
pub mod surge;
pub mod visit;
pub mod workloads;

use leptos::prelude::*;
use model::id::{AppKey, EnvironmentName};
use model::problem::{Problem, ProblemCode};
use model::time::Timestamp;

use self::visit::Visit;

/// Most tries for a name that is free.
const NAMES: u32 = 100;

/// A point in time; `LocalTimes` on the page puts it into the viewer's zone.
pub fn local(at: Timestamp) -> AnyView {
    let text = at.to_string();
    let shown = format!("{} {} UTC", &text[..10], &text[11..16]);
    view! {
        <time class="local" datetime=text.clone() title=text>
            {shown}
        </time>
    }
    .into_any()
}

/// `environment/app`.
fn app_key(text: &str) -> Option<AppKey> {
    let (environment, app) = text.split_once('/')?;
    Some(AppKey { environment: environment.parse().ok()?, app: app.parse().ok()? })
}

/// `wanted`, or `wanted-2` and so on where an app of that name runs already.
async fn free_name(visit: &Visit, environment: &EnvironmentName, wanted: String) -> Result<String, Problem> {
    let caller = visit.caller()?;
    for number in 1..=NAMES {
        let name = if number == 1 { wanted.clone() } else { format!("{wanted}-{number}") };
        let Ok(app) = name.parse() else { break };
        let key = AppKey { environment: environment.clone(), app };
        match visit.ports.apps.get(caller, &key).await {
            Ok(_) => {}
            Err(problem) if problem.code == ProblemCode::NotFound => return Ok(name),
            Err(problem) => return Err(problem),
        }
    }
    Ok(wanted)
}

/// The document's title: what the page shows, and the product.
pub fn title(text: impl std::fmt::Display) -> AnyView {
    view! { <leptos_meta::Title text=format!("{text} · Quarterdeck") /> }.into_any()
}
