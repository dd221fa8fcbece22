//! The field of an expression, which offers what may follow.

use leptos::ev;
use leptos::html;
use leptos::prelude::*;
use model::metric::{Catalog, Completion, complete};
use serde::{Deserialize, Serialize};

use crate::islands::Given;
use crate::text::{Locale, app as t};

/// What the field needs from the page.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Field {
    pub locale: Locale,
    pub value: String,
    pub wrong: bool,
    pub catalog: Catalog,
}

#[island]
pub fn QueryField(field: Given<Field>) -> impl IntoView {
    let Given(Field { locale, value, wrong, catalog }) = field;
    let input = NodeRef::<html::Input>::new();
    let offered = RwSignal::new(Vec::<Completion>::new());
    let chosen = RwSignal::new(None::<usize>);
    let catalog = StoredValue::new(catalog);
    let close = move || {
        offered.set(Vec::new());
        chosen.set(None);
    };
    let look = move || {
        let Some(input) = input.get_untracked() else { return };
        let text = input.value();
        let cursor = input.selection_start().ok().flatten().unwrap_or_default();
        let place = bytes(&text, cursor);
        offered.set(catalog.with_value(|catalog| complete(&text, place, catalog)));
        chosen.set(None);
    };
    let take = move |index: usize| {
        let Some(one) = offered.with_untracked(|offered| offered.get(index).cloned()) else { return };
        if let Some(input) = input.get_untracked() {
            input.set_value(&one.text);
            let place = u32::try_from(one.text[..one.cursor].encode_utf16().count()).unwrap_or(u32::MAX);
            let _ = input.set_selection_range(place, place);
            let _ = input.focus();
        }
        // A label is followed by its values.
        look();
    };
    let key = move |event: ev::KeyboardEvent| {
        let count = offered.with_untracked(Vec::len);
        let now = chosen.get_untracked();
        match event.key().as_str() {
            "ArrowDown" if count > 0 => chosen.set(Some(now.map_or(0, |now| (now + 1) % count))),
            "ArrowUp" if count > 0 => {
                chosen.set(Some(now.map_or(count - 1, |now| (now + count - 1) % count)));
            }
            "ArrowDown" => look(),
            "Enter" | "Tab" => match now {
                Some(index) => take(index),
                None => return close(),
            },
            "Escape" if count > 0 => close(),
            _ => return,
        }
        event.prevent_default();
        show(chosen.get_untracked());
    };
    let open = move || if offered.with(Vec::is_empty) { "false" } else { "true" };
    view! {
        <div class="query-field">
            <input
                node_ref=input
                id="query"
                name="query"
                class="mono"
                value=value
                role="combobox"
                aria-expanded=open
                aria-controls="query-offers"
                aria-autocomplete="list"
                aria-activedescendant=move || chosen.get().map(|index| format!("query-offer-{index}"))
                autocomplete="off"
                autocapitalize="none"
                spellcheck="false"
                aria-describedby="query-hint"
                aria-invalid=wrong.then_some("true")
                on:input=move |_| look()
                on:keydown=key
                on:blur=move |_| close()
            />
            <ul class="query-offers" id="query-offers" role="listbox" aria-label=t::offers(locale)>
                {move || {
                    offered
                        .get()
                        .into_iter()
                        .enumerate()
                        .map(|(index, one)| {
                            view! {
                                <li
                                    id=format!("query-offer-{index}")
                                    role="option"
                                    aria-selected=move || if chosen.get() == Some(index) { "true" } else { "false" }
                                    // Before the field loses the focus.
                                    on:mousedown=move |event| {
                                        event.prevent_default();
                                        take(index);
                                    }
                                >
                                    {one.label}
                                </li>
                            }
                        })
                        .collect_view()
                }}
            </ul>
        </div>
    }
}

/// A place in UTF-16, as browsers count, in bytes.
fn bytes(text: &str, utf16: u32) -> usize {
    let mut units = 0;
    for (at, c) in text.char_indices() {
        if units >= utf16 {
            return at;
        }
        units += u32::try_from(c.len_utf16()).unwrap_or(2);
    }
    text.len()
}

/// Scrolls the list to what is chosen.
fn show(chosen: Option<usize>) {
    #[cfg(feature = "hydrate")]
    if let Some(index) = chosen
        && let Some(item) = document().get_element_by_id(&format!("query-offer-{index}"))
    {
        let options = web_sys::ScrollIntoViewOptions::new();
        options.set_block(web_sys::ScrollLogicalPosition::Nearest);
        item.scroll_into_view_with_scroll_into_view_options(&options);
    }
    #[cfg(not(feature = "hydrate"))]
    let _ = chosen;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_of_the_browser_become_bytes() {
        assert_eq!([0, 1, 2, 3, 9].map(|at| bytes("a店b", at)), [0, 1, 4, 5, 5]);
        assert_eq!(bytes("😀x", 2), 4);
    }
}
