//! The one validator.

use serde_json::Value;

use super::Definition;
use crate::problem::FieldError;

/// Reads a definition, reporting every mistake at once.
pub fn parse(_value: &Value) -> Result<Definition, Vec<FieldError>> {
    Err(Vec::new())
}
