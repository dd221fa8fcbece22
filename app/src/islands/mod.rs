//! What moves in the browser. Everything else is rendered on the server.

pub mod editor;
