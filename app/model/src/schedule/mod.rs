//! Scaling by the clock: once, from one moment to another, or again and again.
//!
//! While an entry holds it sets the count (`instances`) or a least one (`floor`). It holds from its beginning, or `warm_up`
//! earlier, to its end, which does not belong to it. Of several that hold at once the largest exact count and the largest
//! floor count: too many cost money, too few cost users. [`settle`] says what becomes of the wanted count.
//!
//! Clock readings are those of the entry's time zone. One that the clocks jump over is the moment of the jump, one that they
//! show twice is the first of the two; both hold for every expression, so that `30 2 * * *` comes once in every night and
//! `*/30 * * * *` twice, not four times, in the hour that comes twice. The length of a recurring entry is time that passes,
//! not clock readings.

#[cfg(feature = "calendar")]
mod held;
#[cfg(feature = "calendar")]
mod input;
mod local;
#[cfg(feature = "calendar")]
mod occurrence;
#[cfg(feature = "calendar")]
mod pattern;
mod settle;
#[cfg(feature = "calendar")]
#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};

#[cfg(feature = "calendar")]
pub use self::held::{held, next_change};
#[cfg(feature = "calendar")]
pub use self::input::{parse, parse_list};
pub use self::local::LocalTime;
#[cfg(feature = "calendar")]
pub use self::occurrence::{OCCURRENCES_MAX, occurrences};
#[cfg(feature = "calendar")]
pub use self::pattern::{Pattern, PatternError};
pub use self::settle::{Memory, Settled, Source, settle};
use crate::duration::Span;
use crate::time::Timestamp;

/// Most entries of one app.
pub const ENTRIES_MAX: usize = 50;

/// One entry of an app's calendar.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Schedule {
    /// DNS label, unique in the app.
    pub name: String,
    #[serde(default = "enabled")]
    pub enabled: bool,
    #[serde(flatten)]
    pub when: When,
    /// A name of the IANA's.
    pub time_zone: String,
    #[serde(flatten)]
    pub effect: Effect,
    /// So much earlier it already holds, that the new instances are ready when it begins.
    #[serde(default = "no_warm_up")]
    pub warm_up: Span,
}

const fn enabled() -> bool {
    true
}

pub(crate) const fn no_warm_up() -> Span {
    Span::from_secs(0)
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = ScheduleWhen))]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum When {
    Once {
        from: LocalTime,
        to: LocalTime,
    },
    /// `cron`: minute, hour, day of the month, month, day of the week.
    Recurring {
        cron: String,
        duration: Span,
    },
}

/// What holds while an entry does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = ScheduleEffect))]
#[serde(rename_all = "snake_case")]
pub enum Effect {
    /// Exactly so many.
    Instances(u32),
    /// At least so many.
    Floor(u32),
}

/// One time that an entry holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = ScheduleOccurrence))]
pub struct Occurrence {
    pub schedule: String,
    /// With the warm-up: from here on it holds.
    pub begins: Timestamp,
    /// What was written as its beginning.
    pub from: Timestamp,
    pub to: Timestamp,
    #[serde(flatten)]
    pub effect: Effect,
}

impl Occurrence {
    pub fn holds(&self, at: Timestamp) -> bool {
        self.begins <= at && at < self.to
    }
}

/// What holds at one moment.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = ScheduleHeld))]
pub struct Held {
    /// The largest exact count.
    pub exact: Option<Occurrence>,
    /// The largest floor.
    pub floor: Option<Occurrence>,
}
