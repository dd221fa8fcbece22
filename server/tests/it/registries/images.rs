//! The page of the images, and what its lists tell of the tags of a registry.

use adapters::registry::contract::push::Image;
use reqwest::{Method, StatusCode};
use serde_json::json;

use super::{open, settings, skipped};
use crate::harness::{Client, Console, send};

async fn read(client: &Client, path: &str) -> String {
    send(client.raw(Method::GET, path)).await.status(StatusCode::OK).text().await
}

#[tokio::test]
async fn every_tag_is_a_row_with_what_is_known_of_it_and_the_apps_that_run_it() {
    if skipped() {
        return;
    }
    let console = Console::empty().await;
    let admin = console.person("anna", "admin").await;
    let empty = read(&admin, "/images").await;
    assert!(empty.contains("No images yet") && empty.contains("Add a registry"), "{empty}");
    let (docker, pusher) = open().await;
    let labelled = Image::of("amd64")
        .label("org.opencontainers.image.revision", "4f2c0de91234")
        .label("org.opencontainers.image.source", "https://git.example/shop");
    let digest = pusher.push("shop/api", "1.4.2", &labelled).await;
    pusher.push("shop/api", "1.4.1", &Image::of("amd64").layer(b"older")).await;
    pusher.push("shop/idle", "1", &Image::of("arm64")).await;
    console.add_registry(settings(&docker.url())).await;
    admin.until_tags("shop/idle", &["1"]).await;
    let name = format!("{}/shop/api", docker.host());
    let body = json!({ "name": "shop", "definition": { "image": format!("{name}:1.4.2"), "instances": 1 }, "reason": "a test" });
    admin.post("/environments/local/apps", body).await.status(StatusCode::CREATED);
    admin.settled("shop").await;
    let build = json!({ "image": format!("{name}:1.4.1"), "commit": "0ddba11c0ffee", "build_url": "https://ci.example/7" });
    let told = admin.post("/releases", build).await.status(StatusCode::CREATED).json().await;
    let id = told["id"].as_str().unwrap();
    admin.post(&format!("/releases/{id}/bad"), json!({ "reason": "leaks" })).await.ok().await;

    let tags = admin.get("/registries/hub/repositories/shop/api/tags").await.ok().await;
    let tag = |name: &str| tags["items"].as_array().unwrap().iter().find(|tag| tag["name"] == name).unwrap();
    assert_eq!(tag("1.4.2")["runs"], json!([{ "environment": "local", "app": "shop" }]));
    assert_eq!(
        (&tag("1.4.1")["release"]["bad"]["reason"], &tag("1.4.1")["runs"]),
        (&json!("leaks"), &json!([]))
    );
    let repositories = admin.get("/repositories").await.ok().await;
    let known = repositories["items"].as_array().unwrap();
    let idle = known.iter().find(|one| one["name"].as_str().unwrap().ends_with("/shop/idle")).unwrap();
    assert_eq!((&idle["newest"], &idle["registry"]["newest"]), (&json!(null), &json!("1")));
    let api = known.iter().find(|one| one["name"] == name.as_str()).unwrap();
    assert_eq!((&api["registry"]["tags"], &api["count"]), (&json!(2), &json!(2)));

    let list = read(&admin, "/images").await;
    for part in ["shop/idle", "shop/api", "local/shop"] {
        assert!(list.contains(part), "{part} is missing in {list}");
    }
    let path = format!("/images?repository={name}");
    let page = read(&admin, &path).await;
    let short = &digest[7..19];
    for part in [
        "4f2c0de9<",
        short,
        "https://git.example/shop",
        "https://ci.example/7",
        "Deploy 1.4.1",
        "local/shop",
        "Bad",
    ] {
        assert!(page.contains(part), "{part} is missing in {page}");
    }
    assert!(read(&admin, &format!("{path}&q=1.4.1")).await.contains("tag-1.4.1"));
    assert!(!read(&admin, &format!("{path}&q=1.4.1")).await.contains("tag-1.4.2"));
    let opened = read(&admin, &format!("{path}&tag=1.4.1")).await;
    for part in ["Bad, says anna: leaks", "/environments/local/apps/shop/edit?image=", "/apps/new?image="] {
        assert!(opened.contains(part), "{part} is missing in {opened}");
    }
    let running = read(&admin, &format!("{path}&tag=1.4.2")).await;
    assert!(running.contains("Promote local/shop") && running.contains(&digest), "{running}");
    let versions = read(&admin, &format!("{path}&view=versions")).await;
    assert!(versions.contains("Versions of") && versions.contains("0ddba11c"), "{versions}");
    let vera = console.viewer().await;
    let seen = read(&vera, &format!("{path}&tag=1.4.1")).await;
    assert!(
        seen.contains("tag-1.4.2") && !seen.contains("Deploy 1.4") && !seen.contains("Deploy to"),
        "{seen}"
    );
}

#[tokio::test]
async fn what_was_last_known_stays_with_its_age_while_a_registry_is_away() {
    if skipped() {
        return;
    }
    let console = Console::empty().await;
    let admin = console.person("anna", "admin").await;
    let (docker, pusher) = open().await;
    pusher.push("shop/api", "1.4.2", &Image::of("amd64")).await;
    console.add_registry(settings(&docker.url())).await;
    admin.until("/registries/hub", |hub| hub["state"]["state"] == "reachable").await;
    let path = format!("/images?repository={}/shop/api", docker.host());
    assert!(!read(&admin, &path).await.contains("It was last read"));
    drop(docker);
    admin.post("/registries/hub/sync", json!({})).await.status(StatusCode::ACCEPTED);
    admin.until("/registries/hub", |hub| hub["state"]["state"] == "failing").await;
    for path in ["/images", path.as_str()] {
        let page = read(&admin, path).await;
        assert!(page.contains("It was last read") && page.contains("1.4.2"), "{page}");
    }
}
