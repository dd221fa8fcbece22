//! The kept lines of one app: a folder with sealed segments and the open one that is being written.
//!
//! Files are `<milliseconds of the first line>-<number>`, with `.log` while it is open and `.zst` once it is sealed. A
//! line's place in the lines of its segment is the same in both.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use model::time::Timestamp;

use super::record::{Batch, Mark, Summary};
use super::segment::{self, Index};

/// Bounds of one app's folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of lines in a segment before it is sealed.
    pub segment_bytes: u64,
    /// How old the first line of an open segment becomes.
    pub segment_age: Duration,
    /// Bytes on disk; the oldest segments leave first.
    pub bytes: u64,
    /// How old lines become.
    pub age: Duration,
}

/// Bytes of lines in a segment at most: as much as one look at an app's newest lines reads.
const SEGMENT: u64 = 8 << 20;

impl Limits {
    /// With segments that leave some room to forget: eight of them at least.
    pub fn new(bytes: u64, age: Duration) -> Self {
        let segment_bytes = SEGMENT.min(bytes / 8);
        Self { segment_bytes, segment_age: Duration::from_hours(24).min(age), bytes, age }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self::new(256 << 20, Duration::from_hours(15 * 24))
    }
}

/// A sealed segment.
#[derive(Debug)]
pub struct Segment {
    pub number: u64,
    pub path: PathBuf,
    pub bytes: u64,
    pub index: Index,
}

/// The open segment as far as it was written at one moment.
#[derive(Debug, Clone)]
pub struct Written {
    pub number: u64,
    pub path: PathBuf,
    pub length: u64,
    pub summary: Summary,
}

/// What is kept at one moment. Cheap to take; what it names may be sealed or removed meanwhile.
#[derive(Debug, Clone, Default)]
pub struct View {
    /// Oldest first.
    pub sealed: Arc<Vec<Arc<Segment>>>,
    pub open: Option<Arc<Written>>,
    /// Segments that cannot be read and were set aside.
    pub damaged: u32,
    /// On disk.
    pub bytes: u64,
}

impl View {
    fn summaries(&self) -> impl Iterator<Item = &Summary> {
        let open = self.open.iter().map(|open| &open.summary);
        self.sealed.iter().map(|segment| &segment.index.summary).chain(open)
    }

    /// Milliseconds since 1970 of the oldest and the newest line.
    pub fn times(&self) -> Option<(i64, i64)> {
        self.summaries().filter_map(|s| s.times).reduce(|(a, b), (c, d)| (a.min(c), b.max(d)))
    }

    /// Lines that were not kept.
    pub fn dropped(&self) -> u64 {
        self.summaries().map(|summary| summary.dropped).sum()
    }

    pub fn raw_bytes(&self) -> u64 {
        let sealed: u64 = self.sealed.iter().map(|segment| segment.index.raw_bytes()).sum();
        sealed + self.open.as_ref().map_or(0, |open| open.length)
    }

    /// Instances and revisions with a line, by name.
    pub fn sources(&self) -> (Vec<String>, Vec<u32>) {
        let mut instances: Vec<String> = self.summaries().flat_map(|s| s.marks.keys().cloned()).collect();
        let mut revisions: Vec<u32> = self.summaries().flat_map(|s| s.revisions.iter().copied()).collect();
        instances.sort();
        instances.dedup();
        revisions.sort_unstable();
        revisions.dedup();
        (instances, revisions)
    }
}

struct Open {
    file: File,
    first: i64,
    written: Written,
}

/// The one writer of a folder. Every call may block for a disk.
pub struct AppLog {
    folder: PathBuf,
    limits: Limits,
    sealed: Arc<Vec<Arc<Segment>>>,
    /// Path and bytes of what was set aside.
    damaged: Vec<(PathBuf, u64)>,
    open: Option<Open>,
    next: u64,
    marks: BTreeMap<String, Mark>,
}

