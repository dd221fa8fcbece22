//! The entries of a list: adding, taking away, and putting them in order.

use leptos::prelude::*;

use super::field::mistakes;
use crate::editor::act::{add_id, entry_id, move_id, remove_id};
use crate::editor::merge::{self, entry};
use crate::editor::state::Editor;
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
    pub row: fn(Editor, String) -> AnyView,
    pub name: fn(Locale, usize) -> String,
    /// Their order means something.
    pub ordered: bool,
    pub class: &'static str,
}

impl List {
    /// A list of one kind of entry, in any order.
    pub fn new(at: &'static str, empty: Words, add: Words, row: fn(Editor, String) -> AnyView) -> Self {
        Self { at, empty, add, kinds: &[], row, name: t::entry, ordered: false, class: "" }
    }
}

/// The entries of a list with a way to add and to take away. Without scripts one empty entry stands at the end, a tick
/// takes one away, and a number says its place.
pub fn entries(editor: Editor, list: List) -> AnyView {
    let locale = editor.locale;
    let List { at, empty, add, kinds, .. } = list;
    let length = editor.length(at);
    let button = |kind: &str, class: &'static str, first: bool, word: &'static str| {
        let id = first.then(|| add_id(at));
        view! {
            <button name="do" value=format!("add:{kind}:{at}") class=class id=id>
                {word}
            </button>
        }
    };
    let buttons = if kinds.is_empty() {
        button("", "btn needs-script", true, add(locale)).into_any()
    } else {
        let buttons = kinds
            .iter()
            .enumerate()
            .map(|(index, (kind, name))| button(kind, "btn small", index == 0, name(locale)))
            .collect_view();
        view! {
            <div class="entries-add needs-script" role="group" aria-label=add(locale)>
                <span aria-hidden="true">{add(locale)}</span>
                {buttons}
            </div>
        }
        .into_any()
    };
    view! {
        <div class=format!("wide entries {}", list.class)>
            <p class="entries-none" hidden=length.gt(&0)>{empty(locale)}</p>
            {mistakes(editor, at, String::new())}
            {(0..=length).map(|index| one(editor, list, index, length)).collect_view()}
            {buttons}
        </div>
    }
    .into_any()
}

fn one(editor: Editor, list: List, index: usize, length: usize) -> AnyView {
    let locale = editor.locale;
    let at = entry(list.at, index);
    let name = (list.name)(locale, index + 1);
    // The one at the end is empty, and cannot go anywhere.
    let last = index == length;
    let order = list.ordered.then(|| {
        view! {
            <button
                name="do"
                value=format!("up:{at}")
                class="btn quiet entry-tool"
                id=move_id(&at, true)
                aria-label=move_up(locale, &name)
                title=move_up(locale, &name)
                disabled=index == 0
            >
                "↑"
            </button>
            <button
                name="do"
                value=format!("down:{at}")
                class="btn quiet entry-tool"
                id=move_id(&at, false)
                aria-label=move_down(locale, &name)
                title=move_down(locale, &name)
                disabled=index + 1 == length
            >
                "↓"
            </button>
        }
    });
    let tools = (!last).then(|| {
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
            <div class="entry-tools needs-script">
                {order}
                <button
                    name="do"
                    value=format!("remove:{at}")
                    class="btn quiet entry-tool entry-remove"
                    id=remove_id(&at)
                    aria-label=t::remove_entry(locale, &name)
                    title=t::remove(locale)
                >
                    "×"
                </button>
            </div>
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
    view! {
        <div class="entry" class:only-without-script=last role="group" id=entry_id(&at) aria-label=name.clone()>
            {list.ordered.then(|| view! { <b class="entry-number" aria-hidden="true">{index + 1}</b> })}
            {(list.row)(editor, at.clone())}
            {tools}
        </div>
    }
    .into_any()
}
