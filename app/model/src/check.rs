//! Verification checks: the questions asked of a new revision, their answers, and the count of those.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::duration::Span;
use crate::time::Timestamp;

/// Longest regular expression or PromQL expression, in bytes.
pub const EXPRESSION_MAX: usize = 4_096;
/// Measurements of one check that a deployment keeps; older ones are thinned beyond.
pub const MEASUREMENTS_MAX: u32 = 1_000;

/// One question about a new revision, asked again and again.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Check {
    /// DNS label, unique in the definition.
    pub name: String,
    #[serde(flatten)]
    pub question: Question,
    #[serde(default = "default_interval")]
    pub interval: Span,
    /// Time before the first question.
    #[serde(default = "default_initial_delay")]
    pub initial_delay: Span,
    /// One more failed measurement than this fails the check.
    #[serde(default)]
    pub failure_limit: u32,
    /// One more inconclusive measurement than this asks a person.
    #[serde(default)]
    pub inconclusive_limit: u32,
    /// One more error in a row than this fails the check.
    #[serde(default = "default_error_limit")]
    pub error_limit: u32,
    #[serde(default)]
    pub on_no_data: OnNoData,
    /// Measured and shown, but decides nothing.
    #[serde(default)]
    pub observe_only: bool,
    /// Asked from the first new instance until the rollout ends, not only in `verify` steps.
    #[serde(default)]
    pub background: bool,
}

pub(crate) const fn default_interval() -> Span {
    Span::from_secs(10)
}

pub(crate) const fn default_initial_delay() -> Span {
    Span::from_millis(0)
}

pub(crate) const fn default_error_limit() -> u32 {
    4
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Question {
    /// GET of every new instance.
    Http {
        /// Name of a port of the definition; absent: the first.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        port: Option<String>,
        path: String,
        #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
        headers: BTreeMap<String, String>,
        timeout: Span,
        expect: Expectation,
    },
    /// Lines of the new instances that match a regular expression.
    Log {
        pattern: String,
        /// At most this many matches in `window`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        max: Option<u32>,
        /// At least this many matches since the question was first asked: it must appear.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        min: Option<u32>,
        window: Span,
    },
    /// A PromQL expression with `{{app}}`, `{{environment}}` and `{{revision}}`.
    Metric {
        query: String,
        #[serde(flatten)]
        condition: MetricCondition,
    },
    /// Restarts and ends of new instances.
    Restarts { max: u32, window: Span },
}

impl Question {
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Http { .. } => "http",
            Self::Log { .. } => "log",
            Self::Metric { .. } => "metric",
            Self::Restarts { .. } => "restarts",
        }
    }

    /// It is answered by what comes, not by what is: the answer no is only known at the end.
    pub const fn must_appear(&self) -> bool {
        matches!(self, Self::Log { max: None, .. })
    }
}

/// What an HTTP answer must be; every part that is given.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Expectation {
    /// Any of these.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub status: Vec<u16>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body_contains: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub json: Option<JsonExpectation>,
    /// Longest time until the whole answer is there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time_limit: Option<Span>,
}

impl Expectation {
    pub const fn is_empty(&self) -> bool {
        self.status.is_empty()
            && self.body_contains.is_none()
            && self.json.is_none()
            && self.time_limit.is_none()
    }
}

/// A value within a JSON body.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct JsonExpectation {
    /// RFC 6901.
    pub pointer: String,
    pub value: Value,
}

/// When a metric is good.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum MetricCondition {
    /// Every series of the answer lies within.
    Threshold(Threshold),
    /// Compared with the same expression for the old revision.
    Baseline(Baseline),
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Threshold {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min: Option<f64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max: Option<f64>,
}

#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "method", rename_all = "snake_case")]
pub enum Baseline {
    /// New divided by old.
    Ratio {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        min: Option<f64>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        max: Option<f64>,
    },
    /// Whether the two series of the last `window` come from the same distribution: Mann-Whitney U.
    MannWhitney {
        /// 0.5 to 0.999; how sure it must be that they differ.
        confidence: f64,
        /// The direction that is bad.
        worse: Direction,
        window: Span,
    },
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    #[default]
    Higher,
    Lower,
    Either,
}

/// What an answer without data means.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum OnNoData {
    #[default]
    Inconclusive,
    Pass,
    Fail,
}

/// What one measurement says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    Pass,
    Fail,
    Inconclusive,
    /// The question could not be asked.
    Error,
}

impl Verdict {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Fail => "fail",
            Self::Inconclusive => "inconclusive",
            Self::Error => "error",
        }
    }
}

/// One answer, kept with the deployment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Measurement {
    /// Ascending within the console; 0 until it is stored.
    pub id: i64,
    pub check: String,
    /// 1-based step in which it was asked; `None` for a background check.
    pub step: Option<u32>,
    pub time: Timestamp,
    pub verdict: Verdict,
    /// Seconds of the slowest answer (`http`), matches (`log`), the value that decided (`metric`), restarts.
    pub value: Option<f64>,
    /// The old revision's value, where the two are compared.
    pub baseline: Option<f64>,
    /// What was asked, with placeholders filled.
    pub asked: String,
    /// Why it is so, in few words without a language: `503 > 200`, `14.2 > 5`.
    pub detail: String,
}

/// The measurements of one check in one step, or in the background, as numbers.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Tally {
    pub measured: u32,
    pub passed: u32,
    pub failed: u32,
    pub inconclusive: u32,
    pub errors: u32,
    /// Since the last measurement that was none.
    pub errors_in_a_row: u32,
    /// Of the latest measurement that did not pass.
    pub trouble: String,
    /// Time of the latest measurement.
    #[serde(default)]
    pub latest_at: Option<Timestamp>,
}

impl Tally {
    pub fn add(&mut self, verdict: Verdict, detail: &str, time: Timestamp) {
        self.measured += 1;
        self.latest_at = Some(time);
        self.errors_in_a_row = if verdict == Verdict::Error { self.errors_in_a_row + 1 } else { 0 };
        match verdict {
            Verdict::Pass => self.passed += 1,
            Verdict::Fail => self.failed += 1,
            Verdict::Inconclusive => self.inconclusive += 1,
            Verdict::Error => self.errors += 1,
        }
        if verdict != Verdict::Pass {
            detail.clone_into(&mut self.trouble);
        }
    }
}

/// The tally of one check where it is asked.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CheckRun {
    pub check: String,
    /// 1-based; `None` in the background.
    pub step: Option<u32>,
    pub tally: Tally,
}
