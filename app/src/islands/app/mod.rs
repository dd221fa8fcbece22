//! What moves on an app's page.

#[cfg(feature = "app-overview")]
pub mod charts;
#[cfg(feature = "app-logs")]
mod log_buffer;
#[cfg(feature = "app-logs")]
mod log_stream;
#[cfg(feature = "app-logs")]
pub mod logs;
#[cfg(feature = "app-overview")]
pub mod query;

/// The end of an id, which tells instances of one app apart.
pub fn short(id: &str, app: &str) -> String {
    let rest = id.strip_prefix(app).and_then(|rest| rest.strip_prefix('-')).unwrap_or(id);
    rest.char_indices().rev().nth(11).map_or(rest, |(start, _)| &rest[start..]).to_owned()
}
