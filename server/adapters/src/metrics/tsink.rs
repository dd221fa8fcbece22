//! The embedded store: tsink in a folder of its own.
//!
//! It opens in the background, so that a large history does not hold the console's start up. A folder that cannot be read
//! is set aside under another name and a new one begun.

mod size;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use ::tsink::promql::{Engine, PromqlError, PromqlValue};
use ::tsink::{
    DataPoint, Label, Row, SeriesSelection, Storage, StorageBuilder, TimestampPrecision, TsinkError,
    WalReplayMode, WalSyncMode,
};
use async_trait::async_trait;
use model::metric::{NAME, Range, Series, SourceKind};
use model::time::Timestamp;
use tokio::sync::Semaphore;
use tokio_util::task::AbortOnDropHandle;

use super::kept_name::keeps_name;
use super::selector::selection;
use super::{MetricError, MetricSource, MetricStore, Sample, check_depth, check_range};

/// Longest query or write.
const PATIENCE: Duration = Duration::from_secs(10);
/// Queries at work at once; the others wait, so that charts leave a core to the rest.
const QUERIES_AT_ONCE: usize = 2;
/// Memory for what is not on the disk yet.
const MEMORY_LIMIT: usize = 192 << 20;
const SERIES_LIMIT: usize = 1_000_000;
/// Samples that are handed over at once: it reckons with 80 KB for each until they are taken.
const WRITTEN_AT_ONCE: usize = 500;
/// Seconds of samples that a crash of the host may cost.
const SYNC_EVERY: Duration = Duration::from_secs(5);

#[derive(Clone)]
enum State {
    Opening,
    Ready(Arc<dyn Storage>),
    Unavailable(String),
}

/// What is kept: neither older than the age nor more than the bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MetricLimits {
    pub age: Duration,
    /// On the disk.
    pub bytes: u64,
}

/// A tsink store in a folder.
pub struct Tsink {
    state: Arc<RwLock<State>>,
    queries: Semaphore,
    _keeping: AbortOnDropHandle<()>,
}

impl Tsink {
    /// Begins to open the store in `folder`. Needs a tokio runtime; until it is open, calls answer `Unavailable`.
    pub fn open(folder: PathBuf, limits: MetricLimits) -> Self {
        let state = Arc::new(RwLock::new(State::Opening));
        let opened = Arc::clone(&state);
        let keeping = tokio::spawn(size::keep(Arc::clone(&state), folder.clone(), limits));
        tokio::task::spawn_blocking(move || {
            let result = open_or_begin_anew(&folder, limits.age);
            *opened.write().unwrap_or_else(PoisonError::into_inner) = match result {
                Ok(storage) => State::Ready(storage),
                Err(reason) => {
                    tracing::error!(folder = %folder.display(), reason, "no measurements are kept");
                    State::Unavailable(reason)
                }
            };
        });
        let queries = Semaphore::new(QUERIES_AT_ONCE);
        Self { state, queries, _keeping: AbortOnDropHandle::new(keeping) }
    }

    /// Whether it is open.
    pub fn is_ready(&self) -> bool {
        self.storage().is_ok()
    }

    fn storage(&self) -> Result<Arc<dyn Storage>, MetricError> {
        match &*self.state.read().unwrap_or_else(PoisonError::into_inner) {
            State::Ready(storage) => Ok(Arc::clone(storage)),
            State::Opening => {
                Err(MetricError::Unavailable("the store of measurements is being opened".to_owned()))
            }
            State::Unavailable(reason) => Err(MetricError::Unavailable(reason.clone())),
        }
    }

    async fn ask(
        &self,
        query: &str,
        question: impl FnOnce(Engine) -> Result<PromqlValue, PromqlError> + Send + 'static,
    ) -> Result<Vec<Series>, MetricError> {
        check_depth(query).map_err(|mistake| MetricError::Query(mistake.reason))?;
        let storage = self.storage()?;
        let _turn = tokio::time::timeout(PATIENCE, self.queries.acquire())
            .await
            .map_err(|_| MetricError::Timeout(PATIENCE))?;
        let answer =
            blocking(move || question(Engine::with_precision(storage, TimestampPrecision::Milliseconds)));
        let found = answer.await?.map(series).map_err(|error| match error {
            PromqlError::Storage(error) => MetricError::Unavailable(error.to_string()),
            error => MetricError::Query(error.to_string()),
        })?;
        let named = ::tsink::promql::parse(query).is_ok_and(|expression| keeps_name(&expression));
        Ok(if named { found } else { without_names(found) })
    }
}

