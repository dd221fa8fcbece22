//! What the buttons of the form do: each is a posted `do=`, and the form is drawn again with what became of it.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::merge::entry;
use super::pointer::{put, swap};
use super::preset::Preset;
use super::rows::{Rows, rows};
use super::shape::{Shape, new_check};
use super::source::Source;

/// Deploys; any other value of `do` only draws the form again.
pub const DEPLOY: &str = "deploy";
/// What scripts post after a change, and what the plain button of the plan posts.
pub const LOOK: &str = "look";
/// Name of the field that says what was chosen to run.
pub const SOURCE: &str = "source";
/// Begins the names of the fields that keep what was said of a source before another was chosen.
pub const KEPT_SOURCE: &str = "kept-source:";

/// What was posted beside the definition, for the form to come.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Posted {
    /// Scripts posted it.
    pub scripted: bool,
    pub rows: BTreeMap<String, Rows>,
    pub source: Option<Source>,
    pub kept: BTreeMap<String, String>,
    /// Commands that were ticked to run through a shell; a command that is still empty has no other place for it.
    pub shells: Vec<String>,
    /// The element that the keyboard goes to, or to the first field within.
    pub focus: Option<String>,
}

impl Posted {
    pub fn of(form: &[(String, String)], shown: &Value, scripted: bool) -> Self {
        let field = |name: &str| form.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str());
        let named = |prefix: &'static str| {
            form.iter()
                .filter_map(move |(name, value)| Some((name.strip_prefix(prefix)?.to_owned(), value.clone())))
        };
        let rows = rows(form, shown);
        let focus = match field("do").and_then(|deed| deed.split_once(':')) {
            Some(("row", map)) => rows.get(map).map(|rows| row_id(map, rows.len() - 1)),
            Some(("cut", row)) => row.rsplit_once(':').map(|(map, _)| add_id(map)),
            _ => None,
        };
        Self {
            scripted,
            // Without scripts there are empty rows anyway.
            rows: if scripted { rows } else { BTreeMap::new() },
            source: field(SOURCE).and_then(Source::named),
            kept: named(KEPT_SOURCE).collect(),
            shells: named("shell:").map(|(pointer, _)| pointer).collect(),
            focus,
        }
    }
}

/// Id of an entry of a list.
pub fn entry_id(entry: &str) -> String {
    format!("entry{entry}")
}

/// Id of the first button that adds to a list or to a map.
pub fn add_id(list: &str) -> String {
    format!("add{list}")
}

pub fn remove_id(entry: &str) -> String {
    format!("remove{entry}")
}

pub fn move_id(entry: &str, up: bool) -> String {
    format!("{}{entry}", if up { "up" } else { "down" })
}

/// Id of a row of a map.
pub fn row_id(map: &str, row: usize) -> String {
    format!("row{map}/{row}")
}

/// Does to the definition what a button says.
pub fn act(value: &mut Value, posted: &mut Posted, deed: &str, protected: bool) {
    let Some((verb, rest)) = deed.split_once(':') else { return };
    match verb {
        "add" => {
            let (kind, list) = rest.split_once(':').unwrap_or(("", rest));
            let new = new_entry(value, list, kind);
            let last = entry(list, length(value, list));
            posted.focus = Some(entry_id(&last));
            put(value, &last, Some(new));
        }
        "remove" => {
            put(value, rest, None);
            let Some((list, index)) = place(rest) else { return };
            posted.focus = Some(match length(value, list) {
                0 => add_id(list),
                left => remove_id(&entry(list, index.min(left - 1))),
            });
        }
        "up" | "down" => {
            let Some((list, index)) = place(rest) else { return };
            let up = verb == "up";
            let Some(to) = (if up { index.checked_sub(1) } else { Some(index + 1) }) else { return };
            swap(value, list, index, to);
            let last = length(value, list).saturating_sub(1);
            // The button of the entry's new place that goes on, or the other one at the end of the way.
            let up = if up { to > 0 } else { to >= last };
            posted.focus = Some(move_id(&entry(list, to), up));
        }
        "preset" => {
            if let Some(preset) = Preset::named(rest) {
                let new = preset.apply(value.get("strategy"), protected);
                put(value, "/strategy", Some(new));
            }
        }
        "source" => {
            if let Some(source) = Source::named(rest) {
                choose(value, posted, source);
            }
        }
        _ => {}
    }
}

