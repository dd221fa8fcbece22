//! A point in time, written by the server in UTC and by the browser in the viewer's zone.

use leptos::prelude::*;
use model::time::Timestamp;

/// Hours, minutes and seconds; the whole time in its tooltip.
pub fn time(at: Timestamp) -> AnyView {
    let utc = at.datetime();
    let text = format!("{:02}:{:02}:{:02}", hour(&utc), minute(&utc), second(&utc));
    let element = NodeRef::<leptos::html::Time>::new();
    Effect::new(move |_| {
        if let Some(element) = element.get() {
            localise(&element, at, true);
        }
    });
    view! {
        <time datetime=at.to_string() title=at.to_string() node_ref=element>
            {text}
        </time>
    }
    .into_any()
}

/// Date and time, to the minute.
pub fn moment(at: Timestamp) -> AnyView {
    let element = NodeRef::<leptos::html::Time>::new();
    Effect::new(move |_| {
        if let Some(element) = element.get() {
            localise(&element, at, false);
        }
    });
    let text = at.to_string();
    let shown = format!("{} {} UTC", &text[..10], &text[11..16]);
    view! {
        <time class="local" datetime=text.clone() title=text node_ref=element>
            {shown}
        </time>
    }
    .into_any()
}

fn hour(time: &chrono::DateTime<chrono::Utc>) -> u32 {
    chrono::Timelike::hour(time)
}

fn minute(time: &chrono::DateTime<chrono::Utc>) -> u32 {
    chrono::Timelike::minute(time)
}

fn second(time: &chrono::DateTime<chrono::Utc>) -> u32 {
    chrono::Timelike::second(time)
}

/// Rewrites every `<time>` of the page that the server drew outside of islands.
#[island]
pub fn LocalTimes() -> impl IntoView {
    Effect::new(|_| localise_all());
}

#[cfg(feature = "hydrate")]
fn localise_all() {
    use wasm_bindgen::JsCast;

    let Ok(all) = document().query_selector_all("time.local") else { return };
    for index in 0..all.length() {
        let Some(element) = all.get(index).and_then(|node| node.dyn_into::<web_sys::Element>().ok()) else {
            continue;
        };
        let Some(at) = element.get_attribute("datetime").and_then(|text| text.parse().ok()) else { continue };
        localise(&element, at, false);
    }
}

#[cfg(not(feature = "hydrate"))]
fn localise_all() {}

#[cfg(feature = "hydrate")]
fn localise(element: &web_sys::Element, at: Timestamp, clock_only: bool) {
    let locale =
        document().document_element().and_then(|root| root.get_attribute("lang")).unwrap_or_default();
    let date = js_sys::Date::new(&wasm_bindgen::JsValue::from_f64(at.as_millis() as f64));
    let options = js_sys::Object::new();
    let set = |name: &str, value: &str| {
        let _ = js_sys::Reflect::set(&options, &name.into(), &value.into());
    };
    if !clock_only {
        set("dateStyle", "medium");
    }
    set("timeStyle", if clock_only { "medium" } else { "short" });
    let write = |name: &str| {
        let function = js_sys::Reflect::get(&date, &name.into()).ok()?;
        let function: js_sys::Function = wasm_bindgen::JsCast::dyn_into(function).ok()?;
        function.call2(&date, &locale.as_str().into(), &options).ok()?.as_string()
    };
    let text = if clock_only {
        set("hourCycle", "h23");
        write("toLocaleTimeString")
    } else {
        write("toLocaleString")
    };
    if let Some(text) = text {
        element.set_text_content(Some(&text));
    }
}

#[cfg(not(feature = "hydrate"))]
fn localise<T>(_: &T, _: Timestamp, _: bool) {}
