//! Expressions as dashboards of Grafana ask them, over our HTTP API and of a real Prometheus with the same samples.

#[expect(dead_code, reason = "the crash test needs more of it")]
mod console;

use std::collections::BTreeMap;
use std::time::Duration;

use adapters::metrics::contract::{now, servers};
use adapters::metrics::{MetricLimits, MetricStore as _, Sample, Tsink};
use console::Console;
use model::time::Timestamp;
use reqwest::Client;
use serde_json::Value;

/// Seconds between two samples, and the samples of one series: an hour.
const STEP: u64 = 15;
const SAMPLES: u32 = 240;
/// Of what differs, at most this share.
const PRECISE: f64 = 1e-9;

/// Where both must have the same numbers.
const SAME: &[&str] = &[
    "rate(http_requests_total[5m])",
    "irate(http_requests_total[1m])",
    "increase(http_requests_total[10m])",
    "sum(rate(http_requests_total[5m]))",
    "sum by (app) (rate(http_requests_total[5m]))",
    "sum without (instance) (rate(http_requests_total[5m]))",
    r#"sum(rate(http_requests_total{status=~"5.."}[5m]))"#,
    r#"sum(rate(http_requests_total{status=~"5.."}[5m])) / sum(rate(http_requests_total[5m]))"#,
    r#"100 * sum by (app) (rate(http_requests_total{status!="200"}[5m])) / sum by (app) (rate(http_requests_total[5m]))"#,
    r#"sum(rate(http_requests_total{status="404"}[5m])) or sum(rate(http_requests_total[5m])) * 0"#,
    "histogram_quantile(0.5, sum by (le) (rate(http_request_duration_seconds_bucket[5m])))",
    "histogram_quantile(0.95, sum by (le) (rate(http_request_duration_seconds_bucket[5m])))",
    "histogram_quantile(0.99, sum by (le, instance) (rate(http_request_duration_seconds_bucket[5m])))",
    "sum(rate(http_request_duration_seconds_sum[5m])) / sum(rate(http_request_duration_seconds_count[5m]))",
    "avg_over_time(memory_bytes[5m])",
    "max_over_time(memory_bytes[5m])",
    "min_over_time(memory_bytes[5m])",
    "sum_over_time(memory_bytes[5m])",
    "count_over_time(memory_bytes[5m])",
    "last_over_time(memory_bytes[5m])",
    "stddev_over_time(memory_bytes[5m])",
    "quantile_over_time(0.9, memory_bytes[5m])",
    "memory_bytes offset 10m",
    "memory_bytes - memory_bytes offset 10m",
    "delta(memory_bytes[5m])",
    "idelta(memory_bytes[5m])",
    "deriv(memory_bytes[5m])",
    "predict_linear(memory_bytes[10m], 3600)",
    "changes(memory_bytes[5m])",
    "resets(http_requests_total[30m])",
    "topk(2, memory_bytes)",
    "bottomk(1, memory_bytes)",
    "count(memory_bytes)",
    "avg by (app) (memory_bytes)",
    "max(memory_bytes) - min(memory_bytes)",
    "stddev(memory_bytes)",
    "quantile(0.5, memory_bytes)",
    "memory_bytes / on (app) group_left limit_bytes",
    "memory_bytes / on (app) group_left (team) limit_bytes",
    "sum by (app) (memory_bytes) / ignoring (team) limit_bytes",
    "memory_bytes > 55000000",
    "memory_bytes > bool 55000000",
    r#"memory_bytes and on (app) limit_bytes{team="red"}"#,
    r#"memory_bytes unless memory_bytes{instance="1"}"#,
    r#"memory_bytes{app="shop"} or memory_bytes{app="mail"}"#,
    "absent(no_such_series)",
    r#"absent(memory_bytes{app="gone"})"#,
    r#"label_replace(memory_bytes, "place", "i-$1", "instance", "(.*)")"#,
    r#"label_join(memory_bytes, "place", "/", "app", "instance")"#,
    r#"label_replace(rate(http_requests_total[5m]), "place", "$1", "instance", "(.*)")"#,
    "rate(http_requests_total[5m]) and on (app) limit_bytes",
    r#"rate(http_requests_total[5m]) unless on (app) limit_bytes{team="red"}"#,
    "rate(http_requests_total[5m]) > 0.1",
    "55000000 < memory_bytes",
    "scalar(avg(memory_bytes)) < memory_bytes",
    "memory_bytes > on (app, instance) max_over_time(memory_bytes[5m]) * 0.95",
    "topk(2, rate(http_requests_total[5m]))",
    "clamp_max(memory_bytes, 60000000)",
    "clamp(memory_bytes, 50000000, 60000000)",
    "round(memory_bytes / 1024 / 1024, 0.1)",
    "ceil(memory_bytes / 1024 / 1024)",
    "sqrt(memory_bytes)",
    "ln(memory_bytes)",
    "-memory_bytes % 7",
    "memory_bytes ^ 2",
    "vector(1)",
    "time() - timestamp(memory_bytes)",
    "scalar(sum(memory_bytes)) * 2",
    r#"count(count by (instance) (memory_bytes{app=~"sh.*|ma.*"}))"#,
    r#"count_values("bytes", limit_bytes)"#,
    "sum by (app) (memory_bytes) >= on (app) group_left limit_bytes * 0.5",
];

