//! What one target asks for.

use serde::{Deserialize, Serialize};

use super::{Per, Target};
use crate::duration::Span;
use crate::time::Timestamp;

/// After its start an instance's use of cores says little for this long: it is read only once the instance is ready and was
/// so for the whole measurement. As Kubernetes' `--horizontal-pod-autoscaler-cpu-initialization-period`.
pub const INITIALISATION: Span = Span::from_secs(300);
/// An instance that stopped being ready within this time of its start never was. As Kubernetes'
/// `--horizontal-pod-autoscaler-initial-readiness-delay`.
pub const INITIAL_READINESS: Span = Span::from_secs(30);
/// Recommendations end here; what is larger is larger than every maximum.
const COUNT_MAX: f64 = 1_000_000.0;
/// Fractions of an instance that come from rounding.
const DUST: f64 = 1e-9;

/// Where an instance is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// Does not run yet.
    Pending,
    Running,
    /// Ended, failed or about to end: counts for nothing.
    Gone,
}

/// One measurement of an instance, in percent of what it may use.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Reading {
    pub percent: f64,
    /// The beginning of the time that it is the mean of.
    pub since: Timestamp,
}

/// One instance, as the autoscaler sees it.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Seen {
    pub stage: Stage,
    pub started_at: Option<Timestamp>,
    pub ready: bool,
    /// When it became ready, or stopped being so.
    pub ready_changed_at: Option<Timestamp>,
    pub cpu: Option<Reading>,
    pub memory: Option<Reading>,
}

impl Seen {
    /// Whether its use of cores cannot be judged yet.
    fn is_unready_for_cpu(&self, reading: Reading, now: Timestamp) -> bool {
        let (Some(started), Some(changed)) = (self.started_at, self.ready_changed_at) else { return true };
        if started.plus(INITIALISATION.duration()) > now {
            return !self.ready || reading.since < changed;
        }
        !self.ready && started.plus(INITIAL_READINESS.duration()) > changed
    }
}

/// What one target says, for the history.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = AutoscaleFigure))]
pub struct Figure {
    /// Its place in the policy, from 0.
    pub target: usize,
    /// The mean in percent, or the sum of the query.
    pub value: Option<f64>,
    /// What it should be.
    pub goal: f64,
    /// Measured by wanted, with what is not ready or not measured counted carefully.
    pub ratio: Option<f64>,
    /// Instances whose measurement counts.
    pub measured: u32,
    /// Instances that are not ready yet.
    pub unready: u32,
    /// Instances without a measurement.
    pub missing: u32,
    pub recommended: Option<u32>,
    /// Why it recommends nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unknown: Option<Unknown>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = AutoscaleUnknown))]
#[serde(rename_all = "snake_case")]
pub enum Unknown {
    /// There is no instance to measure.
    NoInstances,
    /// No ready instance has a measurement.
    NoReading,
    /// The query answered nothing, or something that is no number, or could not be asked.
    NoAnswer,
    /// No instance is ready, and the answer is for those that are.
    NoneReady,
    /// The target's own number cannot be one.
    BadGoal,
}

/// What is known of the app at the moment.
#[derive(Debug, Clone, Copy)]
pub(super) struct Known<'a> {
    pub now: Timestamp,
    pub current: u32,
    pub tolerance: f64,
    pub instances: &'a [Seen],
}

/// What the target asks for. `answer`: the values of all series of its query.
pub(super) fn recommend(index: usize, target: &Target, known: Known<'_>, answer: Option<&[f64]>) -> Figure {
    let goal = match target {
        Target::Cpu { percent } | Target::Memory { percent } => *percent,
        Target::Query { value, .. } => *value,
    };
    let mut figure = Figure {
        target: index,
        value: None,
        // JSON has no other numbers; a policy that was read has none either.
        goal: if goal.is_finite() { goal } else { 0.0 },
        ratio: None,
        measured: 0,
        unready: 0,
        missing: 0,
        recommended: None,
        unknown: None,
    };
    let result = if goal.is_finite() && goal > 0.0 {
        match target {
            Target::Cpu { .. } => by_use(known, true, goal, &mut figure),
            Target::Memory { .. } => by_use(known, false, goal, &mut figure),
            Target::Query { per, .. } => by_answer(known, *per, goal, answer, &mut figure),
        }
    } else {
        Err(Unknown::BadGoal)
    };
    match result {
        Ok(count) => figure.recommended = Some(count),
        Err(unknown) => figure.unknown = Some(unknown),
    }
    figure
}

