//! Time series: where samples go and where charts, checks and autoscaling ask. PromQL is the one query
//! language; Graphite has its own.
//!
//! A source bounds every call in time, never blocks the caller's thread, and is allowed to be away: its loss costs charts,
//! never instances. To add one: this trait, and one line in the contract runner. What keeps samples too is a
//! [`MetricStore`]; servers of others are only read.

#[cfg(any(test, feature = "contract"))]
pub mod contract;
mod exposition;
mod graphite;
mod kept_name;
mod names;
mod origin;
mod prometheus;
mod query;
mod remote;
mod selector;
pub mod statsd;
mod tsink;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use model::metric::{Range, Series, SourceKind};
use model::time::Timestamp;
use thiserror::Error;

pub use self::exposition::{Exposed, ExpositionError, read as read_exposition};
pub use self::graphite::Graphite;
pub use self::names::label_name;
pub use self::origin::Origin;
pub use self::prometheus::Prometheus;
pub use self::query::{QueryMistake, check_depth, check_query, place_of_function};
pub use self::remote::{Login, RemoteConfig, RemoteError};
pub use self::selector::is_scalar;
pub use self::tsink::{MetricLimits, Tsink};

/// Most points of one series in an answer, as in Prometheus.
pub const POINTS_MAX: u64 = 11_000;

/// A place for questions, in the language of its kind.
#[async_trait]
pub trait MetricSource: Send + Sync {
    fn kind(&self) -> SourceKind;

    /// What it is, with its version where it tells that; asked now.
    async fn about(&self) -> Result<String, MetricError>;

    /// The value of every series of an expression at one moment.
    async fn query(&self, query: &str, time: Timestamp) -> Result<Vec<Series>, MetricError>;

    /// An expression at every step of a window.
    async fn query_range(&self, query: &str, range: Range) -> Result<Vec<Series>, MetricError>;

    /// The labels of the series that any of the selectors matches, or of all; with `window`, of those with a sample in it.
    async fn series(
        &self,
        selectors: &[String],
        window: Option<(Timestamp, Timestamp)>,
    ) -> Result<Vec<BTreeMap<String, String>>, MetricError>;
}

/// A source that keeps what the console measures.
#[async_trait]
pub trait MetricStore: MetricSource {
    /// Stores samples; those older than the retention may be dropped.
    async fn write(&self, samples: Vec<Sample>) -> Result<(), MetricError>;

    /// Writes down what is only in memory. Called once, at the end.
    async fn close(&self);
}

pub type SharedSource = Arc<dyn MetricSource>;
pub type SharedStore = Arc<dyn MetricStore>;

/// One measured value.
#[derive(Debug, Clone, PartialEq)]
pub struct Sample {
    pub metric: String,
    pub labels: Vec<(String, String)>,
    pub time: Timestamp,
    pub value: f64,
}

/// Errors by what the caller should do.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum MetricError {
    /// The expression is wrong; the source's own words.
    #[error("{0}")]
    Query(String),
    #[error("the window has more than {POINTS_MAX} steps; ask for a longer step or a shorter window")]
    TooManyPoints,
    #[error("the window ends before it starts")]
    EmptyWindow,
    /// The reason, which says who does not answer.
    #[error("{0}")]
    Unavailable(String),
    #[error("the query took longer than {0:?}")]
    Timeout(Duration),
}

/// Refuses a window that no source should be asked for.
pub fn check_range(range: Range) -> Result<(), MetricError> {
    let length = range.end.as_millis() - range.start.as_millis();
    let Ok(length) = u64::try_from(length) else { return Err(MetricError::EmptyWindow) };
    if length / range.step_ms.max(1) > POINTS_MAX { Err(MetricError::TooManyPoints) } else { Ok(()) }
}
