//! Release windows and freezes: what they keep out, what they let through, who may go past them.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::harness::{Client, Console, definition, send};

const SHOP: &str = "/environments/local/apps/shop";

async fn set_rules(admin: &Client, rules: Value) {
    let body = json!({ "name": "local", "engine": { "kind": "local" }, "rules": rules });
    admin.put("/environments/local", body).await.ok().await;
}

/// A freeze around now.
fn frozen() -> Value {
    json!({ "freezes": [{ "name": "Holidays", "from": "2020-01-01T00:00:00.000Z", "to": "2099-01-01T00:00:00.000Z" }] })
}

fn changed() -> Value {
    let mut changed = definition(1);
    changed["env"] = json!({ "COLOUR": "red" });
    changed
}

#[tokio::test]
async fn a_freeze_keeps_new_versions_out_and_lets_an_evening_be_saved() {
    let console = Console::empty().await;
    let (admin, otto) = (console.admin(), console.operator().await);
    admin.create("shop", 1).await;
    admin.settled("shop").await;
    admin.put(SHOP, json!({ "definition": changed() })).await.status(StatusCode::ACCEPTED);
    admin.settled("shop").await;
    set_rules(&admin, frozen()).await;

    let environment = otto.get("/environments/local").await.ok().await;
    assert_eq!(environment["closed"]["barrier"], json!({ "kind": "freeze", "name": "Holidays" }));
    assert_eq!(environment["closed"]["until"], "2099-01-01T00:00:00.000Z");

    let body = json!({ "name": "cart", "definition": definition(1) });
    let refusals = [
        otto.post("/environments/local/apps", body).await,
        otto.put(SHOP, json!({ "definition": definition(1) })).await,
        otto.post(&format!("{SHOP}/restart"), json!({})).await,
    ];
    for refusal in refusals {
        let problem = refusal.problem(409, "window_closed").await;
        let expected = json!({
            "environment": "local", "freeze": "Holidays", "until": "2099-01-01T00:00:00.000Z"
        });
        assert_eq!(problem["params"], expected);
        assert!(problem["detail"].as_str().expect("words").contains("Holidays"), "{problem}");
    }
    let plan = otto.post(&format!("{SHOP}/plan"), json!({ "definition": definition(1) })).await.ok().await;
    assert_eq!(plan["closed"]["barrier"]["name"], "Holidays");
    let mut more = changed();
    more["instances"] = json!(2);
    let plan = otto.post(&format!("{SHOP}/plan"), json!({ "definition": more })).await.ok().await;
    assert_eq!(plan["closed"], Value::Null, "a change of the count alone is no new version");

    let ways_out = [
        otto.put(SHOP, json!({ "definition": more })).await,
        otto.post(&format!("{SHOP}/scale"), json!({ "by": 1, "override": true })).await,
        otto.post(&format!("{SHOP}/suspend"), json!({ "override": true })).await,
        otto.post(&format!("{SHOP}/resume"), json!({ "override": true })).await,
        otto.post(&format!("{SHOP}/rollback"), json!({ "revision": 1, "override": true })).await,
        send(otto.api(Method::DELETE, SHOP).json(&json!({ "override": true }))).await,
    ];
    for way_out in ways_out {
        way_out.status(StatusCode::ACCEPTED);
    }
}

