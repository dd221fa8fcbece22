//! The editor without scripts: what was posted, laid over the JSON text that was posted with it.
//!
//! The JSON is the truth. Every field carries its pointer in its name; a field whose text differs from what the page
//! showed was changed by the person and is written into the JSON. Everything else in it stays.

use serde_json::Value;

use super::codec::Codec;
use super::document::{SyntaxFault, read};
use super::pointer::{child, put};
use super::print::print;
use super::rows::{pairs, rows, unpair};
use super::shape::Shape;

/// Name of the JSON textarea.
pub const TEXT: &str = "definition";
/// Name of the hidden field with the JSON as the page showed it.
pub const SHOWN: &str = "shown";

/// The `name` attribute of a field.
pub fn name(codec: Codec, pointer: &str) -> String {
    format!("{}:{pointer}", codec.word())
}

/// The `name` of a choice between sets of fields.
pub fn shape_name(shape: Shape, pointer: &str) -> String {
    format!("{}:{pointer}", shape.word())
}

/// The `name` of the place of a list entry, counted from 1.
pub fn place_name(pointer: &str) -> String {
    format!("place:{pointer}")
}

/// The `name` of the mark that a command runs through a shell.
pub fn shell_name(pointer: &str) -> String {
    format!("shell:{pointer}")
}

/// The `name` of the mark that takes a list entry away.
pub fn drop_name(pointer: &str) -> String {
    format!("drop:{pointer}")
}

/// The `name` of the mark that a field stays when it is emptied, since its being there says what its surroundings are.
pub fn kept_name(pointer: &str) -> String {
    format!("kept:{pointer}")
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
            "command" if field(&shell_name(pointer)).is_some() => Codec::Shell,
            "command" => Codec::Words,
            _ => match Codec::named(kind) {
                Some(codec) => codec,
                None => continue,
            },
        };
        let posted = &posted.replace("\r\n", "\n");
        let same_way = kind != "command"
            || was.is_none()
            || was.is_some_and(Value::is_string) == (codec == Codec::Shell);
        if codec.show(was) != *posted || !same_way {
            let kept = field(&kept_name(pointer)).map(|_| Value::String(String::new()));
            put(&mut value, pointer, codec.read(posted).or(kept));
        }
    }
    shape(&mut value, form, &shown);
    foreign(&mut value, &shown);
    for (pointer, rows) in rows(form, &shown) {
        let kept: Vec<_> = rows.into_iter().filter(|(key, _)| !key.trim().is_empty()).collect();
        if kept != pairs(shown.pointer(&pointer)) {
            put(&mut value, &pointer, unpair(&kept, shown.pointer(&pointer)));
        }
    }
    arrange(&mut value, form);
    if value == before { (text, Ok(value)) } else { (print(&value), Ok(value)) }
}

/// Takes from a health check of another kind than before what would be refused as unknown.
fn foreign(value: &mut Value, shown: &Value) {
    let Some(checks) = value.get_mut("health_checks").and_then(Value::as_array_mut) else { return };
    for (index, check) in checks.iter_mut().enumerate() {
        let before = shown.pointer(&format!("/health_checks/{index}/kind"));
        let Some(fields) =
            check.as_object_mut().filter(|fields| before.is_some() && fields.get("kind") != before)
        else {
            continue;
        };
        let parts: &[&str] = match fields.get("kind").and_then(Value::as_str) {
            Some("http") => &["command"],
            Some("tcp") => &["path", "command"],
            Some("command") => &["path", "port"],
            _ => &[],
        };
        for part in parts {
            fields.remove(*part);
        }
    }
}

/// Lets every part go the way that was chosen for it; the inner ones first, since an outer one may drop them.
fn shape(value: &mut Value, form: &[(String, String)], shown: &Value) {
    let mut chosen: Vec<(Shape, &str, &str)> = form
        .iter()
        .filter_map(|(name, chosen)| {
            let (word, pointer) = name.split_once(':')?;
            let shape = Shape::ALL.into_iter().find(|shape| shape.word() == word)?;
            Some((shape, pointer, chosen.as_str()))
        })
        .collect();
    chosen.sort_by_key(|(_, pointer, _)| std::cmp::Reverse(pointer.matches('/').count()));
    for (shape, pointer, chosen) in chosen {
        if shape.of(shown.pointer(pointer)) != chosen && shape.of(value.pointer(pointer)) != chosen {
            let new = shape.switch(value.pointer(pointer), chosen);
            put(value, pointer, Some(new));
        }
    }
}

