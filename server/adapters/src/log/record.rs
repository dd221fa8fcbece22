//! One kept line as text: `2026-01-31T12:00:00.000Z o 3 i-7f2 text`, so that a segment can be read with `zstdcat`.
//!
//! Time, stream (`o` or `e`, a capital where the line was cut; `d`: lines that were not kept, with their count as the
//! text), revision, instance, text.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write as _;

use model::api::{LogLine, LogStream};
use model::id::{InstanceId, RevisionNumber};
use model::time::Timestamp;
use serde::{Deserialize, Serialize};

/// Bytes of a time: later times are greater as text, too.
const TIME: usize = 24;
const DROPPED: u8 = b'd';

/// A line's parts, in place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Record<'a> {
    pub time: &'a str,
    pub stream: u8,
    pub revision: RevisionNumber,
    pub instance: &'a str,
    pub text: &'a [u8],
}

impl<'a> Record<'a> {
    /// `None` for what this module did not write.
    pub fn parse(line: &'a [u8]) -> Option<Self> {
        let (time, rest) = line.split_at_checked(TIME)?;
        let [b' ', stream, b' ', rest @ ..] = rest else { return None };
        let end = memchr::memchr(b' ', rest)?;
        let revision = std::str::from_utf8(&rest[..end]).ok()?.parse().ok()?;
        let rest = &rest[end + 1..];
        let end = memchr::memchr(b' ', rest)?;
        let instance = std::str::from_utf8(&rest[..end]).ok()?;
        let time = std::str::from_utf8(time).ok()?;
        matches!(stream, b'o' | b'O' | b'e' | b'E' | &DROPPED).then_some(Self {
            time,
            stream: *stream,
            revision,
            instance,
            text: &rest[end + 1..],
        })
    }

    pub const fn stream(&self) -> LogStream {
        if self.stream.eq_ignore_ascii_case(&b'e') { LogStream::Stderr } else { LogStream::Stdout }
    }

    /// Whether it stands for lines that were not kept.
    pub const fn is_gap(&self) -> bool {
        self.stream == DROPPED
    }

    fn dropped(&self) -> u64 {
        std::str::from_utf8(self.text).ok().and_then(|text| text.parse().ok()).unwrap_or_default()
    }

    fn millis(&self) -> Option<i64> {
        self.time.parse::<Timestamp>().ok().map(Timestamp::as_millis)
    }

    pub fn line(&self) -> Option<LogLine> {
        Some(LogLine {
            time: self.time.parse().ok()?,
            instance: InstanceId(self.instance.to_owned()),
            revision: self.revision,
            stream: self.stream(),
            text: String::from_utf8_lossy(self.text).into_owned(),
            truncated: self.stream.is_ascii_uppercase(),
        })
    }
}

/// How far an instance's lines are kept: the time of its last, and how many it has of just that time.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mark {
    #[serde(rename = "t")]
    pub millis: i64,
    #[serde(rename = "n")]
    pub count: u64,
}

impl Mark {
    fn after(self, other: Self) -> Self {
        match self.millis.cmp(&other.millis) {
            std::cmp::Ordering::Less => other,
            std::cmp::Ordering::Greater => self,
            std::cmp::Ordering::Equal => {
                Self { millis: self.millis, count: self.count.saturating_add(other.count) }
            }
        }
    }
}

/// What some lines have in common.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Summary {
    pub lines: u64,
    /// Lines that were not kept.
    pub dropped: u64,
    /// Milliseconds since 1970 of the earliest and the latest; `None` of none.
    pub times: Option<(i64, i64)>,
    pub marks: BTreeMap<String, Mark>,
    pub revisions: BTreeSet<RevisionNumber>,
}

impl Summary {
    /// Of whole lines; what is no line of ours is passed over.
    pub fn of(bytes: &[u8]) -> Self {
        let mut summary = Self::default();
        for line in bytes.split(|byte| *byte == b'\n') {
            if let Some(record) = Record::parse(line)
                && let Some(millis) = record.millis()
            {
                let dropped = record.is_gap().then(|| record.dropped());
                summary.add(millis, record.instance, record.revision, dropped);
            }
        }
        summary
    }