/// Where both have the same numbers at whole minutes: the steps of a subquery are whole multiples for Prometheus, and counted
/// back from the moment of the query for our store.
const SUBQUERIES: &[&str] = &[
    "max_over_time(sum(rate(http_requests_total[2m]))[10m:1m])",
    "avg_over_time(rate(http_requests_total[2m])[10m:30s])",
    "min_over_time(deriv(memory_bytes[5m])[5m:1m])",
];

fn sample(metric: &str, labels: &[(&str, &str)], time: Timestamp, value: f64) -> Sample {
    let labels = labels.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    Sample { metric: metric.to_owned(), labels, time, value }
}

/// An hour of two apps with two instances each, one of which starts anew after half of it.
fn samples(end: Timestamp) -> Vec<Sample> {
    let mut all = Vec::new();
    for step in 0..SAMPLES {
        let time = end.minus(Duration::from_secs(u64::from(SAMPLES - 1 - step) * STEP));
        for (place, (app, instance)) in
            (0_u32..).zip([("shop", "1"), ("shop", "2"), ("mail", "3"), ("mail", "4")])
        {
            let of = [("app", app), ("instance", instance)];
            let age = if place == 1 && step >= 120 { step - 120 } else { step };
            for (status, each) in [("200", 7), ("500", 1)] {
                let value = f64::from(age * (each + place) + age * age / 40);
                let labels = [of[0], of[1], ("status", status)];
                all.push(sample("http_requests_total", &labels, time, value));
            }
            for (le, share) in [("0.05", 3), ("0.1", 6), ("0.5", 9), ("1", 10), ("+Inf", 11)] {
                let labels = [of[0], of[1], ("le", le)];
                let value = f64::from(age * share + if share > 6 { age * (place + age % 3) / 2 } else { 0 });
                all.push(sample("http_request_duration_seconds_bucket", &labels, time, value.max(0.0)));
            }
            all.push(sample("http_request_duration_seconds_count", &of, time, f64::from(age * 11)));
            all.push(sample("http_request_duration_seconds_sum", &of, time, f64::from(age) * 1.3));
            let wave = (f64::from(step) / 9.0).sin() * 3e6;
            all.push(sample("memory_bytes", &of, time, (5e7 + wave + f64::from(place) * 4e6).round()));
        }
        for (app, team) in [("shop", "red"), ("mail", "blue")] {
            all.push(sample("limit_bytes", &[("app", app), ("team", team)], time, 128e6));
        }
    }
    all
}

