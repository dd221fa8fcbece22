//! Adding, changing and removing channels, and what never leaves the console.

use reqwest::StatusCode;
use serde_json::{Value, json};

use super::{Receiver, Reply, SECRET, webhook};
use crate::harness::Console;

fn paths(problem: &Value) -> Vec<&str> {
    problem["errors"].as_array().unwrap().iter().filter_map(|error| error["path"].as_str()).collect()
}

#[tokio::test]
async fn every_mistake_is_named_by_its_field() {
    let console = Console::empty().await;
    let admin = console.admin();
    let wrong =
        json!({ "name": "Ops", "kind": "webhook", "url": "http://hooks.example", "environments": ["No"] });
    let problem = admin.post("/channels", wrong).await.problem(422, "invalid").await;
    assert_eq!(paths(&problem), ["/name", "/environments/0", "/secret", "/url"]);
    let unknown = json!({ "name": "ops", "kind": "slack", "url": "https://hooks.example", "environments": ["nowhere"] });
    let problem = admin.post("/channels", unknown).await.problem(422, "invalid").await;
    assert_eq!(paths(&problem), ["/environments/0"]);
    let unreadable = json!({ "name": "ops", "kind": "webhook", "url": "https://hooks.example", "secret": "whsec_no base64 at all" });
    let problem = admin.post("/channels", unreadable).await.problem(422, "invalid").await;
    assert_eq!(paths(&problem), ["/secret"]);
    let odd = json!({ "name": "ops", "kind": "pigeon" });
    admin.post("/channels", odd).await.problem(422, "invalid").await;
}

#[tokio::test]
async fn a_channel_is_made_changed_and_removed() {
    let console = Console::empty().await;
    let admin = console.admin();
    let slack = json!({ "name": "ops", "kind": "slack", "url": "https://hooks.example/T1/B2", "wants": { "approvals": true } });
    let made = console.add_channel(slack.clone()).await;
    assert_eq!((&made["enabled"], &made["waiting"]), (&json!(true), &json!(0)));
    assert_eq!(made["address"], "https://hooks.example");
    admin.post("/channels", slack).await.problem(409, "already_exists").await;
    let kept = json!({ "name": "ops", "kind": "slack", "language": "zh-Hans", "wants": { "deployments": "failed" }, "environments": ["local"] });
    let changed = admin.put("/channels/ops", kept).await.ok().await;
    assert_eq!((&changed["address"], &changed["language"]), (&made["address"], &json!("zh-Hans")));
    let other = json!({ "name": "ops", "kind": "feishu" });
    let problem = admin.put("/channels/ops", other).await.problem(422, "invalid").await;
    assert_eq!(paths(&problem), ["/url"]);
    let renamed = json!({ "name": "other", "kind": "slack" });
    let problem = admin.put("/channels/ops", renamed).await.problem(422, "invalid").await;
    assert_eq!(paths(&problem), ["/name"]);
    let list = admin.get("/channels").await.ok().await;
    assert_eq!(list["items"].as_array().map(Vec::len), Some(1));
    admin.delete("/channels/ops").await.status(StatusCode::NO_CONTENT);
    admin.get("/channels/ops").await.problem(404, "not_found").await;
    admin.get("/channels/ops/deliveries").await.problem(404, "not_found").await;
}

#[tokio::test]
async fn what_lets_one_in_is_in_no_answer_no_line_of_the_audit_log_and_not_in_the_database() {
    let console = Console::empty().await;
    let admin = console.admin();
    let echo = Reply { body: "no hook 0123456789abcdef here", ..Reply::status(404) };
    let receiver = Receiver::start([echo]).await;
    let mut texts = vec![console.add_channel(webhook("ops", &receiver.url)).await.to_string()];
    let mail = json!({ "name": "mail", "kind": "email", "password": "geheim-geheim", "mail": {
        "host": "127.0.0.1", "port": 9, "security": "none", "username": "robot", "from": "q@example.com", "to": ["a@example.com"] } });
    texts.push(console.add_channel(mail).await.to_string());
    for name in ["ops", "mail"] {
        let tested = console.test_channel(name).await;
        assert_eq!(tested["ok"], false, "{tested}");
        texts.push(tested.to_string());
    }
    admin.put("/channels/ops", webhook("ops", &receiver.url)).await.ok().await;
    for path in
        ["/channels", "/channels/ops", "/channels/ops/deliveries", "/channels/mail/deliveries", "/audit"]
    {
        texts.push(admin.get(path).await.ok().await.to_string());
    }
    for path in ["/settings/channels", "/settings/channels/ops", "/settings/channels/mail"] {
        let page = crate::harness::send(admin.raw(reqwest::Method::GET, path)).await;
        texts.push(page.status(StatusCode::OK).text().await);
    }
    assert!(texts.iter().any(|text| text.contains("channel.update")));
    let secrets = ["0123456789abcdef", &SECRET[6..], "geheim-geheim"];
    for text in &texts {
        assert!(!secrets.iter().any(|secret| text.contains(secret)), "{text}");
    }
    for file in ["quarterdeck.db", "quarterdeck.db-wal"] {
        let stored = std::fs::read(console.folder.path().join(file)).unwrap();
        for word in secrets {
            assert!(!stored.windows(word.len()).any(|part| part == word.as_bytes()), "{word} in {file}");
        }
    }
}
