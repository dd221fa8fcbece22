//! The one validator.

use serde_json::Value;

use super::Definition;
use crate::problem::FieldError;

/// Reads a definition, reporting every mistake at once.
pub fn parse(_value: &Value) -> Result<Definition, Vec<FieldError>> {
    Err(Vec::new())
}

/// Reads the text of a definition: size, JSON with line and column, then [`parse`].
pub fn parse_text(_text: &str) -> Result<Definition, Vec<FieldError>> {
    Err(Vec::new())
}
