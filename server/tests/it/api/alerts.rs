//! Alerts from the rule that fires to the history of what was resolved.

use std::sync::Arc;
use std::time::Duration;

use adapters::engine::fake::Fault;
use model::alert::{MessageKind, Severity};
use model::api::PageQuery;
use model::channel::{Delivery, Notice};
use model::id::ChannelId;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use server::clock::{Clock as _, SystemClock};
use server::store::channels::{self, ChannelRow};
use server::store::{Store, deliveries};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use crate::harness::{Ahead, Client, Console, send};

/// A rule that is bad at once.
fn rule(name: &str) -> Value {
    json!({
        "name": name, "query": "vector(7)", "condition": { "comparison": ">", "threshold": 5 },
        "labels": { "environment": "local", "app": "shop" }, "severity": "critical",
        "summary": "{{app}} is at {{value}}",
    })
}

/// All alerts that fire, whatever their group.
fn firing(alerts: &Value) -> Vec<&Value> {
    let groups = alerts["firing"].as_array().unwrap();
    groups.iter().flat_map(|group| group["alerts"].as_array().unwrap()).collect()
}

impl Client {
    /// The alert of a rule, once it fires.
    async fn fires(&self, rule: &str) -> Value {
        let named = |alerts: &Value| {
            firing(alerts).into_iter().find(|alert| alert["labels"]["alertname"] == rule).cloned()
        };
        let alerts = self.until("/alerts", |alerts| named(alerts).is_some()).await;
        named(&alerts).unwrap()
    }

    async fn rule(&self, rule: Value) {
        self.post("/alerts/rules", rule).await.status(StatusCode::CREATED);
    }
}

async fn console() -> Console {
    let console = Console::empty().await;
    console.measurements_are_open().await;
    console
}

#[tokio::test]
async fn an_alert_fires_is_acknowledged_silenced_and_resolved() {
    let console = console().await;
    let (admin, otto) = (console.admin(), console.operator().await);
    admin.rule(rule("busy")).await;
    let alert = otto.fires("busy").await;
    assert_eq!((&alert["summary"], &alert["value"]), (&json!("shop is at 7"), &json!(7.0)));
    let alerts = otto.get("/alerts").await.ok().await;
    let groups = alerts["firing"].as_array().unwrap();
    let group = groups.iter().find(|group| group["labels"]["app"] == "shop").unwrap();
    assert_eq!(group["labels"], json!({ "environment": "local", "app": "shop" }));
    assert_eq!(group["severity"], "critical");
    let figures = send(admin.raw(Method::GET, "/metrics")).await.text().await;
    assert!(figures.contains("quarterdeck_alerts_firing "), "{figures}");

    let path = format!("/alerts/{}/acknowledge", alert["id"].as_str().unwrap());
    let taken = otto.post(&path, json!({})).await.ok().await;
    assert_eq!(taken["acknowledged"]["by"]["name"], "otto");
    let silence = json!({ "labels": group["labels"], "for": "2h", "reason": "we know" });
    let silence = otto.post("/alerts/silences", silence).await.status(StatusCode::CREATED).json().await;
    let alert = otto.fires("busy").await;
    assert_eq!(alert["silenced_until"], silence["until"]);
    assert_eq!(alert["acknowledged"]["by"]["name"], "otto");
    let silences = otto.get("/alerts/silences").await.ok().await;
    assert_eq!(silences["items"][0]["reason"], "we know");
    let end = format!("/alerts/silences/{}", silence["id"].as_str().unwrap());
    otto.delete(&end).await.status(StatusCode::NO_CONTENT);
    otto.delete(&end).await.problem(404, "not_found").await;
    assert!(otto.fires("busy").await["silenced_until"].is_null());

    // Another threshold: the same alerts, which are well now.
    let mut calm = rule("busy");
    calm["condition"]["threshold"] = json!(9);
    admin.put("/alerts/rules/busy", calm).await.ok().await;
    let resolved = |alerts: &Value| {
        let all = alerts["resolved"].as_array().unwrap();
        all.iter().any(|it| it["id"] == alert["id"])
    };
    otto.until("/alerts", resolved).await;
    otto.post(&path, json!({})).await.problem(409, "wrong_state").await;
    let history = otto.get("/alerts/history?rule=busy&environment=local&app=shop").await.ok().await;
    let record = &history["items"][0];
    assert_eq!((&record["id"], &record["summary"]), (&alert["id"], &json!("shop is at 7")));
    assert!(record["resolved_at"].is_string() && record["acknowledged"]["by"]["name"] == "otto", "{record}");
    let none = otto.get("/alerts/history?app=other").await.ok().await;
    assert_eq!(none["items"], json!([]));
    let audit = admin.get("/audit").await.ok().await.to_string();
    for action in
        ["alert.rule_create", "alert.acknowledge", "alert.silence", "alert.silence_end", "alert.rule_update"]
    {
        assert!(audit.contains(&format!("\"{action}\"")), "{action}");
    }
}

