//! Cron expressions over clock readings. What a reading is as a moment, the zone says (docs/decisions/cron.md).

use chrono::NaiveDateTime;
use croner::Cron;
use croner::parser::{CronParser, Seconds, Year};
use thiserror::Error;

/// Longest expression, in bytes.
pub const PATTERN_MAX: usize = 120;

/// Five fields of cron: minute, hour, day of the month, month, day of the week; also `@daily` and its like.
#[derive(Debug, Clone)]
pub struct Pattern(Cron);

#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum PatternError {
    /// The parser's words, in English.
    #[error("{0}")]
    Syntax(String),
    #[error("it never comes")]
    Never,
}

impl Pattern {
    pub fn parse(text: &str) -> Result<Self, PatternError> {
        let syntax = |reason: &str| Err(PatternError::Syntax(reason.to_owned()));
        if text.len() > PATTERN_MAX {
            return syntax("it is too long");
        }
        if !text.is_ascii() {
            return syntax("it holds other letters than those of ASCII");
        }
        let parser = CronParser::builder().seconds(Seconds::Disallowed).year(Year::Disallowed).build();
        let cron =
            parser.parse(text.trim()).map_err(|error| PatternError::Syntax(plain(&error.to_string())))?;
        // 1970 on; a search that finds nothing ends thirty centuries later, within a moment.
        let pattern = Self(cron);
        let start = NaiveDateTime::default();
        pattern.0.find_next_occurrence(&start, true).map_err(|_| PatternError::Never)?;
        Ok(pattern)
    }

    /// The first reading that matches, `from` on.
    pub fn first(&self, from: NaiveDateTime) -> Option<NaiveDateTime> {
        self.0.find_next_occurrence(&from, true).ok()
    }

    /// The first reading that matches after `reading`.
    pub fn next(&self, reading: NaiveDateTime) -> Option<NaiveDateTime> {
        self.0.find_next_occurrence(&reading, false).ok()
    }

    /// The last reading that matches up to `until`, which counts.
    pub fn last(&self, until: NaiveDateTime) -> Option<NaiveDateTime> {
        self.0.find_previous_occurrence(&until, true).ok()
    }
}

/// Without the parser's own headings.
fn plain(words: &str) -> String {
    let words = words.rsplit_once(": ").map_or(words, |(_, words)| words);
    words.trim_end_matches('.').to_owned()
}
