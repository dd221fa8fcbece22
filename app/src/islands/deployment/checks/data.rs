//! A check as its card shows it: what it asks in words, what it forgives, and its measurements.

use model::check::{Measurement, Tally, Verdict};
use model::time::Timestamp;
use model::verdict::{Limits, Standing};
use serde::{Deserialize, Serialize};

/// Points of one chart at most: about as many as it has pixels.
pub const POINTS_MAX: usize = 240;
/// Rows of the table of the last measurements.
const ROWS_MAX: usize = 10;

/// What its values are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Unit {
    Seconds,
    Number,
}

/// Time in milliseconds since 1970, the new revision's value, the old one's, the verdict.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Point(pub i64, pub Option<f64>, pub Option<f64>, pub Verdict);

impl Point {
    pub const fn of(measurement: &Measurement, time: i64) -> Self {
        Self(time, measurement.value, measurement.baseline, measurement.verdict)
    }
}

/// The tally of one step; `None` is the background.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Run(pub Option<u32>, pub Tally);

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Card {
    pub name: String,
    pub kind: String,
    /// The path, the pattern, the expression.
    pub question: String,
    pub good_when: String,
    pub habit: String,
    pub limits: Limits,
    pub background: bool,
    pub unit: Unit,
    /// Lowest and highest good value.
    pub low: Option<f64>,
    pub high: Option<f64>,
    /// The two are factors of the old revision's value.
    pub of_old: bool,
    /// Milliseconds between two measurements.
    pub interval: i64,
    pub points: Vec<Point>,
    /// Newest first.
    pub rows: Vec<Measurement>,
    pub runs: Vec<Run>,
}

impl Card {
    /// Takes a measurement in, unless it is known.
    pub fn hear(&mut self, measurement: Measurement, tally: Tally) {
        if self.rows.iter().any(|row| row.id == measurement.id) {
            return;
        }
        self.points.push(Point::of(&measurement, measurement.time.as_millis()));
        if self.points.len() > POINTS_MAX * 3 / 2 {
            self.points = thin(&self.points, POINTS_MAX);
        }
        match self.runs.iter_mut().find(|run| run.0 == measurement.step) {
            Some(run) => run.1 = tally,
            None => self.runs.push(Run(measurement.step, tally)),
        }
        self.rows.insert(0, measurement);
        self.rows.truncate(ROWS_MAX);
    }

    /// The run that counts now: the background's, that of the verification going on, or of the last one.
    pub fn run(&self, at: u32, verifying: bool) -> Option<&Run> {
        if self.background {
            return self.runs.iter().find(|run| run.0.is_none());
        }
        let last = self.runs.iter().filter(|run| run.0.is_some()).max_by_key(|run| run.0)?;
        (!verifying || last.0 == Some(at)).then_some(last)
    }

    pub fn write(&self, value: f64) -> String {
        match self.unit {
            Unit::Seconds => crate::text::check::seconds(value),
            Unit::Number => crate::text::check::number(value),
        }
    }

    /// The point at or before `time`, unless that is in a gap; the last one without a time.
    pub fn point_at(&self, time: Option<i64>) -> Option<Point> {
        let Some(time) = time else { return self.points.last().copied() };
        let after = self.points.partition_point(|point| point.0 <= time + self.interval / 2);
        let point = self.points.get(after.checked_sub(1)?)?;
        (time - point.0 <= self.interval * 3).then_some(*point)
    }
}

/// Where the page says a check stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    NotAsked,
    /// Observed only; the last answer.
    Observed(Verdict),
    /// `live`: it is still being asked.
    Open {
        doubt: bool,
        live: bool,
    },
    Passed,
    Failed,
    Errored,
    Inconclusive,
}

/// Where the rollout is, as far as checks care.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stage {
    /// The step it is at.
    pub at: u32,
    pub verifying: bool,
    /// It goes forward.
    pub going: bool,
    pub succeeded: bool,
}

impl Stage {
    /// Of a deployment in this state that has reached so many steps; `verify`: the last of them is for the checks.
    pub fn of(state: &str, reached: usize, verify: bool) -> Self {
        let going = matches!(state, "queued" | "running" | "paused" | "awaiting_approval");
        Self { at: reached as u32, verifying: going && verify, going, succeeded: state == "succeeded" }
    }
}

pub fn place(card: &Card, stage: Stage) -> Place {
    let Some(Run(step, tally)) = card.run(stage.at, stage.verifying) else { return Place::NotAsked };
    if card.limits.observe_only {
        return card.points.last().map_or(Place::NotAsked, |point| Place::Observed(point.3));
    }
    let over = stage.succeeded || step.is_some_and(|step| step < stage.at);
    // The rollout has gone on: whatever was measured was looked at.
    let over = over.then(|| Timestamp::from_millis(0));
    let live = stage.going && (card.background || stage.verifying);
    match card.limits.standing(tally, over) {
        Standing::Open if tally.measured == 0 => Place::NotAsked,
        Standing::Open => Place::Open { doubt: tally.passed < tally.measured, live },
        Standing::Passed => Place::Passed,
        Standing::Failed => Place::Failed,
        Standing::Errored => Place::Errored,
        Standing::Inconclusive => Place::Inconclusive,
    }
}

