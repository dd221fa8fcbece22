//! Looking through kept lines: newest first with several threads, or in their order.

use std::fs::File;
use std::io;
use std::num::NonZero;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use model::api::LogStream;
use model::log::{FieldTest, KeptLine, LogFilter, LogPosition, Pattern};
use model::problem::{Fault, FieldError};
use regex::bytes::{Regex, RegexBuilder};

use super::folder::{Segment, View, Written};
use super::record::Record;
use super::segment::{self, Block, blocks_of};

/// Most blocks that are looked through before the hits are counted.
const WAVE_MAX: usize = 64;
const THREADS_MAX: usize = 4;
/// Places that are marked in one line.
const MARKS_MAX: usize = 100;
/// Bytes that a compiled expression takes at most.
const EXPRESSION_BYTES: usize = 1 << 20;

/// A [`LogFilter`] that is ready to be asked of lines.
pub struct Matcher {
    filter: LogFilter,
    from: Option<String>,
    until: Option<String>,
    /// Only lines with this somewhere can match.
    needle: Option<Regex>,
    /// Asked of a line's text alone.
    text: Option<Regex>,
}

impl Matcher {
    /// Refused where the pattern is no regular expression, or one that is too large.
    pub fn new(filter: LogFilter) -> Result<Self, FieldError> {
        let build = |source: &str| {
            let built = RegexBuilder::new(source).case_insensitive(true).size_limit(EXPRESSION_BYTES).build();
            built.map_err(|error| {
                // Its last line says what is wrong; those before it draw where.
                let text = error.to_string();
                let last = text.lines().last().unwrap_or_default();
                let reason =
                    format!("is not a regular expression: {}", last.strip_prefix("error: ").unwrap_or(last));
                FieldError::new("/grep", Fault::Other { reason })
            })
        };
        let literal = |text: &str| build(&regex::escape(text));
        let (mut needle, mut text) = (None, None);
        match &filter.pattern {
            Some(Pattern::Text(wanted)) => {
                needle = Some(literal(wanted)?);
                text = Some(literal(wanted)?);
            }
            Some(Pattern::Expression(source)) => text = Some(build(source)?),
            None => {}
        }
        // Fewer lines have a value than have the field.
        let known = filter.fields.iter().filter(|test| !test.needle().is_empty());
        let known = known.max_by_key(|test| test.needle() == test.value).map(FieldTest::needle);
        if let (None, Some(known)) = (&needle, known) {
            needle = Some(literal(known)?);
        }
        let written = |time: Option<model::time::Timestamp>| time.map(|time| time.to_string());
        Ok(Self { from: written(filter.from), until: written(filter.until), needle, text, filter })
    }

    pub const fn filter(&self) -> &LogFilter {
        &self.filter
    }

    fn takes(&self, line: &[u8]) -> bool {
        let Some(record) = Record::parse(line).filter(|record| !record.is_gap()) else { return false };
        let filter = &self.filter;
        let stream = |wanted: LogStream| wanted == record.stream();
        filter.instance.as_ref().is_none_or(|id| id.0 == record.instance)
            && filter.revision.is_none_or(|revision| revision == record.revision)
            && filter.stream.is_none_or(stream)
            && self.from.as_ref().is_none_or(|from| record.time >= from.as_str())
            && self.until.as_ref().is_none_or(|until| record.time <= until.as_str())
            && self.text.as_ref().is_none_or(|text| text.is_match(record.text))
            && self.passes_fields(record.text)
    }

    /// First and end byte of what matches in a text.
    fn hits(&self, text: &str) -> Vec<(u32, u32)> {
        let found = self.text.iter().flat_map(|wanted| wanted.find_iter(text.as_bytes()));
        let places = found.filter(|hit| !hit.is_empty()).filter(|hit| {
            // An expression may ask for a part of a character.
            text.is_char_boundary(hit.start()) && text.is_char_boundary(hit.end())
        });
        let number = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
        places.take(MARKS_MAX).map(|hit| (number(hit.start()), number(hit.end()))).collect()
    }

