//! The entries of a list: adding, taking away, and putting them in order.

use leptos::prelude::*;
use serde_json::Value;

use super::field::mistakes;
use crate::islands::editor::merge::{self, entry};
use crate::islands::editor::state::Editor;
use crate::text::release::{move_down, move_up, step_place};
use crate::text::{Locale, editor as t};

type Words = fn(Locale) -> &'static str;

/// A list of the definition and how its entries look.
#[derive(Clone, Copy)]
pub struct List {
    pub at: &'static str,
    /// What an empty list means.
    pub empty: Words,
    /// Before the buttons that add, where there are several.
    pub add: Words,
    /// A button for each kind of entry: its word and its name; one without a name bears `add`.
    pub kinds: &'static [(&'static str, Words)],
    /// A new entry of a kind.
    pub new: fn(Editor, &str) -> Value,
    pub row: fn(Editor, String) -> AnyView,
    pub name: fn(Locale, usize) -> String,
    /// Their order means something.
    pub ordered: bool,
    pub class: &'static str,
}

impl List {
    /// A list of one kind of entry, in any order.
    pub fn new(
        at: &'static str,
        empty: Words,
        add: Words,
        new: fn(Editor, &str) -> Value,
        row: fn(Editor, String) -> AnyView,
    ) -> Self {
        Self { at, empty, add, kinds: &[], new, row, name: t::entry, ordered: false, class: "" }
    }
}

/// The entries of a list with a way to add and to take away. Without scripts one empty entry stands at the end, a tick
/// takes one away, and a number says its place.
pub fn entries(editor: Editor, list: List) -> AnyView {
    let locale = editor.locale;
    let List { at, empty, add, kinds, new, .. } = list;
    let length = editor.length(at);
    let live = editor.live;
    let rows = move || length.get() + usize::from(!live.get());
    let append = move |kind: &'static str| {
        let last = entry(at, length.get_untracked());
        editor.put(&last, Some(new(editor, kind)));
        focus(group_id(&last), true);
    };
    let buttons = if kinds.is_empty() {
        view! {
            <button type="button" class="btn needs-script" id=add_id(at) on:click=move |_| append("")>
                {add(locale)}
            </button>
        }
        .into_any()
    } else {
        view! {
            <div class="entries-add needs-script" role="group" aria-label=add(locale)>
                <span aria-hidden="true">{add(locale)}</span>
                {kinds
                    .iter()
                    .enumerate()
                    .map(|(index, (kind, name))| {
                        view! {
                            <button
                                type="button"
                                class="btn small"
                                id=(index == 0).then(|| add_id(at))
                                on:click=move |_| append(kind)
                            >
                                {name(locale)}
                            </button>
                        }
                    })
                    .collect_view()}
            </div>
        }
        .into_any()
    };
    view! {
        <div class=format!("wide entries {}", list.class)>
            <p class="entries-none" hidden=move || { length.get() > 0 }>{empty(locale)}</p>
            {mistakes(editor, at, String::new())}
            <For each=move || 0..rows() key=|index| *index let:index>
                {one(editor, list, index, length)}
            </For>
            {buttons}
        </div>
    }
    .into_any()
}

fn one(editor: Editor, list: List, index: usize, length: Memo<usize>) -> AnyView {
    let locale = editor.locale;
    let at = entry(list.at, index);
    let name = (list.name)(locale, index + 1);
    let shift = move |to: usize| {
        editor.swap(list.at, index, to);
        let last = length.get_untracked().saturating_sub(1);
        // The button of the entry's new place that goes on, or the other one at the end of the way.
        let up = if to < index { to > 0 } else { to >= last };
        focus(move_id(&entry(list.at, to), up), false);
    };
    let order = list.ordered.then(|| {
        view! {
            <button
                type="button"
                class="btn quiet entry-tool"
                id=move_id(&at, true)
                aria-label=move_up(locale, &name)
                title=move_up(locale, &name)
                disabled=index == 0
                on:click=move |_| shift(index - 1)
            >
                "↑"
            </button>
            <button
                type="button"
                class="btn quiet entry-tool"
                id=move_id(&at, false)
                aria-label=move_down(locale, &name)
                title=move_down(locale, &name)
                disabled=move || { index + 1 >= length.get() }
                on:click=move |_| shift(index + 1)
            >
                "↓"
            </button>
        }
    });
    // The empty one at the end cannot go anywhere.
    let plain = (index < length.get_untracked()).then(|| {
        let place = list.ordered.then(|| {
            view! {
                <label class="entry-place">
                    {step_place(locale)}
                    <input
                        name=merge::place_name(&at)
                        value=(index + 1).to_string()
                        inputmode="numeric"
                        autocomplete="off"
                    />
                </label>
            }
        });
        view! {
            <div class="entry-drop only-without-script">
                {place}
                <label>
                    <input type="checkbox" name=merge::drop_name(&at) />
                    " "
                    {t::remove(locale)}
                </label>
            </div>
        }
    });
    let remove = move |_| {
        let left = length.get_untracked().saturating_sub(1);
        editor.put(&entry(list.at, index), None);
        match left {
            0 => focus(add_id(list.at), false),
            left => focus(remove_id(&entry(list.at, index.min(left - 1))), false),
        }
    };
    view! {
        <div class="entry" role="group" id=group_id(&at) aria-label=name.clone()>
            {list.ordered.then(|| view! { <b class="entry-number" aria-hidden="true">{index + 1}</b> })}
            {(list.row)(editor, at.clone())}
            <div class="entry-tools needs-script">
                {order}
                <button
                    type="button"
                    class="btn quiet entry-tool entry-remove"
                    id=remove_id(&at)
                    aria-label=t::remove_entry(locale, &name)
                    title=t::remove(locale)
                    on:click=remove
                >
                    "×"
                </button>
            </div>
            {plain}
        </div>
    }
    .into_any()
}

fn group_id(entry: &str) -> String {
    format!("entry{entry}")
}

fn add_id(list: &str) -> String {
    format!("add{list}")
}

fn remove_id(entry: &str) -> String {
    format!("remove{entry}")
}

fn move_id(entry: &str, up: bool) -> String {
    format!("{}{entry}", if up { "up" } else { "down" })
}

/// Puts the keyboard on the element, or on the first field within, once it is drawn.
#[cfg(feature = "hydrate")]
fn focus(id: String, within: bool) {
    use wasm_bindgen::JsCast;
    let _ = request_animation_frame(move || {
        let found = document().get_element_by_id(&id).and_then(|element| {
            if within {
                element.query_selector("select, input, textarea").ok().flatten()
            } else {
                Some(element)
            }
        });
        if let Some(element) = found.and_then(|element| element.dyn_into::<web_sys::HtmlElement>().ok()) {
            let _ = element.focus();
        }
    });
}

#[cfg(not(feature = "hydrate"))]
fn focus(_: String, _: bool) {}
