//! Scaling by what is measured and by the clock.

use std::sync::Arc;
use std::time::Duration;

use model::time::Timestamp;
use reqwest::StatusCode;
use serde_json::{Value, json};
use server::clock::{Clock as _, SystemClock};

use crate::harness::{Ahead, Client, Console};

const SHOP: &str = "/environments/local/apps/shop";

/// A reading of the clocks of UTC, so many minutes from now.
fn reading(minutes: i64) -> String {
    let time = Timestamp::from_millis(SystemClock.now().as_millis() + minutes * 60_000);
    time.datetime().format("%Y-%m-%dT%H:%M:%S").to_string()
}

fn entry(name: &str, from: i64, to: i64, effect: (&str, u32)) -> Value {
    let mut entry = json!({
        "name": name, "kind": "once", "from": reading(from), "to": reading(to), "time_zone": "UTC",
    });
    entry[effect.0] = json!(effect.1);
    entry
}

fn policy(target: Value) -> Value {
    json!({ "enabled": true, "min": 1, "max": 4, "targets": [target] })
}

/// Five instances' worth of work at any time.
fn much() -> Value {
    json!({ "kind": "query", "query": "vector(10)", "per": "instance", "value": 2 })
}

impl Client {
    async fn set_schedules(&self, entries: &[Value]) -> Value {
        self.put(&format!("{SHOP}/schedules"), json!({ "schedules": entries })).await.ok().await
    }

    async fn until_wanted(&self, count: u32) -> Value {
        self.until(SHOP, |app| app["instances"]["wanted"] == count).await;
        self.settled("shop").await
    }

    async fn last_deployment(&self) -> Value {
        self.get("/deployments?app=shop&limit=1").await.ok().await["items"][0].clone()
    }
}

#[tokio::test]
async fn an_entry_sets_the_count_while_it_holds_and_puts_it_back() {
    let clock = Arc::new(Ahead::default());
    let console = Console::at(clock.clone()).await;
    let admin = console.admin();
    admin.create("shop", 2).await;
    admin.settled("shop").await;
    let mut sale = entry("sale", 60, 120, ("instances", 6));
    sale["warm_up"] = json!("10m");
    admin.set_schedules(&[sale]).await;
    let status = admin.get(&format!("{SHOP}/scaling")).await.ok().await;
    assert_eq!(status["source"], json!({ "kind": "person" }));
    let coming = &status["upcoming"][0];
    assert_eq!((&coming["schedule"], &coming["instances"]), (&json!("sale"), &json!(6)), "{status}");
    let begins: Timestamp = coming["begins"].as_str().unwrap().parse().unwrap();
    let from: Timestamp = coming["from"].as_str().unwrap().parse().unwrap();
    assert_eq!(from.since(begins), Duration::from_mins(10));
    assert_eq!(status["next_change"], coming["begins"]);
    let list = admin.get(&format!("{SHOP}/schedules/occurrences")).await.ok().await;
    assert_eq!(list["items"].as_array().unwrap().len(), 1);

    clock.by(Duration::from_mins(51));
    admin.until_wanted(6).await;
    let last = admin.last_deployment().await;
    assert_eq!(last["actor"], json!({ "kind": "policy", "name": "schedule" }));
    assert!(last["reason"].as_str().unwrap().starts_with("sale: 6 instances until "), "{last}");
    let status = admin.get(&format!("{SHOP}/scaling")).await.ok().await;
    assert_eq!(status["source"], json!({ "kind": "schedule", "name": "sale" }));
    assert_eq!(status["held"]["exact"]["schedule"], "sale");

    clock.by(Duration::from_mins(121));
    admin.until_wanted(2).await;
    assert_eq!(admin.last_deployment().await["reason"], "back to the count before");
}

