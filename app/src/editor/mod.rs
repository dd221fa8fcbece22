//! The definition editor: a form and its JSON, of which the JSON is the truth. The server draws it; what is typed comes to
//! it after a moment.

pub mod act;
mod codec;
pub mod document;
mod fields;
mod locate;
pub mod merge;
mod pointer;
pub mod preset;
pub mod print;
mod rows;
mod shape;
pub mod source;
mod state;
mod view;
mod words;

pub use self::state::Setup;

/// The list that the field of an image completes from: a part of the page beside the form.
pub const IMAGES: &str = "known-images";

pub use self::view::{ATTEMPTED, FORM, MISTAKES, form, plan_mistakes, plan_shown};
