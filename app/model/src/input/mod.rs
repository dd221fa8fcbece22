//! Reading JSON that people write: every place knows its pointer, and every mistake is reported at once.

mod node;
mod similar;

use std::cell::RefCell;

use serde_json::Value;

pub(crate) use self::node::{Node, unique};
use crate::problem::FieldError;

/// Reads a whole body with `read`, which reports what is wrong at its place and goes on with a default there.
pub(crate) fn whole<T>(value: &Value, read: impl FnOnce(&Node) -> T) -> Result<T, Vec<FieldError>> {
    let errors = RefCell::new(Vec::new());
    let read = read(&Node::root(value, &errors));
    let errors = errors.into_inner();
    if errors.is_empty() { Ok(read) } else { Err(errors) }
}
