//! 100 MB of one app's log, searched by the API beside `grep` over the same lines as a plain file.

use std::io::{BufWriter, Write as _};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use adapters::log::{AppLog, Batch, Limits};
use model::api::{LogLine, LogStream};
use model::id::InstanceId;
use model::time::Timestamp;
use serde_json::{Value, json};
use server::clock::{Clock as _, SystemClock};

use crate::console::Console;
use crate::report::{self, Report};

const BYTES: usize = 100_000_000;
const TIMES: usize = 10;
/// Lines that are kept together, as when they come fast.
const BATCH: usize = 256 << 10;
/// Between two lines.
const STEP_MS: i64 = 5;

/// A search by the API, and what `grep` is asked for the same; nothing where it has no such question.
struct Search {
    what: &'static str,
    query: &'static str,
    grep: (&'static str, &'static [&'static str]),
}

const SEARCHES: [Search; 4] = [
    Search {
        what: "100 MB of an app's log: a text that few lines have",
        query: "grep=order+4711000",
        grep: ("the same by grep", &["-i", "-F", "order 4711000"]),
    },
    Search {
        what: "the same: a text that no line has",
        query: "grep=no+such+text+anywhere",
        grep: ("the same by grep", &["-i", "-F", "no such text anywhere"]),
    },
    Search {
        what: "the same: a regular expression",
        query: "grep=%2Ftimeout+after+%5B0-9%5D%7B5%7D+ms%2F",
        grep: ("the same by grep", &["-i", "-E", "timeout after [0-9]{5} ms"]),
    },
    Search {
        what: "the same: by fields of JSON lines",
        query: "field=status%3E%3D599+level%3Derror",
        grep: ("grep for the texts of these fields", &["-i", "-E", "\"level\":\"error\".*\"status\":599"]),
    },
];

/// A shop's log: requests as JSON, and plain lines between them.
fn text(number: i64) -> String {
    let noise = number
        .cast_unsigned()
        .wrapping_mul(0x9E37_79B9_7F4A_7C15)
        .rotate_left(23)
        .wrapping_mul(0xD1B5_4A32_D192_ED03);
    let (took, customer) = (noise % 900, noise % 90_000);
    match number {
        n if n % 60_000 == 59_999 => format!("order 4711000 of customer {customer} has no stock"),
        n if n % 50_000 == 49_999 => format!("timeout after {} ms, trying again", 10_000 + took),
        n if n % 100_000 == 1 => {
            format!(r#"{{"level":"error","msg":"failed","path":"/cart","status":599,"took_ms":{took}}}"#)
        }
        n if n % 3 == 0 => format!("customer {customer} put article {:08x} into the cart", noise >> 32),
        _ => format!(
            r#"{{"level":"info","msg":"GET /articles/{:08x}","status":{},"took_ms":{took},"request":"{noise:016x}"}}"#,
            noise >> 32,
            if noise.is_multiple_of(50) { 404 } else { 200 }
        ),
    }
}

/// Keeps the lines as the console does, and writes them as a file; how long the keeping took, and the bytes on disk.
fn fill(folder: &Path, plain: &Path) -> (Duration, u64) {
    let limits = Limits::default();
    let mut log = AppLog::open(folder.to_owned(), limits).expect("a log");
    let mut file = BufWriter::new(std::fs::File::create(plain).expect("a file"));
    let begin = SystemClock.now().as_millis() - 3 * 3_600_000;
    let (mut written, mut number, mut kept) = (0, 0_i64, Duration::ZERO);
    while written < BYTES {
        let mut batch = Batch::default();
        while batch.bytes.len() < BATCH {
            batch.push(&LogLine {
                time: Timestamp::from_millis(begin + number * STEP_MS),
                instance: InstanceId(format!("shop-1-{}", number % 4)),
                revision: 1,
                stream: LogStream::Stdout,
                text: text(number),
                truncated: false,
            });
            number += 1;
        }
        file.write_all(&batch.bytes).expect("writes");
        written += batch.bytes.len();
        let begun = Instant::now();
        log.append(&batch).expect("keeps");
        kept += begun.elapsed();
    }
    file.flush().expect("writes");
    (kept, log.bytes())
}

pub async fn measure(binary: &Path, report: &mut Report) {
    let mut console = Console::new(binary);
    console.start().await;
    let definition = json!({ "command": ["sleep", "1000"], "instances": 1 });
    console
        .post("/api/v1/environments/local/apps", &json!({ "name": "shop", "definition": definition }))
        .await;
    console.end().await;
    let plain = console.data().join("plain.log");
    let (kept, bytes) = fill(&console.data().join("logs/local/shop"), &plain);
    console.start().await;
    report.add(
        "100 MB of an app's log kept",
        format!("{:.0} MB/s, {:.1} MB on disk", BYTES as f64 / 1e6 / kept.as_secs_f64(), bytes as f64 / 1e6),
        "",
        "one writer; compressed and written through to the disk",
    );
    for Search { what, query, grep: (grep, arguments) } in SEARCHES {
        let path = format!("/api/v1/environments/local/apps/shop/logs/search?limit=2000&{query}");
        let (mut times, mut lines, mut looked) = (Vec::new(), 0, 0);
        for _ in 0..TIMES {
            let asked = Instant::now();
            let page: Value = console.get(&path).await;
            times.push(asked.elapsed());
            assert_eq!(page["partial"], false, "{page}");
            lines = page["items"].as_array().map_or(0, Vec::len);
            looked = page["scanned_bytes"].as_u64().unwrap_or_default();
        }
        println!("  {lines} lines, {looked} bytes looked through");
        report.add(what, report::spread(&mut times), "under 1 s", "by the API over loopback, 10 times");
        let mut times = Vec::new();
        for _ in 0..TIMES {
            let mut command = Command::new("grep");
            command.args(arguments).arg(&plain).env("LC_ALL", "C.UTF-8").stdout(Stdio::piped());
            let asked = Instant::now();
            let output = command.output().expect("grep");
            times.push(asked.elapsed());
            let found = String::from_utf8_lossy(&output.stdout).lines().count();
            assert_eq!(found, lines, "{arguments:?}");
        }
        report.add(
            grep,
            report::spread(&mut times),
            "",
            "the same lines as a plain file in memory, 10 times",
        );
    }
}
