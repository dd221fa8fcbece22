//! What every metric source must do; run against each implementation.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use model::metric::Range;
use model::time::Timestamp;

use super::{MetricError, MetricSource, POINTS_MAX, Sample};

/// This moment, in whole seconds.
pub fn now() -> Timestamp {
    let seconds = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    Timestamp::from_millis(i64::try_from(seconds).unwrap_or_default() * 1_000)
}

/// Runs the suite on an empty, open source.
pub async fn run(source: &dyn MetricSource) {
    let end = now();
    unknown_series_are_an_empty_answer(source, end).await;
    what_is_written_is_found(source, end).await;
    series_are_found_by_their_labels(source, end).await;
    windows_have_a_point_for_each_step(source, end).await;
    mistakes_are_told_from_outages(source, end).await;
}

async fn unknown_series_are_an_empty_answer(source: &dyn MetricSource, end: Timestamp) {
    assert_eq!(source.query("no_such_metric", end).await, Ok(Vec::new()));
}

async fn what_is_written_is_found(source: &dyn MetricSource, end: Timestamp) {
    let sample = |app: &str, value| Sample {
        metric: "contract_gauge".to_owned(),
        labels: vec![("app".to_owned(), app.to_owned())],
        time: end,
        value,
    };
    source.write(vec![sample("shop", 1.5), sample("mail", 2.5)]).await.expect("written");
    let found = source.query("contract_gauge{app=\"shop\"}", end).await.expect("an answer");
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].labels.get("app").map(String::as_str), Some("shop"));
    assert_eq!(found[0].points.last().map(|point| point.1), Some(1.5));
    let sum = source.query("sum(contract_gauge)", end).await.expect("an answer");
    assert_eq!(sum[0].points.last().map(|point| point.1), Some(4.0));
}

async fn series_are_found_by_their_labels(source: &dyn MetricSource, end: Timestamp) {
    let find = async |selector: &str, window| source.series(&[selector.to_owned()], window).await;
    let found = find("contract_gauge", None).await.expect("an answer");
    let apps: Vec<&str> = found.iter().map(|labels| labels["app"].as_str()).collect();
    assert_eq!(apps, ["mail", "shop"]);
    assert_eq!(found[0]["__name__"], "contract_gauge");
    let found =
        find("{app=~\"sh.*\",__name__=\"contract_gauge\"}", Some((end, end))).await.expect("an answer");
    assert_eq!(found.len(), 1);
    let before = end.minus(Duration::from_mins(1));
    assert_eq!(find("contract_gauge", Some((before, before))).await, Ok(Vec::new()));
    assert!(source.series(&[], None).await.expect("an answer").len() >= 2);
    assert!(matches!(find("sum(contract_gauge)", None).await, Err(MetricError::Query(_))));
    assert_eq!(find("contract_gauge", Some((end, before))).await, Err(MetricError::EmptyWindow));
}

async fn windows_have_a_point_for_each_step(source: &dyn MetricSource, end: Timestamp) {
    let samples = (0..10_u32).map(|step| Sample {
        metric: "contract_steps".to_owned(),
        labels: Vec::new(),
        time: end.minus(Duration::from_secs(u64::from(9 - step) * 5)),
        value: f64::from(step),
    });
    source.write(samples.collect()).await.expect("written");
    let range = Range { start: end.minus(Duration::from_secs(45)), end, step_ms: 5_000 };
    let found = source.query_range("contract_steps", range).await.expect("an answer");
    let values: Vec<f64> = found[0].points.iter().map(|point| point.1).collect();
    assert_eq!(values, (0..10).map(f64::from).collect::<Vec<_>>());
    assert!(found[0].points.is_sorted_by_key(|point| point.0));
}

async fn mistakes_are_told_from_outages(source: &dyn MetricSource, end: Timestamp) {
    assert!(matches!(source.query("sum(", end).await, Err(MetricError::Query(_))));
    let backwards = Range { start: end, end: end.minus(Duration::from_secs(1)), step_ms: 1_000 };
    assert_eq!(source.query_range("x", backwards).await, Err(MetricError::EmptyWindow));
    let long = Duration::from_secs(POINTS_MAX + 10);
    let fine = Range { start: end.minus(long), end, step_ms: 1_000 };
    assert_eq!(source.query_range("x", fine).await, Err(MetricError::TooManyPoints));
}