#[tokio::test]
async fn what_is_pending_and_acknowledged_outlives_a_restart() {
    let clock = Arc::new(Ahead::default());
    let console = Console::at(clock.clone()).await;
    console.measurements_are_open().await;
    let admin = console.admin();
    admin.rule(rule("busy")).await;
    let mut slow = rule("slow");
    slow["for"] = json!("1h");
    admin.rule(slow).await;
    let busy = admin.fires("busy").await;
    admin.post(&format!("/alerts/{}/acknowledge", busy["id"].as_str().unwrap()), json!({})).await.ok().await;
    let pending = |alerts: &Value| {
        let all = alerts["pending"].as_array().unwrap();
        all.iter().find(|alert| alert["labels"]["alertname"] == "slow").map(|alert| alert["id"].clone())
    };
    let alerts = admin.until("/alerts", |alerts| pending(alerts).is_some()).await;

    let console = console.again(clock.clone()).await;
    console.measurements_are_open().await;
    let admin = console.admin();
    clock.by(Duration::from_secs(3_700));
    let slow = admin.fires("slow").await;
    assert_eq!(Some(&slow["id"]), pending(&alerts).as_ref());
    let still = admin.fires("busy").await;
    assert_eq!((&still["id"], &still["since"]), (&busy["id"], &busy["since"]));
    assert!(still["acknowledged"].is_object(), "{still}");
}

#[tokio::test]
async fn what_fires_about_an_environment_is_over_when_that_is_gone() {
    let console = console().await;
    let admin = console.admin();
    let environment = json!({ "name": "brief", "engine": { "kind": "local" } });
    admin.post("/environments", environment).await.status(StatusCode::CREATED);
    let mut of_brief = rule("busy");
    of_brief["environment"] = json!("brief");
    admin.rule(of_brief).await;
    let alert = admin.fires("busy").await;
    admin.delete("/environments/brief").await.status(StatusCode::NO_CONTENT);
    let alerts = admin.get("/alerts").await.ok().await;
    assert!(firing(&alerts).iter().all(|it| it["labels"]["alertname"] != "busy"), "{alerts}");
    let history = admin.get("/alerts/history?rule=busy").await.ok().await;
    assert_eq!(history["items"][0]["id"], alert["id"]);
    assert!(history["items"][0]["resolved_at"].is_string(), "{history}");
}

#[tokio::test]
async fn an_answer_about_an_environment_that_went_meanwhile_fires_nothing() {
    let console = console().await;
    let admin = console.admin();
    // It answers the question once it may.
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let (asked, mut was_asked) = tokio::sync::mpsc::channel(8);
    let (answers, may_answer) = tokio::sync::watch::channel(false);
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let (asked, mut may_answer) = (asked.clone(), may_answer.clone());
            tokio::spawn(async move {
                let mut request = [0; 4096];
                let _ = stream.read(&mut request).await;
                let _ = asked.send(()).await;
                let _ = may_answer.wait_for(|may| *may).await;
                let body = r#"{"status":"success","data":{"resultType":"vector","result":[{"metric":{},"value":[1,"7"]}]}}"#;
                let head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n";
                let answer = format!("{head}Content-Length: {}\r\n\r\n{body}", body.len());
                let _ = stream.write_all(answer.as_bytes()).await;
            });
        }
    });
    let environment = json!({
        "name": "brief", "engine": { "kind": "local" }, "metrics": { "kind": "prometheus", "url": url },
    });
    admin.post("/environments", environment).await.status(StatusCode::CREATED);
    let mut of_brief = rule("busy");
    of_brief["environment"] = json!("brief");
    admin.rule(of_brief).await;
    was_asked.recv().await.unwrap();
    admin.delete("/environments/brief").await.status(StatusCode::NO_CONTENT);
    answers.send(true).unwrap();
    tokio::time::sleep(Duration::from_secs(2)).await;
    let alerts = admin.get("/alerts").await.ok().await;
    assert!(!alerts.to_string().contains("busy"), "{alerts}");
}

