//! `test`: all tests with their set-up, or some; at the end one line with their numbers.

mod count;
mod setup;

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Command, Stdio};
use std::time::Instant;

use crate::error::{Error, Result};
use crate::{build, place, process};
use count::Count;

/// Its features would be on for the server's pages too, which are then no longer what people get.
const WITHOUT_THE_BROWSER: [&str; 2] = ["--exclude", "hydrate"];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Suite {
    /// Inside the crates: examples, properties, rules of the house.
    Unit,
    /// Whole parts: engine contract, both databases, the router, the command line.
    Integration,
    /// The console killed at random moments.
    Crash,
    /// A real browser on a real server.
    EndToEnd,
}

impl Suite {
    const ALL: [Self; 4] = [Self::Unit, Self::Integration, Self::Crash, Self::EndToEnd];

    const fn name(self) -> &'static str {
        match self {
            Self::Unit => "unit",
            Self::Integration => "it",
            Self::Crash => "crash",
            Self::EndToEnd => "end2end",
        }
    }
}

/// Runs the suites named first among the arguments, all of them when none is; what follows goes to the runner.
pub fn test(arguments: &[String]) -> Result<()> {
    let named: Vec<Suite> = arguments
        .iter()
        .map_while(|argument| Suite::ALL.into_iter().find(|suite| suite.name() == argument))
        .collect();
    let passed_on = &arguments[named.len()..];
    let suites = if named.is_empty() { Suite::ALL.to_vec() } else { named };

    let mut total = Count::default();
    let mut broken = Vec::new();
    for suite in suites {
        let started = Instant::now();
        println!("\n== {} ==", suite.name());
        match run_suite(suite, passed_on) {
            Ok(count) => {
                total += count;
                println!(
                    "== {}: {} passed, {} failed, {} skipped in {} s",
                    suite.name(),
                    count.passed,
                    count.failed,
                    count.skipped,
                    started.elapsed().as_secs()
                );
                if count.failed > 0 {
                    broken.push(suite.name().to_owned());
                }
            }
            Err(error) => {
                // Something that did not compile or could not start is one failure, so that the sum can't look good.
                total.failed += 1;
                println!("== {}: {error}", suite.name());
                broken.push(suite.name().to_owned());
            }
        }
    }
    println!("\n{} passed, {} failed, {} skipped", total.passed, total.failed, total.skipped);
    if broken.is_empty() { Ok(()) } else { Err(Error::Plain(format!("failed: {}", broken.join(", ")))) }
}

fn run_suite(suite: Suite, passed_on: &[String]) -> Result<Count> {
    match suite {
        Suite::Unit => {
            let mut command = process::cargo();
            command.args(["test", "--workspace", "--lib", "--bins"]).args(WITHOUT_THE_BROWSER);
            counted(command.args(passed_on))
        }
        Suite::Integration => {
            if let Some(reason) = setup::postgres()? {
                println!("skipped: tests on PostgreSQL: {reason}");
            }
            if let Some(reason) = setup::registry()? {
                println!("skipped: tests on a registry: {reason}");
            }
            if let Some(reason) = setup::docker()? {
                println!("skipped: tests on Docker: {reason}");
            }
            if let Some(reason) = setup::prometheus()? {
                println!("skipped: tests beside a Prometheus: {reason}");
            }
            if let Some(reason) = setup::alertmanager()? {
                println!("skipped: tests beside an Alertmanager: {reason}");
            }
            if let Some(reason) = setup::mail_server()? {
                println!("skipped: tests with a mail server: {reason}");
            }
            if let Some(reason) = setup::graphite()? {
                println!("skipped: tests on a Graphite: {reason}");
            }
            if let Some(reason) = setup::statsd_clients()? {
                println!("skipped: tests with StatsD's clients: {reason}");
            }
            build::server(false)?;
            let mut command = process::cargo();
            command.args(["test", "--workspace"]).args(WITHOUT_THE_BROWSER);
            for target in setup::integration_targets()? {
                command.arg("--test").arg(target);
            }
            counted(command.args(passed_on))
        }
        Suite::Crash => {
            build::server(false)?;
            let mut command = process::cargo();
            command.args(["test", "--package", "server", "--test", "crash"]).args(passed_on);
            counted(&mut command)
        }
        Suite::EndToEnd => {
            if let Some(reason) = setup::browser()? {
                println!("skipped: all tests in a browser: {reason}");
                return Ok(Count { skipped: 1, ..Count::default() });
            }
            for reason in [setup::registry()?, setup::docker()?].into_iter().flatten() {
                println!("skipped: journeys that need it: {reason}");
            }
            build::all(false)?;
            let mut command = process::program("npx");
            command.current_dir(place::root().join("end2end")).args(["playwright", "test"]).args(passed_on);
            counted(&mut command)
        }
    }
}

/// Runs a test runner, shows what it prints and counts. Failing tests are counted, anything else is an error.
fn counted(command: &mut Command) -> Result<Count> {
    let text = format!("{command:?}");
    let start = |source| Error::Start { command: text.clone(), source };
    let mut child = command.stdout(Stdio::piped()).spawn().map_err(start)?;
    let mut count = Count::default();
    if let Some(output) = child.stdout.take() {
        let mut reader = BufReader::new(output);
        let mut line = Vec::new();
        while reader.read_until(b'\n', &mut line).map_err(start)? > 0 {
            std::io::stdout().write_all(&line).map_err(start)?;
            count += Count::of_line(String::from_utf8_lossy(&line).trim_end());
            line.clear();
        }
    }
    let status = child.wait().map_err(start)?;
    if !status.success() && count.failed == 0 {
        return Err(Error::Failed { command: text, status: status.to_string() });
    }
    Ok(count)
}
