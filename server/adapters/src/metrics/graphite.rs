//! A server that answers Graphite's render API. Its expressions are its own; what comes back is put on the steps that were
//! asked for, so that charts and checks need not know.

use std::collections::BTreeMap;

use async_trait::async_trait;
use http::StatusCode;
use model::metric::{Labels, NAME, Point, Range, Series, SourceKind};
use model::time::Timestamp;
use serde::Deserialize;

use super::remote::{Answer, Remote, RemoteConfig, RemoteError, in_order};
use super::{MetricError, MetricSource, check_range};

/// How old the newest value may be that stands for a moment, in seconds, as in Prometheus.
const LOOK_BACK: i64 = 300;
/// Graphite writes the infinite as a number that JSON's readers refuse: it is a gap here.
const INFINITE: [(&str, &str); 2] = [("-1e9999", "null"), ("1e9999", "null")];

pub struct Graphite {
    remote: Remote,
}

#[derive(Deserialize)]
struct Rendered {
    target: String,
    #[serde(default)]
    tags: BTreeMap<String, serde_json::Value>,
    /// Value and Unix seconds.
    datapoints: Vec<(Option<f64>, i64)>,
}

#[derive(Deserialize)]
struct Expanded {
    results: Vec<String>,
}

impl Graphite {
    pub fn new(config: RemoteConfig) -> Result<Self, RemoteError> {
        Ok(Self { remote: Remote::new(config)? })
    }

    /// Every series from one moment to another, in Unix seconds, both included.
    async fn render(
        &self,
        target: &str,
        (from, until): (i64, i64),
        points: Option<u64>,
    ) -> Result<Vec<Rendered>, MetricError> {
        // Its window begins behind `from`.
        let (from, until) = ((from - 1).to_string(), until.to_string());
        let points = points.map(|points| points.to_string());
        let mut fields = vec![("target", target), ("format", "json"), ("from", &from), ("until", &until)];
        fields.extend(points.as_deref().map(|points| ("maxDataPoints", points)));
        let answer = self.remote.post("/render", &fields).await?;
        self.read(&answer)
    }

    fn read<T: serde::de::DeserializeOwned>(&self, answer: &Answer) -> Result<T, MetricError> {
        match answer.status {
            StatusCode::OK => {
                let mut text = String::from_utf8_lossy(&answer.body).into_owned();
                for (word, replacement) in INFINITE {
                    text = text.replace(word, replacement);
                }
                serde_json::from_str(&text).map_err(|_| self.remote.unexpected(answer))
            }
            StatusCode::BAD_REQUEST | StatusCode::UNPROCESSABLE_ENTITY => {
                Err(MetricError::Query(answer.words()))
            }
            _ => Err(self.remote.unexpected(answer)),
        }
    }
}

#[async_trait]
impl MetricSource for Graphite {
    fn kind(&self) -> SourceKind {
        SourceKind::Graphite
    }

    async fn about(&self) -> Result<String, MetricError> {
        let answer = self.remote.get("/render", &[("target", "quarterdeck"), ("format", "json")]).await?;
        self.read::<Vec<Rendered>>(&answer)?;
        let version = self.remote.get("/version", &[]).await?;
        let words = version.words();
        let told = version.status == StatusCode::OK && words.starts_with(|c: char| c.is_ascii_digit());
        Ok(if told && words.len() < 32 { format!("Graphite {words}") } else { "Graphite API".to_owned() })
    }

    async fn query(&self, query: &str, time: Timestamp) -> Result<Vec<Series>, MetricError> {
        let now = time.as_millis().div_euclid(1_000);
        let rendered = self.render(query, (now - LOOK_BACK, now), None).await?;
        let newest = |one: Rendered| {
            let points = points(&one.datapoints);
            let last = points.iter().rev().find(|point| point.0 <= time.as_millis()).copied()?;
            Some(Series { labels: labels(&one), points: vec![last] })
        };
        Ok(rendered.into_iter().filter_map(newest).collect())
    }