#[async_trait]
impl MetricSource for Tsink {
    fn kind(&self) -> SourceKind {
        SourceKind::Embedded
    }

    async fn about(&self) -> Result<String, MetricError> {
        self.storage()?;
        Ok(format!("Quarterdeck {}", env!("CARGO_PKG_VERSION")))
    }

    async fn query(&self, query: &str, time: Timestamp) -> Result<Vec<Series>, MetricError> {
        let text = query.to_owned();
        self.ask(query, move |engine| engine.instant_query(&text, time.as_millis())).await
    }

    async fn query_range(&self, query: &str, range: Range) -> Result<Vec<Series>, MetricError> {
        check_range(range)?;
        let text = query.to_owned();
        let step = i64::try_from(range.step_ms.max(1)).unwrap_or(i64::MAX);
        self.ask(query, move |engine| {
            engine.range_query(&text, range.start.as_millis(), range.end.as_millis(), step)
        })
        .await
    }

    async fn series(
        &self,
        selectors: &[String],
        window: Option<(Timestamp, Timestamp)>,
    ) -> Result<Vec<BTreeMap<String, String>>, MetricError> {
        let mut selections = match selectors {
            [] => vec![SeriesSelection::new()],
            _ => selectors.iter().map(|text| selection(text)).collect::<Result<_, _>>()?,
        };
        if let Some((start, end)) = window {
            if start > end {
                return Err(MetricError::EmptyWindow);
            }
            for selection in &mut selections {
                // The end does not belong to the store's window, and does to Prometheus'.
                (selection.start, selection.end) =
                    (Some(start.as_millis()), Some(end.as_millis().saturating_add(1)));
            }
        }
        let storage = self.storage()?;
        let _turn = tokio::time::timeout(PATIENCE, self.queries.acquire())
            .await
            .map_err(|_| MetricError::Timeout(PATIENCE))?;
        let found = blocking(move || {
            let mut found = BTreeSet::new();
            for selection in &selections {
                for series in storage.select_series(selection)? {
                    let name = (NAME.to_owned(), series.name);
                    let labels = series.labels.into_iter().map(|label| (label.name, label.value));
                    found.insert(labels.chain([name]).collect::<BTreeMap<_, _>>());
                }
            }
            Ok::<_, TsinkError>(found)
        });
        let found = found.await?.map_err(|error| MetricError::Unavailable(error.to_string()))?;
        Ok(found.into_iter().collect())
    }
}

#[async_trait]
impl MetricStore for Tsink {
    async fn write(&self, samples: Vec<Sample>) -> Result<(), MetricError> {
        let storage = self.storage()?;
        let written = blocking(move || {
            let rows: Vec<Row> = samples.into_iter().map(row).collect();
            rows.chunks(WRITTEN_AT_ONCE).try_for_each(|rows| storage.insert_rows(rows))
        });
        written.await?.map_err(|error| MetricError::Unavailable(error.to_string()))
    }

    async fn close(&self) {
        let before = {
            let mut state = self.state.write().unwrap_or_else(PoisonError::into_inner);
            std::mem::replace(&mut *state, State::Unavailable("the console is ending".to_owned()))
        };
        if let State::Ready(storage) = before {
            match blocking(move || storage.close()).await {
                Ok(Ok(())) => {}
                Ok(Err(error)) => tracing::warn!(%error, "the measurements were not closed cleanly"),
                Err(error) => tracing::warn!(%error, "the measurements were not closed in time"),
            }
        }
    }
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, MetricError> {
    match tokio::time::timeout(PATIENCE, tokio::task::spawn_blocking(work)).await {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(error)) => Err(MetricError::Unavailable(error.to_string())),
        Err(_) => Err(MetricError::Timeout(PATIENCE)),
    }
}

fn open_or_begin_anew(folder: &Path, retention: Duration) -> Result<Arc<dyn Storage>, String> {
    let error = match build(folder, retention) {
        Ok(storage) => return Ok(storage),
        Err(error) => error,
    };
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_millis();
    let aside = folder.with_extension(format!("damaged-{now}"));
    std::fs::rename(folder, &aside).map_err(|rename| format!("{error}; setting it aside: {rename}"))?;
    tracing::error!(
        error,
        aside = %aside.display(),
        "the stored measurements cannot be read; they were set aside and new ones begin"
    );
    build(folder, retention)
}

