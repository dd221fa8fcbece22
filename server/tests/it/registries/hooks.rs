//! Notifications: a fresh tag shows within seconds, and a wrong secret opens nothing.

use std::time::{Duration, Instant};

use adapters::registry::contract::docker::{self, DockerRegistry, Options};
use adapters::registry::contract::push::{Image, Pusher};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use super::{open, settings, skipped};
use crate::harness::{Answer, Console, send};

async fn tell(console: &Console, made: &Value, secret: &str, body: &Value) -> Answer {
    let path = made["registry"]["hook"].as_str().unwrap();
    send(console.anonymous().raw(Method::POST, path).header("authorization", secret).json(body)).await
}

#[tokio::test]
async fn a_push_shows_within_seconds_of_harbors_notification() {
    if skipped() {
        return;
    }
    let console = Console::empty().await;
    let (docker, pusher) = open().await;
    pusher.push("shop/api", "1.0.0", &Image::of("amd64")).await;
    let made = console.add_registry(settings(&docker.url())).await;
    let secret = made["hook_secret"].as_str().unwrap();
    let admin = console.admin();
    admin.until_tags("shop/api", &["1.0.0"]).await;
    let digest = pusher.push("shop/api", "1.1.0", &Image::of("amd64").layer(b"newer")).await;
    // The tag of a resource may be the digest itself.
    for tag in ["1.1.0", &digest] {
        let body = json!({ "type": "PUSH_ARTIFACT", "occur_at": 4_000_000_000_u64, "operator": "ci", "event_data": {
            "resources": [{ "digest": digest, "tag": tag, "resource_url": "x" }],
            "repository": { "name": "api", "namespace": "shop", "repo_full_name": "shop/api", "repo_type": "private" } } });
        for shown in [secret.to_owned(), format!("Bearer {secret}")] {
            tell(&console, &made, &shown, &body).await.status(StatusCode::NO_CONTENT);
        }
    }
    let told = Instant::now();
    admin.until_tags("shop/api", &["1.1.0", "1.0.0"]).await;
    assert!(told.elapsed() < Duration::from_secs(5), "{:?}", told.elapsed());
}

#[tokio::test]
async fn the_registrys_own_notifications_are_understood() {
    if skipped() {
        return;
    }
    let console = Console::empty().await;
    let port = docker::free_port();
    let made = console.add_registry(settings(&format!("http://127.0.0.1:{port}"))).await;
    let hook = format!("{}{}", console.running.url(), made["registry"]["hook"].as_str().unwrap());
    let secret = made["hook_secret"].as_str().unwrap().to_owned();
    let options = Options { notify: Some((hook, secret)), port: Some(port), ..Options::default() };
    let docker = DockerRegistry::start(options).await;
    let pusher = Pusher::new(&docker.url());
    let pushed = Instant::now();
    pusher.push("shop/api", "1.0.0", &Image::of("amd64")).await;
    console.admin().until_tags("shop/api", &["1.0.0"]).await;
    assert!(pushed.elapsed() < Duration::from_secs(8), "{:?}", pushed.elapsed());
}

#[tokio::test]
async fn what_does_not_know_the_secret_is_refused() {
    let console = Console::empty().await;
    let made = console.add_registry(json!({ "name": "hub", "url": "https://registry.invalid" })).await;
    let secret = made["hook_secret"].as_str().unwrap();
    let body =
        json!({ "events": [{ "action": "push", "target": { "repository": "shop/api", "tag": "1" } }] });
    for wrong in ["", "wrong", "Bearer wrong", &secret[1..], &format!("{secret} ")] {
        let answer = tell(&console, &made, wrong, &body).await;
        if wrong.trim() == secret {
            answer.status(StatusCode::NO_CONTENT);
        } else {
            answer.problem(401, "unauthenticated").await;
        }
    }
    tell(&console, &made, secret, &json!({ "nothing": 1 })).await.problem(400, "malformed").await;
    let large = json!({ "events": [], "rest": "x".repeat(2 << 20) });
    tell(&console, &made, secret, &large).await.problem(413, "too_large").await;
    let unknown = "/api/v1/hooks/registry/01890000-0000-7000-8000-000000000000";
    let request = console.anonymous().raw(Method::POST, unknown).header("authorization", secret);
    send(request.json(&body)).await.problem(404, "not_found").await;
    console.admin().post("/registries/hub/secret", json!({})).await.ok().await;
    tell(&console, &made, secret, &body).await.problem(401, "unauthenticated").await;
}