impl AppLog {
    /// Finds what is there after whatever happened: half a line at the end is cut off, half a segment is dropped for
    /// the open one it was made of, and what is damaged is set aside.
    pub fn open(folder: PathBuf, limits: Limits) -> io::Result<Self> {
        let mut log = Self {
            folder,
            limits,
            sealed: Arc::default(),
            damaged: Vec::new(),
            open: None,
            next: 1,
            marks: BTreeMap::new(),
        };
        for (number, first, path) in log.files()? {
            log.next = log.next.max(number + 1);
            match path.extension().and_then(|extension| extension.to_str()) {
                Some("zst") => log.take_sealed(number, path)?,
                // Sealed already, and the end came before the open one was removed.
                Some("log") if log.sealed.last().is_some_and(|last| last.number == number) => {
                    fs::remove_file(path)?;
                }
                Some("log") => log.take_open(number, first, path)?,
                Some("damaged") => {
                    let bytes = fs::metadata(&path)?.len();
                    log.damaged.push((path, bytes));
                }
                _ => fs::remove_file(path)?,
            }
        }
        for segment in log.sealed.iter() {
            merge(&mut log.marks, &segment.index.summary);
        }
        if let Some(open) = &log.open {
            merge(&mut log.marks, &open.written.summary);
        }
        Ok(log)
    }

    /// Number, first time and path of our files, in order; `.zst` comes before `.log` only by the sort below.
    fn files(&self) -> io::Result<Vec<(u64, i64, PathBuf)>> {
        let entries = match fs::read_dir(&self.folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(error),
        };
        let mut files = Vec::new();
        for entry in entries {
            let path = entry?.path();
            let stem =
                path.file_name().and_then(|name| name.to_str()).and_then(|name| name.split('.').next());
            let parts = stem.and_then(|stem| stem.split_once('-'));
            if let Some((first, number)) = parts
                && let (Ok(first), Ok(number)) = (first.parse::<i64>(), number.parse::<u64>())
            {
                files.push((number, first, path));
            }
        }
        // A sealed one before the open one it was made of.
        files.sort_by(|(a, _, one), (b, _, other)| a.cmp(b).then_with(|| other.cmp(one)));
        Ok(files)
    }

    fn take_sealed(&mut self, number: u64, path: PathBuf) -> io::Result<()> {
        match segment::read_index(&path) {
            Ok(index) => {
                let bytes = fs::metadata(&path)?.len();
                let segment = Arc::new(Segment { number, path, bytes, index });
                Arc::make_mut(&mut self.sealed).push(segment);
                Ok(())
            }
            Err(error) if error.kind() == io::ErrorKind::InvalidData => self.put_aside(&path, &error),
            Err(error) => Err(error),
        }
    }

    fn put_aside(&mut self, path: &Path, error: &io::Error) -> io::Result<()> {
        tracing::warn!(path = %path.display(), %error, "a segment of a log is damaged and was set aside");
        let aside = path.with_extension("damaged");
        let bytes = fs::metadata(path)?.len();
        fs::rename(path, &aside)?;
        self.damaged.push((aside, bytes));
        Ok(())
    }

