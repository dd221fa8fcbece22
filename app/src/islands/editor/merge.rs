//! The editor without scripts: what was posted, laid over the JSON text that was posted with it.
//!
//! The JSON is the truth. Every field carries its pointer in its name; a field whose text differs from what the page
//! showed was changed by the person and is written into the JSON. Everything else in it stays.

use serde_json::{Map, Value};

use super::codec::Codec;
use super::document::{SyntaxFault, read};
use super::pointer::{child, put, remove};
use super::print::print;

/// Name of the JSON textarea.
pub const TEXT: &str = "definition";
/// Name of the hidden field with the JSON as the page showed it.
pub const SHOWN: &str = "shown";

/// The `name` attribute of a field.
pub fn name(codec: Codec, pointer: &str) -> String {
    let kind = match codec {
        Codec::Text => "text",
        Codec::Number => "number",
        Codec::Amount => "amount",
        Codec::Words | Codec::Shell => "command",
        Codec::Flag => "flag",
    };
    format!("{kind}:{pointer}")
}

/// The `name` of the mark that a command runs through a shell.
pub fn shell_name(pointer: &str) -> String {
    format!("shell:{pointer}")
}

/// The `name` of the mark that takes a list entry away.
pub fn drop_name(pointer: &str) -> String {
    format!("drop:{pointer}")
}

/// The `name`s of key and value of one row of a map.
pub fn pair_names(pointer: &str, row: usize) -> (String, String) {
    (format!("key:{pointer}:{row}"), format!("value:{pointer}:{row}"))
}

/// A map as rows; a value that is not text is shown as JSON.
pub fn pairs(value: Option<&Value>) -> Vec<(String, String)> {
    let rows = value.and_then(Value::as_object).into_iter().flatten();
    rows.map(|(key, value)| (key.clone(), show_pair(value))).collect()
}

/// The text of one value of a map.
pub fn show_pair(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// Rows as a map again. A value whose text is unchanged keeps its shape: a reference to a secret stays one.
pub fn unpair(rows: &[(String, String)], before: Option<&Value>) -> Option<Value> {
    let mut map = Map::new();
    for (key, text) in rows {
        let key = key.trim();
        if key.is_empty() {
            continue;
        }
        let kept = before.and_then(|before| before.get(key)).filter(|kept| show_pair(kept) == *text);
        map.insert(key.to_owned(), kept.cloned().unwrap_or_else(|| Value::String(text.clone())));
    }
    (!map.is_empty()).then_some(Value::Object(map))
}

/// The definition that a posted form means, as text, and as a value unless the text is not JSON.
pub fn merge(form: &[(String, String)]) -> (String, Result<Value, SyntaxFault>) {
    let field = |name: &str| form.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str());
    let text = field(TEXT).unwrap_or_default().replace("\r\n", "\n");
    let text = if text.trim().is_empty() { "{}".to_owned() } else { text };
    let mut value = match read(&text) {
        Ok(value) => value,
        Err(fault) => return (text, Err(fault)),
    };
    let shown = field(SHOWN).and_then(|shown| read(shown).ok()).unwrap_or(Value::Null);
    let before = value.clone();
    for (position, (name, posted)) in form.iter().enumerate() {
        // Of several fields of one name the last counts: a ticked box follows the hidden field that stands for it unticked.
        if form[position + 1..].iter().any(|(later, _)| later == name) {
            continue;
        }
        let Some((kind, pointer)) = name.split_once(':') else { continue };
        let was = shown.pointer(pointer);
        let codec = match kind {
            "text" => Codec::Text,
            "number" => Codec::Number,
            "amount" => Codec::Amount,
            "flag" => Codec::Flag,
            "command" if field(&shell_name(pointer)).is_some() => Codec::Shell,
            "command" => Codec::Words,
            _ => continue,
        };
        let same_way = kind != "command"
            || was.is_none()
            || was.is_some_and(Value::is_string) == (codec == Codec::Shell);
        if codec.show(was) != posted.replace("\r\n", "\n") || !same_way {
            put(&mut value, pointer, codec.read(posted));
        }
    }
    for pointer in ["/env", "/labels"] {
        let rows: Vec<(String, String)> = (0..)
            .map_while(|row| {
                let (key, text) = pair_names(pointer, row);
                Some((field(&key)?.to_owned(), field(&text).unwrap_or_default().to_owned()))
            })
            .collect();
        let kept: Vec<_> = rows.iter().filter(|(key, _)| !key.trim().is_empty()).cloned().collect();
        if !rows.is_empty() && kept != pairs(shown.pointer(pointer)) {
            put(&mut value, pointer, unpair(&kept, shown.pointer(pointer)));
        }
    }
    // From the end, so that the earlier indices stay true.
    let mut dropped: Vec<&str> = form.iter().filter_map(|(name, _)| name.strip_prefix("drop:")).collect();
    dropped.sort_by_key(|pointer| std::cmp::Reverse(index_of(pointer)));
    for pointer in dropped {
        remove(&mut value, pointer);
    }
    if value == before { (text, Ok(value)) } else { (print(&value), Ok(value)) }
}

