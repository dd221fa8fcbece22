//! A button that copies a text.

use leptos::prelude::*;

#[island]
pub fn CopyButton(text: String, label: String, done: String) -> impl IntoView {
    let copied = RwSignal::new(false);
    let live = RwSignal::new(false);
    Effect::new(move |_| live.set(true));
    view! {
        <button
            type="button"
            class="btn"
            hidden=move || !live.get()
            on:click=move |_| {
                write(&text);
                copied.set(true);
            }
        >
            <span aria-live="polite">{move || if copied.get() { done.clone() } else { label.clone() }}</span>
        </button>
    }
}

#[cfg(feature = "hydrate")]
fn write(text: &str) {
    if let Some(window) = web_sys::window() {
        let _ = window.navigator().clipboard().write_text(text);
    }
}

#[cfg(not(feature = "hydrate"))]
fn write(_: &str) {}
