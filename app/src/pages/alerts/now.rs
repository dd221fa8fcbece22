//! What fires now, what is about to, and what was resolved lately.

use leptos::prelude::*;
use model::alert::{Labels, LiveAlert};
use model::permission::Permission;
use model::problem::Problem;
use model::time::Timestamp;

use super::{calm, frame, groups, severity_badge};
use crate::pages::settings::banner;
use crate::pages::visit::{Visit, page};
use crate::paths;
use crate::text::{Locale, alerts as t};
use crate::ui::time::ago;

/// Rows of the shorter lists.
const ROWS: usize = 50;

#[component]
pub fn AlertsPage() -> impl IntoView {
    page(now)
}

async fn now(visit: Visit) -> Result<AnyView, Problem> {
    let caller = visit.caller()?.clone();
    let locale = visit.locale;
    let position = visit.ports.site.live_position();
    let refused = match &visit.form {
        None => None,
        Some(form) => match groups::perform(&visit, &caller, form).await {
            Ok(()) => {
                visit.redirect(paths::ALERTS);
                return Ok(().into_any());
            }
            Err(problem) => Some(problem),
        },
    };
    let time = visit.ports.site.now();
    let alerts = visit.ports.alerts.now(&caller).await?;
    let may = caller.may(Permission::ChangeApps);
    let content = view! {
        {banner(&visit, refused.as_ref())}
        <div class="stack" data-live="alerts" data-on="alerts">
            {if alerts.firing.is_empty() {
                calm(locale)
            } else {
                alerts.firing.iter().map(|group| groups::card(locale, group, may, time)).collect_view().into_any()
            }}
            {list(locale, "pending-title", t::pending(locale), t::pending_hint(locale), &alerts.pending, time)}
            {list(locale, "resolved-title", t::resolved(locale), "", &alerts.resolved, time)}
        </div>
    };
    Ok(frame(&visit, paths::ALERTS, position, content.into_any()))
}

fn list(
    locale: Locale,
    id: &'static str,
    title: &'static str,
    hint: &'static str,
    alerts: &[LiveAlert],
    now: Timestamp,
) -> AnyView {
    if alerts.is_empty() {
        return ().into_any();
    }
    let more = alerts.len().saturating_sub(ROWS);
    view! {
        <section class="card" aria-labelledby=id>
            <header class="pad">
                <h2 id=id>{title}</h2>
                <span class="sub">{hint}</span>
            </header>
            <ul class="list">
                {alerts
                    .iter()
                    .take(ROWS)
                    .map(|alert| {
                        view! {
                            <li>
                                {severity_badge(locale, alert.alert.severity())}
                                <a class="alert-line" href=paths::alert_rule(alert.alert.name())>
                                    {groups::line(locale, alert)}
                                </a>
                                <span class="grow alert-pairs">{super::pairs(&alert.alert.labels, &Labels::new())}</span>
                                <span class="sub">{ago(locale, alert.alert.since, now)}</span>
                            </li>
                        }
                    })
                    .collect_view()}
                {(more > 0).then(|| view! { <li class="sub">{t::more(locale, more)}</li> })}
            </ul>
        </section>
    }
    .into_any()
}
