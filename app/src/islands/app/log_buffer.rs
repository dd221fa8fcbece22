//! The log lines that the browser keeps, and which of a stream's it has already.

use std::collections::VecDeque;
use std::time::Duration;

use model::api::LogLine;
use model::time::Timestamp;

/// Lines kept in the browser; the oldest leave first.
pub const KEPT: usize = 5_000;
/// How much of what we have a new stream tells once more.
const OVERLAP: Duration = Duration::from_secs(1);

/// A line with its place in the stream, so that a redraw keeps what is there.
#[derive(Clone, PartialEq)]
pub struct Numbered {
    pub number: u64,
    pub line: LogLine,
}

pub struct Buffer {
    pub lines: VecDeque<Numbered>,
    /// Number of the next line.
    pub next: u64,
    /// Lines we have that a stream opened anew tells once more.
    again: Vec<LogLine>,
}

impl Buffer {
    pub fn new(lines: Vec<LogLine>) -> Self {
        let mut buffer = Self { lines: VecDeque::new(), next: 0, again: Vec::new() };
        for line in lines {
            buffer.push(line);
        }
        buffer
    }

    fn push(&mut self, line: LogLine) {
        self.lines.push_back(Numbered { number: self.next, line });
        self.next += 1;
        if self.lines.len() > KEPT {
            self.lines.pop_front();
        }
    }

    /// Where a new stream has to begin, a little before the newest line: lines of several instances come out of order.
    pub fn resume(&mut self) -> Option<Timestamp> {
        let since = self.lines.iter().map(|one| one.line.time).max()?.minus(OVERLAP);
        let known = self.lines.iter().map(|one| &one.line).filter(|line| line.time >= since);
        self.again = known.cloned().collect();
        Some(since)
    }

    /// Takes a line of the stream. Each that we have is passed over once: equal lines of one moment are all shown.
    pub fn hear(&mut self, line: LogLine) {
        match self.again.iter().position(|known| *known == line) {
            Some(at) => drop(self.again.swap_remove(at)),
            None => self.push(line),
        }
    }
}

#[cfg(test)]
mod tests {
    use model::api::LogStream;

    use super::*;

    fn line(millis: i64, text: &str) -> LogLine {
        LogLine {
            time: Timestamp::from_millis(millis),
            instance: model::id::InstanceId("a".to_owned()),
            revision: 1,
            stream: LogStream::Stdout,
            text: text.to_owned(),
            truncated: false,
        }
    }

    fn texts(buffer: &Buffer) -> Vec<&str> {
        buffer.lines.iter().map(|one| one.line.text.as_str()).collect()
    }

    #[test]
    fn a_stream_opened_anew_adds_only_what_is_new() {
        let mut buffer = Buffer::new(vec![line(1_000, "old"), line(9_000, "a"), line(9_500, "b")]);
        assert_eq!(buffer.resume(), Some(Timestamp::from_millis(8_500)));
        for told in [line(9_000, "a"), line(9_200, "late"), line(9_500, "b"), line(9_600, "c")] {
            buffer.hear(told);
        }
        assert_eq!(texts(&buffer), ["old", "a", "b", "late", "c"]);
    }

    #[test]
    fn equal_lines_of_one_moment_are_all_shown() {
        let mut buffer = Buffer::new(vec![line(9_000, "tick")]);
        buffer.resume();
        for _ in 0..3 {
            buffer.hear(line(9_000, "tick"));
        }
        assert_eq!(texts(&buffer), ["tick"; 3]);
    }

    #[test]
    fn the_oldest_lines_leave() {
        let buffer = Buffer::new(vec![line(0, ""); KEPT + 10]);
        assert_eq!(buffer.lines.len(), KEPT);
        assert_eq!(buffer.lines.front().map(|one| one.number), Some(10));
    }
}