#[tokio::test]
async fn a_floor_lifts_the_autoscaler_and_a_person_is_right_in_the_end() {
    let clock = Arc::new(Ahead::default());
    let console = Console::at(clock.clone()).await;
    let admin = console.admin();
    admin.create("shop", 1).await;
    admin.settled("shop").await;
    console.measurements_are_open().await;
    let set = admin.put(&format!("{SHOP}/autoscaler"), policy(much())).await.ok().await;
    assert_eq!((&set["policy"]["tolerance"], &set["policy"]["cooldown"]), (&json!(0.1), &json!("0s")));
    admin.until_wanted(4).await;
    let last = admin.last_deployment().await;
    assert_eq!(last["actor"], json!({ "kind": "policy", "name": "autoscaler" }));
    assert_eq!(last["reason"], "vector(10) is 10.0000, target 2");
    let decisions = admin.get(&format!("{SHOP}/autoscaler/decisions")).await.ok().await;
    let first = decisions["items"].as_array().unwrap().last().unwrap();
    assert_eq!(
        (&first["decision"]["action"], &first["decision"]["figures"]["count"]),
        (&json!("scale"), &json!(4))
    );
    assert_eq!(first["decision"]["figures"]["targets"][0]["recommended"], 5, "{first}");

    admin.set_schedules(&[entry("sale", -1, 60, ("floor", 7))]).await;
    admin.until_wanted(7).await;
    clock.by(Duration::from_mins(61));
    admin.until_wanted(4).await;

    admin.delete(&format!("{SHOP}/autoscaler")).await.status(StatusCode::NO_CONTENT);
    admin.set_schedules(&[entry("night", 0, 180, ("instances", 2))]).await;
    admin.until_wanted(2).await;
    admin.post(&format!("{SHOP}/scale"), json!({ "instances": 3, "reason": "it is late" })).await;
    admin.settled("shop").await;
    clock.by(Duration::from_mins(70));
    admin.until(&format!("{SHOP}/scaling"), |status| status["source"]["kind"] == "person").await;
    clock.by(Duration::from_mins(181));
    admin.until(&format!("{SHOP}/scaling"), |status| status["held"]["exact"].is_null()).await;
    assert_eq!(admin.get(SHOP).await.ok().await["instances"]["wanted"], 3, "a person's count stays");
}

#[tokio::test]
async fn what_only_tries_and_what_has_no_data_changes_nothing() {
    let console = Console::empty().await;
    let admin = console.admin();
    admin.create("shop", 1).await;
    admin.settled("shop").await;
    console.measurements_are_open().await;
    let path = format!("{SHOP}/autoscaler");
    let mut tries = policy(much());
    tries["dry_run"] = json!(true);
    admin.put(&path, tries).await.ok().await;
    let tried = admin.until(&path, |set| set["last"]["action"] == "scale").await;
    assert_eq!(tried["last"]["figures"]["count"], 4);
    assert_eq!(admin.get(SHOP).await.ok().await["instances"]["wanted"], 1);

    let nothing = json!({ "kind": "query", "query": "no_such_metric", "per": "total", "value": 1 });
    admin.put(&path, policy(nothing)).await.ok().await;
    let held = admin.until(&path, |set| set["last"]["action"] == "hold").await;
    assert_eq!(held["last"]["why"]["code"], "no_data", "{held}");

    admin.put(&path, policy(much())).await.ok().await;
    admin.until_wanted(4).await;
    admin.post(&format!("{SHOP}/suspend"), json!({ "reason": "a test" })).await;
    admin.settled("shop").await;
    admin.until(&path, |set| set["last"]["why"]["by"] == "suspended").await;
    assert_eq!(admin.get(SHOP).await.ok().await["instances"]["wanted"], 0, "it stays suspended");
}

