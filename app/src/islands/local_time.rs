//! A point in time, written by the server in UTC and by the browser in the viewer's zone.

use leptos::prelude::*;
use model::time::Timestamp;

use crate::text;

/// Hours, minutes and seconds; the whole time in its tooltip.
pub fn time(at: Timestamp) -> AnyView {
    element(at, "local clock", text::time::clock(at))
}

/// Date and time, to the minute.
pub fn moment(at: Timestamp) -> AnyView {
    let text = at.to_string();
    element(at, "local", format!("{} {} UTC", &text[..10], &text[11..16]))
}

fn element(at: Timestamp, class: &'static str, shown: String) -> AnyView {
    let text = at.to_string();
    let element = NodeRef::<leptos::html::Time>::new();
    Effect::new(move |_| {
        #[cfg(feature = "hydrate")]
        if let Some(element) = element.get() {
            crate::live::script::localise(&element);
        }
    });
    view! {
        <time class=class datetime=text.clone() title=text node_ref=element>
            {shown}
        </time>
    }
    .into_any()
}

/// Rewrites every `<time>` of the page that the server drew outside of islands.
#[island]
pub fn LocalTimes() -> impl IntoView {
    #[cfg(feature = "hydrate")]
    Effect::new(|_| crate::live::script::localise_all());
}
