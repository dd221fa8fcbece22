//! Log files: their lines and names, and reading them from the end.
//!
//! A line is `2026-01-31T12:00:00.000Z o text`: time, stream (`o` or `e`, a capital where the line was cut), bytes as the
//! program wrote them. Files are numbered; the highest number is the one being written.

use std::fs::File;
use std::io::{self, Read as _};
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use model::api::{LogLine, LogStream};
use model::id::{InstanceId, RevisionNumber};
use model::time::Timestamp;

use crate::engine::LogRequest;

const BLOCK: u64 = 64 << 10;
/// Bytes of the time and the stream, with their spaces.
const HEAD: usize = 27;
/// Most bytes of one instance that one look for news takes.
const NEWS_MAX: u64 = 1 << 20;

/// What stands before a line's text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mark {
    /// `o` or `e`.
    pub stream: u8,
    pub truncated: bool,
}

pub fn file(folder: &Path, number: u64) -> PathBuf {
    folder.join(format!("{number:08}.log"))
}

/// `time` is a [`model::time::Timestamp`] written out.
pub fn write_line(out: &mut Vec<u8>, time: &str, mark: Mark, text: &[u8]) {
    out.extend_from_slice(time.as_bytes());
    out.push(b' ');
    out.push(if mark.truncated { mark.stream.to_ascii_uppercase() } else { mark.stream });
    out.push(b' ');
    out.extend_from_slice(text);
    out.push(b'\n');
}

/// One instance's log.
#[derive(Debug, Clone)]
pub struct Source {
    pub instance: InstanceId,
    pub revision: RevisionNumber,
    /// Folder of its log files.
    pub folder: PathBuf,
}

/// Where reading goes on: a file's number and the offset after its last whole line read.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Position {
    number: u64,
    offset: u64,
}

impl Source {
    fn parse(&self, line: &[u8]) -> Option<LogLine> {
        let (head, text) = line.split_at_checked(HEAD)?;
        let time = std::str::from_utf8(&head[..HEAD - 3]).ok()?.parse().ok()?;
        let stream = match head[HEAD - 2].to_ascii_lowercase() {
            b'o' => LogStream::Stdout,
            b'e' => LogStream::Stderr,
            _ => return None,
        };
        Some(LogLine {
            time,
            instance: self.instance.clone(),
            revision: self.revision,
            stream,
            text: String::from_utf8_lossy(text).into_owned(),
            truncated: head[HEAD - 2].is_ascii_uppercase(),
        })
    }

    /// The newest `request.limit` lines that are wanted, oldest first, and where news will follow.
    pub fn tail(&self, request: &LogRequest) -> io::Result<(Vec<LogLine>, Position)> {
        let numbers = numbers(&self.folder)?;
        let mut newest_first = Vec::new();
        let mut position = Position::default();
        for number in numbers.iter().rev() {
            let Some(file) = open(&self.folder, *number)? else { break };
            let length = file.metadata()?.len();
            let end = last_line_end(&file, length)?;
            if position == Position::default() {
                position = Position { number: *number, offset: end };
            }
            let full = self.read_backward(&file, end, request, &mut newest_first)?;
            if full {
                break;
            }
        }
        newest_first.reverse();
        Ok((newest_first, position))
    }

    /// True once there is no need to look further back.
    fn read_backward(
        &self,
        file: &File,
        mut end: u64,
        request: &LogRequest,
        found: &mut Vec<LogLine>,
    ) -> io::Result<bool> {
        let mut rest = Vec::new();
        while end > 0 {
            let start = end.saturating_sub(BLOCK);
            let mut block = vec![0; usize::try_from(end - start).unwrap_or_default()];
            file.read_exact_at(&mut block, start)?;
            block.append(&mut rest);
            // The first piece may have begun in the block before.
            let first = if start == 0 {
                0
            } else {
                match block.iter().position(|byte| *byte == b'\n') {
                    Some(newline) => newline + 1,
                    None => block.len(),
                }
            };
            let mut too_old = false;
            for line in block[first..].split(|byte| *byte == b'\n').rev().filter(|line| !line.is_empty()) {
                let Some(line) = self.parse(line) else { continue };
                too_old = request.since.is_some_and(|since| line.time < since);
                if wanted(request, &line) {
                    found.push(line);
                    if found.len() >= request.limit.max(1) {
                        return Ok(true);
                    }
                }
            }
            if too_old {
                return Ok(true);
            }
            block.truncate(first);
            rest = block;
            end = start;
        }
        Ok(false)
    }

