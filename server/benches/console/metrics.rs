//! Packets of StatsD beside npm's `statsd`, a day of fifty instances beside Prometheus, and memory at 20,000 series.

use std::net::UdpSocket;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use adapters::metrics::contract::{now, servers};
use adapters::metrics::{MetricLimits, MetricStore as _, Sample, Tsink};
use model::time::Timestamp;
use reqwest::Method;
use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::console::Console;
use crate::memory::resident;
use crate::report::{self, Report};

/// How long packets are sent at one rate, and the rates that are tried, in packets a second.
const SENDING: Duration = Duration::from_secs(3);
const RATES: [u32; 10] =
    [10_000, 20_000, 40_000, 60_000, 80_000, 120_000, 160_000, 240_000, 320_000, 480_000];
/// Until what was sent has been counted: a flush is due every ten seconds.
const COUNTED: Duration = Duration::from_secs(25);
const INSTANCES: usize = 50;
const DAY: Duration = Duration::from_hours(24);
/// Between two samples of the day, and between two points of the answer.
const STEP: u64 = 15;
const POINTS_STEP: u64 = 360;
const SERIES: usize = 20_000;
const QUESTIONS: usize = 20;

pub async fn measure(binary: &Path, report: &mut Report) {
    packets(binary, report).await;
    day(binary, report).await;
    many(binary, report).await;
}

async fn packets(binary: &Path, report: &mut Report) {
    let mut console = Console::new(binary);
    console.start().await;
    let definition = json!({ "command": "echo $QUARTERDECK_STATSD; sleep 10000", "instances": 1 });
    console
        .post("/api/v1/environments/local/apps", &json!({ "name": "sender", "definition": definition }))
        .await;
    let (address, instance) = told(&console).await;
    let mut best = 0;
    for rate in RATES {
        let metric = format!("bench_{rate}");
        let sent = send(&address, rate, &format!("bench.{rate}:1|c|#quarterdeck_instance:{instance}")).await;
        let counted = until(sent.packets, || async {
            let path = format!("/api/v1/query?query=sum({metric})");
            let answer = console.get(&path).await;
            answer["data"]["result"][0]["value"][1]
                .as_str()
                .and_then(|value| value.parse().ok())
                .unwrap_or(0.0)
        })
        .await;
        println!("    {} packets/s sent, {counted} of {} counted", sent.rate, sent.packets);
        if counted < sent.packets as f64 {
            break;
        }
        best = sent.rate;
    }
    report.add(
        "packets of StatsD a second without loss",
        best.to_string(),
        "not fewer than npm's statsd",
        "one counter in a packet, three seconds, one sender on the same machine, rates in steps; every packet counted",
    );
    match npm().await {
        Ok(best) => {
            report.add("the same by npm's `statsd` 0.9", best.to_string(), "", "same sender, same steps");
        }
        Err(reason) => {
            report.add("the same by npm's `statsd` 0.9", format!("not measured: {reason}"), "", "");
        }
    }
}

/// Where an instance is told to send to, and its id.
async fn told(console: &Console) -> (String, String) {
    let begun = Instant::now();
    loop {
        assert!(begun.elapsed() < Duration::from_secs(30), "{}", console.log());
        tokio::time::sleep(Duration::from_millis(200)).await;
        let app = "/api/v1/environments/local/apps/sender";
        let instances = console.get(&format!("{app}/instances")).await;
        let Some(instance) = instances["items"][0]["id"].as_str() else { continue };
        let lines = console.get(&format!("{app}/logs?limit=1")).await;
        let Some(line) = lines["items"][0]["text"].as_str() else { continue };
        return (line.to_owned(), instance.to_owned());
    }
}

struct Sent {
    packets: u64,
    /// Packets a second, as it came to be.
    rate: u64,
}

/// Sends a packet again and again at a rate, as evenly as bursts of a millisecond are.
async fn send(address: &str, rate: u32, packet: &str) -> Sent {
    let (address, packet) = (address.to_owned(), packet.to_owned());
    let sending = tokio::task::spawn_blocking(move || {
        let socket = UdpSocket::bind("127.0.0.1:0").expect("a socket");
        socket.connect(&address).expect("an address");
        let begun = Instant::now();
        let mut packets = 0_u64;
        while begun.elapsed() < SENDING {
            let due = (begun.elapsed().as_secs_f64() * f64::from(rate)) as u64;
            while packets < due {
                socket.send(packet.as_bytes()).expect("sent");
                packets += 1;
            }
            std::thread::sleep(Duration::from_millis(1));
        }
        Sent { packets, rate: (packets as f64 / begun.elapsed().as_secs_f64()) as u64 }
    });
    sending.await.expect("sent")
}