#[tokio::test]
async fn every_mistake_is_named_by_its_field_and_nothing_is_kept() {
    let console = Console::empty().await;
    let admin = console.admin();
    admin.create("shop", 1).await;
    let paths = |problem: &Value| -> Vec<String> {
        let errors = problem["errors"].as_array().unwrap();
        errors.iter().map(|error| error["path"].as_str().unwrap().to_owned()).collect()
    };
    let wrong = json!({
        "enabled": true, "min": 5, "max": 2, "speed": 1,
        "targets": [{ "kind": "cpu", "percent": 0 }, { "kind": "query", "query": "sum(", "per": "total", "value": 1 }],
    });
    let answer = admin.put(&format!("{SHOP}/autoscaler"), wrong).await.problem(422, "invalid").await;
    for path in ["/speed", "/max", "/targets/0/percent"] {
        assert!(paths(&answer).contains(&path.to_owned()), "{path} in {answer}");
    }
    let query = json!({ "kind": "query", "query": "sum(", "per": "total", "value": 1 });
    let answer = admin.put(&format!("{SHOP}/autoscaler"), policy(query)).await.problem(422, "invalid").await;
    assert_eq!(paths(&answer), ["/targets/0/query"]);
    assert!(admin.get(&format!("{SHOP}/autoscaler")).await.ok().await.is_null());

    let wrong = json!({ "schedules": [
        { "name": "a", "kind": "recurring", "cron": "61 * * * *", "duration": "1h", "time_zone": "Mars/Base", "floor": 0 },
        { "name": "a", "kind": "once", "from": "2026-11-11T01:00", "to": "2026-11-10T23:50", "time_zone": "UTC" },
    ]});
    let answer = admin.put(&format!("{SHOP}/schedules"), wrong).await.problem(422, "invalid").await;
    for path in [
        "/schedules/0/cron",
        "/schedules/0/time_zone",
        "/schedules/1/name",
        "/schedules/1/to",
        "/schedules/1",
    ] {
        assert!(paths(&answer).contains(&path.to_owned()), "{path} in {answer}");
    }
}

#[tokio::test]
async fn a_policy_is_rehearsed_before_it_is_set() {
    let console = Console::empty().await;
    let admin = console.admin();
    admin.create("shop", 1).await;
    admin.settled("shop").await;
    console.measurements_are_open().await;
    let path = format!("{SHOP}/autoscaler/rehearse");
    let played = admin.post(&path, policy(json!({ "kind": "cpu", "percent": 50 }))).await.ok().await;
    assert!(played["points"].is_array(), "{played}");
    assert!(admin.get(&format!("{SHOP}/autoscaler")).await.ok().await.is_null());
}

#[tokio::test]
async fn a_project_is_scaled_by_a_factor_and_put_back() {
    let console = Console::empty().await;
    let admin = console.admin();
    for (name, count) in [("shop", 2), ("cart", 3)] {
        admin.create(name, count).await;
        admin.settled(name).await;
    }
    let path = "/environments/local/projects/default/surges";
    let surge = json!({ "name": "sale", "factor": 1.5, "for": "2h" });
    let plan = admin.post(&format!("{path}/plan"), surge.clone()).await.ok().await;
    let expected = json!([{ "app": "cart", "now": 3, "then": 5 }, { "app": "shop", "now": 2, "then": 3 }]);
    assert_eq!(plan["apps"], expected);
    assert_eq!(admin.get(path).await.ok().await["items"], json!([]), "a plan changes nothing");
    admin.post(path, surge.clone()).await.status(StatusCode::CREATED);
    admin.until_wanted(3).await;
    admin.until("/environments/local/apps/cart", |app| app["instances"]["wanted"] == 5).await;
    let running = admin.get(path).await.ok().await;
    assert_eq!((&running["items"][0]["name"], &running["items"][0]["apps"]), (&json!("sale"), &json!(2)));
    let twice = admin.post(path, surge).await.problem(422, "invalid").await;
    assert_eq!(twice["errors"][0]["path"], "/name");
    let wrong = json!({ "name": "No Name", "factor": 0, "for": "1s" });
    let wrong = admin.post(path, wrong).await.problem(422, "invalid").await;
    assert_eq!(wrong["errors"].as_array().unwrap().len(), 3, "{wrong}");

    admin.delete(&format!("{path}/sale")).await.status(StatusCode::NO_CONTENT);
    admin.until_wanted(2).await;
    admin.until("/environments/local/apps/cart", |app| app["instances"]["wanted"] == 3).await;
    admin.delete(&format!("{path}/sale")).await.problem(404, "not_found").await;
    admin.get("/environments/local/projects/none/surges").await.problem(404, "not_found").await;
}
