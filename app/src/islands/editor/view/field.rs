//! One field of the form: label, input, hint, and its mistakes tied to it.

use leptos::prelude::*;
use serde_json::Value;

use crate::islands::editor::codec::Codec;
use crate::islands::editor::merge;
use crate::islands::editor::shape::Shape;
use crate::islands::editor::state::Editor;
use crate::text::fault::fault;

/// What a field is. `hint` stands under it while there is no mistake.
#[derive(Clone)]
pub struct Field {
    pub pointer: String,
    pub codec: Codec,
    pub label: &'static str,
    pub hint: String,
    pub placeholder: &'static str,
    pub class: &'static str,
    /// Id of a `<datalist>`.
    pub list: Option<&'static str>,
    /// Lines of a text that may be long.
    pub rows: Option<u8>,
    /// Stays in the JSON when it is emptied, since its being there says what its surroundings are.
    pub kept: bool,
}

impl Field {
    pub fn new(pointer: impl Into<String>, codec: Codec, label: &'static str) -> Self {
        Self {
            pointer: pointer.into(),
            codec,
            label,
            hint: String::new(),
            placeholder: "",
            class: "",
            list: None,
            rows: None,
            kept: false,
        }
    }

    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = hint.into();
        self
    }

    pub fn placeholder(mut self, placeholder: &'static str) -> Self {
        self.placeholder = placeholder;
        self
    }

    pub fn class(mut self, class: &'static str) -> Self {
        self.class = class;
        self
    }

    pub fn list(mut self, list: &'static str) -> Self {
        self.list = Some(list);
        self
    }
}

/// The id of the input at `pointer`, also the anchor that a list of mistakes links to.
pub fn id_of(pointer: &str) -> String {
    format!("field{pointer}")
}

/// The text that the person sees: theirs while it means what the JSON says, else the JSON's.
fn buffer(editor: Editor, pointer: String, codec: Codec) -> RwSignal<String> {
    let shown = {
        let pointer = pointer.clone();
        Memo::new(move |_| editor.value.with(|value| codec.show(value.pointer(&pointer))))
    };
    let text = RwSignal::new(shown.get_untracked());
    Effect::new(move |_| {
        let shown = shown.get();
        let meant = text.with_untracked(|text| codec.show(codec.read(text).as_ref()));
        if meant != shown {
            text.set(shown);
        }
    });
    text
}

/// The mistakes at `pointer`, as a list with the id that the input describes itself by.
pub fn mistakes(editor: Editor, pointer: &str, hint: String) -> impl IntoView + use<> {
    let errors = editor.errors_at(pointer.to_owned());
    let locale = editor.locale;
    view! {
        <span class="field-note" id=format!("{}-note", id_of(pointer))>
            {move || {
                let errors = errors.get();
                if errors.is_empty() {
                    return view! { <small class="field-hint">{hint.clone()}</small> }.into_any();
                }
                errors
                    .iter()
                    .map(|error| view! { <em class="field-error">{fault(locale, &error.fault)}</em> })
                    .collect_view()
                    .into_any()
            }}
        </span>
    }
}

/// An input of one line, or of several.
pub fn input(editor: Editor, field: Field) -> AnyView {
    let Field { pointer, codec, label, hint, placeholder, class, list, rows, kept } = field;
    let text = buffer(editor, pointer.clone(), codec);
    let errors = editor.errors_at(pointer.clone());
    let id = id_of(&pointer);
    let name = merge::name(codec, &pointer);
    let numeric = matches!(codec, Codec::Number);
    let mono =
        if matches!(codec, Codec::Words | Codec::Shell) || class.contains("mono") { "mono" } else { "" };
    let at = pointer.clone();
    let typed = move |event: leptos::ev::Event| {
        let typed = event_target_value(&event);
        let value = codec.read(&typed).or_else(|| kept.then(|| Value::String(String::new())));
        text.set(typed);
        editor.put(&at, value);
    };
    let wrong = move || errors.with(|errors| !errors.is_empty());
    let note = format!("{id}-note");
    // The look of code is the input's, not that of its label.
    let class = class.replace("mono", "");
    let control = match rows {
        Some(rows) => view! {
            <textarea
                id=id.clone()
                name=name
                class=mono
                rows=rows.to_string()
                prop:value=move || text.get()
                placeholder=placeholder
                autocomplete="off"
                autocapitalize="none"
                spellcheck="false"
                aria-describedby=note
                aria-invalid=move || wrong().then_some("true")
                on:input=typed
            >
                {text.get_untracked()}
            </textarea>
        }
        .into_any(),
        None => view! {
            <input
                id=id.clone()
                name=name
                class=mono
                value=text.get_untracked()
                prop:value=move || text.get()
                placeholder=placeholder
                list=list
                inputmode=numeric.then_some("decimal")
                autocomplete="off"
                autocapitalize="none"
                spellcheck="false"
                aria-describedby=note
                aria-invalid=move || wrong().then_some("true")
                on:input=typed
            />
        }
        .into_any(),
    };
    view! {
        <div class=format!("field {class}") class:wrong=wrong>
            <label for=id>{label}</label>
            {control}
            {mistakes(editor, &pointer, hint)}
        </div>
    }
    .into_any()
}

