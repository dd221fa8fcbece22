//! What programs print: bounded, in order, whatever it is.

use std::time::Duration;

use adapters::engine::LogRequest;
use adapters::engine::contract::{Bench as _, until_ready};
use adapters::engine::local::LogLimits;
use futures::StreamExt as _;
use model::api::{LogLine, LogStream};
use model::instance::Instance;
use serde_json::json;

use crate::bench::{Local, eventually};

async fn read(bench: &Local, request: LogRequest) -> Vec<LogLine> {
    let app = bench.id(1).key();
    let lines = bench.engine().logs(&app, &request).await.expect("logs");
    lines.map(|line| line.expect("a line")).collect().await
}

fn newest(limit: usize) -> LogRequest {
    LogRequest { limit, ..LogRequest::default() }
}

fn size(bench: &Local, instance: &Instance) -> u64 {
    let files = std::fs::read_dir(bench.instance_folder(instance).join("log")).expect("lists");
    files.map(|file| file.expect("a file").metadata().expect("metadata").len()).sum()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hundred_megabytes_do_no_harm() {
    let limits = LogLimits { file_bytes: 1 << 20, files: 3, line_bytes: 4096 };
    let bench = Local::with_logs(limits).await;
    let line =
        "yes this line is printed over and over | head -c 104857600; echo; echo the end; exec sleep 1000";
    bench.run(json!({"command": line, "resources": {"cpus": 2, "memory_mb": 64}}), 1).await;
    let instance = bench.ready().await;
    let last = LogRequest { follow: true, ..newest(1) };
    let mut lines = bench.engine().logs(&bench.id(1).key(), &last).await.expect("logs");
    let waited = tokio::time::timeout(Duration::from_mins(1), async {
        while let Some(Ok(line)) = lines.next().await {
            if line.text == "the end" {
                return;
            }
        }
        panic!("the log ended");
    });
    waited.await.expect("all of it is taken within a minute");
    assert!(size(&bench, &instance) < 4 << 20, "{}", size(&bench, &instance));
    assert_eq!(read(&bench, newest(5000)).await.len(), 5000);
    let shim =
        std::fs::read_to_string(format!("/proc/{}/status", bench.shim_pid(&instance))).expect("status");
    let peak =
        shim.lines().find_map(|line| line.strip_prefix("VmHWM:")?.trim().strip_suffix(" kB")?.parse().ok());
    let peak: u64 = peak.expect("a figure");
    assert!(peak < 32 << 10, "the shim stays small: {peak} KiB");
}

#[tokio::test(flavor = "multi_thread")]
async fn binary_and_endless_lines_are_taken() {
    let limits = LogLimits { line_bytes: 1000, ..LogLimits::default() };
    let bench = Local::with_logs(limits).await;
    let line = "head -c 300000 /dev/urandom; echo; head -c 50000 /dev/zero | tr '\\0' x; echo; \
                printf 'a\\r\\n'; printf 'no end' >&2; exit 0";
    bench.run(json!({"command": line, "restart": {"backoff": "1h", "max_delay": "1h"}}), 1).await;
    bench.end().await;
    let lines = read(&bench, newest(5000)).await;
    let long = lines.iter().find(|line| line.text.starts_with("xxx")).expect("the long line");
    assert!(long.truncated && long.text.len() == 1000, "{}", long.text.len());
    assert!(lines.iter().any(|line| line.text == "a"), "without the carriage return");
    let last = lines.iter().find(|line| line.stream == LogStream::Stderr).expect("the last words");
    assert_eq!(last.text, "no end");
    assert!(lines.len() > 100, "{}", lines.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn lines_of_many_instances_are_merged_and_new_ones_followed() {
    let bench = Local::new().await;
    let talk = json!({"command": "i=0; while :; do i=$((i+1)); echo tick $i; sleep 0.02; done"});
    let id = bench.run(talk.clone(), 2).await;
    let mut following = {
        let request = LogRequest { follow: true, ..newest(10) };
        bench.engine().logs(&id.key(), &request).await.expect("logs")
    };
    let first = until_ready(&*bench.engine(), &id, 2).await;
    bench.run(talk, 3).await;
    let all = until_ready(&*bench.engine(), &id, 3).await;
    let newcomer = all.difference(&first).next().expect("a third").clone();
    let waited = tokio::time::timeout(Duration::from_secs(20), async {
        while let Some(line) = following.next().await {
            if line.expect("a line").instance == newcomer {
                return;
            }
        }
        panic!("following ended");
    });
    waited.await.expect("the new instance's lines come too");
    let lines = read(&bench, newest(50)).await;
    assert!(lines.is_sorted_by_key(|line| line.time));
    let instances: std::collections::BTreeSet<_> = lines.iter().map(|line| &line.instance).collect();
    assert_eq!(instances.len(), 3);
    let middle = lines[25].time;
    let since = read(&bench, LogRequest { since: Some(middle), until: Some(middle), ..newest(50) }).await;
    assert!(!since.is_empty() && since.iter().all(|line| line.time == middle));
    let one = read(&bench, LogRequest { instance: Some(newcomer.clone()), ..newest(5) }).await;
    assert!(one.len() == 5 && one.iter().all(|line| line.instance == newcomer));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_console_that_is_away_misses_no_line() {
    let mut bench = Local::new().await;
    let count =
        "i=0; while [ $i -lt 200 ]; do i=$((i+1)); echo $i; sleep 0.005; done; touch done; exec sleep 1000";
    bench.run(json!({"command": count}), 1).await;
    let instance = bench.first("running", |i| i.started_at.is_some()).await;
    bench.close();
    let done = bench.instance_folder(&instance).join("work/done");
    eventually("it counted", || done.exists()).await;
    bench.reopen().await;
    let lines = read(&bench, newest(1000)).await;
    let numbers: Vec<u32> = lines.iter().map(|line| line.text.parse().expect("a number")).collect();
    assert_eq!(numbers, (1..=200).collect::<Vec<_>>());
}