fn choose(value: &mut Value, posted: &mut Posted, chosen: Source) {
    for pointer in Source::ALL.into_iter().filter(|source| *source != chosen).filter_map(Source::pointer) {
        if let Some(before) = value.pointer(pointer).and_then(Value::as_str) {
            posted.kept.insert(pointer.to_owned(), before.to_owned());
            put(value, pointer, None);
        }
    }
    if let Some(pointer) = chosen.pointer()
        && let Some(before) = posted.kept.remove(pointer)
    {
        put(value, pointer, Some(Value::String(before)));
    }
    posted.source = Some(chosen);
}

fn length(value: &Value, list: &str) -> usize {
    value.pointer(list).and_then(Value::as_array).map_or(0, Vec::len)
}

/// The list and the index that the pointer of an entry means.
fn place(entry: &str) -> Option<(&str, usize)> {
    let (list, index) = entry.rsplit_once('/')?;
    Some((list, index.parse().ok()?))
}

/// What a new entry begins with.
fn new_entry(value: &Value, list: &str, kind: &str) -> Value {
    match list {
        "/ports" => new_port(value),
        "/health_checks" => json!({ "kind": "http", "path": "/healthz" }),
        "/volumes" => json!({ "name": "data", "mount": "/data" }),
        "/constraints" => json!({ "attribute": "node.name", "operator": "spread" }),
        "/checks" => new_check(value.get("checks"), kind),
        "/strategy/steps" => Shape::Step.switch(None, kind),
        _ => Value::Null,
    }
}

fn new_port(value: &Value) -> Value {
    let ports = value.get("ports").and_then(Value::as_array);
    let taken: Vec<&str> =
        ports.into_iter().flatten().filter_map(|port| port.get("name")?.as_str()).collect();
    let name = ["http".to_owned(), "admin".to_owned()]
        .into_iter()
        .chain((2..=100).map(|number| format!("port-{number}")))
        .find(|name| !taken.contains(&name.as_str()));
    json!({ "name": name })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(value: &Value, deed: &str) -> (Value, Option<String>) {
        let mut value = value.clone();
        let mut posted = Posted::default();
        act(&mut value, &mut posted, deed, false);
        (value, posted.focus)
    }

    #[test]
    fn entries_come_go_and_move_and_the_keyboard_follows() {
        let value = json!({ "ports": [{ "name": "http" }], "strategy": { "steps": [{ "set": 1 }, { "wait": "1s" }] } });
        let (new, focus) = after(&value, "add::/ports");
        assert_eq!(new["ports"], json!([{ "name": "http" }, { "name": "admin" }]));
        assert_eq!(focus.as_deref(), Some("entry/ports/1"));
        let (new, focus) = after(&value, "add:verify:/strategy/steps");
        assert_eq!(
            (&new["strategy"]["steps"][2], focus.as_deref()),
            (&json!({ "verify": "1m" }), Some("entry/strategy/steps/2"))
        );
        let (new, focus) = after(&value, "up:/strategy/steps/1");
        assert_eq!(new["strategy"]["steps"], json!([{ "wait": "1s" }, { "set": 1 }]));
        assert_eq!(focus.as_deref(), Some("down/strategy/steps/0"));
        let (new, focus) = after(&value, "remove:/strategy/steps/1");
        assert_eq!(
            (new["strategy"]["steps"].as_array().map(Vec::len), focus.as_deref()),
            (Some(1), Some("remove/strategy/steps/0"))
        );
        assert_eq!(after(&value, "remove:/ports/0").1.as_deref(), Some("add/ports"));
        for deed in [
            "look",
            "deploy",
            "up:/ports/0",
            "down:/ports/7",
            "add::/nowhere/at/all",
            "preset:none",
            "remove:",
        ] {
            let _ = after(&value, deed);
        }
    }

    #[test]
    fn going_back_to_a_source_brings_back_what_was_said_of_it() {
        let mut value = json!({ "image": "shop:1" });
        let mut posted = Posted::default();
        act(&mut value, &mut posted, "source:command", false);
        assert_eq!((value.get("image"), posted.source), (None, Some(Source::Command)));
        act(&mut value, &mut posted, "source:image", false);
        assert_eq!(value, json!({ "image": "shop:1" }));
        assert!(posted.kept.is_empty());
    }
}
