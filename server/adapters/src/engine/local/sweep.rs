//! Ending what an instance left behind when its shim did not.

use std::time::Duration;

use nix::sys::signal::Signal;

use super::folder::{ProcessMark, Spec};
use super::process::{self, Process};

const ROUNDS: u32 = 100;
const PAUSE: Duration = Duration::from_millis(20);

/// Kills every process of an instance whose shim is gone. Blocks until none is left, two seconds at most.
///
/// They are known by their control group, or by the instance's id in their environment, which children inherit.
pub fn sweep(spec: &Spec) {
    for round in 0..ROUNDS {
        if round > 0 {
            std::thread::sleep(PAUSE);
        }
        spec.launch.groups.kill();
        let left = members(spec);
        if left.is_empty() {
            break;
        }
        for mark in left {
            if let Ok(Some(process)) = Process::open(mark) {
                let _ = process.signal(Signal::SIGKILL);
            }
        }
    }
    spec.launch.groups.remove();
}

fn members(spec: &Spec) -> Vec<ProcessMark> {
    let grouped = spec.launch.groups.members();
    let wanted = format!("QUARTERDECK_INSTANCE={}", spec.id);
    let ours = |pid: i32| {
        grouped.contains(&pid)
            || std::fs::read(format!("/proc/{pid}/environ"))
                .is_ok_and(|bytes| bytes.split(|byte| *byte == 0).any(|entry| entry == wanted.as_bytes()))
    };
    let processes = process::all().into_iter();
    processes
        .filter(|stat| !stat.is_zombie() && ours(stat.pid))
        .map(|stat| ProcessMark { pid: stat.pid, start_ticks: stat.start_ticks })
        .collect()
}
