//! When an entry holds.

use chrono::{NaiveDateTime, TimeDelta};

use super::pattern::Pattern;
use super::{Occurrence, Schedule, When};
use crate::duration::Span;
use crate::time::Timestamp;
use crate::window::{Zone, Zones};

/// Most occurrences of one question.
pub const OCCURRENCES_MAX: usize = 1_000;
/// By so much clocks go back at most, and a little more.
const BACK_MAX: TimeDelta = TimeDelta::hours(3);

/// The first `most` times that an entry holds anywhere from `from` to `to`, in their order, switched off or not: for a
/// calendar. What cannot be read, or whose zone is not known, never holds.
pub fn occurrences(
    schedule: &Schedule,
    zones: &dyn Zones,
    from: Timestamp,
    to: Timestamp,
    most: usize,
) -> Vec<Occurrence> {
    let Some(zone) = zones.get(&schedule.time_zone) else { return Vec::new() };
    let at = |from: Timestamp, to: Timestamp| Occurrence {
        schedule: schedule.name.clone(),
        begins: from.minus(schedule.warm_up.duration()),
        from,
        to,
        effect: schedule.effect,
    };
    let touches = |it: &Occurrence| it.begins < to && it.to > from && it.begins < it.to;
    match &schedule.when {
        When::Once { from, to } => {
            let once = at(zone.moments(from.0).0, zone.moments(to.0).0);
            Some(once).filter(touches).into_iter().take(most).collect()
        }
        When::Recurring { cron, duration } => {
            let Ok(pattern) = Pattern::parse(cron) else { return Vec::new() };
            Beginnings::new(&pattern, &*zone, from.minus(duration.duration()))
                .map(|begin| at(begin, begin.plus(duration.duration())))
                .take_while(|it| it.begins < to)
                .filter(touches)
                .take(most.min(OCCURRENCES_MAX))
                .collect()
        }
    }
}

/// The occurrence of an entry that holds at a moment, if there is one; of several the one that ends last.
pub(super) fn holding(schedule: &Schedule, zone: &dyn Zone, now: Timestamp) -> Option<Occurrence> {
    let (from, to) = match &schedule.when {
        When::Once { from, to } => (zone.moments(from.0).0, zone.moments(to.0).0),
        When::Recurring { cron, duration } => {
            let pattern = Pattern::parse(cron).ok()?;
            let from = latest(&pattern, zone, now.plus(schedule.warm_up.duration()))?;
            (from, from.plus(duration.duration()))
        }
    };
    let begins = from.minus(schedule.warm_up.duration());
    let it = Occurrence { schedule: schedule.name.clone(), begins, from, to, effect: schedule.effect };
    it.holds(now).then_some(it)
}

/// The first moment after `now` at which the entry begins to hold.
pub(super) fn next_begin(schedule: &Schedule, zone: &dyn Zone, now: Timestamp) -> Option<Timestamp> {
    let warm_up = schedule.warm_up.duration();
    match &schedule.when {
        When::Once { from, to } => {
            let (from, to) = (zone.moments(from.0).0, zone.moments(to.0).0);
            let begins = from.minus(warm_up);
            (begins > now && begins < to).then_some(begins)
        }
        When::Recurring { cron, duration } => {
            let pattern = Pattern::parse(cron).ok()?;
            if *duration == Span::from_millis(0) {
                return None;
            }
            let begins = Beginnings::new(&pattern, zone, now.plus(warm_up));
            begins.map(|from| from.minus(warm_up)).find(|begins| *begins > now)
        }
    }
}

/// The last moment up to `until` that the pattern names.
fn latest(pattern: &Pattern, zone: &dyn Zone, until: Timestamp) -> Option<Timestamp> {
    // While an hour comes for the second time, later readings than the present one have been already.
    let mut reading = pattern.last(zone.local(until).checked_add_signed(BACK_MAX)?)?;
    loop {
        let moment = zone.moments(reading).0;
        if moment <= until {
            return Some(moment);
        }
        reading = pattern.last(reading.checked_sub_signed(TimeDelta::minutes(1))?)?;
    }
}

/// The moments that a pattern names, each once, from one moment on.
struct Beginnings<'a> {
    pattern: &'a Pattern,
    zone: &'a dyn Zone,
    from: Timestamp,
    reading: Option<NaiveDateTime>,
    before: Option<Timestamp>,
}

impl<'a> Beginnings<'a> {
    fn new(pattern: &'a Pattern, zone: &'a dyn Zone, from: Timestamp) -> Self {
        // A reading that was jumped over is a later moment than it looks.
        let start = zone.local(from).checked_sub_signed(BACK_MAX);
        let reading = start.and_then(|start| pattern.first(start));
        Self { pattern, zone, from, reading, before: None }
    }
}

impl Iterator for Beginnings<'_> {
    type Item = Timestamp;

    fn next(&mut self) -> Option<Timestamp> {
        loop {
            let reading = self.reading?;
            self.reading = self.pattern.next(reading);
            let moment = self.zone.moments(reading).0;
            if moment >= self.from && self.before.is_none_or(|before| before < moment) {
                self.before = Some(moment);
                return Some(moment);
            }
        }
    }
}
