//! A definition as JSON: for people (field order of domain.md) and for hashing.

use serde_json::Value;

use super::Definition;

/// The whole definition with `instances`, as the API returns it and the form edits it.
pub fn to_json(definition: &Definition, instances: u32) -> Value {
    let with_count = Definition { instances: Some(instances), ..definition.clone() };
    serde_json::to_value(with_count).unwrap_or_default()
}

/// One text for equal definitions, without `instances`: what a revision's hash is made of.
pub fn canonical_json(definition: &Definition) -> String {
    serde_json::to_string(&definition.clone().without_instances()).unwrap_or_default()
}
