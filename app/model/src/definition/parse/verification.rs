//! Verification checks. What a pattern or a query means is for those who run them; here they are text.

use std::collections::BTreeMap;

use serde_json::Value;

use super::checks::{path, port};
use super::{DAY, SHORTEST_PAUSE};
use crate::check::{
    Baseline, Check, Direction, EXPRESSION_MAX, Expectation, JsonExpectation, MetricCondition, OnNoData,
    Question, Threshold, default_error_limit, default_initial_delay, default_interval,
};
use crate::definition::{CHECKS_MAX, Port, Strategy, StrategyKind, StrategyStep};
use crate::duration::Span;
use crate::input::{Node, unique};
use crate::problem::Fault;

const LIMIT_MAX: u64 = 1_000;
/// As many lines of an instance are looked at.
const MATCHES_MAX: u64 = 5_000;
const HEADERS_MAX: usize = 32;
const STATUS_MAX: usize = 32;
const WINDOW_MIN: Span = Span::from_secs(1);
const WINDOW_MAX: Span = Span::from_secs(3_600);
const HOUR: Span = Span::from_secs(3_600);
const MINUTE: Span = Span::from_secs(60);
const FIVE_MINUTES: Span = Span::from_secs(300);
/// What may stand between double braces.
pub(super) const PLACEHOLDERS: [&str; 3] = ["app", "environment", "revision"];

#[derive(Clone, Copy)]
enum Kind {
    Http,
    Log,
    Metric,
    Restarts,
}

pub(super) fn read(node: &Node, ports: &[Port], strategy: &Strategy) -> Vec<Check> {
    let nodes = node.list(CHECKS_MAX);
    let verifies = match &strategy.kind {
        StrategyKind::Staged { steps, .. } => steps.iter().any(|s| matches!(s, StrategyStep::Verify(_))),
        StrategyKind::BlueGreen { verify, .. } => !verify.duration().is_zero(),
        StrategyKind::Rolling { .. } | StrategyKind::Recreate => false,
    };
    let mut checks: Vec<Check> = Vec::with_capacity(nodes.len());
    for node in &nodes {
        let mut check = check(node, ports);
        if !check.background && !verifies {
            node.fault(Fault::NeedsVerifyStep);
        }
        if check.name.is_empty() {
            check.name = free_name(check.question.kind(), &checks);
        }
        checks.push(check);
    }
    let names: Vec<Node> = nodes.iter().map(|node| node.field("name")).collect();
    unique(names.iter().zip(checks.iter().map(|check| check.name.clone())));
    checks
}

/// The kind, or the kind and a number.
fn free_name(kind: &str, taken: &[Check]) -> String {
    let is_free = |name: &String| taken.iter().all(|check| check.name != *name);
    std::iter::once(kind.to_owned())
        .chain((2..=u32::MAX).map(|number| format!("{kind}-{number}")))
        .find(is_free)
        .unwrap_or_default()
}

/// Fields of another kind than the chosen one are dropped: a form that switches kinds leaves them behind.
fn check(node: &Node, ports: &[Port]) -> Check {
    node.object(&[
        "name",
        "kind",
        "port",
        "path",
        "headers",
        "timeout",
        "expect",
        "pattern",
        "max",
        "min",
        "window",
        "query",
        "threshold",
        "baseline",
        "interval",
        "initial_delay",
        "failure_limit",
        "inconclusive_limit",
        "error_limit",
        "on_no_data",
        "observe_only",
        "background",
    ]);
    let kinds =
        [("http", Kind::Http), ("log", Kind::Log), ("metric", Kind::Metric), ("restarts", Kind::Restarts)];
    let question = match node.field("kind").required().one_of(&kinds) {
        Some(Kind::Http) => http(node, ports),
        Some(Kind::Log) => log(node),
        Some(Kind::Metric) => metric(node),
        Some(Kind::Restarts) => {
            node.field("max").required();
            restarts(node)
        }
        None => restarts(node),
    };
    let no_data =
        [("inconclusive", OnNoData::Inconclusive), ("pass", OnNoData::Pass), ("fail", OnNoData::Fail)];
    let limit =
        |name: &str, default: u32| node.field(name).integer(0, LIMIT_MAX).map_or(default, |n| n as u32);
    Check {
        name: node.field("name").name().unwrap_or_default().to_owned(),
        question,
        interval: node.field("interval").duration(SHORTEST_PAUSE, DAY).unwrap_or_else(default_interval),
        initial_delay: node
            .field("initial_delay")
            .duration(Span::from_millis(0), DAY)
            .unwrap_or_else(default_initial_delay),
        failure_limit: limit("failure_limit", 0),
        inconclusive_limit: limit("inconclusive_limit", 0),
        error_limit: limit("error_limit", default_error_limit()),
        on_no_data: node.field("on_no_data").one_of(&no_data).unwrap_or_default(),
        observe_only: node.field("observe_only").boolean().unwrap_or_default(),
        background: node.field("background").boolean().unwrap_or_default(),
    }
}

