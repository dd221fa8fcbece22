//! The text of a definition as the one truth of the editor, and what is wrong with it.

use model::definition::{self, check_capabilities};
use model::environment::{Capabilities, EngineKind};
use model::problem::FieldError;
use serde_json::Value;

/// Why a text is not JSON. `line` and `column` count from 1.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SyntaxFault {
    pub line: usize,
    pub column: usize,
    pub reason: String,
}

/// Reads the text as one JSON object.
pub fn read(text: &str) -> Result<Value, SyntaxFault> {
    match serde_json::from_str::<Value>(text) {
        Ok(value @ Value::Object(_)) => Ok(value),
        Ok(_) => Err(SyntaxFault { line: 1, column: 1, reason: "expected an object: { ... }".to_owned() }),
        Err(error) => {
            let message = error.to_string();
            let reason = message.rsplit_once(" at line ").map_or(message.as_str(), |(reason, _)| reason);
            Err(SyntaxFault {
                line: error.line().max(1),
                column: error.column().max(1),
                reason: reason.to_owned(),
            })
        }
    }
}

/// Every mistake of a definition: the validator's, and what the environment's engine cannot honour.
pub fn mistakes(value: &Value, engine: EngineKind, can: &Capabilities) -> Vec<FieldError> {
    match definition::parse(value) {
        Ok(definition) => check_capabilities(&definition, engine, can),
        Err(errors) => errors,
    }
}

/// The parts of the form, in order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Section {
    What,
    Resources,
    Network,
    Health,
    Environment,
    Storage,
    Placement,
    Strategy,
    Checks,
    Stop,
}

impl Section {
    pub const ALL: [Self; 10] = [
        Self::What,
        Self::Resources,
        Self::Network,
        Self::Health,
        Self::Environment,
        Self::Storage,
        Self::Placement,
        Self::Strategy,
        Self::Checks,
        Self::Stop,
    ];

    /// Its anchor on the page.
    pub const fn anchor(self) -> &'static str {
        match self {
            Self::What => "what",
            Self::Resources => "resources",
            Self::Network => "network",
            Self::Health => "health",
            Self::Environment => "environment",
            Self::Storage => "storage",
            Self::Placement => "placement",
            Self::Strategy => "strategy",
            Self::Checks => "checks",
            Self::Stop => "stop",
        }
    }

    /// Where the person mends a mistake at `pointer`; `None` for what only the JSON shows.
    pub fn of(pointer: &str) -> Option<Self> {
        Some(match pointer.split('/').nth(1).unwrap_or_default() {
            "" | "name" | "project" | "image" | "artifact" | "command" => Self::What,
            "instances" | "resources" => Self::Resources,
            "ports" | "network" | "metrics" => Self::Network,
            "health_checks" | "ready_after" => Self::Health,
            "env" | "labels" | "config_sets" => Self::Environment,
            "volumes" => Self::Storage,
            "constraints" => Self::Placement,
            "strategy" => Self::Strategy,
            "checks" => Self::Checks,
            "stop" | "restart" => Self::Stop,
            _ => return None,
        })
    }
}

/// The field that shows a mistake at `pointer`, out of those that the form has: the deepest at or above it.
pub fn shown_at(pointer: &str, has: impl Fn(&str) -> bool) -> Option<&str> {
    let mut pointer = pointer;
    while !pointer.is_empty() {
        if has(pointer) {
            return Some(pointer);
        }
        pointer = pointer.rsplit_once('/').map(|(parent, _)| parent)?;
    }
    None
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn broken_text_has_a_place_and_a_reason() {
        let fault = read("{\n  \"a\": 1,\n  \"b\" 2\n}").expect_err("broken");
        assert_eq!((fault.line, fault.column), (3, 7));
        assert!(!fault.reason.contains(" at line "), "{}", fault.reason);
        assert_eq!(read("[]").expect_err("no object").line, 1);
        assert_eq!(read("").expect_err("empty").line, 1);
        assert_eq!(read("{ \"x\": [1] }"), Ok(json!({ "x": [1] })));
    }

    #[test]
    fn mistakes_belong_to_sections_and_fields() {
        assert_eq!(Section::of("/health_checks/0/port"), Some(Section::Health));
        assert_eq!(Section::of(""), Some(Section::What));
        assert_eq!(Section::of("/checks/0"), Some(Section::Checks));
        assert_eq!(Section::of("/nonsense"), None);
        let has = |pointer: &str| ["/ports/0", "/command"].contains(&pointer);
        assert_eq!(shown_at("/ports/0/host_port", has), Some("/ports/0"));
        assert_eq!(shown_at("/command", has), Some("/command"));
        assert_eq!(shown_at("/x/y", has), None);
    }
}
