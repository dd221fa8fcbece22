//! The shim: the small process between the console and one instance.
//!
//! It starts the program, captures what it prints, ends it and everything it left behind when told to, and writes down
//! how it ended. It is a mode of our binary, single-threaded and without a runtime, and outlives the console.
//!
//! - Its standard input is the locked `lock` file: as long as the lock is held, the shim is alive.
//! - Its standard output is the console's ear: `started` is written there once. Nobody listening is fine.
//! - SIGTERM and SIGINT mean: stop the instance (its signal, its grace, then SIGKILL), then end.
//! - It is a subreaper, so that whatever its program leaves behind becomes its child and can be ended.
//! - If it is killed itself, the kernel kills the program, and the console ends what is left.

mod capture;
mod program;

use std::ffi::OsString;
use std::io::{self, Read as _, Write as _};
use std::os::fd::AsFd as _;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::signal::{SigSet, Signal, killpg};
use nix::sys::signalfd::{SfdFlags, SignalFd};
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::Pid;

use self::capture::{Capture, LogWriter};
use super::folder::{Exit, Folder, NotStarted, Spec, Started};
use super::process;

/// Pause between two rounds of SIGKILL, for programs that fork faster than they are found.
const KILL_PAUSE: Duration = Duration::from_millis(20);

/// Longest time that what a program leaves behind gets after its own end, before SIGKILL.
const REST_GRACE: Duration = Duration::from_secs(5);

/// Runs the shim for the instance folder that is the first argument; ends when the instance has.
pub fn main(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let Some(path) = arguments.into_iter().next() else {
        eprintln!("shim: the instance folder is missing");
        return ExitCode::FAILURE;
    };
    match run(&Folder::at(PathBuf::from(path))) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("shim: {error}");
            ExitCode::FAILURE
        }
    }
}

pub(super) use crate::engine::now;

fn run(folder: &Folder) -> io::Result<()> {
    // First, so that a Ctrl-C in the console's terminal cannot reach it; already a leader is fine.
    let _ = nix::unistd::setsid();
    let signals = block_signals()?;
    nix::sys::prctl::set_child_subreaper(true)?;
    let own = i32::try_from(std::process::id()).ok().and_then(process::mark);
    let own = own.ok_or_else(|| io::Error::other("own process not found in /proc"))?;
    let spec = folder.spec()?.ok_or_else(|| io::Error::from(io::ErrorKind::NotFound))?;
    let end = match start(folder, &spec, own) {
        Ok(mut instance) => instance.supervise(&signals)?,
        Err((doing, error)) => Exit {
            at: now(),
            code: None,
            signal: None,
            out_of_memory: false,
            not_started: Some(NotStarted {
                errno: error.raw_os_error().unwrap_or_default(),
                doing: format!("{doing}: {error}"),
            }),
        },
    };
    folder.write_exit(&end)?;
    spec.launch.groups.remove();
    Ok(())
}

fn block_signals() -> io::Result<SignalFd> {
    let mut signals = SigSet::empty();
    for signal in [Signal::SIGCHLD, Signal::SIGTERM, Signal::SIGINT, Signal::SIGHUP] {
        signals.add(signal);
    }
    signals.thread_block()?;
    Ok(SignalFd::with_flags(&signals, SfdFlags::SFD_CLOEXEC | SfdFlags::SFD_NONBLOCK)?)
}

fn start<'a>(
    folder: &Folder,
    spec: &'a Spec,
    own: super::folder::ProcessMark,
) -> Result<Instance<'a>, (&'static str, io::Error)> {
    folder.write_shim(own).map_err(|error| ("recording the shim", error))?;
    let log = LogWriter::open(folder.logs(), spec.launch.logs).map_err(|error| ("opening the log", error))?;
    let doors = spec.launch.groups.create().map_err(|error| ("making the control groups", error))?;
    let program = program::spawn(&spec.launch, &folder.work(), doors).map_err(|error| ("starting", error))?;
    let pid = program.pid;
    if let Some(process) = process::mark(pid.as_raw()) {
        // Without it the console takes the time of the order for the time of the start.
        if let Err(error) = folder.write_started(Started { process, at: now() }) {
            eprintln!("shim: recording the start: {error}");
        }
    }
    let _ = io::stdout().write_all(b"started\n").and_then(|()| io::stdout().flush());
    Ok(Instance {
        spec,
        own: Pid::from_raw(own.pid),
        program: pid,
        ended: None,
        children: true,
        deadline: None,
        rest_told: false,
        log,
        output: Capture::new(program.stdout, b'o', spec.launch.logs.line_bytes),
        errors: Capture::new(program.stderr, b'e', spec.launch.logs.line_bytes),
    })
}

struct Instance<'a> {
    spec: &'a Spec,
    own: Pid,
    program: Pid,
    ended: Option<Exit>,
    /// Whether anything below us is alive or unreaped.
    children: bool,
    /// When to kill (again).
    deadline: Option<Instant>,
    /// What outlived the program has been told to end.
    rest_told: bool,
    log: LogWriter,
    output: Capture,
    errors: Capture,
}

