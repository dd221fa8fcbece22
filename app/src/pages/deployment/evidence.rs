//! The checks of a deployment with their measurements, as the cards of its page.

use model::api::{LIMIT_MAX, MeasurementsQuery, Verification};
use model::check::{Baseline, Check, MEASUREMENTS_MAX, Measurement, MetricCondition, Question};
use model::id::DeploymentId;
use model::problem::Problem;
use model::verdict::Limits;

use crate::islands::deployment::checks::data::{Card, POINTS_MAX, Point, Run, Unit, thin};
use crate::pages::visit::Visit;
use crate::text::Locale;
use crate::text::check as t;

/// Rows of a check's table.
const ROWS: usize = 10;

pub async fn cards(visit: &Visit, id: DeploymentId, said: &Verification) -> Result<Vec<Card>, Problem> {
    let mut cards = Vec::with_capacity(said.checks.len());
    for check in &said.checks {
        let measurements = measurements(visit, id, &check.name).await?;
        cards.push(card(visit.locale, check, measurements, said));
    }
    Ok(cards)
}

async fn measurements(visit: &Visit, id: DeploymentId, check: &str) -> Result<Vec<Measurement>, Problem> {
    let mut measurements = Vec::new();
    let mut cursor = None;
    loop {
        let query = MeasurementsQuery { check: Some(check.to_owned()), limit: Some(LIMIT_MAX), cursor };
        let more = visit.ports.deployments.measurements(visit.caller()?, id, &query).await?;
        measurements.extend(more.items);
        cursor = more.next;
        if cursor.is_none() || measurements.len() >= MEASUREMENTS_MAX as usize {
            return Ok(measurements);
        }
    }
}

fn card(locale: Locale, check: &Check, measurements: Vec<Measurement>, said: &Verification) -> Card {
    let points: Vec<Point> =
        measurements.iter().map(|measurement| Point::of(measurement, measurement.time.as_millis())).collect();
    let (low, high, of_old) = bounds(&check.question);
    let runs = said.runs.iter().filter(|run| run.check == check.name);
    Card {
        name: check.name.clone(),
        kind: t::kind(locale, &check.question).to_owned(),
        question: t::question(&check.question),
        good_when: t::good_when(locale, &check.question),
        habit: t::habit(locale, check),
        limits: Limits::of(check),
        background: check.background,
        unit: match check.question {
            Question::Http { .. } => Unit::Seconds,
            _ => Unit::Number,
        },
        low,
        high,
        of_old,
        interval: i64::try_from(check.interval.as_millis()).unwrap_or(i64::MAX).max(1),
        points: thin(&points, POINTS_MAX),
        rows: measurements.into_iter().rev().take(ROWS).collect(),
        runs: runs.map(|run| Run(run.step, run.tally.clone())).collect(),
    }
}

/// Lowest and highest good value, and whether they are factors of the old revision's.
fn bounds(question: &Question) -> (Option<f64>, Option<f64>, bool) {
    match question {
        Question::Http { expect, .. } => {
            (None, expect.time_limit.map(|limit| limit.duration().as_secs_f64()), false)
        }
        Question::Log { max, min, .. } => (min.map(f64::from), max.map(f64::from), false),
        Question::Metric { condition: MetricCondition::Threshold(threshold), .. } => {
            (threshold.min, threshold.max, false)
        }
        Question::Metric { condition: MetricCondition::Baseline(Baseline::Ratio { min, max }), .. } => {
            (*min, *max, true)
        }
        Question::Metric { .. } => (None, None, false),
        Question::Restarts { max, .. } => (None, Some(f64::from(*max)), false),
    }
}
