//! The JSON twin's text: the fields of a definition in the order people think in, short parts on one line.

use serde_json::{Map, Value};

/// Longest line that a list or object may share.
const WIDTH: usize = 72;

/// Known fields in reading order; unknown ones follow in their own order.
const ORDER: [&str; 81] = [
    "project",
    "image",
    "artifact",
    "command",
    "instances",
    "resources",
    "cpus",
    "memory_mb",
    "ports",
    "kind",
    "name",
    "container_port",
    "host_port",
    "protocol",
    "network",
    "mode",
    "env",
    "config_sets",
    "volumes",
    "mount",
    "read_only",
    "constraints",
    "attribute",
    "operator",
    "value",
    "labels",
    "health_checks",
    "port",
    "path",
    "interval",
    "timeout",
    "grace",
    "max_failures",
    "ready_after",
    "metrics",
    "stop",
    "signal",
    "restart",
    "backoff",
    "factor",
    "max_delay",
    "strategy",
    "max_surge",
    "max_unavailable",
    "steps",
    "set",
    "verify",
    "approve",
    "wait",
    "approvers",
    "role",
    "on_timeout",
    "keep_old",
    "progress_deadline",
    "on_failure",
    "checks",
    "headers",
    "query",
    "pattern",
    "threshold",
    "baseline",
    "method",
    "confidence",
    "worse",
    "min",
    "max",
    "window",
    "expect",
    "status",
    "body_contains",
    "json",
    "pointer",
    "time_limit",
    "initial_delay",
    "failure_limit",
    "inconclusive_limit",
    "error_limit",
    "on_no_data",
    "observe_only",
    "background",
    "secret",
];

/// The value as text for people; reads back as the same value.
pub fn print(value: &Value) -> String {
    let mut text = String::new();
    write(value, 0, true, &mut text);
    text
}

/// Keys in reading order. Maps whose keys are the person's own (`env`, `labels`) keep theirs.
fn ordered(map: &Map<String, Value>) -> Vec<(&String, &Value)> {
    let rank = |key: &str| ORDER.iter().position(|known| *known == key).unwrap_or(ORDER.len());
    let mut entries: Vec<_> = map.iter().collect();
    entries.sort_by_key(|(key, _)| rank(key));
    entries
}

fn write(value: &Value, indent: usize, at_root: bool, text: &mut String) {
    let used = text.len() - text.rfind('\n').map_or(0, |end| end + 1);
    let (open, close, entries): (char, char, Vec<(Option<&String>, &Value)>) = match value {
        Value::Array(list) if !list.is_empty() => {
            ('[', ']', list.iter().map(|entry| (None, entry)).collect())
        }
        Value::Object(map) if !map.is_empty() => {
            ('{', '}', ordered(map).into_iter().map(|(key, entry)| (Some(key), entry)).collect())
        }
        scalar => {
            text.push_str(&scalar.to_string());
            return;
        }
    };
    if !at_root {
        let line = one_line(value);
        if used + line.len() <= WIDTH {
            text.push_str(&line);
            return;
        }
    }
    text.push(open);
    let last = entries.len() - 1;
    for (index, (key, entry)) in entries.into_iter().enumerate() {
        text.push('\n');
        text.extend(std::iter::repeat_n(' ', (indent + 1) * 2));
        if let Some(key) = key {
            text.push_str(&Value::String(key.clone()).to_string());
            text.push_str(": ");
        }
        write(entry, indent + 1, false, text);
        if index < last {
            text.push(',');
        }
    }
    text.push('\n');
    text.extend(std::iter::repeat_n(' ', indent * 2));
    text.push(close);
}

fn one_line(value: &Value) -> String {
    match value {
        Value::Array(list) if !list.is_empty() => {
            format!("[{}]", list.iter().map(one_line).collect::<Vec<_>>().join(", "))
        }
        Value::Object(map) if !map.is_empty() => {
            let entries = ordered(map)
                .into_iter()
                .map(|(key, entry)| format!("{}: {}", Value::String(key.clone()), one_line(entry)));
            format!("{{ {} }}", entries.collect::<Vec<_>>().join(", "))
        }
        scalar => scalar.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn reads_back_as_the_same_value() {
        let value = json!({
            "zebra": { "unknown": [1, 2.5, "x\ny", null, true] }, "ports": [{ "container_port": 8080, "name": "http" }],
            "image": "registry.example:5000/shop/checkout:2.8.0", "empty": {}, "none": [], "project": "shop",
            "health_checks": [{ "path": "/healthz/with/a/long/path/that/needs/room", "kind": "http", "interval": "10s", "timeout": "5s" }]
        });
        let text = print(&value);
        assert_eq!(serde_json::from_str::<Value>(&text).expect("JSON"), value);
        assert!(text.starts_with("{\n  \"project\": \"shop\",\n  \"image\""), "{text}");
        assert!(
            text.contains("\n  \"ports\": [{ \"name\": \"http\", \"container_port\": 8080 }],\n"),
            "{text}"
        );
        assert!(text.contains("\n      \"kind\": \"http\",\n"), "{text}");
    }
}
