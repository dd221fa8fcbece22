//! `cargo xtask ...`: everything that is done to this project, with all its set-up. `cargo xtask help` lists it.

mod bench;
mod build;
mod debian;
mod dev;
mod dist;
mod error;
#[cfg(test)]
mod layers;
mod node;
mod place;
mod process;
mod run;
mod test;

use std::process::ExitCode;

use error::{Error, Result};

const HELP: &str = "\
cargo xtask build [--release]   the site into target/site, and the server's binary
cargo xtask site [--release]    the site alone
cargo xtask run [--release] [ARGUMENTS OF serve]
                                build, then serve on 127.0.0.1:3000 with the data in target/data
cargo xtask dev [ARGUMENTS OF serve]
                                like run, and again after every change of a source file
cargo xtask test [unit] [it] [crash] [end2end] [ARGUMENTS OF THE RUNNER]
                                all tests with their set-up, or those named
cargo xtask bench [PART]...
                                figures of a release build; all of them go to docs/performance.md
cargo xtask dist                the release binary with what runs it, in target/dist
cargo xtask help                this text
";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (name, rest) =
        arguments.split_first().map_or(("help", &[][..]), |(name, rest)| (name.as_str(), rest));
    match dispatch(name, rest) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("cargo xtask {name}: {error}");
            ExitCode::FAILURE
        }
    }
}

fn dispatch(name: &str, arguments: &[String]) -> Result<()> {
    let (release, rest) = without_flag(arguments, "--release");
    match name {
        "build" => nothing_more(&rest).and_then(|()| build::all(release)).map(drop),
        "site" => nothing_more(&rest).and_then(|()| build::site(release)).map(drop),
        "run" => run::run(release, &rest),
        "dev" => dev::dev(arguments),
        "test" => test::test(arguments),
        "bench" => bench::bench(arguments),
        "dist" => nothing_more(arguments).and_then(|()| dist::dist()),
        "help" | "--help" | "-h" => {
            print!("{HELP}");
            Ok(())
        }
        _ => Err(Error::Plain(format!("no such task\n\n{HELP}"))),
    }
}

/// Whether a flag is among the arguments, and the others.
fn without_flag(arguments: &[String], flag: &str) -> (bool, Vec<String>) {
    let others: Vec<String> = arguments.iter().filter(|argument| *argument != flag).cloned().collect();
    (others.len() < arguments.len(), others)
}

fn nothing_more(arguments: &[String]) -> Result<()> {
    match arguments.first() {
        None => Ok(()),
        Some(first) => Err(Error::Plain(format!("`{first}` is not known here; see `cargo xtask help`"))),
    }
}