const fn weight(verdict: Verdict) -> u8 {
    match verdict {
        Verdict::Pass => 0,
        Verdict::Inconclusive => 1,
        Verdict::Error => 2,
        Verdict::Fail => 3,
    }
}

/// At most `most` points. Of each stretch the one with the worst verdict stays, and of those the highest.
pub fn thin(points: &[Point], most: usize) -> Vec<Point> {
    let stride = points.len().div_ceil(most.max(1)).max(1);
    let worst = |stretch: &[Point]| {
        stretch.iter().copied().max_by(|a, b| {
            let value = |point: &Point| point.1.unwrap_or(f64::NEG_INFINITY);
            weight(a.3).cmp(&weight(b.3)).then(value(a).total_cmp(&value(b)))
        })
    };
    points.chunks(stride).filter_map(worst).collect()
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    pub fn card(points: Vec<Point>) -> Card {
        Card {
            name: "errors".to_owned(),
            kind: "metric".to_owned(),
            question: "up".to_owned(),
            good_when: String::new(),
            habit: String::new(),
            limits: Limits {
                failures: 1,
                inconclusive: 0,
                errors: 4,
                must_appear: false,
                observe_only: false,
            },
            background: false,
            unit: Unit::Number,
            low: None,
            high: Some(5.0),
            of_old: false,
            interval: 1_000,
            points,
            rows: Vec::new(),
            runs: Vec::new(),
        }
    }

    fn measured(id: i64, step: Option<u32>, verdict: Verdict) -> Measurement {
        Measurement {
            id,
            check: "errors".to_owned(),
            step,
            time: Timestamp::from_millis(id * 1_000),
            verdict,
            value: Some(1.0),
            baseline: None,
            asked: "up".to_owned(),
            detail: String::new(),
        }
    }

    #[test]
    fn thinning_keeps_what_is_worst() {
        let mut points: Vec<Point> = (0..1_000).map(|i| Point(i, Some(1.0), None, Verdict::Pass)).collect();
        points[501].3 = Verdict::Fail;
        points[777].1 = Some(9.0);
        let kept = thin(&points, POINTS_MAX);
        assert!(kept.len() <= POINTS_MAX);
        assert!(kept.contains(&points[501]) && kept.contains(&points[777]));
        assert!(kept.is_sorted_by_key(|point| point.0));
    }

    #[test]
    fn a_measurement_is_heard_once() {
        let mut card = card(Vec::new());
        let tally = Tally { measured: 1, passed: 1, ..Tally::default() };
        card.hear(measured(1, Some(2), Verdict::Pass), tally.clone());
        card.hear(measured(1, Some(2), Verdict::Pass), tally);
        assert_eq!((card.points.len(), card.rows.len(), card.runs.len()), (1, 1, 1));
        for id in 2..2_000 {
            card.hear(measured(id, Some(2), Verdict::Pass), Tally::default());
        }
        assert!(card.points.len() <= POINTS_MAX * 3 / 2 && card.rows.len() == ROWS_MAX);
    }

    #[test]
    fn it_stands_where_its_tally_says() {
        let mut card = card(Vec::new());
        let verifying = |at| Stage { at, verifying: true, going: true, succeeded: false };
        assert_eq!(place(&card, verifying(2)), Place::NotAsked);
        card.runs = vec![Run(Some(2), Tally { measured: 3, passed: 2, failed: 1, ..Tally::default() })];
        assert_eq!(place(&card, verifying(2)), Place::Open { doubt: true, live: true });
        // It turned around in the middle of the step: nobody knows how it would have ended.
        let back = Stage { at: 2, verifying: false, going: false, succeeded: false };
        assert_eq!(place(&card, back), Place::Open { doubt: true, live: false });
        assert_eq!(place(&card, Stage { at: 3, verifying: false, ..verifying(3) }), Place::Passed);
        // Another verification has begun and has not asked yet.
        assert_eq!(place(&card, verifying(4)), Place::NotAsked);
        card.runs.push(Run(Some(4), Tally { measured: 2, failed: 2, ..Tally::default() }));
        assert_eq!(place(&card, verifying(4)), Place::Failed);
        card.limits.observe_only = true;
        card.points = vec![Point(0, None, None, Verdict::Fail)];
        assert_eq!(place(&card, verifying(4)), Place::Observed(Verdict::Fail));
    }

    #[test]
    fn a_gap_has_no_value() {
        let card = card(vec![
            Point(0, Some(1.0), None, Verdict::Pass),
            Point(60_000, Some(2.0), None, Verdict::Pass),
        ]);
        assert_eq!(card.point_at(Some(400)).map(|point| point.0), Some(0));
        assert_eq!(card.point_at(Some(30_000)), None);
        assert_eq!(card.point_at(None).map(|point| point.0), Some(60_000));
    }
}
