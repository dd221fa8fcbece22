//! Fields of forms: label, hint, and the mistake that was found.

use leptos::prelude::*;
use model::problem::{FieldError, Problem};

use crate::text::{Locale, fault};

/// The fields of one form; several forms of a page must not share the names of their elements.
pub struct Fields<'a> {
    pub locale: Locale,
    pub refused: Option<&'a Problem>,
    pub form: &'static str,
}

/// What stands in a field.
#[derive(Default)]
pub struct Input {
    pub kind: &'static str,
    pub value: String,
    pub required: bool,
    pub mono: bool,
    pub placeholder: Option<&'static str>,
    pub hint: Option<&'static str>,
    /// The last part of the path that mistakes have, where it is not the input's name.
    pub path: Option<&'static str>,
}

impl Input {
    pub fn text(value: String) -> Self {
        Self { kind: "text", value, ..Self::default() }
    }

    pub fn number(value: String) -> Self {
        Self { kind: "number", value, ..Self::default() }
    }
}

impl Fields<'_> {
    pub fn mistake(&self, field: &str) -> Option<FieldError> {
        let ends = |error: &&FieldError| error.path.rsplit('/').next() == Some(field);
        self.refused?.errors.iter().find(ends).cloned()
    }

    pub fn input(&self, name: &'static str, label: &'static str, input: Input) -> AnyView {
        let id = format!("{}-{name}", self.form);
        let hint_id = format!("{id}-hint");
        let found = self.mistake(input.path.unwrap_or(name));
        view! {
            <div class="field">
                <label for=id.clone()>{label}</label>
                <input
                    id=id
                    name=name
                    type=input.kind
                    value=input.value
                    min=(input.kind == "number").then_some("0")
                    step=(input.kind == "number").then_some("any")
                    placeholder=input.placeholder
                    required=input.required
                    class=input.mono.then_some("mono")
                    autocomplete="off"
                    spellcheck="false"
                    aria-describedby=input.hint.map(|_| hint_id.clone())
                    aria-invalid=found.as_ref().map(|_| "true")
                />
                {found.map(|found| view! { <em>{fault::fault(self.locale, &found.fault)}</em> })}
                {input.hint.map(|hint| view! { <small id=hint_id>{hint}</small> })}
            </div>
        }
        .into_any()
    }

    pub fn choice(
        &self,
        name: &'static str,
        label: &'static str,
        chosen: &str,
        options: &[(&'static str, &'static str)],
    ) -> AnyView {
        let id = format!("{}-{name}", self.form);
        let option = |(value, word): &(&'static str, &'static str)| {
            view! {
                <option value=*value selected=*value == chosen>
                    {*word}
                </option>
            }
        };
        view! {
            <div class="field">
                <label for=id.clone()>{label}</label>
                <select id=id name=name>
                    {options.iter().map(option).collect_view()}
                </select>
            </div>
        }
        .into_any()
    }
}
