//! What ran at a moment and how well releasing goes, through the API and on the pages.

use reqwest::Method;
use serde_json::{Value, json};

use crate::harness::{Client, Console, definition, send};

/// The console's clock, as the app's last change says it.
async fn moment(client: &Client) -> String {
    let deployments = client.get("/deployments?limit=1").await.ok().await;
    deployments["items"][0]["ended_at"].as_str().expect("an end").to_owned()
}

async fn change(admin: &Client, colour: &str) {
    let mut changed = definition(2);
    changed["env"] = json!({ "COLOUR": colour });
    let body = json!({ "definition": changed, "reason": colour });
    admin.put("/environments/local/apps/shop", body).await.status(reqwest::StatusCode::ACCEPTED);
    admin.settled("shop").await;
}

#[tokio::test]
async fn every_apps_version_at_a_moment() {
    let console = Console::empty().await;
    let (admin, vera) = (console.admin(), console.viewer().await);
    let nothing = vera.get("/at?time=2020-01-01T00:00:00.000Z").await.ok().await;
    assert_eq!(nothing, json!({ "items": [], "next": null }));
    admin.create("shop", 1).await;
    admin.settled("shop").await;
    let first = moment(&admin).await;
    change(&admin, "red").await;
    let second = moment(&admin).await;

    let then = vera.get(&format!("/at?time={first}&environment=local")).await.ok().await;
    let shop = &then["items"][0];
    assert_eq!((&shop["app"], &shop["revision"], &shop["instances"]), (&json!("shop"), &json!(1), &json!(1)));
    assert_eq!(shop["version"], "./shop $PORT");
    assert_eq!(shop["under_way"], Value::Null);
    let later = vera.get(&format!("/at?time={second}")).await.ok().await;
    assert_eq!((&later["items"][0]["revision"], &later["items"][0]["instances"]), (&json!(2), &json!(2)));
    let other = vera.get(&format!("/at?time={second}&project=nobody")).await.ok().await;
    assert_eq!(other["items"], json!([]));
    vera.get("/at").await.problem(400, "malformed").await;
    vera.get("/at?time=yesterday").await.problem(400, "malformed").await;

    let page = |query: String| send(vera.raw(Method::GET, &format!("/deployments/at{query}")));
    let text = page(format!("?time={first}")).await.text().await;
    assert!(text.contains("revision 1") || text.contains("version 1") || text.contains("./shop"), "{text}");
    let text = page("?time=2020-01-01T00:00&zone=Europe/Berlin".to_owned()).await.text().await;
    assert!(
        text.contains("Nothing ran at that moment") && text.contains("2019-12-31T23:00:00.000Z"),
        "{text}"
    );
    let text = page("?time=2020-01-01T00:00&zone=Mars/Base".to_owned()).await.text().await;
    assert!(text.contains("This is not a moment"), "{text}");
    assert!(page(String::new()).await.text().await.contains("Choose a moment"));
}

#[tokio::test]
async fn the_four_figures_of_releasing() {
    let console = Console::empty().await;
    let (admin, vera) = (console.admin(), console.viewer().await);
    admin.create("shop", 1).await;
    admin.settled("shop").await;
    change(&admin, "red").await;
    let rollback = json!({ "revision": 1, "reason": "red was wrong" });
    admin
        .post("/environments/local/apps/shop/rollback", rollback)
        .await
        .status(reqwest::StatusCode::ACCEPTED);
    admin.settled("shop").await;
    let dora = vera.get("/dora?app=shop&environment=local").await.ok().await;
    let now = &dora["now"];
    assert_eq!((&now["releases"], &now["changes"], &now["failed"]), (&json!(2), &json!(2), &json!(1)));
    assert_eq!((&now["failure_rate"], &now["restored"]), (&json!(0.5), &json!(1)));
    assert!(now["lead_time_ms"].is_u64() && now["restore_ms"].is_u64(), "{dora}");
    assert_eq!((&dora["days"], &dora["before"]["changes"]), (&json!(30), &json!(0)));
    assert_eq!(dora["weeks"].as_array().map(Vec::len), Some(9));
    assert_eq!(vera.get("/dora?project=nobody").await.ok().await["now"]["changes"], 0);
    assert_eq!(vera.get("/dora?days=7").await.ok().await["weeks"].as_array().map(Vec::len), Some(2));
    let problem = vera.get("/dora?days=91").await.problem(422, "invalid").await;
    assert_eq!(problem["errors"][0]["path"], "/days");
    let text = send(vera.raw(Method::GET, "/")).await.text().await;
    for word in ["Deployment frequency", "Lead time", "Change failure rate", "Time to restore", "1 of 2"] {
        assert!(text.contains(word), "{word}: {text}");
    }
}

#[tokio::test]
async fn how_things_stand_is_measured() {
    let console = Console::empty().await;
    let admin = console.admin();
    console.measurements_are_open().await;
    let value = |answer: &Value| answer["data"]["result"][0]["value"][1].clone();
    admin.until("/query?query=quarterdeck_engine_up", |answer| value(answer) == "1").await;
    let disk = admin.get("/query?query=quarterdeck_disk_free_ratio").await.ok().await;
    let free: f64 = value(&disk).as_str().expect("a number").parse().expect("a number");
    assert!((0.0..=1.0).contains(&free), "{disk}");
    let node = admin.get("/query?query=quarterdeck_node_up").await.ok().await;
    assert_eq!(node["data"]["result"][0]["metric"]["environment"], "local", "{node}");
}
