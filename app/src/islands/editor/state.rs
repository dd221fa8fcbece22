//! What the editor's parts share in the browser.

use leptos::prelude::*;
use model::api::Plan;
use model::environment::{Capabilities, EngineKind};
use model::id::RevisionNumber;
use model::problem::{Fault, FieldError};
use model::window::Closed;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::document::{self, Section, SyntaxFault, read};
use super::shape::Shape;
use super::{fields, pointer, print};
use crate::text::Locale;

/// What the page hands to the island.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Setup {
    pub locale: Locale,
    pub environment: String,
    pub protected: bool,
    /// The app's name; a person's to choose while `revision` is `None`.
    pub name: String,
    /// The revision that is edited; `None` for a new app.
    pub revision: Option<RevisionNumber>,
    /// The definition as text, with `instances`.
    pub text: String,
    /// The text as the page first showed it, for forms without scripts.
    pub shown: String,
    pub reason: String,
    pub engine: EngineKind,
    pub capabilities: Capabilities,
    /// What the server said to the last try.
    pub errors: Vec<FieldError>,
    /// Show missing fields as mistakes: after a first try, and for an app that exists.
    pub attempted: bool,
    /// A deployment that runs now and that this one would end.
    pub running: Option<u32>,
    pub plan: Option<Plan>,
    /// What keeps new versions out now.
    pub closed: Option<Closed>,
    /// The person may go on all the same.
    pub may_override: bool,
    /// Uploaded artifacts, `name/version`, newest first.
    pub artifacts: Vec<String>,
    pub projects: Vec<String>,
}

/// The signals of one editor; a handle that copies.
#[derive(Clone, Copy)]
pub struct Editor {
    pub locale: Locale,
    pub setup: StoredValue<Setup>,
    pub name: RwSignal<String>,
    pub text: RwSignal<String>,
    /// Last text that was JSON.
    pub value: RwSignal<Value>,
    pub syntax: RwSignal<Option<SyntaxFault>>,
    pub attempted: RwSignal<bool>,
    /// Scripts run: what only they can do is shown, what stands in for it is not.
    pub live: RwSignal<bool>,
    /// Every mistake to be shown now.
    pub errors: Memo<Vec<FieldError>>,
    /// The definition has no mistake, shown or not, so that the server can plan it.
    pub plannable: Memo<bool>,
    server: RwSignal<Vec<FieldError>>,
}

impl Editor {
    pub fn new(setup: Setup) -> Self {
        let parsed = read(&setup.text);
        let value = RwSignal::new(
            parsed
                .clone()
                .or_else(|_| read(&setup.shown))
                .unwrap_or_else(|_| Value::Object(serde_json::Map::default())),
        );
        let name = RwSignal::new(setup.name.clone());
        let attempted = RwSignal::new(setup.attempted);
        let server = RwSignal::new(setup.errors.clone());
        let (engine, can, creating) = (setup.engine, setup.capabilities.clone(), setup.revision.is_none());
        let errors = Memo::new(move |_| {
            let mut errors = value.with(|value| document::mistakes(value, engine, &can));
            if creating {
                errors.extend(name.with(|name| name_mistake(name)));
            }
            if !attempted.get() {
                errors.retain(|error| !matches!(error.fault, Fault::Required | Fault::NothingRuns));
            }
            server.with(|server| {
                errors
                    .extend(server.iter().filter(|said| !errors.contains(said)).cloned().collect::<Vec<_>>());
            });
            errors
        });
        let can = setup.capabilities.clone();
        let syntax = RwSignal::new(parsed.err());
        let plannable = Memo::new(move |_| {
            syntax.with(Option::is_none)
                && value.with(|value| document::mistakes(value, engine, &can).is_empty())
        });
        Self {
            locale: setup.locale,
            plannable,
            name,
            text: RwSignal::new(setup.text.clone()),
            value,
            syntax,
            attempted,
            live: RwSignal::new(false),
            errors,
            server,
            setup: StoredValue::new(setup),
        }
    }

    pub fn creating(self) -> bool {
        self.setup.with_value(|setup| setup.revision.is_none())
    }

    /// Writes one part from the form side.
    pub fn put(self, at: &str, new: Option<Value>) {
        self.value.update(|value| pointer::put(value, at, new));
        self.text.set(self.value.with_untracked(print::print));
        self.server.update(|server| server.retain(|error| !error.path.starts_with(at)));
    }

    /// Lets two entries of a list change places.
    pub fn swap(self, list: &str, one: usize, other: usize) {
        self.value.update(|value| pointer::swap(value, list, one, other));
        self.text.set(self.value.with_untracked(print::print));
        self.server.update(|server| server.retain(|error| !error.path.starts_with(list)));
    }

    /// Takes what the server found wrong when it planned the definition, in the place of what it said before.
    pub fn planned(self, mut found: Vec<FieldError>) {
        // A plan says nothing of the name.
        self.server.with_untracked(|server| {
            found.extend(server.iter().filter(|error| error.path == "/name").cloned());
        });
        if self.server.with_untracked(|server| *server != found) {
            self.server.set(found);
        }
    }

    /// Takes a text from the JSON side; the form follows once it is JSON.
    pub fn type_text(self, text: String) {
        match read(&text) {
            Ok(value) => {
                if self.value.with_untracked(|old| *old != value) {
                    self.value.set(value);
                    self.server.set(Vec::new());
                }
                self.syntax.set(None);
            }
            Err(fault) => self.syntax.set(Some(fault)),
        }
        self.text.set(text);
    }

    /// Back to the last text that was JSON, or tidied.
    pub fn print(self) {
        self.text.set(self.value.with_untracked(print::print));
        self.syntax.set(None);
    }

    pub fn rename(self, name: String) {
        self.name.set(name);
        self.server.update(|server| server.retain(|error| error.path != "/name"));
    }

    /// Length of the list at `at`.
    pub fn length(self, at: &'static str) -> Memo<usize> {
        let value = self.value;
        Memo::new(move |_| {
            value.with(|value| value.pointer(at).and_then(Value::as_array).map_or(0, Vec::len))
        })
    }

    /// The text at `at`, or nothing.
    pub fn text_at(self, at: String) -> Memo<String> {
        let value = self.value;
        Memo::new(move |_| {
            value.with(|value| value.pointer(&at).and_then(Value::as_str).unwrap_or_default().to_owned())
        })
    }

    /// The way that the part at `at` goes.
    pub fn shape(self, shape: Shape, at: String) -> Memo<String> {
        let value = self.value;
        Memo::new(move |_| value.with(|value| shape.of(value.pointer(&at))))
    }

    pub fn has(self, at: &'static str) -> bool {
        self.value.with(|value| value.pointer(at).is_some_and(|part| !part.is_null()))
    }

    /// Mistakes counted for the table of contents.
    pub fn count(self, section: Section) -> usize {
        self.errors
            .with(|errors| errors.iter().filter(|error| Section::of(&error.path) == Some(section)).count())
    }

    /// Mistakes shown at the field `at`.
    pub fn errors_at(self, at: String) -> Memo<Vec<FieldError>> {
        let errors = self.errors;
        Memo::new(move |_| errors.with(|errors| fields::at(errors, &at).into_iter().cloned().collect()))
    }
}

fn name_mistake(name: &str) -> Option<FieldError> {
    let fault = match model::id::check_name(name) {
        Ok(()) => return None,
        Err(model::id::NameError::Empty) => Fault::Required,
        Err(_) => Fault::NotDnsLabel,
    };
    Some(FieldError::new("/name", fault))
}
