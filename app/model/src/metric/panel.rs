//! Charts that people add to an app's own.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::QUERY_MAX;
use crate::deployment::Actor;
use crate::problem::{Fault, FieldError};
use crate::time::Timestamp;

/// Panels of one app.
pub const PANELS_MAX: usize = 20;
/// Characters of a title.
pub const TITLE_MAX: usize = 80;

/// What the numbers of a chart are.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    /// Of anything.
    #[default]
    Number,
    /// From 0 to 100.
    Percent,
    Seconds,
    Bytes,
    Cores,
}

impl Unit {
    pub const ALL: [Self; 5] = [Self::Number, Self::Percent, Self::Seconds, Self::Bytes, Self::Cores];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Number => "number",
            Self::Percent => "percent",
            Self::Seconds => "seconds",
            Self::Bytes => "bytes",
            Self::Cores => "cores",
        }
    }
}

/// One chart.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Panel {
    /// Unique among the app's.
    pub title: String,
    /// In the language of the environment's source; `{{app}}`, `{{environment}}` and `{{revision}}` stand for this app.
    pub query: String,
    #[serde(default)]
    pub unit: Unit,
    /// Drawn as a line, in the unit of the numbers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub threshold: Option<f64>,
}

/// An app's panels in their order, and who changed them last.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Panels {
    pub panels: Vec<Panel>,
    /// Absent while there were never any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<Actor>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<Timestamp>,
}

/// Every mistake that shows without asking the source; paths are `/<place>/<field>`.
pub fn mistakes(panels: &[Panel]) -> Vec<FieldError> {
    if panels.len() > PANELS_MAX {
        return vec![FieldError::new("", Fault::TooMany { max: PANELS_MAX })];
    }
    let mut titles = BTreeSet::new();
    let mut found = Vec::new();
    for (place, panel) in panels.iter().enumerate() {
        let mut at = |field: &str, fault| found.push(FieldError::new(format!("/{place}/{field}"), fault));
        if let Some(fault) = text(&panel.title, TITLE_MAX) {
            at("title", fault);
        } else if !titles.insert(panel.title.trim()) {
            at("title", Fault::Duplicate { value: panel.title.clone() });
        }
        if panel.query.trim().is_empty() {
            at("query", Fault::Required);
        } else if panel.query.len() > QUERY_MAX {
            at("query", Fault::TooLong { max: QUERY_MAX });
        }
        if panel.threshold.is_some_and(|threshold| !threshold.is_finite() || threshold.abs() > 1e15) {
            at("threshold", Fault::OutOfRange { min: -1e15, max: 1e15 });
        }
    }
    found
}

fn text(text: &str, max: usize) -> Option<Fault> {
    if text.trim().is_empty() {
        Some(Fault::Required)
    } else if text.chars().count() > max {
        Some(Fault::TooLong { max })
    } else {
        text.chars().any(char::is_control).then_some(Fault::ControlCharacter)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn panel(title: &str) -> Panel {
        Panel { title: title.to_owned(), query: "up".to_owned(), unit: Unit::Number, threshold: None }
    }

    #[test]
    fn every_mistake_has_its_place() {
        assert_eq!(mistakes(&[panel("Orders"), panel("Queue")]), []);
        let bad = Panel { query: " ".to_owned(), threshold: Some(f64::NAN), ..panel("") };
        let found =
            mistakes(&[panel("Orders"), panel("Orders "), bad, panel(&"x".repeat(81)), panel("a\nb")]);
        let places: Vec<&str> = found.iter().map(|mistake| mistake.path.as_str()).collect();
        assert_eq!(places, ["/1/title", "/2/title", "/2/query", "/2/threshold", "/3/title", "/4/title"]);
        let many: Vec<Panel> = (0..=PANELS_MAX).map(|number| panel(&number.to_string())).collect();
        assert_eq!(mistakes(&many), [FieldError::new("", Fault::TooMany { max: PANELS_MAX })]);
    }

    #[test]
    fn a_panel_needs_a_title_and_a_query_only() {
        let read: Panel = serde_json::from_str(r#"{"title": "Orders", "query": "up"}"#).expect("a panel");
        assert_eq!(read, panel("Orders"));
        assert!(serde_json::from_str::<Panel>(r#"{"title": "Orders", "query": "up", "colour": 1}"#).is_err());
    }
}
