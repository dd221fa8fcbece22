//! When may be deployed: a weekly calendar in a time zone, and freezes from one moment to another.
//!
//! Pure: what a time zone's clocks say comes in by [`Zone`], so that the browser needs none of its tables.
//! The server has them: `Tables`, behind the feature `calendar`.

mod check;
#[cfg(feature = "calendar")]
mod tables;
#[cfg(test)]
mod tests;

use chrono::{Datelike, Days, NaiveDate, NaiveDateTime, NaiveTime};
use serde::{Deserialize, Serialize};

pub use self::check::mistakes;
#[cfg(feature = "calendar")]
pub use self::tables::Tables;
use crate::deployment::DeploymentKind;
use crate::environment::ReleaseRules;
use crate::time::Timestamp;

/// The zone of a calendar that names none.
pub const UTC: &str = "UTC";
/// Most windows and freezes of one environment.
pub const ENTRIES_MAX: usize = 50;
/// Days looked ahead for the next opening: a week, and one more where clocks jump over a window.
const AHEAD: usize = 15;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Day {
    Mon,
    Tue,
    Wed,
    Thu,
    Fri,
    Sat,
    Sun,
}

impl Day {
    pub const ALL: [Self; 7] = [Self::Mon, Self::Tue, Self::Wed, Self::Thu, Self::Fri, Self::Sat, Self::Sun];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Mon => "mon",
            Self::Tue => "tue",
            Self::Wed => "wed",
            Self::Thu => "thu",
            Self::Fri => "fri",
            Self::Sat => "sat",
            Self::Sun => "sun",
        }
    }

    fn of(date: NaiveDate) -> Self {
        Self::ALL[date.weekday().num_days_from_monday() as usize % 7]
    }
}

/// A part of the week in which may be deployed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Window {
    /// The days on which it begins.
    #[serde(default)]
    pub days: Vec<Day>,
    /// `09:00`, on the clocks of the time zone.
    #[serde(default)]
    pub from: String,
    /// `17:30`; `24:00` is the end of the day, and what lies before `from` is on the next day.
    #[serde(default)]
    pub to: String,
}

/// A time in which nothing is deployed, whatever the calendar says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Freeze {
    pub name: String,
    pub from: Timestamp,
    pub to: Timestamp,
}

/// What keeps an environment closed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Barrier {
    Freeze { name: String },
    Calendar { time_zone: String },
}

/// Nothing new may be deployed now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Closed {
    pub barrier: Barrier,
    /// When it really opens, all rules together; `None` where that cannot be foreseen.
    pub until: Option<Timestamp>,
}

/// The clocks of a time zone.
pub trait Zone {
    /// What they show at a moment.
    fn local(&self, at: Timestamp) -> NaiveDateTime;
    /// The first and the last moment at which they show this. Where they jump over it: the moment of the jump, twice.
    fn moments(&self, local: NaiveDateTime) -> (Timestamp, Timestamp);
}

/// The time zones that are known.
pub trait Zones: Send + Sync {
    fn get(&self, name: &str) -> Option<Box<dyn Zone + Send + Sync>>;
    /// Names to offer a person.
    fn names(&self) -> Vec<&'static str>;
}

/// What brings something out that did not run. The rest changes counts, takes back or ends: how one saves an evening.
pub const fn forbids(kind: DeploymentKind) -> bool {
    match kind {
        DeploymentKind::Create
        | DeploymentKind::Update
        | DeploymentKind::Restart
        | DeploymentKind::Promote => true,
        DeploymentKind::Scale
        | DeploymentKind::Rollback
        | DeploymentKind::Suspend
        | DeploymentKind::Resume
        | DeploymentKind::Destroy => false,
    }
}

/// What is closed at `now`, why and until when. Rules that cannot be read keep it closed.
pub fn closed(rules: &ReleaseRules, zones: &dyn Zones, now: Timestamp) -> Option<Closed> {
    let zone = zones.get(zone_of(rules));
    let (barrier, mut until) = barrier(rules, zone.as_deref(), now)?;
    // Each round leaves a freeze behind or waits for a window, and no freeze comes again.
    for _ in 0..=2 * rules.freezes.len() + 1 {
        let Some(at) = until else { break };
        match self::barrier(rules, zone.as_deref(), at) {
            None => return Some(Closed { barrier, until: Some(at) }),
            Some((_, next)) => until = next,
        }
    }
    Some(Closed { barrier, until: None })
}

/// The zone whose clocks count.
pub fn zone_of(rules: &ReleaseRules) -> &str {
    rules.time_zone.as_deref().unwrap_or(UTC)
}

type Clocks<'a> = Option<&'a (dyn Zone + Send + Sync)>;

/// What stands in the way at one moment, and when that one thing ends.
fn barrier(rules: &ReleaseRules, zone: Clocks<'_>, at: Timestamp) -> Option<(Barrier, Option<Timestamp>)> {
    if let Some(freeze) = rules.freezes.iter().find(|freeze| freeze.from <= at && at < freeze.to) {
        return Some((Barrier::Freeze { name: freeze.name.clone() }, Some(freeze.to)));
    }
    if rules.windows.is_empty() {
        return None;
    }
    let spans = zone.map(|zone| openings(&rules.windows, zone, at)).unwrap_or_default();
    if spans.iter().any(|(from, to)| *from <= at && at < *to) {
        return None;
    }
    let next = spans.iter().map(|(from, _)| *from).filter(|from| *from > at).min();
    Some((Barrier::Calendar { time_zone: zone_of(rules).to_owned() }, next))
}

/// The open spans around `now`, from the day before it on.
fn openings(windows: &[Window], zone: &dyn Zone, now: Timestamp) -> Vec<(Timestamp, Timestamp)> {
    let today = zone.local(now).date();
    let first = today.checked_sub_days(Days::new(1)).unwrap_or(today);
    let mut spans = Vec::new();
    for date in first.iter_days().take(AHEAD + 2) {
        for window in windows.iter().filter(|window| window.days.contains(&Day::of(date))) {
            let (Some(from), Some(to)) = (minutes(&window.from), minutes(&window.to)) else { continue };
            let to = if to > from { to } else { to + MINUTES_OF_DAY };
            let (Some(from), Some(to)) = (clock(date, from), clock(date, to)) else { continue };
            let span = (zone.moments(from).0, zone.moments(to).1);
            if span.0 < span.1 {
                spans.push(span);
            }
        }
    }
    spans
}

const MINUTES_OF_DAY: u32 = 24 * 60;

fn clock(date: NaiveDate, minutes: u32) -> Option<NaiveDateTime> {
    let date = date.checked_add_days(Days::new(u64::from(minutes / MINUTES_OF_DAY)))?;
    let rest = minutes % MINUTES_OF_DAY;
    Some(date.and_time(NaiveTime::from_hms_opt(rest / 60, rest % 60, 0)?))
}

/// Minutes since midnight of `09:00`; `24:00` is the end of the day.
fn minutes(text: &str) -> Option<u32> {
    let (hours, rest) = text.split_once(':')?;
    let number = |text: &str| {
        (text.len() == 2 && text.bytes().all(|b| b.is_ascii_digit())).then(|| text.parse::<u32>().ok())?
    };
    let (hours, rest) = (number(hours)?, number(rest)?);
    (rest < 60 && hours * 60 + rest <= MINUTES_OF_DAY).then_some(hours * 60 + rest)
}
