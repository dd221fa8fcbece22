//! How a form field shows a JSON value as text and reads it back. What does not fit the field's type is kept as the text
//! it is, so that the validator can say what is wrong with it and nothing typed is lost.

use serde_json::Value;

use super::words;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Codec {
    /// Text; empty means absent.
    Text,
    /// A whole or decimal number; empty means absent.
    Number,
    /// `2` or `25%`.
    Amount,
    /// A list of words or one line for a shell: the text starts with `sh: ` for the latter when posted without scripts.
    Words,
    /// One line that runs through a shell.
    Shell,
    /// `true` or absent.
    Flag,
    /// Text to the letter: blanks at its ends count.
    Exact,
    /// Any JSON; what is none is text.
    Json,
    /// Numbers with commas or blanks between them.
    Numbers,
}

impl Codec {
    /// Its word in the names of form fields.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Number => "number",
            Self::Amount => "amount",
            Self::Words | Self::Shell => "command",
            Self::Flag => "flag",
            Self::Exact => "exact",
            Self::Json => "json",
            Self::Numbers => "numbers",
        }
    }

    /// The codec of a field's word, except for commands.
    pub fn named(word: &str) -> Option<Self> {
        let plain =
            [Self::Text, Self::Number, Self::Amount, Self::Flag, Self::Exact, Self::Json, Self::Numbers];
        plain.into_iter().find(|codec| codec.word() == word)
    }

    /// The text of a value; empty for none.
    pub fn show(self, value: Option<&Value>) -> String {
        match (self, value) {
            (Self::Json, Some(Value::Null)) => "null".to_owned(),
            (_, None | Some(Value::Null)) => String::new(),
            (Self::Numbers, Some(Value::Array(list))) if list.iter().all(is_scalar) => {
                list.iter().map(|each| self.show(Some(each))).collect::<Vec<_>>().join(", ")
            }
            // Text that would be read as something else keeps its quotes.
            (Self::Json, Some(Value::String(text))) if text.is_empty() || is_json(text) => {
                Value::String(text.clone()).to_string()
            }
            (Self::Words | Self::Shell, Some(Value::Array(list))) if list.iter().all(Value::is_string) => {
                words::join(list.iter().filter_map(Value::as_str))
            }
            (_, Some(Value::String(text))) => text.clone(),
            (_, Some(other)) => other.to_string(),
        }
    }

    /// The value of a text; `None` takes the field away.
    pub fn read(self, text: &str) -> Option<Value> {
        let trimmed = text.trim();
        if trimmed.is_empty() {
            return None;
        }
        Some(match self {
            Self::Text | Self::Shell => Value::String(trimmed.to_owned()),
            Self::Number | Self::Amount => number(trimmed),
            Self::Words => words::split(trimmed).into_iter().map(Value::String).collect(),
            Self::Flag if trimmed == "true" || trimmed == "on" => Value::Bool(true),
            Self::Flag => return None,
            Self::Exact => Value::String(text.to_owned()),
            Self::Json => serde_json::from_str(trimmed).unwrap_or_else(|_| Value::String(trimmed.to_owned())),
            Self::Numbers => {
                let parts = trimmed.split(|c: char| c == ',' || c.is_whitespace());
                parts.filter(|part| !part.is_empty()).map(number).collect()
            }
        })
    }
}

const fn is_scalar(value: &Value) -> bool {
    matches!(value, Value::Number(_) | Value::String(_))
}

fn is_json(text: &str) -> bool {
    text.trim() != text || serde_json::from_str::<Value>(text).is_ok()
}

fn number(text: &str) -> Value {
    let plain = text.bytes().all(|byte| byte.is_ascii_digit() || b"+-.eE".contains(&byte));
    match serde_json::from_str(text) {
        Ok(number @ Value::Number(_)) if plain => number,
        // ".5" and "08" are numbers to people.
        _ => match (plain, text.parse::<f64>()) {
            (true, Ok(number)) if number.fract() == 0.0 && number.abs() < 1e15 => Value::from(number as i64),
            (true, Ok(number)) => Value::from(number),
            _ => Value::String(text.to_owned()),
        },
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn shows_what_it_read() {
        for (codec, text, value) in [
            (Codec::Text, "x y", json!("x y")),
            (Codec::Number, "12", json!(12)),
            (Codec::Number, "0.5", json!(0.5)),
            (Codec::Number, "many", json!("many")),
            (Codec::Amount, "25%", json!("25%")),
            (Codec::Amount, "1", json!(1)),
            (Codec::Words, "./api --name 'a b'", json!(["./api", "--name", "a b"])),
            (Codec::Shell, "echo a | cat", json!("echo a | cat")),
            (Codec::Flag, "true", json!(true)),
            (Codec::Exact, " ERROR: ", json!(" ERROR: ")),
            (Codec::Json, "ok", json!("ok")),
            (Codec::Json, "\"12\"", json!("12")),
            (Codec::Json, "12", json!(12)),
            (Codec::Json, "null", json!(null)),
            (Codec::Json, "{\"a\":[1]}", json!({ "a": [1] })),
            (Codec::Json, "\"\"", json!("")),
            (Codec::Numbers, "200, 204", json!([200, 204])),
            (Codec::Numbers, "200, 2xx", json!([200, "2xx"])),
        ] {
            assert_eq!(codec.read(text).as_ref(), Some(&value), "{text}");
            assert_eq!(codec.show(Some(&value)), text);
        }
        assert_eq!(Codec::Number.read(".5"), Some(json!(0.5)));
        assert_eq!(Codec::Number.read("08"), Some(json!(8)));
        assert_eq!(Codec::Numbers.read("200 201,"), Some(json!([200, 201])));
        assert_eq!(Codec::Numbers.show(Some(&json!(200))), "200");
        assert_eq!(Codec::Text.read("  "), None);
        assert_eq!(Codec::Flag.read("false"), None);
    }

    #[test]
    fn a_value_of_another_type_is_shown_as_it_is() {
        assert_eq!(Codec::Number.show(Some(&json!({ "a": 1 }))), r#"{"a":1}"#);
        assert_eq!(Codec::Words.show(Some(&json!(["a", 1]))), r#"["a",1]"#);
    }
}
