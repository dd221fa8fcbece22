//! Users, tokens, roles, the audit log.

use reqwest::StatusCode;
use serde_json::json;

use crate::harness::{Console, Credential, PASSWORD};

#[tokio::test]
async fn tokens_work_until_they_are_revoked_and_are_shown_once() {
    let console = Console::empty().await;
    let otto = console.operator().await;
    let input = json!({ "name": "ci", "role": "viewer", "expires_in_days": 30 });
    let created = otto.post("/tokens", input).await.status(StatusCode::CREATED).json().await;
    let secret = created["secret"].as_str().expect("a secret").to_owned();
    assert!(secret.starts_with("qd_") && secret.len() > 40, "{secret}");
    let hint = created["token"]["hint"].as_str().expect("a hint");
    assert!(hint.len() < 12 && secret.starts_with(hint.trim_end_matches('.')), "{hint}");

    let ci = console.client(Credential::Bearer(secret.clone()));
    ci.get("/apps").await.ok().await;
    // A token has its own role, not its owner's.
    let app = json!({ "name": "x", "definition": {} });
    ci.post("/environments/local/apps", app).await.problem(403, "forbidden").await;

    let listed = otto.get("/tokens").await.ok().await;
    assert!(!listed.to_string().contains(&secret));
    assert!(listed["items"][0]["last_used_at"].is_string(), "{listed}");
    let id = created["token"]["id"].as_str().expect("an id");
    otto.delete(&format!("/tokens/{id}")).await.status(StatusCode::NO_CONTENT);
    ci.get("/apps").await.problem(401, "unauthenticated").await;
    otto.delete(&format!("/tokens/{id}")).await.problem(404, "not_found").await;
}

#[tokio::test]
async fn a_token_never_has_more_rights_than_its_owner() {
    let console = Console::empty().await;
    let otto = console.operator().await;
    let problem = otto.post("/tokens", json!({ "name": "up", "role": "admin" })).await;
    let problem = problem.problem(422, "invalid").await;
    assert_eq!(problem["errors"][0]["path"], "/role");
    let token = otto.post("/tokens", json!({ "name": "ci", "role": "operator" })).await.json().await;
    let ci = console.client(Credential::Bearer(token["secret"].as_str().expect("a secret").to_owned()));
    ci.create("shop", 1).await;
    // An owner who loses rights takes them from the tokens.
    let users = console.admin().get("/users").await.ok().await;
    let id = users["items"][0]["id"].as_str().expect("an id").to_owned();
    console.admin().put(&format!("/users/{id}"), json!({ "role": "viewer" })).await.ok().await;
    let scale = ci.post("/environments/local/apps/shop/scale", json!({ "instances": 2 })).await;
    scale.problem(403, "forbidden").await;
}

#[tokio::test]
async fn tokens_of_others_are_not_there_for_those_who_may_not_see_them() {
    let console = Console::empty().await;
    let otto = console.operator().await;
    let vera = console.viewer().await;
    let token = otto.post("/tokens", json!({ "name": "ci", "role": "viewer" })).await.json().await;
    let id = token["token"]["id"].as_str().expect("an id");
    assert_eq!(vera.get("/tokens").await.ok().await["items"], json!([]));
    vera.delete(&format!("/tokens/{id}")).await.problem(404, "not_found").await;
    console.admin().delete(&format!("/tokens/{id}")).await.status(StatusCode::NO_CONTENT);
}

#[tokio::test]
async fn the_last_administrator_stays() {
    let console = Console::empty().await;
    let anna = console.person("anna", "admin").await;
    let users = anna.get("/users").await.ok().await;
    let path = format!("/users/{}", users["items"][0]["id"].as_str().expect("an id"));
    anna.delete(&path).await.problem(409, "wrong_state").await;
    anna.put(&path, json!({ "role": "viewer" })).await.problem(409, "wrong_state").await;
    console.person("bert", "admin").await;
    anna.put(&path, json!({ "role": "viewer" })).await.ok().await;
    // Her session goes on, with the rights she has now.
    anna.get("/users").await.problem(403, "forbidden").await;
}

#[tokio::test]
async fn a_removed_user_is_out_at_once() {
    let console = Console::empty().await;
    let vera = console.viewer().await;
    vera.get("/apps").await.ok().await;
    let users = console.admin().get("/users").await.ok().await;
    let path = format!("/users/{}", users["items"][0]["id"].as_str().expect("an id"));
    console.admin().delete(&path).await.status(StatusCode::NO_CONTENT);
    vera.get("/apps").await.problem(401, "unauthenticated").await;
}

#[tokio::test]
async fn names_are_unique_and_passwords_long_enough() {
    let console = Console::empty().await;
    console.viewer().await;
    let admin = console.admin();
    let again = json!({ "name": "vera", "password": PASSWORD, "role": "viewer" });
    admin.post("/users", again).await.problem(409, "already_exists").await;
    let short = json!({ "name": "Bad Name", "password": "short", "role": "viewer" });
    let problem = admin.post("/users", short).await.problem(422, "invalid").await;
    assert_eq!(problem["errors"].as_array().map(Vec::len), Some(2), "{problem}");
}

#[tokio::test]
async fn the_audit_log_says_who_did_what_without_secrets() {
    let console = Console::empty().await;
    let otto = console.operator().await;
    let token = otto.post("/tokens", json!({ "name": "ci", "role": "viewer" })).await.json().await;
    otto.create("shop", 1).await;
    let audit = console.admin().get("/audit?limit=2").await.ok().await;
    let next = audit["next"].as_str().expect("a next page").to_owned();
    let rest = console.admin().get(&format!("/audit?limit=100&cursor={next}")).await.ok().await;
    let actions: Vec<&str> = [&audit, &rest]
        .iter()
        .flat_map(|page| page["items"].as_array().expect("items"))
        .map(|entry| entry["action"].as_str().expect("an action"))
        .collect();
    for action in ["app.create", "token.create", "session.create", "user.create"] {
        assert!(actions.contains(&action), "{action} is missing in {actions:?}");
    }
    let text = format!("{audit}{rest}");
    assert!(!text.contains(PASSWORD) && !text.contains(token["secret"].as_str().expect("a secret")));
    otto.get("/audit").await.problem(403, "forbidden").await;
}
