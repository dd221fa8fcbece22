//! What happened, newest first.

use leptos::prelude::*;
use model::deployment::{DeploymentEvent, DeploymentEventKind, DeploymentState};

use crate::islands::local_time::time;
use crate::text::Locale;
use crate::text::deployment as t;

pub fn timeline(locale: Locale, events: &[DeploymentEvent], active: bool) -> AnyView {
    let mut newest_first: Vec<&DeploymentEvent> = events.iter().collect();
    newest_first.sort_by_key(|event| std::cmp::Reverse(event.id));
    let lines = newest_first
        .into_iter()
        .map(|event| {
            let who = event.actor.as_ref().map(|actor| view! { <b>{t::actor(locale, actor)}</b> " " });
            view! {
                <li class=class(&event.what) data-key=event.id>
                    {time(event.time)}
                    <span>{who} {t::event(locale, &event.what)}</span>
                </li>
            }
        })
        .collect_view();
    view! {
        <section class="card pad" aria-labelledby="events-title" data-live="timeline">
            <h2 id="events-title">{if active { t::what_happens(locale) } else { t::what_happened(locale) }}</h2>
            {events.is_empty().then(|| view! { <p class="sub">{t::no_events(locale)}</p> })}
            <ol class="timeline" aria-live="polite" aria-relevant="additions" tabindex="0" aria-labelledby="events-title">
                {lines}
            </ol>
        </section>
    }
    .into_any()
}

fn class(what: &DeploymentEventKind) -> &'static str {
    match what {
        DeploymentEventKind::InstanceHealthy { .. }
        | DeploymentEventKind::Ended { state: DeploymentState::Succeeded, .. } => "went-well",
        DeploymentEventKind::InstanceFailed { .. }
        | DeploymentEventKind::EngineTrouble { .. }
        | DeploymentEventKind::RollingBack { .. }
        | DeploymentEventKind::Rejected { .. }
        | DeploymentEventKind::WorkloadRestored { .. }
        | DeploymentEventKind::Ended { .. } => "went-bad",
        DeploymentEventKind::StepReached { .. } | DeploymentEventKind::WorkloadStopped { .. } => "went-on",
        _ => "",
    }
}
