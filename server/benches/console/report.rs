//! The tables, on the terminal and in `docs/performance.md`.

use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

const HEAD: &str = "\
# Performance

Figures of one run, not promises: they are measured with

    cargo xtask bench

on an otherwise idle machine and written here by it. It takes about twenty minutes, needs Node.js and npm for the
comparison with pm2 and `statsd`, Debian's Prometheus, root and Docker's daemon for that with a swarm, and asserts nothing. One part alone:
`cargo xtask bench start`, `scale`, `swarm`, `crowd`, `memory`, `live`, `release`, `registry`, `metrics`, `logs` or `site`.
";

#[derive(Default)]
pub struct Report {
    rows: Vec<Row>,
}

struct Row {
    what: &'static str,
    value: String,
    goal: &'static str,
    how: &'static str,
}

impl Report {
    /// One figure; `goal` is empty where none was set.
    pub fn add(
        &mut self,
        what: &'static str,
        value: impl Into<String>,
        goal: &'static str,
        how: &'static str,
    ) {
        let value = value.into();
        println!("  {what}: {value}");
        self.rows.push(Row { what, value, goal, how });
    }

    pub fn markdown(&self) -> String {
        let mut text = String::from("\n| what | measured | goal | how |\n| --- | --- | --- | --- |\n");
        for Row { what, value, goal, how } in &self.rows {
            let _ = writeln!(text, "| {what} | {value} | {goal} | {how} |");
        }
        text
    }

    pub fn write(&self) {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/performance.md");
        let text = format!("{HEAD}\n{}\n{}", machine(), self.markdown());
        std::fs::write(&path, text).expect("docs/performance.md can be written");
        println!("written to docs/performance.md");
    }
}

fn machine() -> String {
    let cores = std::thread::available_parallelism().map_or(0, std::num::NonZero::get);
    let memory = std::fs::read_to_string("/proc/meminfo").ok().and_then(|text| {
        let kilobytes: u64 = text.lines().next()?.split_whitespace().nth(1)?.parse().ok()?;
        Some(kilobytes.div_ceil(1 << 20))
    });
    let load = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let load = load.split(' ').next().unwrap_or_default();
    let day = Command::new("date").args(["-u", "+%Y-%m-%d"]).output();
    let day = day.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned()).unwrap_or_default();
    let memory = memory.unwrap_or_default();
    format!("Last run: {day}, {cores} cores, {memory} GiB, Linux, load {load} at the end.")
}

/// Middle, 95th percentile and largest of some times, as `12 ms (p95 20, most 31)`.
pub fn spread(times: &mut [Duration]) -> String {
    times.sort_unstable();
    let milliseconds = |share: f64| {
        let place = (times.len() as f64 * share).ceil() as usize;
        times[place.clamp(1, times.len()) - 1].as_secs_f64() * 1000.0
    };
    format!("{:.1} ms (p95 {:.1}, most {:.1})", milliseconds(0.5), milliseconds(0.95), milliseconds(1.0))
}
