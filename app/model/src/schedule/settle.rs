//! What becomes of the wanted count: the calendar, the autoscaler and people in one number.
//!
//! - An exact entry overrides the autoscaler and what was wanted before.
//! - A floor combines by maximum with the autoscaler's recommendation, or with the wanted count where there is no autoscaler;
//!   it also lifts an exact count, and goes over the autoscaler's `max`, for it was written down by a person.
//! - At the end the count is again what it was before. With an autoscaler it is what that says, which goes on from the count
//!   it finds by its own pace.
//! - A person who changes the count while an entry holds is right: their count is what is gone back to. Against an exact
//!   entry it also holds at once, until another exact entry holds or none does; a floor stays a floor.

use serde::{Deserialize, Serialize};

use super::{Effect, Held, Occurrence};
use crate::time::Timestamp;

/// What must be known of the time before, while something holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Memory {
    /// The count to go back to.
    pub before: u32,
    /// The count that was set last: any other was set by a person.
    pub set: u32,
    /// The exact entry, by name and beginning, that a person overruled.
    #[serde(default)]
    pub overruled: Option<(String, Timestamp)>,
}

/// Where the count comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = CountSource))]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Source {
    /// A person, now or before.
    Person,
    Autoscaler,
    /// An entry of the calendar, by its name.
    Schedule {
        name: String,
    },
}

/// The count that is wanted now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settled {
    pub count: u32,
    pub source: Source,
    /// To be kept for the next time; nothing while nothing holds.
    pub memory: Option<Memory>,
}

/// Settles the count. `wanted`: as it is now, set by nobody but a person or from the last time's count. `autoscaler`: what it
/// says now, if the app has one that is switched on: asked with [`Policy::with_floor`](crate::autoscale::Policy::with_floor),
/// and with [`Interruption::Scheduled`](crate::autoscale::Interruption::Scheduled) while an exact count holds.
pub fn settle(memory: Option<&Memory>, held: &Held, wanted: u32, autoscaler: Option<u32>) -> Settled {
    let own = |count| match autoscaler {
        Some(count) => (count, Source::Autoscaler),
        None => (count, Source::Person),
    };
    let by_person = memory.is_some_and(|memory| memory.set != wanted);
    if held.exact.is_none() && held.floor.is_none() {
        let before = memory.filter(|_| !by_person).map_or(wanted, |memory| memory.before);
        let (count, source) = own(before);
        return Settled { count, source, memory: None };
    }
    let exact = held.exact.as_ref();
    let key = exact.map(|it| (it.schedule.clone(), it.from));
    let overruled = match memory {
        Some(_) if by_person => key.clone(),
        Some(memory) => memory.overruled.clone().filter(|overruled| key.as_ref() == Some(overruled)),
        None => None,
    };
    let before = memory.filter(|_| !by_person).map_or(wanted, |memory| memory.before);
    let (count, source) = match exact {
        Some(it) if overruled.is_none() => (number(it), by(it)),
        Some(_) => (before, Source::Person),
        None => own(before),
    };
    let (count, source) = match &held.floor {
        Some(floor) if number(floor) > count => (number(floor), by(floor)),
        _ => (count, source),
    };
    Settled { count, source, memory: Some(Memory { before, set: count, overruled }) }
}

const fn number(it: &Occurrence) -> u32 {
    let (Effect::Instances(count) | Effect::Floor(count)) = it.effect;
    count
}

fn by(it: &Occurrence) -> Source {
    Source::Schedule { name: it.schedule.clone() }
}
