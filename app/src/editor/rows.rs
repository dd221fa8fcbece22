//! The rows of a map: variables, labels, headers. They are posted as they stand, with keys that are not keys yet.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

/// The rows of a map: name and value.
pub type Rows = Vec<(String, String)>;

/// Name of the lines that were pasted into a row of a map.
const PASTED: &str = "pasted";

/// The `name`s of key and value of one row of a map.
pub fn pair_names(pointer: &str, row: usize) -> (String, String) {
    (format!("key:{pointer}:{row}"), format!("value:{pointer}:{row}"))
}

/// A map as rows; a value that is not text is shown as JSON.
pub fn pairs(value: Option<&Value>) -> Rows {
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

/// The rows of all maps as they were posted, and after what a button did to them.
pub fn rows(form: &[(String, String)], shown: &Value) -> BTreeMap<String, Rows> {
    let field = |name: &str| form.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str());
    let maps = form.iter().filter_map(|(name, _)| name.strip_prefix("key:")?.strip_suffix(":0"));
    let mut all: BTreeMap<String, Rows> = maps
        .map(|pointer| {
            let rows = (0..).map_while(|row| {
                let (key, text) = pair_names(pointer, row);
                Some((field(&key)?.to_owned(), field(&text).unwrap_or_default().to_owned()))
            });
            (pointer.to_owned(), rows.collect())
        })
        .collect();
    let deed = field("do").unwrap_or_default();
    if let Some(pointer) = deed.strip_prefix("row:") {
        let rows = all.entry(pointer.to_owned()).or_insert_with(|| pairs(shown.pointer(pointer)));
        rows.push((String::new(), String::new()));
    } else if let Some((verb, pointer, row)) = row_of(deed)
        && let Some(rows) = all.get_mut(pointer).filter(|rows| row < rows.len())
    {
        if verb == "cut" {
            rows.remove(row);
        } else {
            paste(rows, row, lines_of(field(PASTED).unwrap_or_default()));
        }
    }
    all
}

/// `cut:/env:2` and `paste:/env:2`.
fn row_of(deed: &str) -> Option<(&str, &str, usize)> {
    let (verb, rest) = deed.split_once(':').filter(|(verb, _)| ["cut", "paste"].contains(verb))?;
    let (pointer, row) = rest.rsplit_once(':')?;
    Some((verb, pointer, row.parse().ok()?))
}

/// Puts lines into the place of an empty row; one of a name that there is takes its place.
fn paste(rows: &mut Rows, row: usize, lines: Rows) {
    if rows[row].0.is_empty() {
        rows.remove(row);
    }
    rows.retain(|(key, _)| lines.iter().all(|(pasted, _)| pasted != key));
    rows.extend(lines);
}

/// Lines of `KEY=value`, as people paste them from a file.
fn lines_of(pasted: &str) -> Rows {
    pasted
        .lines()
        .filter_map(|line| {
            let line = line.trim();
            let line = line.strip_prefix("export ").unwrap_or(line);
            let (key, value) = line.split_once('=').filter(|(key, _)| !key.starts_with('#'))?;
            let value = value.trim();
            let inner = value.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
            Some((key.trim().to_owned(), inner.unwrap_or(value).to_owned()))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn rows_come_go_and_are_pasted_by_buttons() {
        let shown = json!({ "env": { "A": "1", "B": "2" } });
        let after = |deed: &str| {
            let fields = [
                ("key:/env:0", "A"),
                ("value:/env:0", "1"),
                ("key:/env:1", "B"),
                ("value:/env:1", "2"),
                ("key:/env:2", ""),
                ("value:/env:2", ""),
                ("pasted", "# comment\nB=3\nexport C=\"two words\"\n\nD = x=y \nnot a line\n#E=4"),
                ("do", deed),
            ];
            let form = fields.map(|(name, value)| (name.to_owned(), value.to_owned()));
            rows(&form, &shown)["/env"].clone()
        };
        let pairs = |pairs: &[(&str, &str)]| -> Rows {
            pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
        };
        assert_eq!(after("look").len(), 3);
        assert_eq!(after("row:/env").len(), 4);
        assert_eq!(after("cut:/env:0"), pairs(&[("B", "2"), ("", "")]));
        assert_eq!(after("cut:/env:9").len(), 3);
        assert_eq!(after("paste:/env:2"), pairs(&[("A", "1"), ("B", "3"), ("C", "two words"), ("D", "x=y")]));
        let first = [("do".to_owned(), "row:/env".to_owned())];
        assert_eq!(rows(&first, &shown)["/env"], pairs(&[("A", "1"), ("B", "2"), ("", "")]));
    }

    #[test]
    fn a_value_that_is_unchanged_keeps_its_shape() {
        let before = json!({ "S": { "secret": "x" }, "A": "1" });
        let rows = pairs(Some(&before));
        assert_eq!(unpair(&rows, Some(&before)).as_ref(), Some(&before));
        assert_eq!(unpair(&[], Some(&before)), None);
    }
}
