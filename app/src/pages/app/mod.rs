//! One app: its head, and a tab for each way to look at it.

mod act;
mod alerts;
mod compared;
mod configuration;
mod deployments;
mod drawn;
mod head;
mod instances;
mod logs;
mod metrics;
mod overview;
mod panels;
mod policy;
mod release;
mod scaling;
#[cfg(test)]
mod tests;
mod traffic;
mod versions;
mod watched;
pub mod window;

use leptos::prelude::*;
use leptos_meta::Title;
use model::api::PageQuery;
use model::app::App;
use model::id::{AppKey, AppName, EnvironmentName};
use model::live::Topic;
use model::log::LogLink;
use model::metric::SourceKind;
use model::permission::Caller;
use model::problem::Problem;
use model::time::Timestamp;

use self::act::Posted;
use self::head::Head;
use super::visit::{Visit, page};
use crate::islands::local_time::LocalTimes;
use crate::islands::refresh::Follow;
use crate::paths::{self, AppTab};
use crate::text::{app as t, apps, fault, window as window_text};

/// What all tabs need.
struct Shown<'a> {
    visit: &'a Visit,
    caller: &'a Caller,
    key: &'a AppKey,
    app: &'a App,
    now: Timestamp,
    position: &'a str,
    /// What was said to the posted form.
    refused: Option<&'a Problem>,
    /// Where the environment's measurements are asked.
    source: SourceKind,
    /// Where else its logs are kept.
    log_links: &'a [LogLink],
}

#[component]
pub fn AppPage() -> impl IntoView {
    page(app_page)
}

async fn app_page(visit: Visit) -> Result<AnyView, Problem> {
    let caller = visit.caller()?.clone();
    let key = AppKey {
        environment: visit.param::<EnvironmentName>("environment")?,
        app: visit.param::<AppName>("app")?,
    };
    let wanted = visit.params.get("tab").unwrap_or_default();
    let tab = AppTab::parse(&wanted).ok_or_else(|| Problem::not_found("page", &wanted))?;
    // Taken before anything is read, so that no change between the two is missed.
    let position = visit.ports.site.live_position();
    let refused = match act::perform(&visit, &caller, &key, tab).await {
        Posted::Nothing => None,
        Posted::Done => return Ok(().into_any()),
        Posted::Refused(problem) => {
            visit.status(problem.status);
            Some(problem)
        }
    };
    let app = visit.ports.apps.get(&caller, &key).await?;
    let environment = visit.ports.environments.get(&caller, &key.environment).await?;
    let now = visit.ports.site.now();
    let shown = Shown {
        visit: &visit,
        caller: &caller,
        key: &key,
        app: &app,
        now,
        position: &position,
        refused: refused.as_ref(),
        source: environment.metrics.kind(),
        log_links: &environment.log_links,
    };
    let body = match tab {
        AppTab::Overview => overview::view(&shown).await?,
        AppTab::Instances => instances::view(&shown).await?,
        AppTab::Deployments => deployments::view(&shown).await?,
        AppTab::Versions => versions::view(&shown).await?,
        AppTab::Metrics => metrics::view(&shown).await?,
        AppTab::Logs => logs::view(&shown).await?,
        AppTab::Scaling => scaling::view(&shown).await?,
        AppTab::Alerts => alerts::view(&shown).await?,
        AppTab::Configuration => configuration::view(&shown).await?,
    };
    let locale = visit.locale;
    let head = Head {
        locale,
        key: &key,
        back_to: if visit.wants(head::REGION) { previous(&shown).await? } else { None },
        app: &app.summary,
        caller: &caller,
        now,
        protected: environment.protected,
        closed: environment.closed.is_some(),
    };
    // A newer tag of what it runs shows in the head.
    let topic = format!("{},{}", Topic::App(key.clone()), Topic::Registries);
    let tabs = AppTab::ALL.map(|one| {
        let href =
            if one == AppTab::Overview { paths::app(&key) } else { paths::app_tab(&key, one.segment()) };
        view! {
            <a href=href aria-current=(one == tab).then_some("page")>
                {apps::tab(locale, one)}
            </a>
        }
    });
    let title = format!("{} · {}", key.app, apps::tab(locale, tab));
    Ok(view! {
        <Title text=title />
        <Follow topic kinds="app app_gone instance instance_gone usage repository scaling".to_owned() position />
        {head::head(&head)}
        {environment
            .closed
            .as_ref()
            .map(|closed| crate::ui::closed::closed(locale, closed, window_text::others_may(locale)))}
        <div class="region" data-live="said" data-on="-">
            {refused.map(|problem| refusal(&visit, &problem))}
        </div>
        <nav class="tabs" aria-label=t::tabs(locale)>{tabs.collect_view()}</nav>
        {body}
        <LocalTimes />
    }
    .into_any())
}

/// The newest revision older than the current one.
async fn previous(shown: &Shown<'_>) -> Result<Option<u32>, Problem> {
    let current = shown.app.summary.revision;
    let query = PageQuery { limit: Some(20), cursor: None };
    let revisions = shown.visit.ports.apps.revisions(shown.caller, shown.key, &query).await?;
    Ok(revisions.items.iter().map(|one| one.revision).filter(|number| *number < current).max())
}

fn refusal(visit: &Visit, problem: &Problem) -> AnyView {
    let locale = visit.locale;
    let mistakes = problem
        .errors
        .iter()
        .map(|mistake| {
            let field = mistake.path.trim_start_matches('/').to_owned();
            view! {
                <li>
                    <code>{field}</code>
                    " "
                    {fault::fault(locale, &mistake.fault)}
                </li>
            }
        })
        .collect_view();
    let running = problem.params.get("deployment").and_then(|id| id.parse().ok()).map(paths::deployment);
    view! {
        <div class="alert" role="alert">
            {crate::ui::icon::icon(crate::ui::icon::Icon::Alert)}
            <div>
                <b>{t::lead(locale, t::not_done(locale))}</b>
                {fault::problem(locale, problem)}
                {(!problem.errors.is_empty()).then(|| view! { <ul>{mistakes}</ul> })}
            </div>
            {running.map(|href| view! { <a class="btn" href=href>{t::see_deployment(locale)}</a> })}
        </div>
    }
    .into_any()
}