    fn take_open(&mut self, number: u64, first: i64, path: PathBuf) -> io::Result<()> {
        // Only the newest is written to; one before it was left by an end between two steps.
        self.seal()?;
        let mut file = File::options().read(true).append(true).open(&path)?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes)?;
        let whole = memchr::memrchr(b'\n', &bytes).map_or(0, |newline| newline + 1);
        if whole < bytes.len() {
            file.set_len(whole as u64)?;
        }
        let summary = Summary::of(&bytes[..whole]);
        let written = Written { number, path, length: whole as u64, summary };
        self.open = Some(Open { file, first, written });
        Ok(())
    }

    /// Adds lines, and seals the open segment once it is full. On an error nothing of the batch is there.
    pub fn append(&mut self, batch: &Batch) -> io::Result<()> {
        let Some((first, _)) = batch.summary.times else { return Ok(()) };
        if self.open.is_none() {
            self.begin(first)?;
        }
        let Some(open) = &mut self.open else { return Ok(()) };
        if let Err(error) = open.file.write_all(&batch.bytes) {
            // No half line stays behind.
            let _ = open.file.set_len(open.written.length);
            return Err(error);
        }
        open.written.length += batch.bytes.len() as u64;
        open.written.summary.merge(&batch.summary);
        merge(&mut self.marks, &batch.summary);
        if open.written.length >= self.limits.segment_bytes {
            self.seal()?;
            self.trim_bytes()?;
        }
        Ok(())
    }

    fn begin(&mut self, first: i64) -> io::Result<()> {
        fs::create_dir_all(&self.folder)?;
        let number = self.next;
        let path = self.folder.join(format!("{first:013}-{number:08}.log"));
        let file = File::options().append(true).create_new(true).open(&path)?;
        self.next += 1;
        let written = Written { number, path, length: 0, summary: Summary::default() };
        self.open = Some(Open { file, first, written });
        Ok(())
    }

    /// Compresses the open segment. On an error it stays open.
    pub fn seal(&mut self) -> io::Result<()> {
        let Some(open) = &self.open else { return Ok(()) };
        let Written { number, path, length, summary } = &open.written;
        if *length == 0 {
            fs::remove_file(path)?;
            self.open = None;
            return Ok(());
        }
        let lines = fs::read(path)?;
        let (temporary, sealed) = (path.with_extension("zst.tmp"), path.with_extension("zst"));
        remove_if_there(&temporary)?;
        let done = segment::write(&temporary, &lines, summary.clone())
            .and_then(|index| fs::rename(&temporary, &sealed).map(|()| index));
        let index = match done {
            Ok(index) => index,
            Err(error) => {
                let _ = fs::remove_file(&temporary);
                return Err(error);
            }
        };
        let bytes = fs::metadata(&sealed)?.len();
        fs::remove_file(path)?;
        let segment = Arc::new(Segment { number: *number, path: sealed, bytes, index });
        Arc::make_mut(&mut self.sealed).push(segment);
        self.open = None;
        Ok(())
    }

    /// What time brings: seals an open segment that is old, removes what is too old.
    pub fn age(&mut self, now: Timestamp) -> io::Result<()> {
        let before = |age: Duration| now.minus(age).as_millis();
        if self.open.as_ref().is_some_and(|open| open.first < before(self.limits.segment_age)) {
            self.seal()?;
        }
        let oldest = before(self.limits.age);
        let is_old = |segment: &Segment| segment.index.summary.times.is_none_or(|(_, last)| last < oldest);
        while self.sealed.first().is_some_and(|segment| is_old(segment)) {
            self.remove_oldest()?;
        }
        // Instances come and go for as long as the console runs.
        self.marks.retain(|_, mark| mark.millis >= oldest);
        self.trim_bytes()
    }

    /// Leaves room for an open segment that becomes full.
    fn trim_bytes(&mut self) -> io::Result<()> {
        let written = self.open.as_ref().map_or(0, |open| open.written.length);
        let room = self.limits.segment_bytes.saturating_sub(written);
        while self.bytes() + room > self.limits.bytes && self.remove_oldest()? > 0 {}
        Ok(())
    }

    /// Removes the oldest sealed segment, what was set aside first; tells how many bytes that made free.
    pub fn remove_oldest(&mut self) -> io::Result<u64> {
        if let Some((path, bytes)) = self.damaged.first() {
            remove_if_there(path)?;
            let bytes = *bytes;
            self.damaged.remove(0);
            return Ok(bytes);
        }
        let Some(oldest) = self.sealed.first() else { return Ok(0) };
        remove_if_there(&oldest.path)?;
        let bytes = oldest.bytes;
        Arc::make_mut(&mut self.sealed).remove(0);
        Ok(bytes)
    }

    /// Sets a segment aside that turned out to be damaged while it was read.
    pub fn set_aside(&mut self, number: u64, error: &io::Error) -> io::Result<()> {
        let Some(at) = self.sealed.iter().position(|segment| segment.number == number) else { return Ok(()) };
        let path = self.sealed[at].path.clone();
        self.put_aside(&path, error)?;
        Arc::make_mut(&mut self.sealed).remove(at);
        Ok(())
    }

    pub fn bytes(&self) -> u64 {
        let sealed: u64 = self.sealed.iter().map(|segment| segment.bytes).sum();
        let damaged: u64 = self.damaged.iter().map(|(_, bytes)| bytes).sum();
        sealed + damaged + self.open.as_ref().map_or(0, |open| open.written.length)
    }

    /// How far each instance's lines are kept.
    pub const fn marks(&self) -> &BTreeMap<String, Mark> {
        &self.marks
    }

    pub fn view(&self) -> View {
        View {
            sealed: Arc::clone(&self.sealed),
            open: self.open.as_ref().map(|open| Arc::new(open.written.clone())),
            damaged: u32::try_from(self.damaged.len()).unwrap_or(u32::MAX),
            bytes: self.bytes(),
        }
    }
}

fn merge(marks: &mut BTreeMap<String, Mark>, summary: &Summary) {
    let mut all = Summary { marks: std::mem::take(marks), ..Summary::default() };
    all.merge(&Summary { marks: summary.marks.clone(), ..Summary::default() });
    *marks = all.marks;
}

fn remove_if_there(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}
