//! What the server gives an island to begin with.

use serde::{Deserialize, Serialize, Serializer};

/// Props that only go from the server to the browser. Leptos has an island write its props in the browser as well, where
/// nobody reads them; for large types the code for that is larger than the island.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(transparent)]
pub struct Given<T>(pub T);

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
