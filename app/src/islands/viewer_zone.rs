//! A field for a time zone that begins with the viewer's own.

use leptos::prelude::*;

/// Without scripts an empty field means UTC, as its placeholder says.
#[island]
pub fn ViewerZone(value: String, label: String) -> impl IntoView {
    let field = NodeRef::<leptos::html::Input>::new();
    Effect::new(move |_| {
        if let Some(field) = field.get()
            && field.value().is_empty()
            && let Some(zone) = zone()
        {
            field.set_value(&zone);
        }
    });
    view! {
        <label>
            <span>{label}</span>
            <input
                name="zone"
                value=value
                placeholder=model::window::UTC
                autocapitalize="none"
                autocomplete="off"
                spellcheck="false"
                node_ref=field
            />
        </label>
    }
}

/// The IANA name the browser goes by.
#[cfg(feature = "hydrate")]
fn zone() -> Option<String> {
    let options = js_sys::Intl::DateTimeFormat::default().resolved_options();
    js_sys::Reflect::get(&options, &"timeZone".into()).ok()?.as_string()
}

#[cfg(not(feature = "hydrate"))]
fn zone() -> Option<String> {
    None
}
