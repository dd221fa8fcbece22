//! Staged releases: how fast a bad version is gone, what a decision costs, and what running checks cost.

use std::collections::BTreeSet;
use std::path::Path;
use std::time::{Duration, Instant};

use model::check::{Check, CheckRun, OnNoData, Question, Tally, Verdict};
use model::definition::{Amount, OnFailure, Strategy, StrategyKind, StrategyStep};
use model::deployment::DeploymentState;
use model::duration::Span;
use model::rollout::{Evidence, ObservedSet, Rollout, RolloutState, SetKey, plan, steps};
use model::time::Timestamp;
use reqwest::Method;
use serde_json::{Value, json};

use crate::console::Console;
use crate::report::{Report, spread};

const BAD_VERSIONS: usize = 10;
const APPS: u32 = 2_000;
const ROUNDS: u32 = 50;
/// Apps in a verification, and checks of each: 512 checks.
const VERIFYING: u32 = 32;
const CHECKS: usize = 16;
const WATCHED: Duration = Duration::from_secs(30);
const LIMIT: Duration = Duration::from_mins(3);

pub async fn measure(binary: &Path, report: &mut Report) {
    let mut times = caught(binary).await;
    report.add(
        "first bad measurement to last bad instance gone",
        spread(&mut times),
        "",
        "staged release of the demo, HTTP check every 200 ms that may not fail, 1 new of 3 instances; 10 times",
    );
    report.add(
        "decisions of the planner, 2,000 apps in a staged release",
        format!("{:.0} a second", decisions()),
        "",
        "one core: 7 steps, 16 checks with tallies, two replica sets each",
    );
    let cost = checks(binary).await;
    report.add(
        "512 running checks, each asked every second",
        format!("{:.1} % of one core, {:.1} MB resident", cost.processor * 100.0, cost.megabytes),
        "",
        "HTTP checks of 32 apps on the embedded engine, measurements written to SQLite; the console's process alone",
    );
    report.add(
        "of those, measured in time",
        format!("{:.1} %", cost.measured * 100.0),
        "",
        "measurements kept, of 512 a second for 30 s",
    );
}

fn definition(binary: &Path, instances: u32, checks: &Value, verify: &str, env: Value) -> Value {
    json!({
        "command": [binary, "demo"],
        "env": env,
        "instances": instances,
        "resources": { "cpus": 0.01, "memory_mb": 32 },
        "ports": [{ "name": "http" }],
        "health_checks": [{ "kind": "http", "path": "/healthz", "interval": "1s", "timeout": "1s", "grace": "30s" }],
        "strategy": { "kind": "staged", "steps": [{ "set": 1 }, { "verify": verify }] },
        "checks": checks,
    })
}

async fn create(console: &Console, name: &str, definition: &Value) {
    let body = json!({ "name": name, "definition": definition, "reason": "benchmark" });
    console.post("/api/v1/environments/local/apps", &body).await;
}

async fn update(console: &Console, name: &str, definition: &Value) -> String {
    let body = json!({ "definition": definition, "reason": "benchmark" });
    let path = format!("/api/v1/environments/local/apps/{name}");
    let (status, answer) = console.ask(Method::PUT, &path, Some(&body), None).await.expect("an answer");
    assert!(status.is_success(), "{status} {answer}");
    answer["deployment"]["id"].as_str().expect("a deployment").to_owned()
}

