//! Resident memory, at rest and with 200 open event streams.

use std::path::Path;
use std::time::Duration;

use futures::StreamExt as _;
use reqwest::Method;

use crate::console::Console;
use crate::report::Report;

const STREAMS: usize = 200;

pub async fn measure(binary: &Path, report: &mut Report) {
    let mut console = Console::new(binary);
    console.start().await;
    tokio::time::sleep(Duration::from_secs(10)).await;
    report.add(
        "resident memory at rest",
        resident(&console),
        "under 120 MB",
        "ten seconds after the first start",
    );
    let mut open = Vec::new();
    for _ in 0..STREAMS {
        let answer = console.request(Method::GET, "/api/v1/events").send().await.expect("a stream");
        assert!(answer.status().is_success(), "{}", answer.status());
        let mut stream = answer.bytes_stream();
        let first = stream.next().await.expect("something on the stream").expect("bytes");
        assert!(!first.is_empty());
        open.push(stream);
    }
    tokio::time::sleep(Duration::from_secs(5)).await;
    report.add(
        "resident memory with 200 event streams",
        resident(&console),
        "under 120 MB",
        "every stream has got something",
    );
}

pub fn resident(console: &Console) -> String {
    let process =
        procfs::process::Process::new(console.pid().expect("a process").cast_signed()).expect("its facts");
    let kilobytes = process.status().expect("its status").vmrss.expect("resident memory");
    format!("{:.1} MB", kilobytes as f64 / 1000.0)
}