    fn passes_fields(&self, text: &[u8]) -> bool {
        if self.filter.fields.is_empty() {
            return true;
        }
        let Ok(value) = serde_json::from_slice::<serde_json::Value>(text) else { return false };
        self.filter.fields.iter().all(|test| test.holds(&value))
    }

    /// Whether a block with lines of these times may hold one.
    fn may(&self, first: i64, last: i64) -> bool {
        self.filter.from.is_none_or(|from| last >= from.as_millis())
            && self.filter.until.is_none_or(|until| first <= until.as_millis())
    }

    fn may_be_in(&self, summary: &super::record::Summary) -> bool {
        let filter = &self.filter;
        filter.instance.as_ref().is_none_or(|id| summary.marks.contains_key(&id.0))
            && filter.revision.is_none_or(|revision| summary.revisions.contains(&revision))
            && summary.times.is_some_and(|(first, last)| self.may(first, last))
    }

    /// Calls with where each line is that matches, in order, until it is told to stop.
    fn each(&self, lines: &[u8], mut found: impl FnMut(usize, usize) -> bool) {
        let mut at = 0;
        while at < lines.len() {
            let (start, probe) = match &self.needle {
                Some(needle) => match needle.find_at(lines, at) {
                    Some(hit) => {
                        (memchr::memrchr(b'\n', &lines[..hit.start()]).map_or(0, |n| n + 1), hit.start())
                    }
                    None => return,
                },
                None => (at, at),
            };
            let end = memchr::memchr(b'\n', &lines[probe..]).map_or(lines.len(), |newline| probe + newline);
            if self.takes(&lines[start..end]) && !found(start, end) {
                return;
            }
            at = end + 1;
        }
    }
}

/// Some lines that are looked through at once.
enum Piece {
    Sealed(Arc<Segment>, Block),
    Open { number: u64, at: u64, lines: Arc<Vec<u8>>, range: (usize, usize) },
}

impl Piece {
    fn position(&self) -> LogPosition {
        match self {
            Self::Sealed(segment, block) => LogPosition { segment: segment.number, offset: block.raw_at },
            Self::Open { number, at, .. } => LogPosition { segment: *number, offset: *at },
        }
    }

    fn bytes(&self) -> u64 {
        match self {
            Self::Sealed(_, block) => u64::from(block.raw_size),
            Self::Open { range, .. } => (range.1 - range.0) as u64,
        }
    }

    fn with<T>(&self, work: impl FnOnce(&[u8]) -> T) -> io::Result<T> {
        match self {
            Self::Sealed(segment, block) => {
                let file = match File::open(&segment.path) {
                    Ok(file) => file,
                    // Old enough to be removed meanwhile.
                    Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(work(&[])),
                    Err(error) => return Err(error),
                };
                Ok(work(&segment::read_block(&file, block)?))
            }
            Self::Open { lines, range, .. } => Ok(work(&lines[range.0..range.1])),
        }
    }
}

/// The pieces that may hold what is asked for, oldest first.
fn pieces(view: &View, matcher: &Matcher) -> io::Result<Vec<Piece>> {
    let mut pieces = Vec::new();
    let of_sealed = |segment: &Arc<Segment>, pieces: &mut Vec<Piece>| {
        if matcher.may_be_in(&segment.index.summary) {
            let blocks = segment.index.blocks.iter().filter(|block| matcher.may(block.first, block.last));
            pieces.extend(blocks.map(|block| Piece::Sealed(Arc::clone(segment), *block)));
        }
    };
    for segment in view.sealed.iter() {
        of_sealed(segment, &mut pieces);
    }
    let open = view.open.as_ref().filter(|open| matcher.may_be_in(&open.summary));
    if let Some(open) = open {
        match read_open(open) {
            Ok(lines) => {
                let lines = Arc::new(lines);
                let ranges: Vec<(u64, usize)> =
                    blocks_of(&lines).into_iter().map(|(at, block)| (at, block.len())).collect();
                for (at, length) in ranges {
                    let (number, start) = (open.number, usize::try_from(at).unwrap_or(usize::MAX));
                    let range = (start, start + length);
                    pieces.push(Piece::Open { number, at, lines: Arc::clone(&lines), range });
                }
            }
            // Sealed meanwhile.
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                if let Some(segment) = sealed_meanwhile(open)? {
                    of_sealed(&Arc::new(segment), &mut pieces);
                }
            }
            Err(error) => return Err(error),
        }
    }
    Ok(pieces)
}