async fn until(console: &Console, path: &str, holds: impl Fn(&Value) -> bool) -> Value {
    let begun = Instant::now();
    loop {
        let answer = console.get(path).await;
        if holds(&answer) {
            return answer;
        }
        assert!(begun.elapsed() < LIMIT, "{answer:#}\n{}", console.log());
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

fn time(value: &Value) -> Timestamp {
    value.as_str().expect("a time").parse().expect("a time")
}

/// From the time of the first failed measurement to the last event that an instance of the bad revision stopped.
async fn caught(binary: &Path) -> Vec<Duration> {
    let mut console = Console::new(binary);
    console.start().await;
    let check = json!([{
        "kind": "http", "name": "work", "path": "/work?ms=1", "expect": { "status": 200 }, "interval": "200ms",
    }]);
    create(&console, "caught", &definition(binary, 3, &check, "1h", json!({}))).await;
    until(&console, "/api/v1/environments/local/apps/caught", |app| app["instances"]["healthy"] == 3).await;
    let mut times = Vec::with_capacity(BAD_VERSIONS);
    for number in 0..BAD_VERSIONS {
        let env = json!({ "DEMO_BROKEN": "true", "DEMO_VERSION": number.to_string() });
        let id = update(&console, "caught", &definition(binary, 3, &check, "1h", env)).await;
        let ended = until(&console, &format!("/api/v1/deployments/{id}"), |d| !d["ended_at"].is_null()).await;
        assert_eq!(ended["state"], "rolled_back", "{ended:#}");
        let measured = console.get(&format!("/api/v1/deployments/{id}/measurements")).await;
        let first = measured["items"].as_array().expect("a list").iter().find(|m| m["verdict"] == "fail");
        let events = console.get(&format!("/api/v1/deployments/{id}/events?limit=500")).await;
        let gone =
            events["items"].as_array().expect("a list").iter().rfind(|event| {
                event["event"] == "instance_stopped" && event["revision"] == ended["to_revision"]
            });
        times.push(time(&gone.expect("it stopped")["time"]).since(time(&first.expect("it failed")["time"])));
    }
    times
}

/// Decisions a second with everything a decision may have to weigh.
fn decisions() -> f64 {
    let now = Timestamp::from_millis(1_800_000_000_000);
    let (old, new) = (SetKey { revision: 1, generation: 0 }, SetKey { revision: 2, generation: 0 });
    let verify = || StrategyStep::Verify(Span::from_secs(300));
    let kind = StrategyKind::Staged {
        steps: [1, 2, 5]
            .into_iter()
            .flat_map(|count| [StrategyStep::Set(Amount::Count(count)), verify()])
            .collect(),
        max_surge: Amount::Count(1),
        max_unavailable: Amount::Count(0),
    };
    let checks: Vec<Check> = (0..CHECKS)
        .map(|number| Check {
            name: format!("check-{number}"),
            question: Question::Restarts { max: 0, window: Span::from_secs(60) },
            interval: Span::from_secs(10),
            initial_delay: Span::from_secs(0),
            failure_limit: 2,
            inconclusive_limit: 0,
            error_limit: 4,
            on_no_data: OnNoData::Inconclusive,
            observe_only: false,
            background: number % 2 == 0,
        })
        .collect();
    let rollout = Rollout {
        target: new,
        previous: Some(old),
        wanted: 10,
        previous_wanted: 10,
        steps: steps(&Strategy { kind: kind.clone(), ..Strategy::default() }, 10),
        strategy: kind,
        progress_deadline: Span::from_secs(600),
        on_failure: OnFailure::Rollback,
        destroy: false,
        checks: checks.clone(),
        skip: None,
    };
    let seen =
        |key, count| ObservedSet { wanted: count, existing: count, ready: count, ..ObservedSet::empty(key) };
    let sets = [seen(old, 9), seen(new, 1)];
    let runs = checks.iter().map(|check| {
        let mut tally = Tally::default();
        tally.add(Verdict::Pass, "1 ≤ 5", now);
        CheckRun { check: check.name.clone(), step: (!check.background).then_some(2), tally }
    });
    let evidence = Evidence { runs: runs.collect(), approvals: Vec::new() };
    let (_, state) = plan(&rollout, &RolloutState::new(now), &sets, &evidence, None, now);
    assert_eq!((state.state, state.step), (DeploymentState::Running, 1));
    let apps: Vec<(Rollout, RolloutState)> = (0..APPS).map(|_| (rollout.clone(), state.clone())).collect();
    let begun = Instant::now();
    for _ in 0..ROUNDS {
        for (rollout, state) in &apps {
            std::hint::black_box(plan(rollout, state, &sets, &evidence, None, now));
        }
    }
    f64::from(APPS * ROUNDS) / begun.elapsed().as_secs_f64()
}

struct Cost {
    processor: f64,
    megabytes: f64,
    measured: f64,
}

/// What the console's own process takes while it asks 512 checks a second.
async fn checks(binary: &Path) -> Cost {
    let mut console = Console::new(binary);
    console.start().await;
    let checks: Vec<Value> = (0..CHECKS)
        .map(|number| {
            json!({
                "kind": "http", "name": format!("check-{number}"), "path": "/healthz",
                "expect": { "status": 200 }, "interval": "1s",
            })
        })
        .collect();
    let checks = Value::Array(checks);
    for number in 0..VERIFYING {
        let first = definition(binary, 1, &checks, "1h", json!({}));
        create(&console, &format!("verify-{number}"), &first).await;
    }
    let mut ids = BTreeSet::new();
    for number in 0..VERIFYING {
        let name = format!("verify-{number}");
        let path = format!("/api/v1/environments/local/apps/{name}");
        until(&console, &path, |app| app["instances"]["healthy"] == 1 && app["deployment"].is_null()).await;
        let next = definition(binary, 1, &checks, "1h", json!({ "DEMO_VERSION": "2" }));
        ids.insert(update(&console, &name, &next).await);
    }
    for id in &ids {
        let verifies = |deployment: &Value| deployment["waiting_for"]["kind"] == "checks";
        until(&console, &format!("/api/v1/deployments/{id}"), verifies).await;
    }
    tokio::time::sleep(Duration::from_secs(3)).await;
    let (before, begun) = (console_measured(&console, &ids).await, Instant::now());
    let ticks = spent(&console);
    tokio::time::sleep(WATCHED).await;
    let (took, used) = (begun.elapsed().as_secs_f64(), spent(&console) - ticks);
    let after = console_measured(&console, &ids).await;
    let expected = f64::from(VERIFYING) * CHECKS as f64 * begun.elapsed().as_secs_f64();
    let process = process(&console);
    let kilobytes = process.status().expect("its status").vmrss.expect("resident memory");
    Cost {
        processor: used / took,
        megabytes: kilobytes as f64 / 1000.0,
        measured: (after - before) as f64 / expected,
    }
}

async fn console_measured(console: &Console, ids: &BTreeSet<String>) -> u64 {
    let mut measured = 0;
    for id in ids {
        let evidence = console.get(&format!("/api/v1/deployments/{id}/verification")).await;
        let runs = evidence["runs"].as_array().expect("a list");
        measured += runs.iter().filter_map(|run| run["tally"]["measured"].as_u64()).sum::<u64>();
    }
    measured
}

fn process(console: &Console) -> procfs::process::Process {
    procfs::process::Process::new(console.pid().expect("a process").cast_signed()).expect("its facts")
}

/// Seconds of processor time so far.
fn spent(console: &Console) -> f64 {
    let stat = process(console).stat().expect("its times");
    (stat.utime + stat.stime) as f64 / procfs::ticks_per_second() as f64
}
