//! What becomes of the workload whose place the app takes.

use leptos::prelude::*;
use model::deployment::{Deployment, DeploymentKind};
use model::id::AppKey;
use model::workload::AdoptionState;

use crate::pages::visit::Visit;
use crate::text::workloads as t;

const REGION: &str = "adoption";

/// With the deployment that takes it over, and with every later one until it is.
pub async fn region(visit: &Visit, key: &AppKey, deployment: &Deployment) -> AnyView {
    if !visit.wants(REGION) {
        return ().into_any();
    }
    let locale = visit.locale;
    let found = match visit.caller() {
        // An app that is gone takes nobody's place.
        Ok(caller) => visit.ports.workloads.adoption(caller, key).await.ok().flatten(),
        Err(_) => None,
    };
    let creates = deployment.kind == DeploymentKind::Create;
    let shown = found.filter(|adoption| creates || adoption.state.is_open()).map(|adoption| {
        let class = match (adoption.state, &adoption.trouble) {
            (_, Some(_)) => "alert warn",
            (AdoptionState::TakenOver, None) => "alert ok",
            (_, None) => "alert busy",
        };
        let trouble =
            adoption.trouble.as_ref().map(|words| view! { <p>{t::trouble(locale, &adoption, words)}</p> });
        view! {
            <div class=class role="status">
                <div><p>{t::standing(locale, &adoption)}</p> {trouble}</div>
            </div>
        }
    });
    view! { <div class="region" data-live=REGION>{shown}</div> }.into_any()
}
