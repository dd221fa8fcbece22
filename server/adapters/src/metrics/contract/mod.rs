//! What every metric source must do; run against each implementation.
//!
//! How samples come into a source is its own affair: whoever runs the suite puts [`samples`] there first. What a source
//! cannot tell is a capability of it, not a failure.

pub mod servers;

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use model::metric::Range;
use model::time::Timestamp;

use super::{MetricError, MetricSource, POINTS_MAX, Sample};

/// Seconds between two samples of [`samples`].
const STEP: u64 = 5;

/// The questions of the suite in a source's language.
pub struct Questions {
    pub unknown: &'static str,
    /// One of the two gauges.
    pub one: &'static str,
    pub both: &'static str,
    pub sum: &'static str,
    pub steps: &'static str,
    /// Refused by the source.
    pub broken: &'static str,
    /// The label by which the two gauges differ, and its values in their order.
    pub told_apart: (&'static str, [&'static str; 2]),
    /// A selector that finds one gauge by a pattern.
    pub pattern: &'static str,
    /// Refused as a selector, where there is such a thing.
    pub no_selector: Option<&'static str>,
    /// Whether it knows when a series had samples.
    pub knows_when: bool,
}

pub const PROMQL: Questions = Questions {
    unknown: "no_such_metric",
    one: r#"contract_gauge{app="shop"}"#,
    both: "contract_gauge",
    sum: "sum(contract_gauge)",
    steps: "contract_steps",
    broken: "sum(",
    told_apart: ("app", ["mail", "shop"]),
    pattern: r#"{app=~"sh.*",__name__="contract_gauge"}"#,
    no_selector: Some("sum(contract_gauge)"),
    knows_when: true,
};

/// For a source with dots between the parts of a name: `contract_gauge.shop`.
pub const GRAPHITE: Questions = Questions {
    unknown: "no_such_metric",
    one: "contract_gauge.shop",
    both: "contract_gauge.*",
    sum: "sumSeries(contract_gauge.*)",
    steps: "contract_steps",
    broken: "noSuchFunction(contract_gauge.shop)",
    told_apart: ("__name__", ["contract_gauge.mail", "contract_gauge.shop"]),
    pattern: "contract_gauge.sh*",
    no_selector: None,
    knows_when: false,
};

/// This moment, in whole steps.
pub fn now() -> Timestamp {
    let seconds = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    Timestamp::from_millis(i64::try_from(seconds / STEP * STEP).unwrap_or_default() * 1_000)
}

/// What a source must hold, up to `end`.
pub fn samples(end: Timestamp) -> Vec<Sample> {
    let gauge = |app: &str, value| Sample {
        metric: "contract_gauge".to_owned(),
        labels: vec![("app".to_owned(), app.to_owned())],
        time: end,
        value,
    };
    let steps = (0..10_u32).map(|step| Sample {
        metric: "contract_steps".to_owned(),
        labels: Vec::new(),
        time: end.minus(Duration::from_secs(u64::from(9 - step) * STEP)),
        value: f64::from(step),
    });
    [gauge("shop", 1.5), gauge("mail", 2.5)].into_iter().chain(steps).collect()
}

/// Runs the suite on an open source that holds [`samples`] up to `end`.
pub async fn run(source: &dyn MetricSource, questions: &Questions, end: Timestamp) {
    assert!(source.about().await.is_ok());
    assert_eq!(source.query(questions.unknown, end).await, Ok(Vec::new()), "unknown series are no error");
    what_was_written_is_found(source, questions, end).await;
    series_are_found_by_their_labels(source, questions, end).await;
    windows_have_a_point_for_each_step(source, questions, end).await;
    mistakes_are_told_from_outages(source, questions, end).await;
}

async fn what_was_written_is_found(source: &dyn MetricSource, questions: &Questions, end: Timestamp) {
    let (label, values) = questions.told_apart;
    let found = source.query(questions.one, end).await.expect("an answer");
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].labels.get(label).map(String::as_str), Some(values[1]));
    assert_eq!(found[0].points.last().map(|point| point.1), Some(1.5));
    assert_eq!(source.query(questions.both, end).await.expect("an answer").len(), 2);
    let sum = source.query(questions.sum, end).await.expect("an answer");
    assert_eq!(sum[0].points.last().map(|point| point.1), Some(4.0));
    let earlier = end.minus(Duration::from_hours(2));
    assert_eq!(source.query(questions.one, earlier).await, Ok(Vec::new()), "not before it was written");
}

async fn series_are_found_by_their_labels(source: &dyn MetricSource, questions: &Questions, end: Timestamp) {
    let find = async |selector: &str, window| source.series(&[selector.to_owned()], window).await;
    let (label, values) = questions.told_apart;
    let found = find(questions.both, None).await.expect("an answer");
    assert_eq!(found.iter().map(|labels| labels[label].as_str()).collect::<Vec<_>>(), values);
    assert!(found[0]["__name__"].starts_with("contract_gauge"));
    let found = find(questions.pattern, Some((end, end))).await.expect("an answer");
    assert_eq!(found.len(), 1);
    let before = end.minus(Duration::from_hours(1));
    if questions.knows_when {
        assert_eq!(find(questions.both, Some((before, before))).await, Ok(Vec::new()));
    }
    assert!(source.series(&[], None).await.expect("an answer").len() >= 2);
    if let Some(selector) = questions.no_selector {
        assert!(matches!(find(selector, None).await, Err(MetricError::Query(_))));
    }
    assert_eq!(find(questions.both, Some((end, before))).await, Err(MetricError::EmptyWindow));
}

async fn windows_have_a_point_for_each_step(
    source: &dyn MetricSource,
    questions: &Questions,
    end: Timestamp,
) {
    let range = Range { start: end.minus(Duration::from_secs(9 * STEP)), end, step_ms: STEP * 1_000 };
    let found = source.query_range(questions.steps, range).await.expect("an answer");
    let values: Vec<f64> = found[0].points.iter().map(|point| point.1).collect();
    assert_eq!(values, (0..10).map(f64::from).collect::<Vec<_>>());
    assert!(found[0].points.is_sorted_by_key(|point| point.0));
    assert_eq!(found[0].points.last().map(|point| point.0), Some(end.as_millis()));
}

async fn mistakes_are_told_from_outages(source: &dyn MetricSource, questions: &Questions, end: Timestamp) {
    assert!(matches!(source.query(questions.broken, end).await, Err(MetricError::Query(_))));
    let backwards = Range { start: end, end: end.minus(Duration::from_secs(1)), step_ms: 1_000 };
    assert_eq!(source.query_range(questions.one, backwards).await, Err(MetricError::EmptyWindow));
    let long = Duration::from_secs(POINTS_MAX + 10);
    let fine = Range { start: end.minus(long), end, step_ms: 1_000 };
    assert_eq!(source.query_range(questions.one, fine).await, Err(MetricError::TooManyPoints));
}
