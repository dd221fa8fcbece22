//! How an instance ended, from what the shim wrote down and what it was told.

use model::definition::Command;
use model::instance::{InstanceReason, InstanceState, ReasonCode};
use model::time::Timestamp;
use nix::libc;
use nix::sys::signal::Signal;

use super::folder::{Exit, NotStarted, Spec};
use super::launch::{host_reason, reason};
use crate::engine::roster::{End, StopOrder};

/// What is written down for a shim that ended without a word.
pub const fn vanished(at: Timestamp) -> Exit {
    Exit { at, code: None, signal: None, out_of_memory: false, not_started: None }
}

pub fn end(spec: &Spec, exit: &Exit, order: Option<&StopOrder>) -> End {
    let base = End {
        at: exit.at,
        state: InstanceState::Failed,
        reason: reason(ReasonCode::Vanished, String::new()),
        exit_code: exit.code,
        crashed: true,
    };
    if let Some(failure) = &exit.not_started {
        return End { reason: not_started(spec, failure), ..base };
    }
    // Told to end, it did, whichever way.
    if let Some(order) = order {
        let crashed = order.reason.code == ReasonCode::Unhealthy;
        let state = if crashed { InstanceState::Failed } else { InstanceState::Exited };
        return End { state, reason: order.reason.clone(), crashed, ..base };
    }
    if exit.out_of_memory {
        let limit = format!("{} MiB", spec.definition.resources.memory_mb);
        return End { reason: reason(ReasonCode::OutOfMemory, limit), ..base };
    }
    if let Some(code) = exit.code {
        let reason = match (&spec.definition.command, code) {
            // What a shell says by its exit code.
            (Some(Command::Shell(line)), 127) => reason(ReasonCode::CommandNotFound, line.clone()),
            (Some(Command::Shell(line)), 126) => reason(ReasonCode::NotExecutable, line.clone()),
            _ => reason(ReasonCode::ExitCode, code.to_string()),
        };
        return End { state: InstanceState::Exited, reason, ..base };
    }
    if let Some(number) = exit.signal {
        let name = Signal::try_from(number).map_or_else(|_| number.to_string(), |s| s.as_str().to_owned());
        return End { reason: reason(ReasonCode::Signal, name), ..base };
    }
    End { state: InstanceState::Lost, ..base }
}

fn not_started(spec: &Spec, failure: &NotStarted) -> InstanceReason {
    let program = spec.launch.command.first().cloned().unwrap_or_default();
    match failure.errno {
        libc::ENOENT => reason(ReasonCode::CommandNotFound, program),
        libc::EACCES | libc::ENOEXEC | libc::EISDIR | libc::ENOTDIR => {
            reason(ReasonCode::NotExecutable, program)
        }
        errno => {
            let words = host_reason("", &std::io::Error::from_raw_os_error(errno));
            reason(words.code, failure.doing.clone())
        }
    }
}
