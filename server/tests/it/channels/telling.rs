//! What of deployments is told, to whom, and with which link.

use adapters::engine::fake::Mode;
use reqwest::StatusCode;
use serde_json::{Value, json};

use super::{Receiver, webhook};
use crate::harness::Console;

const BASE: &str = "https://quarterdeck.example";

fn staged(colour: &str) -> Value {
    json!({
        "command": ["./shop", "$PORT"], "instances": 2, "ports": [{ "name": "http" }], "env": { "COLOUR": colour },
        "strategy": { "kind": "staged", "steps": [{ "set": 1 }, { "approve": {} }, { "set": "100%" }] },
    })
}

async fn with_links() -> Console {
    Console::with(|config| config.public_url = Some(BASE.to_owned())).await
}

#[tokio::test]
async fn a_gate_and_a_result_arrive_with_their_links_and_the_gate_is_answered_by_its_own() {
    let console = with_links().await;
    let receiver = Receiver::start([]).await;
    console.add_channel(webhook("ops", &receiver.url)).await;
    let admin = console.admin();
    let body = json!({ "name": "shop", "definition": staged("blue"), "reason": "to begin" });
    admin.post("/environments/local/apps", body).await.status(StatusCode::CREATED);
    let first = receiver.until(1).await[0].json();
    assert_eq!((&first["type"], &first["data"]["state"]), (&json!("deployment"), &json!("succeeded")));
    let update = json!({ "definition": staged("red"), "reason": "a nicer colour" });
    let update = admin.put("/environments/local/apps/shop", update).await.status(StatusCode::ACCEPTED);
    let id = update.json().await["deployment"]["id"].as_str().unwrap().to_owned();
    let gate = receiver.until(2).await[1].clone();
    gate.verify();
    let gate = gate.json();
    assert_eq!(gate["type"], "approval");
    assert_eq!(gate["title"], "shop in local waits for approval");
    let text = gate["text"].as_str().unwrap();
    assert!(text.contains("Reason: a nicer colour") && text.contains("Step 2 of 3"), "{text}");
    assert_eq!(gate["links"][1]["url"], format!("{BASE}/deployments/{id}"));
    let answer = gate["links"][0]["url"].as_str().unwrap();
    let token = answer.strip_prefix(&format!("{BASE}/approve/")).expect("a link that answers");
    let otto = console.operator().await;
    otto.post(&format!("/approval-links/{token}/approve"), json!({ "reason": "seen" })).await.ok().await;
    let end = receiver.until(3).await[2].json();
    assert_eq!((&end["data"]["id"], &end["data"]["state"]), (&json!(id), &json!("succeeded")));
    assert_eq!(end["title"], "shop in local: Succeeded");
    assert_eq!(end["links"][0]["url"], format!("{BASE}/deployments/{id}"));
    admin.settled("shop").await;
    assert_eq!(receiver.got().len(), 3, "each is told once");
}

#[tokio::test]
async fn without_an_address_messages_carry_no_link() {
    let console = Console::empty().await;
    let receiver = Receiver::start([]).await;
    console.add_channel(webhook("ops", &receiver.url)).await;
    console.admin().create("shop", 1).await;
    let told = receiver.until(1).await[0].json();
    assert_eq!(told["links"], json!([]));
    let page = console.admin().raw(reqwest::Method::GET, "/settings/channels/ops");
    let page = crate::harness::send(page).await.status(StatusCode::OK).text().await;
    assert!(page.contains("public_url"));
}

#[tokio::test]
async fn each_channel_is_told_of_what_it_wants_in_its_own_language() {
    let console = with_links().await;
    let (all, failed, elsewhere) =
        (Receiver::start([]).await, Receiver::start([]).await, Receiver::start([]).await);
    let environment = json!({ "name": "staging", "engine": { "kind": "local" } });
    console.admin().post("/environments", environment).await.status(StatusCode::CREATED);
    let mut chinese = webhook("all", &all.url);
    chinese["language"] = json!("zh-Hans");
    console.add_channel(chinese).await;
    let mut only_failed = webhook("failed", &failed.url);
    only_failed["wants"] = json!({ "deployments": "failed" });
    console.add_channel(only_failed).await;
    let mut other = webhook("elsewhere", &elsewhere.url);
    other["environments"] = json!(["staging"]);
    console.add_channel(other).await;
    console.admin().create("shop", 1).await;
    console.admin().settled("shop").await;
    assert_eq!(all.until(1).await[0].json()["title"], "local 中的 shop：成功");
    console.engine.set_mode_of(2, Mode::Crashing);
    let mut broken = json!({ "definition": crate::harness::definition(2) });
    broken["definition"]["strategy"] = json!({ "kind": "rolling", "progress_deadline": "2s" });
    console.admin().put("/environments/local/apps/shop", broken).await.status(StatusCode::ACCEPTED);
    let told = failed.until(1).await[0].json();
    assert_eq!(told["data"]["app"], "shop");
    assert_ne!(told["data"]["state"], "succeeded");
    all.until(2).await;
    assert!(elsewhere.got().is_empty());
}

#[tokio::test]
async fn what_a_later_deployment_replaces_is_told_of_by_the_later_one() {
    let console = Console::empty().await;
    let receiver = Receiver::start([]).await;
    console.add_channel(webhook("ops", &receiver.url)).await;
    let admin = console.admin();
    let body = json!({ "name": "shop", "definition": staged("blue") });
    admin.post("/environments/local/apps", body).await.status(StatusCode::CREATED);
    receiver.until(1).await;
    admin.put("/environments/local/apps/shop", json!({ "definition": staged("red") })).await;
    receiver.until(2).await;
    let later = json!({ "definition": staged("green"), "override": true });
    admin.put("/environments/local/apps/shop", later).await.status(StatusCode::ACCEPTED);
    let told: Vec<_> = receiver.until(3).await.iter().map(|got| got.json()["type"].clone()).collect();
    assert_eq!(told, ["deployment", "approval", "approval"]);
}
