//! Kills the console (SIGKILL) at random moments of 50 updates and starts it again: every update ends right, nothing is
//! done twice, and no instance is lost, doubled or restarted without need.
//!
//! The moments follow from `QUARTERDECK_CRASH_SEED`, which is printed; `QUARTERDECK_CRASH_ROUNDS` changes their number.

mod console;

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsStr;
use std::time::{Duration, Instant, SystemTime};

use console::Console;
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use reqwest::Method;
use serde_json::{Value, json};

const END_LIMIT: Duration = Duration::from_mins(1);
const STEADY: u32 = 2;
const WANTED: u32 = 3;

/// A process of an instance: its pid with its start time, so that a pid used again is another process.
type Processes = BTreeMap<String, BTreeSet<(i32, u64)>>;

struct Case {
    console: Console,
    random: StdRng,
    seed: u64,
}

impl Case {
    /// Names that no other test on this host uses, as processes are found by them.
    fn steady(&self) -> String {
        format!("steady-{:x}", self.seed & 0xffff_ffff)
    }

    fn moving(&self) -> String {
        format!("moving-{:x}", self.seed & 0xffff_ffff)
    }

    fn definition(&self, round: u32, surge: &str) -> Value {
        json!({
            "command": [self.console.binary, "demo"],
            "env": { "ROUND": round.to_string() },
            "resources": { "cpus": 0.1, "memory_mb": 64 },
            "ports": [{ "name": "http" }],
            "health_checks": [
                { "kind": "http", "path": "/healthz", "interval": "200ms", "timeout": "2s", "grace": "10s" },
            ],
            "stop": { "grace": "5s" },
            "strategy": {
                "kind": "rolling", "max_surge": surge, "max_unavailable": 0,
                "progress_deadline": "30s", "on_failure": "rollback",
            },
        })
    }

    async fn create(&self, name: &str, instances: u32) {
        let mut definition = self.definition(0, "100%");
        definition["instances"] = instances.into();
        let body = json!({ "name": name, "definition": definition, "reason": "crash test" });
        self.console.post("/api/v1/environments/local/apps", &body).await;
    }

