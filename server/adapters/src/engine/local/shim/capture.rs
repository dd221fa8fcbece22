//! From the program's pipes to the log files: lines with time and stream, in bounded space.

use std::fs::{File, OpenOptions};
use std::io::{self, BufRead as _, Write as _};
use std::os::fd::{AsFd as _, BorrowedFd};
use std::path::PathBuf;

use super::{now, read_some};
use crate::engine::local::config::LogLimits;
use crate::engine::local::log::{self, Mark};

const BUFFER: usize = 64 << 10;

/// Most bytes taken from one pipe before the other and the signals get their turn.
const TURN: usize = 1 << 20;

/// One of the program's pipes and the line that has begun in it.
pub struct Capture {
    pipe: Option<File>,
    stream: u8,
    line: Vec<u8>,
    line_max: usize,
    truncated: bool,
    buffer: Vec<u8>,
}

impl Capture {
    pub fn new(pipe: File, stream: u8, line_max: usize) -> Self {
        let buffer = vec![0; BUFFER];
        Self { pipe: Some(pipe), stream, line: Vec::new(), line_max, truncated: false, buffer }
    }

    /// The pipe while its other end is open.
    pub fn pipe(&self) -> Option<BorrowedFd<'_>> {
        self.pipe.as_ref().map(File::as_fd)
    }

    /// Takes what is there.
    pub fn read(&mut self, log: &mut LogWriter) {
        let mut taken = 0;
        let mut buffer = std::mem::take(&mut self.buffer);
        while let Some(pipe) = self.pipe.as_mut().filter(|_| taken < TURN) {
            match read_some(pipe, &mut buffer) {
                Ok(0) => self.pipe = None,
                Ok(count) => {
                    taken += count;
                    log.tick();
                    self.take(&buffer[..count], log);
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
                Err(_) => self.pipe = None,
            }
        }
        self.buffer = buffer;
    }

    fn take(&mut self, mut bytes: &[u8], log: &mut LogWriter) {
        while !bytes.is_empty() {
            let piece = bytes;
            // The standard library's fast search; a slice never fails to be read.
            let length = bytes.skip_until(b'\n').unwrap_or(piece.len());
            if let Some(line) = piece[..length].strip_suffix(b"\n") {
                self.extend(line);
                self.end_line(log);
            } else {
                self.extend(piece);
            }
        }
    }

    fn extend(&mut self, bytes: &[u8]) {
        let room = self.line_max - self.line.len();
        self.truncated |= bytes.len() > room;
        self.line.extend_from_slice(&bytes[..bytes.len().min(room)]);
    }

    fn end_line(&mut self, log: &mut LogWriter) {
        let text = self.line.strip_suffix(b"\r").unwrap_or(&self.line);
        log.push(Mark { stream: self.stream, truncated: self.truncated }, text);
        self.line.clear();
        self.truncated = false;
    }

    /// Writes a line that never ended.
    pub fn finish(&mut self, log: &mut LogWriter) {
        if !self.line.is_empty() {
            self.end_line(log);
        }
    }
}

/// Writes numbered files, the newest with the highest number, and removes the oldest.
pub struct LogWriter {
    folder: PathBuf,
    limits: LogLimits,
    number: u64,
    /// `None` after a file could not be opened; tried again with the next lines.
    file: Option<File>,
    written: u64,
    /// The time that lines get: that of the last look into the pipes.
    time: String,
    pending: Vec<u8>,
    pending_lines: u64,
    lost: u64,
}

impl LogWriter {
    pub fn open(folder: PathBuf, limits: LogLimits) -> io::Result<Self> {
        let mut writer = Self {
            folder,
            limits,
            number: 1,
            file: None,
            written: 0,
            time: now().to_string(),
            pending: Vec::with_capacity(BUFFER),
            pending_lines: 0,
            lost: 0,
        };
        writer.open_file()?;
        Ok(writer)
    }

    fn open_file(&mut self) -> io::Result<()> {
        let path = log::file(&self.folder, self.number);
        self.file = Some(OpenOptions::new().append(true).create(true).open(path)?);
        self.written = 0;
        Ok(())
    }

    /// Takes the time anew.
    pub fn tick(&mut self) {
        self.time = now().to_string();
    }

    pub fn push(&mut self, mark: Mark, text: &[u8]) {
        log::write_line(&mut self.pending, &self.time, mark, text);
        self.pending_lines += 1;
        if self.pending.len() >= BUFFER {
            self.flush();
        }
    }

    /// Writes what is pending. What cannot be written (a full disk) is dropped and counted: the program must not wait.
    pub fn flush(&mut self) {
        if self.pending.is_empty() {
            return;
        }
        match self.write_pending() {
            Ok(()) => self.lost = 0,
            Err(error) => {
                if self.lost == 0 {
                    eprintln!("shim: writing the log: {error}");
                }
                self.lost += self.pending_lines;
            }
        }
        self.pending.clear();
        self.pending_lines = 0;
    }

    fn write_pending(&mut self) -> io::Result<()> {
        if self.file.is_none() || self.written >= self.limits.file_bytes {
            if self.written > 0 {
                self.number += 1;
            }
            self.open_file()?;
            if let Some(old) = self.number.checked_sub(u64::from(self.limits.files.max(1))) {
                let _ = std::fs::remove_file(log::file(&self.folder, old));
            }
        }
        let Some(file) = &mut self.file else { return Ok(()) };
        if self.lost > 0 {
            let mut notice = Vec::new();
            let text = format!("quarterdeck: {} lines could not be kept", self.lost);
            log::write_line(
                &mut notice,
                &self.time,
                Mark { stream: b'e', truncated: false },
                text.as_bytes(),
            );
            self.pending.splice(0..0, notice);
        }
        if let Err(error) = file.write_all(&self.pending) {
            // No half line stays behind.
            let _ = file.set_len(self.written);
            return Err(error);
        }
        self.written += self.pending.len() as u64;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flood_of_any_bytes_stays_within_its_bounds() {
        let folder = tempfile::tempdir().expect("a folder");
        let limits = LogLimits { file_bytes: 10_000, files: 3, line_bytes: 100 };
        let mut log = LogWriter::open(folder.path().to_owned(), limits).expect("opens");
        let pipe = File::open("/dev/null").expect("opens");
        let mut capture = Capture::new(pipe, b'o', limits.line_bytes);
        for round in 0..200_u32 {
            let mut bytes: Vec<u8> = (0..=255).cycle().skip(round as usize).take(1000).collect();
            bytes.extend(vec![b'x'; 500]);
            capture.take(&bytes, &mut log);
            log.flush();
        }
        capture.finish(&mut log);
        log.flush();
        let sizes: Vec<u64> = std::fs::read_dir(folder.path())
            .expect("lists")
            .map(|entry| entry.expect("an entry").metadata().expect("metadata").len())
            .collect();
        assert!(sizes.len() <= 3, "{sizes:?}");
        // A batch is never split, so a file may pass its bound by one.
        assert!(sizes.iter().all(|size| *size < 13_000), "{sizes:?}");
    }
}
