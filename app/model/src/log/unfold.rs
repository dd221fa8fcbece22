//! A line that is a JSON object, as its message and its fields.

use serde_json::{Map, Value};

/// Fields shown of one line.
const FIELDS_MAX: usize = 40;
/// Objects in objects that are opened.
const DEPTH_MAX: usize = 4;

/// What a JSON line says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Unfolded {
    /// What people read; empty where no field is known to be it.
    pub message: String,
    /// Name of the field that the message is of.
    pub message_name: &'static str,
    /// The others: names with dots for objects in objects, and values as text.
    pub fields: Vec<(String, String)>,
}

/// `None` for what is no JSON object.
pub fn unfold(text: &str) -> Option<Unfolded> {
    let text = text.trim();
    if !(text.starts_with('{') && text.ends_with('}')) {
        return None;
    }
    let Ok(Value::Object(mut map)) = serde_json::from_str(text) else { return None };
    let mut unfolded = Unfolded::default();
    for name in ["message", "msg", "event"] {
        if let Some(Value::String(message)) = map.get_mut(name) {
            unfolded.message = std::mem::take(message);
            unfolded.message_name = name;
            map.remove(name);
            break;
        }
    }
    // What to look at first comes first.
    for name in ["level", "severity", "lvl"] {
        if let Some(Value::String(level)) = map.get_mut(name) {
            unfolded.fields.push((name.to_owned(), std::mem::take(level)));
            map.remove(name);
        }
    }
    open(map, "", 1, &mut unfolded.fields);
    Some(unfolded)
}

fn open(map: Map<String, Value>, before: &str, depth: usize, fields: &mut Vec<(String, String)>) {
    for (name, value) in map {
        if fields.len() >= FIELDS_MAX {
            return;
        }
        let name = if before.is_empty() { name } else { [before, &name].join(".") };
        match value {
            Value::Object(inner) if depth < DEPTH_MAX && !inner.is_empty() => {
                open(inner, &name, depth + 1, fields);
            }
            Value::String(text) => fields.push((name, text)),
            other => fields.push((name, other.to_string())),
        }
    }
}

/// Whether a field says that something went wrong.
pub fn is_bad(name: &str, value: &str) -> bool {
    const NAMES: [&str; 3] = ["level", "severity", "lvl"];
    const BAD: [&str; 7] = ["error", "err", "fatal", "critical", "panic", "alert", "emergency"];
    NAMES.contains(&name) && BAD.iter().any(|bad| value.eq_ignore_ascii_case(bad))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::log::FieldTest;

    #[test]
    fn a_json_line_is_unfolded() {
        let text = r#" {"time":"x","msg":"GET /a","level":"info","status":200,"http":{"path":"/a","empty":{}},"tags":[1]} "#;
        let unfolded = unfold(text).expect("JSON");
        assert_eq!((unfolded.message.as_str(), unfolded.message_name), ("GET /a", "msg"));
        let fields: Vec<String> =
            unfolded.fields.iter().map(|(name, value)| format!("{name}={value}")).collect();
        assert_eq!(
            fields,
            ["level=info", "http.empty={}", "http.path=/a", "status=200", "tags=[1]", "time=x"]
        );
    }

    #[test]
    fn other_lines_are_not() {
        for text in ["", "GET /", "{", "{}x", "[1]", "{\"a\":}", "\"a\""] {
            assert_eq!(unfold(text), None, "{text}");
        }
        assert_eq!(unfold("{}"), Some(Unfolded::default()));
    }

    proptest! {
        /// Whatever is shown as a field can be asked for.
        #[test]
        fn a_shown_field_is_found_again(
            name in "[a-z. ]{1,6}", inner in "[a-z.]{1,4}", value in ".{0,8}", number: i32,
        ) {
            let line = serde_json::json!({ name.clone(): value, "deep": { inner: number } });
            let unfolded = unfold(&line.to_string()).expect("JSON");
            for (name, value) in unfolded.fields {
                prop_assert!(FieldTest::equal(&name, &value).holds(&line), "{name} {value}");
            }
        }
    }
}