/// Takes away the entries that were ticked for it, and puts the others where their places say.
fn arrange(value: &mut Value, form: &[(String, String)]) {
    let posted = |name: &str| form.iter().find(|(key, _)| key == name).map(|(_, posted)| posted.as_str());
    let mut lists: Vec<&str> = form
        .iter()
        .filter_map(|(name, _)| {
            let entry = name.strip_prefix("drop:").or_else(|| name.strip_prefix("place:"))?;
            Some(entry.rsplit_once('/')?.0)
        })
        .collect();
    lists.sort_unstable();
    lists.dedup();
    for list in lists {
        let Some(Value::Array(entries)) = value.pointer_mut(list) else { continue };
        let mut placed: Vec<(usize, Value)> = std::mem::take(entries)
            .into_iter()
            .enumerate()
            .filter(|(index, _)| posted(&drop_name(&entry(list, *index))).is_none())
            .map(|(index, each)| {
                let now = 2 * (index + 1);
                let wanted =
                    posted(&place_name(&entry(list, index))).and_then(|place| place.trim().parse().ok());
                // One that moves to the place of another goes beyond it.
                let place = match wanted.map_or(now, |place: usize| place.saturating_mul(2)) {
                    place if place < now => place.saturating_sub(1),
                    place if place > now => place.saturating_add(1),
                    place => place,
                };
                (place, each)
            })
            .collect();
        placed.sort_by_key(|(place, _)| *place);
        entries.extend(placed.into_iter().map(|(_, each)| each));
    }
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
    fn an_emptied_field_that_says_what_it_is_in_stays() {
        let shown = json!({ "strategy": { "steps": [{ "set": 1 }] } });
        let fields = [("amount:/strategy/steps/0/set", ""), ("kept:/strategy/steps/0/set", "")];
        let merged = form(&shown, &shown.to_string(), &fields);
        assert_eq!(merged["strategy"]["steps"], json!([{ "set": "" }]));
    }

    #[test]
    fn another_kind_of_health_check_drops_what_is_not_its_own() {
        let shown = json!({ "health_checks": [{ "kind": "http", "path": "/", "port": "http" }] });
        let merged = form(&shown, &shown.to_string(), &[("text:/health_checks/0/kind", "tcp")]);
        assert_eq!(merged["health_checks"], json!([{ "kind": "tcp", "port": "http" }]));
    }

    #[test]
    fn choices_bring_their_fields_and_only_changed_ones_count() {
        let steps = json!([{ "set": 1 }, { "verify": "60s" }]);
        let shown = json!({ "strategy": { "kind": "staged", "steps": steps }, "x": 1 });
        let typed =
            r#"{ "strategy": { "kind": "staged", "steps": [{ "set": 1 }, { "wait": "60s" }] }, "x": 1 }"#;
        let fields = [
            ("strategy:/strategy", "staged"),
            ("step:/strategy/steps/0", "set"),
            ("amount:/strategy/steps/0/set", "25%"),
            ("step:/strategy/steps/1", "verify"),
            ("text:/strategy/steps/1/verify", "60s"),
            ("step:/strategy/steps/2", "approve"),
            ("check:/checks/0", "http"),
        ];
        let merged = form(&shown, typed, &fields);
        assert_eq!(
            merged["strategy"]["steps"],
            json!([{ "set": "25%" }, { "wait": "60s" }, { "approve": {} }]),
            "what was typed into the JSON stays"
        );
        assert_eq!(merged["checks"][0]["expect"], json!({ "status": [200] }));
        let fields = [("strategy:/strategy", "rolling"), ("step:/strategy/steps/2", "wait")];
        let merged = form(&shown, &shown.to_string(), &fields);
        assert_eq!(merged, json!({ "strategy": { "kind": "rolling" }, "x": 1 }));
    }

    #[test]
    fn entries_move_by_their_places() {
        let shown = json!({ "steps": ["a", "b", "c", "d"] });
        let at = |places: [&str; 4]| {
            let names = [0, 1, 2, 3].map(|index| place_name(&entry("/steps", index)));
            let fields: Vec<_> = names.iter().map(String::as_str).zip(places).collect();
            form(&shown, &shown.to_string(), &fields)["steps"].clone()
        };
        assert_eq!(at(["1", "2", "3", "4"]), json!(["a", "b", "c", "d"]));
        assert_eq!(at(["1", "2", "1", "4"]), json!(["c", "a", "b", "d"]));
        assert_eq!(at(["3", "2", "3", "4"]), json!(["b", "c", "a", "d"]));
        assert_eq!(at(["9", "", "x", "1"]), json!(["d", "b", "c", "a"]));
        let fields = [("place:/steps/3", "1"), ("drop:/steps/0", "on")];
        assert_eq!(form(&shown, &shown.to_string(), &fields)["steps"], json!(["d", "b", "c"]));
    }

    #[test]
    fn headers_are_rows_like_variables() {
        let shown = json!({ "checks": [{ "headers": { "Accept": "a" } }] });
        let fields = [
            ("key:/checks/0/headers:0", "Accept"),
            ("value:/checks/0/headers:0", "b"),
            ("key:/checks/0/headers:1", "Host"),
            ("value:/checks/0/headers:1", "shop"),
        ];
        let merged = form(&shown, &shown.to_string(), &fields);
        assert_eq!(merged["checks"][0]["headers"], json!({ "Accept": "b", "Host": "shop" }));
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