fn build(folder: &Path, retention: Duration) -> Result<Arc<dyn Storage>, String> {
    StorageBuilder::new()
        .with_data_path(folder)
        .with_timestamp_precision(TimestampPrecision::Milliseconds)
        .with_retention(retention)
        .with_memory_limit(MEMORY_LIMIT)
        .with_cardinality_limit(SERIES_LIMIT)
        .with_write_timeout(PATIENCE)
        .with_wal_sync_mode(WalSyncMode::Periodic(SYNC_EVERY))
        .with_wal_replay_mode(WalReplayMode::Salvage)
        // A failed compaction must cost charts at most.
        .with_background_fail_fast(false)
        .build()
        .map_err(|error| error.to_string())
}

fn row(sample: Sample) -> Row {
    let labels = sample.labels.into_iter().map(|(name, value)| Label::new(name, value)).collect();
    Row::with_labels(sample.metric, labels, DataPoint::new(sample.time.as_millis(), sample.value))
}

/// Without the metrics' names, unless two series could then no longer be told apart.
fn without_names(mut found: Vec<Series>) -> Vec<Series> {
    let mut names: Vec<_> = found.iter_mut().map(|series| series.labels.remove(NAME)).collect();
    let apart = found.iter().map(|series| &series.labels).collect::<BTreeSet<_>>().len() == found.len();
    if !apart {
        for (series, name) in found.iter_mut().zip(&mut names) {
            series.labels.extend(name.take().map(|name| (NAME.to_owned(), name)));
        }
    }
    found
}

