//! How well releasing goes: the four figures of DORA, reckoned from the recorded history.
//!
//! A *release* is a deployment that brings a revision out: create, update, promote. Aborted and superseded ones count
//! nowhere: nobody learnt from them whether the change was good.

#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::hash::Hash;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::deployment::{DeploymentKind, DeploymentState};
use crate::id::RevisionNumber;
use crate::time::Timestamp;

pub const DAYS_DEFAULT: u32 = 30;
pub const DAYS_MAX: u32 = 90;
const DAY: Duration = Duration::from_hours(24);

/// An ended deployment as far as it counts here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ended<A> {
    pub app: A,
    pub kind: DeploymentKind,
    pub state: DeploymentState,
    pub from_revision: Option<RevisionNumber>,
    pub to_revision: Option<RevisionNumber>,
    /// Since when what it brought out existed, ready to go out.
    pub released_at: Option<Timestamp>,
    pub started_at: Timestamp,
    pub ended_at: Timestamp,
}

impl<A> Ended<A> {
    const fn is_release(&self) -> bool {
        matches!(self.kind, DeploymentKind::Create | DeploymentKind::Update | DeploymentKind::Promote)
    }

    fn came_out(&self) -> bool {
        self.state == DeploymentState::Succeeded
    }

    const fn was_refused(&self) -> bool {
        matches!(self.state, DeploymentState::Failed | DeploymentState::RolledBack)
    }
}

/// The figures of one period.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Figures {
    /// Releases that came out.
    pub releases: u32,
    pub per_day: f64,
    /// Median time from when what was released existed until it was out.
    pub lead_time_ms: Option<u64>,
    /// Releases that came out or failed.
    pub changes: u32,
    /// Of those: failed, gone back by themselves, or taken back later.
    pub failed: u32,
    /// `failed` of `changes`; `None` without changes.
    pub failure_rate: Option<f64>,
    /// Failures that were made good.
    pub restored: u32,
    /// Median time from a failure's beginning until the app was well again.
    pub restore_ms: Option<u64>,
}

/// Seven days of the series.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Week {
    pub from: Timestamp,
    pub figures: Figures,
}

/// The four figures, the period before for comparison, and both together by week.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Dora {
    pub days: u32,
    pub until: Timestamp,
    pub now: Figures,
    pub before: Figures,
    /// Oldest first; the last ends now.
    pub weeks: Vec<Week>,
}

/// One release judged, at the moment it ended.
struct Judged {
    at: Timestamp,
    out: bool,
    lead: Option<Duration>,
    failed: bool,
    restore: Option<Duration>,
}

/// The beginning of what has to be read for `days` until `now`.
pub fn since(now: Timestamp, days: u32) -> Timestamp {
    now.minus(DAY * days * 2)
}

/// The figures of `days` until `now`. `history` holds what ended since [`since`]; its order does not matter.
pub fn dora<A: Clone + Eq + Hash>(history: &[Ended<A>], now: Timestamp, days: u32) -> Dora {
    let judged = judge(history);
    let period = |from: Timestamp, to: Timestamp| figures(&judged, from, to);
    let (middle, start) = (now.minus(DAY * days), since(now, days));
    let count = (days * 2).div_ceil(7);
    let weeks = (0..count).rev().map(|back| {
        let from = now.minus(DAY * 7 * (back + 1));
        Week { from, figures: period(from, now.minus(DAY * 7 * back)) }
    });
    Dora { days, until: now, now: period(middle, now), before: period(start, middle), weeks: weeks.collect() }
}

fn judge<A: Clone + Eq + Hash>(history: &[Ended<A>]) -> Vec<Judged> {
    let mut by_app: HashMap<&A, Vec<&Ended<A>>> = HashMap::new();
    for ended in history {
        by_app.entry(&ended.app).or_default().push(ended);
    }
    let mut judged = Vec::new();
    for mut of_app in by_app.into_values() {
        of_app.sort_by_key(|ended| ended.ended_at);
        for (index, one) in of_app.iter().enumerate() {
            if one.is_release() && (one.came_out() || one.was_refused()) {
                judged.push(judge_one(one, &of_app[index + 1..]));
            }
        }
    }
    judged
}

/// `later`: what ended after it, of the same app.
fn judge_one<A>(one: &Ended<A>, later: &[&Ended<A>]) -> Judged {
    // It stood until the next thing that came out; when that leads away from it and back, it was bad.
    let next = later.iter().find(|after| after.came_out() && (after.is_release() || is_way_back(after)));
    let taken_back = next.is_some_and(|after| is_way_back(after) && after.from_revision == one.to_revision);
    let restore = match one.state {
        // It has put itself right by the time it ends.
        DeploymentState::RolledBack => Some(one.ended_at.since(one.started_at)),
        // What ended it took back nothing: only what came out after it does.
        DeploymentState::Failed => next.map(|after| after.ended_at.since(one.started_at)),
        _ if taken_back => next.map(|after| after.ended_at.since(one.ended_at)),
        _ => None,
    };
    Judged {
        at: one.ended_at,
        out: one.came_out(),
        lead: one.released_at.filter(|_| one.came_out()).map(|released| one.ended_at.since(released)),
        failed: one.was_refused() || taken_back,
        restore,
    }
}

fn is_way_back<A>(ended: &Ended<A>) -> bool {
    ended.kind == DeploymentKind::Rollback
}

/// After `from`, until and with `to`.
fn figures(judged: &[Judged], from: Timestamp, to: Timestamp) -> Figures {
    let inside = || judged.iter().filter(|one| from < one.at && one.at <= to);
    let count = |test: fn(&Judged) -> bool| inside().filter(|one| test(one)).count() as u32;
    let (changes, failed, releases) = (count(|_| true), count(|one| one.failed), count(|one| one.out));
    let days = to.since(from).as_secs_f64() / DAY.as_secs_f64();
    Figures {
        releases,
        per_day: if days > 0.0 { f64::from(releases) / days } else { 0.0 },
        lead_time_ms: median(inside().filter_map(|one| one.lead)),
        changes,
        failed,
        failure_rate: (changes > 0).then(|| f64::from(failed) / f64::from(changes)),
        restored: inside().filter(|one| one.restore.is_some()).count() as u32,
        restore_ms: median(inside().filter_map(|one| one.restore)),
    }
}

/// The middle one, or the mean of the middle two.
fn median(lengths: impl Iterator<Item = Duration>) -> Option<u64> {
    let mut lengths: Vec<u64> = lengths.map(|length| length.as_millis() as u64).collect();
    lengths.sort_unstable();
    let upper = *lengths.get(lengths.len() / 2)?;
    if lengths.len() % 2 == 1 {
        return Some(upper);
    }
    let lower = lengths[lengths.len() / 2 - 1];
    Some(lower + (upper - lower) / 2)
}
