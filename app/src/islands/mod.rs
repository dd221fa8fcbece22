//! What moves in the browser. Everything else is rendered on the server.

#[cfg(any(feature = "app-logs", feature = "app-overview"))]
pub mod app;
#[cfg(feature = "palette")]
pub mod ask;
#[cfg(feature = "ssr")]
pub mod changes;
pub mod copy;
#[cfg(feature = "deployment")]
pub mod deployment;
mod given;
#[cfg(feature = "base")]
pub mod history;
pub mod local_time;
pub mod offline;
#[cfg(feature = "palette")]
pub mod palette;
#[cfg(feature = "base")]
pub mod password;
pub mod refresh;
#[cfg(feature = "editor")]
pub mod upload;
pub mod viewer_zone;
#[cfg(any(feature = "app-logs", feature = "app-overview"))]
pub mod zone;

pub use self::given::Given;

/// Asks for the page anew.
pub fn reload() {
    #[cfg(feature = "hydrate")]
    if let Some(window) = web_sys::window() {
        let _ = window.location().reload();
    }
}
