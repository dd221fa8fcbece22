//! `Idempotency-Key`.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::harness::{Answer, Client, Console, definition, send};

async fn create(client: &Client, key: &str, name: &str) -> Answer {
    let body: Value = json!({ "name": name, "definition": definition(1) });
    let request = client.api(Method::POST, "/environments/local/apps").header("idempotency-key", key);
    send(request.json(&body)).await
}

#[tokio::test]
async fn a_change_is_done_once_and_answered_the_same() {
    let console = Console::empty().await;
    let otto = console.operator().await;
    let first = create(&otto, "key-1", "shop").await.status(StatusCode::CREATED).json().await;
    let again = create(&otto, "key-1", "shop").await.status(StatusCode::CREATED);
    assert_eq!(again.header("idempotency-replayed"), "true");
    assert_eq!(again.json().await, first);
    create(&otto, "key-1", "mail").await.problem(409, "idempotency_mismatch").await;
    create(&otto, "key-2", "shop").await.problem(409, "already_exists").await;
    // A key belongs to who sent it.
    create(&console.admin(), "key-1", "mail").await.status(StatusCode::CREATED);
}

#[tokio::test]
async fn refusals_are_remembered_too() {
    let console = Console::empty().await;
    let otto = console.operator().await;
    create(&otto, "key", "Bad Name").await.problem(422, "invalid").await;
    let again = create(&otto, "key", "Bad Name").await;
    assert_eq!(again.header("idempotency-replayed"), "true");
    assert_eq!(again.header("content-type"), "application/problem+json");
    assert_eq!(again.0.status().as_u16(), 422);
}
