//! What the editor starts with, or shows again with what was posted.

use model::problem::{FieldError, Problem};
use serde_json::Value;

use crate::editor::ATTEMPTED;
use crate::editor::act::{DEPLOY, LOOK, Posted, act};
use crate::editor::merge::{SHOWN, merge};
use crate::editor::print::print;
use crate::pages::visit::Visit;
use crate::posted::Form;

/// The button that writes the JSON anew, or goes back to the last that was JSON.
const TIDY: &str = "tidy";

/// The one field beside the definition: the form cannot see it mended, so the page says what is wrong with it.
pub const REASON: &str = "/reason";

/// What the editor starts with, or shows again.
pub struct Draft {
    pub name: String,
    pub text: String,
    pub shown: String,
    pub reason: String,
    pub errors: Vec<FieldError>,
    pub said: Option<Problem>,
    pub attempted: bool,
    pub posted: Posted,
}

impl Draft {
    pub fn fresh(name: String, definition: &Value, attempted: bool) -> Self {
        let text = print(definition);
        Self {
            name,
            shown: text.clone(),
            text,
            reason: String::new(),
            errors: Vec::new(),
            said: None,
            attempted,
            posted: Posted::default(),
        }
    }

    /// What was posted, and the definition it means unless its text is no JSON.
    pub fn posted(visit: &Visit, form: &Form, protected: bool) -> (Self, Option<Value>) {
        let scripted = !visit.request.regions.is_empty();
        let (mut text, value) = merge(&form.0);
        let mut value = value.ok();
        let shown = form.get(SHOWN).unwrap_or("{}");
        let before: Value = serde_json::from_str(shown).unwrap_or_default();
        let mut posted = Posted::of(&form.0, &before, scripted);
        let deed = form.get("do").unwrap_or(LOOK);
        if let Some(value) = &mut value {
            let merged = value.clone();
            act(value, &mut posted, deed, protected);
            if *value != merged || deed == TIDY {
                text = print(value);
            }
        } else if deed == TIDY {
            text = print(&before);
            value = Some(before);
        }
        let draft = Self {
            name: form.text("name"),
            shown: value.as_ref().map_or_else(|| shown.to_owned(), print),
            text,
            reason: form.text("reason"),
            errors: Vec::new(),
            said: None,
            // Without scripts all mistakes are shown with the first answer.
            attempted: !scripted || deed == DEPLOY || form.has(ATTEMPTED),
            posted,
        };
        (draft, value)
    }

    pub fn refuse(&mut self, visit: &Visit, problem: Problem) {
        visit.status(problem.status);
        // The service's pointers go into its input, the form's into the definition.
        let of_fields = problem.errors.iter().filter(|error| error.path != REASON).cloned();
        self.errors = of_fields.map(into_definition).collect();
        self.said = Some(problem);
    }
}

fn into_definition(mut error: FieldError) -> FieldError {
    if let Some(inner) = error.path.strip_prefix("/definition") {
        error.path = inner.to_owned();
    }
    error
}