/// Asks until all is counted, or for as long as a count may take.
async fn until<F: Future<Output = f64>>(all: u64, ask: impl Fn() -> F) -> f64 {
    let begun = Instant::now();
    loop {
        let counted = ask().await;
        if counted >= all as f64 || begun.elapsed() > COUNTED {
            return counted;
        }
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
}

/// The same of npm's `statsd`, of which `cargo xtask bench` tells where it is.
async fn npm() -> Result<u64, String> {
    let script = std::env::var_os("QUARTERDECK_NPM_STATSD").map(PathBuf::from).ok_or("npm is not here")?;
    let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
    let settings = folder.path().join("settings.js");
    let text = r#"{ port: 18125, address: "127.0.0.1", mgmt_port: 18126, mgmt_address: "127.0.0.1", flushInterval: 600000, backends: [] }"#;
    std::fs::write(&settings, text).map_err(|error| error.to_string())?;
    let mut command = tokio::process::Command::new("node");
    command.arg(script).arg(&settings).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let _server = command.kill_on_drop(true).spawn().map_err(|error| error.to_string())?;
    tokio::time::sleep(Duration::from_secs(2)).await;
    let mut best = 0;
    for rate in RATES {
        let name = format!("bench.{rate}");
        let sent = send("127.0.0.1:18125", rate, &format!("{name}:1|c")).await;
        let counted = until(sent.packets, || async { counter(&name).await.unwrap_or(0.0) }).await;
        println!("    statsd: {} packets/s sent, {counted} of {} counted", sent.rate, sent.packets);
        if counted < sent.packets as f64 {
            break;
        }
        best = sent.rate;
    }
    Ok(best)
}

/// A counter since the last flush, as the port of management tells it.
async fn counter(name: &str) -> Option<f64> {
    let mut stream = TcpStream::connect("127.0.0.1:18126").await.ok()?;
    stream.write_all(b"counters\n").await.ok()?;
    let mut text = Vec::new();
    // It keeps the connection open, and ends its answer with a line.
    while !text.ends_with(b"END\n\n") && stream.read_buf(&mut text).await.ok()? > 0 {}
    let text = String::from_utf8(text).ok()?;
    let after = text.split(&format!("'{name}': ")).nth(1)?;
    let digits: String = after.chars().take_while(|c| c.is_ascii_digit() || *c == '.').collect();
    digits.parse().ok()
}

/// Fifty instances, each a sample every 15 seconds of the day before `end`.
fn samples(end: Timestamp) -> Vec<Sample> {
    let count = DAY.as_secs() / STEP;
    let mut all = Vec::with_capacity(INSTANCES * count as usize);
    for back in (0..count).rev() {
        let time = end.minus(Duration::from_secs(back * STEP));
        for instance in 0..INSTANCES {
            let value = ((back as usize * 31 + instance * 977) % 1_000) as f64 / 1_000.0;
            all.push(sample("bench_cpu_cores", instance, time, value));
        }
    }
    all
}

fn sample(metric: &str, instance: usize, time: Timestamp, value: f64) -> Sample {
    let labels = vec![
        ("app".to_owned(), "shop".to_owned()),
        ("environment".to_owned(), "local".to_owned()),
        ("instance".to_owned(), format!("shop-1-{instance}")),
    ];
    Sample { metric: metric.to_owned(), labels, time, value }
}

async fn keep(folder: PathBuf, samples: Vec<Sample>) {
    let store = Tsink::open(folder, MetricLimits { age: DAY * 2, bytes: u64::MAX });
    while !store.is_ready() {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let mut samples = samples.into_iter();
    loop {
        let part: Vec<Sample> = samples.by_ref().take(20_000).collect();
        if part.is_empty() {
            break;
        }
        store.write(part).await.expect("written");
    }
    store.close().await;
}

async fn day(binary: &Path, report: &mut Report) {
    let end = now().minus(Duration::from_secs(30));
    let samples = samples(end);
    let server = servers::prometheus(&samples).await;
    let mut console = Console::new(binary);
    keep(console.data().join("metrics"), samples).await;
    console.start().await;
    let plain = reqwest::Client::builder().no_proxy().build().expect("a client");
    let (from, to) = (end.as_millis() / 1_000 - DAY.as_secs().cast_signed(), end.as_millis() / 1_000);
    let asked = [
        ("a day of 50 instances, each a line", "bench_cpu_cores"),
        ("a day of 50 instances, their average", "avg(bench_cpu_cores)"),
        (
            "a day of 50 instances, the highest of each five minutes",
            "max(max_over_time(bench_cpu_cores[5m]))",
        ),
    ];
    for (what, query) in asked {
        let encoded: String = url::form_urlencoded::byte_serialize(query.as_bytes()).collect();
        let path = format!("/api/v1/query_range?query={encoded}&start={from}&end={to}&step={POINTS_STEP}");
        let ours = times(|| console.request(Method::GET, &path)).await;
        report.add(what, ours, "", "`/query_range`, 15 s between samples, 240 points a line, 20 times");
        if let Some(server) = &server {
            let theirs = times(|| plain.get(format!("{}{path}", server.url))).await;
            report.add("the same by Prometheus", theirs, "", "Debian's, on the same samples in the same run");
        }
    }
}

async fn times(request: impl Fn() -> reqwest::RequestBuilder) -> String {
    let mut times = Vec::new();
    for _ in 0..QUESTIONS {
        let begun = Instant::now();
        let answer = request().send().await.expect("an answer");
        assert!(answer.status().is_success(), "{}", answer.status());
        answer.bytes().await.expect("all of it");
        times.push(begun.elapsed());
    }
    report::spread(&mut times)
}

async fn many(binary: &Path, report: &mut Report) {
    let end = now();
    let samples = (0..20_u64).rev().flat_map(|back| {
        let time = end.minus(Duration::from_secs(back * STEP));
        (0..SERIES).map(move |number| sample("bench_series", number, time, (number % 97) as f64))
    });
    let mut console = Console::new(binary);
    keep(console.data().join("metrics"), samples.collect()).await;
    console.start().await;
    tokio::time::sleep(Duration::from_secs(10)).await;
    let count = console.get("/api/v1/query?query=count(bench_series)").await;
    assert_eq!(count["data"]["result"][0]["value"][1], SERIES.to_string().as_str(), "{count}");
    report.add(
        "resident memory at 20,000 series",
        resident(&console),
        "",
        "five minutes of samples every 15 s in the store; ten seconds after a start and one question over all of them",
    );
}