    /// Before every line that is not older than `since`, and perhaps some that are: the start of a file.
    pub fn start(&self, since: Timestamp) -> io::Result<Position> {
        for number in numbers(&self.folder)? {
            let written =
                std::fs::metadata(file(&self.folder, number)).and_then(|metadata| metadata.modified());
            // One that was removed or cannot be asked is read like the others.
            let millis =
                written.ok().and_then(|time| time.duration_since(UNIX_EPOCH).ok()).map(|age| age.as_millis());
            if millis.is_none_or(|millis| i64::try_from(millis).unwrap_or(i64::MAX) >= since.as_millis()) {
                return Ok(Position { number, offset: 0 });
            }
        }
        Ok(Position::default())
    }

    /// Whole lines written since `position`, which moves on; over several files if need be.
    pub fn news(&self, position: &mut Position, request: &LogRequest) -> io::Result<Vec<LogLine>> {
        let mut lines = Vec::new();
        loop {
            let file = open(&self.folder, position.number)?;
            // Asked before reading to the end: once there is a next file, this one grows no more.
            let next = if file.is_some() {
                Some(position.number + 1).filter(|next| self::file(&self.folder, *next).exists())
            } else {
                numbers(&self.folder)?.into_iter().find(|number| *number > position.number)
            };
            if let Some(file) = file {
                let length = file.metadata()?.len();
                let mut bytes = Vec::new();
                if length > position.offset {
                    let mut reader = io::BufReader::new(&file);
                    io::Seek::seek(&mut reader, io::SeekFrom::Start(position.offset))?;
                    reader.take(NEWS_MAX.min(length - position.offset)).read_to_end(&mut bytes)?;
                }
                let whole = bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |last| last + 1);
                let pieces = bytes[..whole].split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
                let parsed = pieces.filter_map(|line| self.parse(line));
                lines.extend(parsed.filter(|line| wanted(request, line)));
                position.offset += whole as u64;
                if whole > 0 && position.offset < length {
                    return Ok(lines);
                }
            }
            match next {
                Some(number) => *position = Position { number, offset: 0 },
                None => return Ok(lines),
            }
        }
    }
}

fn wanted(request: &LogRequest, line: &LogLine) -> bool {
    request.since.is_none_or(|since| line.time >= since)
        && request.until.is_none_or(|until| line.time <= until)
        && request.grep.as_ref().is_none_or(|grep| grep.is_match(&line.text))
}

/// Numbers of the files that exist, ascending; none when the folder is gone.
fn numbers(folder: &Path) -> io::Result<Vec<u64>> {
    let entries = match std::fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let number = |name: &str| name.strip_suffix(".log")?.parse().ok();
    let mut found: Vec<u64> =
        entries.flatten().filter_map(|entry| number(entry.file_name().to_str()?)).collect();
    found.sort_unstable();
    Ok(found)
}