/// `GetResourceReplicas`.
fn by_use(known: Known<'_>, cpu: bool, goal: f64, figure: &mut Figure) -> Result<u32, Unknown> {
    let mut values: Vec<f64> = Vec::new();
    let mut present = false;
    for seen in known.instances.iter().filter(|seen| seen.stage != Stage::Gone) {
        present = true;
        let reading = if cpu { seen.cpu } else { seen.memory };
        let reading = reading.filter(|it| it.percent.is_finite() && it.percent >= 0.0);
        match reading {
            _ if seen.stage == Stage::Pending => figure.unready += 1,
            None => figure.missing += 1,
            Some(reading) if cpu && seen.is_unready_for_cpu(reading, known.now) => figure.unready += 1,
            Some(reading) => values.push(reading.percent),
        }
    }
    figure.measured = values.len() as u32;
    if values.is_empty() {
        return Err(if present { Unknown::NoReading } else { Unknown::NoInstances });
    }
    let sum: f64 = values.iter().sum();
    let ratio_of = |sum: f64, count: f64| sum / count / goal;
    let mut count = f64::from(figure.measured);
    let ratio = ratio_of(sum, count);
    figure.value = Some(sum / count);
    figure.ratio = Some(ratio);
    let careful = figure.missing > 0 || (figure.unready > 0 && ratio > 1.0);
    if !careful {
        return Ok(if within(ratio, known.tolerance) { known.current } else { whole(ratio * count) });
    }
    // At exactly 1 nothing is added, and the count stays.
    let mut sum = sum;
    if ratio < 1.0 {
        sum += 100.0 * f64::from(figure.missing);
        count += f64::from(figure.missing);
    } else if ratio > 1.0 {
        count += f64::from(figure.missing) + f64::from(figure.unready);
    }
    let careful = ratio_of(sum, count);
    figure.ratio = Some(careful);
    let turned = (ratio < 1.0 && careful > 1.0) || (ratio > 1.0 && careful < 1.0);
    if within(careful, known.tolerance) || turned {
        return Ok(known.current);
    }
    let wanted = whole(careful * count);
    let turned = (careful < 1.0 && wanted > known.current) || (careful > 1.0 && wanted < known.current);
    Ok(if turned { known.current } else { wanted })
}

/// `GetExternalMetricReplicas` and `GetExternalPerPodMetricReplicas`.
fn by_answer(
    known: Known<'_>,
    per: Per,
    goal: f64,
    answer: Option<&[f64]>,
    figure: &mut Figure,
) -> Result<u32, Unknown> {
    let values = answer.filter(|values| !values.is_empty()).ok_or(Unknown::NoAnswer)?;
    let sum: f64 = values.iter().sum();
    if !sum.is_finite() {
        return Err(Unknown::NoAnswer);
    }
    let running = known.instances.iter().filter(|seen| seen.stage == Stage::Running);
    let ready = running.filter(|seen| seen.ready).count() as u32;
    figure.value = Some(sum);
    figure.measured = ready;
    match per {
        Per::Instance => {
            let ratio = sum / (goal * f64::from(known.current.max(1)));
            figure.ratio = Some(ratio);
            let stays = known.current > 0 && within(ratio, known.tolerance);
            Ok(if stays { known.current } else { whole(sum / goal) })
        }
        Per::Total => {
            let ratio = sum / goal;
            figure.ratio = Some(ratio);
            if known.current == 0 {
                return Ok(whole(ratio));
            }
            if within(ratio, known.tolerance) {
                return Ok(known.current);
            }
            if ready == 0 {
                return Err(Unknown::NoneReady);
            }
            Ok(whole(ratio * f64::from(ready)))
        }
    }
}

fn within(ratio: f64, tolerance: f64) -> bool {
    (1.0 - ratio).abs() <= tolerance + DUST
}

/// Rounded up; the binary dust of a product is none.
fn whole(count: f64) -> u32 {
    (count - DUST * count.abs().max(1.0)).ceil().clamp(0.0, COUNT_MAX) as u32
}
