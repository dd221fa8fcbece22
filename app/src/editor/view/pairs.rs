//! The rows of a map: variables, labels, headers.

use leptos::prelude::*;

use super::field::id_of;
use crate::editor::act::{add_id, row_id};
use crate::editor::pointer::child;
use crate::editor::rows::{Rows, pair_names};
use crate::editor::state::Editor;
use crate::text::editor as t;
use crate::text::fault::fault;

/// Empty rows at the end for those who have no scripts.
const BLANK: usize = 3;

pub fn pairs(editor: Editor, at: &str, key: &'static str, value: &'static str, add: &'static str) -> AnyView {
    let rows = editor.rows(at);
    let drawn = (0..rows.len() + BLANK).map(|row| one(editor, at, key, value, &rows, row)).collect_view();
    view! {
        <div class="wide entries">
            {drawn}
            <button name="do" value=format!("row:{at}") class="btn needs-script" id=add_id(at)>
                {add}
            </button>
        </div>
    }
    .into_any()
}

fn one(editor: Editor, at: &str, key: &'static str, value: &'static str, rows: &Rows, row: usize) -> AnyView {
    let locale = editor.locale;
    let (key_text, text) = rows.get(row).cloned().unwrap_or_default();
    let (key_name, value_name) = pair_names(at, row);
    let named = !key_text.is_empty();
    let errors = if named { editor.errors_at(&child(at, &key_text)) } else { Vec::new() };
    let twice = named && rows.iter().filter(|(other, _)| *other == key_text).count() > 1;
    let wrong = twice || !errors.is_empty();
    let blank = row >= rows.len();
    let note = format!("{}-{row}-note", id_of(at));
    let twice = twice.then(|| view! { <em class="field-error">{t::key_twice(locale)}</em> });
    let notes = errors
        .iter()
        .map(|error| view! { <em class="field-error">{fault(locale, &error.fault)}</em> })
        .collect_view();
    view! {
        <div class="entry pair-row" class:wrong=wrong class:only-without-script=blank id=row_id(at, row)>
            <input
                name=key_name
                class="mono"
                aria-label=key
                placeholder=key
                value=key_text.clone()
                autocomplete="off"
                autocapitalize="none"
                spellcheck="false"
                aria-describedby=note.clone()
                aria-invalid=wrong.then_some("true")
                data-paste=format!("paste:{at}:{row}")
            />
            <input
                name=value_name
                class="mono"
                aria-label=value
                placeholder=value
                value=text
                autocomplete="off"
                autocapitalize="none"
                spellcheck="false"
            />
            <button
                name="do"
                value=format!("cut:{at}:{row}")
                class="btn quiet entry-remove needs-script"
                aria-label=t::remove_named(locale, &key_text)
                title=t::remove(locale)
            >
                "×"
            </button>
            <span class="field-note" id=note>
                {twice}
                {notes}
            </span>
        </div>
    }
    .into_any()
}
