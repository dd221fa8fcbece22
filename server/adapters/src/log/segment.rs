//! A sealed segment: blocks of lines as zstd frames, and what is in them in a frame that decompressors skip.
//!
//! So the file is one that `zstdcat` and `zstdgrep` read. Its end: the index as JSON, its CRC-32, its length, a mark.

use std::fs::File;
use std::io::{self, Write as _};
use std::os::unix::fs::FileExt as _;
use std::path::Path;

use model::time::Timestamp;
use serde::{Deserialize, Serialize};

use super::record::{Record, Summary};

/// Bytes of lines in one block; a longer line makes a longer block.
const BLOCK: usize = 1 << 20;
/// The fastest of the usual ones: lines are sealed far more often than they are asked for.
const LEVEL: i32 = 1;
/// A frame with a user's data, of which the format has sixteen kinds.
const SKIPPED: u32 = 0x184D_2A5D;
const MARK: &[u8; 4] = b"QDL1";
/// CRC, length, mark.
const TAIL: usize = 12;
/// No index is longer, and none is believed to be.
const INDEX_MAX: u32 = 16 << 20;
/// Neither is a block.
const RAW_MAX: u32 = 64 << 20;

/// Where a block is, and the times of its lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Block {
    /// In the file.
    pub at: u64,
    pub size: u32,
    /// In the lines.
    pub raw_at: u64,
    pub raw_size: u32,
    /// Milliseconds since 1970.
    pub first: i64,
    pub last: i64,
}

/// What a segment's file says of itself.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Index {
    pub blocks: Vec<Block>,
    pub summary: Summary,
}

impl Index {
    pub fn raw_bytes(&self) -> u64 {
        self.blocks.last().map_or(0, |block| block.raw_at + u64::from(block.raw_size))
    }
}

/// Lines in blocks, each with where it begins.
pub fn blocks_of(lines: &[u8]) -> Vec<(u64, &[u8])> {
    let mut blocks = Vec::new();
    let mut at = 0;
    while at < lines.len() {
        let rest = &lines[at..];
        let end = if rest.len() <= BLOCK {
            rest.len()
        } else {
            let before = memchr::memrchr(b'\n', &rest[..BLOCK]);
            before.or_else(|| memchr::memchr(b'\n', rest)).map_or(rest.len(), |newline| newline + 1)
        };
        blocks.push((at as u64, &rest[..end]));
        at += end;
    }
    blocks
}

fn times_of(lines: &[u8]) -> Option<(i64, i64)> {
    let parsed = lines.split(|byte| *byte == b'\n').filter_map(Record::parse);
    let range = parsed.fold(None, |range: Option<(&str, &str)>, record| {
        let time = record.time;
        Some(range.map_or((time, time), |(first, last)| (first.min(time), last.max(time))))
    });
    let millis = |text: &str| text.parse::<Timestamp>().ok().map(Timestamp::as_millis);
    let (first, last) = range?;
    Some((millis(first)?, millis(last)?))
}

/// Writes whole lines as a sealed segment, onto the disk. The file must not be there.
pub fn write(path: &Path, lines: &[u8], summary: Summary) -> io::Result<Index> {
    let mut file = File::options().write(true).create_new(true).open(path)?;
    let mut compressor = zstd::bulk::Compressor::new(LEVEL)?;
    compressor.include_checksum(true)?;
    let mut index = Index { blocks: Vec::new(), summary };
    let mut at = 0;
    for (raw_at, raw) in blocks_of(lines) {
        // A block without a line of ours holds nothing to find.
        let Some((first, last)) = times_of(raw) else { continue };
        let compressed = compressor.compress(raw)?;
        file.write_all(&compressed)?;
        let (size, raw_size) = (length(compressed.len())?, length(raw.len())?);
        index.blocks.push(Block { at, size, raw_at, raw_size, first, last });
        at += u64::from(size);
    }
    let json = serde_json::to_vec(&index)?;
    let mut tail = Vec::with_capacity(json.len() + TAIL + 8);
    tail.extend(SKIPPED.to_le_bytes());
    tail.extend(length(json.len() + TAIL)?.to_le_bytes());
    tail.extend(&json);
    tail.extend(sum(&json).to_le_bytes());
    tail.extend(length(json.len())?.to_le_bytes());
    tail.extend(MARK);
    file.write_all(&tail)?;
    file.sync_data()?;
    Ok(index)
}

fn length(bytes: usize) -> io::Result<u32> {
    u32::try_from(bytes).map_err(|_| io::Error::new(io::ErrorKind::FileTooLarge, "a block is too long"))
}

fn sum(bytes: &[u8]) -> u32 {
    let mut crc = flate2::Crc::new();
    crc.update(bytes);
    crc.sum()
}

fn damaged(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what.to_owned())
}

