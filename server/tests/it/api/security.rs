//! Headers, other sites' requests, caching.

use reqwest::{Method, StatusCode};
use serde_json::json;

use crate::harness::{Console, Credential, send};

#[tokio::test]
async fn every_answer_carries_the_headers_that_keep_browsers_safe() {
    let console = Console::empty().await;
    for path in ["/health", "/api/v1/apps", "/api/v1/nowhere", "/api/docs", "/", "/pkg/none.js"] {
        let answer = send(console.anonymous().raw(Method::GET, path)).await;
        let policy = answer.header("content-security-policy");
        assert!(policy.starts_with("default-src 'none'"), "{path}: {policy}");
        assert!(!policy.contains("unsafe-inline") && !policy.contains(" 'unsafe-eval'"), "{path}: {policy}");
        assert_eq!(answer.header("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(answer.header("referrer-policy"), "same-origin", "{path}");
        assert!(!answer.header("x-request-id").is_empty(), "{path}");
    }
}

#[tokio::test]
async fn changes_from_another_sites_page_are_refused() {
    let console = Console::empty().await;
    let session = console.operator().await;
    session.create("shop", 1).await;
    let scale = |client: &crate::harness::Client| {
        client.api(Method::POST, "/environments/local/apps/shop/scale").json(&json!({ "instances": 2 }))
    };
    let cross = scale(&session).header("sec-fetch-site", "cross-site");
    send(cross).await.problem(403, "forbidden").await;
    let foreign = scale(&session).header("origin", "https://evil.example");
    send(foreign).await.problem(403, "forbidden").await;
    session.settled("shop").await;
    send(scale(&session).header("sec-fetch-site", "same-origin")).await.status(StatusCode::ACCEPTED);
    let own = console.running.url();
    session.settled("shop").await;
    send(scale(&session).header("origin", own)).await.status(StatusCode::ACCEPTED);
    // A token is never sent by a browser on its own.
    session.settled("shop").await;
    let by_token = scale(&console.admin()).header("origin", "https://evil.example");
    send(by_token).await.status(StatusCode::ACCEPTED);
}

#[tokio::test]
async fn a_wrong_token_is_not_helped_by_a_good_cookie() {
    let console = Console::empty().await;
    let viewer = console.viewer().await;
    let both = viewer.api(Method::GET, "/apps").bearer_auth("qd_wrong");
    send(both).await.problem(401, "unauthenticated").await;
    let answer = console.client(Credential::Bearer("short".to_owned())).get("/apps").await;
    assert_eq!(answer.header("www-authenticate"), "Bearer");
    answer.problem(401, "unauthenticated").await;
}

#[tokio::test]
async fn refusals_show_nothing_of_the_inside() {
    let console = Console::empty().await;
    let admin = console.admin();
    console.measurements_are_open().await;
    assert_eq!(admin.get("/query?query=sum(").await.json().await["errorType"], "bad_data");
    let text = admin.get("/apps?cursor=AAAA").await.text().await;
    assert!(!text.contains("sqlx") && !text.contains("SELECT"), "{text}");
}
