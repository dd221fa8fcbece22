//! What a search of kept lines asks for, as it is sent and as it was checked.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::LogPosition;
use super::field::{self, FieldTest};
use crate::api::{LogLine, LogStream};
use crate::id::{InstanceId, RevisionNumber};
use crate::problem::{Fault, FieldError};
use crate::time::Timestamp;

/// Characters of a text or an expression.
const TEXT_MAX: usize = 1_000;
/// Lines of one answer.
pub const LINES_DEFAULT: u32 = 200;
pub const LINES_MAX: u32 = 2_000;

/// A search as it is sent. Empty texts ask for nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::IntoParams, utoipa::ToSchema), into_params(parameter_in = Query))]
#[serde(default)]
pub struct LogSearch {
    /// Plain text to find, ignoring case; `/.../` is a regular expression.
    pub grep: String,
    /// Tests of fields of lines that are JSON, with blanks between: `level=error status>=500`. Relations: `=` `!=` `<`
    /// `<=` `>` `>=`. Dots lead into objects; a name or a value may stand in double quotes.
    pub field: String,
    /// Only this instance.
    pub instance: String,
    /// Only instances of this revision.
    pub revision: String,
    /// `stdout` or `stderr`.
    pub stream: String,
    /// Not before this time (RFC 3339, or milliseconds since 1970).
    pub from: String,
    /// Not after this time.
    pub until: String,
    /// Lines at most, 1 to 2000; 200 when absent.
    pub limit: String,
    /// `next` of the answer before: goes on with older lines.
    pub cursor: String,
}

/// What a line's text has to hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Pattern {
    /// Ignoring case.
    Text(String),
    /// A regular expression, ignoring case.
    Expression(String),
}

impl Pattern {
    /// `/.../` is an expression; an empty text is no pattern.
    pub fn read(text: &str) -> Option<Self> {
        let expression = text.strip_prefix('/').and_then(|rest| rest.strip_suffix('/'));
        match expression {
            _ if text.is_empty() => None,
            Some(expression) => Some(Self::Expression(expression.to_owned())),
            None => Some(Self::Text(text.to_owned())),
        }
    }
}

impl fmt::Display for Pattern {
    /// As [`Pattern::read`] reads it. A text that would be read as an expression is written as one that finds just it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Expression(source) => write!(f, "/{source}/"),
            Self::Text(text) if matches!(Self::read(text), Some(Self::Expression(_))) => {
                f.write_str("/")?;
                for c in text.chars() {
                    if c.is_ascii_punctuation() && !matches!(c, '<' | '>') {
                        f.write_str("\\")?;
                    }
                    write!(f, "{c}")?;
                }
                f.write_str("/")
            }
            Self::Text(text) => f.write_str(text),
        }
    }
}

/// A search that was checked.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LogFilter {
    pub pattern: Option<Pattern>,
    pub fields: Vec<FieldTest>,
    pub instance: Option<InstanceId>,
    pub revision: Option<RevisionNumber>,
    pub stream: Option<LogStream>,
    pub from: Option<Timestamp>,
    pub until: Option<Timestamp>,
    /// Lines at most.
    pub limit: usize,
    /// Only lines before this one.
    pub before: Option<LogPosition>,
}

impl LogSearch {
    /// Every mistake at once; what an expression says is left to who runs it.
    pub fn check(&self) -> Result<LogFilter, Vec<FieldError>> {
        let mut errors = Vec::new();
        let grep = self.grep.trim();
        if grep.chars().count() > TEXT_MAX {
            errors.push(FieldError::new("/grep", Fault::TooLong { max: TEXT_MAX }));
        }
        let fields = field::read(&self.field).unwrap_or_else(|error| {
            errors.push(error);
            Vec::new()
        });
        let mut refuse = |path: &str, fault| errors.push(FieldError::new(path, fault));
        let (from, until) = (moment(&self.from), moment(&self.until));
        for (path, given) in [("/from", &from), ("/until", &until)] {
            if given.is_err() {
                refuse(path, Fault::NotMoment);
            }
        }
        let (from, until) = (from.unwrap_or_default(), until.unwrap_or_default());
        if from.zip(until).is_some_and(|(from, until)| until < from) {
            refuse("/until", Fault::EndsBeforeBegin);
        }
        let revision = filled(&self.revision).map(str::parse::<RevisionNumber>).transpose();
        if revision.is_err() {
            refuse("/revision", Fault::OutOfRange { min: 1.0, max: f64::from(RevisionNumber::MAX) });
        }
        let stream = match filled(&self.stream) {
            None => None,
            Some("stdout") => Some(LogStream::Stdout),
            Some("stderr") => Some(LogStream::Stderr),
            Some(_) => {
                let allowed = vec!["stdout".to_owned(), "stderr".to_owned()];
                refuse("/stream", Fault::NotOneOf { allowed });
                None
            }
        };
        let limit = filled(&self.limit).map_or(Ok(LINES_DEFAULT), str::parse);
        let limit = limit.ok().filter(|limit| (1..=LINES_MAX).contains(limit));
        if limit.is_none() {
            refuse("/limit", Fault::OutOfRange { min: 1.0, max: f64::from(LINES_MAX) });
        }
        let before = filled(&self.cursor).map(str::parse::<LogPosition>).transpose();
        if let Err(reason) = before {
            refuse("/cursor", Fault::Other { reason: reason.to_owned() });
        }
        if !errors.is_empty() {
            return Err(errors);
        }
        Ok(LogFilter {
            pattern: Pattern::read(grep),
            fields,
            instance: filled(&self.instance).map(|id| InstanceId(id.to_owned())),
            revision: revision.unwrap_or_default(),
            stream,
            from,
            until,
            limit: limit.unwrap_or(LINES_DEFAULT) as usize,
            before: before.unwrap_or_default(),
        })
    }
}