fn index_of(pointer: &str) -> usize {
    pointer.rsplit_once('/').and_then(|(_, index)| index.parse().ok()).unwrap_or_default()
}

/// Pointer of one entry of a list.
pub fn entry(list: &str, index: usize) -> String {
    child(list, &index.to_string())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn form(shown: &Value, text: &str, fields: &[(&str, &str)]) -> Value {
        let mut form = vec![(TEXT.to_owned(), text.to_owned()), (SHOWN.to_owned(), shown.to_string())];
        form.extend(fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        merge(&form).1.expect("JSON")
    }

    #[test]
    fn writes_only_the_fields_that_were_changed() {
        let shown =
            json!({ "project": "shop", "resources": { "cpus": 0.5 }, "x": 1, "command": ["a", "b c"] });
        let text = r#"{ "project": "typed-in-json", "resources": { "cpus": 0.5 }, "x": 2, "command": ["a", "b c"] }"#;
        let fields = [
            ("text:/project", "shop"),
            ("number:/resources/cpus", "2"),
            ("command:/command", "a 'b c'"),
            ("text:/image", ""),
        ];
        assert_eq!(
            form(&shown, text, &fields),
            json!({ "project": "typed-in-json", "resources": { "cpus": 2 }, "x": 2, "command": ["a", "b c"] })
        );
        let fields = [("command:/command", "a 'b c'"), ("shell:/command", "on")];
        assert_eq!(form(&shown, text, &fields)["command"], json!("a 'b c'"));
    }

    #[test]
    fn rows_are_added_dropped_and_renamed() {
        let shown = json!({ "ports": [{ "name": "a" }, { "name": "b" }], "env": { "A": "1", "S": { "secret": "x" } } });
        let fields = [
            ("text:/ports/0/name", "a"),
            ("text:/ports/1/name", "b"),
            ("text:/ports/2/name", "new"),
            ("drop:/ports/0", "on"),
            ("key:/env:0", "B"),
            ("value:/env:0", "1"),
            ("key:/env:1", "S"),
            ("value:/env:1", r#"{"secret":"x"}"#),
            ("key:/env:2", ""),
            ("value:/env:2", ""),
        ];
        assert_eq!(
            form(&shown, &shown.to_string(), &fields),
            json!({ "ports": [{ "name": "b" }, { "name": "new" }], "env": { "B": "1", "S": { "secret": "x" } } })
        );
    }

    #[test]
    fn an_untouched_text_comes_back_as_typed_and_broken_json_is_not_lost() {
        let text = "{\"project\":   \"shop\"}".to_owned();
        let posted =
            [(TEXT.to_owned(), text.clone()), (SHOWN.to_owned(), "{\"project\":\"shop\"}".to_owned())];
        assert_eq!(merge(&posted).0, text);
        let (text, value) = merge(&[(TEXT.to_owned(), "{\n \"a\": }".to_owned())]);
        assert_eq!(text, "{\n \"a\": }");
        assert_eq!(value.expect_err("broken").line, 2);
    }
}
