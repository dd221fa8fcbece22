//! What an HTTP answer means for a check.

use std::time::Duration;

use serde_json::Value;

use super::number;
use crate::check::Expectation;

/// The first part of the expectation that the answer does not meet, in few words without a language: `503 ≠ 200`.
pub fn unmet(expect: &Expectation, status: u16, body: &[u8], took: Duration) -> Option<String> {
    if !expect.status.is_empty() && !expect.status.contains(&status) {
        let wanted = expect.status.iter().map(u16::to_string).collect::<Vec<_>>().join(", ");
        return Some(format!("{status} ≠ {wanted}"));
    }
    let text = || String::from_utf8_lossy(body);
    if let Some(part) = &expect.body_contains
        && !text().contains(part.as_str())
    {
        return Some(format!("{part:?} ∉ {:?}", excerpt(&text())));
    }
    if let Some(json) = &expect.json {
        let Ok(value) = serde_json::from_slice::<Value>(body) else {
            return Some(format!("JSON ≠ {:?}", excerpt(&text())));
        };
        let found = value.pointer(&json.pointer);
        if found != Some(&json.value) {
            let found = found.map_or_else(|| "∅".to_owned(), |found| excerpt(&found.to_string()));
            return Some(format!("{} = {found} ≠ {}", json.pointer, json.value));
        }
    }
    let limit = expect.time_limit.filter(|limit| took > limit.duration())?;
    Some(format!("{} s > {}", number(took.as_secs_f64()), limit))
}

/// The beginning, short enough for one line.
fn excerpt(text: &str) -> String {
    const MOST: usize = 60;
    let mut short: String = text.chars().take(MOST).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    short
}
