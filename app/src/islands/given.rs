//! What the server gives an island to begin with.

use serde::de::{DeserializeOwned, Error};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::json;

/// Props that only go from the server to the browser. Leptos has an island write its props in the browser as well, where
/// nobody reads them; for large types the code for that is larger than the island.
#[derive(Debug, Clone, PartialEq)]
pub struct Given<T>(pub T);

impl<'de, T: DeserializeOwned> Deserialize<'de> for Given<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = serde_json::Value::deserialize(deserializer)?;
        json::from_value(value).map(Self).ok_or_else(|| D::Error::custom("props of another build"))
    }
}

#[cfg(feature = "ssr")]
impl<T: Serialize> Serialize for Given<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

#[cfg(not(feature = "ssr"))]
impl<T: Serialize> Serialize for Given<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_unit()
    }
}
