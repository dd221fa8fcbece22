//! The tables of time zones that the server decides by.

use chrono::{LocalResult, NaiveDateTime, TimeDelta, TimeZone, Utc};
use chrono_tz::Tz;

use super::{UTC, Zone, Zones};
use crate::time::Timestamp;

/// The IANA tables that are built into the console.
#[derive(Debug, Clone, Copy)]
pub struct Tables;

impl Zones for Tables {
    fn get(&self, name: &str) -> Option<Box<dyn Zone + Send + Sync>> {
        let zone: Tz = name.parse().ok()?;
        Some(Box::new(Clocks(zone)))
    }

    fn names(&self) -> Vec<&'static str> {
        // Old aliases and fixed offsets are understood but not offered.
        let places =
            ["Africa/", "America/", "Asia/", "Atlantic/", "Australia/", "Europe/", "Indian/", "Pacific/"];
        let known = chrono_tz::TZ_VARIANTS.iter().map(|zone| zone.name());
        std::iter::once(UTC)
            .chain(known.filter(|name| places.iter().any(|place| name.starts_with(place))))
            .collect()
    }
}

struct Clocks(Tz);

impl Zone for Clocks {
    fn local(&self, at: Timestamp) -> NaiveDateTime {
        at.datetime().with_timezone(&self.0).naive_local()
    }

    fn moments(&self, local: NaiveDateTime) -> (Timestamp, Timestamp) {
        let moment = |time: chrono::DateTime<Tz>| Timestamp::from(time.with_timezone(&Utc));
        match self.0.from_local_datetime(&local) {
            LocalResult::Single(time) => (moment(time), moment(time)),
            LocalResult::Ambiguous(first, last) => (moment(first), moment(last)),
            LocalResult::None => {
                let jump = jump(self.0, local);
                (jump, jump)
            }
        }
    }
}

/// When the clocks jump over `local`: the first moment whose clocks show more.
fn jump(zone: Tz, local: NaiveDateTime) -> Timestamp {
    let about = local.and_utc().timestamp_millis();
    let day = TimeDelta::days(1).num_milliseconds();
    let (mut before, mut after) = (about - day, about + day);
    while after - before > 1 {
        let middle = i64::midpoint(before, after);
        if Clocks(zone).local(Timestamp::from_millis(middle)) < local {
            before = middle;
        } else {
            after = middle;
        }
    }
    Timestamp::from_millis(after)
}
