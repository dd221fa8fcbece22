//! The sections of the form.

use leptos::prelude::*;
use model::definition::NetworkMode;
use serde_json::Value;

use super::checks::checks;
use super::field::{Field, command, input, select};
use super::strategy::strategy;
use super::{lists, upload};
use crate::islands::editor::codec::Codec;
use crate::islands::editor::document::Section;
use crate::islands::editor::fields;
use crate::islands::editor::state::Editor;
use crate::text::editor as t;
use crate::text::fault::fault;

/// All sections that this environment's engine can use, or that the definition uses already.
pub fn all(editor: Editor) -> AnyView {
    let can = editor.setup.with_value(|setup| setup.capabilities.clone());
    let volumes = Memo::new(move |_| can.volumes || editor.has("/volumes"));
    let constraints = Memo::new(move |_| {
        editor.setup.with_value(|setup| setup.capabilities.constraints) || editor.has("/constraints")
    });
    view! {
        {section(editor, Section::What, what(editor))}
        {section(editor, Section::Resources, resources(editor))}
        {section(editor, Section::Network, lists::ports(editor))}
        {section(editor, Section::Health, lists::health(editor))}
        {section(editor, Section::Environment, lists::variables(editor))}
        {move || volumes.get().then(|| section(editor, Section::Storage, lists::volumes(editor)))}
        {move || constraints.get().then(|| section(editor, Section::Placement, lists::constraints(editor)))}
        {section(editor, Section::Strategy, strategy(editor))}
        {section(editor, Section::Checks, checks(editor))}
        {section(editor, Section::Stop, stop(editor))}
    }
    .into_any()
}

fn section(editor: Editor, section: Section, content: AnyView) -> AnyView {
    let locale = editor.locale;
    let broken = move || editor.syntax.with(Option::is_some);
    view! {
        <fieldset
            class="editor-section"
            id=section.anchor()
            aria-labelledby=format!("{}-title", section.anchor())
            prop:disabled=broken
        >
            <h2 id=format!("{}-title", section.anchor())>{t::section(locale, section)}</h2>
            {move || {
                editor
                    .errors
                    .with(|errors| {
                        fields::of_section(errors, section)
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
                            .collect_view()
                    })
            }}
            {content}
        </fieldset>
    }
    .into_any()
}

/// What says what runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Source {
    Command,
    Artifact,
    Image,
}

impl Source {
    const ALL: [Self; 3] = [Self::Command, Self::Artifact, Self::Image];

    const fn pointer(self) -> Option<&'static str> {
        match self {
            Self::Command => None,
            Self::Artifact => Some("/artifact"),
            Self::Image => Some("/image"),
        }
    }
}

fn what(editor: Editor) -> AnyView {
    let locale = editor.locale;
    let creating = editor.creating();
    let (projects, artifacts, can) = editor
        .setup
        .with_value(|setup| (setup.projects.clone(), setup.artifacts.clone(), setup.capabilities.clone()));
    let offered = move |source: Source| match source {
        Source::Command => can.commands || can.images || can.artifacts,
        Source::Artifact => can.artifacts || editor.has("/artifact"),
        Source::Image => can.images || editor.has("/image"),
    };
    let used = move || {
        if editor.has("/image") {
            Source::Image
        } else if editor.has("/artifact") {
            Source::Artifact
        } else {
            Source::Command
        }
    };
    let chosen = RwSignal::new(used());
    Effect::new(move |_| {
        let used = used();
        if used != Source::Command {
            chosen.set(used);
        }
    });
    // What was said of a source before another was chosen, so that going back brings it back.
    let remembered = StoredValue::new(std::collections::HashMap::<Source, Value>::new());
    let choose = move |source: Source| {
        let before = chosen.get_untracked();
        if let Some(pointer) = before.pointer() {
            if let Some(value) = editor.value.with_untracked(|value| value.pointer(pointer).cloned()) {
                remembered.update_value(|all| {
                    all.insert(before, value);
                });
            }
            editor.put(pointer, None);
        }
        chosen.set(source);
        if let (Some(pointer), Some(value)) =
            (source.pointer(), remembered.with_value(|all| all.get(&source).cloned()))
        {
            editor.put(pointer, Some(value));
        }
    };
    let live = editor.live;
    let name_errors = editor.errors_at("/name".to_owned());
    view! {
        <div class="field" class:wrong=move || name_errors.with(|errors| !errors.is_empty())>
            <label for="field/name">{t::name(locale)}</label>
            <input
                id="field/name"
                name="name"
                value=editor.name.get_untracked()
                prop:value=move || editor.name.get()
                readonly=!creating
                required=creating
                maxlength="63"
                autocomplete="off"
                autocapitalize="none"
                spellcheck="false"
                aria-describedby="field/name-note"
                aria-invalid=move || name_errors.with(|errors| !errors.is_empty()).then_some("true")
                on:input=move |event| editor.rename(event_target_value(&event))
            />
            {super::field::mistakes(
                editor,
                "/name",
                if creating { t::name_hint(locale).to_owned() } else { t::name_fixed(locale).to_owned() },
            )}
        </div>
        {input(
            editor,
            Field::new("/project", Codec::Text, t::project(locale)).placeholder("default").list("known-projects"),
        )}
        <datalist id="known-projects">
            {projects.into_iter().map(|name| view! { <option value=name></option> }).collect_view()}
        </datalist>
        <div class="wide choices" role="group" aria-label=t::what_runs(locale) class:needs-script=true>
            {Source::ALL
                .into_iter()
                .filter(|source| offered(*source))
                .map(|source| {
                    view! {
                        <button
                            type="button"
                            class="choice"
                            aria-pressed=move || if chosen.get() == source { "true" } else { "false" }
                            on:click=move |_| choose(source)
                        >
                            <b>{t::source(locale, source)}</b>
                            <span>{t::source_hint(locale, source)}</span>
                        </button>
                    }
                })
                .collect_view()}
        </div>
        <div class="wide" hidden=move || live.get() && chosen.get() != Source::Image>
            {input(
                editor,
                Field::new("/image", Codec::Text, t::image(locale))
                    .class("mono")
                    .placeholder("registry.example:5000/shop/api:1.4.2"),
            )}
        </div>
        <div class="wide artifact" hidden=move || live.get() && chosen.get() != Source::Artifact>
            {input(
                editor,
                Field::new("/artifact", Codec::Text, t::artifact(locale))
                    .class("mono")
                    .placeholder("shop-api/1.4.2")
                    .hint(t::artifact_hint(locale))
                    .list("known-artifacts"),
            )}
            <datalist id="known-artifacts">
                {artifacts.into_iter().map(|name| view! { <option value=name></option> }).collect_view()}
            </datalist>
            {upload::view(editor)}
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
    let (cpu, memory) =
        editor.setup.with_value(|setup| (setup.capabilities.cpu_limit, setup.capabilities.memory_limit));
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
    let modes = editor.setup.with_value(|setup| setup.capabilities.network_modes.clone());
    if modes.len() < 2 && !editor.value.with_untracked(|value| value.get("network").is_some()) {
        return ().into_any();
    }
    let word = |mode: NetworkMode| match mode {
        NetworkMode::Host => "host",
        NetworkMode::Bridge => "bridge",
        NetworkMode::Overlay => "overlay",
        NetworkMode::None => "none",
    };
    let mut options = vec![("", t::by_default(locale).to_owned())];
    options.extend(modes.into_iter().map(|mode| (word(mode), t::network_mode(locale, mode).to_owned())));
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
