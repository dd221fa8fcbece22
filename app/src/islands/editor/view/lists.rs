//! The parts of the form that repeat: ports, health checks, variables, labels, volumes, constraints.

use leptos::prelude::*;
use serde_json::{Value, json};

use super::entries::{List, entries};
use super::field::{Field, command, input, select, tick};
use super::pairs::pairs;
use super::sections::network_mode;
use crate::islands::editor::codec::Codec;
use crate::islands::editor::pointer::child;
use crate::islands::editor::state::Editor;
use crate::text::editor as t;

pub fn ports(editor: Editor) -> AnyView {
    let locale = editor.locale;
    let new = |editor: Editor, _: &str| {
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
        {entries(editor, List::new("/ports", t::no_ports, t::add_port, new, row))}
        {network_mode(editor)}
    }
    .into_any()
}

pub fn health(editor: Editor) -> AnyView {
    let locale = editor.locale;
    let new = |_: Editor, _: &str| json!({ "kind": "http", "path": "/healthz" });
    view! {
        <p class="wide section-hint">{t::health_hint(locale)}</p>
        {entries(editor, List::new("/health_checks", t::no_checks, t::add_check, new, check))}
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
        {pairs(editor, "/env".to_owned(), t::variable_key(locale), t::variable_value(locale), t::add_variable(locale))}
        <h3 class="wide">{t::labels(locale)}</h3>
        {pairs(editor, "/labels".to_owned(), t::label_key(locale), t::label_value(locale), t::add_label(locale))}
    }
    .into_any()
}

pub fn volumes(editor: Editor) -> AnyView {
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
    let new = |_: Editor, _: &str| json!({ "name": "data", "mount": "/data" });
    entries(editor, List::new("/volumes", t::no_volumes, t::add_volume, new, row))
}

pub fn constraints(editor: Editor) -> AnyView {
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
    let new = |_: Editor, _: &str| json!({ "attribute": "node.name", "operator": "spread" });
    entries(editor, List::new("/constraints", t::no_constraints, t::add_constraint, new, row))
}
