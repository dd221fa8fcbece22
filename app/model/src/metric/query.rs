//! PromQL with placeholders, which are filled so that no value can change what is asked.

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::ticks::Unit;
use crate::id::{AppKey, InstanceId, RevisionNumber};

/// The names that may stand between double braces.
pub const PLACEHOLDERS: [&str; 4] = ["app", "environment", "revision", "instance"];

/// What a chart or a policy asks: PromQL with placeholders.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = MetricQuery))]
#[serde(deny_unknown_fields)]
pub struct Query {
    pub expression: String,
    #[serde(default)]
    pub unit: Unit,
}

/// Whom a query is asked about; what is not known cannot be asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subject {
    pub app: AppKey,
    pub revision: Option<RevisionNumber>,
    pub instance: Option<InstanceId>,
}

#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum FillError {
    #[error("there is no {{{{{0}}}}}")]
    Unknown(String),
    #[error("{{{{{0}}}}} is not known here")]
    Unset(String),
    /// The value would be read as part of the query where it stands.
    #[error("{{{{{0}}}}} must stand in quotes")]
    Unquoted(String),
}

/// The names between double braces, in their order.
pub fn placeholders(query: &str) -> impl Iterator<Item = &str> {
    query.split("{{").skip(1).filter_map(|rest| rest.split_once("}}")).map(|(name, _)| name.trim())
}

/// Fills the placeholders of `query`. A value is escaped for the text in quotes it stands in, and for the regular
/// expression as well behind `=~` and `!~`. Outside of quotes only what is one word of PromQL may stand.
pub fn fill(query: &str, subject: &Subject) -> Result<String, FillError> {
    let mut filled = String::with_capacity(query.len());
    let mut place = Place::Code;
    let mut rest = query;
    while let Some((before, after)) = rest.split_once("{{") {
        place = place.after(&filled, before);
        filled.push_str(before);
        let Some((name, after)) = after.split_once("}}") else {
            filled.push_str("{{");
            rest = after;
            continue;
        };
        let name = name.trim();
        let value = subject.value(name)?;
        filled.push_str(&place.escaped(&value).ok_or_else(|| FillError::Unquoted(name.to_owned()))?);
        rest = after;
    }
    filled.push_str(rest);
    Ok(filled)
}

impl Subject {
    fn value(&self, name: &str) -> Result<String, FillError> {
        let unset = || FillError::Unset(name.to_owned());
        match name {
            "app" => Ok(self.app.app.to_string()),
            "environment" => Ok(self.app.environment.to_string()),
            "revision" => self.revision.map(|number| number.to_string()).ok_or_else(unset),
            "instance" => self.instance.as_ref().map(|id| id.0.clone()).ok_or_else(unset),
            _ => Err(FillError::Unknown(name.to_owned())),
        }
    }
}

/// Where in a query one stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Code,
    Comment,
    Quoted { quote: char, pattern: bool },
}

impl Place {
    /// Where one stands after `text`, which follows `before` and begins in `self`.
    fn after(self, before: &str, text: &str) -> Self {
        let mut place = self;
        // The last two characters of code that are no space, to tell a matcher of patterns.
        let mut last: [char; 2] = [' ', ' '];
        if place == Self::Code {
            for c in before.chars().filter(|c| !c.is_whitespace()) {
                last = [last[1], c];
            }
        }
        let mut escaped = false;
        for c in text.chars() {
            place = match place {
                Self::Code if matches!(c, '"' | '\'' | '`') => {
                    Self::Quoted { quote: c, pattern: matches!(last, ['=' | '!', '~']) }
                }
                Self::Code if c == '#' => Self::Comment,
                Self::Comment if c == '\n' => Self::Code,
                Self::Quoted { quote, .. } if c == quote && !escaped => Self::Code,
                same => same,
            };
            escaped = matches!(place, Self::Quoted { quote, .. } if quote != '`' && c == '\\' && !escaped);
            if !c.is_whitespace() {
                last = [last[1], c];
            }
        }
        place
    }

    fn escaped(self, value: &str) -> Option<String> {
        let Self::Quoted { quote, pattern } = self else {
            let word = |c: char| c.is_ascii_alphanumeric() || c == '_';
            return (!value.is_empty() && value.chars().all(word)).then(|| value.to_owned());
        };
        let value = if pattern { literal(value) } else { value.to_owned() };
        // Nothing can be escaped between backticks.
        if quote == '`' {
            return (!value.contains('`')).then_some(value);
        }
        let mut escaped = String::with_capacity(value.len());
        for c in value.chars() {
            match c {
                '\\' => escaped.push_str("\\\\"),
                '\n' => escaped.push_str("\\n"),
                '\r' => escaped.push_str("\\r"),
                c if c == quote => escaped.extend(['\\', c]),
                c => escaped.push(c),
            }
        }
        Some(escaped)
    }
}

/// A regular expression (RE2) that matches exactly this text.
fn literal(text: &str) -> String {
    let mut pattern = String::with_capacity(text.len());
    for c in text.chars() {
        if r"\.+*?()|[]{}^$".contains(c) {
            pattern.push('\\');
        }
        pattern.push(c);
    }
    pattern
}
