//! Variables, config sets and labels.

use std::collections::BTreeMap;

use serde_json::Value;

use super::program::ARGUMENT_MAX;
use crate::definition::{EnvValue, VARIABLES_MAX};
use crate::input::{Node, unique};
use crate::problem::Fault;

const CONFIG_SETS_MAX: usize = 16;
const LABELS_MAX: usize = 64;
const LABEL_KEY_MAX: usize = 63;
const LABEL_VALUE_MAX: usize = 1_024;

pub(super) fn variables(node: &Node) -> BTreeMap<String, EnvValue> {
    let entries = node.entries(VARIABLES_MAX);
    let pairs = entries.iter().filter_map(|(name, node)| {
        check_variable_name(name, node);
        Some(((*name).to_owned(), variable(node)?))
    });
    pairs.collect()
}

fn check_variable_name(name: &str, node: &Node) {
    let allowed = |b: u8| b.is_ascii_alphanumeric() || b == b'_';
    if name.is_empty()
        || name.len() > 255
        || !name.bytes().all(allowed)
        || name.as_bytes()[0].is_ascii_digit()
    {
        node.fault(Fault::NotVariableName);
    } else if name == "PORT" || name.starts_with("PORT_") || name.starts_with("QUARTERDECK_") {
        node.fault(Fault::Reserved { name: name.to_owned() });
    }
}

fn variable(node: &Node) -> Option<EnvValue> {
    if node.value.is_some_and(Value::is_object) {
        node.object(&["secret"]);
        let secret = node.field("secret").required().name()?.to_owned();
        return Some(EnvValue::Secret { secret });
    }
    node.required().text(ARGUMENT_MAX).map(|text| EnvValue::Plain(text.to_owned()))
}

pub(super) fn config_sets(node: &Node) -> Vec<String> {
    let nodes = node.list(CONFIG_SETS_MAX);
    let named: Vec<_> = nodes.iter().filter_map(|node| Some((node, node.name()?))).collect();
    unique(named.iter().copied());
    named.into_iter().map(|(_, name)| name.to_owned()).collect()
}

pub(super) fn labels(node: &Node) -> BTreeMap<String, String> {
    let entries = node.entries(LABELS_MAX);
    let pairs = entries.iter().filter_map(|(key, node)| {
        if !is_label_key(key) {
            node.fault(Fault::NotLabelKey);
        }
        Some(((*key).to_owned(), node.required().line(LABEL_VALUE_MAX)?.to_owned()))
    });
    pairs.collect()
}

pub(super) fn is_label_key(key: &str) -> bool {
    let end = |b: Option<&u8>| b.is_some_and(u8::is_ascii_alphanumeric);
    let bytes = key.as_bytes();
    let allowed = |b: &u8| b.is_ascii_alphanumeric() || b"._-/".contains(b);
    key.len() <= LABEL_KEY_MAX && end(bytes.first()) && end(bytes.last()) && bytes.iter().all(allowed)
}
