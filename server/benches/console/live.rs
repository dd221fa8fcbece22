//! How long a committed change takes to every open page's event stream.

use std::path::Path;
use std::time::{Duration, Instant};

use futures::StreamExt as _;
use reqwest::Method;
use serde_json::json;
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use crate::console::Console;
use crate::report::{Report, spread};

const STREAMS: usize = 200;
const CHANGES: u32 = 100;
/// Of those, as many with what the pages ask for.
const DRAWN: u32 = 20;

pub async fn measure(binary: &Path, report: &mut Report) {
    let mut console = Console::new(binary);
    console.start().await;
    // Nothing has to start for a count of 0, so that only the way of the event is measured.
    let definition = json!({ "command": [binary, "demo"], "instances": 0, "resources": { "cpus": 0.01, "memory_mb": 32 } });
    let body = json!({ "name": "quiet", "definition": definition, "reason": "benchmark" });
    console.post("/api/v1/environments/local/apps", &body).await;

    let (sender, mut arrived) = mpsc::unbounded_channel();
    let mut readers = Vec::new();
    for number in 0..STREAMS {
        let answer = console.request(Method::GET, "/api/v1/events").send().await.expect("a stream");
        let mut stream = answer.bytes_stream();
        let sender = sender.clone();
        readers.push(tokio::spawn(async move {
            let mut text = String::new();
            while let Some(Ok(bytes)) = stream.next().await {
                text.push_str(&String::from_utf8_lossy(&bytes));
                while let Some(end) = text.find("\n\n") {
                    let event: String = text.drain(..end + 2).collect();
                    if let Some(place) = event.find("round-") {
                        let digits = event[place + 6..].chars().take_while(char::is_ascii_digit);
                        let _ = sender.send((number, digits.collect::<String>(), Instant::now()));
                    }
                }
            }
        }));
    }
    let (mut times, mut drawn) = (Vec::new(), Vec::new());
    for round in 0..CHANGES {
        // In the last rounds every page asks for its part as well, as `region.js` does.
        let draws = round >= CHANGES - DRAWN;
        let mut pages = JoinSet::new();
        let begun = Instant::now();
        let body =
            json!({ "name": format!("round-{round}"), "definition": definition, "reason": "benchmark" });
        console.post("/api/v1/environments/local/apps", &body).await;
        let wanted = round.to_string();
        let mut open: Vec<bool> = vec![true; STREAMS];
        while open.contains(&true) {
            let next = tokio::time::timeout(Duration::from_secs(10), arrived.recv()).await;
            let (number, name, moment) = next.expect("every stream hears of it").expect("an event");
            if name == wanted && std::mem::take(&mut open[number]) {
                times.push(moment.duration_since(begun));
                if draws {
                    let part = format!("rows:local/round-{round}");
                    let request = console.request(Method::GET, "/apps").header("x-regions", part);
                    pages.spawn(async move {
                        let text = request.send().await.expect("an answer").text().await.expect("a page");
                        assert!(text.contains("data-key"), "no row: {text}");
                        begun.elapsed()
                    });
                }
            }
        }
        while let Some(page) = pages.join_next().await {
            drawn.push(page.expect("a page"));
        }
    }
    for reader in readers {
        reader.abort();
    }
    report.add(
        "change to event",
        spread(&mut times),
        "",
        "from sending a request that creates an app until its event has come to each of 200 open pages; 100 times",
    );
    report.add(
        "change to open page",
        spread(&mut drawn),
        "under 200 ms at p95",
        "the same, until each of the 200 pages has asked for the new row of the list and got it, all at once; 20 times",
    );
}
