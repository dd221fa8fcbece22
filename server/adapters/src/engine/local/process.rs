//! Processes by mark: number and start time together, held by a descriptor so that nothing is signalled by mistake.

use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd, RawFd};

use nix::sys::signal::Signal;
use rustix::process::{Pid, PidfdFlags, pidfd_open, pidfd_send_signal};

use super::folder::ProcessMark;

/// A live process. The descriptor turns readable when it ends.
#[derive(Debug)]
pub struct Process {
    descriptor: OwnedFd,
}

impl Process {
    /// Opens the process that the mark names; `None` when it is gone or the number is another's now.
    pub fn open(mark: ProcessMark) -> io::Result<Option<Self>> {
        let Some(pid) = Pid::from_raw(mark.pid) else { return Ok(None) };
        let descriptor = match pidfd_open(pid, PidfdFlags::empty()) {
            Ok(descriptor) => descriptor,
            Err(rustix::io::Errno::SRCH) => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        // Asked after opening: if the start time still fits, the descriptor is of that process.
        match start_ticks(mark.pid) {
            Some(ticks) if ticks == mark.start_ticks => Ok(Some(Self { descriptor })),
            _ => Ok(None),
        }
    }

    /// Sends a signal; a process that has ended is fine.
    pub fn signal(&self, signal: Signal) -> io::Result<()> {
        let signal = rustix::process::Signal::from_named_raw(signal as i32)
            .ok_or_else(|| io::Error::from(io::ErrorKind::InvalidInput))?;
        match pidfd_send_signal(&self.descriptor, signal) {
            Ok(()) | Err(rustix::io::Errno::SRCH) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }
}

impl AsFd for Process {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.descriptor.as_fd()
    }
}

impl AsRawFd for Process {
    fn as_raw_fd(&self) -> RawFd {
        self.descriptor.as_raw_fd()
    }
}

/// Mark of a process that exists now.
pub fn mark(pid: i32) -> Option<ProcessMark> {
    Some(ProcessMark { pid, start_ticks: start_ticks(pid)? })
}

fn start_ticks(pid: i32) -> Option<u64> {
    stat(pid).map(|stat| stat.start_ticks)
}

/// What is needed of `/proc/<pid>/stat`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stat {
    pub pid: i32,
    pub state: u8,
    pub parent: i32,
    pub session: i32,
    /// Clock ticks of processor time, ended and waited-for children included.
    pub ticks: u64,
    pub threads: u32,
    pub start_ticks: u64,
    pub resident_pages: u64,
}

impl Stat {
    pub const fn is_zombie(&self) -> bool {
        self.state == b'Z' || self.state == b'X'
    }
}

pub fn stat(pid: i32) -> Option<Stat> {
    parse_stat(pid, &std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?)
}

fn parse_stat(pid: i32, text: &str) -> Option<Stat> {
    // The name stands in brackets and may hold anything, brackets too.
    let rest = text.get(text.rfind(')')? + 2..)?;
    let fields: Vec<&str> = rest.split_ascii_whitespace().collect();
    // Field 3 of proc(5) is the first one here.
    let number = |index: usize| fields.get(index - 3)?.parse::<i64>().ok();
    let count = |index: usize| number(index).map(|n| u64::try_from(n).unwrap_or(0));
    Some(Stat {
        pid,
        state: *fields.first()?.as_bytes().first()?,
        parent: i32::try_from(number(4)?).ok()?,
        session: i32::try_from(number(6)?).ok()?,
        ticks: count(14)? + count(15)? + count(16)? + count(17)?,
        threads: u32::try_from(count(20)?).ok()?,
        start_ticks: fields.get(22 - 3)?.parse().ok()?,
        resident_pages: count(24)?,
    })
}

/// All processes of the host.
pub fn all() -> Vec<Stat> {
    let Ok(entries) = std::fs::read_dir("/proc") else { return Vec::new() };
    entries.flatten().filter_map(|entry| stat(entry.file_name().to_str()?.parse().ok()?)).collect()
}

/// Everything below `root` in `processes`, without `root`, parents before children.
pub fn descendants(root: i32, children: &std::collections::HashMap<i32, Vec<Stat>>) -> Vec<Stat> {
    let mut found: Vec<Stat> = children.get(&root).cloned().unwrap_or_default();
    let mut next = 0;
    while let Some(process) = found.get(next).copied() {
        found.extend(children.get(&process.pid).into_iter().flatten());
        next += 1;
    }
    found
}

/// Processes by their parent.
pub fn by_parent(processes: &[Stat]) -> std::collections::HashMap<i32, Vec<Stat>> {
    let mut children = std::collections::HashMap::<i32, Vec<Stat>>::new();
    for process in processes {
        children.entry(process.parent).or_default().push(*process);
    }
    children
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_with_brackets_and_spaces_does_not_shift_the_fields() {
        let text = "42 (a) b (c) S 7 42 41 0 -1 4194304 100 0 0 0 10 20 3 4 20 0 5 0 9999 1000000 250 18446744073709551615 1";
        let stat = parse_stat(42, text).expect("fields");
        assert_eq!((stat.parent, stat.session, stat.ticks), (7, 41, 37));
        assert_eq!((stat.threads, stat.start_ticks, stat.resident_pages), (5, 9999, 250));
    }

    #[test]
    fn a_mark_with_another_start_time_is_another_process() {
        let pid = i32::try_from(std::process::id()).expect("a pid");
        let own = mark(pid).expect("own process");
        assert!(Process::open(own).expect("opens").is_some());
        let reused = ProcessMark { start_ticks: own.start_ticks + 1, ..own };
        assert!(Process::open(reused).expect("opens").is_none());
    }
}
