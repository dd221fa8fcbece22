//! Patterns and queries of checks: whether they can work, with the place of the mistake, and their placeholders.

use adapters::metrics::{MetricError, MetricSource, check_query, place_of_function};
use model::check::{Check, Question};
use model::metric::SourceKind;
use model::problem::{Fault, FieldError};
use model::time::Timestamp;
use regex::{Regex, RegexBuilder};

/// Bytes that a compiled pattern may take: what is larger costs more than it tells.
const PATTERN_SIZE: usize = 1 << 20;

/// What is wrong, and at which character, from 1.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mistake {
    pub reason: String,
    pub position: usize,
}

/// Compiles a pattern. Matching takes time in proportion to the text, whatever the pattern.
pub fn pattern(text: &str) -> Result<Regex, Mistake> {
    if let Err(error) = regex_syntax::Parser::new().parse(text) {
        let (reason, offset) = match &error {
            regex_syntax::Error::Parse(error) => (error.kind().to_string(), error.span().start.offset),
            regex_syntax::Error::Translate(error) => (error.kind().to_string(), error.span().start.offset),
            other => (other.to_string(), 0),
        };
        return Err(Mistake { reason, position: character(text, offset) });
    }
    RegexBuilder::new(text).size_limit(PATTERN_SIZE).build().map_err(|error| Mistake {
        reason: match error {
            regex::Error::CompiledTooBig(_) => "it is too large".to_owned(),
            other => other.to_string(),
        },
        position: 1,
    })
}

/// The place of a byte as people count, from 1.
fn character(text: &str, offset: usize) -> usize {
    text.char_indices().take_while(|(at, _)| *at < offset).count() + 1
}

/// Every pattern and query that cannot work. Queries are put to `metrics` once, as only there it is known what they may
/// call; a source that is away lets them pass.
pub async fn mistakes(checks: &[Check], metrics: &dyn MetricSource, now: Timestamp) -> Vec<FieldError> {
    let mut errors = Vec::new();
    for (index, check) in checks.iter().enumerate() {
        match &check.question {
            Question::Log { pattern: text, .. } => {
                if let Err(Mistake { reason, position }) = pattern(text) {
                    let fault = Fault::NotPattern { reason, position };
                    errors.push(FieldError::new(format!("/checks/{index}/pattern"), fault));
                }
            }
            Question::Metric { query, .. } => {
                if let Err(fault) = readable(query, metrics, now).await {
                    errors.push(FieldError::new(format!("/checks/{index}/query"), fault));
                }
            }
            Question::Http { .. } | Question::Restarts { .. } => {}
        }
    }
    errors
}

/// Whether a query with placeholders can be read and asked.
pub async fn readable(query: &str, metrics: &dyn MetricSource, now: Timestamp) -> Result<(), Fault> {
    // As long as what it stands for, so that places stay what they are.
    let filled = blanked(query);
    let fault = |reason: String, offset: Option<usize>| Fault::NotQuery {
        reason,
        position: offset.map(|offset| character(query, offset)),
    };
    // A server of others reads by its own rules, which may be newer or another language's.
    if metrics.kind() == SourceKind::Embedded {
        // Finding the place of a mistake reads the query many times.
        let read = filled.clone();
        let checked = tokio::task::spawn_blocking(move || check_query(&read)).await;
        if let Ok(Err(mistake)) = checked {
            return Err(fault(mistake.reason, mistake.offset));
        }
    }
    match metrics.query(&filled, now).await {
        Err(MetricError::Query(reason)) => {
            let name = reason.split('\'').nth(1).unwrap_or_default();
            let place = (!name.is_empty()).then(|| place_of_function(&filled, name)).flatten();
            Err(fault(reason, place))
        }
        _ => Ok(()),
    }
}

/// Placeholders replaced by as many letters.
fn blanked(query: &str) -> String {
    let mut blanked = String::with_capacity(query.len());
    let mut rest = query;
    while let Some((before, after)) = rest.split_once("{{") {
        let Some((name, after)) = after.split_once("}}") else { break };
        blanked.push_str(before);
        blanked.push_str(&"1".repeat(name.len() + 4));
        rest = after;
    }
    blanked.push_str(rest);
    blanked
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mistake_in_a_pattern_has_its_place() {
        assert!(pattern(r"ERROR \d+").is_ok());
        let mistake = pattern("äb(c").expect_err("unclosed");
        assert_eq!((mistake.position, mistake.reason.as_str()), (3, "unclosed group"));
        assert_eq!(pattern("a{1000}{1000}{1000}").expect_err("large").reason, "it is too large");
    }

    #[test]
    fn no_pattern_takes_longer_than_its_text() {
        let evil = pattern("(a+)+$").expect("a pattern");
        assert!(!evil.is_match(&("a".repeat(100_000) + "b")));
    }
}
