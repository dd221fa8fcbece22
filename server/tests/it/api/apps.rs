//! The life of an app over the API.

use reqwest::StatusCode;
use serde_json::json;

use crate::harness::{Console, definition};

#[tokio::test]
async fn an_app_lives_from_creation_to_destruction() {
    let console = Console::empty().await;
    let otto = console.operator().await;
    let created = otto.create("shop", 2).await;
    assert_eq!(created["app"]["name"], "shop");
    assert_eq!(created["deployment"]["kind"], "create");
    let app = otto.settled("shop").await;
    assert_eq!((&app["status"], &app["instances"]["healthy"]), (&json!("running"), &json!(2)), "{app}");

    let base = "/environments/local/apps/shop";
    let scaled = otto.post(&format!("{base}/scale"), json!({ "by": 1, "reason": "sale" })).await;
    let scaled = scaled.status(StatusCode::ACCEPTED).json().await;
    assert_eq!(scaled["deployment"]["reason"], "sale");
    assert_eq!(otto.settled("shop").await["instances"]["healthy"], 3);

    let mut changed = definition(3);
    changed["env"] = json!({ "COLOUR": "blue" });
    let plan = otto.post(&format!("{base}/plan"), json!({ "definition": changed })).await.ok().await;
    assert_eq!(plan["new_revision"], 2, "{plan}");
    assert_eq!(plan["changes"][0]["path"], "/env/COLOUR", "{plan}");
    let update = otto.put(base, json!({ "definition": changed, "reason": "blue" })).await;
    update.status(StatusCode::ACCEPTED);
    assert_eq!(otto.settled("shop").await["revision"], 2);

    let diff = otto.get(&format!("{base}/revisions/1/diff/2")).await.ok().await;
    assert_eq!(diff["items"][0]["path"], "/env/COLOUR");
    let revisions = otto.get(&format!("{base}/revisions?limit=1")).await.ok().await;
    assert_eq!(revisions["items"][0]["revision"], 2);
    assert!(revisions["next"].is_string());
    otto.post(&format!("{base}/rollback"), json!({ "revision": 1 })).await.status(StatusCode::ACCEPTED);
    let back = otto.settled("shop").await;
    assert!(back["definition"]["env"].get("COLOUR").is_none(), "{back}");

    let instances = otto.get(&format!("{base}/instances")).await.ok().await;
    // One of the version that was left may be listed until the engine is looked at again.
    let instances = instances["items"].as_array().expect("items");
    let runs = instances.iter().find(|instance| instance["revision"] == 1 && instance["state"] == "running");
    let id = runs.expect("an instance")["id"].as_str().expect("an id");
    otto.delete(&format!("{base}/instances/{id}")).await.status(StatusCode::NO_CONTENT);
    otto.post(&format!("{base}/reset-delay"), json!({})).await.status(StatusCode::NO_CONTENT);
    for verb in ["suspend", "resume", "restart"] {
        otto.post(&format!("{base}/{verb}"), json!({})).await.status(StatusCode::ACCEPTED);
        otto.settled("shop").await;
    }

    let history = otto.get("/deployments?app=shop&limit=100").await.ok().await;
    let kinds: Vec<&str> =
        history["items"].as_array().expect("items").iter().filter_map(|d| d["kind"].as_str()).collect();
    assert_eq!(kinds, ["restart", "resume", "suspend", "rollback", "update", "scale", "create"]);
    let id = history["items"][0]["id"].as_str().expect("an id");
    let events = otto.get(&format!("/deployments/{id}/events")).await.ok().await;
    assert_eq!(events["items"][0]["event"], "requested", "{events}");
    let evidence = otto.get(&format!("/deployments/{id}/measurements")).await.ok().await;
    assert_eq!(evidence, json!({ "items": [], "next": null }));
    for word in ["approve", "reject", "pause", "abort"] {
        otto.post(&format!("/deployments/{id}/{word}"), json!({})).await.problem(409, "wrong_state").await;
    }

    otto.delete(base).await.status(StatusCode::ACCEPTED);
    let gone = async {
        while otto.get(base).await.0.status() != StatusCode::NOT_FOUND {
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(20), gone).await.expect("it goes");
}

#[tokio::test]
async fn lists_have_pages_and_filters() {
    let console = Console::empty().await;
    let otto = console.operator().await;
    for name in ["alpha", "beta", "gamma"] {
        otto.create(name, 1).await;
    }
    let first = otto.get("/apps?limit=2").await.ok().await;
    let cursor = first["next"].as_str().expect("a next page");
    let second = otto.get(&format!("/apps?limit=2&cursor={cursor}")).await.ok().await;
    assert_eq!(
        (first["items"].as_array().map(Vec::len), second["items"].as_array().map(Vec::len)),
        (Some(2), Some(1))
    );
    assert_eq!(second["items"][0]["name"], "gamma");
    assert!(second["next"].is_null());
    let found = otto.get("/apps?q=BET").await.ok().await;
    assert_eq!(found["items"].as_array().map(Vec::len), Some(1), "{found}");
    assert_eq!(otto.get("/apps/counts").await.ok().await["all"], 3);
}

#[tokio::test]
async fn the_history_comes_as_csv_without_formulas() {
    let console = Console::empty().await;
    let otto = console.operator().await;
    let body = json!({ "name": "shop", "definition": definition(1), "reason": "=HYPERLINK(\"x\"), a, b" });
    otto.post("/environments/local/apps", body).await.status(StatusCode::CREATED);
    let answer = otto.get("/deployments.csv?app=shop").await.status(StatusCode::OK);
    assert_eq!(answer.header("content-type"), "text/csv; charset=utf-8");
    let text = answer.text().await;
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines.len(), 2, "{text}");
    assert!(lines[0].starts_with("id,number,environment,app"));
    assert!(lines[1].contains("\"'=HYPERLINK(\"\"x\"\"), a, b\""), "{text}");
}

#[tokio::test]
async fn measurements_come_as_prometheus_writes_them() {
    let console = Console::empty().await;
    let otto = console.operator().await;
    otto.create("shop", 1).await;
    let metrics = otto.get("/environments/local/apps/shop/metrics?query=cpu&range=5m").await;
    let metrics = metrics.ok().await;
    assert_eq!((&metrics["status"], &metrics["data"]["resultType"]), (&json!("success"), &json!("matrix")));
    let vector = otto.get("/query?query=vector(1)").await.ok().await;
    assert_eq!(vector["data"]["result"][0]["value"][1], "1", "{vector}");
    otto.get("/environments/local/apps/none/metrics?query=cpu").await.problem(404, "not_found").await;
}

#[tokio::test]
async fn environments_and_nodes_are_shown_and_kept() {
    let console = Console::empty().await;
    let admin = console.admin();
    let input = json!({ "name": "staging", "engine": { "kind": "local" }, "protected": true });
    let made = admin.post("/environments", input.clone()).await.status(StatusCode::CREATED);
    assert_eq!(made.header("location"), "/api/v1/environments/staging");
    admin.post("/environments", input).await.problem(409, "already_exists").await;
    assert_eq!(admin.get("/environments").await.ok().await["items"].as_array().map(Vec::len), Some(2));
    let nodes = admin.get("/environments/local/nodes").await.ok().await;
    assert!(nodes["items"].is_array());
    admin.delete("/environments/staging").await.status(StatusCode::NO_CONTENT);
    admin.create("shop", 1).await;
    admin.delete("/environments/local").await.problem(409, "environment_in_use").await;
}
