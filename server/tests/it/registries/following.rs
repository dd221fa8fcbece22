//! An app that follows a range takes what is pushed, without anybody who tells the console but the registry.

use adapters::registry::contract::push::Image;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use super::{open, settings, skipped};
use crate::harness::{Client, Console, send};

const SHOP: &str = "/environments/local/apps/shop";

async fn hub_tells(console: &Console, made: &Value, tag: &str) {
    let path = made["registry"]["hook"].as_str().unwrap();
    let secret = made["hook_secret"].as_str().unwrap();
    let body =
        json!({ "events": [{ "action": "push", "target": { "repository": "shop/api", "tag": tag } }] });
    let request = console.anonymous().raw(Method::POST, path).header("authorization", secret).json(&body);
    send(request).await.status(StatusCode::NO_CONTENT);
}

/// Waits until the app is to run this image.
async fn until_runs(admin: &Client, image: &str) -> Value {
    admin.until(SHOP, |app| app["definition"]["image"] == image && app["deployment"].is_null()).await
}

#[tokio::test]
async fn a_push_in_its_range_goes_out_by_itself_and_one_beside_it_does_not() {
    if skipped() {
        return;
    }
    let console = Console::empty().await;
    let (docker, pusher) = open().await;
    let first = pusher.push("shop/api", "1.4.0", &Image::of("amd64").layer(b"1.4.0")).await;
    let made = console.add_registry(settings(&docker.url())).await;
    let admin = console.admin();
    admin.until_tags("shop/api", &["1.4.0"]).await;
    let repository = format!("{}/shop/api", docker.host());
    let body = json!({ "name": "shop", "definition": { "image": format!("{repository}:1.4.0") } });
    admin.post("/environments/local/apps", body).await.status(StatusCode::CREATED);
    until_runs(&admin, &format!("{repository}:1.4.0@{first}")).await;
    let rule = json!({ "follow": "semver", "range": "^1.4" });
    admin.put(&format!("{SHOP}/auto-deploy"), rule).await.ok().await;
    // What is beside the range stays where it is; what is in it goes out.
    pusher.push("shop/api", "2.0.0", &Image::of("amd64").layer(b"2.0.0")).await;
    let next = pusher.push("shop/api", "1.4.1", &Image::of("amd64").layer(b"1.4.1")).await;
    for tag in ["2.0.0", "1.4.1"] {
        hub_tells(&console, &made, tag).await;
    }
    let app = until_runs(&admin, &format!("{repository}:1.4.1@{next}")).await;
    assert_eq!(app["revision"], 2);
    let history = admin.get(&format!("{SHOP}/revisions")).await.ok().await;
    assert_eq!(history["items"][0]["author"]["name"], "auto-deploy", "{history}");
    // Content that is bad does not go out by another tag.
    let releases = admin.get("/releases").await.ok().await;
    let id = releases["items"][0]["id"].as_str().unwrap();
    admin.post(&format!("/releases/{id}/bad"), json!({ "reason": "it eats orders" })).await.ok().await;
    pusher.push("shop/api", "1.4.2", &Image::of("amd64").layer(b"1.4.1")).await;
    let good = pusher.push("shop/api", "1.4.3", &Image::of("amd64").layer(b"1.4.3")).await;
    hub_tells(&console, &made, "1.4.2").await;
    admin.until("/registries/hub/repositories", |page| page["items"][0]["tags"] == 5).await;
    let app = until_runs(&admin, &format!("{repository}:1.4.3@{good}")).await;
    assert_eq!(app["revision"], 3, "1.4.2 is the content of 1.4.1, which is bad");
}
