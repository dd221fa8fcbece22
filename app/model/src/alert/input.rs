//! The validators of rules and silences.

use serde_json::Value;

use super::{
    Comparison, Condition, Labels, NAME_LABEL, OnNoData, Rule, SEVERITY_LABEL, Severity, Silence, at_once,
};
use crate::check::EXPRESSION_MAX;
use crate::duration::Span;
use crate::input::{Node, whole};
use crate::problem::{Fault, FieldError};
use crate::time::Timestamp;

const FOR_MAX: Span = Span::from_secs(7 * 86_400);
const LABELS_MAX: usize = 32;
const VALUE_MAX: usize = 256;
const SUMMARY_MAX: usize = 1_000;
const SILENCE_MIN: Span = Span::from_secs(60);
const SILENCE_MAX: Span = Span::from_secs(90 * 86_400);

/// Reads a rule and fills its defaults, reporting every mistake at once. `null` means absent.
pub fn parse(value: &Value) -> Result<Rule, Vec<FieldError>> {
    whole(value, read)
}

fn read(node: &Node) -> Rule {
    node.object(&[
        "name",
        "enabled",
        "environment",
        "query",
        "condition",
        "for",
        "keep_firing_for",
        "severity",
        "labels",
        "summary",
        "on_no_data",
    ]);
    let severities = Severity::ALL.map(|severity| (severity.as_str(), severity));
    let no_data = OnNoData::ALL.map(|kind| (kind.as_str(), kind));
    let span = |name: &str| node.field(name).duration(Span::from_millis(0), FOR_MAX).unwrap_or_else(at_once);
    let query = node.field("query");
    let text = query.required().text(EXPRESSION_MAX).filter(|text| query.not_empty(text.trim()));
    // Nothing is filled in: a rule is asked for all environments and apps at once, and its series say which.
    for name in text.into_iter().flat_map(crate::metric::placeholders) {
        query.fault(Fault::UnknownPlaceholder { name: name.to_owned(), known: Vec::new() });
    }
    let condition = node.field("condition");
    Rule {
        name: node.field("name").required().name().unwrap_or_default().to_owned(),
        enabled: node.field("enabled").boolean().unwrap_or(true),
        environment: node.field("environment").name().and_then(|name| name.parse().ok()),
        query: text.unwrap_or_default().to_owned(),
        condition: condition.value.and_then(|_| read_condition(&condition)),
        hold: span("for"),
        keep_firing_for: span("keep_firing_for"),
        severity: node.field("severity").one_of(&severities).unwrap_or_default(),
        labels: labels(&node.field("labels"), &[NAME_LABEL, SEVERITY_LABEL]),
        summary: node.field("summary").line(SUMMARY_MAX).unwrap_or_default().to_owned(),
        on_no_data: node.field("on_no_data").one_of(&no_data).unwrap_or_default(),
    }
}

fn read_condition(node: &Node) -> Option<Condition> {
    node.object(&["comparison", "threshold"]);
    let comparisons = Comparison::ALL.map(|comparison| (comparison.as_str(), comparison));
    let comparison = node.field("comparison").required().one_of(&comparisons);
    let threshold = node.field("threshold").required().finite();
    Some(Condition { comparison: comparison?, threshold: threshold? })
}

/// Reads a silence: labels, and either `until` a moment or `for` a time from `now` on.
pub fn parse_silence(value: &Value, now: Timestamp) -> Result<(Silence, String), Vec<FieldError>> {
    whole(value, |node| read_silence(node, now))
}

fn read_silence(node: &Node, now: Timestamp) -> (Silence, String) {
    node.object(&["labels", "until", "for", "reason"]);
    let named = node.field("labels");
    let labels = labels(&named, &[]);
    // It would silence everything.
    if named.required().value.is_some_and(|value| value.as_object().is_some_and(serde_json::Map::is_empty)) {
        named.fault(Fault::Empty);
    }
    let (until, length) = (node.field("until"), node.field("for"));
    let end = if until.value.is_none() {
        length.required().duration(SILENCE_MIN, SILENCE_MAX).map(|length| now.plus(length.duration()))
    } else {
        if length.value.is_some() {
            length.fault(Fault::Unknown { similar: None });
        }
        let moment = until.line(VALUE_MAX).and_then(|text| {
            let moment = text.parse::<Timestamp>();
            moment.inspect_err(|_| until.fault(Fault::NotMoment)).ok()
        });
        moment.inspect(|moment| {
            let (min, max) = (now.plus(SILENCE_MIN.duration()), now.plus(SILENCE_MAX.duration()));
            if !(min..=max).contains(moment) {
                let (min, max) = (min.to_string(), max.to_string());
                until.fault(Fault::DurationOutOfRange { min, max });
            }
        })
    };
    let reason = node.field("reason").line(SUMMARY_MAX).unwrap_or_default().trim().to_owned();
    (Silence { labels, until: end.unwrap_or(now) }, reason)
}

fn labels(node: &Node, reserved: &[&str]) -> Labels {
    let mut labels = Labels::new();
    for (name, value) in node.entries(LABELS_MAX) {
        let word = |b: u8| b.is_ascii_alphanumeric() || b == b'_';
        if reserved.contains(&name) {
            value.fault(Fault::Reserved { name: name.to_owned() });
        } else if name.is_empty()
            || name.len() > VALUE_MAX
            || !name.bytes().all(word)
            || name.starts_with("__")
            || name.as_bytes()[0].is_ascii_digit()
        {
            value.fault(Fault::NotLabelName);
        }
        if let Some(text) = value.required().line(VALUE_MAX) {
            labels.insert(name.to_owned(), text.to_owned());
        }
    }
    labels
}
