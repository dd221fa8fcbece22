//! Tests of the fields of lines that are JSON: `level=error status>=500 "a name"="a value"`.

use std::cmp::Ordering;
use std::fmt;

use serde_json::Value;

use crate::problem::{Fault, FieldError, JsonKind};

/// Tests in one search.
const TESTS_MAX: usize = 16;
/// Characters of all of them.
const TEXT_MAX: usize = 1_000;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Relation {
    Equal,
    NotEqual,
    Less,
    AtMost,
    More,
    AtLeast,
}

impl Relation {
    /// The longer ones first, as they are read.
    const ALL: [Self; 6] = [Self::NotEqual, Self::AtMost, Self::AtLeast, Self::Equal, Self::Less, Self::More];

    pub const fn sign(self) -> &'static str {
        match self {
            Self::Equal => "=",
            Self::NotEqual => "!=",
            Self::Less => "<",
            Self::AtMost => "<=",
            Self::More => ">",
            Self::AtLeast => ">=",
        }
    }

    /// Whether it goes by size, which only numbers have.
    pub const fn orders(self) -> bool {
        !matches!(self, Self::Equal | Self::NotEqual)
    }
}

/// One test of one field. A line without the field does not pass, whatever is asked of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldTest {
    /// The field's name; dots lead into objects: `request.path`.
    pub name: String,
    pub relation: Relation,
    pub value: String,
}

impl FieldTest {
    pub fn equal(name: &str, value: &str) -> Self {
        Self { name: name.to_owned(), relation: Relation::Equal, value: value.to_owned() }
    }

    /// Texts ignore case; numbers are compared as numbers.
    pub fn holds(&self, line: &Value) -> bool {
        let Some(found) = find(line, &self.name) else { return false };
        let number = match found {
            Value::Number(number) => number.as_f64(),
            Value::String(text) => text.parse().ok(),
            _ => None,
        };
        if let (Some(found), Ok(wanted)) = (number, self.value.parse::<f64>()) {
            let order = found.partial_cmp(&wanted);
            return match self.relation {
                Relation::Equal => order == Some(Ordering::Equal),
                Relation::NotEqual => order != Some(Ordering::Equal),
                Relation::Less => order.is_some_and(Ordering::is_lt),
                Relation::AtMost => order.is_some_and(Ordering::is_le),
                Relation::More => order.is_some_and(Ordering::is_gt),
                Relation::AtLeast => order.is_some_and(Ordering::is_ge),
            };
        }
        let same = match found {
            Value::String(text) => same_text(text, &self.value),
            other => same_text(&other.to_string(), &self.value),
        };
        match self.relation {
            Relation::Equal => same,
            Relation::NotEqual => !same,
            _ => false,
        }
    }

    /// A text that every line has that passes, ignoring case, where there is one.
    pub fn needle(&self) -> &str {
        let plain =
            |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
        // Numbers and truth values can be written in several ways.
        let written =
            self.relation == Relation::Equal && plain(&self.value) && self.value.parse::<f64>().is_err();
        if written {
            return &self.value;
        }
        let name = self.name.rsplit('.').next().unwrap_or_default();
        if plain(name) { name } else { "" }
    }
}

fn same_text(found: &str, wanted: &str) -> bool {
    found.eq_ignore_ascii_case(wanted) || (!found.is_ascii() && found.to_lowercase() == wanted.to_lowercase())
}

/// The field of this name, itself or by way of objects.
fn find<'v>(value: &'v Value, name: &str) -> Option<&'v Value> {
    let map = value.as_object()?;
    if let Some(found) = map.get(name) {
        return Some(found);
    }
    name.match_indices('.').find_map(|(dot, _)| find(map.get(&name[..dot])?, &name[dot + 1..]))
}

impl fmt::Display for FieldTest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_part(f, &self.name)?;
        f.write_str(self.relation.sign())?;
        write_part(f, &self.value)
    }
}

fn is_sign(c: char) -> bool {
    matches!(c, '=' | '!' | '<' | '>')
}

fn write_part(f: &mut fmt::Formatter<'_>, part: &str) -> fmt::Result {
    let bare = !part.is_empty() && !part.contains(|c: char| c.is_whitespace() || c == '"' || is_sign(c));
    if bare {
        return f.write_str(part);
    }
    f.write_str("\"")?;
    for c in part.chars() {
        if matches!(c, '"' | '\\') {
            f.write_str("\\")?;
        }
        write!(f, "{c}")?;
    }
    f.write_str("\"")
}

/// Reads tests with blanks between them; none in an empty text.
pub fn read(text: &str) -> Result<Vec<FieldTest>, FieldError> {
    let refused = |fault| FieldError::new("/field", fault);
    if text.chars().count() > TEXT_MAX {
        return Err(refused(Fault::TooLong { max: TEXT_MAX }));
    }
    let mut tests = Vec::new();
    let mut rest = text.trim_start();
    while !rest.is_empty() {
        if tests.len() == TESTS_MAX {
            return Err(refused(Fault::TooMany { max: TESTS_MAX }));
        }
        let (test, after) = read_one(rest).ok_or_else(|| refused(Fault::NotFieldTest))?;
        let number = test.value.parse::<f64>().is_ok_and(f64::is_finite);
        if test.relation.orders() && !number {
            return Err(refused(Fault::WrongType { expected: JsonKind::Number }));
        }
        tests.push(test);
        rest = after.trim_start();
    }
    Ok(tests)
}

