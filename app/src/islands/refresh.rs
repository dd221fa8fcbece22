//! Keeps the parts of a server-drawn page fresh that are marked `data-live`: after a change the page is asked for again,
//! and those parts take the new answer's place. For pages of small lists, where an island for each would say it all twice.

use leptos::prelude::*;
use model::live::Topic;

use crate::live::{kinds, listen};

/// Changes within this time, in milliseconds, lead to one refresh.
const PAUSE_MS: u64 = 120;

/// Listens for changes of apps, deployments and releases from `position` on.
#[island]
pub fn Refresh(position: String) -> impl IntoView {
    let planned = StoredValue::new(false);
    listen(
        vec![Topic::Apps, Topic::Deployments, Topic::Environments, Topic::Releases],
        &kinds::ANY_OF_LISTS,
        &position,
        move |_| {
            if planned.try_get_value() != Some(false) {
                return;
            }
            planned.set_value(true);
            let _ = set_timeout(
                move || {
                    planned.try_set_value(false);
                    leptos::task::spawn_local(take_anew());
                },
                std::time::Duration::from_millis(PAUSE_MS),
            );
        },
    );
}

#[cfg(feature = "hydrate")]
async fn take_anew() {
    use wasm_bindgen::JsCast;
    use wasm_bindgen_futures::JsFuture;

    let exchange = async {
        let window = web_sys::window().ok_or(wasm_bindgen::JsValue::NULL)?;
        let href = window.location().href()?;
        let answer: web_sys::Response = JsFuture::from(window.fetch_with_str(&href)).await?.dyn_into()?;
        let text = JsFuture::from(answer.text()?).await?.as_string().unwrap_or_default();
        let parsed = web_sys::DomParser::new()?.parse_from_string(&text, web_sys::SupportedType::TextHtml)?;
        let (old, new) =
            (document().query_selector_all("[data-live]")?, parsed.query_selector_all("[data-live]")?);
        if old.length() != new.length() {
            window.location().reload()?;
            return Ok(());
        }
        for index in 0..old.length() {
            let (Some(old), Some(new)) = (old.get(index), new.get(index)) else { continue };
            if old.is_equal_node(Some(&new)) {
                continue;
            }
            let old: web_sys::Element = old.dyn_into()?;
            // What a person is at is left alone until they leave it.
            if !old.matches(":focus-within")? {
                old.replace_with_with_node_1(&new)?;
            }
        }
        Ok::<(), wasm_bindgen::JsValue>(())
    };
    if let Err(error) = exchange.await {
        leptos::logging::warn!("the page could not be refreshed: {error:?}");
    }
}

#[cfg(not(feature = "hydrate"))]
#[expect(clippy::unused_async, reason = "the browser's has the same signature")]
async fn take_anew() {}
