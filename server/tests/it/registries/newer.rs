//! The marks of apps that run something old, and of those whose tag was moved.

use adapters::registry::contract::push::Image;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use super::{open, settings, skipped};
use crate::harness::{Console, send};

const SHOP: &str = "/environments/local/apps/shop";

#[tokio::test]
async fn an_app_says_what_is_newer_and_that_its_tag_was_moved() {
    if skipped() {
        return;
    }
    let console = Console::empty().await;
    let admin = console.person("anna", "admin").await;
    let (docker, pusher) = open().await;
    pusher.push("shop/api", "1.4.2", &Image::of("amd64")).await;
    pusher.push("shop/api", "nightly", &Image::of("amd64").layer(b"night")).await;
    console.add_registry(settings(&docker.url())).await;
    admin
        .until("/registries/hub/repositories/shop/api/tags", |page| {
            page["items"].as_array().unwrap().len() == 2
        })
        .await;
    let name = format!("{}/shop/api", docker.host());
    let body = json!({ "name": "shop", "definition": { "image": format!("{name}:1.4.2"), "instances": 1 }, "reason": "a test" });
    admin.post("/environments/local/apps", body).await.status(StatusCode::CREATED);
    admin.settled("shop").await;
    let fresh = admin.get(SHOP).await.ok().await;
    assert_eq!((&fresh["newer"], &fresh["moved"]), (&Value::Null, &Value::Null));

    pusher.push("shop/api", "1.10.0", &Image::of("amd64").layer(b"ten")).await;
    pusher.push("shop/api", "1.9.0", &Image::of("amd64").layer(b"nine")).await;
    pusher.push("shop/api", "2.0.0-rc.1", &Image::of("amd64").layer(b"soon")).await;
    let moved = pusher.push("shop/api", "1.4.2", &Image::of("amd64").layer(b"again")).await;
    admin.post("/registries/hub/sync", json!({})).await.status(StatusCode::ACCEPTED);
    let old =
        admin.until(SHOP, |app| app["newer"]["tag"] == "1.10.0" && app["moved"] == moved.as_str()).await;
    assert_eq!(old["newer"]["image"], format!("{name}:1.10.0"));
    let listed = admin.get("/apps").await.ok().await;
    assert_eq!(listed["items"][0]["newer"], old["newer"]);
    for path in ["/apps", SHOP] {
        let page = send(admin.raw(Method::GET, path)).await.text().await;
        for part in ["1.10.0 is newer", "edit?image=", "tag moved"] {
            assert!(page.contains(part), "{part} is missing in {page}");
        }
    }
    let build = json!({ "image": format!("{name}:1.10.0") });
    let told = admin.post("/releases", build).await.status(StatusCode::CREATED).json().await;
    let id = told["id"].as_str().unwrap();
    admin.post(&format!("/releases/{id}/bad"), json!({ "reason": "leaks" })).await.ok().await;
    let app = admin.get(SHOP).await.ok().await;
    assert_eq!(app["newer"]["tag"], "1.9.0", "what is bad is passed over");
    let vera = console.viewer().await;
    let page = send(vera.raw(Method::GET, "/apps")).await.text().await;
    assert!(page.contains("1.9.0 is newer") && !page.contains("edit?image="), "{page}");
}

#[tokio::test]
async fn the_field_of_an_image_is_completed_by_a_part_of_the_page() {
    if skipped() {
        return;
    }
    let console = Console::empty().await;
    let admin = console.person("anna", "admin").await;
    let (docker, pusher) = open().await;
    pusher.push("shop/api", "1.4.2", &Image::of("amd64")).await;
    console.add_registry(settings(&docker.url())).await;
    admin.until_tags("shop/api", &["1.4.2"]).await;
    let typed = async |text: &str| {
        let path = format!("/apps/new?typed={text}");
        let request = admin.raw(Method::GET, &path).header("x-regions", "known-images");
        send(request).await.status(StatusCode::OK).text().await
    };
    let page = typed("shop/a").await;
    let name = format!("{}/shop/api", docker.host());
    assert!(page.contains(&format!("value=\"{name}\"")) && !page.contains("<form class=\"editor"), "{page}");
    let page = typed(&format!("{name}:1")).await;
    assert!(page.contains(&format!("value=\"{name}:1.4.2\"")) && page.contains("label=\""), "{page}");
    assert!(typed(&name).await.contains(":1.4.2"), "a repository that is typed whole offers its tags");
    assert!(!typed("elsewhere.example/a:").await.contains("<option"));
}