fn http(node: &Node, ports: &[Port]) -> Question {
    let path_node = node.field("path");
    Question::Http {
        port: port(&node.field("port"), ports),
        path: path(path_node.required()).unwrap_or_default(),
        headers: headers(&node.field("headers")),
        timeout: node.field("timeout").duration(Span::from_millis(1), MINUTE).unwrap_or(Span::from_secs(5)),
        expect: expectation(&node.field("expect")),
    }
}

fn headers(node: &Node) -> BTreeMap<String, String> {
    let mut headers = BTreeMap::new();
    for (name, value) in node.entries(HEADERS_MAX) {
        let token = |b: u8| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b);
        if name.is_empty() || name.len() > 128 || !name.bytes().all(token) {
            value.fault(Fault::NotHeaderName);
        }
        if let Some(text) = value.required().line(4_096) {
            headers.insert(name.to_owned(), text.to_owned());
        }
    }
    headers
}

fn expectation(node: &Node) -> Expectation {
    node.object(&["status", "body_contains", "json", "time_limit"]);
    let status = node.field("status");
    let status = match status.value {
        Some(Value::Number(_)) => vec![status],
        _ => status.list(STATUS_MAX),
    };
    let body = node.field("body_contains");
    let json = node.field("json");
    let given = node.value.is_some_and(|value| value.as_object().is_some_and(|fields| !fields.is_empty()));
    if !given {
        node.fault(Fault::NoCondition { one_of: words(&["status", "body_contains", "json", "time_limit"]) });
    }
    Expectation {
        status: status.iter().filter_map(|node| node.integer(100, 599)).map(|n| n as u16).collect(),
        body_contains: body.text(1_024).filter(|text| body.not_empty(text)).map(str::to_owned),
        json: json.value.is_some().then(|| json_expectation(&json)).flatten(),
        time_limit: node.field("time_limit").duration(Span::from_millis(1), MINUTE),
    }
}

fn json_expectation(node: &Node) -> Option<JsonExpectation> {
    node.object(&["pointer", "value"]);
    let pointer = node.field("pointer");
    let text = pointer.required().line(1_024)?;
    if !text.is_empty() && !text.starts_with('/') {
        pointer.fault(Fault::NotPointer);
    }
    // `null` is a value here like any other.
    let value = node.value?.get("value").cloned();
    if value.is_none() {
        node.field("value").fault(Fault::Required);
    }
    Some(JsonExpectation { pointer: text.to_owned(), value: value.unwrap_or_default() })
}

fn log(node: &Node) -> Question {
    let pattern = node.field("pattern");
    let count = |name: &str, least: u64| node.field(name).integer(least, MATCHES_MAX).map(|n| n as u32);
    let (max, min) = (count("max", 0), count("min", 1));
    if node.field("max").value.is_none() && node.field("min").value.is_none() {
        node.fault(Fault::NoCondition { one_of: words(&["max", "min"]) });
    } else if node.field("max").value.is_some() && node.field("min").value.is_some() {
        node.field("min").fault(Fault::Both { other: "max".to_owned() });
    } else if min.is_some() && node.field("background").value == Some(&Value::Bool(true)) {
        // What must appear is known to be missing only when a step ends.
        node.field("background").fault(Fault::Both { other: "min".to_owned() });
    }
    Question::Log {
        pattern: expression(&pattern),
        max,
        min,
        window: node.field("window").duration(WINDOW_MIN, WINDOW_MAX).unwrap_or(MINUTE),
    }
}

