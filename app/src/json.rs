//! Reading JSON in the browser, small. Serde makes code for each pair of a type and a format; serde_json's part of a pair
//! is large, as it parses, counts lines and words mistakes in every one. Here the text is parsed once, for all types, and a
//! mistake is only a mistake: that halves what reading costs a page.

use serde::de::{
    DeserializeOwned, DeserializeSeed, Deserializer, EnumAccess, Error, MapAccess, SeqAccess, VariantAccess,
    Visitor,
};
use serde_json::{Number, Value, map};

/// Something else than was expected. What, nobody would read: the server writes what the browser reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wrong;

impl std::fmt::Display for Wrong {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("unexpected JSON")
    }
}

impl std::error::Error for Wrong {}

impl Error for Wrong {
    fn custom<T: std::fmt::Display>(_: T) -> Self {
        Self
    }
}

/// The value that a text holds, if it does.
pub fn read<T: DeserializeOwned>(text: &str) -> Option<T> {
    serde_json::from_str(text).ok().and_then(from_value)
}

/// What a parsed text says.
pub fn from_value<T: DeserializeOwned>(value: Value) -> Option<T> {
    T::deserialize(Tree(value)).ok()
}

struct Tree(Value);

fn number<'de, V: Visitor<'de>>(value: &Number, visitor: V) -> Result<V::Value, Wrong> {
    match (value.as_u64(), value.as_i64(), value.as_f64()) {
        (Some(number), _, _) => visitor.visit_u64(number),
        (None, Some(number), _) => visitor.visit_i64(number),
        (None, None, Some(number)) => visitor.visit_f64(number),
        (None, None, None) => Err(Wrong),
    }
}

fn list<'de, V: Visitor<'de>>(value: Value, visitor: V) -> Result<V::Value, Wrong> {
    match value {
        Value::Array(items) => visitor.visit_seq(Items(items.into_iter())),
        _ => Err(Wrong),
    }
}

fn object<'de, V: Visitor<'de>>(value: Value, visitor: V) -> Result<V::Value, Wrong> {
    match value {
        Value::Object(fields) => visitor.visit_map(Fields { fields: fields.into_iter(), value: None }),
        _ => Err(Wrong),
    }
}

/// Methods that take a figure.
macro_rules! figures {
    ($($method:ident)*) => {
        $(fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Wrong> {
            match &self.0 {
                Value::Number(value) => number(value, visitor),
                _ => Err(Wrong),
            }
        })*
    };
}

/// Methods that take a text.
macro_rules! texts {
    ($($method:ident)*) => {
        $(fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Wrong> {
            match self.0 {
                Value::String(text) => visitor.visit_string(text),
                _ => Err(Wrong),
            }
        })*
    };
}

