//! What others run: seen, planned and taken over through the API.

use model::definition::Protocol;
use model::workload::{ForeignWorkload, TakenPort};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::harness::{Client, Console, send};

fn plant(console: &Console, name: &str) {
    console.engine.plant_foreign(ForeignWorkload {
        id: format!("id-{name}"),
        name: name.to_owned(),
        image: "shop:1".to_owned(),
        state: "running".to_owned(),
        taken_ports: vec![TakenPort { port: 8080, protocol: Protocol::Tcp }],
        definition: json!({ "image": "shop:1", "env": { "COLOUR": "blue" } }),
        left_out: vec!["the user that it runs as".to_owned()],
        ..ForeignWorkload::default()
    });
}

const WORKLOADS: &str = "/environments/local/workloads";

async fn taken_over(client: &Client, app: &str) -> Value {
    let path = format!("/environments/local/apps/{app}/adoption");
    let done = async {
        loop {
            let adoption = client.get(&path).await.ok().await;
            if adoption["state"] == "taken_over" {
                return adoption;
            }
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(20), done).await.expect("taken over")
}

#[tokio::test]
async fn what_else_runs_is_listed_and_found_by_its_id() {
    let console = Console::empty().await;
    plant(&console, "old-shop");
    plant(&console, "cache");
    let otto = console.operator().await;
    let found = otto.get(WORKLOADS).await.ok().await;
    let found = found["items"].as_array().expect("a list");
    let names: Vec<_> = found.iter().map(|one| one["name"].as_str().expect("a name")).collect();
    assert_eq!(names, ["cache", "old-shop"]);
    assert_eq!(found[1]["left_out"], json!(["the user that it runs as"]));
    let one = otto.get(&format!("{WORKLOADS}/id-cache")).await.ok().await;
    assert_eq!((&one["name"], &one["taken_ports"][0]["port"]), (&json!("cache"), &json!(8080)));
    let gone = otto.get(&format!("{WORKLOADS}/gone")).await.problem(404, "not_found").await;
    assert!(gone["detail"].as_str().is_some_and(|text| text.contains("no workload gone in local")), "{gone}");
    otto.get("/environments/none/workloads").await.problem(404, "not_found").await;
    console.engine.set_fault(adapters::engine::fake::Fault::Unreachable);
    otto.get(WORKLOADS).await.problem(503, "engine_unreachable").await;
    otto.get(&format!("{WORKLOADS}/id-cache")).await.problem(503, "engine_unreachable").await;
}

#[tokio::test]
async fn a_plan_says_what_stops_when_and_changes_nothing() {
    let console = Console::empty().await;
    plant(&console, "old-shop");
    let otto = console.operator().await;
    let path = format!("{WORKLOADS}/id-old-shop/adopt/plan");
    let plan = otto.post(&path, json!({ "name": "shop", "project": "team" })).await.ok().await;
    assert_eq!((&plan["stops"], &plan["clashes"]), (&json!("after"), &json!([])));
    assert_eq!(plan["workload"]["left_out"], json!(["the user that it runs as"]));
    assert_eq!(
        (&plan["plan"]["kind"], &plan["plan"]["definition"]["project"]),
        (&json!("create"), &json!("team"))
    );
    let fixed = json!({ "image": "shop:1", "strategy": { "kind": "recreate" },
        "ports": [{ "name": "http", "container_port": 80, "host_port": 8080 }] });
    let plan = otto.post(&path, json!({ "name": "shop", "definition": fixed })).await.ok().await;
    assert_eq!(plan["stops"], "first");
    assert_eq!(plan["clashes"], json!([{ "kind": "port", "port": 8080, "protocol": "tcp" }]));
    let refused = otto.post(&path, json!({ "name": "Not a label" })).await.problem(422, "invalid").await;
    assert_eq!(refused["errors"][0]["path"], "/name");
    otto.create("taken", 1).await;
    otto.post(&path, json!({ "name": "taken" })).await.problem(409, "already_exists").await;
    otto.get("/environments/local/apps/shop").await.problem(404, "not_found").await;
    let calls = console.engine.calls();
    assert!(!calls.iter().any(|call| call.starts_with("release")), "{calls:?}");
}

#[tokio::test]
async fn adopting_creates_an_app_once_and_stops_the_old_one() {
    let console = Console::empty().await;
    plant(&console, "old-shop");
    let otto = console.operator().await;
    let path = format!("{WORKLOADS}/id-old-shop/adopt");
    let mistaken = json!({ "name": "", "definition": { "image": "shop:1", "instances": -1 } });
    let refused = otto.post(&path, mistaken).await.problem(422, "invalid").await;
    let paths: Vec<_> =
        refused["errors"].as_array().expect("mistakes").iter().map(|error| error["path"].clone()).collect();
    assert_eq!(paths, ["/name", "/definition/instances"], "{refused}");
    let body = json!({ "name": "shop", "reason": "ours now" });
    let request = || otto.api(Method::POST, &path).header("idempotency-key", "once").json(&body);
    let created = send(request()).await.status(StatusCode::CREATED);
    assert_eq!(created.header("location"), "/api/v1/environments/local/apps/shop");
    let created = created.json().await;
    assert_eq!(created["deployment"]["reason"], "adopted from old-shop: ours now");
    assert_eq!(created["app"]["definition"]["env"]["COLOUR"], "blue");
    let again = send(request()).await.status(StatusCode::CREATED).json().await;
    assert_eq!(again["deployment"]["id"], created["deployment"]["id"]);
    let adoption = taken_over(&otto, "shop").await;
    assert_eq!((&adoption["workload"], &adoption["stops"]), (&json!("old-shop"), &json!("after")));
    let one = otto.get(&format!("{WORKLOADS}/id-old-shop")).await.ok().await;
    assert_eq!((&one["state"], &one["adoption"]["app"]), (&json!("exited"), &json!("shop")));
    let second = otto.post(&path, json!({ "name": "other" })).await.problem(409, "wrong_state").await;
    assert!(second["detail"].as_str().is_some_and(|text| text.contains("app shop")), "{second}");
    otto.post(&format!("{WORKLOADS}/gone/adopt"), json!({ "name": "x" }))
        .await
        .problem(404, "not_found")
        .await;
    otto.create("plain", 1).await;
    otto.get("/environments/local/apps/plain/adoption").await.problem(404, "not_found").await;
}

#[tokio::test]
async fn what_cannot_be_stopped_and_kept_is_not_adopted() {
    let console = Console::empty().await;
    console.engine.plant_foreign(ForeignWorkload {
        id: "passing".to_owned(),
        name: "passing".to_owned(),
        definition: json!({ "image": "shop:1" }),
        cannot_stop: Some("it is removed when it ends".to_owned()),
        ..ForeignWorkload::default()
    });
    let otto = console.operator().await;
    for path in ["adopt", "adopt/plan"] {
        let body = json!({ "name": "shop" });
        let refused = otto.post(&format!("{WORKLOADS}/passing/{path}"), body).await;
        let refused = refused.problem(409, "wrong_state").await;
        assert!(
            refused["detail"].as_str().is_some_and(|text| text.contains("removed when it ends")),
            "{refused}"
        );
    }
    otto.get("/environments/local/apps/shop").await.problem(404, "not_found").await;
}