/// A choice; the first option, empty, stands for the default.
pub fn select(editor: Editor, field: Field, options: Vec<(&'static str, String)>) -> AnyView {
    let (pointer, codec) = (field.pointer.clone(), field.codec);
    let text = buffer(editor, pointer.clone(), codec);
    let name = merge::name(codec, &pointer);
    let write = move |chosen: String| {
        text.set(chosen.clone());
        editor.put(&pointer, codec.read(&chosen));
    };
    dropdown(editor, field, name, text.into(), Box::new(write), options)
}

/// A choice between sets of fields for the part at `at`; `field` says how it looks and whose mistakes it shows.
pub fn choose(
    editor: Editor,
    shape: Shape,
    at: String,
    field: Field,
    options: Vec<(&'static str, String)>,
) -> AnyView {
    let name = merge::shape_name(shape, &at);
    let chosen = editor.shape(shape, at.clone());
    let write = move |chosen: String| {
        let new = editor.value.with_untracked(|value| shape.switch(value.pointer(&at), &chosen));
        editor.put(&at, Some(new));
    };
    dropdown(editor, field, name, chosen.into(), Box::new(write), options)
}

fn dropdown(
    editor: Editor,
    field: Field,
    name: String,
    text: Signal<String>,
    write: Box<dyn Fn(String)>,
    options: Vec<(&'static str, String)>,
) -> AnyView {
    let Field { pointer, label, hint, class, .. } = field;
    let errors = editor.errors_at(pointer.clone());
    let id = id_of(&pointer);
    let known: Vec<&'static str> = options.iter().map(|(value, _)| *value).collect();
    let initial = text.get_untracked();
    view! {
        <div class=format!("field {class}") class:wrong=move || errors.with(|errors| !errors.is_empty())>
            <label for=id.clone()>{label}</label>
            <select
                id=id.clone()
                name=name
                prop:value=move || text.get()
                aria-describedby=format!("{id}-note")
                aria-invalid=move || errors.with(|errors| !errors.is_empty()).then_some("true")
                on:change=move |event| write(event_target_value(&event))
            >
                {options
                    .into_iter()
                    .map(|(value, label)| {
                        view! { <option value=value selected=value == initial>{label}</option> }
                    })
                    .collect_view()}
                // What the JSON says and the form does not know stays choosable.
                {move || {
                    let text = text.get();
                    (!known.contains(&text.as_str()))
                        .then(|| view! { <option value=text.clone() selected=true>{text.clone()}</option> })
                }}
            </select>
            {mistakes(editor, &pointer, hint)}
        </div>
    }
    .into_any()
}

/// A tick for `true`; unticked takes the field away.
pub fn tick(editor: Editor, field: Field) -> AnyView {
    let Field { pointer, codec, label, class, hint, .. } = field;
    let text = buffer(editor, pointer.clone(), codec);
    let id = id_of(&pointer);
    let at = pointer.clone();
    view! {
        <div class=format!("field tick {class}")>
            <label for=id.clone()>
                // Without scripts an unticked box is not posted; the empty text says so.
                <input type="hidden" name=merge::name(codec, &pointer) value="" prop:disabled=move || text.get() == "true" />
                <input
                    id=id.clone()
                    type="checkbox"
                    name=merge::name(codec, &pointer)
                    value="true"
                    checked=text.get_untracked() == "true"
                    prop:checked=move || text.get() == "true"
                    aria-describedby=format!("{id}-note")
                    on:change=move |event| {
                        let ticked = event_target_checked(&event);
                        text.set(if ticked { "true".to_owned() } else { String::new() });
                        editor.put(&at, codec.read(if ticked { "true" } else { "" }));
                    }
                />
                {label}
            </label>
            {mistakes(editor, &pointer, hint)}
        </div>
    }
    .into_any()
}

/// A command: one line of words, or a line for a shell.
pub fn command(editor: Editor, field: Field, shell_label: &'static str) -> AnyView {
    let Field { pointer, label, hint, placeholder, class, .. } = field;
    let shown = {
        let pointer = pointer.clone();
        Memo::new(move |_| editor.value.with(|value| Codec::Words.show(value.pointer(&pointer))))
    };
    let is_shell = {
        let pointer = pointer.clone();
        move || editor.value.with_untracked(|value| value.pointer(&pointer).is_some_and(Value::is_string))
    };
    let shell = RwSignal::new(is_shell());
    let codec = move || if shell.get_untracked() { Codec::Shell } else { Codec::Words };
    let text = RwSignal::new(shown.get_untracked());
    Effect::new(move |_| {
        let shown = shown.get();
        let meant = text.with_untracked(|text| codec().show(codec().read(text).as_ref()));
        if meant != shown {
            if !shown.is_empty() {
                shell.set(is_shell());
            }
            text.set(shown);
        }
    });
    let errors = editor.errors_at(pointer.clone());
    let id = id_of(&pointer);
    let (typed_at, ticked_at) = (pointer.clone(), pointer.clone());
    view! {
        <div class=format!("field {class}") class:wrong=move || errors.with(|errors| !errors.is_empty())>
            <div class="field-top">
                <label for=id.clone()>{label}</label>
                <label class="field-tick">
                    <input
                        type="checkbox"
                        name=merge::shell_name(&pointer)
                        checked=shell.get_untracked()
                        prop:checked=move || shell.get()
                        on:change=move |event| {
                            shell.set(event_target_checked(&event));
                            editor.put(&ticked_at, text.with_untracked(|text| codec().read(text)));
                        }
                    />
                    {shell_label}
                </label>
            </div>
            <input
                id=id.clone()
                name=merge::name(Codec::Words, &pointer)
                class="mono"
                value=text.get_untracked()
                prop:value=move || text.get()
                placeholder=placeholder
                autocomplete="off"
                autocapitalize="none"
                spellcheck="false"
                aria-describedby=format!("{id}-note")
                aria-invalid=move || errors.with(|errors| !errors.is_empty()).then_some("true")
                on:input=move |event| {
                    let typed = event_target_value(&event);
                    let value = codec().read(&typed);
                    text.set(typed);
                    editor.put(&typed_at, value);
                }
            />
            {mistakes(editor, &pointer, hint)}
        </div>
    }
    .into_any()
}
