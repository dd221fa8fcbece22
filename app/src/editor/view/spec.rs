//! Fields as data: what a row of fields is made of, drawn by one function.

use leptos::prelude::*;
use serde_json::Value;

use super::field::{Field, input, select, tick};
use crate::editor::codec::Codec;
use crate::editor::state::Editor;
use crate::text::{Locale, editor as t};

pub type Words = fn(Locale) -> &'static str;
/// The values of a choice and their names.
pub type Options = &'static [(&'static str, Words)];

#[derive(Clone, Copy)]
enum Look {
    Line,
    Area(u8),
    Tick,
    /// An empty option stands before them for the default, which is the first of them.
    Select(Options),
}

/// One field below a part of the definition.
#[derive(Clone, Copy)]
pub struct Spec {
    part: &'static str,
    codec: Codec,
    label: Words,
    hint: Option<Words>,
    placeholder: &'static str,
    class: &'static str,
    kept: bool,
    look: Look,
}

impl Spec {
    pub const fn new(part: &'static str, codec: Codec, label: Words) -> Self {
        Self { part, codec, label, hint: None, placeholder: "", class: "", kept: false, look: Look::Line }
    }

    pub const fn text(part: &'static str, label: Words) -> Self {
        Self::new(part, Codec::Text, label)
    }

    pub const fn number(part: &'static str, label: Words) -> Self {
        Self::new(part, Codec::Number, label)
    }

    pub const fn tick(part: &'static str, label: Words) -> Self {
        let mut spec = Self::new(part, Codec::Flag, label);
        spec.look = Look::Tick;
        spec
    }

    pub const fn select(part: &'static str, label: Words, options: Options) -> Self {
        let mut spec = Self::text(part, label);
        spec.look = Look::Select(options);
        spec
    }

    pub const fn hint(mut self, hint: Words) -> Self {
        self.hint = Some(hint);
        self
    }

    pub const fn placeholder(mut self, placeholder: &'static str) -> Self {
        self.placeholder = placeholder;
        self
    }

    pub const fn class(mut self, class: &'static str) -> Self {
        self.class = class;
        self
    }

    pub const fn area(mut self, rows: u8) -> Self {
        self.look = Look::Area(rows);
        self
    }

    /// Emptied it stays in the JSON: without it the row would turn into another.
    pub const fn kept(mut self) -> Self {
        self.kept = true;
        self
    }

    /// Whether the field says something else than its default does: the server fills in all of them.
    fn differs(&self, part: &Value) -> bool {
        let shown = self.codec.show(part.pointer(&format!("/{}", self.part)));
        let default = match self.look {
            Look::Line | Look::Area(_) => self.placeholder,
            Look::Tick => "false",
            Look::Select(options) => options.first().map_or("", |(value, _)| *value),
        };
        !shown.is_empty() && shown != default
    }

    fn draw(self, editor: Editor, at: &str) -> AnyView {
        let locale = editor.locale;
        let mut field = Field::new(format!("{at}/{}", self.part), self.codec, (self.label)(locale));
        field.hint = self.hint.map(|hint| hint(locale).to_owned()).unwrap_or_default();
        field.placeholder = self.placeholder;
        field.class = self.class;
        field.kept = self.kept;
        match self.look {
            Look::Line => input(editor, field),
            Look::Area(rows) => {
                field.rows = Some(rows);
                input(editor, field)
            }
            Look::Tick => tick(editor, field),
            Look::Select(options) => {
                let default = options.first().map(|(_, name)| t::by_default_is(locale, name(locale)));
                let mut all = vec![("", default.unwrap_or_default())];
                all.extend(options.iter().map(|(value, name)| (*value, name(locale).to_owned())));
                select(editor, field, all)
            }
        }
    }
}

/// The fields of the part at `at`.
pub fn draw(editor: Editor, at: &str, specs: &[Spec]) -> AnyView {
    specs.iter().map(|spec| spec.draw(editor, at)).collect_view().into_any()
}

/// Rarely used fields, closed until one of them differs from its default or is wrong. `inner` shows the part `also`.
pub fn more(
    editor: Editor,
    at: &str,
    title: &'static str,
    specs: &'static [Spec],
    also: &'static str,
    inner: AnyView,
) -> AnyView {
    let wrong =
        editor.state.errors.iter().filter_map(|error| error.path.strip_prefix(at)?.strip_prefix('/')).any(
            |rest| {
                let within = |part: &str| {
                    rest.strip_prefix(part).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
                };
                specs.iter().any(|spec| within(spec.part)) || within(also)
            },
        );
    let used = editor.value.pointer(at).is_some_and(|part| {
        specs.iter().any(|spec| spec.differs(part)) || part.get(also).is_some_and(|map| !map.is_null())
    });
    view! {
        <details class="wide more" open=used || wrong>
            <summary>{title}</summary>
            <div class="more-fields">{draw(editor, at, specs)} {inner}</div>
        </details>
    }
    .into_any()
}
