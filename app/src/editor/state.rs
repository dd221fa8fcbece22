//! What one answer of the editor is drawn from.

use model::api::Plan;
use model::environment::{Capabilities, EngineKind};
use model::id::RevisionNumber;
use model::problem::{Fault, FieldError, Problem};
use model::window::Closed;
use serde_json::Value;

use super::act::Posted;
use super::document::{self, Section, SyntaxFault, read};
use super::fields;
use super::rows::{Rows, pairs, unpair};
use super::shape::Shape;
use super::source::Source;
use crate::text::Locale;

/// What the page knows.
#[derive(Debug, Clone, PartialEq)]
pub struct Setup {
    pub locale: Locale,
    pub protected: bool,
    /// The app's name; a person's to choose while `revision` is `None`.
    pub name: String,
    /// The revision that is edited; `None` for a new app.
    pub revision: Option<RevisionNumber>,
    /// The definition as text, with `instances`.
    pub text: String,
    /// The text as the form showed it last.
    pub shown: String,
    pub reason: String,
    /// The workload whose place the app takes.
    pub adopts: Option<String>,
    pub engine: EngineKind,
    pub capabilities: Capabilities,
    /// What the server said to the last try, or to the plan.
    pub errors: Vec<FieldError>,
    /// Show missing fields as mistakes: after a first try, and for an app that exists.
    pub attempted: bool,
    /// A deployment that runs now and that this one would end.
    pub running: Option<u32>,
    pub plan: Option<Result<Plan, Problem>>,
    /// What keeps new versions out now.
    pub closed: Option<Closed>,
    /// The person may go on all the same.
    pub may_override: bool,
    /// Uploaded artifacts, `name/version`, newest first.
    pub artifacts: Vec<String>,
    pub projects: Vec<String>,
    /// What was posted beside the definition.
    pub posted: Posted,
}

/// What follows from it.
pub struct State {
    pub setup: Setup,
    /// The definition, or the last one that was JSON.
    pub value: Value,
    pub syntax: Option<SyntaxFault>,
    /// Every mistake to be shown now.
    pub errors: Vec<FieldError>,
    /// The definition has no mistake, shown or not, so that it can be planned.
    pub plannable: bool,
}

impl State {
    pub fn new(setup: Setup) -> Self {
        let (value, syntax) = match read(&setup.text) {
            Ok(value) => (value, None),
            Err(fault) => (
                read(&setup.shown).unwrap_or_else(|_| Value::Object(serde_json::Map::default())),
                Some(fault),
            ),
        };
        let mut errors = document::mistakes(&value, setup.engine, &setup.capabilities);
        let plannable = syntax.is_none() && errors.is_empty();
        if setup.revision.is_none() {
            errors.extend(name_mistake(&setup.name));
        }
        if !setup.attempted {
            errors.retain(|error| !matches!(error.fault, Fault::Required | Fault::NothingRuns));
        }
        let said: Vec<FieldError> =
            setup.errors.iter().filter(|said| !errors.contains(said)).cloned().collect();
        errors.extend(said);
        Self { setup, value, syntax, errors, plannable }
    }
}

/// A handle on the state that the parts of the form take.
#[derive(Clone, Copy)]
pub struct Editor<'a> {
    pub locale: Locale,
    pub setup: &'a Setup,
    pub value: &'a Value,
    pub state: &'a State,
}

impl<'a> Editor<'a> {
    pub fn new(state: &'a State) -> Self {
        Self { locale: state.setup.locale, setup: &state.setup, value: &state.value, state }
    }

    pub fn creating(self) -> bool {
        self.setup.revision.is_none()
    }

    /// Neither the JSON nor a field is wrong.
    pub fn sound(self) -> bool {
        self.state.syntax.is_none() && self.state.errors.is_empty()
    }

    /// Length of the list at `at`.
    pub fn length(self, at: &str) -> usize {
        self.value.pointer(at).and_then(Value::as_array).map_or(0, Vec::len)
    }

    /// The text at `at`, or nothing.
    pub fn text_at(self, at: &str) -> &'a str {
        self.value.pointer(at).and_then(Value::as_str).unwrap_or_default()
    }

    /// The way that the part at `at` goes.
    pub fn shape(self, shape: Shape, at: &str) -> String {
        shape.of(self.value.pointer(at))
    }

    pub fn has(self, at: &str) -> bool {
        self.value.pointer(at).is_some_and(|part| !part.is_null())
    }

    /// What says what runs: the part that there is, else what was chosen.
    pub fn source(self) -> Source {
        if self.has("/image") {
            Source::Image
        } else if self.has("/artifact") {
            Source::Artifact
        } else {
            self.setup.posted.source.unwrap_or(Source::Command)
        }
    }

    /// The rows of a map: as they were posted while they mean what the JSON says, since a key that is being typed is not
    /// yet a key.
    pub fn rows(self, at: &str) -> Rows {
        let stored = self.value.pointer(at);
        match self.setup.posted.rows.get(at) {
            Some(posted) if unpair(posted, stored).as_ref() == stored => posted.clone(),
            _ => pairs(stored),
        }
    }

    /// Mistakes counted for the table of contents.
    pub fn count(self, section: Section) -> usize {
        self.state.errors.iter().filter(|error| Section::of(&error.path) == Some(section)).count()
    }

    /// Mistakes shown at the field `at`.
    pub fn errors_at(self, at: &str) -> Vec<&'a FieldError> {
        fields::at(&self.state.errors, at)
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
