//! Field diff of two definitions: what a plan, a revision and a deployment show as "what changes".

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::definition::Definition;

/// One field that differs; `None` on a side where it is absent.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Change {
    /// As a JSON pointer, with names in place of indexes where entries have them: `/env/LOG_LEVEL`, `/ports/http/host_port`.
    pub path: String,
    pub before: Option<Value>,
    pub after: Option<Value>,
}

/// All differences, sorted by path; empty when the definitions mean the same.
///
/// `instances` is left out: it belongs to the app, and a plan says it beside the changes. Objects are compared field by
/// field, lists of named things (ports, volumes) by name, other lists of objects by index, lists of words as a whole. What
/// is only on one side is one change with all that it holds.
pub fn diff(before: &Definition, after: &Definition) -> Vec<Change> {
    let json = |definition: &Definition| {
        serde_json::to_value(definition.clone().without_instances()).unwrap_or_default()
    };
    let mut changes = Vec::new();
    compare("", Some(&json(before)), Some(&json(after)), &mut changes);
    changes.sort_by(|a, b| a.path.cmp(&b.path));
    changes
}

fn compare(path: &str, before: Option<&Value>, after: Option<&Value>, changes: &mut Vec<Change>) {
    let before = before.filter(|value| !value.is_null());
    let after = after.filter(|value| !value.is_null());
    if before == after {
        return;
    }
    if let (Some(a), Some(b)) = (before, after)
        && let (Some(old), Some(new)) = (parts(a), parts(b))
        && old.named == new.named
    {
        for (key, value) in &old.entries {
            compare(&join(path, key), Some(value), new.get(key), changes);
        }
        for (key, value) in new.entries.iter().filter(|(key, _)| old.get(key).is_none()) {
            compare(&join(path, key), None, Some(value), changes);
        }
        // The first port is the one in `PORT`, so order matters too.
        let (was, is) = (old.order_with(&new), new.order_with(&old));
        if old.named && was != is {
            changes.push(Change { path: path.to_owned(), before: Some(was.into()), after: Some(is.into()) });
        }
        return;
    }
    changes.push(Change { path: path.to_owned(), before: before.cloned(), after: after.cloned() });
}

/// The entries of an object or list, each with the key it is compared by.
struct Parts<'v> {
    entries: Vec<(String, &'v Value)>,
    index: BTreeMap<String, &'v Value>,
    /// A list whose entries have names.
    named: bool,
}

impl<'v> Parts<'v> {
    fn new(entries: Vec<(String, &'v Value)>, named: bool) -> Self {
        let index = entries.iter().cloned().collect();
        Self { entries, index, named }
    }

    fn get(&self, key: &str) -> Option<&'v Value> {
        self.index.get(key).copied()
    }

    /// Keys that `other` has too, in this order.
    fn order_with(&self, other: &Self) -> Vec<&str> {
        self.entries.iter().map(|(key, _)| key.as_str()).filter(|key| other.get(key).is_some()).collect()
    }
}

/// `None` for what is compared as a whole.
fn parts(value: &Value) -> Option<Parts<'_>> {
    match value {
        Value::Object(map) => {
            Some(Parts::new(map.iter().map(|(key, value)| (key.clone(), value)).collect(), false))
        }
        Value::Array(items) if items.iter().all(Value::is_object) => {
            let name = |item: &Value| item.get("name").and_then(Value::as_str).map(str::to_owned);
            let names: Option<Vec<(String, &Value)>> =
                items.iter().map(|item| Some((name(item)?, item))).collect();
            if let Some(names) = names {
                let named = Parts::new(names, true);
                if named.index.len() == items.len() {
                    return Some(named);
                }
            }
            let numbered = items.iter().enumerate().map(|(index, item)| (index.to_string(), item));
            Some(Parts::new(numbered.collect(), false))
        }
        _ => None,
    }
}

fn join(path: &str, key: &str) -> String {
    format!("{path}/{}", key.replace('~', "~0").replace('/', "~1"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::definition::parse;

    fn between(before: Value, after: Value) -> Vec<(String, Option<Value>, Option<Value>)> {
        let read = |value| parse(&value).expect("valid");
        let changes = diff(&read(before), &read(after));
        changes.into_iter().map(|change| (change.path, change.before, change.after)).collect()
    }

    fn change(path: &str, before: Value, after: Value) -> (String, Option<Value>, Option<Value>) {
        let side = |value: Value| (!value.is_null()).then_some(value);
        (path.to_owned(), side(before), side(after))
    }

    #[test]
    fn equal_definitions_have_no_changes_whatever_their_count() {
        let written = json!({ "command": ["a"], "instances": 2, "resources": { "cpus": 0.5 } });
        assert_eq!(between(written, json!({ "command": ["a"], "instances": 9 })), []);
    }

    #[test]
    fn fields_words_and_whole_entries() {
        let before = json!({
            "command": ["a", "b"],
            "env": { "X": "1", "Y": "2" },
            "ports": [{ "name": "http" }, { "name": "old" }],
            "labels": { "a/b": "1" }
        });
        let after = json!({
            "command": ["a", "c"],
            "env": { "X": "1", "Y": { "secret": "s" }, "Z": "" },
            "ports": [{ "name": "new" }, { "name": "http", "host_port": 80 }],
            "labels": { "a/b": "2" },
            "strategy": { "kind": "recreate" }
        });
        let port = |name| json!({ "name": name, "container_port": 0, "host_port": 0, "protocol": "tcp" });
        assert_eq!(
            between(before, after),
            [
                change("/command", json!(["a", "b"]), json!(["a", "c"])),
                change("/env/Y", json!("2"), json!({ "secret": "s" })),
                change("/env/Z", Value::Null, json!("")),
                change("/labels/a~1b", json!("1"), json!("2")),
                change("/ports/http/host_port", json!(0), json!(80)),
                change("/ports/new", Value::Null, port("new")),
                change("/ports/old", port("old"), Value::Null),
                change("/strategy/kind", json!("rolling"), json!("recreate")),
                change("/strategy/max_surge", json!(1), Value::Null),
                change("/strategy/max_unavailable", json!(0), Value::Null),
            ]
        );
    }

    #[test]
    fn another_order_of_ports_is_a_change() {
        let ports =
            |names: [&str; 2]| json!({ "command": "x", "ports": names.map(|name| json!({ "name": name })) });
        let expected = change("/ports", json!(["a", "b"]), json!(["b", "a"]));
        assert_eq!(between(ports(["a", "b"]), ports(["b", "a"])), [expected]);
    }

    #[test]
    fn checks_are_compared_by_index() {
        let check = |interval: &str| json!({ "kind": "tcp", "interval": interval });
        let with =
            |checks: Value| json!({ "command": "x", "ports": [{ "name": "p" }], "health_checks": checks });
        assert_eq!(
            between(with(json!([check("1s"), check("2s")])), with(json!([check("1s"), check("3s")]))),
            [change("/health_checks/1/interval", json!("2s"), json!("3s"))]
        );
    }
}