fn series(value: PromqlValue) -> Vec<Series> {
    let labelled = |metric: String, labels: Vec<Label>, points: Vec<(i64, f64)>| {
        let name = (!metric.is_empty()).then(|| (NAME.to_owned(), metric));
        let labels = labels.into_iter().map(|label| (label.name, label.value)).chain(name).collect();
        Series { labels, points }
    };
    match value {
        PromqlValue::Scalar(value, time) => vec![labelled(String::new(), Vec::new(), vec![(time, value)])],
        PromqlValue::InstantVector(samples) => samples
            .into_iter()
            .map(|sample| labelled(sample.metric, sample.labels, vec![(sample.timestamp, sample.value)]))
            .collect(),
        PromqlValue::RangeVector(series) => {
            series.into_iter().map(|series| labelled(series.metric, series.labels, series.samples)).collect()
        }
        PromqlValue::String(..) => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use model::alert::builtin;
    use model::metric::APP_DEPLOYMENT_FAILED;

    use super::super::contract;
    use super::*;

    const LIMITS: MetricLimits = MetricLimits { age: Duration::from_hours(15 * 24), bytes: u64::MAX };

    async fn opened(folder: &Path) -> Tsink {
        let source = Tsink::open(folder.to_owned(), LIMITS);
        while matches!(&*source.state.read().expect("a state"), State::Opening) {
            tokio::task::yield_now().await;
        }
        source
    }

    async fn keeps(source: &Tsink) {
        let end = contract::now();
        source.write(contract::samples(end)).await.expect("written");
        contract::run(source, &contract::PROMQL, end).await;
    }

    #[tokio::test]
    async fn keeps_the_contract() {
        let folder = tempfile::tempdir().expect("a folder");
        keeps(&opened(&folder.path().join("metrics")).await).await;
    }

    #[tokio::test]
    async fn what_was_written_is_there_after_a_restart() {
        let folder = tempfile::tempdir().expect("a folder");
        let place = folder.path().join("metrics");
        let now = contract::now();
        let first = opened(&place).await;
        let sample = Sample { metric: "kept".to_owned(), labels: Vec::new(), time: now, value: 7.0 };
        first.write(vec![sample]).await.expect("written");
        first.close().await;
        assert!(matches!(first.query("kept", now).await, Err(MetricError::Unavailable(_))));
        drop(first);
        let found = opened(&place).await.query("kept", now).await.expect("an answer");
        assert!((found[0].points[0].1 - 7.0).abs() < 1e-9);
    }

    #[tokio::test]
    async fn what_is_too_much_leaves_from_the_oldest_on_and_writing_goes_on() {
        let folder = tempfile::tempdir().expect("a folder");
        let place = folder.path().join("metrics");
        let source = opened(&place).await;
        let now = contract::now();
        let hour = |back: u64| now.minus(Duration::from_hours(back));
        for back in (0..240).rev() {
            let time = |part: u64| hour(back).minus(Duration::from_secs(part * 30));
            // Numbers that no two of are alike, as those are hard to make small.
            let value = |part: u64| ((back * 7_919 + part * 104_729) % 1_000_003) as f64 / 7.0;
            let sample = |part: u64| Sample {
                metric: "much".to_owned(),
                labels: vec![("number".to_owned(), (part % 4).to_string())],
                time: time(part),
                value: value(part),
            };
            source.write((0..100).rev().map(sample).collect()).await.expect("written");
        }
        source.close().await;
        drop(source);
        let source = opened(&place).await;
        let count = async |source: &Tsink, back: u64| {
            let found = source.query("count(max_over_time(much[1h]))", hour(back)).await.expect("an answer");
            found.first().map(|series| series.points[0].1)
        };
        assert_eq!((count(&source, 230).await, count(&source, 0).await), (Some(4.0), Some(4.0)));
        let all = size::bytes_in(&place);
        let age = size::fit(&source.state, &place, all / 2, LIMITS.age).await;
        assert!(age < LIMITS.age && size::bytes_in(&place) <= all / 2, "{age:?}, {all}");
        assert_eq!((count(&source, 230).await, count(&source, 0).await), (None, Some(4.0)));
        let sample = Sample { metric: "later".to_owned(), labels: Vec::new(), time: now, value: 1.0 };
        source.write(vec![sample]).await.expect("written");
        assert_eq!(source.query("later", now).await.expect("an answer").len(), 1);
        // Nothing more goes where it fits.
        assert_eq!(size::fit(&source.state, &place, all, age).await, age);
    }

    /// What all apps of a console send by StatsD comes in one write.
    #[tokio::test]
    async fn thousands_of_new_series_are_written_at_once() {
        let folder = tempfile::tempdir().expect("a folder");
        let source = opened(&folder.path().join("metrics")).await;
        let time = contract::now();
        let sample = |number: u32| Sample {
            metric: "many".to_owned(),
            labels: vec![("number".to_owned(), number.to_string())],
            time,
            value: 1.0,
        };
        source.write((0..5_000).map(sample).collect()).await.expect("written");
        let found = source.query("count(many)", time).await.expect("an answer");
        assert!((found[0].points[0].1 - 5_000.0).abs() < 1e-9, "{found:?}");
    }

    /// The rules of every console speak of what this store can answer, and a failed deployment is told of for an hour.
    #[tokio::test]
    async fn it_answers_the_rules_of_every_console() {
        let folder = tempfile::tempdir().expect("a folder");
        let source = opened(&folder.path().join("metrics")).await;
        let now = contract::now();
        // Failed for so many minutes, after it was well or, for the last, from its first minute on.
        let apps = [("fresh", 10, true), ("old", 90, true), ("first", 10, false)];
        let mut samples = Vec::new();
        for (app, failed, was_well) in apps {
            for minute in 0..if was_well { 180 } else { failed } {
                samples.push(Sample {
                    metric: APP_DEPLOYMENT_FAILED.to_owned(),
                    labels: vec![("app".to_owned(), app.to_owned())],
                    time: Timestamp::from_millis(now.as_millis() - i64::from(minute) * 60_000),
                    value: if minute < failed { 1.0 } else { 0.0 },
                });
            }
        }
        source.write(samples).await.expect("written");
        for rule in builtin() {
            let found = source.query(&rule.query, now).await;
            let found = found.unwrap_or_else(|error| panic!("{}: {error}", rule.query));
            let bad = found.iter().filter(|series| series.points.iter().any(|(_, value)| *value > 0.0));
            let mut apps: Vec<&str> =
                bad.filter_map(|series| series.labels.get("app").map(String::as_str)).collect();
            apps.sort_unstable();
            let expected: &[&str] = if rule.name == "deployment-failed" { &["first", "fresh"] } else { &[] };
            assert_eq!(apps, expected, "{}", rule.name);
        }
    }

    #[tokio::test]
    async fn a_damaged_store_is_set_aside_and_a_new_one_begun() {
        let folder = tempfile::tempdir().expect("a folder");
        let place = folder.path().join("metrics");
        // A file where a folder is wanted is as damaged as it gets.
        std::fs::write(&place, "not a store").expect("written");
        let source = opened(&place).await;
        assert!(source.is_ready());
        keeps(&source).await;
        let names: Vec<String> = std::fs::read_dir(folder.path())
            .expect("a listing")
            .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
            .collect();
        assert!(names.iter().any(|name| name.starts_with("metrics.damaged-")), "{names:?}");
    }
}
