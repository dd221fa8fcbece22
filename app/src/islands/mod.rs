//! What moves in the browser. Everything else is rendered on the server.

pub mod changes;
pub mod editor;