impl Instance<'_> {
    /// Returns once the program and all it left behind are gone and their output is written.
    fn supervise(&mut self, signals: &SignalFd) -> io::Result<Exit> {
        loop {
            let (signalled, readable) = self.wait(signals)?;
            if signalled {
                while let Some(info) = signals.read_signal()? {
                    match Signal::try_from(info.ssi_signo.cast_signed()) {
                        Ok(Signal::SIGTERM | Signal::SIGINT) => self.stop(),
                        Ok(Signal::SIGCHLD) => self.reap(),
                        _ => {}
                    }
                }
            }
            if readable {
                self.capture();
            }
            if let Some(ended) = &self.ended {
                if !self.children {
                    let ended = ended.clone();
                    self.capture();
                    self.output.finish(&mut self.log);
                    self.errors.finish(&mut self.log);
                    self.log.flush();
                    return Ok(ended);
                }
                if !self.rest_told {
                    self.rest_told = true;
                    self.signal_descendants(self.signal());
                    let latest = Instant::now() + self.grace().min(REST_GRACE);
                    self.deadline = Some(self.deadline.map_or(latest, |deadline| deadline.min(latest)));
                }
            }
            if self.deadline.is_some_and(|deadline| Instant::now() >= deadline) {
                self.kill();
                self.deadline = Some(Instant::now() + KILL_PAUSE);
                self.reap();
            }
        }
    }

    fn wait(&self, signals: &SignalFd) -> io::Result<(bool, bool)> {
        let timeout = match self.deadline {
            // Rounded up, or the last millisecond would spin.
            Some(deadline) => deadline.saturating_duration_since(Instant::now()) + Duration::from_millis(1),
            None => Duration::MAX,
        };
        let timeout = PollTimeout::try_from(timeout).unwrap_or(PollTimeout::NONE);
        let mut watched = vec![PollFd::new(signals.as_fd(), PollFlags::POLLIN)];
        let pipes = [self.output.pipe(), self.errors.pipe()];
        watched.extend(pipes.into_iter().flatten().map(|pipe| PollFd::new(pipe, PollFlags::POLLIN)));
        match poll(&mut watched, timeout) {
            Ok(_) => {}
            Err(Errno::EINTR) => return Ok((false, false)),
            Err(errno) => return Err(errno.into()),
        }
        let ready = |fd: &PollFd<'_>| fd.any().unwrap_or(true);
        Ok((ready(&watched[0]), watched[1..].iter().any(ready)))
    }

    fn capture(&mut self) {
        self.output.read(&mut self.log);
        self.errors.read(&mut self.log);
        self.log.flush();
    }

    fn signal(&self) -> Signal {
        super::signal_of(self.spec.definition.stop.signal)
    }

    fn grace(&self) -> Duration {
        self.spec.definition.stop.grace.duration()
    }

    /// Told to stop: once is enough, a second time changes nothing.
    fn stop(&mut self) {
        if self.deadline.is_some() || self.ended.is_some() {
            return;
        }
        if killpg(self.program, self.signal()).is_err() {
            self.signal_descendants(self.signal());
        }
        self.deadline = Some(Instant::now() + self.grace());
    }

    fn kill(&self) {
        if !self.spec.launch.groups.kill() {
            let _ = killpg(self.program, Signal::SIGKILL);
        }
        // Also those that left group and session, and those that joined no control group.
        self.signal_descendants(Signal::SIGKILL);
    }

    fn signal_descendants(&self, signal: Signal) {
        for process in process::descendants(self.own.as_raw(), &process::by_parent(&process::all())) {
            // Safe from reused numbers: what is below us stays at least a zombie until we reap it or its parent does.
            let _ = nix::sys::signal::kill(Pid::from_raw(process.pid), signal);
        }
    }

    fn reap(&mut self) {
        loop {
            let status = match waitpid(None, Some(WaitPidFlag::WNOHANG)) {
                Ok(WaitStatus::StillAlive) => return,
                Ok(status) => status,
                Err(Errno::EINTR) => continue,
                Err(_) => {
                    self.children = false;
                    return;
                }
            };
            if status.pid() != Some(self.program) {
                continue;
            }
            let (code, signal) = match status {
                WaitStatus::Exited(_, code) => (Some(code), None),
                WaitStatus::Signaled(_, signal, _) => (None, Some(signal as i32)),
                _ => continue,
            };
            // The program may have been ended for want of memory, or have ended because a child was.
            let out_of_memory = code != Some(0) && self.spec.launch.groups.out_of_memory();
            self.ended = Some(Exit { at: now(), code, signal, out_of_memory, not_started: None });
        }
    }
}

/// Reads what is there without waiting. `Ok(0)` is the end, `WouldBlock` nothing for now.
fn read_some(pipe: &mut std::fs::File, buffer: &mut [u8]) -> io::Result<usize> {
    loop {
        match pipe.read(buffer) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            other => return other,
        }
    }
}
