//! The app repository: told by builds, marked, held, followed, promoted.

use std::time::Duration;

use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::harness::{Client, Console};

const SHOP: &str = "/environments/local/apps/shop";

fn digest(of: u8) -> String {
    format!("sha256:{}", format!("{of:02x}").repeat(32))
}

fn image(tag: &str) -> Value {
    json!({ "image": format!("registry.example/shop/api:{tag}"), "instances": 1 })
}

async fn shop(client: &Client, place: &str, tag: &str) {
    let body = json!({ "name": "shop", "definition": image(tag), "reason": "a test" });
    client.post(&format!("/environments/{place}/apps"), body).await.status(StatusCode::CREATED);
}

async fn settled(client: &Client, place: &str) -> Value {
    for _ in 0..1_000 {
        let app = client.get(&format!("/environments/{place}/apps/shop")).await.ok().await;
        if app["deployment"].is_null() {
            return app;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("the deployment does not end");
}

async fn tell(client: &Client, tag: &str, more: Value) -> Value {
    let mut body = json!({ "image": format!("registry.example/shop/api:{tag}") });
    body.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
    client.post("/releases", body).await.json().await
}

async fn staging(console: &Console) {
    let body = json!({ "name": "staging", "engine": { "kind": "local" } });
    console.admin().post("/environments", body).await.status(StatusCode::CREATED);
    for _ in 0..500 {
        let place = console.admin().get("/environments/staging").await.ok().await;
        if place["reachability"]["state"] == "reachable" {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("staging is not reachable");
}

#[tokio::test]
async fn a_build_tells_of_a_version_and_it_shows_where_that_runs() {
    let console = Console::empty().await;
    let otto = console.operator().await;
    let body = json!({
        "image": format!("registry.example/shop/api:1.4.2@{}", digest(7)),
        "commit": "4f2a", "branch": "main", "build_url": "https://ci.example/7", "notes": "faster",
    });
    let first = otto.post("/releases", body.clone()).await.status(StatusCode::CREATED);
    let place = first.header("location").to_owned();
    let release = first.json().await;
    assert_eq!(place, format!("/api/v1/releases/{}", release["id"].as_str().expect("an id")));
    assert_eq!((&release["tag"], &release["source"]), (&json!("1.4.2"), &json!("ci")));
    assert_eq!(release["author"]["name"], "otto");
    let again = otto.post("/releases", body).await.status(StatusCode::OK).json().await;
    assert_eq!(again["id"], release["id"], "the same version is the same release");
    shop(&otto, "local", &format!("1.4.2@{}", digest(7))).await;
    settled(&otto, "local").await;
    let listed = otto.get("/releases").await.ok().await;
    assert_eq!(listed["items"].as_array().map(Vec::len), Some(1), "{listed}");
    assert_eq!(listed["items"][0]["runs"], json!([{ "environment": "local", "app": "shop" }]));
    let mistakes = otto.post("/releases", json!({ "image": "shop", "build_url": "ftp://x" })).await;
    let problem = mistakes.problem(422, "invalid").await;
    let paths: Vec<_> = problem["errors"].as_array().expect("errors").iter().map(|e| &e["path"]).collect();
    assert_eq!(paths, ["/image", "/build_url"]);
    let nowhere = otto.post("/releases", json!({ "artifact": "shop/1.0" })).await;
    assert_eq!(nowhere.problem(422, "invalid").await["errors"][0]["path"], "/artifact");
}

#[tokio::test]
async fn what_is_deployed_becomes_a_release() {
    let console = Console::empty().await;
    let otto = console.operator().await;
    shop(&otto, "local", "1").await;
    settled(&otto, "local").await;
    otto.put(SHOP, json!({ "image": "registry.example/shop/api:2" })).await.status(StatusCode::ACCEPTED);
    settled(&otto, "local").await;
    let listed = otto.get("/releases?repository=registry.example/shop/api").await.ok().await;
    let tags: Vec<_> = listed["items"].as_array().expect("items").iter().map(|r| &r["tag"]).collect();
    assert_eq!(tags, ["2", "1"]);
    assert_eq!(
        (&listed["items"][1]["runs"], &listed["items"][1]["source"]),
        (&json!([]), &json!("registry"))
    );
}

#[tokio::test]
async fn a_bad_release_needs_an_override_and_a_reason() {
    let console = Console::empty().await;
    let otto = console.operator().await;
    shop(&otto, "local", "1").await;
    settled(&otto, "local").await;
    otto.put(SHOP, json!({ "image": "registry.example/shop/api:2" })).await.status(StatusCode::ACCEPTED);
    settled(&otto, "local").await;
    let release = tell(&otto, "1", json!({})).await;
    let path = format!("/releases/{}", release["id"].as_str().expect("an id"));
    let no_reason = otto.post(&format!("{path}/bad"), json!({})).await.problem(422, "invalid").await;
    assert_eq!(no_reason["errors"][0]["path"], "/reason");
    let bad = otto.post(&format!("{path}/bad"), json!({ "reason": "leaks memory" })).await.ok().await;
    assert_eq!((&bad["bad"]["reason"], &bad["bad"]["by"]["name"]), (&json!("leaks memory"), &json!("otto")));

    let deploy = json!({ "image": "registry.example/shop/api:1", "reason": "no other way" });
    let refused = otto.put(SHOP, deploy.clone()).await.problem(409, "release_bad").await;
    assert!(refused["detail"].as_str().is_some_and(|text| text.contains("leaks memory")), "{refused}");
    let back = json!({ "revision": 1 });
    otto.post(&format!("{SHOP}/rollback"), back).await.problem(409, "release_bad").await;
    let silent = json!({ "image": "registry.example/shop/api:1", "override_release": true });
    assert_eq!(otto.put(SHOP, silent).await.problem(422, "invalid").await["errors"][0]["path"], "/reason");
    let mut forced = deploy;
    forced["override_release"] = json!(true);
    let accepted = otto.put(SHOP, forced).await.status(StatusCode::ACCEPTED).json().await;
    settled(&otto, "local").await;
    let id = accepted["deployment"]["id"].as_str().expect("an id");
    let events = otto.get(&format!("/deployments/{id}/events")).await.text().await;
    assert!(events.contains("release_overridden"), "{events}");
    let audit = console.admin().get("/audit").await.text().await;
    assert!(audit.contains("release_overridden") && audit.contains("release.bad"), "{audit}");

    otto.put(SHOP, json!({ "image": "registry.example/shop/api:2" })).await.status(StatusCode::ACCEPTED);
    settled(&otto, "local").await;
    otto.post(&format!("{path}/good"), json!({ "reason": "it was the disk" })).await.ok().await;
    let deploy = json!({ "image": "registry.example/shop/api:1" });
    otto.put(SHOP, deploy).await.status(StatusCode::ACCEPTED);
}

#[tokio::test]
async fn a_pinned_app_takes_no_other_version() {
    let console = Console::empty().await;
    let otto = console.operator().await;
    shop(&otto, "local", "1").await;
    settled(&otto, "local").await;
    assert_eq!(otto.get(&format!("{SHOP}/pin")).await.ok().await, Value::Null);
    let pin = otto.put(&format!("{SHOP}/pin"), json!({ "reason": "flash sale" })).await.ok().await;
    assert_eq!(pin["tag"], "1");
    let other = json!({ "image": "registry.example/shop/api:2" });
    let refused = otto.put(SHOP, other.clone()).await.problem(409, "pinned").await;
    assert!(refused["detail"].as_str().is_some_and(|text| text.contains("flash sale")), "{refused}");
    let mut same = image("1");
    same["env"] = json!({ "LOG_LEVEL": "debug" });
    let same = otto.put(SHOP, json!({ "definition": same })).await;
    same.status(StatusCode::ACCEPTED);
    settled(&otto, "local").await;
    let forced =
        json!({ "image": "registry.example/shop/api:2", "override_release": true, "reason": "a hole" });
    otto.put(SHOP, forced).await.status(StatusCode::ACCEPTED);
    settled(&otto, "local").await;
    otto.delete(&format!("{SHOP}/pin")).await.status(StatusCode::NO_CONTENT);
    let other = json!({ "image": "registry.example/shop/api:3" });
    otto.put(SHOP, other).await.status(StatusCode::ACCEPTED);
}

#[tokio::test]
async fn promoting_keeps_the_digest_and_what_is_the_target_s_own() {
    let console = Console::empty().await;
    staging(&console).await;
    let otto = console.operator().await;
    shop(&otto, "staging", &format!("1@{}", digest(1))).await;
    settled(&otto, "staging").await;
    let path = "/environments/staging/apps/shop";
    let promote = json!({ "to": "local", "reason": "tested" });
    let first = otto.post(&format!("{path}/promote"), promote.clone()).await;
    let first = first.status(StatusCode::ACCEPTED).json().await;
    assert_eq!(
        (&first["deployment"]["kind"], &first["deployment"]["environment"]),
        (&json!("promote"), &json!("local"))
    );
    let app = settled(&otto, "local").await;
    assert_eq!(app["definition"]["image"], format!("registry.example/shop/api:1@{}", digest(1)));

    let mut own = image(&format!("1@{}", digest(1)));
    own["env"] = json!({ "PLACE": "production" });
    otto.put(SHOP, json!({ "definition": own })).await.status(StatusCode::ACCEPTED);
    settled(&otto, "local").await;
    let next = format!("registry.example/shop/api:2@{}", digest(2));
    otto.put(path, json!({ "image": next })).await.status(StatusCode::ACCEPTED);
    settled(&otto, "staging").await;
    otto.post(&format!("{path}/promote"), promote.clone()).await.status(StatusCode::ACCEPTED);
    let app = settled(&otto, "local").await;
    assert_eq!(
        (&app["definition"]["image"], &app["definition"]["env"]["PLACE"]),
        (&json!(next), &json!("production"))
    );
    let nothing =
        otto.post(&format!("{path}/promote"), promote).await.status(StatusCode::ACCEPTED).json().await;
    assert_eq!(nothing["deployment"], Value::Null, "it is there already");
    let itself = otto.post(&format!("{path}/promote"), json!({ "to": "staging" })).await;
    assert_eq!(itself.problem(422, "invalid").await["errors"][0]["path"], "/to");
    otto.post(&format!("{path}/promote"), json!({ "to": "nowhere" })).await.problem(404, "not_found").await;
}

/// Waits until the app is at this tag and nothing is under way.
async fn until_at(client: &Client, tag: &str) {
    for _ in 0..1_000 {
        let app = client.get(SHOP).await.ok().await;
        let image = app["definition"]["image"].as_str().unwrap_or_default();
        if app["deployment"].is_null() && image.ends_with(&format!(":{tag}")) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("the app does not take {tag}");
}

#[tokio::test]
async fn an_app_takes_the_versions_it_follows_and_no_other() {
    let console = Console::empty().await;
    let otto = console.operator().await;
    shop(&otto, "local", "1.4.0").await;
    settled(&otto, "local").await;
    let policy = format!("{SHOP}/auto-deploy");
    assert_eq!(otto.get(&policy).await.ok().await, Value::Null, "off unless it is asked for");
    tell(&otto, "1.4.1", json!({})).await;
    for wrong in [json!({ "follow": "semver", "range": "no" }), json!({ "follow": "regex", "pattern": "(" })]
    {
        otto.put(&policy, wrong).await.problem(422, "invalid").await;
    }
    otto.put(&policy, json!({ "follow": "semver", "range": "~1.4" })).await.ok().await;
    until_at(&otto, "1.4.1").await;
    tell(&otto, "2.0.0", json!({})).await;
    tell(&otto, "1.4.2", json!({})).await;
    until_at(&otto, "1.4.2").await;
    let newest = otto.get("/deployments?app=shop&limit=1").await.ok().await;
    let newest = &newest["items"][0];
    assert_eq!(newest["actor"], json!({ "kind": "policy", "name": "auto-deploy" }));
    assert_eq!(newest["reason"], "semver ~1.4");

    // Taken back by a person, it stays back.
    otto.post(&format!("{SHOP}/rollback"), json!({ "revision": 1 })).await.status(StatusCode::ACCEPTED);
    until_at(&otto, "1.4.0").await;
    tell(&otto, "0.9.0", json!({})).await;
    tokio::time::sleep(Duration::from_millis(300)).await;
    until_at(&otto, "1.4.0").await;

    otto.put(&policy, json!({ "follow": "branch", "branch": "main" })).await.ok().await;
    tell(&otto, "build-7", json!({ "branch": "dev" })).await;
    tell(&otto, "build-8", json!({ "branch": "main" })).await;
    until_at(&otto, "build-8").await;
    otto.put(&format!("{SHOP}/pin"), json!({})).await.ok().await;
    tell(&otto, "build-9", json!({ "branch": "main" })).await;
    for _ in 0..500 {
        let shown = otto.get(&policy).await.ok().await;
        if shown["last"]["refused"].as_str().is_some_and(|text| text.contains("pinned")) {
            until_at(&otto, "build-8").await;
            otto.delete(&policy).await.status(StatusCode::NO_CONTENT);
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("the refusal is not shown");
}
