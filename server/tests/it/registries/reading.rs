//! What is read of a registry, and how it is shown.

use adapters::registry::contract::push::Image;
use reqwest::StatusCode;
use serde_json::json;

use super::{names, open, settings, skipped};
use crate::harness::Console;

#[tokio::test]
async fn repositories_and_tags_are_listed_with_what_their_images_say() {
    if skipped() {
        return;
    }
    let console = Console::empty().await;
    let (docker, pusher) = open().await;
    let image = Image::of("amd64")
        .and("arm64")
        .label("org.opencontainers.image.revision", "4f2c0de")
        .label("org.opencontainers.image.source", "https://git.example/shop")
        .created("2026-11-20T10:00:00Z");
    let digest = pusher.push("shop/api", "1.4.2", &image).await;
    pusher.push("shop/api", "1.4.1", &Image::of("amd64").created("2026-11-19T10:00:00Z")).await;
    pusher.push("web", "latest", &Image::of("amd64")).await;
    console.add_registry(settings(&docker.url())).await;
    let vera = console.viewer().await;
    let tags = vera.until_tags("shop/api", &["1.4.2", "1.4.1"]).await;
    let tag = &tags["items"][0];
    assert_eq!(tag["digest"], digest.as_str());
    assert_eq!(tag["platforms"], json!(["linux/amd64", "linux/arm64"]));
    assert_eq!((&tag["commit"], &tag["source"]), (&json!("4f2c0de"), &json!("https://git.example/shop")));
    assert_eq!(tag["created_at"], "2026-11-20T10:00:00.000Z");
    assert!(tag["size"].as_u64().is_some_and(|size| size > 0), "{tag}");
    let repositories =
        vera.until("/registries/hub/repositories", |page| names(page) == ["shop/api", "web"]).await;
    assert_eq!(repositories["items"][0]["tags"], 2);
    assert_eq!(repositories["items"][0]["image"], format!("{}/shop/api", docker.host()));
    // A name of one word, and slashes in any form.
    vera.until_tags("web", &["latest"]).await;
    let escaped = vera.get("/registries/hub/repositories/shop%2Fapi/tags?limit=1").await.ok().await;
    assert_eq!(names(&escaped), ["1.4.2"]);
    let next = escaped["next"].as_str().unwrap();
    let rest =
        vera.get(&format!("/registries/hub/repositories/shop/api/tags?cursor={next}")).await.ok().await;
    assert_eq!(names(&rest), ["1.4.1"]);
    vera.get("/registries/hub/repositories/shop/none/tags").await.problem(404, "not_found").await;
    vera.get("/registries/hub/repositories/shop/api/others").await.problem(404, "not_found").await;
    let hub = vera.until("/registries/hub", |hub| hub["state"]["state"] == "reachable").await;
    assert!(hub["synced_at"].is_string() && hub["syncing"].is_null(), "{hub}");
}

#[tokio::test]
async fn what_is_typed_is_completed_to_repositories_and_then_to_tags() {
    if skipped() {
        return;
    }
    let console = Console::empty().await;
    let (docker, pusher) = open().await;
    pusher.push("shop/api", "1.4.2", &Image::of("amd64")).await;
    pusher.push("shop/web", "2.0.0", &Image::of("amd64")).await;
    console.add_registry(settings(&docker.url())).await;
    let admin = console.admin();
    admin.until_tags("shop/web", &["2.0.0"]).await;
    let host = docker.host();
    let offered = async |text: &str| {
        let answer = admin.get(&format!("/images?text={text}")).await.ok().await;
        let items = answer["items"].as_array().unwrap().clone();
        items.into_iter().map(|item| item["image"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(offered("ap").await, [format!("{host}/shop/api")]);
    assert_eq!(offered(&format!("{host}/shop/w")).await, [format!("{host}/shop/web")]);
    assert_eq!(offered(&format!("{host}/shop/api:")).await, [format!("{host}/shop/api:1.4.2")]);
    assert_eq!(offered(&format!("{host}/shop/api:9")).await, Vec::<String>::new());
    assert_eq!(offered("").await.len(), 2);
}

#[tokio::test]
async fn new_moved_and_gone_tags_show_at_the_next_reading() {
    if skipped() {
        return;
    }
    let console = Console::empty().await;
    let (docker, pusher) = open().await;
    let first = pusher.push("shop/api", "1.0.0", &Image::of("amd64")).await;
    let gone = pusher.push("shop/api", "0.9.0", &Image::of("amd64").layer(b"old")).await;
    console.add_registry(settings(&docker.url())).await;
    let admin = console.admin();
    admin.until_tags("shop/api", &["1.0.0", "0.9.0"]).await;
    pusher.push("shop/api", "1.1.0", &Image::of("amd64").layer(b"newer")).await;
    pusher.push("shop/api", "1.0.0", &Image::of("amd64").layer(b"again")).await;
    pusher.delete("shop/api", &gone).await;
    admin.post("/registries/hub/sync", json!({})).await.status(StatusCode::ACCEPTED);
    let tags = admin
        .until("/registries/hub/repositories/shop/api/tags", |page| {
            page["items"].as_array().is_some_and(|items| items.iter().any(|tag| tag["gone"] == true))
        })
        .await;
    let tag = |name: &str| tags["items"].as_array().unwrap().iter().find(|tag| tag["name"] == name).unwrap();
    assert_eq!(tag("1.0.0")["moved_from"], first.as_str());
    assert!(tag("1.1.0")["moved_from"].is_null());
    assert_eq!(tag("0.9.0")["gone"], true);
    let repository = admin.get("/registries/hub/repositories").await.ok().await;
    assert_eq!(repository["items"][0]["tags"], 2, "what is gone does not count");
}

#[tokio::test]
async fn repositories_by_hand_are_read_too_and_shown_before_they_are() {
    if skipped() {
        return;
    }
    let console = Console::empty().await;
    let (docker, pusher) = open().await;
    pusher.push("shop/api", "1.0.0", &Image::of("amd64")).await;
    let mut wanted = settings(&docker.url());
    wanted["repositories"] = json!(["shop/soon"]);
    console.add_registry(wanted).await;
    let admin = console.admin();
    let page = admin.get("/registries/hub/repositories").await.ok().await;
    assert!(names(&page).contains(&"shop/soon"), "{page}");
    admin.until_tags("shop/api", &["1.0.0"]).await;
    admin.until("/registries/hub", |hub| hub["state"]["state"] == "reachable").await;
}

#[tokio::test]
async fn without_a_notification_a_push_shows_within_the_interval() {
    if skipped() {
        return;
    }
    let console = Console::empty().await;
    let (docker, pusher) = open().await;
    pusher.push("shop/api", "1.0.0", &Image::of("amd64")).await;
    let mut seldom = settings(&docker.url());
    seldom["poll"] = json!("10s");
    console.add_registry(seldom).await;
    let admin = console.admin();
    admin.until_tags("shop/api", &["1.0.0"]).await;
    pusher.push("shop/api", "1.1.0", &Image::of("amd64").layer(b"newer")).await;
    admin.until_tags("shop/api", &["1.1.0", "1.0.0"]).await;
}