fn metric(node: &Node) -> Question {
    let query_node = node.field("query");
    let query = expression(&query_node);
    for name in placeholders(&query) {
        if !PLACEHOLDERS.contains(&name) {
            query_node
                .fault(Fault::UnknownPlaceholder { name: name.to_owned(), known: words(&PLACEHOLDERS) });
        }
    }
    let (threshold, baseline) = (node.field("threshold"), node.field("baseline"));
    let condition = match (threshold.value.is_some(), baseline.value.is_some()) {
        (true, true) => {
            baseline.fault(Fault::Both { other: "threshold".to_owned() });
            MetricCondition::Threshold(limits(&threshold))
        }
        (false, true) => {
            if !query.is_empty() && !placeholders(&query).contains(&"revision") {
                query_node.fault(Fault::NeedsRevision);
            }
            MetricCondition::Baseline(compared(&baseline))
        }
        (true, false) => {
            threshold.object(&["min", "max"]);
            MetricCondition::Threshold(limits(&threshold))
        }
        (false, false) => {
            node.fault(Fault::NoCondition { one_of: words(&["threshold", "baseline"]) });
            MetricCondition::Threshold(Threshold::default())
        }
    };
    Question::Metric { query, condition }
}

/// At least one of `min` and `max`, in that order.
fn limits(node: &Node) -> Threshold {
    let (min, max) = (node.field("min").finite(), node.field("max").finite());
    if node.field("min").value.is_none() && node.field("max").value.is_none() {
        node.fault(Fault::NoCondition { one_of: words(&["min", "max"]) });
    }
    if let (Some(min), Some(max)) = (min, max)
        && min > max
    {
        node.field("max").fault(Fault::OutOfRange { min, max: f64::MAX });
    }
    Threshold { min, max }
}

fn compared(node: &Node) -> Baseline {
    #[derive(Clone, Copy)]
    enum Method {
        Ratio,
        MannWhitney,
    }
    node.object(&["method", "min", "max", "confidence", "worse", "window"]);
    let methods = [("ratio", Method::Ratio), ("mann_whitney", Method::MannWhitney)];
    match node.field("method").required().one_of(&methods) {
        Some(Method::MannWhitney) => {
            let directions =
                [("higher", Direction::Higher), ("lower", Direction::Lower), ("either", Direction::Either)];
            Baseline::MannWhitney {
                confidence: node.field("confidence").number(0.5, 0.999).unwrap_or(0.98),
                worse: node.field("worse").one_of(&directions).unwrap_or_default(),
                window: node.field("window").duration(WINDOW_MIN, HOUR).unwrap_or(FIVE_MINUTES),
            }
        }
        Some(Method::Ratio) | None => {
            let Threshold { min, max } = limits(node);
            Baseline::Ratio { min, max }
        }
    }
}

fn restarts(node: &Node) -> Question {
    let max = node.field("max");
    Question::Restarts {
        max: max.integer(0, LIMIT_MAX).unwrap_or_default() as u32,
        window: node.field("window").duration(WINDOW_MIN, WINDOW_MAX).unwrap_or(FIVE_MINUTES),
    }
}

fn expression(node: &Node) -> String {
    node.required()
        .text(EXPRESSION_MAX)
        .filter(|text| node.not_empty(text.trim()))
        .unwrap_or_default()
        .to_owned()
}

/// The names between double braces.
fn placeholders(query: &str) -> Vec<&str> {
    query.split("{{").skip(1).filter_map(|rest| rest.split_once("}}")).map(|(name, _)| name.trim()).collect()
}

fn words(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}