/// The series of an answer of `/query_range`: labels, and the numbers by time in milliseconds.
type Found = BTreeMap<String, BTreeMap<i64, f64>>;

fn found(answer: &Value) -> Result<Found, String> {
    let Some(result) = answer["data"]["result"].as_array() else { return Err(answer.to_string()) };
    let number = |value: &Value| value.as_str().and_then(|text| text.parse().ok()).unwrap_or(f64::NAN);
    let time = |value: &Value| (value.as_f64().unwrap_or_default() * 1_000.0).round() as i64;
    let points = |series: &Value| {
        let values = series["values"].as_array().cloned().unwrap_or_default();
        values.iter().map(|point| (time(&point[0]), number(&point[1]))).collect()
    };
    Ok(result.iter().map(|series| (series["metric"].to_string(), points(series))).collect())
}

/// In what the two differ first.
fn difference(ours: &Found, theirs: &Found) -> Option<String> {
    let names = |found: &Found| found.keys().cloned().collect::<Vec<_>>();
    if names(ours) != names(theirs) {
        return Some(format!("series {:?} instead of {:?}", names(ours), names(theirs)));
    }
    ours.iter().zip(theirs.values()).find_map(|((name, ours), theirs)| {
        if !ours.keys().eq(theirs.keys()) {
            return Some(format!("{name}: {} points instead of {}", ours.len(), theirs.len()));
        }
        let same = |a: f64, b: f64| {
            a.total_cmp(&b).is_eq()
                || a.is_nan() && b.is_nan()
                || (a - b).abs() <= PRECISE * a.abs().max(b.abs())
        };
        let apart = ours.iter().zip(theirs.values()).find(|((_, a), b)| !same(**a, **b));
        apart.map(|((at, a), b)| format!("{name} at {at}: {a} instead of {b}"))
    })
}

async fn keep(console: &Console, samples: Vec<Sample>) {
    let store = Tsink::open(
        console.data().join("metrics"),
        MetricLimits { age: Duration::from_hours(24), bytes: u64::MAX },
    );
    while !store.is_ready() {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    store.write(samples).await.expect("written");
    store.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn dashboards_get_the_numbers_of_a_prometheus() {
    // Neither the queries nor the steps of subqueries fall on a sample: whether one that is just as old as the range
    // belongs to it changed with Prometheus 3.
    let end = now().minus(Duration::from_secs(4));
    let samples = samples(end);
    let Some(server) = servers::prometheus(&samples).await else { return };
    let mut console = Console::new(env!("CARGO_BIN_EXE_quarterdeck"));
    keep(&console, samples).await;
    console.start().await;
    let end = end.as_millis() / 1_000 - 7;
    let minute = end / 60 * 60;
    let asked =
        SAME.iter().map(|query| (query, end, 30)).chain(SUBQUERIES.iter().map(|query| (query, minute, 60)));
    let plain = Client::builder().no_proxy().build().expect("a client");
    let mut differ = Vec::new();
    for (query, end, step) in asked {
        let start = end - 2_400;
        let encoded: String = url::form_urlencoded::byte_serialize(query.as_bytes()).collect();
        let path = format!("/api/v1/query_range?query={encoded}&start={start}&end={end}&step={step}");
        let ours = console.request(reqwest::Method::GET, &path).send().await.expect("an answer");
        let ours: Value = ours.json().await.expect("JSON");
        let theirs = plain.get(format!("{}{path}", server.url)).send().await.expect("an answer");
        let theirs = found(&theirs.json().await.expect("JSON")).expect(query);
        assert!(!theirs.is_empty(), "{query} asks for something");
        match found(&ours) {
            Ok(ours) => differ.extend(difference(&ours, &theirs).map(|why| format!("{query}: {why}"))),
            Err(answer) => differ.push(format!("{query}: {answer}")),
        }
    }
    assert!(
        differ.is_empty(),
        "{} of {}:\n{}",
        differ.len(),
        SAME.len() + SUBQUERIES.len(),
        differ.join("\n")
    );
}
