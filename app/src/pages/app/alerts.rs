//! The tab of alerts: those that name the app, now and before.

use leptos::prelude::*;
use model::alert::{AlertGroup, HistoryQuery, Labels};
use model::permission::Permission;
use model::problem::Problem;

use super::Shown;
use crate::pages::alerts::{follow, groups, history};
use crate::paths;
use crate::text::alerts as t;
use crate::ui::badge::{Tone, badge};

/// Rows of its history.
const ROWS: u32 = 50;

pub async fn view(shown: &Shown<'_>) -> Result<AnyView, Problem> {
    let Shown { visit, caller, key, now, .. } = *shown;
    let locale = visit.locale;
    let names = |labels: &Labels| {
        labels.get("app").is_some_and(|app| app == key.app.as_str())
            && labels.get("environment").is_some_and(|environment| environment == key.environment.as_str())
    };
    let query = HistoryQuery {
        environment: Some(key.environment.clone()),
        app: Some(key.app.clone()),
        limit: Some(ROWS),
        ..HistoryQuery::default()
    };
    let (alerts, past) =
        futures::try_join!(visit.ports.alerts.now(caller), visit.ports.alerts.history(caller, &query))?;
    // Of a group about more than this app, such as a node's, only what names it.
    let of_app = |mut group: AlertGroup| {
        group.alerts.retain(|alert| names(&alert.alert.labels));
        (!group.alerts.is_empty()).then_some(group)
    };
    let firing: Vec<AlertGroup> = alerts.firing.into_iter().filter_map(of_app).collect();
    let may = caller.may(Permission::ChangeApps);
    let pending = alerts.pending.iter().filter(|alert| names(&alert.alert.labels)).map(|alert| {
        view! {
            <p class="card pad row">
                {badge(Tone::Warning, t::pending(locale))}
                <a class="strong" href=paths::alert_rule(alert.alert.name())>
                    {groups::line(locale, alert)}
                </a>
            </p>
        }
    });
    Ok(view! {
        <div class="stack" data-live="alerts" data-on="alerts">
            {if firing.is_empty() {
                view! { <p class="card pad">{badge(Tone::Good, t::none_of_app(locale))}</p> }.into_any()
            } else {
                firing.iter().map(|group| groups::card(locale, group, may, now)).collect_view().into_any()
            }}
            {pending.collect_view()}
            <section class="card" aria-labelledby="alert-history-title">
                <header class="pad">
                    <h2 id="alert-history-title">{t::history_of_app(locale)}</h2>
                </header>
                {history::table(locale, &past.items, now)}
            </section>
        </div>
        {follow(shown.position.to_owned())}
    }
    .into_any())
}
