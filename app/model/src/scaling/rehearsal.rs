//! What a policy would have done, by what was measured. It assumes that the work would have been the same, and spread
//! evenly over the instances there would have been.

use serde::{Deserialize, Serialize};

use crate::autoscale::{Per, Policy, Reading, Seen, Situation, Stage, State, Target, decide};
use crate::time::Timestamp;

/// What one instance may use.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Limits {
    pub cpus: f64,
    pub memory_bytes: f64,
}

/// What was measured at one moment.
#[derive(Debug, Clone, PartialEq)]
pub struct Observed {
    pub at: Timestamp,
    /// Instances that were measured.
    pub count: u32,
    /// Of all instances together.
    pub cpu_cores: Option<f64>,
    pub memory_bytes: Option<f64>,
    /// For each target in its order, the sum of its query.
    pub answers: Vec<Option<f64>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RehearsedPoint {
    pub at: Timestamp,
    /// Instances there were.
    pub was: u32,
    /// Instances there would have been.
    pub would: u32,
}

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Rehearsal {
    /// Oldest first; moments without a measurement are left out.
    pub points: Vec<RehearsedPoint>,
    /// How often the count would have changed.
    pub changes: u32,
    pub lowest: u32,
    pub highest: u32,
    /// Hours of all instances together, as it was and as it would have been.
    pub hours_was: f64,
    pub hours_would: f64,
}

/// Longest time that one measurement stands for.
const STANDS_FOR_MS: i64 = 5 * 60_000;

/// Plays a policy through; `observed` is in the order of time.
pub fn rehearse(policy: &Policy, limits: Limits, observed: &[Observed]) -> Rehearsal {
    let policy = Policy { enabled: true, dry_run: false, ..policy.clone() };
    let mut rehearsal = Rehearsal::default();
    let Some(first) = observed.iter().find(|moment| moment.count > 0) else { return rehearsal };
    let mut count = first.count;
    let mut state = State::default();
    for moment in observed.iter().filter(|moment| moment.count > 0) {
        let instances = vec![instance(moment, limits, count); count as usize];
        let answers: Vec<Option<Vec<f64>>> = policy
            .targets
            .iter()
            .zip(moment.answers.iter().chain(std::iter::repeat(&None)))
            .map(|(target, answer)| answer.map(|value| vec![shared(target, value, moment.count, count)]))
            .collect();
        let situation = Situation {
            now: moment.at,
            current: count,
            instances: &instances,
            answers: &answers,
            interruption: None,
        };
        let (decision, next) = decide(&policy, &state, &situation);
        state = next;
        if let Some(to) = decision.to_apply().filter(|to| *to != count) {
            state.changed(moment.at, count, to, &policy);
            count = to;
            rehearsal.changes += 1;
        }
        rehearsal.add(RehearsedPoint { at: moment.at, was: moment.count, would: count });
    }
    rehearsal
}

impl Rehearsal {
    fn add(&mut self, point: RehearsedPoint) {
        if let Some(last) = self.points.last() {
            let passed = (point.at.as_millis() - last.at.as_millis()).clamp(0, STANDS_FOR_MS);
            let hours = passed as f64 / 3_600_000.0;
            self.hours_was += f64::from(last.was) * hours;
            self.hours_would += f64::from(last.would) * hours;
        }
        self.lowest = if self.points.is_empty() { point.would } else { self.lowest.min(point.would) };
        self.highest = self.highest.max(point.would);
        self.points.push(point);
    }
}

/// One of `count` instances that share what was measured.
fn instance(moment: &Observed, limits: Limits, count: u32) -> Seen {
    let long_ago = Timestamp::from_millis(0);
    let reading = |total: Option<f64>, limit: f64| {
        let percent = total? / f64::from(count.max(1)) / limit * 100.0;
        Some(Reading { percent, since: moment.at })
    };
    Seen {
        stage: Stage::Running,
        started_at: Some(long_ago),
        ready: true,
        ready_changed_at: Some(long_ago),
        cpu: reading(moment.cpu_cores, limits.cpus),
        memory: reading(moment.memory_bytes, limits.memory_bytes),
    }
}

/// What is one number for the whole app gets better with more instances, as its target says.
fn shared(target: &Target, value: f64, was: u32, would: u32) -> f64 {
    match target {
        Target::Query { per: Per::Total, .. } => value * f64::from(was) / f64::from(would.max(1)),
        _ => value,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const LIMITS: Limits = Limits { cpus: 1.0, memory_bytes: 1e9 };

    fn policy(min: u32, max: u32) -> Policy {
        let policy = json!({ "enabled": false, "dry_run": true, "min": min, "max": max,
            "targets": [{ "kind": "cpu", "percent": 50 }] });
        crate::autoscale::parse(&policy).expect("a policy")
    }

    fn minutes(cores: &[f64]) -> Vec<Observed> {
        let moment = |(minute, cores): (i64, &f64)| Observed {
            at: Timestamp::from_millis(86_400_000 + minute * 60_000),
            count: 2,
            cpu_cores: Some(*cores),
            memory_bytes: None,
            answers: Vec::new(),
        };
        (0..).zip(cores).map(moment).collect()
    }

    #[test]
    fn a_peak_is_followed_up_at_once_and_down_after_its_window() {
        let mut cores = vec![1.0; 10];
        cores.extend([4.0; 10]);
        cores.extend([1.0; 20]);
        let played = rehearse(&policy(1, 10), LIMITS, &minutes(&cores));
        let would: Vec<u32> = played.points.iter().map(|point| point.would).collect();
        assert_eq!(would[9], 2);
        assert_eq!(would[10..13], [6, 8, 8], "four more at a time");
        assert_eq!(would[21], 8, "held by the window");
        assert_eq!(would[39], 2);
        assert_eq!((played.lowest, played.highest), (2, 8));
        assert!(played.hours_would > played.hours_was);
        assert_eq!(played.changes, 3);
    }

    #[test]
    fn nothing_measured_is_nothing_rehearsed() {
        assert_eq!(rehearse(&policy(1, 10), LIMITS, &[]), Rehearsal::default());
        let mut gap = minutes(&[1.0]);
        gap[0].count = 0;
        assert_eq!(rehearse(&policy(1, 10), LIMITS, &gap), Rehearsal::default());
    }

    #[test]
    fn a_number_of_the_whole_app_gets_better_with_more_instances() {
        let value = json!({ "enabled": true, "min": 1, "max": 100,
            "targets": [{ "kind": "query", "query": "latency", "per": "total", "value": 1 }] });
        let policy = crate::autoscale::parse(&value).expect("a policy");
        let mut observed = minutes(&[0.0; 30]);
        for moment in &mut observed {
            moment.answers = vec![Some(4.0)];
        }
        let played = rehearse(&policy, LIMITS, &observed);
        assert_eq!(played.points.last().map(|point| point.would), Some(8), "and not its most");
    }
}
