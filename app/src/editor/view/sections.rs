//! The sections of the form.

use leptos::prelude::*;
use model::definition::NetworkMode;

use super::checks::checks;
use super::field::{Field, command, input, mistakes, select};
use super::lists;
use super::strategy::strategy;
use crate::editor::IMAGES;
use crate::editor::act::{KEPT_SOURCE, SOURCE};
use crate::editor::codec::Codec;
use crate::editor::document::Section;
use crate::editor::fields;
use crate::editor::source::Source;
use crate::editor::state::Editor;
use crate::islands::upload::ArtifactUpload;
use crate::text::editor as t;
use crate::text::fault::fault;

/// Whether this environment's engine can use a section, or the definition uses it already.
pub fn there(editor: Editor, section: Section) -> bool {
    match section {
        Section::Storage => editor.setup.capabilities.volumes || editor.has("/volumes"),
        Section::Placement => editor.setup.capabilities.constraints || editor.has("/constraints"),
        _ => true,
    }
}

/// All sections that are there.
pub fn all(editor: Editor) -> AnyView {
    Section::ALL
        .into_iter()
        .filter(|each| there(editor, *each))
        .map(|each| {
            let content = match each {
                Section::What => what(editor),
                Section::Resources => resources(editor),
                Section::Network => lists::ports(editor),
                Section::Health => lists::health(editor),
                Section::Environment => lists::variables(editor),
                Section::Storage => lists::volumes(editor),
                Section::Placement => lists::constraints(editor),
                Section::Strategy => strategy(editor),
                Section::Checks => checks(editor),
                Section::Stop => stop(editor),
            };
            section(editor, each, content)
        })
        .collect_view()
        .into_any()
}

fn section(editor: Editor, section: Section, content: AnyView) -> AnyView {
    let locale = editor.locale;
    // The form waits for the JSON; without scripts both sides are posted at once.
    let waits = editor.state.syntax.is_some() && editor.setup.posted.scripted;
    let errors = fields::of_section(&editor.state.errors, section)
        .into_iter()
        .map(|error| {
            let place = error.path.trim_start_matches('/').replace('/', ".");
            view! {
                <p class="field-error wide">
                    {(!place.is_empty()).then(|| view! { <code>{place}</code> " " })}
                    {fault(locale, &error.fault)}
                </p>
            }
        })
        .collect_view();
    view! {
        <fieldset
            class="editor-section"
            id=section.anchor()
            aria-labelledby=format!("{}-title", section.anchor())
            inert=waits
        >
            <h2 id=format!("{}-title", section.anchor())>{t::section(locale, section)}</h2>
            {errors}
            {content}
        </fieldset>
    }
    .into_any()
}

/// What says what runs, as buttons; what was said of the others is kept for the way back.
fn sources(editor: Editor) -> AnyView {
    let locale = editor.locale;
    let can = &editor.setup.capabilities;
    let chosen = editor.source();
    let offered = |source: &Source| match source {
        Source::Command => can.commands || can.images || can.artifacts,
        Source::Artifact => can.artifacts || editor.has("/artifact"),
        Source::Image => can.images || editor.has("/image"),
    };
    let buttons = Source::ALL
        .into_iter()
        .filter(offered)
        .map(|source| {
            view! {
                <button
                    name="do"
                    value=format!("source:{}", source.word())
                    class="choice"
                    aria-pressed=if chosen == source { "true" } else { "false" }
                >
                    <b>{t::source(locale, source)}</b>
                    <span>{t::source_hint(locale, source)}</span>
                </button>
            }
        })
        .collect_view();
    let kept = editor
        .setup
        .posted
        .kept
        .iter()
        .map(|(pointer, value)| {
            view! { <input type="hidden" name=format!("{KEPT_SOURCE}{pointer}") value=value.clone() /> }
        })
        .collect_view();
    view! {
        <input type="hidden" name=SOURCE value=chosen.word() />
        {kept}
        <div class="wide choices needs-script" role="group" aria-label=t::what_runs(locale)>
            {buttons}
        </div>
    }
    .into_any()
}

