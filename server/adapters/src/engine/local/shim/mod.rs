//! The shim: the small process between the console and one instance.

use std::ffi::OsString;
use std::process::ExitCode;

/// Runs the shim for the instance folder that is the first argument; ends when the instance has.
pub fn main(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let _ = arguments.into_iter().next();
    ExitCode::FAILURE
}
