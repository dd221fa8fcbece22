//! From measurements to verdicts: what an answer means, and where a check stands.

mod http;
mod mann_whitney;
#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};

pub use self::http::unmet;
pub use self::mann_whitney::{Comparison, SAMPLES_MIN, compare};
use crate::check::{Baseline, Check, Direction, OnNoData, Tally, Threshold, Verdict};
use crate::time::Timestamp;

/// Where a check stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// Nothing can be said yet.
    Open,
    Passed,
    Failed,
    /// It could not be asked too often in a row.
    Errored,
    /// A person has to say.
    Inconclusive,
}

/// What a check forgives: all of it that its standing depends on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limits {
    pub failures: u32,
    pub inconclusive: u32,
    pub errors: u32,
    pub must_appear: bool,
    pub observe_only: bool,
}

impl Limits {
    pub const fn of(check: &Check) -> Self {
        Self {
            failures: check.failure_limit,
            inconclusive: check.inconclusive_limit,
            errors: check.error_limit,
            must_appear: check.question.must_appear(),
            observe_only: check.observe_only,
        }
    }

    /// Where a check with this tally stands. `over`: when the time for which it is asked ended, if it has.
    pub fn standing(self, tally: &Tally, over: Option<Timestamp>) -> Standing {
        if self.observe_only {
            return Standing::Passed;
        }
        if tally.failed > self.failures {
            return Standing::Failed;
        }
        if tally.errors_in_a_row > self.errors {
            return Standing::Errored;
        }
        let answered = tally.measured > tally.errors;
        if self.must_appear {
            // It may have appeared since the last look: only one after the end says no.
            let looked = over.is_some() && tally.latest_at >= over;
            return match (tally.passed > 0, looked && answered) {
                (true, _) => Standing::Passed,
                (false, true) => Standing::Failed,
                (false, false) => Standing::Open,
            };
        }
        if tally.inconclusive > self.inconclusive {
            return Standing::Inconclusive;
        }
        if over.is_some() && answered { Standing::Passed } else { Standing::Open }
    }
}

/// Judges a check by its tally. `over`: when the time for which it is asked ended, if it has.
pub fn standing(check: &Check, tally: &Tally, over: Option<Timestamp>) -> Standing {
    Limits::of(check).standing(tally, over)
}

/// A verdict with its reason in few words without a language.
#[derive(Debug, Clone, PartialEq)]
pub struct Judgement {
    pub verdict: Verdict,
    pub value: Option<f64>,
    pub baseline: Option<f64>,
    pub detail: String,
}

impl Judgement {
    pub const fn new(verdict: Verdict, value: Option<f64>, detail: String) -> Self {
        Self { verdict, value, baseline: None, detail }
    }
}

/// An answer without data.
pub fn no_data(rule: OnNoData) -> Judgement {
    let verdict = match rule {
        OnNoData::Inconclusive => Verdict::Inconclusive,
        OnNoData::Pass => Verdict::Pass,
        OnNoData::Fail => Verdict::Fail,
    };
    Judgement::new(verdict, None, "∅".to_owned())
}

/// The values of all series against a threshold; the one that is farthest out decides.
pub fn within(threshold: Threshold, values: &[f64], rule: OnNoData) -> Judgement {
    let numbers = values.iter().copied().filter(|value| !value.is_nan());
    let mut worst: Option<(f64, f64, String)> = None;
    for value in numbers {
        let above = threshold.max.map_or(f64::NEG_INFINITY, |max| value - max);
        let below = threshold.min.map_or(f64::NEG_INFINITY, |min| min - value);
        let (distance, detail) = if above >= below {
            (above, compared(value, threshold.max))
        } else {
            (below, compared(value, threshold.min))
        };
        if worst.as_ref().is_none_or(|(most, ..)| distance > *most) {
            worst = Some((distance, value, detail));
        }
    }
    let Some((distance, value, detail)) = worst else { return no_data(rule) };
    let verdict = if distance > 0.0 { Verdict::Fail } else { Verdict::Pass };
    Judgement::new(verdict, Some(value), detail)
}

/// The new revision's values against the old one's. For a ratio each side is the mean of its values.
pub fn against(baseline: Baseline, new: &[f64], old: &[f64], rule: OnNoData) -> Judgement {
    let finite = |values: &[f64]| values.iter().copied().filter(|v| v.is_finite()).collect::<Vec<f64>>();
    let (new, old) = (finite(new), finite(old));
    match baseline {
        Baseline::Ratio { min, max } => ratio(&new, &old, Threshold { min, max }, rule),
        Baseline::MannWhitney { confidence, worse, .. } => distribution(&new, &old, confidence, worse, rule),
    }
}

fn ratio(new: &[f64], old: &[f64], allowed: Threshold, rule: OnNoData) -> Judgement {
    let (Some(new), Some(old)) = (mean(new), mean(old)) else { return no_data(rule) };
    // Nothing against nothing is the same; something against nothing is infinitely more.
    let quotient = if old == 0.0 && new == 0.0 { 1.0 } else { new / old };
    let judged = within(allowed, &[quotient], rule);
    Judgement { value: Some(new), baseline: Some(old), detail: format!("× {}", judged.detail), ..judged }
}

fn distribution(new: &[f64], old: &[f64], confidence: f64, worse: Direction, rule: OnNoData) -> Judgement {
    let (value, baseline) = (mean(new), mean(old));
    let Some(comparison) = compare(new, old) else {
        return Judgement { value, baseline, ..no_data(rule) };
    };
    let p = match worse {
        Direction::Higher => comparison.higher,
        Direction::Lower => comparison.lower,
        Direction::Either => comparison.either,
    };
    let differs = p < 1.0 - confidence;
    let verdict = if differs { Verdict::Fail } else { Verdict::Pass };
    let sign = if differs { "<" } else { "≥" };
    let detail = format!("p {} {sign} {}", number(p), number(1.0 - confidence));
    Judgement { verdict, value, baseline, detail }
}

fn mean(values: &[f64]) -> Option<f64> {
    (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
}

/// `14.2 > 5`.
fn compared(value: f64, limit: Option<f64>) -> String {
    let Some(limit) = limit else { return number(value) };
    let sign = match value.partial_cmp(&limit) {
        Some(std::cmp::Ordering::Greater) => ">",
        Some(std::cmp::Ordering::Less) => "<",
        _ => "=",
    };
    format!("{} {sign} {}", number(value), number(limit))
}

/// At most four significant digits, as people say numbers.
pub fn number(value: f64) -> String {
    if value == 0.0 || !value.is_finite() {
        return format!("{value}");
    }
    let magnitude = value.abs().log10().floor();
    if !(-4.0..15.0).contains(&magnitude) {
        return format!("{value:.2e}");
    }
    let decimals = (3.0 - magnitude).clamp(0.0, 7.0) as usize;
    let text = format!("{value:.decimals$}");
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}
