//! Links that answer a gate once.

use std::sync::Arc;
use std::time::Duration;

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::harness::{Ahead, Client, Console, send};

fn staged(colour: &str) -> Value {
    json!({
        "command": ["./shop", "$PORT"], "instances": 2, "ports": [{ "name": "http" }], "env": { "COLOUR": colour },
        "strategy": { "kind": "staged", "steps": [{ "set": 1 }, { "approve": {} }, { "set": "100%" }] },
    })
}

/// A release by the administrator's token that waits for an approval; its id.
async fn waiting(console: &Console) -> String {
    let admin = console.admin();
    let body = json!({ "name": "shop", "definition": staged("blue") });
    admin.post("/environments/local/apps", body).await.status(StatusCode::CREATED);
    admin.settled("shop").await;
    let update = admin.put("/environments/local/apps/shop", json!({ "definition": staged("red") })).await;
    let update = update.status(StatusCode::ACCEPTED).json().await;
    let id = update["deployment"]["id"].as_str().expect("an id").to_owned();
    state(console, &id, "awaiting_approval").await;
    id
}

async fn state(console: &Console, id: &str, wanted: &str) {
    let reached = async {
        loop {
            let deployment = console.admin().get(&format!("/deployments/{id}")).await.ok().await;
            if deployment["state"] == wanted {
                return;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    let reached = tokio::time::timeout(Duration::from_secs(20), reached).await;
    assert!(reached.is_ok(), "the deployment is never {wanted}");
}

/// The token of a new link.
async fn link(by: &Client, id: &str, body: Value) -> String {
    let link = by.post(&format!("/deployments/{id}/approval-link"), body).await;
    let link = link.status(StatusCode::CREATED).json().await;
    assert!(link["expires_at"].is_string(), "{link}");
    link["url"].as_str().and_then(|url| url.strip_prefix("/approve/")).expect("a path").to_owned()
}

async fn approve(by: &Client, token: &str) -> crate::harness::Answer {
    by.post(&format!("/approval-links/{token}/approve"), json!({ "reason": "seen" })).await
}

#[tokio::test]
async fn a_link_answers_once_and_is_asked_who_one_is() {
    let console = Console::empty().await;
    let id = waiting(&console).await;
    let otto = console.operator().await;
    let token = link(&otto, &id, json!({ "expires_in": "1h" })).await;
    approve(&console.anonymous(), &token).await.problem(401, "unauthenticated").await;
    let gate = otto.get(&format!("/approval-links/{token}")).await.ok().await;
    assert_eq!((&gate["deployment"]["id"], &gate["step"]), (&json!(id), &json!(2)));
    approve(&otto, &token).await.ok().await;
    state(&console, &id, "succeeded").await;
    let known = otto.get(&format!("/deployments/{id}/verification")).await.ok().await;
    assert_eq!(
        (&known["approvals"][0]["by"], &known["approvals"][0]["reason"]),
        (&"otto".into(), &"seen".into())
    );
    approve(&otto, &token).await.problem(410, "link_used").await;
    otto.get(&format!("/approval-links/{token}")).await.problem(410, "link_used").await;
    let audit = console.admin().get("/audit").await.ok().await;
    let actions: Vec<_> =
        audit["items"].as_array().expect("entries").iter().map(|one| &one["action"]).collect();
    for action in ["deployment.approval_link", "deployment.approve"] {
        assert!(actions.contains(&&json!(action)), "{actions:?}");
    }
}

#[tokio::test]
async fn a_forged_link_opens_nothing() {
    let console = Console::empty().await;
    let id = waiting(&console).await;
    let otto = console.operator().await;
    // Before there is a key as well as after.
    approve(&otto, "a.b").await.problem(404, "link_forged").await;
    let token = link(&otto, &id, json!({})).await;
    let (payload, signature) = token.split_once('.').expect("two parts");
    let other = if signature.starts_with('A') { "B" } else { "A" };
    for forged in
        [format!("{payload}.{other}{}", &signature[1..]), format!("{payload}."), signature.to_owned()]
    {
        approve(&otto, &forged).await.problem(404, "link_forged").await;
    }
    state(&console, &id, "awaiting_approval").await;
}

#[tokio::test]
async fn a_link_ends() {
    let clock = Arc::new(Ahead::default());
    let console = Console::at(Arc::clone(&clock) as _).await;
    let id = waiting(&console).await;
    let otto = console.operator().await;
    let token = link(&otto, &id, json!({ "expires_in": "5m" })).await;
    clock.by(Duration::from_secs(301));
    approve(&otto, &token).await.problem(410, "link_expired").await;
    for wrong in ["5s", "31d"] {
        let body = json!({ "expires_in": wrong });
        otto.post(&format!("/deployments/{id}/approval-link"), body).await.problem(422, "invalid").await;
    }
}

#[tokio::test]
async fn a_link_gives_nobody_a_right() {
    let console = Console::empty().await;
    let id = waiting(&console).await;
    let (vera, otto) = (console.viewer().await, console.operator().await);
    vera.post(&format!("/deployments/{id}/approval-link"), json!({})).await.problem(403, "forbidden").await;
    let token = link(&otto, &id, json!({})).await;
    approve(&vera, &token).await.problem(403, "forbidden").await;
    // The author's own yes does not count here; the refusal leaves the link as it is.
    approve(&console.admin(), &token).await.problem(403, "forbidden").await;
    let no = otto.post(&format!("/approval-links/{token}/reject"), json!({ "reason": "too slow" })).await;
    no.ok().await;
    state(&console, &id, "rolled_back").await;
    otto.post(&format!("/deployments/{id}/approval-link"), json!({})).await.problem(409, "wrong_state").await;
}

#[tokio::test]
async fn the_page_asks_to_sign_in_and_says_what_became_of_the_link() {
    let console = Console::empty().await;
    let id = waiting(&console).await;
    let otto = console.operator().await;
    let token = link(&otto, &id, json!({})).await;
    let page = format!("/approve/{token}");
    let stranger = send(console.anonymous().raw(Method::GET, &page)).await;
    let place = stranger.header("location").to_owned();
    assert!(place.contains("/sign-in") && place.contains("approve"), "{place}");
    let shown = send(otto.raw(Method::GET, &page)).await.status(StatusCode::OK).text().await;
    for part in ["COLOUR", "value=\"approve\"", "value=\"reject\""] {
        assert!(shown.contains(part), "{part}: {shown}");
    }
    let answer = |client: &Client| {
        client
            .raw(Method::POST, &page)
            .header("content-type", "application/x-www-form-urlencoded")
            .header("sec-fetch-site", "same-origin")
            .body("do=approve&reason=fine")
    };
    let answered = send(answer(&otto)).await.status(StatusCode::SEE_OTHER);
    assert_eq!(answered.header("location"), format!("/deployments/{id}"));
    let used = send(otto.raw(Method::GET, &page)).await.status(StatusCode::GONE).text().await;
    assert!(used.contains("This link was used"), "{used}");
    let forged = send(otto.raw(Method::GET, "/approve/a.b")).await.status(StatusCode::NOT_FOUND).text().await;
    assert!(forged.contains("This link is not ours"), "{forged}");
}
