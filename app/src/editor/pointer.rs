//! Reading and writing one place of a JSON value by its pointer (RFC 6901), leaving everything else as it is.

use serde_json::{Map, Value};

/// The unescaped parts of a pointer: `/env/a~1b` is `env`, `a/b`.
pub fn parts(pointer: &str) -> Vec<String> {
    pointer.split('/').skip(1).map(unescape).collect()
}

/// A pointer one level below `parent`.
pub fn child(parent: &str, key: &str) -> String {
    format!("{parent}/{}", key.replace('~', "~0").replace('/', "~1"))
}

pub(super) fn unescape(part: &str) -> String {
    part.replace("~1", "/").replace("~0", "~")
}

/// Puts `new` at `pointer`, making the objects and list entries on the way. A value of another shape on the way is
/// replaced; the validator has marked it already.
pub fn set(root: &mut Value, pointer: &str, new: Value) {
    let mut place = root;
    for part in parts(pointer) {
        if let (Value::Array(list), Ok(index)) = (&mut *place, part.parse::<usize>()) {
            let index = index.min(list.len());
            if index == list.len() {
                list.push(Value::Null);
            }
        } else if !place.is_object() {
            *place = if part.parse::<usize>().is_ok() {
                Value::Array(vec![Value::Null])
            } else {
                Value::Object(Map::new())
            };
        }
        place = match place {
            Value::Array(list) => {
                let last = list.len().saturating_sub(1);
                let index = part.parse::<usize>().map_or(last, |index| index.min(last));
                &mut list[index]
            }
            Value::Object(map) => map.entry(part).or_insert(Value::Null),
            _ => return,
        };
    }
    *place = new;
}

/// Objects that say something by being there: a gate with nothing but defaults, a condition whose number is being typed.
const KEPT_EMPTY: [&str; 3] = ["approve", "threshold", "baseline"];

/// Takes away what is at `pointer`, and the objects that it leaves empty.
pub fn remove(root: &mut Value, pointer: &str) -> Option<Value> {
    let (parent, last) = pointer.rsplit_once('/')?;
    let last = unescape(last);
    let taken = match root.pointer_mut(parent)? {
        Value::Object(map) => map.remove(&last),
        Value::Array(list) => {
            let index = last.parse::<usize>().ok()?;
            (index < list.len()).then(|| list.remove(index))
        }
        _ => None,
    };
    let emptied = matches!(root.pointer(parent), Some(Value::Object(map)) if map.is_empty());
    let stays = parent
        .rsplit_once('/')
        .is_some_and(|(_, key)| key.parse::<usize>().is_ok() || KEPT_EMPTY.contains(&key));
    if taken.is_some() && emptied && !parent.is_empty() && !stays {
        remove(root, parent);
    }
    taken
}

/// [`set`] for a value, [`remove`] for none.
pub fn put(root: &mut Value, pointer: &str, new: Option<Value>) {
    match new {
        Some(new) => set(root, pointer, new),
        None => {
            remove(root, pointer);
        }
    }
}

/// Lets two entries of a list change places.
pub fn swap(root: &mut Value, list: &str, one: usize, other: usize) {
    if let Some(Value::Array(entries)) = root.pointer_mut(list)
        && one.max(other) < entries.len()
    {
        entries.swap(one, other);
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn writes_only_its_place() {
        let mut value =
            json!({ "image": "a", "x-unknown": [1, { "deep": null }], "resources": { "gpu": 1 } });
        set(&mut value, "/resources/cpus", json!(0.5));
        set(&mut value, "/ports/0/name", json!("http"));
        set(&mut value, "/ports/1/name", json!("admin"));
        set(&mut value, "/labels/a~1b", json!("c"));
        assert_eq!(
            value,
            json!({
                "image": "a", "x-unknown": [1, { "deep": null }], "resources": { "gpu": 1, "cpus": 0.5 },
                "ports": [{ "name": "http" }, { "name": "admin" }], "labels": { "a/b": "c" }
            })
        );
    }

    #[test]
    fn removing_takes_the_empty_objects_along_but_no_list_entry() {
        let mut value = json!({ "resources": { "cpus": 1 }, "ports": [{ "name": "http" }], "stop": { "signal": "x", "y": 1 } });
        remove(&mut value, "/resources/cpus");
        remove(&mut value, "/ports/0/name");
        remove(&mut value, "/stop/signal");
        assert_eq!(value, json!({ "ports": [{}], "stop": { "y": 1 } }));
        let mut gate = json!({ "approve": { "role": "admin" }, "steps": [1, 2] });
        remove(&mut gate, "/approve/role");
        swap(&mut gate, "/steps", 0, 1);
        swap(&mut gate, "/steps", 1, 2);
        assert_eq!(gate, json!({ "approve": {}, "steps": [2, 1] }));
        assert_eq!(remove(&mut value, "/nothing/here"), None);
        assert_eq!(remove(&mut value, "/ports/7"), None);
    }
}
