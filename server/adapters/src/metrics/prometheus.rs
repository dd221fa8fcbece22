//! A server that answers Prometheus' HTTP API: Prometheus itself, Thanos, Mimir, VictoriaMetrics.

use async_trait::async_trait;
use http::StatusCode;
use model::metric::{Answer as Told, Data, Labels, Range, Series, SourceKind, Status};
use model::time::Timestamp;
use serde::Deserialize;

use super::remote::{Answer, Fields, Remote, RemoteConfig, RemoteError, in_order};
use super::{MetricError, MetricSource, check_range};

/// Matches every series.
const ALL: &str = r#"{__name__!=""}"#;
/// Most series that are listed, where the server can bound that.
const SERIES_MAX: &str = "20000";

/// Reads; whoever feeds it is no concern of ours.
pub struct Prometheus {
    remote: Remote,
}

#[derive(Deserialize)]
struct SeriesAnswer {
    data: Vec<Labels>,
}

#[derive(Deserialize)]
struct BuildAnswer {
    data: Build,
}

#[derive(Deserialize)]
struct Build {
    #[serde(default)]
    application: Option<String>,
    version: String,
}

impl Prometheus {
    pub fn new(config: RemoteConfig) -> Result<Self, RemoteError> {
        Ok(Self { remote: Remote::new(config)? })
    }

    async fn ask(&self, path: &str, fields: &Fields<'_>) -> Result<Vec<Series>, MetricError> {
        let answer = self.remote.post(path, fields).await?;
        let told: Told = serde_json::from_slice(&answer.body).map_err(|_| self.remote.unexpected(&answer))?;
        match told {
            Told { status: Status::Success, data: Some(data), .. } => Ok(series(data)),
            told => Err(self.refusal(&answer, told)),
        }
    }

    fn refusal(&self, answer: &Answer, told: Told) -> MetricError {
        match (told.error_type.as_deref(), told.error) {
            (Some("bad_data" | "execution"), Some(reason)) => MetricError::Query(reason),
            (_, Some(reason)) => MetricError::Unavailable(reason),
            (_, None) => self.remote.unexpected(answer),
        }
    }
}

#[async_trait]
impl MetricSource for Prometheus {
    fn kind(&self) -> SourceKind {
        SourceKind::Prometheus
    }

    async fn about(&self) -> Result<String, MetricError> {
        // What speaks the query API need not tell what it is.
        self.ask("/api/v1/query", &[("query", "vector(1)")]).await?;
        let answer = self.remote.get("/api/v1/status/buildinfo", &[]).await?;
        let build = serde_json::from_slice::<BuildAnswer>(&answer.body).ok();
        Ok(build.filter(|_| answer.status == StatusCode::OK).map_or_else(
            || "Prometheus API".to_owned(),
            |build| {
                let name = build.data.application.unwrap_or_else(|| "Prometheus".to_owned());
                format!("{name} {}", build.data.version)
            },
        ))
    }

    async fn query(&self, query: &str, time: Timestamp) -> Result<Vec<Series>, MetricError> {
        self.ask("/api/v1/query", &[("query", query), ("time", &seconds(time))]).await
    }

    async fn query_range(&self, query: &str, range: Range) -> Result<Vec<Series>, MetricError> {
        check_range(range)?;
        let (start, end) = (seconds(range.start), seconds(range.end));
        let step = range.step_ms.max(1);
        let step = format!("{}.{:03}", step / 1_000, step % 1_000);
        let fields = [("query", query), ("start", &start), ("end", &end), ("step", &step)];
        self.ask("/api/v1/query_range", &fields).await
    }

    async fn series(
        &self,
        selectors: &[String],
        window: Option<(Timestamp, Timestamp)>,
    ) -> Result<Vec<Labels>, MetricError> {
        let mut fields: Vec<(&str, &str)> = vec![("limit", SERIES_MAX)];
        fields.extend(selectors.iter().map(|selector| ("match[]", selector.as_str())));
        if selectors.is_empty() {
            fields.push(("match[]", ALL));
        }
        let times = window.map(|(start, end)| (start, end, seconds(start), seconds(end)));
        if let Some((start, end, from, to)) = &times {
            if start > end {
                return Err(MetricError::EmptyWindow);
            }
            fields.extend([("start", from.as_str()), ("end", to.as_str())]);
        }
        let answer = self.remote.post("/api/v1/series", &fields).await?;
        if let Ok(SeriesAnswer { data }) = serde_json::from_slice(&answer.body) {
            return Ok(in_order(data));
        }
        let told = serde_json::from_slice(&answer.body).map_err(|_| self.remote.unexpected(&answer))?;
        Err(self.refusal(&answer, told))
    }
}

/// Without those of histograms, which are not read.
fn series(data: Data) -> Vec<Series> {
    let mut series = data.into_series();
    series.retain(|series| !series.points.is_empty());
    series
}

/// Unix seconds, to the millisecond.
fn seconds(time: Timestamp) -> String {
    let millis = time.as_millis();
    format!("{}.{:03}", millis.div_euclid(1_000), millis.rem_euclid(1_000))
}
