//! Server functions: what islands ask for that the HTTP API does not offer.

mod find;

pub use self::find::{Find, find};
