//! The parts of the form that repeat: ports, health checks, variables, labels, volumes, constraints.

use leptos::prelude::*;

use super::entries::{List, entries};
use super::field::{Field, command, input, select, tick};
use super::pairs::pairs;
use super::sections::network_mode;
use crate::editor::codec::Codec;
use crate::editor::state::Editor;
use crate::text::editor as t;

pub fn ports(editor: Editor) -> AnyView {
    let locale = editor.locale;
    let row = |editor: Editor, at: String| {
        let locale = editor.locale;
        let can = &editor.setup.capabilities;
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
        {entries(editor, List::new("/ports", t::no_ports, t::add_port, row))}
        {network_mode(editor)}
        <h3 class="wide">{t::own_metrics(locale)}</h3>
        {input(
            editor,
            Field::new("/metrics/path", Codec::Text, t::path(locale)).class("mono").hint(t::own_metrics_hint(locale)),
        )}
        {input(editor, Field::new("/metrics/port", Codec::Text, t::port(locale)).hint(t::first_port(locale)))}
        {input(editor, Field::new("/metrics/interval", Codec::Text, t::interval(locale)).placeholder("15s"))}
    }
    .into_any()
}

pub fn health(editor: Editor) -> AnyView {
    let locale = editor.locale;
    view! {
        <p class="wide section-hint">{t::health_hint(locale)}</p>
        {entries(editor, List::new("/health_checks", t::no_checks, t::add_check, check))}
        {input(
            editor,
            Field::new("/ready_after", Codec::Text, t::ready_after(locale)).hint(t::ready_after_hint(locale)),
        )}
    }
    .into_any()
}

fn check(editor: Editor, at: String) -> AnyView {
    let locale = editor.locale;
    let kind = editor.text_at(&format!("{at}/kind"));
    // Without scripts the kind is chosen together with its fields.
    let (http, port) = (kind == "http", kind == "http" || kind == "tcp");
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
        <div class="field-slot" class:only-without-script=!http>
            {input(editor, field("path", Codec::Text, t::path(locale)).class("mono").placeholder("/"))}
        </div>
        <div class="field-slot" class:only-without-script=!port>
            {input(editor, field("port", Codec::Text, t::port(locale)).hint(t::first_port(locale)))}
        </div>
        <div class="wide" class:only-without-script=kind != "command">
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
    entries(editor, List::new("/volumes", t::no_volumes, t::add_volume, row))
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
    entries(editor, List::new("/constraints", t::no_constraints, t::add_constraint, row))
}