    /// Waits until no deployment of the app is active and all its instances are healthy.
    async fn settled(&self, name: &str, wanted: u32) -> Value {
        let begun = Instant::now();
        loop {
            let app = self.console.get(&format!("/api/v1/environments/local/apps/{name}")).await;
            let counts = &app["instances"];
            let whole = ["wanted", "running", "healthy"].iter().all(|count| counts[count] == wanted);
            if app["deployment"].is_null() && whole && app["status"] == "running" {
                return app;
            }
            assert!(begun.elapsed() < END_LIMIT, "{name} did not settle: {app:#}\n{}", self.console.log());
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// What the console says runs must be what runs, one process an instance.
    async fn check(&self, name: &str, wanted: u32, revision: &Value) -> Processes {
        let begun = Instant::now();
        loop {
            let list = self.console.get(&format!("/api/v1/environments/local/apps/{name}/instances")).await;
            let active: Vec<&Value> = list["items"]
                .as_array()
                .expect("a list")
                .iter()
                .filter(|instance| !matches!(instance["state"].as_str(), Some("exited" | "failed" | "lost")))
                .collect();
            let known: BTreeSet<String> =
                active.iter().map(|instance| instance["id"].as_str().expect("an id").to_owned()).collect();
            let running = processes(name);
            let right = active.len() == wanted as usize
                && active.iter().all(|instance| {
                    instance["state"] == "running"
                        && instance["health"] == "healthy"
                        && &instance["revision"] == revision
                        && instance["restarts"] == 0
                })
                && running.keys().cloned().collect::<BTreeSet<_>>() == known
                && running.values().all(|of_one| of_one.len() == 1);
            if right {
                return running;
            }
            // Old instances may need the moment that they take to end.
            assert!(
                begun.elapsed() < END_LIMIT,
                "{name}: wanted {wanted} of revision {revision}, the console says {active:#?}, there run \
                 {running:?}\n{}",
                self.console.log()
            );
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    async fn deployments(&self, name: &str) -> Vec<Value> {
        let list =
            self.console.get(&format!("/api/v1/deployments?environment=local&app={name}&limit=500")).await;
        list["items"].as_array().expect("a list").clone()
    }

    /// One update with a kill within `window` of its request. The request itself may be cut off: it is then repeated
    /// with its key, as a careful client would.
    async fn update_and_kill(&mut self, round: u32, bad: bool, window: Duration) -> Value {
        let name = self.moving();
        let path = format!("/api/v1/environments/local/apps/{name}");
        let surge = if self.random.random_bool(0.5) { "100%" } else { "34%" };
        let mut definition = self.definition(round, surge);
        if bad {
            definition["command"] = json!(["/nowhere/at-all"]);
        }
        let body = json!({ "definition": definition, "reason": format!("round {round}") });
        let key = format!("{}-{round}", self.seed);
        let moment = window.mul_f64(self.random.random_range(0.0..1.0));

        let answer = tokio::select! {
            biased;
            () = tokio::time::sleep(moment) => None,
            answer = self.console.ask(Method::PUT, &path, Some(&body), Some(&key)) => answer.ok(),
        };
        if answer.is_some() {
            tokio::time::sleep(moment.saturating_sub(Duration::from_millis(10))).await;
        }
        self.console.kill().await;
        self.console.start().await;
        let (status, answer) = match answer {
            Some(answer) => answer,
            None => self.console.ask(Method::PUT, &path, Some(&body), Some(&key)).await.expect("an answer"),
        };
        assert!(status.is_success(), "round {round}: {status} {answer}");
        answer["deployment"]["id"].clone()
    }
}

#[tokio::test]
async fn the_console_may_be_killed_at_any_moment_of_an_update() {
    let rounds = number("QUARTERDECK_CRASH_ROUNDS").unwrap_or(50);
    let seed = number("QUARTERDECK_CRASH_SEED").unwrap_or_else(|| {
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).expect("a clock");
        u64::from(now.subsec_nanos()) ^ now.as_secs() << 20
    });
    println!("QUARTERDECK_CRASH_SEED={seed}");
    let console = Console::new(env!("CARGO_BIN_EXE_quarterdeck"));
    let mut case = Case { console, random: StdRng::seed_from_u64(seed), seed };
    let (steady, moving) = (case.steady(), case.moving());
    case.console.start().await;
    case.create(&steady, STEADY).await;
    case.create(&moving, WANTED).await;
    let app = case.settled(&steady, STEADY).await;
    let steady_processes = case.check(&steady, STEADY, &app["revision"]).await;
    let mut app = case.settled(&moving, WANTED).await;
    let mut runs = case.check(&moving, WANTED, &app["revision"]).await;

    // How long an update takes here says when the kills have to come.
    let mut window = Duration::from_secs(2);
    for round in 1..=u32::try_from(rounds).expect("a number of rounds") {
        let bad = case.random.random_bool(0.2);
        let begun = Instant::now();
        let id = case.update_and_kill(round, bad, window).await;
        let after = case.settled(&moving, WANTED).await;
        let deployment =
            case.console.get(&format!("/api/v1/deployments/{}", id.as_str().expect("an id"))).await;
        let end = if bad { "rolled_back" } else { "succeeded" };
        assert_eq!(deployment["state"], end, "round {round}: {deployment:#}");
        let now_runs = case.check(&moving, WANTED, &after["revision"]).await;
        if bad {
            assert_eq!(after["revision"], app["revision"], "round {round}");
            assert_eq!(now_runs, runs, "round {round}: going back must keep what runs");
        } else {
            assert_ne!(after["revision"], app["revision"], "round {round}");
            assert!(now_runs.keys().all(|id| !runs.contains_key(id)), "round {round}");
            window = window.mul_f64(0.8) + begun.elapsed().mul_f64(0.2);
        }
        assert_eq!(case.deployments(&moving).await.len(), round as usize + 1, "round {round}");
        assert_eq!(processes(&steady), steady_processes, "round {round}: the untouched app was touched");
        println!("round {round}: {end} after {} ms", begun.elapsed().as_millis());
        (app, runs) = (after, now_runs);
    }
    let revision = case.settled(&steady, STEADY).await["revision"].clone();
    assert_eq!(case.check(&steady, STEADY, &revision).await, steady_processes);
    let ending = case.console.end().await;
    assert!(ending < Duration::from_secs(10), "SIGTERM took {ending:?}");
    assert_eq!(processes(&steady), steady_processes, "instances outlive the console");
    assert_eq!(processes(&moving), runs, "instances outlive the console");
}

fn number(variable: &str) -> Option<u64> {
    std::env::var(variable).ok()?.parse().ok()
}

/// The demo programs of an app that run on this host, by instance.
fn processes(app: &str) -> Processes {
    let mut found = Processes::new();
    for process in procfs::process::all_processes().expect("the process table").flatten() {
        let Ok(line) = process.cmdline() else { continue };
        if line.get(1).map(String::as_str) != Some("demo") {
            continue;
        }
        let (Ok(environment), Ok(stat)) = (process.environ(), process.stat()) else { continue };
        let variable =
            |name: &str| environment.get(OsStr::new(name)).map(|value| value.to_string_lossy().into_owned());
        if variable("QUARTERDECK_APP").as_deref() != Some(app) {
            continue;
        }
        let instance = variable("QUARTERDECK_INSTANCE").unwrap_or_default();
        found.entry(instance).or_default().insert((stat.pid, stat.starttime));
    }
    found
}
