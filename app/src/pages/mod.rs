//! The pages, rendered on the server.

pub mod app;
pub mod approve;
pub mod apps;
pub mod compare;
pub mod deployment;
pub mod deployments;
pub mod editor;
pub mod nodes;
pub mod not_found;
pub mod overview;
pub mod rollback;
pub mod set_up;
pub mod settings;
pub mod sign_in;
pub mod visit;

use leptos::prelude::*;
use model::time::Timestamp;

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

/// The document's title: what the page shows, and the product.
pub fn title(text: impl std::fmt::Display) -> AnyView {
    view! { <leptos_meta::Title text=format!("{text} · Quarterdeck") /> }.into_any()
}