fn read_open(open: &Written) -> io::Result<Vec<u8>> {
    let file = File::open(&open.path)?;
    let mut lines = Vec::with_capacity(usize::try_from(open.length).unwrap_or_default());
    io::Read::read_to_end(&mut io::Read::take(file, open.length), &mut lines)?;
    Ok(lines)
}

fn sealed_meanwhile(open: &Written) -> io::Result<Option<Segment>> {
    let path = open.path.with_extension("zst");
    let bytes = match Path::metadata(&path) {
        Ok(metadata) => metadata.len(),
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    let index = segment::read_index(&path)?;
    Ok(Some(Segment { number: open.number, path, bytes, index }))
}

/// What a look brought.
#[derive(Debug, Default)]
pub struct Found {
    /// Newest first.
    pub lines: Vec<KeptLine>,
    /// Goes on before this one.
    pub next: Option<LogPosition>,
    pub scanned: u64,
    /// The time ran out.
    pub partial: bool,
    /// Segments that cannot be read, with why.
    pub damaged: Vec<(u64, io::Error)>,
}

/// The newest lines that match, at most as many as are asked for, until the time runs out.
pub fn newest(view: &View, matcher: &Matcher, deadline: Instant) -> io::Result<Found> {
    let mut left = pieces(view, matcher)?;
    if let Some(before) = matcher.filter.before {
        left.retain(|piece| piece.position() < before);
    }
    let limit = matcher.filter.limit.max(1);
    let threads = std::thread::available_parallelism().map_or(1, NonZero::get).min(THREADS_MAX);
    let (mut found, mut wave) = (Found::default(), threads);
    let mut hits: Vec<(LogPosition, Vec<u8>)> = Vec::new();
    while !left.is_empty() && hits.len() < limit {
        if Instant::now() >= deadline {
            found.partial = true;
            break;
        }
        let some = left.split_off(left.len().saturating_sub(wave));
        wave = (wave * 2).min(WAVE_MAX);
        let some: Vec<Piece> = some.into_iter().rev().collect();
        for (piece, answer) in some.iter().zip(look(&some, matcher, threads, limit, deadline)) {
            match answer {
                _ if hits.len() >= limit || found.partial => break,
                Some(Ok(newer_first)) => {
                    found.scanned += piece.bytes();
                    hits.extend(newer_first);
                    found.next = Some(piece.position());
                }
                Some(Err(error)) if error.kind() == io::ErrorKind::InvalidData => {
                    note(&mut found.damaged, piece.position().segment, error);
                    found.next = Some(piece.position());
                }
                Some(Err(error)) => return Err(error),
                None => found.partial = true,
            }
        }
    }
    if hits.len() >= limit {
        hits.truncate(limit);
        found.next = hits.last().map(|(position, _)| *position);
    } else if !found.partial {
        found.next = None;
    } else if found.next.is_none() {
        found.next = matcher.filter.before;
    }
    let marked = |mut kept: KeptLine| {
        kept.hits = matcher.hits(&kept.line.text);
        kept
    };
    found.lines = hits.iter().filter_map(|(position, line)| kept(*position, line)).map(marked).collect();
    found.lines.sort_by_key(|kept| std::cmp::Reverse((kept.line.time, kept.position)));
    Ok(found)
}

type Hits = Vec<(LogPosition, Vec<u8>)>;

/// Looks through pieces side by side; `None` for those that the time was too short for.
fn look(
    pieces: &[Piece],
    matcher: &Matcher,
    threads: usize,
    limit: usize,
    deadline: Instant,
) -> Vec<Option<io::Result<Hits>>> {
    let next = AtomicUsize::new(0);
    let answers: Mutex<Vec<Option<io::Result<Hits>>>> = Mutex::new(pieces.iter().map(|_| None).collect());
    let work = || {
        loop {
            let at = next.fetch_add(1, Ordering::Relaxed);
            let Some(piece) = pieces.get(at).filter(|_| Instant::now() < deadline) else { return };
            let hits = piece.with(|lines| hits_of(piece.position(), lines, matcher, limit));
            answers.lock().unwrap_or_else(PoisonError::into_inner)[at] = Some(hits);
        }
    };
    std::thread::scope(|scope| {
        for _ in 1..threads.min(pieces.len()) {
            scope.spawn(work);
        }
        work();
    });
    answers.into_inner().unwrap_or_else(PoisonError::into_inner)
}

/// The newest matches of a piece, newest first.
fn hits_of(position: LogPosition, lines: &[u8], matcher: &Matcher, limit: usize) -> Hits {
    let before = matcher.filter.before;
    let mut places = std::collections::VecDeque::new();
    matcher.each(lines, |start, end| {
        let here = LogPosition { offset: position.offset + start as u64, ..position };
        if before.is_some_and(|before| here >= before) {
            return false;
        }
        if places.len() == limit {
            places.pop_front();
        }
        places.push_back((here, start, end));
        true
    });
    places.into_iter().rev().map(|(here, start, end)| (here, lines[start..end].to_vec())).collect()
}

fn kept(position: LogPosition, line: &[u8]) -> Option<KeptLine> {
    Record::parse(line)?.line().map(|line| KeptLine { position, line, hits: Vec::new() })
}

/// Lines that match, oldest first, a piece at a time. Between two pieces nothing is held open.
pub struct Walk {
    /// Oldest last.
    pieces: Vec<Piece>,
    matcher: Matcher,
    start: LogPosition,
    /// Segments that could not be read and were passed over, with why.
    pub damaged: Vec<(u64, io::Error)>,
}

impl Walk {
    /// From a place on.
    pub fn new(view: &View, matcher: Matcher, start: LogPosition) -> io::Result<Self> {
        let mut pieces = pieces(view, &matcher)?;
        pieces.reverse();
        pieces.retain(|piece| {
            let position = piece.position();
            LogPosition { offset: position.offset + piece.bytes(), ..position } > start
        });
        Ok(Self { pieces, matcher, start, damaged: Vec::new() })
    }

    /// The first lines of the next piece, `most` at most, and perhaps none; `None` at the end.
    pub fn next(&mut self, most: usize) -> io::Result<Option<Vec<KeptLine>>> {
        let Some(piece) = self.pieces.pop() else { return Ok(None) };
        let position = piece.position();
        let mut found = Vec::new();
        let read = piece.with(|lines| {
            self.matcher.each(lines, |from, to| {
                let here = LogPosition { offset: position.offset + from as u64, ..position };
                if here >= self.start {
                    found.extend(kept(here, &lines[from..to]));
                }
                found.len() < most
            });
        });
        match read {
            Err(error) if error.kind() == io::ErrorKind::InvalidData => {
                note(&mut self.damaged, position.segment, error);
            }
            read => read?,
        }
        Ok(Some(found))
    }

    /// The first lines, `most` at most.
    pub fn first(&mut self, most: usize) -> io::Result<Vec<KeptLine>> {
        let mut found = Vec::new();
        while found.len() < most
            && let Some(some) = self.next(most - found.len())?
        {
            found.extend(some);
        }
        Ok(found)
    }
}

/// One note for each segment.
fn note(damaged: &mut Vec<(u64, io::Error)>, segment: u64, error: io::Error) {
    if damaged.iter().all(|(known, _)| *known != segment) {
        damaged.push((segment, error));
    }
}
