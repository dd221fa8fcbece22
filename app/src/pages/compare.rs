//! Two deployments side by side, of any apps.

use leptos::prelude::*;
use model::deployment::Deployment;
use model::problem::Problem;

use super::visit::{Visit, page};
use crate::islands::changes::changes;
use crate::islands::deployment::state_mark;
use crate::islands::local_time::LocalTimes;
use crate::paths;
use crate::text::deployment as t;
use crate::ui::version::brief;

#[component]
pub fn ComparePage() -> impl IntoView {
    page(compare)
}

async fn compare(visit: Visit) -> Result<AnyView, Problem> {
    let caller = visit.caller()?;
    let locale = visit.locale;
    // The history posts its two ticks under one name.
    let mut picked: Vec<String> = visit.query.get_all("pick").unwrap_or_default();
    picked.extend(["a", "b"].map(|name| visit.asked(name)));
    let mut ids = picked.iter().filter_map(|text| text.parse().ok());
    let (Some(a), Some(b)) = (ids.next(), ids.next()) else {
        return Ok(view! {
            {super::title(t::compare_title(locale))}
            <div class="head">
                <h1>{t::compare_title(locale)}</h1>
            </div>
            <div class="card pad empty">
                <p>{t::compare_pick(locale)}</p>
                <a class="btn main" href=paths::DEPLOYMENTS>
                    {t::title(locale)}
                </a>
            </div>
        }
        .into_any());
    };
    let first = visit.ports.deployments.get(caller, a).await?;
    let second = visit.ports.deployments.get(caller, b).await?;
    let (first, second) =
        if first.created_at <= second.created_at { (first, second) } else { (second, first) };
    let diff = visit.ports.deployments.compare(caller, first.id, second.id).await?;
    let side = |deployment: &Deployment| {
        view! {
            <section class="card pad">
                <div class="row">
                    <h2>
                        <a href=paths::deployment(deployment.id)>{t::heading(locale, deployment)}</a>
                    </h2>
                    {state_mark(locale, deployment.state)}
                </div>
                <p class="sub">
                    {format!("{}/{} ", deployment.environment, deployment.app)}
                    {t::deployment_number(locale, deployment.number)}
                </p>
                <p class="sub">
                    {t::actor(locale, &deployment.actor)} ", " {super::local(deployment.created_at)}
                    {(!deployment.reason.is_empty()).then(|| format!(": “{}”", deployment.reason))}
                </p>
                <p class="mono" title=deployment.to_version.clone()>{deployment.to_version.as_deref().map(brief)}</p>
            </section>
        }
    };
    Ok(view! {
        {super::title(t::compare_title(locale))}
        <div class="head">
            <div>
                <nav class="crumbs" aria-label=t::title(locale)>
                    <a href=paths::DEPLOYMENTS>{t::title(locale)}</a>
                </nav>
                <h1>{t::compare_title(locale)}</h1>
            </div>
        </div>
        <div class="compare-sides">{side(&first)} {side(&second)}</div>
        <section class="card">
            <div class="pad">
                <h2>{t::what_changes(locale)}</h2>
            </div>
            {if diff.is_empty() {
                view! { <p class="pad sub no-top">{t::compare_same(locale)}</p> }.into_any()
            } else {
                changes(locale, &diff)
            }}
        </section>
        <LocalTimes />
    }
    .into_any())
}
