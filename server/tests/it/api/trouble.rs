//! What people and programs read when the console cannot do what they ask: a sentence, on a page as in the API.

use reqwest::{Method, StatusCode};
use serde_json::json;
use server::store::Store;

use crate::harness::{Answer, Client, Console, send};

const HTML: &str = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";

/// As a browser asks for a page.
async fn visit(client: &Client, path: &str, language: &str) -> Answer {
    let request = client.raw(Method::GET, path).header("accept", HTML).header("accept-language", language);
    send(request).await
}

#[tokio::test]
async fn another_program_at_the_database_keeps_nobody_from_reading_and_is_named_where_something_is_changed() {
    let console = Console::empty().await;
    console.admin().create("shop", 1).await;
    console.admin().settled("shop").await;
    let otto = console.operator().await;
    let url = format!("sqlite:{}", console.folder.path().join("quarterdeck.db").display());
    let other = Store::open(&url).await.expect("opened");
    let mut held = other.begin().await.expect("held");
    // Long ago, so that the use of the session is to be noted.
    sqlx::query("UPDATE sessions SET seen_at = 0").execute(&mut *held).await.expect("updated");
    held.commit().await.expect("committed");
    let held = other.begin().await.expect("held");

    let page = visit(&otto, "/apps", "en").await.status(StatusCode::OK).text().await;
    assert!(page.contains("shop"), "{page}");
    otto.get("/apps").await.ok().await;
    let scale = otto.post("/environments/local/apps/shop/scale", json!({ "instances": 2 })).await;
    assert!(!scale.header("retry-after").is_empty());
    let problem = scale.problem(503, "store_unavailable").await;
    assert_eq!(problem["detail"], "The database is busy; try again in a moment.");
    drop(held);
    let scale = otto.post("/environments/local/apps/shop/scale", json!({ "instances": 2 })).await;
    scale.status(StatusCode::ACCEPTED);
}

#[tokio::test]
async fn a_database_that_is_away_is_a_page_in_the_readers_language() {
    let console = Console::empty().await;
    let otto = console.operator().await;
    let path = console.folder.path().join("quarterdeck.db");
    let other = Store::open(&format!("sqlite:{}", path.display())).await.expect("opened");
    let mut tx = other.begin().await.expect("begun");
    sqlx::query("ALTER TABLE sessions RENAME TO lost").execute(&mut *tx).await.expect("renamed");
    tx.commit().await.expect("committed");

    let answer = visit(&otto, "/apps?q=a", "en").await.status(StatusCode::INTERNAL_SERVER_ERROR);
    let policy = answer.header("content-security-policy").to_owned();
    assert!(answer.header("content-type").starts_with("text/html"), "{}", answer.header("content-type"));
    assert!(policy.contains("style-src 'self'") && !policy.contains("script-src"), "{policy}");
    let id = answer.header("x-request-id").to_owned();
    let text = answer.text().await;
    assert!(text.contains("Something went wrong in the console") && text.contains(&id), "{text}");
    assert!(text.contains(r#"href="/apps?q=a""#) && text.contains("</html>"), "{text}");
    let chinese = visit(&otto, "/apps", "zh-CN").await.text().await;
    assert!(chinese.contains(r#"lang="zh-Hans""#) && chinese.contains("控制台出错"), "{chinese}");
    otto.get("/apps").await.problem(500, "internal").await;
}

#[tokio::test]
async fn a_form_from_another_site_is_refused_on_a_page() {
    let console = Console::empty().await;
    let otto = console.operator().await;
    let form = otto.raw(Method::POST, "/apps").header("accept", HTML).header("sec-fetch-site", "cross-site");
    let form = form.header("content-type", "application/x-www-form-urlencoded").body("app=local%2Fshop&by=1");
    let answer = send(form).await.status(StatusCode::FORBIDDEN);
    assert!(answer.header("content-type").starts_with("text/html"));
    assert!(answer.text().await.contains("another site"));
}
