//! Staged releases of the real console on the embedded engine with the demo program: a bad version is caught by each kind
//! of check, by a deadline, by a crash and by a person; a good one goes out; a console that is killed in any step goes on.

#[expect(dead_code, reason = "the crash test needs more of it")]
mod console;

use std::time::{Duration, Instant};

use console::Console;
use reqwest::Method;
use serde_json::{Value, json};

const END_LIMIT: Duration = Duration::from_mins(1);
const WANTED: u32 = 3;

struct Case {
    console: Console,
    name: &'static str,
    checks: Value,
}

impl Case {
    /// A console with one healthy app.
    async fn new(name: &'static str, checks: Value) -> Self {
        let mut console = Console::new(env!("CARGO_BIN_EXE_quarterdeck"));
        console.start().await;
        let case = Self { console, name, checks };
        let body = json!({ "name": name, "definition": case.definition(json!({}), "1s") });
        case.console.post("/api/v1/environments/local/apps", &body).await;
        case.settled(1).await;
        case
    }

    fn path(&self) -> String {
        format!("/api/v1/environments/local/apps/{}", self.name)
    }

    fn definition(&self, env: Value, verify: &str) -> Value {
        json!({
            "command": [self.console.binary, "demo"],
            "env": env,
            "instances": WANTED,
            "resources": { "cpus": 0.2, "memory_mb": 256 },
            "ports": [{ "name": "http" }],
            "health_checks": [
                { "kind": "http", "path": "/healthz", "interval": "200ms", "timeout": "2s", "grace": "10s" },
            ],
            "stop": { "grace": "5s" },
            "strategy": {
                "kind": "staged", "steps": [{ "set": 1 }, { "verify": verify }, { "set": "100%" }],
                "progress_deadline": "4s",
            },
            "checks": self.checks,
        })
    }

    /// Deploys a version with these variables and waits for its end.
    async fn deploy(&self, env: Value, verify: &str) -> Value {
        let id = self.begin(self.definition(env, verify)).await;
        self.ended(&id).await
    }

    async fn begin(&self, definition: Value) -> String {
        let body = json!({ "definition": definition, "reason": "a new version" });
        let (status, answer) =
            self.console.ask(Method::PUT, &self.path(), Some(&body), None).await.expect("an answer");
        assert!(status.is_success(), "{status} {answer:#}");
        answer["deployment"]["id"].as_str().expect("a deployment").to_owned()
    }

    async fn say(&self, id: &str, word: &str) {
        let body = json!({ "reason": "as asked" });
        self.console.post(&format!("/api/v1/deployments/{id}/{word}"), &body).await;
    }