impl LogFilter {
    /// Whether a line is of those asked for by where it comes from and when; its text is another matter.
    pub fn takes(&self, line: &LogLine) -> bool {
        self.instance.as_ref().is_none_or(|id| *id == line.instance)
            && self.revision.is_none_or(|revision| revision == line.revision)
            && self.stream.is_none_or(|stream| stream == line.stream)
            && self.from.is_none_or(|from| line.time >= from)
            && self.until.is_none_or(|until| line.time <= until)
    }
}

fn filled(text: &str) -> Option<&str> {
    Some(text.trim()).filter(|text| !text.is_empty())
}

/// RFC 3339, or milliseconds since 1970.
fn moment(text: &str) -> Result<Option<Timestamp>, ()> {
    let Some(text) = filled(text) else { return Ok(None) };
    if text.bytes().all(|b| b.is_ascii_digit()) {
        return text.parse().map(|millis| Some(Timestamp::from_millis(millis))).map_err(|_| ());
    }
    text.parse().map(Some).map_err(|_| ())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn search(change: impl FnOnce(&mut LogSearch)) -> LogSearch {
        let mut search = LogSearch::default();
        change(&mut search);
        search
    }

    #[test]
    fn an_empty_search_asks_for_everything() {
        let filter = LogSearch::default().check().expect("fine");
        assert_eq!(filter, LogFilter { limit: LINES_DEFAULT as usize, ..LogFilter::default() });
    }

    #[test]
    fn everything_is_read() {
        let filter = search(|s| {
            s.grep = " /time.?out/ ".to_owned();
            s.field = "level=error".to_owned();
            s.instance = "i1".to_owned();
            s.revision = "7".to_owned();
            s.stream = "stderr".to_owned();
            s.from = "2026-01-31T12:00:00+01:00".to_owned();
            s.until = "1769860800000".to_owned();
            s.limit = "5".to_owned();
            s.cursor = "3-77".to_owned();
        });
        let filter = filter.check().expect("fine");
        assert_eq!(filter.pattern, Some(Pattern::Expression("time.?out".to_owned())));
        assert_eq!((filter.fields.len(), filter.revision, filter.limit), (1, Some(7), 5));
        assert_eq!(filter.from.map(|time| time.to_string()).as_deref(), Some("2026-01-31T11:00:00.000Z"));
        assert_eq!(filter.until.map(|time| time.to_string()).as_deref(), Some("2026-01-31T12:00:00.000Z"));
        assert_eq!(filter.before, Some(LogPosition { segment: 3, offset: 77 }));
    }

    #[test]
    fn every_mistake_is_told_at_its_field() {
        let wrong = search(|s| {
            s.grep = "x".repeat(TEXT_MAX + 1);
            s.field = "level".to_owned();
            s.revision = "first".to_owned();
            s.stream = "both".to_owned();
            s.from = "yesterday".to_owned();
            s.until = "soon".to_owned();
            s.limit = "0".to_owned();
            s.cursor = "here".to_owned();
        });
        let paths: Vec<String> = wrong.check().expect_err("wrong").into_iter().map(|e| e.path).collect();
        let expected = ["/grep", "/field", "/from", "/until", "/revision", "/stream", "/limit", "/cursor"];
        assert_eq!(paths, expected);
        let turned = search(|s| (s.from, s.until) = ("2000".to_owned(), "1000".to_owned()));
        assert_eq!(turned.check().expect_err("turned")[0].fault, Fault::EndsBeforeBegin);
    }

    #[test]
    fn slashes_make_an_expression() {
        assert_eq!(Pattern::read("a.b"), Some(Pattern::Text("a.b".to_owned())));
        assert_eq!(Pattern::read("/a.b/"), Some(Pattern::Expression("a.b".to_owned())));
        assert_eq!(Pattern::read("/"), Some(Pattern::Text("/".to_owned())));
        assert_eq!(Pattern::read(""), None);
        let written = |text: &str| Pattern::Text(text.to_owned()).to_string();
        assert_eq!((written("a.b"), written("/a.b/")), ("a.b".to_owned(), "/\\/a\\.b\\//".to_owned()));
        assert_eq!(Pattern::Expression("a.b".to_owned()).to_string(), "/a.b/");
    }

    proptest! {
        #[test]
        fn no_search_is_too_strange(grep in ".{0,40}", field in ".{0,40}", from in ".{0,30}", cursor in ".{0,20}") {
            let _ = LogSearch { grep, field, from, cursor, ..LogSearch::default() }.check();
        }
    }
}
