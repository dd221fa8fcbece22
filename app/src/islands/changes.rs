//! A field diff of two definitions, one field a line: what it was, what it is.

use leptos::prelude::*;
use model::diff::Change;
use serde_json::Value;

use crate::text::Locale;
use crate::text::editor as t;

/// The changes as removed and added lines. Secrets are references here, never values.
pub fn changes(locale: Locale, changes: &[Change]) -> AnyView {
    let line = |mark: &'static str, class: &'static str, word: &'static str, path: &str, value: &Value| {
        let value = match value {
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        view! {
            <div class=class>
                <span aria-hidden="true">{mark}</span>
                <span class="visually-hidden">{word}</span>
                <b>{path.trim_start_matches('/').replace('/', ".").replace("~1", "/").replace("~0", "~")}</b>
                <span class="diff-value">{value}</span>
            </div>
        }
    };
    view! {
        <div class="diff">
            {changes
                .iter()
                .map(|change| {
                    view! {
                        {change.before.as_ref().map(|value| line("−", "del", t::was(locale), &change.path, value))}
                        {change.after.as_ref().map(|value| line("+", "add", t::becomes(locale), &change.path, value))}
                    }
                })
                .collect_view()}
        </div>
    }
    .into_any()
}