fn read_one(text: &str) -> Option<(FieldTest, &str)> {
    let (name, rest) = read_part(text, is_sign)?;
    let relation = Relation::ALL.into_iter().find(|relation| rest.starts_with(relation.sign()))?;
    let (value, rest) = match &rest[relation.sign().len()..] {
        "" => return None,
        rest => read_part(rest, is_sign)?,
    };
    // A quoted value ends its test.
    let ended = rest.is_empty() || rest.starts_with(char::is_whitespace);
    (ended && !name.is_empty()).then_some((FieldTest { name, relation, value }, rest))
}

/// A bare or quoted part, and what follows it.
fn read_part(text: &str, ends: impl Fn(char) -> bool) -> Option<(String, &str)> {
    let Some(quoted) = text.strip_prefix('"') else {
        let end = text.find(|c: char| c.is_whitespace() || c == '"' || ends(c)).unwrap_or(text.len());
        return (end > 0).then(|| (text[..end].to_owned(), &text[end..]));
    };
    let mut part = String::new();
    let mut characters = quoted.char_indices();
    while let Some((at, c)) = characters.next() {
        match c {
            '"' => return Some((part, &quoted[at + 1..])),
            '\\' => part.push(characters.next()?.1),
            c => part.push(c),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn test(text: &str) -> FieldTest {
        let mut tests = read(text).expect("tests");
        assert_eq!(tests.len(), 1, "{text}");
        tests.remove(0)
    }

    #[test]
    fn tests_are_read_with_blanks_between_them() {
        let tests = read(" level=error  status>=500 \"user name\"!=\"a \\\"b\\\"\" ").expect("tests");
        let written: Vec<String> = tests.iter().map(ToString::to_string).collect();
        assert_eq!(written, ["level=error", "status>=500", "\"user name\"!=\"a \\\"b\\\"\""]);
        assert_eq!(read(""), Ok(Vec::new()));
    }

    #[test]
    fn mistakes_are_told_at_the_field() {
        for text in ["level", "=error", "level=", "a=\"b", "a=\"b\"c", "a==b", "level error=1"] {
            let error = read(text).expect_err(text);
            assert_eq!((error.path.as_str(), &error.fault), ("/field", &Fault::NotFieldTest), "{text}");
        }
        assert!(matches!(read("status>=many").expect_err("no number").fault, Fault::WrongType { .. }));
        assert!(matches!(read("status<nan").expect_err("no number").fault, Fault::WrongType { .. }));
        let many = "a=1 ".repeat(TESTS_MAX + 1);
        assert!(matches!(read(&many).expect_err("too many").fault, Fault::TooMany { .. }));
        assert!(matches!(read(&"a".repeat(2_000)).expect_err("too long").fault, Fault::TooLong { .. }));
    }

    #[test]
    fn lines_pass_by_what_their_fields_say() {
        let line = json!({
            "level": "ERROR", "status": 503, "took": "12.5", "ok": false, "none": null,
            "request": { "path": "/a", "a.b": 1 }, "dotted.name": "x", "tags": ["a"],
        });
        for passes in [
            "level=error",
            "level!=warn",
            "status>=500",
            "status<504",
            "status=503.0",
            "took>12",
            "ok=false",
            "request.path=/a",
            "request.a.b=1",
            "dotted.name=X",
            "none=null",
            "tags=\"[\\\"a\\\"]\"",
        ] {
            assert!(test(passes).holds(&line), "{passes}");
        }
        for fails in ["level=warn", "status>503", "absent!=1", "level>=1", "request.none=1", "status=abc"] {
            assert!(!test(fails).holds(&line), "{fails}");
        }
        assert!(!test("a=1").holds(&json!([1])));
    }

    #[test]
    fn a_needle_is_in_every_line_that_passes() {
        for (text, needle) in [
            ("level=error", "error"),
            ("status=500", "status"),
            ("a.status>=5", "status"),
            ("x=\"a b\"", "x"),
        ] {
            assert_eq!(test(text).needle(), needle, "{text}");
        }
    }

    proptest! {
        #[test]
        fn a_test_is_read_as_it_is_written(name in ".{1,12}", value in ".{0,12}", which in 0..2_usize) {
            let relation = [Relation::Equal, Relation::NotEqual][which];
            let written = FieldTest { name, relation, value };
            prop_assert_eq!(read(&written.to_string()), Ok(vec![written]));
        }

        #[test]
        fn no_text_is_too_strange(text in ".{0,200}") {
            let _ = read(&text);
        }
    }
}
