//! `quarterdeck`: the console and the modes of its one binary.

use std::process::ExitCode;

fn main() -> ExitCode {
    server::cli::run()
}