/// `InvalidData` where the file is not as it was written.
pub fn read_index(path: &Path) -> io::Result<Index> {
    let file = File::open(path)?;
    let whole = file.metadata()?.len();
    let mut tail = [0; TAIL];
    let end = whole.checked_sub(TAIL as u64).ok_or_else(|| damaged("it is cut off"))?;
    file.read_exact_at(&mut tail, end)?;
    let word = |at: usize| u32::from_le_bytes([tail[at], tail[at + 1], tail[at + 2], tail[at + 3]]);
    let (crc, size) = (word(0), word(4));
    if &tail[8..] != MARK || size > INDEX_MAX {
        return Err(damaged("it has no index at its end"));
    }
    let start = end.checked_sub(u64::from(size)).ok_or_else(|| damaged("it is cut off"))?;
    let mut json = vec![0; size as usize];
    file.read_exact_at(&mut json, start)?;
    if sum(&json) != crc {
        return Err(damaged("its index was changed"));
    }
    let index: Index = serde_json::from_slice(&json).map_err(|_| damaged("its index cannot be read"))?;
    let inside = |block: &Block| {
        block.at.checked_add(u64::from(block.size)).is_some_and(|end| end <= start)
            && block.raw_size <= RAW_MAX
    };
    if index.blocks.iter().all(inside) { Ok(index) } else { Err(damaged("its index leads outside")) }
}

/// The lines of a block; `InvalidData` where they are not as they were written.
pub fn read_block(file: &File, block: &Block) -> io::Result<Vec<u8>> {
    let mut compressed = vec![0; block.size as usize];
    file.read_exact_at(&mut compressed, block.at).map_err(|error| match error.kind() {
        io::ErrorKind::UnexpectedEof => damaged("it is cut off"),
        _ => error,
    })?;
    let lines = zstd::bulk::decompress(&compressed, block.raw_size as usize)
        .map_err(|_| damaged("a block was changed"))?;
    if lines.len() == block.raw_size as usize { Ok(lines) } else { Err(damaged("a block was changed")) }
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use model::api::{LogLine, LogStream};
    use model::id::InstanceId;

    use super::*;
    use crate::log::record::Batch;

    fn lines(count: i64, text: &str) -> Batch {
        let mut batch = Batch::default();
        for number in 0..count {
            batch.push(&LogLine {
                time: Timestamp::from_millis(number),
                instance: InstanceId("i1".to_owned()),
                revision: 1,
                stream: LogStream::Stdout,
                text: format!("{text} {number}"),
                truncated: false,
            });
        }
        batch
    }

    #[test]
    fn a_segment_is_read_as_it_was_written_also_by_others() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("a.zst");
        let batch = lines(40_000, &"wort ".repeat(12));
        let written = write(&path, &batch.bytes, batch.summary.clone()).expect("writes");
        assert!(written.blocks.len() > 2, "{}", written.blocks.len());
        assert_eq!(read_index(&path).expect("reads"), written);
        assert_eq!(written.raw_bytes(), batch.bytes.len() as u64);
        let file = File::open(&path).expect("opens");
        let mut read = Vec::new();
        for block in &written.blocks {
            read.extend(read_block(&file, block).expect("reads"));
        }
        assert!(read == batch.bytes);
        let mut whole = Vec::new();
        zstd::Decoder::new(File::open(&path).expect("opens"))
            .expect("a decoder")
            .read_to_end(&mut whole)
            .expect("reads");
        assert!(whole == batch.bytes, "a decompressor reads the lines and nothing else");
    }

    /// Whatever becomes of any byte: an error, or the lines that were written; never others, never a panic.
    #[test]
    fn damage_is_noticed_wherever_it_is() {
        let folder = tempfile::tempdir().expect("a folder");
        let batch = lines(200, "hello");
        let path = folder.path().join("a.zst");
        write(&path, &batch.bytes, batch.summary.clone()).expect("writes");
        let good = std::fs::read(&path).expect("reads");
        let other = folder.path().join("b.zst");
        let read = |bytes: &[u8]| -> io::Result<Vec<u8>> {
            std::fs::write(&other, bytes)?;
            let index = read_index(&other)?;
            let file = File::open(&other)?;
            let mut lines = Vec::new();
            for block in &index.blocks {
                lines.extend(read_block(&file, block)?);
            }
            Ok(lines)
        };
        for at in 0..good.len() {
            let mut bad = good.clone();
            bad[at] ^= 0x41;
            match read(&bad) {
                Ok(lines) => assert!(lines == batch.bytes, "byte {at}"),
                Err(error) => assert_eq!(error.kind(), io::ErrorKind::InvalidData, "byte {at}: {error}"),
            }
            let cut = read(&good[..at]).expect_err("cut off");
            assert_eq!(cut.kind(), io::ErrorKind::InvalidData, "cut at {at}: {cut}");
        }
    }
}
