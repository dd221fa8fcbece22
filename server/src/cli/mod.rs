//! The command line. Each subcommand is a file; errors are one sentence and exit code 1.

mod admin;
mod deploy;
mod release;
mod remote;
mod serve;
mod stop_instances;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// A self-hosted deployment console.
#[derive(Debug, Parser)]
#[command(name = "quarterdeck", version, about, propagate_version = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the console
    Serve(Box<crate::config::ServeOptions>),
    /// Run a small HTTP program to try health checks, charts and failures with
    Demo(crate::demo::DemoArguments),
    /// End everything the embedded engine of a data folder runs
    StopInstances(crate::config::DataOptions),
    /// Bring a version of an app out, on a console elsewhere
    Deploy(Box<deploy::DeployOptions>),
    /// Tell a console of a new version
    Release(Box<release::ReleaseOptions>),
    /// Manage users and tokens in a data folder, also while its console runs
    Admin(admin::AdminOptions),
}

/// The whole program.
pub fn run() -> ExitCode {
    // A shim is started for every instance and must stay small: no parser, no runtime.
    let mut arguments = std::env::args_os().skip(1);
    if arguments.next() == Some(OsString::from("shim")) {
        return adapters::engine::local::shim::main(arguments);
    }
    let result = match Cli::parse().command {
        Command::Serve(options) => serve::run(*options),
        Command::Demo(arguments) => return crate::demo::run(arguments),
        Command::StopInstances(options) => stop_instances::run(options),
        Command::Deploy(options) => match deploy::run(*options) {
            Ok(code) => return code,
            Err(sentence) => Err(sentence),
        },
        Command::Release(options) => release::run(*options),
        Command::Admin(options) => admin::run(options),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(sentence) => {
            eprintln!("quarterdeck: {sentence}");
            ExitCode::FAILURE
        }
    }
}

fn runtime() -> Result<tokio::runtime::Runtime, String> {
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| format!("threads cannot be started: {error}"))
}
