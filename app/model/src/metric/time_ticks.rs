//! Round moments for an axis of time, on the clocks of a zone.

use chrono::{Datelike, Days, Months, NaiveDate, NaiveDateTime, TimeDelta, Timelike};

use super::Range;
use crate::time::Timestamp;
use crate::window::Zone;

/// How far apart two ticks are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TimeStep {
    Seconds(u32),
    Days(u32),
    Months(u32),
}

impl TimeStep {
    const ALL: [Self; 26] = [
        Self::Seconds(1),
        Self::Seconds(2),
        Self::Seconds(5),
        Self::Seconds(10),
        Self::Seconds(15),
        Self::Seconds(30),
        Self::Seconds(60),
        Self::Seconds(120),
        Self::Seconds(300),
        Self::Seconds(600),
        Self::Seconds(900),
        Self::Seconds(1_800),
        Self::Seconds(3_600),
        Self::Seconds(7_200),
        Self::Seconds(10_800),
        Self::Seconds(21_600),
        Self::Seconds(43_200),
        Self::Days(1),
        Self::Days(2),
        Self::Days(7),
        Self::Months(1),
        Self::Months(2),
        Self::Months(3),
        Self::Months(6),
        Self::Months(12),
        Self::Months(60),
    ];

    /// Seconds, a month being 30 days.
    const fn length(self) -> u64 {
        match self {
            Self::Seconds(seconds) => seconds as u64,
            Self::Days(days) => days as u64 * 86_400,
            Self::Months(months) => months as u64 * 2_592_000,
        }
    }

    /// The round reading of the clocks at or before `local`.
    fn floor(self, local: NaiveDateTime) -> NaiveDateTime {
        let date = local.date();
        let start = match self {
            Self::Seconds(step) => {
                let seconds = local.num_seconds_from_midnight() / step * step;
                return date.and_time(chrono::NaiveTime::MIN) + TimeDelta::seconds(seconds.into());
            }
            // A week begins on a Monday; two days are counted from a fixed one.
            Self::Days(step) => {
                let past = date.num_days_from_ce().saturating_sub(1).rem_euclid(step.cast_signed());
                date.checked_sub_days(Days::new(u64::from(past.unsigned_abs())))
            }
            Self::Months(step) => {
                let month = i64::from(date.year()) * 12 + i64::from(date.month0());
                let month = month.div_euclid(step.into()) * i64::from(step);
                i32::try_from(month.div_euclid(12))
                    .ok()
                    .and_then(|year| NaiveDate::from_ymd_opt(year, month.rem_euclid(12) as u32 + 1, 1))
            }
        };
        start.unwrap_or(date).and_time(chrono::NaiveTime::MIN)
    }

    fn next(self, local: NaiveDateTime) -> Option<NaiveDateTime> {
        match self {
            Self::Seconds(step) => local.checked_add_signed(TimeDelta::seconds(step.into())),
            Self::Days(step) => local.checked_add_days(Days::new(step.into())),
            Self::Months(step) => local.checked_add_months(Months::new(step)),
        }
    }
}

/// One tick: the moment, and what the clocks show then.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TimeTick {
    pub at: Timestamp,
    pub local: NaiveDateTime,
    /// The first of a new day on these clocks, to be written with its date.
    pub new_day: bool,
}

/// Beyond this a step of five years gives too many ticks; the rest is left out.
const TICKS_MAX: usize = 100;

/// At most about `count` ticks (1 to 50) within the range. A reading that the clocks skip has none, one that they show twice
/// has two.
pub fn time_ticks(range: Range, zone: &dyn Zone, count: usize) -> (TimeStep, Vec<TimeTick>) {
    let length = range.end.since(range.start).as_secs();
    let count = count.clamp(1, 50) as u64;
    let step = TimeStep::ALL.into_iter().find(|step| step.length() * count >= length);
    let step = step.unwrap_or(TimeStep::Months(60));
    let mut ticks: Vec<TimeTick> = Vec::new();
    // One step earlier, for the clocks may have gone back since.
    let day = TimeDelta::days(1);
    let start = zone.local(range.start);
    let end = zone.local(range.end).checked_add_signed(day).unwrap_or(start);
    let mut local = Some(step.floor(start.checked_sub_signed(TimeDelta::hours(3)).unwrap_or(start)));
    while let Some(reading) = local.filter(|local| *local <= end) {
        let (first, last) = zone.moments(reading);
        for at in [first, last] {
            let within = range.start <= at && at <= range.end;
            if within && zone.local(at) == reading && !ticks.iter().any(|tick| tick.at == at) {
                ticks.push(TimeTick { at, local: reading, new_day: false });
            }
        }
        if ticks.len() >= TICKS_MAX {
            break;
        }
        local = step.next(reading);
    }
    ticks.sort_by_key(|tick| tick.at);
    let mut date = None;
    for tick in &mut ticks {
        tick.new_day = date != Some(tick.local.date());
        date = Some(tick.local.date());
    }
    (step, ticks)
}
