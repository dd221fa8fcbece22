//! Hears of changes for a server-drawn page, whose parts `app/src/live/region.js` keeps fresh.

use leptos::prelude::*;

/// What changes lists of apps, deployments and releases.
const TOPICS: &str = "apps,deployments,environments,releases,registries";
const KINDS: &str =
    "app app_gone deployment release environment environment_gone registry registry_gone repository";

/// Listens for changes of apps, deployments and releases from `position` on.
#[island]
pub fn Refresh(position: String) -> impl IntoView {
    follow(TOPICS, KINDS, &position);
}

/// Listens for the kinds of events of one topic from `position` on.
#[island]
pub fn Follow(topic: String, kinds: String, position: String) -> impl IntoView {
    follow(&topic, &kinds, &position);
}

#[cfg(feature = "hydrate")]
fn follow(topics: &str, kinds: &str, position: &str) {
    use crate::live::{script, subscribe};

    let words = |text: &str, between: char| text.split(between).map(str::to_owned).collect();
    subscribe(words(topics, ','), words(kinds, ' '), position, script::heard);
    script::watch_steppers();
    script::watch_picks();
}

#[cfg(not(feature = "hydrate"))]
const fn follow(_: &str, _: &str, _: &str) {}