#[tokio::test]
async fn a_rule_that_gets_no_answer_says_why_and_holds_up_no_other() {
    let console = console().await;
    let admin = console.admin();
    // It takes connections and never answers.
    let mute = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", mute.local_addr().unwrap());
    let environment = json!({
        "name": "far", "engine": { "kind": "local" }, "metrics": { "kind": "prometheus", "url": url },
    });
    admin.post("/environments", environment).await.status(StatusCode::CREATED);
    for number in 0..5 {
        let mut mute = rule(&format!("mute-{number}"));
        mute["environment"] = json!("far");
        let began = std::time::Instant::now();
        admin.rule(mute).await;
        assert!(began.elapsed() < Duration::from_secs(20));
    }
    let began = std::time::Instant::now();
    admin.rule(rule("busy")).await;
    admin.fires("busy").await;
    assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
    let known = admin.until("/alerts/rules/mute-0", |known| known["asked"]["error"].is_string()).await;
    assert_eq!((&known["firing"], &known["builtin"]), (&json!(0), &json!(false)));
    let busy = admin.until("/alerts/rules/busy", |known| known["asked"]["series"] == 1).await;
    assert!(busy["asked"]["error"].is_null() && busy["firing"] == 1, "{busy}");
}

#[tokio::test]
async fn rules_of_every_console_are_changed_and_put_back() {
    let console = console().await;
    let admin = console.admin();
    let first = admin.get("/alerts/rules/disk-full").await.ok().await;
    assert!(
        first["builtin"] == true && first["changed"].is_null() && first["rule"]["enabled"] == true,
        "{first}"
    );
    admin.delete("/alerts/rules/disk-full").await.problem(409, "wrong_state").await;
    let mut off = first["rule"].clone();
    off["enabled"] = json!(false);
    let changed = admin.put("/alerts/rules/disk-full", off).await.ok().await;
    assert_eq!((&changed["rule"]["enabled"], &changed["builtin"]), (&json!(false), &json!(true)));
    assert!(changed["changed"]["by"].is_object());
    admin.delete("/alerts/rules/disk-full").await.status(StatusCode::NO_CONTENT);
    let again = admin.get("/alerts/rules/disk-full").await.ok().await;
    assert_eq!(again["rule"], first["rule"]);
    // What is as it was at first is no change.
    let same = admin.put("/alerts/rules/disk-full", first["rule"].clone()).await.ok().await;
    assert!(same["changed"].is_null(), "{same}");
    admin.post("/alerts/rules", rule("disk-full")).await.problem(409, "already_exists").await;
}

#[tokio::test]
async fn a_rule_is_refused_with_every_mistake_and_tried_before_it_is_kept() {
    let console = console().await;
    let admin = console.admin();
    let mut wrong = rule("Busy");
    wrong["severity"] = json!("loud");
    let problem = admin.post("/alerts/rules", wrong).await.problem(422, "invalid").await;
    let paths: Vec<&str> =
        problem["errors"].as_array().unwrap().iter().map(|error| error["path"].as_str().unwrap()).collect();
    assert_eq!(paths, ["/name", "/severity"]);
    let mut unreadable = rule("busy");
    unreadable["query"] = json!("sum(up");
    let problem = admin.post("/alerts/test", unreadable).await.problem(422, "invalid").await;
    assert_eq!(problem["errors"][0]["path"], "/query");
    let mut nowhere = rule("busy");
    nowhere["environment"] = json!("nowhere");
    let problem = admin.post("/alerts/rules", nowhere).await.problem(422, "invalid").await;
    assert_eq!(problem["errors"][0]["path"], "/environment");
    let tried = admin.post("/alerts/test", rule("busy")).await.ok().await;
    assert_eq!(
        (&tried["series"][0]["bad"], &tried["series"][0]["summary"]),
        (&json!(true), &json!("shop is at 7"))
    );
    admin.get("/alerts/rules/busy").await.problem(404, "not_found").await;
    admin.put("/alerts/rules/busy", rule("busy")).await.problem(404, "not_found").await;
    admin.rule(rule("busy")).await;
    admin.put("/alerts/rules/busy", rule("other")).await.problem(422, "invalid").await;
    admin.post("/alerts/silences", json!({ "labels": {}, "for": "1h" })).await.problem(422, "invalid").await;
}

#[tokio::test]
async fn another_query_ends_the_alerts_of_the_one_before_and_a_removed_rule_leaves_none() {
    let console = console().await;
    let admin = console.admin();
    admin.rule(rule("busy")).await;
    let before = admin.fires("busy").await;
    let mut other = rule("busy");
    other["query"] = json!("vector(8)");
    admin.put("/alerts/rules/busy", other).await.ok().await;
    let after = admin.until("/alerts", |alerts| {
        firing(alerts).iter().any(|alert| alert["value"] == 8.0 && alert["id"] != before["id"])
    });
    after.await;
    let history = admin.get("/alerts/history?rule=busy&limit=1").await.ok().await;
    assert!(history["items"][0]["resolved_at"].is_null() && history["next"].is_string(), "{history}");
    let next = history["next"].as_str().unwrap();
    let older = admin.get(&format!("/alerts/history?rule=busy&limit=1&cursor={next}")).await.ok().await;
    assert_eq!(older["items"][0]["id"], before["id"]);
    assert!(older["items"][0]["resolved_at"].is_string(), "{older}");
    admin.delete("/alerts/rules/busy").await.status(StatusCode::NO_CONTENT);
    let alerts = admin.get("/alerts").await.ok().await.to_string();
    assert!(!alerts.contains("busy"), "{alerts}");
    let history = admin.get("/alerts/history?rule=busy").await.ok().await;
    assert!(history["items"][0]["resolved_at"].is_string(), "{history}");
}

