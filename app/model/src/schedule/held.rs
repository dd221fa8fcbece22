//! What the entries together say at one moment, and when that changes.

use super::occurrence::{holding, next_begin};
use super::{Effect, Held, Occurrence, Schedule};
use crate::time::Timestamp;
use crate::window::Zones;

/// What holds now. Entries that are switched off do not.
pub fn held(schedules: &[Schedule], zones: &dyn Zones, now: Timestamp) -> Held {
    let mut held = Held::default();
    for schedule in schedules.iter().filter(|schedule| schedule.enabled) {
        let Some(zone) = zones.get(&schedule.time_zone) else { continue };
        let Some(it) = holding(schedule, &*zone, now) else { continue };
        let place = match it.effect {
            Effect::Instances(_) => &mut held.exact,
            Effect::Floor(_) => &mut held.floor,
        };
        if place.as_ref().is_none_or(|other| rank(other) < rank(&it)) {
            *place = Some(it);
        }
    }
    held
}

/// The larger count, then the one that holds longer, then the name: the same whatever the order of the entries.
fn rank(it: &Occurrence) -> (u32, Timestamp, &str) {
    let (Effect::Instances(count) | Effect::Floor(count)) = it.effect;
    (count, it.to, &it.schedule)
}

/// The next moment at which something else may hold: an entry begins or ends.
pub fn next_change(schedules: &[Schedule], zones: &dyn Zones, now: Timestamp) -> Option<Timestamp> {
    let of = |schedule: &Schedule| {
        let zone = zones.get(&schedule.time_zone)?;
        let end = holding(schedule, &*zone, now).map(|it| it.to);
        [end, next_begin(schedule, &*zone, now)].into_iter().flatten().min()
    };
    schedules.iter().filter(|schedule| schedule.enabled).filter_map(of).min()
}
