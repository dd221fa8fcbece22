//! Opaque cursors of lists: the sort key of the last row shown, so that a page costs the same wherever it begins.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::StoreError;

pub fn encode<T: Serialize>(key: &T) -> String {
    URL_SAFE_NO_PAD.encode(serde_json::to_vec(key).unwrap_or_default())
}

/// `None` for no cursor; [`StoreError::Cursor`] for one that is not ours.
pub fn decode<T: DeserializeOwned>(cursor: Option<&str>) -> Result<Option<T>, StoreError> {
    let Some(cursor) = cursor.filter(|text| !text.is_empty()) else { return Ok(None) };
    let bytes = URL_SAFE_NO_PAD.decode(cursor).map_err(|_| StoreError::Cursor)?;
    serde_json::from_slice(&bytes).map(Some).map_err(|_| StoreError::Cursor)
}

/// Cuts a list that was asked for one row more than `limit` and says where the next page begins.
pub fn page<T, K: Serialize>(mut items: Vec<T>, limit: u32, key: impl Fn(&T) -> K) -> model::api::Page<T> {
    let more = items.len() > limit as usize;
    items.truncate(limit as usize);
    let next = if more { items.last().map(|last| encode(&key(last))) } else { None };
    model::api::Page { items, next }
}
