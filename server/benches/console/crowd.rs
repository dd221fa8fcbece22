//! A console with 1,000 apps of 10 instances each: the Apps page and the API's list.
//!
//! The console is this program itself, with everything as in the real one but the engine, which is the in-memory one of
//! the tests. The apps are made through the API, so that the store holds what it would hold.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use adapters::engine::fake::FakeEngine;
use adapters::engine::{Engine, EngineError};
use async_trait::async_trait;
use futures::StreamExt as _;
use reqwest::Method;
use serde_json::json;
use server::boot;
use server::clock::SystemClock;
use server::config::{Config, DataOptions, DockerLook, ServeOptions};
use server::reconcile::EngineFactory;
use server::store::environments::EnvironmentRow;

use crate::console::Console;
use crate::report::{Report, spread};

const APPS: usize = 1_000;
const INSTANCES: u32 = 10;
const CLIENTS: usize = 8;
const LOAD: Duration = Duration::from_secs(10);
const LIMIT: Duration = Duration::from_mins(5);

/// Every environment on the in-memory engine.
struct InMemory(FakeEngine);

#[async_trait]
impl EngineFactory for InMemory {
    async fn build(&self, _: &EnvironmentRow) -> Result<Arc<dyn Engine>, EngineError> {
        Ok(Arc::new(self.0.clone()))
    }
}

/// Serves until it is killed; `data_dir` is the last of the arguments the real program would get.
pub async fn serve(data_dir: &str) {
    let data = DataOptions { data_dir: Some(data_dir.into()), database_url: None };
    let listen = "127.0.0.1:0".parse().ok();
    let admin_token = std::env::var("QUARTERDECK_ADMIN_TOKEN").ok();
    let docker = Some(DockerLook::Off);
    let options = ServeOptions { data, listen, admin_token, docker, ..ServeOptions::default() };
    let config = Config::load(options).expect("settings");
    let factory = Arc::new(InMemory(FakeEngine::new()));
    let running = boot::start_with(config, Arc::new(SystemClock), Some(factory)).await.expect("a console");
    println!("serves {}", running.url());
    std::future::pending::<()>().await;
}

pub async fn measure(report: &mut Report) {
    let myself = std::env::current_exe().expect("our own program");
    let mut console = Console::new(myself);
    console.start().await;
    let begun = Instant::now();
    futures::stream::iter(0..APPS)
        .for_each_concurrent(CLIENTS, |number| {
            let console = &console;
            async move {
                let definition = json!({
                    "project": format!("team-{:02}", number % 20),
                    "image": format!("registry.example:5000/team-{:02}/app-{number:04}:1.0.{number}", number % 20),
                    "instances": INSTANCES,
                    "resources": { "cpus": 0.01, "memory_mb": 16 },
                    "ports": [{ "name": "http", "container_port": 8080 }],
                });
                let body =
                    json!({ "name": format!("app-{number:04}"), "definition": definition, "reason": "benchmark" });
                console.post("/api/v1/environments/local/apps", &body).await;
            }
        })
        .await;
    println!("  {APPS} apps made in {} s", begun.elapsed().as_secs());
    until_settled(&console).await;

    let mut times = Vec::new();
    for _ in 0..100 {
        let begun = Instant::now();
        let answer = console.request(Method::GET, "/apps").send().await.expect("a page");
        assert!(answer.status().is_success(), "{}", answer.status());
        let page = answer.text().await.expect("a page");
        times.push(begun.elapsed());
        assert!(page.contains("app-0001"), "the page shows apps");
    }
    report.add(
        "Apps page, 1,000 apps and 10,000 instances",
        spread(&mut times),
        "under 100 ms",
        "whole page over loopback, 100 times",
    );

    let served = Arc::new(AtomicU64::new(0));
    let begun = Instant::now();
    let clients = (0..CLIENTS).map(|_| async {
        while begun.elapsed() < LOAD {
            let answer = console.request(Method::GET, "/api/v1/apps?limit=100").send().await.expect("a list");
            assert!(answer.status().is_success(), "{}", answer.status());
            answer.bytes().await.expect("a list");
            served.fetch_add(1, Ordering::Relaxed);
        }
    });
    futures::future::join_all(clients).await;
    let rate = served.load(Ordering::Relaxed) as f64 / begun.elapsed().as_secs_f64();
    report.add(
        "`GET /apps?limit=100`, the same console",
        format!("{rate:.0} requests/s"),
        "",
        "8 clients on the same machine, 10 s",
    );
}

async fn until_settled(console: &Console) {
    let begun = Instant::now();
    loop {
        let list = console.get("/api/v1/deployments?state=running&limit=1").await;
        if list["items"].as_array().is_some_and(Vec::is_empty) {
            return;
        }
        assert!(begun.elapsed() < LIMIT, "{}", console.log());
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}
