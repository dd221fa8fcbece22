//! Starting the program.

use std::fs::File;
use std::io::{self, Write as _};
use std::os::fd::OwnedFd;
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Command, Stdio};

use nix::fcntl::{FcntlArg, OFlag, fcntl};
use nix::sys::resource::{Resource, setrlimit};
use nix::sys::signal::{SigHandler, SigSet, Signal};
use nix::unistd::Pid;

use crate::engine::local::folder::Launch;

/// The signals that a definition can name for stopping.
const HEARD: [Signal; 6] =
    [Signal::SIGTERM, Signal::SIGINT, Signal::SIGQUIT, Signal::SIGHUP, Signal::SIGUSR1, Signal::SIGUSR2];

pub struct Program {
    pub pid: Pid,
    /// Non-blocking.
    pub stdout: File,
    pub stderr: File,
}

/// Starts the program in a session of its own, in the groups behind `doors`. It is killed when this process ends.
pub fn spawn(launch: &Launch, folder: &Path, doors: Vec<File>) -> io::Result<Program> {
    let (name, arguments) =
        launch.command.split_first().ok_or_else(|| io::Error::from(io::ErrorKind::InvalidInput))?;
    let mut command = Command::new(name);
    command
        .args(arguments)
        .env_clear()
        .envs(launch.env.iter().map(|(key, value)| (key, value)))
        .current_dir(folder)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let shim = nix::unistd::getpid();
    let data_limit = launch.data_limit;
    #[expect(unsafe_code, reason = "takes handlers away and installs none")]
    let prepare = move || {
        nix::unistd::setsid()?;
        // A console that was started in the background hands on signals as ignored, and a shell could not trap them.
        for signal in HEARD {
            unsafe { nix::sys::signal::signal(signal, SigHandler::SigDfl)? };
        }
        for mut door in &doors {
            door.write_all(b"0")?;
        }
        if let Some(bytes) = data_limit {
            setrlimit(Resource::RLIMIT_DATA, bytes, bytes)?;
        }
        nix::sys::prctl::set_pdeathsig(Signal::SIGKILL)?;
        if nix::unistd::getppid() != shim {
            // The shim was killed before the line above could take effect.
            return Err(io::Error::from_raw_os_error(nix::libc::ECANCELED));
        }
        SigSet::empty().thread_set_mask()?;
        Ok(())
    };
    #[expect(unsafe_code, reason = "between fork and exec; makes system calls only and allocates nothing")]
    unsafe {
        command.pre_exec(prepare);
    }
    let mut child = command.spawn()?;
    let missing = || io::Error::other("a pipe of the program is missing");
    let pid = i32::try_from(child.id()).map_err(io::Error::other)?;
    Ok(Program {
        pid: Pid::from_raw(pid),
        stdout: non_blocking(child.stdout.take().ok_or_else(missing)?.into())?,
        stderr: non_blocking(child.stderr.take().ok_or_else(missing)?.into())?,
    })
}

fn non_blocking(pipe: OwnedFd) -> io::Result<File> {
    fcntl(&pipe, FcntlArg::F_SETFL(OFlag::O_NONBLOCK))?;
    Ok(File::from(pipe))
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;
    use std::time::{Duration, Instant};

    use super::*;
    use crate::engine::local::cgroup::Groups;
    use crate::engine::local::config::LogLimits;

    /// All that a program prints.
    fn printed(mut pipe: File) -> String {
        let (mut bytes, begin) = (Vec::new(), Instant::now());
        while begin.elapsed() < Duration::from_secs(10) {
            match pipe.read_to_end(&mut bytes) {
                Ok(_) => break,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    std::thread::sleep(Duration::from_millis(5));
                }
                Err(error) => panic!("{error}"),
            }
        }
        String::from_utf8(bytes).expect("text")
    }

    #[test]
    fn without_control_groups_memory_is_limited_for_each_process() {
        let folder = tempfile::tempdir().expect("a folder");
        let launch = Launch {
            command: ["sh", "-c", "ulimit -d; sh -c 'ulimit -d'"].map(str::to_owned).to_vec(),
            env: vec![("PATH".to_owned(), "/usr/bin:/bin".to_owned())],
            logs: LogLimits::default(),
            groups: Groups::default(),
            data_limit: Some(64 << 20),
        };
        let program = spawn(&launch, folder.path(), Vec::new()).expect("starts");
        assert_eq!(printed(program.stdout), "65536\n65536\n", "in KiB, for what it starts too");
        nix::sys::wait::waitpid(program.pid, None).expect("ended");
    }
}
