//! An autoscaler of the real console on the embedded engine: the demo program under load goes up, holds and comes down.

#[expect(dead_code, reason = "the crash test needs more of it")]
mod console;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use console::Console;
use reqwest::Method;
use serde_json::{Value, json};

const APP: &str = "/api/v1/environments/local/apps/shop";
/// Requests in a second: two and a half instances' worth at twenty for each.
const LOAD: u32 = 50;
const PATIENCE: Duration = Duration::from_secs(90);
const HELD: Duration = Duration::from_secs(25);

/// Sends requests at a steady pace to all ready instances for as long as it lives.
struct Load {
    sent: Arc<AtomicU64>,
    failed: Arc<AtomicU64>,
    sending: tokio::task::JoinHandle<()>,
}

impl Load {
    fn start(ports: Arc<std::sync::Mutex<Vec<u16>>>) -> Self {
        let (sent, failed) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicU64::new(0)));
        let counts = (Arc::clone(&sent), Arc::clone(&failed));
        let sending = tokio::spawn(async move {
            let client = reqwest::Client::new();
            let mut ticker = tokio::time::interval(Duration::from_secs(1) / LOAD);
            loop {
                ticker.tick().await;
                let turn = counts.0.fetch_add(1, Ordering::Relaxed) as usize;
                let port = {
                    let ports = ports.lock().expect("ports");
                    ports[turn % ports.len()]
                };
                let answer = client.get(format!("http://127.0.0.1:{port}/")).send().await;
                if !answer.is_ok_and(|answer| answer.status().is_success()) {
                    counts.1.fetch_add(1, Ordering::Relaxed);
                }
            }
        });
        Self { sent, failed, sending }
    }
}

async fn ports(console: &Console) -> Vec<u16> {
    let instances = console.get(&format!("{APP}/instances")).await;
    let ready = instances["items"].as_array().expect("instances").iter();
    let ready = ready.filter(|one| one["state"] == "running" && one["health"] == "healthy");
    ready.filter_map(|one| u16::try_from(one["ports"][0]["host_port"].as_u64()?).ok()).collect()
}

async fn until_ready(console: &Console, count: usize) -> Duration {
    let begun = Instant::now();
    loop {
        let app = console.get(APP).await;
        if app["instances"]["wanted"] == count && app["instances"]["healthy"] == count {
            return begun.elapsed();
        }
        assert!(begun.elapsed() < PATIENCE, "not {count} in time: {app:#}\n{:#}", decisions(console).await);
        tokio::time::sleep(Duration::from_millis(250)).await;
    }
}

async fn decisions(console: &Console) -> Value {
    console.get(&format!("{APP}/autoscaler/decisions")).await
}

#[tokio::test(flavor = "multi_thread")]
async fn an_app_under_load_goes_up_holds_and_comes_down() {
    let mut console = Console::new(env!("CARGO_BIN_EXE_quarterdeck"));
    console.start().await;
    let definition = json!({
        "command": [console.binary, "demo"],
        "instances": 1,
        "resources": { "cpus": 0.1, "memory_mb": 256 },
        "ports": [{ "name": "http" }],
        "health_checks": [{ "kind": "http", "path": "/healthz", "interval": "1s", "timeout": "5s", "grace": "20s" }],
    });
    let body = json!({ "name": "shop", "definition": definition });
    console.post("/api/v1/environments/local/apps", &body).await;
    until_ready(&console, 1).await;
    let query = r#"sum(rate(demo_requests{app="{{app}}",environment="{{environment}}",route="/"}[30s]))"#;
    let policy = json!({
        "enabled": true, "min": 1, "max": 5, "cooldown": "5s",
        "targets": [{ "kind": "query", "query": query, "per": "instance", "value": 20 }],
        "scale_up": { "stabilisation": "0s" },
        "scale_down": { "stabilisation": "15s" },
    });
    let (status, answer) =
        console.ask(Method::PUT, &format!("{APP}/autoscaler"), Some(&policy), None).await.expect("an answer");
    assert!(status.is_success(), "{status} {answer:#}");

    let known = Arc::new(std::sync::Mutex::new(ports(&console).await));
    let load = Load::start(Arc::clone(&known));
    let up = until_ready(&console, 3).await;
    *known.lock().expect("ports") = ports(&console).await;
    let held = Instant::now();
    while held.elapsed() < HELD {
        let app = console.get(APP).await;
        assert_eq!(app["instances"]["wanted"], 3, "{:#}", decisions(&console).await);
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
    load.sending.abort();
    let (sent, failed) = (load.sent.load(Ordering::Relaxed), load.failed.load(Ordering::Relaxed));
    println!("up after {up:?}, {sent} requests, {failed} failed");
    assert_eq!(failed, 0, "of {sent}");
    let down = until_ready(&console, 1).await;
    println!("down after {down:?}");

    let history = console.get("/api/v1/deployments?app=shop&limit=20").await;
    let deployments = history["items"].as_array().expect("deployments");
    let by_policy: Vec<&Value> =
        deployments.iter().filter(|deployment| deployment["actor"]["kind"] == "policy").collect();
    assert!(by_policy.len() >= 2, "up and down, each in the history: {history:#}");
    assert!(by_policy.iter().all(|deployment| deployment["state"] == "succeeded"), "{history:#}");
    assert!(
        by_policy
            .iter()
            .all(|deployment| deployment["reason"].as_str().is_some_and(|reason| !reason.is_empty())),
        "with its numbers: {history:#}"
    );
}