#[tokio::test]
async fn an_administrator_goes_past_with_a_reason_and_it_is_kept() {
    let console = Console::empty().await;
    let (admin, otto) = (console.admin(), console.operator().await);
    set_rules(&admin, frozen()).await;
    let body = |reason: &str| json!({ "name": "shop", "definition": definition(1), "reason": reason, "override_window": true });
    let apps = "/environments/local/apps";
    let problem = otto.post(apps, body("please")).await.problem(403, "forbidden").await;
    assert_eq!(problem["params"]["role"], "admin");
    let problem = admin.post(apps, body("  ")).await.problem(422, "invalid").await;
    assert_eq!(problem["errors"][0]["path"], "/reason");
    let created = admin.post(apps, body("the shop is down")).await.status(StatusCode::CREATED);
    let id = created.json().await["deployment"]["id"].as_str().expect("an id").to_owned();
    admin.settled("shop").await;

    let events = admin.get(&format!("/deployments/{id}/events")).await.ok().await;
    let lines: Vec<&Value> = events["items"].as_array().expect("lines").iter().collect();
    assert_eq!(lines[0]["event"], "requested");
    assert_eq!(
        (&lines[1]["event"], &lines[1]["window"], &lines[1]["reason"]),
        (&json!("window_overridden"), &json!("Holidays"), &json!("the shop is down"))
    );
    let audit = admin.get("/audit").await.ok().await;
    let entry = audit["items"].as_array().expect("entries").iter().find(|one| one["action"] == "app.create");
    let entry = entry.expect("the creation");
    assert_eq!(entry["detail"]["window_overridden"]["barrier"]["name"], "Holidays");
    assert_eq!(entry["reason"], "the shop is down");

    let restart = json!({ "reason": "leak", "override_window": true });
    admin.post(&format!("{SHOP}/restart"), restart).await.status(StatusCode::ACCEPTED);
    admin.settled("shop").await;
    let update = json!({ "definition": changed(), "reason": "mend it", "override_window": true });
    admin.put(SHOP, update).await.status(StatusCode::ACCEPTED);
    admin.settled("shop").await;
}

#[tokio::test]
async fn an_open_environment_notes_no_override() {
    let console = Console::empty().await;
    let admin = console.admin();
    let body = json!({ "name": "shop", "definition": definition(1), "override_window": true });
    let created = admin.post("/environments/local/apps", body).await.status(StatusCode::CREATED);
    let id = created.json().await["deployment"]["id"].as_str().expect("an id").to_owned();
    admin.settled("shop").await;
    let events = admin.get(&format!("/deployments/{id}/events")).await.ok().await;
    let lines = events["items"].as_array().expect("lines");
    assert!(lines.iter().all(|line| line["event"] != "window_overridden"), "{events}");
}

#[tokio::test]
async fn rules_are_refused_with_every_mistake_and_kept_as_they_are_given() {
    let console = Console::empty().await;
    let admin = console.admin();
    let put = |rules: Value| {
        let body = json!({ "name": "local", "engine": { "kind": "local" }, "rules": rules });
        admin.put("/environments/local", body)
    };
    let problem = put(json!({
        "time_zone": "Mars/Base",
        "windows": [{ "days": [], "from": "9", "to": "25:00" }],
        "freezes": [{ "name": "", "from": "2026-01-02T00:00:00.000Z", "to": "2026-01-01T00:00:00.000Z" }],
    }))
    .await
    .problem(422, "invalid")
    .await;
    let paths: Vec<&str> = problem["errors"]
        .as_array()
        .expect("errors")
        .iter()
        .filter_map(|error| error["path"].as_str())
        .collect();
    assert_eq!(
        paths,
        [
            "/rules/time_zone",
            "/rules/windows/0/days",
            "/rules/windows/0/from",
            "/rules/windows/0/to",
            "/rules/freezes/0/name",
            "/rules/freezes/0/to",
        ]
    );
    let problem = put(json!({ "weekend": true })).await.problem(422, "invalid").await;
    assert_eq!(problem["errors"][0]["path"], "/rules/weekend");
    let rules = json!({
        "author_may_approve": true,
        "time_zone": "Europe/Berlin",
        "windows": [{ "days": ["mon", "tue"], "from": "09:00", "to": "24:00" }],
        "freezes": [{ "name": "Old", "from": "2020-01-01T00:00:00.000Z", "to": "2020-01-02T00:00:00.000Z" }],
    });
    let environment = put(rules.clone()).await.ok().await;
    assert_eq!(environment["rules"], rules);
    assert_eq!(admin.get("/environments/local").await.ok().await["rules"], rules);
}
