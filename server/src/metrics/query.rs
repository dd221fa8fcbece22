//! The port [`Metrics`]: PromQL questions, with permission.

use adapters::metrics::{MetricError, SharedSource, is_scalar};
use app::port::{Answer, Metrics};
use async_trait::async_trait;
use model::id::{AppKey, EnvironmentName};
use model::metric::{Intake, Labels, QUERY_MAX, Range, ScrapeTarget, Series};
use model::permission::{Caller, Permission};
use model::problem::{Fault, FieldError, Problem, ProblemCode};
use model::time::Timestamp;

use super::Sources;
use super::statsd::Standings;
use super::targets::Targets;
use crate::clock::SharedClock;

/// Answers questions from the metric sources.
pub struct MetricService {
    sources: Sources,
    clock: SharedClock,
    standings: Standings,
    targets: Targets,
}

impl MetricService {
    pub const fn new(sources: Sources, clock: SharedClock, standings: Standings, targets: Targets) -> Self {
        Self { sources, clock, standings, targets }
    }

    fn source(&self, of: Option<&EnvironmentName>) -> SharedSource {
        of.map_or_else(|| self.sources.own(), |environment| self.sources.of(environment))
    }
}

#[async_trait]
impl Metrics for MetricService {
    async fn query_range(
        &self,
        caller: &Caller,
        of: Option<&EnvironmentName>,
        query: &str,
        range: Range,
    ) -> Answer<Vec<Series>> {
        caller.require(Permission::View)?;
        check(query)?;
        self.source(of).query_range(query, range).await.map_err(problem)
    }

    async fn query(
        &self,
        caller: &Caller,
        of: Option<&EnvironmentName>,
        query: &str,
        time: Option<Timestamp>,
    ) -> Answer<Vec<Series>> {
        caller.require(Permission::View)?;
        check(query)?;
        let time = time.unwrap_or_else(|| self.clock.now());
        self.source(of).query(query, time).await.map_err(problem)
    }

    fn is_scalar(&self, query: &str) -> bool {
        is_scalar(query)
    }

    async fn series(
        &self,
        caller: &Caller,
        of: Option<&EnvironmentName>,
        selectors: &[String],
        window: Option<(Timestamp, Timestamp)>,
    ) -> Answer<Vec<Labels>> {
        caller.require(Permission::View)?;
        selectors.iter().try_for_each(|selector| check(selector))?;
        self.source(of).series(selectors, window).await.map_err(problem)
    }

    async fn targets(&self, caller: &Caller, environment: &EnvironmentName) -> Answer<Vec<ScrapeTarget>> {
        caller.require(Permission::View)?;
        let targets = self.targets.of(environment).await?;
        let shown = targets.into_iter().map(|target| ScrapeTarget {
            address: target.address(),
            app: target.origin.app,
            revision: target.origin.revision,
            instance: target.origin.instance,
            path: target.path,
            interval: target.interval,
        });
        Ok(shown.collect())
    }

    async fn intake(&self, caller: &Caller, app: &AppKey) -> Answer<Option<Intake>> {
        caller.require(Permission::View)?;
        Ok(self.standings.of(app).map(|standing| Intake {
            series: standing.series,
            series_max: standing.series_max,
            bounded: standing.bounded,
            dropped: standing.lost.iter().map(|lost| (lost.why.reason().to_owned(), lost.lines)).collect(),
        }))
    }
}

fn check(query: &str) -> Answer<()> {
    let fault = if query.trim().is_empty() {
        Fault::Required
    } else if query.len() > QUERY_MAX {
        Fault::TooLong { max: QUERY_MAX }
    } else {
        return Ok(());
    };
    Err(Problem::invalid(vec![FieldError::new("/query", fault)]))
}

fn problem(error: MetricError) -> Problem {
    let at = |path: &str| {
        Problem::invalid(vec![FieldError::new(path, Fault::Other { reason: error.to_string() })])
    };
    match &error {
        MetricError::Query(_) => at("/query"),
        MetricError::TooManyPoints => at("/step"),
        MetricError::EmptyWindow => at("/end"),
        MetricError::Unavailable(_) | MetricError::Timeout(_) => {
            tracing::warn!(%error, "measurements");
            let detail = format!("The measurements cannot be read: {error}. Try again in a moment.");
            Problem::new(ProblemCode::MetricsUnavailable, detail).with("reason", error)
        }
    }
}
