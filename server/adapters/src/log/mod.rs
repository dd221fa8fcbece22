//! Kept log lines on disk: appended to an open segment, sealed into compressed ones, looked through by what they say.

mod folder;
mod record;
mod scan;
mod segment;
#[cfg(test)]
mod tests;

pub use self::folder::{AppLog, Limits, View};
pub use self::record::{Batch, Mark};
pub use self::scan::{Found, Matcher, Walk, newest};
