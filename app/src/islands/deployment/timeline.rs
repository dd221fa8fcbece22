//! What happened, newest first.

use leptos::prelude::*;
use model::deployment::{DeploymentEvent, DeploymentEventKind, DeploymentState};

use crate::islands::local_time::time;
use crate::text::Locale;
use crate::text::deployment as t;

pub fn timeline(locale: Locale, events: RwSignal<Vec<DeploymentEvent>>, active: Signal<bool>) -> AnyView {
    view! {
        <section class="card pad" aria-labelledby="events-title">
            <h2 id="events-title">
                {move || if active.get() { t::what_happens(locale) } else { t::what_happened(locale) }}
            </h2>
            {move || {
                events
                    .with(Vec::is_empty)
                    .then(|| view! { <p class="sub">{t::no_events(locale)}</p> })
            }}
            <ol class="timeline" aria-live="polite" aria-relevant="additions" tabindex="0" aria-labelledby="events-title">
                <For
                    each=move || {
                        let mut newest_first = events.get();
                        newest_first.sort_by_key(|event| std::cmp::Reverse(event.id));
                        newest_first
                    }
                    key=|event| event.id
                    let:event
                >
                    <li class=class(&event.what)>
                        {time(event.time)}
                        <span>
                            {event.actor.as_ref().map(|actor| view! { <b>{t::actor(locale, actor)}</b> " " })}
                            {t::event(locale, &event.what)}
                        </span>
                    </li>
                </For>
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
        | DeploymentEventKind::Ended { .. } => "went-bad",
        DeploymentEventKind::StepReached { .. } => "went-on",
        _ => "",
    }
}