/// `None` when it was removed meanwhile.
fn open(folder: &Path, number: u64) -> io::Result<Option<File>> {
    match File::open(file(folder, number)) {
        Ok(file) => Ok(Some(file)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// Offset after the last newline before `end`: a line may be in the middle of being written.
fn last_line_end(file: &File, mut end: u64) -> io::Result<u64> {
    while end > 0 {
        let start = end.saturating_sub(BLOCK);
        let mut block = vec![0; usize::try_from(end - start).unwrap_or_default()];
        file.read_exact_at(&mut block, start)?;
        if let Some(last) = block.iter().rposition(|byte| *byte == b'\n') {
            return Ok(start + last as u64 + 1);
        }
        end = start;
    }
    Ok(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(folder: &Path) -> Source {
        Source { instance: InstanceId("i1".to_owned()), revision: 1, folder: folder.to_owned() }
    }

    fn append(folder: &Path, number: u64, lines: std::ops::Range<i64>) {
        let mut out = std::fs::read(file(folder, number)).unwrap_or_default();
        for line in lines {
            let text = format!("line {line} {}", "x".repeat(100));
            write_line(
                &mut out,
                &Timestamp::from_millis(line).to_string(),
                Mark { stream: b'o', truncated: false },
                text.as_bytes(),
            );
        }
        std::fs::write(file(folder, number), out).expect("writes");
    }

    fn texts(lines: &[LogLine]) -> Vec<i64> {
        lines.iter().map(|line| line.time.as_millis()).collect()
    }

    #[test]
    fn the_tail_goes_back_over_blocks_and_files() {
        let folder = tempfile::tempdir().expect("a folder");
        append(folder.path(), 3, 0..1000);
        append(folder.path(), 4, 1000..3000);
        let source = source(folder.path());
        let request = LogRequest { limit: 2500, ..LogRequest::default() };
        let (lines, _) = source.tail(&request).expect("reads");
        assert_eq!(texts(&lines), (500..3000).collect::<Vec<_>>());
        let since =
            LogRequest { limit: 5000, since: Some(Timestamp::from_millis(990)), ..LogRequest::default() };
        assert_eq!(texts(&source.tail(&since).expect("reads").0), (990..3000).collect::<Vec<_>>());
        let grep = regex::Regex::new("line 1.?7 ").expect("a pattern");
        let grep = LogRequest { limit: 5000, grep: Some(grep), ..LogRequest::default() };
        assert_eq!(source.tail(&grep).expect("reads").0.len(), 11);
    }

    #[test]
    fn news_follow_over_rotation_and_wait_for_the_end_of_a_line() {
        let folder = tempfile::tempdir().expect("a folder");
        append(folder.path(), 1, 0..10);
        let source = source(folder.path());
        let request = LogRequest { limit: 3, ..LogRequest::default() };
        let (lines, mut position) = source.tail(&request).expect("reads");
        assert_eq!(texts(&lines), [7, 8, 9]);
        append(folder.path(), 1, 10..12);
        append(folder.path(), 2, 12..14);
        let mut half = std::fs::read(file(folder.path(), 2)).expect("reads");
        half.extend_from_slice(b"1970-01-01T00:00:00.014Z o begun");
        std::fs::write(file(folder.path(), 2), half).expect("writes");
        assert_eq!(texts(&source.news(&mut position, &request).expect("reads")), [10, 11, 12, 13]);
        assert_eq!(source.news(&mut position, &request).expect("reads"), []);
        let mut whole = std::fs::read(file(folder.path(), 2)).expect("reads");
        whole.push(b'\n');
        std::fs::write(file(folder.path(), 2), whole).expect("writes");
        let news = source.news(&mut position, &request).expect("reads");
        assert_eq!(news.first().map(|line| line.text.as_str()), Some("begun"));
    }

    #[test]
    fn bytes_that_are_no_text_and_cut_lines_are_shown() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut out = Vec::new();
        write_line(
            &mut out,
            &Timestamp::from_millis(1).to_string(),
            Mark { stream: b'e', truncated: true },
            b"a\xff\0b",
        );
        std::fs::write(file(folder.path(), 1), out).expect("writes");
        let (lines, _) =
            source(folder.path()).tail(&LogRequest { limit: 1, ..LogRequest::default() }).expect("reads");
        assert_eq!(lines[0].text, "a\u{fffd}\0b");
        assert!(lines[0].truncated);
        assert_eq!(lines[0].stream, LogStream::Stderr);
    }
}
