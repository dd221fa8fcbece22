//! The definition editor: a form and its JSON, of which the JSON is the truth.

pub mod codec;
pub mod document;
pub mod locate;
pub mod merge;
pub mod pointer;
pub mod preset;
pub mod print;
pub mod words;
