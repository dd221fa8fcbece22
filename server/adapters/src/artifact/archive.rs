//! Reading archives without trusting them.

use std::collections::HashSet;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Component, Path, PathBuf};

use flate2::read::MultiGzDecoder;
use tar::{Archive, Entry, EntryType};

use super::{ArtifactError, ArtifactLimits};

/// Bytes of headers and padding allowed for each entry, above the files' own.
const OVERHEAD: u64 = 4096;

type Source = Bounded<MultiGzDecoder<io::BufReader<File>>>;

/// Reads the whole archive: compression, checksums, every entry's path, type and size.
pub fn check(path: &Path, limits: ArtifactLimits) -> Result<(), ArtifactError> {
    walk(path, limits, |_, _| Ok(()))
}

/// Unpacks into `folder`, which must exist and be empty. Nothing is written outside it.
pub fn unpack(path: &Path, folder: &Path, limits: ArtifactLimits) -> Result<(), ArtifactError> {
    walk(path, limits, |entry, name| {
        let unpacked = entry.unpack_in(folder).map_err(|error| {
            // The tar crate wraps the system's error; a full disk must stay recognisable.
            let source = root_cause(error);
            ArtifactError::Io { doing: "unpacking the artifact", source }
        })?;
        if unpacked { Ok(()) } else { Err(unsafe_entry(name, "leaves its folder")) }
    })
}

fn walk(
    path: &Path,
    limits: ArtifactLimits,
    mut visit: impl FnMut(&mut Entry<'_, Source>, &Path) -> Result<(), ArtifactError>,
) -> Result<(), ArtifactError> {
    let file =
        File::open(path).map_err(|source| ArtifactError::Io { doing: "opening the archive", source })?;
    let left = limits.unpacked_bytes.saturating_add(limits.entries.saturating_mul(OVERHEAD));
    let decoder = MultiGzDecoder::new(io::BufReader::with_capacity(64 << 10, file));
    let mut archive = Archive::new(Bounded { inner: decoder, left });
    archive.set_overwrite(false);
    let corrupt = |error: io::Error| match error.kind() {
        io::ErrorKind::FileTooLarge => ArtifactError::UnpacksTooLarge { limit: limits.unpacked_bytes },
        _ => ArtifactError::Corrupt(error.to_string()),
    };
    let (mut count, mut bytes) = (0, 0_u64);
    let mut links = HashSet::new();
    for entry in archive.entries().map_err(corrupt)? {
        let mut entry = entry.map_err(corrupt)?;
        count += 1;
        if count > limits.entries {
            return Err(ArtifactError::TooManyEntries { limit: limits.entries });
        }
        bytes = bytes.saturating_add(entry.size());
        if bytes > limits.unpacked_bytes {
            return Err(ArtifactError::UnpacksTooLarge { limit: limits.unpacked_bytes });
        }
        let name = entry.path().map_err(corrupt)?.into_owned();
        inspect(&entry, &name, &mut links)?;
        visit(&mut entry, &name)?;
    }
    if count == 0 {
        return Err(ArtifactError::Empty);
    }
    // What follows the last entry still has to be sound: only then is the compressed stream's checksum asked.
    io::copy(&mut archive.into_inner(), &mut io::sink()).map_err(corrupt)?;
    Ok(())
}

/// Refuses what could reach outside the folder. `links` gathers the symbolic links seen so far.
fn inspect(
    entry: &Entry<'_, Source>,
    name: &Path,
    links: &mut HashSet<PathBuf>,
) -> Result<(), ArtifactError> {
    let Some(clean) = inside(name) else {
        return Err(unsafe_entry(name, "has an absolute path or one with .."));
    };
    if clean.ancestors().skip(1).any(|folder| links.contains(folder)) {
        return Err(unsafe_entry(name, "lies behind a symbolic link"));
    }
    let target = || entry.link_name().ok().flatten();
    match entry.header().entry_type() {
        EntryType::Regular
        | EntryType::Continuous
        | EntryType::GNUSparse
        | EntryType::Directory
        | EntryType::XGlobalHeader => Ok(()),
        EntryType::Symlink => {
            let depth = clean.components().count().saturating_sub(1);
            if !target().is_some_and(|target| link_stays(&target, depth)) {
                return Err(unsafe_entry(name, "is a symbolic link that leaves the archive"));
            }
            links.insert(clean);
            Ok(())
        }
        EntryType::Link => {
            let target = target().and_then(|target| inside(&target));
            if target.is_some_and(|target| !target.ancestors().any(|part| links.contains(part))) {
                Ok(())
            } else {
                Err(unsafe_entry(name, "is a hard link that leaves the archive"))
            }
        }
        _ => Err(unsafe_entry(name, "is neither a file, a folder nor a link")),
    }
}

/// The path without `.`; `None` when it is absolute or has `..`.
fn inside(path: &Path) -> Option<PathBuf> {
    let mut clean = PathBuf::new();
    for component in path.components() {
        match component {
            Component::Normal(part) => clean.push(part),
            Component::CurDir => {}
            Component::ParentDir | Component::RootDir | Component::Prefix(_) => return None,
        }
    }
    Some(clean)
}

/// Whether a link at this depth stays inside: `..` only at the start, where no other link can change what it means.
fn link_stays(target: &Path, depth: usize) -> bool {
    let mut ups = 0;
    let mut descended = false;
    for component in target.components() {
        match component {
            Component::ParentDir if descended => return false,
            Component::ParentDir => ups += 1,
            Component::Normal(_) => descended = true,
            Component::CurDir => {}
            Component::RootDir | Component::Prefix(_) => return false,
        }
    }
    ups <= depth
}

fn unsafe_entry(path: &Path, why: &'static str) -> ArtifactError {
    ArtifactError::Unsafe { path: path.to_string_lossy().chars().take(200).collect(), why }
}

fn root_cause(error: io::Error) -> io::Error {
    let mut cause: Option<&(dyn std::error::Error + 'static)> = Some(&error);
    while let Some(current) = cause {
        if let Some(code) = current.downcast_ref::<io::Error>().and_then(io::Error::raw_os_error) {
            return io::Error::from_raw_os_error(code);
        }
        cause = current.source();
    }
    error
}

/// A reader that fails once more than `left` bytes came out of it: an archive that unpacks for ever.
struct Bounded<R> {
    inner: R,
    left: u64,
}

impl<R: Read> Read for Bounded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        self.left = self.left.checked_sub(count as u64).ok_or(io::ErrorKind::FileTooLarge)?;
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_may_go_up_only_as_far_as_the_folder() {
        for (target, depth, stays) in [
            ("lib.so.1", 0, true),
            ("../lib/x", 1, true),
            ("../x", 0, false),
            ("/etc/passwd", 3, false),
            ("a/../../x", 1, false),
            ("./x", 0, true),
        ] {
            assert_eq!(link_stays(Path::new(target), depth), stays, "{target}");
        }
    }
}
