//! A registry that is away, slow, full, or wants less of us: nothing that was known is lost, and it is said what is wrong.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use adapters::registry::contract::push::Image;
use axum::Router;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::http::header::RETRY_AFTER;
use axum::routing::get;
use serde_json::json;

use super::{names, open, settings, skipped};
use crate::harness::Console;

async fn served(router: Router) -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await });
    url
}

#[tokio::test]
async fn what_was_known_stays_with_its_age_when_the_registry_is_away() {
    if skipped() {
        return;
    }
    let console = Console::empty().await;
    let (docker, pusher) = open().await;
    pusher.push("shop/api", "1.0.0", &Image::of("amd64")).await;
    console.add_registry(settings(&docker.url())).await;
    let admin = console.admin();
    let hub = admin.until("/registries/hub", |hub| hub["state"]["state"] == "reachable").await;
    drop(docker);
    admin.post("/registries/hub/sync", json!({})).await.status(StatusCode::ACCEPTED);
    let failing = admin.until("/registries/hub", |hub| hub["state"]["state"] == "failing").await;
    assert_eq!(failing["state"]["code"], "unreachable", "{failing}");
    assert!(failing["state"]["retry_at"].is_string());
    assert_eq!(failing["synced_at"], hub["synced_at"], "the age of what is shown");
    admin.until_tags("shop/api", &["1.0.0"]).await;
}

#[tokio::test]
async fn a_limit_is_kept_to() {
    let limited = || async { (StatusCode::TOO_MANY_REQUESTS, [(RETRY_AFTER, "1800")]) };
    let url = served(Router::new().route("/v2/", get(|| async { "{}" })).fallback(limited)).await;
    let console = Console::empty().await;
    console.add_registry(json!({ "name": "hub", "url": url, "poll": "10s" })).await;
    let hub = console.admin().until("/registries/hub", |hub| hub["state"]["state"] == "failing").await;
    assert_eq!(hub["state"]["code"], "rate_limited", "{hub}");
    let time = |value: &serde_json::Value| value.as_str().unwrap().parse::<model::time::Timestamp>().unwrap();
    let wait = time(&hub["state"]["retry_at"]).since(time(&hub["state"]["since"]));
    assert!(wait > Duration::from_secs(1_700), "{wait:?}");
}

#[tokio::test]
async fn five_thousand_tags_are_read_in_the_background_and_open_in_a_blink() {
    const TAGS: usize = 5_000;
    let list = || async {
        json!({ "name": "shop/api", "tags": (0..TAGS).map(|tag| format!("1.{tag}.0")).collect::<Vec<_>>() })
            .to_string()
    };
    // Ten tags to an image, of which nothing more is told than the digest.
    let digest = |tag: &str| {
        let number: usize = tag.split('.').nth(1).and_then(|number| number.parse().ok()).unwrap_or(0);
        format!("sha256:{:064x}", number / 10)
    };
    let manifest = move |Path(tag): Path<String>| async move {
        if tag.starts_with("sha256:") {
            Err(StatusCode::NOT_FOUND)
        } else {
            Ok([("docker-content-digest", digest(&tag))])
        }
    };
    let router = Router::new()
        .route("/v2/", get(|| async { "{}" }))
        .route("/v2/_catalog", get(|| async { r#"{"repositories":["shop/api"]}"# }))
        .route("/v2/shop/api/tags/list", get(list))
        .route("/v2/shop/api/manifests/{tag}", get(manifest));
    let console = Console::empty().await;
    console.add_registry(settings(&served(router).await)).await;
    let admin = console.admin();
    let path = "/registries/hub/repositories";
    let half = admin.until(path, |page| page["items"][0]["syncing"]["done"].as_u64() > Some(0)).await;
    assert_eq!(half["items"][0]["syncing"]["of"], TAGS, "{half}");
    // Pages are not held up meanwhile.
    let asked = Instant::now();
    admin.get("/registries/hub/repositories/shop/api/tags?limit=100").await.ok().await;
    assert!(asked.elapsed() < Duration::from_secs(1), "{:?}", asked.elapsed());
    let begun = Instant::now();
    while admin.get(path).await.ok().await["items"][0]["synced_at"].is_null() {
        assert!(begun.elapsed() < Duration::from_mins(2), "still reading");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let asked = Instant::now();
    let page = admin.get("/registries/hub/repositories/shop/api/tags?limit=100").await.ok().await;
    assert!(asked.elapsed() < Duration::from_millis(500), "{:?}", asked.elapsed());
    assert_eq!(names(&page).len(), 100);
    assert_eq!(admin.get(path).await.ok().await["items"][0]["tags"], TAGS);
}

/// What the registry of the next test does when it is asked for a manifest.
const ANSWERS: [(&str, StatusCode); 4] = [
    ("refuses the credentials", StatusCode::UNAUTHORIZED),
    ("wants to be asked less often", StatusCode::TOO_MANY_REQUESTS),
    ("is broken", StatusCode::INTERNAL_SERVER_ERROR),
    ("is slow", StatusCode::OK),
];

#[tokio::test]
async fn at_a_deployment_it_is_said_what_the_registry_said_and_nothing_is_changed() {
    let now = Arc::new(AtomicUsize::new(0));
    let asked = Arc::clone(&now);
    let manifest = move || {
        let (_, status) = ANSWERS[asked.load(Ordering::Relaxed)];
        async move {
            if status == StatusCode::OK {
                tokio::time::sleep(Duration::from_mins(5)).await;
            }
            (status, [(RETRY_AFTER, "1800")])
        }
    };
    let router = Router::new()
        .route("/v2/", get(|| async { "{}" }))
        .route("/v2/_catalog", get(|| async { r#"{"repositories":[]}"# }))
        .route("/v2/shop/api/manifests/{tag}", get(manifest));
    let url = served(router).await;
    let console = Console::empty().await;
    console.add_registry(settings(&url)).await;
    let admin = console.admin();
    admin.until("/registries/hub", |hub| hub["state"]["state"] == "reachable").await;
    let image = format!("{}/shop/api:1", url.trim_start_matches("http://"));
    let body = json!({ "name": "shop", "definition": { "image": image } });
    for (number, (what, _)) in ANSWERS.iter().enumerate() {
        now.store(number, Ordering::Relaxed);
        let begun = Instant::now();
        let answer = admin.post("/environments/local/apps", body.clone()).await;
        let problem = answer.problem(503, "registry_unreachable").await;
        assert!(begun.elapsed() < Duration::from_secs(20), "{what}: {:?}", begun.elapsed());
        let detail = problem["detail"].as_str().unwrap();
        println!("{what}: {detail}");
        assert!(detail.contains("hub") && detail.contains("deploy by digest"), "{what}: {detail}");
    }
    admin.get("/environments/local/apps/shop").await.problem(404, "not_found").await;
}