    async fn reaches(&self, id: &str, holds: impl Fn(&Value) -> bool) -> Value {
        let begun = Instant::now();
        loop {
            let deployment = self.console.get(&format!("/api/v1/deployments/{id}")).await;
            if holds(&deployment) {
                return deployment;
            }
            assert!(begun.elapsed() < END_LIMIT, "not in time: {deployment:#}\n{}", self.console.log());
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
    }

    async fn ended(&self, id: &str) -> Value {
        self.reaches(id, |deployment| !deployment["ended_at"].is_null()).await
    }

    /// The app stands at `revision` with all its instances healthy and none more.
    async fn settled(&self, revision: u32) -> Value {
        let begun = Instant::now();
        loop {
            let app = self.console.get(&self.path()).await;
            let whole =
                ["wanted", "running", "healthy"].iter().all(|count| app["instances"][count] == WANTED);
            if app["deployment"].is_null() && whole && app["revision"] == revision {
                return app;
            }
            assert!(begun.elapsed() < END_LIMIT, "not settled: {app:#}\n{}", self.console.log());
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
    }

    /// Instances by id with their restarts.
    async fn instances(&self) -> Vec<(String, u64)> {
        let list = self.console.get(&format!("{}/instances", self.path())).await;
        let mut instances: Vec<(String, u64)> = list["items"]
            .as_array()
            .expect("a list")
            .iter()
            .filter(|instance| instance["state"] == "running")
            .map(|i| (i["id"].as_str().expect("an id").to_owned(), i["restarts"].as_u64().expect("a number")))
            .collect();
        instances.sort();
        instances
    }

    /// A bad version went back by the check named `check`, and no old instance that stayed was touched.
    async fn caught(&self, env: Value, verify: &str, check: &str) -> Value {
        let before = self.instances().await;
        let ended = self.deploy(env, verify).await;
        assert_eq!(ended["state"], "rolled_back", "{ended:#}\n{}", self.console.log());
        assert_eq!(ended["outcome"]["code"], "check_failed", "{ended:#}");
        assert_eq!(ended["outcome"]["check"], check, "{ended:#}");
        self.settled(1).await;
        let after = self.instances().await;
        let kept = before.iter().filter(|instance| after.contains(instance)).count();
        assert!(kept >= WANTED as usize - 1, "{before:?} became {after:?}");
        let id = ended["id"].as_str().expect("an id");
        let evidence =
            self.console.get(&format!("/api/v1/deployments/{id}/measurements?check={check}")).await;
        let kept = evidence["items"].as_array().expect("measurements");
        assert!(kept.iter().any(|measurement| measurement["verdict"] == "fail"), "{evidence:#}");
        ended
    }
}

fn work() -> Value {
    json!([{
        "kind": "http", "name": "work", "path": "/work?ms=1", "expect": { "status": 200, "time_limit": "2s" },
        "interval": "200ms", "failure_limit": 1,
    }])
}

#[tokio::test]
async fn a_good_version_goes_out_and_a_broken_one_is_caught_by_http() {
    let case = Case::new("http", work()).await;
    let ended = case.caught(json!({ "DEMO_BROKEN": "true" }), "3s", "work").await;
    let detail = ended["outcome"]["detail"].as_str().expect("words");
    assert!(detail.contains("500 ≠ 200"), "{detail}");
    let good = case.deploy(json!({ "DEMO_VERSION": "3" }), "1s").await;
    assert_eq!(good["state"], "succeeded", "{good:#}\n{}", case.console.log());
    case.settled(3).await;
}

#[tokio::test]
async fn a_version_that_complains_is_caught_by_its_log() {
    let checks =
        json!([{ "kind": "log", "name": "errors", "pattern": "ERROR", "max": 1, "interval": "300ms" }]);
    let case = Case::new("log", checks).await;
    let ended = case.caught(json!({ "DEMO_COMPLAIN": "true" }), "10s", "errors").await;
    assert!(
        ended["outcome"]["detail"].as_str().is_some_and(|words| words.contains("ERROR demo")),
        "{ended:#}"
    );
}

#[tokio::test]
async fn a_version_that_never_says_what_must_appear_is_caught() {
    let checks = json!([{ "kind": "log", "name": "greeting", "pattern": "version 1 listens", "min": 1, "interval": "200ms" }]);
    let case = Case::new("appear", checks).await;
    case.caught_by_silence().await;
}

impl Case {
    async fn caught_by_silence(&self) {
        let ended = self.deploy(json!({ "DEMO_VERSION": "2" }), "1s").await;
        assert_eq!(ended["state"], "rolled_back", "{ended:#}");
        assert_eq!(ended["outcome"]["check"], "greeting", "{ended:#}");
    }
}

#[tokio::test]
async fn a_version_that_takes_too_much_memory_is_caught_by_metrics() {
    let memory = "max(quarterdeck_instance_memory_bytes{app=\"{{app}}\",revision=\"{{revision}}\"})";
    let checks = json!([
        {
            "kind": "metric", "name": "memory", "query": memory, "threshold": { "max": 120_000_000 },
            "interval": "500ms", "inconclusive_limit": 100,
        },
        {
            "kind": "metric", "name": "against-old", "query": memory, "observe_only": true,
            "baseline": { "method": "ratio", "max": 3 }, "interval": "500ms",
        },
    ]);
    let case = Case::new("metric", checks).await;
    let ended = case.caught(json!({ "DEMO_MEMORY_MB": "150" }), "20s", "memory").await;
    let id = ended["id"].as_str().expect("an id");
    let against = case.console.get(&format!("/api/v1/deployments/{id}/measurements?check=against-old")).await;
    let failed = against["items"].as_array().expect("a list").iter().find(|m| m["verdict"] == "fail");
    let failed = failed.unwrap_or_else(|| panic!("the old revision is smaller: {against:#}"));
    assert!(failed["baseline"].as_f64() < failed["value"].as_f64(), "{failed:#}");
}

#[tokio::test]
async fn a_version_that_crashes_after_a_while_is_caught_by_its_restarts() {
    let checks = json!([
        { "kind": "restarts", "name": "crashes", "max": 0, "interval": "200ms", "background": true },
    ]);
    let case = Case::new("restarts", checks).await;
    case.caught(json!({ "DEMO_EXIT_AFTER": "1500" }), "20s", "crashes").await;
}

#[tokio::test]
async fn what_does_not_get_healthy_or_cannot_run_goes_back_without_any_check() {
    let case = Case::new("deadline", json!([])).await;
    let ended = case.deploy(json!({ "DEMO_UNHEALTHY": "true" }), "1s").await;
    assert_eq!(ended["state"], "rolled_back", "{ended:#}");
    assert_eq!(ended["outcome"]["code"], "deadline_exceeded", "{ended:#}");
    case.settled(1).await;
    let mut missing = case.definition(json!({}), "1s");
    missing["command"] = json!(["/no/such/program"]);
    let id = case.begin(missing).await;
    let ended = case.ended(&id).await;
    assert_eq!(ended["outcome"]["code"], "cannot_run", "{ended:#}");
    case.settled(1).await;
    let crash_loop = case.deploy(json!({ "DEMO_EXIT_AFTER": "50" }), "1s").await;
    assert_eq!(crash_loop["state"], "rolled_back", "{crash_loop:#}");
    case.settled(1).await;
}

#[tokio::test]
async fn a_person_says_no_at_a_gate() {
    let case = Case::new("gate", json!([])).await;
    let mut gated = case.definition(json!({ "DEMO_VERSION": "2" }), "1s");
    gated["strategy"]["steps"] = json!([{ "set": 1 }, { "approve": {} }, { "set": "100%" }]);
    let id = case.begin(gated).await;
    case.reaches(&id, |deployment| deployment["state"] == "awaiting_approval").await;
    case.say(&id, "reject").await;
    let ended = case.ended(&id).await;
    assert_eq!((&ended["state"], &ended["outcome"]["code"]), (&json!("rolled_back"), &json!("rejected")));
    case.settled(1).await;
}

#[tokio::test]
async fn a_console_that_is_killed_in_each_step_finishes_the_release() {
    let mut case = Case::new("killed", work()).await;
    let mut definition = case.definition(json!({ "DEMO_VERSION": "2" }), "1s");
    definition["strategy"]["steps"] = json!([
        { "set": 1 }, { "verify": "1s" }, { "set": 2 }, { "wait": "1s" }, { "approve": {} }, { "set": "100%" },
        { "verify": "1s" },
    ]);
    let steps = 7;
    // This console knows nobody but the author.
    let rules =
        json!({ "name": "local", "engine": { "kind": "local" }, "rules": { "author_may_approve": true } });
    let answer = case.console.ask(Method::PUT, "/api/v1/environments/local", Some(&rules), None).await;
    assert!(answer.expect("an answer").0.is_success());
    let id = case.begin(definition).await;
    for step in 1..=steps {
        let at = |deployment: &Value| {
            let progress = deployment["progress"]["step"].as_u64().unwrap_or(0);
            progress >= step || !deployment["ended_at"].is_null()
        };
        case.reaches(&id, at).await;
        let before = case.instances().await;
        case.console.kill().await;
        case.console.start().await;
        let after = case.instances().await;
        for instance in &before {
            let lost = !after.contains(instance);
            // One that was on its way out when the console was killed is no loss.
            assert!(!lost || after.len() >= WANTED as usize, "step {step}: {before:?} became {after:?}");
        }
        let deployment = case.console.get(&format!("/api/v1/deployments/{id}")).await;
        if deployment["state"] == "awaiting_approval" {
            case.say(&id, "approve").await;
        }
    }
    let ended = case.ended(&id).await;
    assert_eq!(ended["state"], "succeeded", "{ended:#}\n{}", case.console.log());
    case.settled(2).await;
    assert!(case.instances().await.iter().all(|(_, restarts)| *restarts == 0));
}