    async fn query_range(&self, query: &str, range: Range) -> Result<Vec<Series>, MetricError> {
        check_range(range)?;
        let step = i64::try_from(range.step_ms.max(1)).unwrap_or(i64::MAX);
        let (start, end) = (range.start.as_millis(), range.end.as_millis());
        let count = u64::try_from((end - start) / step).unwrap_or_default() + 2;
        let window = ((start - step).div_euclid(1_000), end.div_euclid(1_000));
        let rendered = self.render(query, window, Some(count)).await?;
        let spread = |one: Rendered| {
            let points = on_steps(&one.datapoints, (start, end), step);
            (!points.is_empty()).then(|| Series { labels: labels(&one), points })
        };
        Ok(rendered.into_iter().filter_map(spread).collect())
    }

    /// By names with patterns; it does not tell when they had samples.
    async fn series(
        &self,
        selectors: &[String],
        window: Option<(Timestamp, Timestamp)>,
    ) -> Result<Vec<Labels>, MetricError> {
        if window.is_some_and(|(start, end)| start > end) {
            return Err(MetricError::EmptyWindow);
        }
        let mut names = Vec::new();
        for selector in selectors {
            let fields = [("query", selector.as_str()), ("leavesOnly", "1")];
            let answer = self.remote.get("/metrics/expand", &fields).await?;
            names.extend(self.read::<Expanded>(&answer)?.results);
        }
        if selectors.is_empty() {
            let answer = self.remote.get("/metrics/index.json", &[]).await?;
            names = self.read(&answer)?;
        }
        Ok(in_order(names.into_iter().map(|name| Labels::from([(NAME.to_owned(), name)]))))
    }
}

/// The tags of a tagged series; else the name alone.
fn labels(one: &Rendered) -> Labels {
    let own = |name: &str| matches!(name, "name" | "aggregatedBy" | NAME);
    let tags = one.tags.iter().filter(|(name, _)| !own(name));
    let tags = tags.filter_map(|(name, value)| Some((name.clone(), value.as_str()?.to_owned())));
    tags.chain([(NAME.to_owned(), one.target.clone())]).collect()
}

/// Those that have a value, in milliseconds.
fn points(datapoints: &[(Option<f64>, i64)]) -> Vec<Point> {
    datapoints.iter().filter_map(|(value, at)| Some((at * 1_000, (*value)?))).collect()
}

/// For each step the newest value at or before it, as long as that is not older than a step, of ours or of the series.
fn on_steps(datapoints: &[(Option<f64>, i64)], (start, end): (i64, i64), step: i64) -> Vec<Point> {
    let own = datapoints.windows(2).map(|pair| (pair[1].1 - pair[0].1) * 1_000).min().unwrap_or(0);
    let oldest = own.max(step);
    let known = points(datapoints);
    let steps = (0..).map(|index| start + index * step).take_while(|at| *at <= end);
    steps
        .filter_map(|at| {
            let after = known.partition_point(|point| point.0 <= at);
            let (time, value) = known[after.checked_sub(1)?];
            (at - time < oldest).then_some((at, value))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_put_on_the_steps_that_were_asked_for() {
        let minutes = [(Some(1.0), 60), (None, 120), (Some(3.0), 180)];
        let found = on_steps(&minutes, (60_000, 240_000), 30_000);
        let expected = [(60_000, 1.0), (90_000, 1.0), (180_000, 3.0), (210_000, 3.0)];
        assert_eq!(found, expected, "a gap stays one");
        assert_eq!(on_steps(&minutes, (100_000, 220_000), 120_000), [(100_000, 1.0), (220_000, 3.0)]);
        assert_eq!(on_steps(&[], (0, 10_000), 1_000), []);
    }

    #[test]
    fn tags_are_labels() {
        let text =
            r#"{"target":"disk.used;rack=a1","tags":{"name":"disk.used","rack":"a1"},"datapoints":[]}"#;
        let one: Rendered = serde_json::from_str(text).expect("a series");
        let expected =
            [(NAME.to_owned(), "disk.used;rack=a1".to_owned()), ("rack".to_owned(), "a1".to_owned())];
        assert_eq!(labels(&one), Labels::from(expected));
    }
}