#[tokio::test]
async fn an_engine_that_does_not_answer_is_an_alert_of_its_environment() {
    let console = console().await;
    let admin = console.admin();
    console.engine.set_fault(Fault::Unreachable);
    let is_away = |answer: &Value| answer["data"]["result"][0]["value"][1] == "0";
    admin.until("/query?query=quarterdeck_engine_up", is_away).await;
    // A changed rule is asked now.
    let mut at_once = admin.get("/alerts/rules/engine-unreachable").await.ok().await["rule"].clone();
    at_once["for"] = json!("0s");
    admin.put("/alerts/rules/engine-unreachable", at_once).await.ok().await;
    let alert = admin.fires("engine-unreachable").await;
    assert_eq!(
        (&alert["labels"]["environment"], &alert["labels"]["severity"]),
        (&json!("local"), &json!("critical"))
    );
    assert_eq!(alert["summary"], "The engine of local does not answer");
}

/// The kinds of messages about alerts that wait for a channel, and how many each says to fire, oldest first.
async fn told(store: &Store, channel: ChannelId) -> Vec<(MessageKind, usize)> {
    let query = PageQuery::default();
    let page = deliveries::page(&mut store.read().await.unwrap(), channel, &query).await.unwrap();
    let read = |delivery: Delivery| match delivery.notice {
        Notice::Alert(notice) => (notice.kind, notice.firing.len()),
        other => panic!("{other:?}"),
    };
    page.items.into_iter().rev().map(read).collect()
}

#[tokio::test]
async fn a_group_is_one_message_to_each_channel_that_wants_it() {
    let clock = Arc::new(Ahead::default());
    let console = Console::at(clock.clone()).await;
    console.measurements_are_open().await;
    let admin = console.admin();
    // Nothing of the host's own may be told of.
    for name in ["disk-full", "certificate-ends"] {
        let mut off = admin.get(&format!("/alerts/rules/{name}")).await.ok().await["rule"].clone();
        off["enabled"] = json!(false);
        admin.put(&format!("/alerts/rules/{name}"), off).await.ok().await;
    }
    let url = format!("sqlite:{}", console.folder.path().join("quarterdeck.db").display());
    let store = Store::open(&url).await.unwrap();
    let (loud, quiet) = (ChannelId(SystemClock.new_id()), ChannelId(SystemClock.new_id()));
    let mut tx = store.begin().await.unwrap();
    for (id, name, least) in [(loud, "loud", Severity::Info), (quiet, "quiet", Severity::Critical)] {
        let settings = json!({
            "name": name, "kind": "webhook", "enabled": true, "language": "en", "wants": { "alerts": least },
            "environments": [], "address": "https://hooks.example", "has_secret": true, "insecure": false,
        });
        let row = ChannelRow {
            id,
            settings: serde_json::from_value(settings).unwrap(),
            access: String::new(),
            last: None,
            created_at: clock.now(),
            updated_at: clock.now(),
        };
        channels::insert(&mut tx, &row).await.unwrap();
    }
    tx.commit().await.unwrap();
    let mut mild = rule("mild");
    mild["severity"] = json!("warning");
    admin.rule(rule("busy")).await;
    admin.rule(mild).await;
    admin.fires("busy").await;
    admin.fires("mild").await;
    assert_eq!(told(&store, loud).await, []);
    let wait = async |channel, words: &[(MessageKind, usize)]| {
        for _ in 0..1_500 {
            if told(&store, channel).await == words {
                return;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        panic!("{:?} instead of {words:?}", told(&store, channel).await);
    };
    clock.by(Duration::from_mins(1));
    let (fires, over) = ((MessageKind::Firing, 2), (MessageKind::Resolved, 0));
    wait(loud, &[fires]).await;
    wait(quiet, &[(MessageKind::Firing, 1)]).await;
    clock.by(Duration::from_hours(5));
    wait(loud, &[fires, (MessageKind::Reminder, 2)]).await;
    for name in ["busy", "mild"] {
        admin.delete(&format!("/alerts/rules/{name}")).await.status(StatusCode::NO_CONTENT);
    }
    wait(loud, &[fires, (MessageKind::Reminder, 2), over]).await;
    wait(quiet, &[(MessageKind::Firing, 1), (MessageKind::Reminder, 1), over]).await;
}