    fn add(&mut self, millis: i64, instance: &str, revision: RevisionNumber, dropped: Option<u64>) {
        // Of what was dropped all of that moment is settled, however much it was.
        let count = if dropped.is_some() { u64::MAX } else { 1 };
        self.lines += u64::from(dropped.is_none());
        self.dropped += dropped.unwrap_or_default();
        self.times = Some(self.times.map_or((millis, millis), |(a, b)| (a.min(millis), b.max(millis))));
        let mark = Mark { millis, count };
        match self.marks.get_mut(instance) {
            Some(known) => *known = known.after(mark),
            None => drop(self.marks.insert(instance.to_owned(), mark)),
        }
        if !self.revisions.contains(&revision) {
            self.revisions.insert(revision);
        }
    }

    pub fn merge(&mut self, later: &Self) {
        self.lines += later.lines;
        self.dropped += later.dropped;
        self.times = match (self.times, later.times) {
            (Some((a, b)), Some((c, d))) => Some((a.min(c), b.max(d))),
            (times, None) | (None, times) => times,
        };
        for (instance, mark) in &later.marks {
            let known = self.marks.entry(instance.clone()).or_default();
            *known = known.after(*mark);
        }
        self.revisions.extend(&later.revisions);
    }
}

/// Lines that wait to be written together.
#[derive(Debug, Default)]
pub struct Batch {
    pub bytes: Vec<u8>,
    pub summary: Summary,
}

impl Batch {
    pub fn push(&mut self, line: &LogLine) {
        let code = match (line.stream, line.truncated) {
            (LogStream::Stdout, false) => 'o',
            (LogStream::Stdout, true) => 'O',
            (LogStream::Stderr, false) => 'e',
            (LogStream::Stderr, true) => 'E',
        };
        if !self.head(line.time, code, line.revision, &line.instance) {
            return;
        }
        let start = self.bytes.len();
        self.bytes.extend_from_slice(line.text.as_bytes());
        // An engine's lines have no line ends; one that has must not become two.
        for byte in &mut self.bytes[start..] {
            if *byte == b'\n' {
                *byte = b' ';
            }
        }
        self.bytes.push(b'\n');
        self.summary.add(line.time.as_millis(), &line.instance.0, line.revision, None);
    }

    /// `count` lines of an instance up to this time were not kept.
    pub fn gap(&mut self, time: Timestamp, instance: &InstanceId, revision: RevisionNumber, count: u64) {
        if self.head(time, char::from(DROPPED), revision, instance) {
            let _ = writeln!(self.bytes, "{count}");
            self.summary.add(time.as_millis(), &instance.0, revision, Some(count));
        }
    }

    /// False for what cannot be written: a year of five digits, an instance with a blank in its name.
    fn head(&mut self, time: Timestamp, code: char, revision: RevisionNumber, instance: &InstanceId) -> bool {
        let time = time.to_string();
        let id = &instance.0;
        if time.len() != TIME || id.is_empty() || id.contains(char::is_whitespace) {
            return false;
        }
        let _ = write!(self.bytes, "{time} {code} {revision} {id} ");
        true
    }

    pub const fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn line(millis: i64, text: &str) -> LogLine {
        LogLine {
            time: Timestamp::from_millis(millis),
            instance: InstanceId("i1".to_owned()),
            revision: 3,
            stream: LogStream::Stderr,
            text: text.to_owned(),
            truncated: true,
        }
    }

    #[test]
    fn marks_count_the_lines_of_the_last_moment() {
        let mut batch = Batch::default();
        for millis in [5, 7, 7, 6] {
            batch.push(&line(millis, "x"));
        }
        assert_eq!(batch.summary.marks["i1"], Mark { millis: 7, count: 2 });
        let mut more = Batch::default();
        more.push(&line(7, "y"));
        more.gap(Timestamp::from_millis(6), &InstanceId("i1".to_owned()), 3, 40);
        let mut all = batch.summary.clone();
        all.merge(&more.summary);
        assert_eq!(all.marks["i1"], Mark { millis: 7, count: 3 });
        assert_eq!((all.lines, all.dropped, all.times), (5, 40, Some((5, 7))));
        batch.bytes.extend(more.bytes);
        assert_eq!(Summary::of(&batch.bytes), all);
    }

    proptest! {
        #[test]
        fn a_line_is_read_as_it_is_written(millis in 0..4_102_444_800_000_i64, text in "[^\n]{0,60}") {
            let written = line(millis, &text);
            let mut batch = Batch::default();
            batch.push(&written);
            let bytes = batch.bytes.strip_suffix(b"\n").expect("a line's end");
            prop_assert_eq!(Record::parse(bytes).and_then(|record| record.line()), Some(written));
        }

        #[test]
        fn no_bytes_are_too_strange(bytes: Vec<u8>) {
            let _ = Record::parse(&bytes);
            let _ = Summary::of(&bytes);
        }
    }
}
