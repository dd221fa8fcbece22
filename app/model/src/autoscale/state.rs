//! What the decisions of the past leave behind: as little as the next one needs.

use serde::{Deserialize, Serialize};

use super::Policy;
use crate::duration::Span;
use crate::time::Timestamp;

/// Most entries of either list; beyond them the oldest are left out or put together.
const ENTRIES_MAX: usize = 256;

/// The memory of one app's autoscaler.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct State {
    /// Before stabilisation, ascending in time; only those that can still be the highest or lowest of a window.
    #[serde(default)]
    recommendations: Vec<Recommendation>,
    /// The autoscaler's own changes, ascending in time.
    #[serde(default)]
    changes: Vec<Change>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct Recommendation {
    at: Timestamp,
    count: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct Change {
    at: Timestamp,
    /// Negative: so many fewer.
    by: i64,
}

impl State {
    pub(super) fn is_new(&self) -> bool {
        self.recommendations.is_empty()
    }

    /// Writes a recommendation down and forgets what no window of the policy reaches any more.
    pub(super) fn recommend(&mut self, at: Timestamp, count: u32, policy: &Policy) {
        let window = policy.scale_up.stabilisation.max(policy.scale_down.stabilisation);
        let (mut higher, mut lower) = (count, count);
        let mut kept = vec![Recommendation { at, count }];
        for old in
            self.recommendations.iter().rev().filter(|old| old.at <= at && is_after(old.at, at, window))
        {
            // One that is neither higher nor lower than all later ones decides nothing any more.
            if old.count > higher || old.count < lower {
                kept.push(*old);
                higher = higher.max(old.count);
                lower = lower.min(old.count);
            }
        }
        kept.truncate(ENTRIES_MAX);
        kept.reverse();
        self.recommendations = kept;
    }

    /// Writes down that the autoscaler has changed the count: after it was done, never for a dry run.
    pub fn changed(&mut self, at: Timestamp, from: u32, to: u32, policy: &Policy) {
        let window = policy.scale_up.per.max(policy.scale_down.per).max(policy.cooldown);
        self.changes.retain(|change| is_after(change.at, at, window));
        if from != to {
            self.changes.push(Change { at, by: i64::from(to) - i64::from(from) });
        }
        while self.changes.len() > ENTRIES_MAX {
            let oldest = self.changes.remove(0);
            self.changes[0].by += oldest.by;
        }
    }

    /// The lowest recommendation within the window that ends `now`, if there is one.
    pub(super) fn lowest(&self, now: Timestamp, window: Span) -> Option<u32> {
        self.within(now, window).min()
    }

    pub(super) fn highest(&self, now: Timestamp, window: Span) -> Option<u32> {
        self.within(now, window).max()
    }

    fn within(&self, now: Timestamp, window: Span) -> impl Iterator<Item = u32> {
        self.recommendations.iter().filter(move |it| is_after(it.at, now, window)).map(|it| it.count)
    }

    /// By how much the autoscaler has changed the count within the time that ends `now`.
    pub(super) fn change(&self, now: Timestamp, per: Span) -> i64 {
        let recent = self.changes.iter().filter(|change| is_after(change.at, now, per));
        recent.fold(0, |sum: i64, change| sum.saturating_add(change.by))
    }

    pub(super) fn last_change(&self) -> Option<Timestamp> {
        self.changes.iter().map(|change| change.at).max()
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> (usize, usize) {
        (self.recommendations.len(), self.changes.len())
    }
}

/// Within the window that ends `now`, whose beginning does not belong to it. What lies in the future does.
fn is_after(at: Timestamp, now: Timestamp, window: Span) -> bool {
    at > now.minus(window.duration())
}