fn what(editor: Editor) -> AnyView {
    let locale = editor.locale;
    let creating = editor.creating();
    let setup = editor.setup;
    let chosen = editor.source();
    let wrong = !editor.errors_at("/name").is_empty();
    let options = |names: &[String]| {
        names.iter().map(|name| view! { <option value=name.clone()></option> }).collect_view()
    };
    let hint = if creating { t::name_hint(locale) } else { t::name_fixed(locale) };
    view! {
        <div class="field" class:wrong=wrong>
            <label for="field/name">{t::name(locale)}</label>
            <input
                id="field/name"
                name="name"
                value=setup.name.clone()
                readonly=!creating
                required=creating
                maxlength="63"
                autocomplete="off"
                autocapitalize="none"
                spellcheck="false"
                aria-describedby="field/name-note"
                aria-invalid=wrong.then_some("true")
            />
            {mistakes(editor, "/name", hint.to_owned())}
        </div>
        {input(
            editor,
            Field::new("/project", Codec::Text, t::project(locale)).placeholder("default").list("known-projects"),
        )}
        <datalist id="known-projects">{options(&setup.projects)}</datalist>
        {sources(editor)}
        <div class="wide" class:only-without-script=chosen != Source::Image>
            {input(
                editor,
                Field::new("/image", Codec::Text, t::image(locale))
                    .class("mono")
                    .placeholder("registry.example:5000/shop/api:1.4.2")
                    .list(IMAGES),
            )}
        </div>
        <div class="wide artifact" class:only-without-script=chosen != Source::Artifact>
            {input(
                editor,
                Field::new("/artifact", Codec::Text, t::artifact(locale))
                    .class("mono")
                    .placeholder("shop-api/1.4.2")
                    .hint(t::artifact_hint(locale))
                    .list("known-artifacts"),
            )}
            <datalist id="known-artifacts">{options(&setup.artifacts)}</datalist>
            <ArtifactUpload locale=locale />
        </div>
        <div class="wide">
            {command(
                editor,
                Field::new("/command", Codec::Words, t::command(locale))
                    .placeholder("./api --port $PORT")
                    .hint(t::command_hint(locale)),
                t::through_shell(locale),
            )}
        </div>
    }
    .into_any()
}

fn resources(editor: Editor) -> AnyView {
    let locale = editor.locale;
    let (cpu, memory) = (editor.setup.capabilities.cpu_limit, editor.setup.capabilities.memory_limit);
    view! {
        {input(
            editor,
            Field::new("/instances", Codec::Number, t::instances(locale)).placeholder("1").hint(t::instances_hint(locale)),
        )}
        <div class="field-gap" aria-hidden="true"></div>
        {input(
            editor,
            Field::new("/resources/cpus", Codec::Number, t::cpus(locale)).placeholder("0.5").hint(t::enforced(locale, cpu)),
        )}
        {input(
            editor,
            Field::new("/resources/memory_mb", Codec::Number, t::memory(locale))
                .placeholder("256")
                .hint(t::enforced(locale, memory)),
        )}
    }
    .into_any()
}

/// How instances are connected; nothing to choose where the engine has one way.
pub fn network_mode(editor: Editor) -> AnyView {
    let locale = editor.locale;
    let modes = &editor.setup.capabilities.network_modes;
    if modes.len() < 2 && editor.value.get("network").is_none() {
        return ().into_any();
    }
    let word = |mode: NetworkMode| match mode {
        NetworkMode::Host => "host",
        NetworkMode::Bridge => "bridge",
        NetworkMode::Overlay => "overlay",
        NetworkMode::None => "none",
    };
    let mut options = vec![("", t::by_default(locale).to_owned())];
    options.extend(modes.iter().map(|mode| (word(*mode), t::network_mode(locale, *mode).to_owned())));
    select(editor, Field::new("/network/mode", Codec::Text, t::network(locale)), options)
}

fn stop(editor: Editor) -> AnyView {
    let locale = editor.locale;
    let signals = ["SIGTERM", "SIGINT", "SIGQUIT", "SIGHUP", "SIGUSR1", "SIGUSR2", "SIGKILL"];
    let mut options = vec![("", t::by_default_is(locale, "SIGTERM"))];
    options.extend(signals.map(|signal| (signal, signal.to_owned())));
    view! {
        {select(editor, Field::new("/stop/signal", Codec::Text, t::stop_signal(locale)), options)}
        {input(
            editor,
            Field::new("/stop/grace", Codec::Text, t::stop_grace(locale)).placeholder("10s").hint(t::stop_hint(locale)),
        )}
        {input(editor, Field::new("/restart/backoff", Codec::Text, t::backoff(locale)).placeholder("1s"))}
        {input(
            editor,
            Field::new("/restart/factor", Codec::Number, t::factor(locale)).placeholder("1.15").hint(t::factor_hint(locale)),
        )}
        {input(editor, Field::new("/restart/max_delay", Codec::Text, t::max_delay(locale)).placeholder("5m"))}
    }
    .into_any()
}
