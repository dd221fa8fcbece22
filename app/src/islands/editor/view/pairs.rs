//! The rows of a map: variables, labels, headers.

use leptos::prelude::*;
use leptos::web_sys::ClipboardEvent;

use super::field::id_of;
use crate::islands::editor::merge;
use crate::islands::editor::pointer::child;
use crate::islands::editor::state::Editor;
use crate::text::editor as t;
use crate::text::fault::fault;

/// A row with the number that stays its own, its name and its value.
type Numbered = (usize, String, String);

/// Lines of `KEY=value`, as people paste them from a file.
fn lines_of(pasted: &str) -> Vec<(String, String)> {
    pasted
        .lines()
        .filter_map(|line| {
            let line = line.trim();
            let line = line.strip_prefix("export ").unwrap_or(line);
            let (key, value) = line.split_once('=').filter(|(key, _)| !key.starts_with('#'))?;
            let value = value.trim();
            let inner = value.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
            Some((key.trim().to_owned(), inner.unwrap_or(value).to_owned()))
        })
        .collect()
}

#[cfg(feature = "hydrate")]
fn pasted(event: &ClipboardEvent) -> String {
    event.clipboard_data().and_then(|data| data.get_data("text").ok()).unwrap_or_default()
}

#[cfg(not(feature = "hydrate"))]
fn pasted(_: &ClipboardEvent) -> String {
    String::new()
}

/// Rows of a map. Kept beside the JSON, since a key that is being typed is not yet a key.
pub fn pairs(
    editor: Editor,
    at: String,
    key: &'static str,
    value: &'static str,
    add: &'static str,
) -> AnyView {
    let locale = editor.locale;
    let live = editor.live;
    let at = StoredValue::new(at);
    let here = move || at.get_value();
    let stored = Memo::new(move |_| editor.value.with(|value| merge::pairs(value.pointer(&here()))));
    let next = StoredValue::new(0_usize);
    let numbered = move |rows: Vec<(String, String)>| -> Vec<(usize, String, String)> {
        rows.into_iter()
            .map(|(key, value)| {
                let number = next.get_value();
                next.set_value(number + 1);
                (number, key, value)
            })
            .collect()
    };
    let rows = RwSignal::new(numbered(stored.get_untracked()));
    let plain = move |rows: &[(usize, String, String)]| -> Vec<(String, String)> {
        rows.iter().map(|(_, key, value)| (key.clone(), value.clone())).collect()
    };
    let meaning = move |rows: &[(usize, String, String)]| {
        merge::unpair(
            &plain(rows),
            editor.value.with_untracked(|value| value.pointer(&here()).cloned()).as_ref(),
        )
    };
    Effect::new(move |_| {
        let stored = stored.get();
        let meant = rows.with_untracked(|rows| merge::pairs(meaning(rows).as_ref()));
        if meant != stored {
            rows.set(numbered(stored));
        }
    });
    let write = move || editor.put(&here(), rows.with_untracked(|rows| meaning(rows)));
    let change = move |number: usize, edit: Box<dyn FnOnce(&mut Numbered)>| {
        rows.update(|rows| {
            if let Some(row) = rows.iter_mut().find(|row| row.0 == number) {
                edit(row);
            }
        });
        write();
    };
    // Rows as they are drawn: without scripts three empty ones at the end.
    let drawn = move || {
        let mut drawn: Vec<(usize, usize)> =
            rows.with(|rows| rows.iter().enumerate().map(|(place, row)| (place, row.0)).collect());
        if !live.get() {
            let first = drawn.len();
            drawn.extend((0..3).map(|more| (first + more, usize::MAX - more)));
        }
        drawn
    };
    let row = move |(place, number): (usize, usize)| {
        let (key_name, value_name) = merge::pair_names(&here(), place);
        let get = move |part: fn(&(usize, String, String)) -> String| {
            rows.with(|rows| rows.iter().find(|row| row.0 == number).map(part).unwrap_or_default())
        };
        let key_of = move || get(|row| row.1.clone());
        let errors = Memo::new(move |_| {
            let here = child(&here(), &key_of());
            editor.errors.with(|errors| {
                crate::islands::editor::fields::at(errors, &here).into_iter().cloned().collect::<Vec<_>>()
            })
        });
        let twice = move || {
            let key = key_of();
            !key.is_empty() && rows.with(|rows| rows.iter().filter(|row| row.1 == key).count() > 1)
        };
        let wrong = move || twice() || errors.with(|errors| !errors.is_empty());
        let note = format!("{}-{number}-note", id_of(&here()));
        let (initial_key, initial_value) = untrack(|| (get(|row| row.1.clone()), get(|row| row.2.clone())));
        view! {
            <div class="entry pair-row" class:wrong=wrong>
                <input
                    name=key_name
                    class="mono"
                    aria-label=key
                    placeholder=key
                    value=initial_key
                    prop:value=key_of
                    autocomplete="off"
                    autocapitalize="none"
                    spellcheck="false"
                    aria-describedby=note.clone()
                    aria-invalid=move || wrong().then_some("true")
                    on:input=move |event| {
                        let typed = event_target_value(&event);
                        change(number, Box::new(move |row| row.1 = typed));
                    }
                    on:paste=move |event: ClipboardEvent| {
                        let lines = lines_of(&pasted(&event));
                        if !lines.is_empty() {
                            event.prevent_default();
                            let new = numbered(lines);
                            rows.update(|rows| {
                                rows.retain(|row| row.0 != number || !row.1.is_empty());
                                rows.retain(|row| new.iter().all(|pasted| pasted.1 != row.1));
                                rows.extend(new);
                            });
                            write();
                        }
                    }
                />
                <input
                    name=value_name
                    class="mono"
                    aria-label=value
                    placeholder=value
                    value=initial_value
                    prop:value=move || get(|row| row.2.clone())
                    autocomplete="off"
                    autocapitalize="none"
                    spellcheck="false"
                    on:input=move |event| {
                        let typed = event_target_value(&event);
                        change(number, Box::new(move |row| row.2 = typed));
                    }
                />
                <button
                    type="button"
                    class="btn quiet entry-remove needs-script"
                    aria-label=move || t::remove_named(locale, &key_of())
                    title=t::remove(locale)
                    on:click=move |_| {
                        rows.update(|rows| rows.retain(|row| row.0 != number));
                        write();
                    }
                >
                    "×"
                </button>
                <span class="field-note" id=note>
                    {move || twice().then(|| view! { <em class="field-error">{t::key_twice(locale)}</em> })}
                    {move || {
                        errors
                            .get()
                            .iter()
                            .map(|error| view! { <em class="field-error">{fault(locale, &error.fault)}</em> })
                            .collect_view()
                    }}
                </span>
            </div>
        }
    };
    view! {
        <div class="wide entries">
            <For each=drawn key=|(place, number)| (*place, *number) children=row />
            <button
                type="button"
                class="btn needs-script"
                on:click=move |_| {
                    let new = numbered(vec![(String::new(), String::new())]);
                    rows.update(|rows| rows.extend(new));
                }
            >
                {add}
            </button>
        </div>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::lines_of;

    #[test]
    fn reads_the_lines_of_an_environment_file() {
        let pairs = lines_of("# comment\nA=1\nexport B=\"two words\"\n\nC = x=y \nnot a line\n#D=4");
        let expected = [("A", "1"), ("B", "two words"), ("C", "x=y")];
        assert_eq!(pairs, expected.map(|(key, value)| (key.to_owned(), value.to_owned())));
    }
}
