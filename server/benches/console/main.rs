//! Figures of the console, measured on the machine this runs on and written to `docs/performance.md`. Nothing is
//! asserted: `cargo xtask bench` builds what it needs, runs this and shows the tables.
//!
//! Every figure is of the release binary in a process of its own, with real instances; only the lists of a thousand apps
//! are those of a console with the in-memory engine of the tests, as ten thousand real processes fit no small machine.

#[path = "../../tests/console/mod.rs"]
mod console;
mod crowd;
mod live;
mod logs;
mod memory;
mod metrics;
mod registry;
mod release;
mod report;
mod scale;
mod site;
mod start;
mod swarm;

use std::path::PathBuf;

use report::Report;

/// What can be named on the command line; all of it when nothing is.
const PARTS: [&str; 11] =
    ["start", "scale", "swarm", "crowd", "memory", "live", "release", "registry", "metrics", "logs", "site"];

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|word| word != "--bench").collect();
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    // As the console of the crowd we are called like the real program.
    match (arguments.first().map(String::as_str), arguments.last()) {
        (Some("serve"), Some(data_dir)) => return runtime.block_on(crowd::serve(data_dir)),
        (Some("stop-instances"), _) => return,
        _ => {}
    }
    let named: Vec<&str> = PARTS
        .into_iter()
        .filter(|part| arguments.is_empty() || arguments.iter().any(|word| word == part))
        .collect();
    let binary = PathBuf::from(env!("CARGO_BIN_EXE_quarterdeck"));
    let mut report = Report::default();
    for part in named {
        println!("measuring: {part}");
        match part {
            "start" => runtime.block_on(start::measure(&binary, &mut report)),
            "scale" => runtime.block_on(scale::measure(&binary, &mut report)),
            "swarm" => runtime.block_on(swarm::measure(&binary, &mut report)),
            "crowd" => runtime.block_on(crowd::measure(&mut report)),
            "memory" => runtime.block_on(memory::measure(&binary, &mut report)),
            "live" => runtime.block_on(live::measure(&binary, &mut report)),
            "release" => runtime.block_on(release::measure(&binary, &mut report)),
            "logs" => runtime.block_on(logs::measure(&binary, &mut report)),
            "registry" => runtime.block_on(registry::measure(&binary, &mut report)),
            "metrics" => runtime.block_on(metrics::measure(&binary, &mut report)),
            _ => site::measure(&mut report),
        }
    }
    print!("{}", report.markdown());
    if arguments.is_empty() {
        report.write();
    }
}
