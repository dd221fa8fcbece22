//! The parts of the form that repeat: ports, health checks, variables, labels, volumes, constraints.

use leptos::prelude::*;
use leptos::web_sys::ClipboardEvent;
use serde_json::{Value, json};

use super::field::{Field, command, id_of, input, select, tick};
use super::sections::network_mode;
use crate::islands::editor::codec::Codec;
use crate::islands::editor::merge::{self, entry};
use crate::islands::editor::pointer::child;
use crate::islands::editor::state::Editor;
use crate::text::editor as t;
use crate::text::fault::fault;

/// The entries of a list with a way to add and to take away. Without scripts one empty entry stands at the end, and a
/// tick takes one away.
fn entries(
    editor: Editor,
    at: &'static str,
    empty: &'static str,
    add: &'static str,
    new: fn(Editor) -> Value,
    row: fn(Editor, String) -> AnyView,
) -> AnyView {
    let locale = editor.locale;
    let length = editor.length(at);
    let live = editor.live;
    let rows = move || length.get() + usize::from(!live.get());
    view! {
        <div class="wide entries">
            <p class="entries-none" hidden=move || { length.get() > 0 }>{empty}</p>
            <For each=move || 0..rows() key=|index| *index let:index>
                <div class="entry" role="group" aria-label=t::entry(locale, index + 1)>
                    {row(editor, entry(at, index))}
                    <button
                        type="button"
                        class="btn quiet entry-remove needs-script"
                        aria-label=t::remove_entry(locale, index + 1)
                        title=t::remove(locale)
                        on:click=move |_| editor.put(&entry(at, index), None)
                    >
                        "×"
                    </button>
                    <label class="entry-drop only-without-script">
                        <input type="checkbox" name=merge::drop_name(&entry(at, index)) />
                        {t::remove(locale)}
                    </label>
                </div>
            </For>
            <button
                type="button"
                class="btn needs-script"
                on:click=move |_| editor.put(&entry(at, length.get_untracked()), Some(new(editor)))
            >
                {add}
            </button>
        </div>
    }
    .into_any()
}

/// A row with the number that stays its own, its name and its value.
type Numbered = (usize, String, String);

pub fn ports(editor: Editor) -> AnyView {
    let locale = editor.locale;
    let new = |editor: Editor| {
        let taken = editor.value.with_untracked(|value| {
            let ports = value.get("ports").and_then(Value::as_array).cloned().unwrap_or_default();
            ports.iter().filter_map(|port| port.get("name")?.as_str().map(str::to_owned)).collect::<Vec<_>>()
        });
        let name = ["http".to_owned(), "admin".to_owned()]
            .into_iter()
            .chain((2..=100).map(|number| format!("port-{number}")))
            .find(|name| !taken.contains(name));
        json!({ "name": name })
    };
    let row = |editor: Editor, at: String| {
        let locale = editor.locale;
        let can = editor.setup.with_value(|setup| setup.capabilities.clone());
        let mut protocols = vec![("", "TCP".to_owned())];
        if can.udp_ports {
            protocols.extend([("tcp", "tcp".to_owned()), ("udp", "udp".to_owned())]);
        }
        view! {
            {input(editor, Field::new(format!("{at}/name"), Codec::Text, t::port_name(locale)))}
            {can.images
                .then(|| {
                    input(
                        editor,
                        Field::new(format!("{at}/container_port"), Codec::Number, t::container_port(locale))
                            .placeholder("8080"),
                    )
                })}
            {input(
                editor,
                Field::new(format!("{at}/host_port"), Codec::Number, t::host_port(locale))
                    .placeholder("0")
                    .hint(t::host_port_hint(locale)),
            )}
            {can.udp_ports
                .then(|| select(editor, Field::new(format!("{at}/protocol"), Codec::Text, t::protocol(locale)), protocols))}
        }
        .into_any()
    };
    view! {
        <p class="wide section-hint">{t::ports_hint(locale)}</p>
        {entries(editor, "/ports", t::no_ports(locale), t::add_port(locale), new, row)}
        {network_mode(editor)}
    }
    .into_any()
}

pub fn checks(editor: Editor) -> AnyView {
    let locale = editor.locale;
    let new = |_: Editor| json!({ "kind": "http", "path": "/healthz" });
    view! {
        <p class="wide section-hint">{t::health_hint(locale)}</p>
        {entries(editor, "/health_checks", t::no_checks(locale), t::add_check(locale), new, check)}
    }
    .into_any()
}