// One kind of value for each method, so that a type's code holds no other.
impl<'de> Deserializer<'de> for Tree {
    type Error = Wrong;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Wrong> {
        match self.0 {
            Value::Null => visitor.visit_unit(),
            Value::Bool(value) => visitor.visit_bool(value),
            Value::Number(value) => number(&value, visitor),
            Value::String(text) => visitor.visit_string(text),
            value @ Value::Array(_) => list(value, visitor),
            value @ Value::Object(_) => object(value, visitor),
        }
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Wrong> {
        match self.0 {
            Value::Bool(value) => visitor.visit_bool(value),
            _ => Err(Wrong),
        }
    }

    figures! {
        deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64 deserialize_i128
        deserialize_u8 deserialize_u16 deserialize_u32 deserialize_u64 deserialize_u128
        deserialize_f32 deserialize_f64
    }

    texts! {
        deserialize_char deserialize_str deserialize_string deserialize_bytes deserialize_byte_buf
        deserialize_identifier
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Wrong> {
        match self.0 {
            Value::Null => visitor.visit_none(),
            value => visitor.visit_some(Self(value)),
        }
    }

    fn deserialize_unit<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Wrong> {
        visitor.visit_unit()
    }

    fn deserialize_unit_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Wrong> {
        visitor.visit_unit()
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Wrong> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Wrong> {
        list(self.0, visitor)
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, Wrong> {
        list(self.0, visitor)
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: usize,
        visitor: V,
    ) -> Result<V::Value, Wrong> {
        list(self.0, visitor)
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Wrong> {
        object(self.0, visitor)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Wrong> {
        object(self.0, visitor)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Wrong> {
        let variant = match self.0 {
            Value::String(name) => Variant { name, value: None },
            Value::Object(fields) => {
                let (name, value) = fields.into_iter().next().ok_or(Wrong)?;
                Variant { name, value: Some(value) }
            }
            _ => return Err(Wrong),
        };
        visitor.visit_enum(variant)
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Wrong> {
        visitor.visit_unit()
    }
}

struct Items(std::vec::IntoIter<Value>);

impl<'de> SeqAccess<'de> for Items {
    type Error = Wrong;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, Wrong> {
        self.0.next().map(|value| seed.deserialize(Tree(value))).transpose()
    }
}

struct Fields {
    fields: map::IntoIter,
    value: Option<Value>,
}

impl<'de> MapAccess<'de> for Fields {
    type Error = Wrong;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Wrong> {
        let Some((name, value)) = self.fields.next() else { return Ok(None) };
        self.value = Some(value);
        seed.deserialize(Tree(Value::String(name))).map(Some)
    }

    fn next_value_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<T::Value, Wrong> {
        seed.deserialize(Tree(self.value.take().ok_or(Wrong)?))
    }
}

struct Variant {
    name: String,
    value: Option<Value>,
}

impl<'de> EnumAccess<'de> for Variant {
    type Error = Wrong;
    type Variant = Content;

    fn variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<(T::Value, Content), Wrong> {
        let name = seed.deserialize(Tree(Value::String(self.name)))?;
        Ok((name, Content(self.value)))
    }
}

/// What stands beside the name of a variant.
struct Content(Option<Value>);

impl<'de> VariantAccess<'de> for Content {
    type Error = Wrong;

    fn unit_variant(self) -> Result<(), Wrong> {
        Ok(())
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value, Wrong> {
        seed.deserialize(Tree(self.0.ok_or(Wrong)?))
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, Wrong> {
        list(self.0.ok_or(Wrong)?, visitor)
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Wrong> {
        object(self.0.ok_or(Wrong)?, visitor)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use model::problem::{Fault, FieldError, Problem};
    use serde::Serialize;

    use super::*;

    #[derive(Debug, PartialEq, Serialize, serde::Deserialize)]
    enum Shape {
        Point,
        Round(f64),
        Pair(i8, u64),
        Named { width: u32, name: Option<char> },
    }

    #[derive(Debug, PartialEq, Serialize, serde::Deserialize)]
    struct Unit;

    #[derive(Debug, PartialEq, Serialize, serde::Deserialize)]
    struct All {
        shapes: Vec<Shape>,
        pairs: BTreeMap<String, (bool, i64)>,
        nothing: (),
        unit: Unit,
        huge: u64,
        rest: Value,
    }

    fn again<T: Serialize + DeserializeOwned>(value: &T) -> Option<T> {
        read(&serde_json::to_string(value).expect("JSON"))
    }

    #[test]
    fn reads_what_serde_json_writes() {
        let all = All {
            shapes: vec![
                Shape::Point,
                Shape::Round(1.5),
                Shape::Pair(-7, u64::MAX),
                Shape::Named { width: 3, name: Some('\u{9519}') },
                Shape::Named { width: 0, name: None },
            ],
            pairs: BTreeMap::from([("a".to_owned(), (true, i64::MIN))]),
            nothing: (),
            unit: Unit,
            huge: 1 << 60,
            rest: serde_json::json!({ "a": [1, null, "b", { "c": 0.25 }] }),
        };
        assert_eq!(again(&all).as_ref(), Some(&all));
        let problem = Problem::invalid(vec![
            FieldError::new("/a", Fault::OutOfRange { min: 0.0, max: 10.5 }),
            FieldError::new("/b", Fault::Unknown { similar: Some("c".to_owned()) }),
        ]);
        assert_eq!(again(&problem).as_ref(), Some(&problem));
    }

    #[test]
    fn a_mistake_is_nothing() {
        assert_eq!(read::<u8>("256"), None);
        assert_eq!(read::<u8>("\"1\""), None);
        assert_eq!(read::<Vec<u8>>("[1"), None);
        assert_eq!(read::<Shape>("\"Other\""), None);
        assert_eq!(read::<Shape>("{}"), None);
        assert_eq!(read::<Problem>("{}"), None);
    }
}
