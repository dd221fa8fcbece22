//! From 2 to 50 instances of the demo program until every one answers that it is healthy, next to pm2 doing the same.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::json;

use crate::console::Console;
use crate::report::Report;

const FROM: usize = 2;
const TO: usize = 50;
const LIMIT: Duration = Duration::from_mins(3);

pub async fn measure(binary: &Path, report: &mut Report) {
    let (healthy, known) = ours(binary).await;
    report.add(
        "scale 2 → 50 instances, all answer",
        format!("{:.2} s", healthy.as_secs_f64()),
        "not slower than pm2",
        "from the request until `/healthz` of all 50 processes says 200, asked from outside",
    );
    report.add(
        "the same, until the console shows all healthy",
        format!("{:.2} s", known.as_secs_f64()),
        "",
        "health check every second",
    );
    match pm2(binary).await {
        Some(time) => report.add(
            "scale 2 → 50 by pm2, all answer",
            format!("{:.2} s", time.as_secs_f64()),
            "",
            "`pm2 scale`, same program, same question",
        ),
        None => report.add("scale 2 → 50 by pm2", "not measured: npm is not here", "", ""),
    }
}

async fn ours(binary: &Path) -> (Duration, Duration) {
    let mut console = Console::new(binary);
    console.start().await;
    let name = "crowd";
    let definition = json!({
        "command": [binary, "demo"],
        "instances": FROM,
        "resources": { "cpus": 0.01, "memory_mb": 32 },
        "ports": [{ "name": "http" }],
        "health_checks": [{ "kind": "http", "path": "/healthz", "interval": "1s", "timeout": "1s", "grace": "30s" }],
        "strategy": { "kind": "rolling", "max_surge": "100%", "progress_deadline": "5m" },
    });
    let body = json!({ "name": name, "definition": definition, "reason": "benchmark" });
    console.post("/api/v1/environments/local/apps", &body).await;
    until_healthy(&console, name, FROM).await;
    let begun = Instant::now();
    let scale = json!({ "instances": TO, "reason": "benchmark" });
    console.post(&format!("/api/v1/environments/local/apps/{name}/scale"), &scale).await;
    let outside = async {
        loop {
            let path = format!("/api/v1/environments/local/apps/{name}/instances?limit=100");
            let list = console.get(&path).await;
            let ports: Vec<u64> = list["items"]
                .as_array()
                .expect("a list")
                .iter()
                .filter(|instance| instance["state"] == "running")
                .filter_map(|instance| instance["ports"][0]["host_port"].as_u64())
                .collect();
            if ports.len() == TO && all_answer(&ports).await {
                break begun.elapsed();
            }
            assert!(begun.elapsed() < LIMIT, "{}", console.log());
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    let inside = async {
        until_healthy(&console, name, TO).await;
        begun.elapsed()
    };
    tokio::join!(outside, inside)
}

async fn until_healthy(console: &Console, name: &str, count: usize) {
    let begun = Instant::now();
    loop {
        let app = console.get(&format!("/api/v1/environments/local/apps/{name}")).await;
        if app["instances"]["healthy"] == count && app["deployment"].is_null() {
            return;
        }
        assert!(begun.elapsed() < LIMIT, "{app:#}\n{}", console.log());
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

async fn all_answer(ports: &[u64]) -> bool {
    adapters::tls::choose();
    let client = reqwest::Client::new();
    let asked = ports.iter().map(|port| {
        let request = client.get(format!("http://127.0.0.1:{port}/healthz")).timeout(Duration::from_secs(1));
        async move { request.send().await.is_ok_and(|answer| answer.status().is_success()) }
    });
    futures::future::join_all(asked).await.into_iter().all(|answered| answered)
}

/// pm2 with a home folder of its own, so that it meets no other.
struct Pm2 {
    program: PathBuf,
    home: tempfile::TempDir,
}

impl Pm2 {
    fn run(&self, arguments: &[&str]) {
        let status = Command::new("node")
            .arg(&self.program)
            .args(arguments)
            .env("PM2_HOME", self.home.path())
            .env("PM2_DISABLE_VERSION_CHECK", "true")
            .stdout(Stdio::null())
            .status()
            .expect("node runs");
        assert!(status.success(), "pm2 {arguments:?}: {status}");
    }
}

impl Drop for Pm2 {
    fn drop(&mut self) {
        self.run(&["kill"]);
    }
}

async fn pm2(binary: &Path) -> Option<Duration> {
    let program = PathBuf::from(std::env::var_os("QUARTERDECK_PM2")?);
    let pm2 = Pm2 { program, home: tempfile::tempdir().expect("a folder") };
    let first = free_ports(TO);
    let configuration = json!({ "apps": [{
        "name": "crowd",
        "script": binary,
        "args": "demo",
        "interpreter": "none",
        "exec_mode": "fork",
        "instances": FROM,
        "env": { "PORT": first },
        "increment_var": "PORT",
    }] });
    let file = pm2.home.path().join("crowd.config.json");
    std::fs::write(&file, configuration.to_string()).expect("written");
    let file = file.to_string_lossy().into_owned();
    pm2.run(&["start", &file]);
    let ports: Vec<u64> = (u64::from(first)..).take(TO).collect();
    until_answer(&ports[..FROM]).await;
    let begun = Instant::now();
    let scaling = tokio::task::spawn_blocking(move || {
        pm2.run(&["scale", "crowd", &TO.to_string()]);
        pm2
    });
    until_answer(&ports).await;
    let time = begun.elapsed();
    drop(scaling.await.expect("pm2 scaled"));
    Some(time)
}

async fn until_answer(ports: &[u64]) {
    let begun = Instant::now();
    while !all_answer(ports).await {
        assert!(begun.elapsed() < LIMIT, "pm2's processes do not answer");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// The first of as many free ports in a row; pm2 counts up from it.
fn free_ports(count: usize) -> u16 {
    let mut first = 20_000_u16;
    loop {
        let taken =
            (first..).take(count).find(|port| std::net::TcpListener::bind(("0.0.0.0", *port)).is_err());
        match taken {
            Some(port) => first = port + 1,
            None => return first,
        }
    }
}