fn check(editor: Editor, at: String) -> AnyView {
    let locale = editor.locale;
    let live = editor.live;
    let kind = editor.text_at(format!("{at}/kind"));
    let is = move |wanted: &'static str| !live.get() || kind.with(|kind| kind == wanted);
    // A field that belongs to another kind would be refused as unknown.
    let cleared = at.clone();
    Effect::new(move |before: Option<String>| {
        let kind = kind.get();
        if before.is_some_and(|before| before != kind) {
            let foreign: &[&str] = match kind.as_str() {
                "http" => &["command"],
                "tcp" => &["path", "command"],
                "command" => &["path", "port"],
                _ => &[],
            };
            for part in foreign {
                let at = child(&cleared, part);
                if editor.value.with_untracked(|value| value.pointer(&at).is_some()) {
                    editor.put(&at, None);
                }
            }
        }
        kind
    });
    let field = |part: &str, codec, label| Field::new(format!("{at}/{part}"), codec, label);
    view! {
        {select(
            editor,
            field("kind", Codec::Text, t::check_kind(locale)),
            vec![
                ("", "–".to_owned()),
                ("http", t::check_http(locale).to_owned()),
                ("tcp", t::check_tcp(locale).to_owned()),
                ("command", t::check_command(locale).to_owned()),
            ],
        )}
        <div class="field-slot" hidden=move || !is("http")>
            {input(editor, field("path", Codec::Text, t::path(locale)).class("mono").placeholder("/"))}
        </div>
        <div class="field-slot" hidden=move || !(is("http") || is("tcp"))>
            {input(editor, field("port", Codec::Text, t::port(locale)).hint(t::first_port(locale)))}
        </div>
        <div class="wide" hidden=move || !is("command")>
            {command(
                editor,
                field("command", Codec::Words, t::command(locale)).hint(t::check_command_hint(locale)),
                t::through_shell(locale),
            )}
        </div>
        {input(editor, field("interval", Codec::Text, t::interval(locale)).placeholder("10s"))}
        {input(editor, field("timeout", Codec::Text, t::timeout(locale)).placeholder("5s"))}
        {input(editor, field("grace", Codec::Text, t::grace(locale)).placeholder("30s").hint(t::grace_hint(locale)))}
        {input(editor, field("max_failures", Codec::Number, t::max_failures(locale)).placeholder("3"))}
    }
    .into_any()
}

pub fn variables(editor: Editor) -> AnyView {
    let locale = editor.locale;
    view! {
        <p class="wide section-hint">{t::variables_hint(locale)}</p>
        {pairs(editor, "/env", t::variable_key(locale), t::variable_value(locale), t::add_variable(locale))}
        <h3 class="wide">{t::labels(locale)}</h3>
        {pairs(editor, "/labels", t::label_key(locale), t::label_value(locale), t::add_label(locale))}
    }
    .into_any()
}

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
fn pairs(
    editor: Editor,
    at: &'static str,
    key: &'static str,
    value: &'static str,
    add: &'static str,
) -> AnyView {
    let locale = editor.locale;
    let live = editor.live;
    let stored = Memo::new(move |_| editor.value.with(|value| merge::pairs(value.pointer(at))));
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
        merge::unpair(&plain(rows), editor.value.with_untracked(|value| value.pointer(at).cloned()).as_ref())
    };
    Effect::new(move |_| {
        let stored = stored.get();
        let meant = rows.with_untracked(|rows| merge::pairs(meaning(rows).as_ref()));
        if meant != stored {
            rows.set(numbered(stored));
        }
    });
    let write = move || editor.put(at, rows.with_untracked(|rows| meaning(rows)));
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
        let (key_name, value_name) = merge::pair_names(at, place);
        let get = move |part: fn(&(usize, String, String)) -> String| {
            rows.with(|rows| rows.iter().find(|row| row.0 == number).map(part).unwrap_or_default())
        };
        let key_of = move || get(|row| row.1.clone());
        let errors = Memo::new(move |_| {
            let here = child(at, &key_of());
            editor.errors.with(|errors| {
                crate::islands::editor::fields::at(errors, &here).into_iter().cloned().collect::<Vec<_>>()
            })
        });
        let twice = move || {
            let key = key_of();
            !key.is_empty() && rows.with(|rows| rows.iter().filter(|row| row.1 == key).count() > 1)
        };
        let wrong = move || twice() || errors.with(|errors| !errors.is_empty());
        let note = format!("{}-{number}-note", id_of(at));
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

pub fn volumes(editor: Editor) -> AnyView {
    let locale = editor.locale;
    let row = |editor: Editor, at: String| {
        let locale = editor.locale;
        let kinds = vec![
            ("", t::by_default_is(locale, t::volume_named(locale))),
            ("named", t::volume_named(locale).to_owned()),
            ("host", t::volume_host(locale).to_owned()),
            ("tmpfs", t::volume_tmpfs(locale).to_owned()),
        ];
        view! {
            {input(editor, Field::new(format!("{at}/name"), Codec::Text, t::volume_name(locale)).class("mono"))}
            {input(
                editor,
                Field::new(format!("{at}/mount"), Codec::Text, t::mount(locale)).class("mono").placeholder("/data"),
            )}
            {select(editor, Field::new(format!("{at}/kind"), Codec::Text, t::volume_kind(locale)), kinds)}
            {tick(editor, Field::new(format!("{at}/read_only"), Codec::Flag, t::read_only(locale)))}
        }
        .into_any()
    };
    let new = |_: Editor| json!({ "name": "data", "mount": "/data" });
    entries(editor, "/volumes", t::no_volumes(locale), t::add_volume(locale), new, row)
}

pub fn constraints(editor: Editor) -> AnyView {
    let locale = editor.locale;
    let row = |editor: Editor, at: String| {
        let locale = editor.locale;
        let operators = ["is", "is_not", "unique", "spread"]
            .map(|operator| (operator, t::operator(locale, operator).to_owned()));
        view! {
            {input(
                editor,
                Field::new(format!("{at}/attribute"), Codec::Text, t::attribute(locale))
                    .class("mono")
                    .placeholder("node.labels.zone"),
            )}
            {select(
                editor,
                Field::new(format!("{at}/operator"), Codec::Text, t::operator_label(locale)),
                [("", "–".to_owned())].into_iter().chain(operators).collect(),
            )}
            {input(editor, Field::new(format!("{at}/value"), Codec::Text, t::constraint_value(locale)).class("mono"))}
        }
        .into_any()
    };
    let new = |_: Editor| json!({ "attribute": "node.name", "operator": "spread" });
    entries(editor, "/constraints", t::no_constraints(locale), t::add_constraint(locale), new, row)
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
