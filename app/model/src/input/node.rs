//! A place in the JSON under validation: knows its pointer and reports its own mistakes.

use std::cell::RefCell;

use serde_json::Value;

use super::similar::similar;
use crate::duration::Span;
use crate::id::check_name;
use crate::problem::{Fault, FieldError, JsonKind};

pub(crate) struct Node<'v> {
    /// `None` when the field is absent or `null`.
    pub value: Option<&'v Value>,
    path: String,
    errors: &'v RefCell<Vec<FieldError>>,
}

impl<'v> Node<'v> {
    pub fn root(value: &'v Value, errors: &'v RefCell<Vec<FieldError>>) -> Self {
        let root = Self { value: Some(value), path: String::new(), errors };
        if !value.is_object() {
            root.fault(Fault::WrongType { expected: JsonKind::Object });
        }
        root
    }

    pub fn fault(&self, fault: Fault) {
        self.errors.borrow_mut().push(FieldError::new(self.path.as_str(), fault));
    }

    fn wrong_type<T>(&self, expected: JsonKind) -> Option<T> {
        self.fault(Fault::WrongType { expected });
        None
    }

    fn at(&self, key: &str, value: Option<&'v Value>) -> Self {
        // RFC 6901: ~ and / are written ~0 and ~1.
        let key = key.replace('~', "~0").replace('/', "~1");
        Self {
            value: value.filter(|value| !value.is_null()),
            path: format!("{}/{key}", self.path),
            errors: self.errors,
        }
    }

    /// The field of an object; absent when this is none.
    pub fn field(&self, name: &str) -> Self {
        self.at(name, self.value.and_then(|value| value.get(name)))
    }

    /// Refuses what is not an object, and fields that are not `known`.
    pub fn object(&self, known: &[&str]) {
        for (key, child) in self.entries(usize::MAX) {
            if !known.contains(&key) {
                child.fault(Fault::Unknown { similar: similar(key, known).map(str::to_owned) });
            }
        }
    }

    /// All entries of an object.
    pub fn entries(&self, max: usize) -> Vec<(&'v str, Self)> {
        match self.value {
            None => Vec::new(),
            Some(Value::Object(map)) => {
                if map.len() > max {
                    self.fault(Fault::TooMany { max });
                }
                map.iter().map(|(key, value)| (key.as_str(), self.at(key, Some(value)))).collect()
            }
            Some(_) => self.wrong_type(JsonKind::Object).unwrap_or_default(),
        }
    }

    pub fn list(&self, max: usize) -> Vec<Self> {
        match self.value {
            None => Vec::new(),
            Some(Value::Array(items)) => {
                if items.len() > max {
                    self.fault(Fault::TooMany { max });
                }
                let entry = |(index, value): (usize, &'v Value)| Self {
                    value: Some(value),
                    ..self.at(&index.to_string(), None)
                };
                items.iter().enumerate().map(entry).collect()
            }
            Some(_) => self.wrong_type(JsonKind::List).unwrap_or_default(),
        }
    }

    /// Reports that it is missing.
    pub fn required(&self) -> &Self {
        if self.value.is_none() {
            self.fault(Fault::Required);
        }
        self
    }

    /// Any text of at most `max` bytes without a zero byte.
    pub fn text(&self, max: usize) -> Option<&'v str> {
        let Value::String(text) = self.value? else {
            return self.wrong_type(JsonKind::Text);
        };
        if text.len() > max {
            self.fault(Fault::TooLong { max });
            return None;
        }
        if text.contains('\0') {
            self.fault(Fault::ZeroByte);
            return None;
        }
        Some(text)
    }

    /// Text of one line.
    pub fn line(&self, max: usize) -> Option<&'v str> {
        let text = self.text(max)?;
        if text.contains(|c: char| c.is_ascii_control()) {
            self.fault(Fault::ControlCharacter);
            return None;
        }
        Some(text)
    }

    pub fn not_empty(&self, text: &str) -> bool {
        if text.is_empty() {
            self.fault(Fault::Empty);
        }
        !text.is_empty()
    }

    /// A DNS label.
    pub fn name(&self) -> Option<&'v str> {
        let text = self.text(usize::MAX)?;
        if check_name(text).is_err() {
            self.fault(Fault::NotDnsLabel);
            return None;
        }
        Some(text)
    }

    /// An absolute path without `..`.
    pub fn absolute_path(&self) -> Option<&'v str> {
        let text = self.line(4_095)?;
        if !text.starts_with('/') {
            self.fault(Fault::NotAbsolute);
            return None;
        }
        if text.split('/').any(|part| part == "..") {
            self.fault(Fault::ParentPath);
            return None;
        }
        Some(text)
    }

    pub fn boolean(&self) -> Option<bool> {
        self.value?.as_bool().or_else(|| self.wrong_type(JsonKind::Boolean))
    }

    pub fn integer(&self, min: u64, max: u64) -> Option<u64> {
        let value = self.value?;
        // 5.0 is a whole number too; some writers of JSON know no other.
        let whole = value.as_f64().filter(|number| number.fract() == 0.0);
        let Some(number) = whole else {
            return self.wrong_type(JsonKind::Integer);
        };
        let (low, high) = (min as f64, max as f64);
        if number < low || number > high {
            self.fault(Fault::OutOfRange { min: low, max: high });
            return None;
        }
        Some(value.as_u64().unwrap_or(number as u64))
    }

    /// To three decimals, so that equal definitions have equal texts.
    pub fn number(&self, min: f64, max: f64) -> Option<f64> {
        let Some(number) = self.value?.as_f64() else {
            return self.wrong_type(JsonKind::Number);
        };
        if number < min || number > max {
            self.fault(Fault::OutOfRange { min, max });
            return None;
        }
        Some((number * 1_000.0).round() / 1_000.0)
    }

    /// Any number, as it is.
    pub fn finite(&self) -> Option<f64> {
        let number = self.value?.as_f64().filter(|number| number.is_finite());
        number.or_else(|| self.wrong_type(JsonKind::Number))
    }

    pub fn duration(&self, min: Span, max: Span) -> Option<Span> {
        let Some(span) = self.value?.as_str().and_then(|text| text.parse::<Span>().ok()) else {
            self.fault(Fault::NotDuration);
            return None;
        };
        if span < min || span > max {
            self.fault(Fault::DurationOutOfRange { min: min.to_string(), max: max.to_string() });
            return None;
        }
        Some(span)
    }

    pub fn one_of<T: Copy>(&self, allowed: &[(&str, T)]) -> Option<T> {
        let text = self.text(usize::MAX)?;
        let found = allowed.iter().find(|(name, _)| *name == text);
        if found.is_none() {
            let allowed = allowed.iter().map(|(name, _)| (*name).to_owned()).collect();
            self.fault(Fault::NotOneOf { allowed });
        }
        found.map(|(_, value)| *value)
    }
}

/// Reports each value that an earlier node had already.
pub(crate) fn unique<'n, 'v: 'n, T: PartialEq + ToString>(
    nodes: impl IntoIterator<Item = (&'n Node<'v>, T)>,
) {
    let mut seen: Vec<T> = Vec::new();
    for (node, value) in nodes {
        if seen.contains(&value) {
            node.fault(Fault::Duplicate { value: value.to_string() });
        } else {
            seen.push(value);
        }
    }
}
