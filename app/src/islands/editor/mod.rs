//! The definition editor: a form and its JSON, of which the JSON is the truth.

pub mod codec;
pub mod document;
mod fields;
pub mod locate;
pub mod merge;
pub mod pointer;
pub mod preset;
pub mod print;
pub mod shape;
mod state;
mod view;
pub mod words;

pub use self::state::Setup;
pub use self::view::{DefinitionEditor, FORM, Source, plan_mistakes, plan_shown};
