//! One field of the form: label, input, hint, and its mistakes tied to it.

use leptos::prelude::*;
use serde_json::Value;

use crate::editor::codec::Codec;
use crate::editor::merge;
use crate::editor::shape::Shape;
use crate::editor::state::Editor;
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

/// The mistakes at `pointer`, as a list with the id that the input describes itself by.
pub fn mistakes(editor: Editor, pointer: &str, hint: String) -> AnyView {
    let errors = editor.errors_at(pointer);
    let notes = if errors.is_empty() {
        view! { <small class="field-hint">{hint}</small> }.into_any()
    } else {
        let note = |fault_of| view! { <em class="field-error">{fault(editor.locale, fault_of)}</em> };
        errors.iter().map(|error| note(&error.fault)).collect_view().into_any()
    };
    view! {
        <span class="field-note" id=format!("{}-note", id_of(pointer))>
            {notes}
        </span>
    }
    .into_any()
}

/// An input of one line, or of several.
pub fn input(editor: Editor, field: Field) -> AnyView {
    let Field { pointer, codec, label, hint, placeholder, class, list, rows, kept } = field;
    let text = codec.show(editor.value.pointer(&pointer));
    let wrong = !editor.errors_at(&pointer).is_empty();
    let id = id_of(&pointer);
    let name = merge::name(codec, &pointer);
    let numeric = matches!(codec, Codec::Number);
    let mono =
        if matches!(codec, Codec::Words | Codec::Shell) || class.contains("mono") { "mono" } else { "" };
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
                placeholder=placeholder
                autocomplete="off"
                autocapitalize="none"
                spellcheck="false"
                aria-describedby=note
                aria-invalid=wrong.then_some("true")
            >
                {text}
            </textarea>
        }
        .into_any(),
        None => view! {
            <input
                id=id.clone()
                name=name
                class=mono
                value=text
                placeholder=placeholder
                list=list
                inputmode=numeric.then_some("decimal")
                autocomplete="off"
                autocapitalize="none"
                spellcheck="false"
                aria-describedby=note
                aria-invalid=wrong.then_some("true")
            />
        }
        .into_any(),
    };
    let kept = kept.then(|| view! { <input type="hidden" name=merge::kept_name(&pointer) /> });
    view! {
        <div class=format!("field {class}") class:wrong=wrong>
            <label for=id>{label}</label>
            {control}
            {kept}
            {mistakes(editor, &pointer, hint)}
        </div>
    }
    .into_any()
}

/// A choice; the first option, empty, stands for the default.
pub fn select(editor: Editor, field: Field, options: Vec<(&'static str, String)>) -> AnyView {
    let text = field.codec.show(editor.value.pointer(&field.pointer));
    let name = merge::name(field.codec, &field.pointer);
    dropdown(editor, field, name, text, options)
}

/// A choice between sets of fields for the part at `at`; `field` says how it looks and whose mistakes it shows.
pub fn choose(
    editor: Editor,
    shape: Shape,
    at: &str,
    field: Field,
    options: Vec<(&'static str, String)>,
) -> AnyView {
    dropdown(editor, field, merge::shape_name(shape, at), editor.shape(shape, at), options)
}

fn dropdown(
    editor: Editor,
    field: Field,
    name: String,
    text: String,
    options: Vec<(&'static str, String)>,
) -> AnyView {
    let Field { pointer, label, hint, class, .. } = field;
    let wrong = !editor.errors_at(&pointer).is_empty();
    let id = id_of(&pointer);
    // What the JSON says and the form does not know stays choosable.
    let unknown = options
        .iter()
        .all(|(value, _)| *value != text)
        .then(|| view! { <option value=text.clone() selected=true>{text.clone()}</option> });
    let options = options
        .into_iter()
        .map(|(value, label)| view! { <option value=value selected=value == text>{label}</option> })
        .collect_view();
    view! {
        <div class=format!("field {class}") class:wrong=wrong>
            <label for=id.clone()>{label}</label>
            <select
                id=id.clone()
                name=name
                aria-describedby=format!("{id}-note")
                aria-invalid=wrong.then_some("true")
            >
                {options}
                {unknown}
            </select>
            {mistakes(editor, &pointer, hint)}
        </div>
    }
    .into_any()
}

/// A tick for `true`; unticked takes the field away.
pub fn tick(editor: Editor, field: Field) -> AnyView {
    let Field { pointer, codec, label, class, hint, .. } = field;
    let ticked = codec.show(editor.value.pointer(&pointer)) == "true";
    let id = id_of(&pointer);
    view! {
        <div class=format!("field tick {class}")>
            <label for=id.clone()>
                // An unticked box is not posted; the empty text says so.
                <input type="hidden" name=merge::name(codec, &pointer) value="" />
                <input
                    id=id.clone()
                    type="checkbox"
                    name=merge::name(codec, &pointer)
                    value="true"
                    checked=ticked
                    aria-describedby=format!("{id}-note")
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
    let value = editor.value.pointer(&pointer);
    let text = Codec::Words.show(value);
    let shell = value.map_or(editor.setup.posted.shells.contains(&pointer), Value::is_string);
    let wrong = !editor.errors_at(&pointer).is_empty();
    let id = id_of(&pointer);
    view! {
        <div class=format!("field {class}") class:wrong=wrong>
            <div class="field-top">
                <label for=id.clone()>{label}</label>
                <label class="field-tick">
                    <input type="checkbox" name=merge::shell_name(&pointer) checked=shell />
                    {shell_label}
                </label>
            </div>
            <input
                id=id.clone()
                name=merge::name(Codec::Words, &pointer)
                class="mono"
                value=text
                placeholder=placeholder
                autocomplete="off"
                autocapitalize="none"
                spellcheck="false"
                aria-describedby=format!("{id}-note")
                aria-invalid=wrong.then_some("true")
            />
            {mistakes(editor, &pointer, hint)}
        </div>
    }
    .into_any()
}
