//! What is kept of an app's log: where a line is, what a search asks for, and what it finds.

mod field;
mod filter;
mod link;
mod unfold;

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

pub use self::field::{FieldTest, Relation, read as read_fields};
pub use self::filter::{LINES_DEFAULT, LINES_MAX, LogFilter, LogSearch, Pattern};
pub use self::link::{LINKS_MAX, LogLink, LogLinkUse, PLACEHOLDERS, check as check_links};
pub use self::unfold::{Unfolded, is_bad, unfold};
use crate::api::LogLine;
use crate::id::{InstanceId, RevisionNumber};
use crate::time::Timestamp;

/// Where a kept line is: the number of its segment and the byte it begins at there. It never changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct LogPosition {
    pub segment: u64,
    pub offset: u64,
}

impl fmt::Display for LogPosition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.segment, self.offset)
    }
}

impl FromStr for LogPosition {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let read = || {
            let (segment, offset) = text.split_once('-')?;
            let number = |part: &str| part.bytes().all(|b| b.is_ascii_digit()).then(|| part.parse().ok())?;
            Some(Self { segment: number(segment)?, offset: number(offset)? })
        };
        read().ok_or("must be a position such as 12-3456, as a search answers with")
    }
}

impl TryFrom<String> for LogPosition {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<LogPosition> for String {
    fn from(position: LogPosition) -> Self {
        position.to_string()
    }
}

/// A line that is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct KeptLine {
    /// For its context: `.../logs/context?at=`.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub position: LogPosition,
    #[serde(flatten)]
    pub line: LogLine,
    /// Where the text holds what was searched for: first and end byte of each.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub hits: Vec<(u32, u32)>,
}

/// Lines found, newest first, and how far was looked.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LogPage {
    pub items: Vec<KeptLine>,
    /// Goes on with older lines; absent once all that is kept was looked through.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>))]
    pub next: Option<LogPosition>,
    /// Bytes of log looked through, uncompressed; what could not hold a line by its time is not.
    pub scanned_bytes: u64,
    /// Milliseconds it took.
    pub took_ms: u64,
    /// The time ran out: older lines may match as well, and `next` goes on.
    pub partial: bool,
    /// Segments that could not be read and were passed over.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub damaged: u32,
}

/// The lines around one, oldest first.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LogContext {
    pub items: Vec<KeptLine>,
    /// There are more before the first.
    pub more_before: bool,
    /// There are more after the last.
    pub more_after: bool,
}

/// How the keeping of an app's log stands.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LogKeeping {
    /// Bytes on disk.
    pub bytes: u64,
    /// Most bytes on disk; the oldest leave first.
    pub bytes_max: u64,
    /// The same lines uncompressed.
    pub raw_bytes: u64,
    /// Seconds after which lines leave.
    pub age_max_s: u64,
    /// Time of the oldest line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub oldest: Option<Timestamp>,
    /// Time of the newest line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub newest: Option<Timestamp>,
    /// Lines that came faster than the bound and were not kept, as far back as lines are kept.
    pub dropped: u64,
    /// Bytes a second of this app that are kept at most, after a burst.
    pub rate_max: u64,
    /// Segments that cannot be read and were set aside.
    pub damaged: u32,
    /// Why nothing is kept at the moment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trouble: Option<String>,
    /// Instances with a line, by name; 100 at most.
    pub instances: Vec<InstanceId>,
    /// Revisions with a line, oldest first.
    pub revisions: Vec<RevisionNumber>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
const fn is_zero(number: &u32) -> bool {
    *number == 0
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_position_is_read_as_it_is_written(segment: u64, offset: u64) {
            let position = LogPosition { segment, offset };
            prop_assert_eq!(position.to_string().parse(), Ok(position));
        }
    }

    #[test]
    fn what_is_no_position_is_refused() {
        for text in ["", "1", "1-", "-1", "1-+2", "1-2-3", "99999999999999999999-1"] {
            assert!(text.parse::<LogPosition>().is_err(), "{text}");
        }
    }
}
