//! What moves in the browser. Everything else is rendered on the server.

pub mod app;
pub mod apps;
pub mod ask;
pub mod changes;
pub mod copy;
pub mod deployment;
pub mod editor;
pub mod history;
pub mod local_time;
pub mod offline;
pub mod palette;
pub mod password;
pub mod refresh;
pub mod stepper;

/// Asks for the page anew.
pub fn reload() {
    #[cfg(feature = "hydrate")]
    if let Some(window) = web_sys::window() {
        let _ = window.location().reload();
    }
}
