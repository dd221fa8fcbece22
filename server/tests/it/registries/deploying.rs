//! A deployment stays with what its tag stood for when it began.

use adapters::registry::contract::push::Image;
use reqwest::StatusCode;
use serde_json::{Value, json};

use super::{open, settings, skipped};
use crate::harness::{Client, Console};

const SHOP: &str = "/environments/local/apps/shop";
const LAYERS: [&[u8]; 2] = [b"one", b"another"];

impl Client {
    async fn create_shop(&self, image: &str) -> Value {
        let body = json!({ "name": "shop", "definition": { "image": image }, "reason": "a test" });
        self.post("/environments/local/apps", body).await.status(StatusCode::CREATED);
        self.settled("shop").await
    }

    /// The answer, whatever it is.
    async fn deploy_shop(&self, image: &str) -> Value {
        self.put(SHOP, json!({ "image": image })).await.json().await
    }
}

/// What the app is to run: its revision and its image.
fn runs(app: &Value) -> (u64, &str) {
    (app["revision"].as_u64().unwrap_or_default(), app["definition"]["image"].as_str().unwrap_or_default())
}

fn codes(plan: &Value) -> Vec<&str> {
    let warnings = plan["warnings"].as_array().map(Vec::as_slice).unwrap_or_default();
    warnings.iter().filter_map(|warning| warning["code"].as_str()).collect()
}

#[tokio::test]
async fn a_tag_is_resolved_once_and_going_back_runs_the_old_content_after_it_moved() {
    if skipped() {
        return;
    }
    let console = Console::empty().await;
    let (docker, pusher) = open().await;
    let old = pusher.push("shop/api", "1.4.2", &Image::of("amd64").layer(LAYERS[0])).await;
    console.add_registry(settings(&docker.url())).await;
    let admin = console.admin();
    let tag = format!("{}/shop/api:1.4.2", docker.host());
    let app = admin.create_shop(&tag).await;
    assert_eq!(runs(&app), (1, format!("{tag}@{old}").as_str()));
    // The engine runs what the revision says, and the history shows it.
    let history = admin.get(&format!("{SHOP}/revisions")).await.ok().await;
    assert_eq!(history["items"][0]["definition"]["image"], format!("{tag}@{old}"));
    // The same content again is nothing new.
    assert!(admin.deploy_shop(&tag).await["deployment"].is_null());
    let new = pusher.push("shop/api", "1.4.2", &Image::of("amd64").layer(LAYERS[1])).await;
    assert_ne!(old, new);
    let plan = admin.post(&format!("{SHOP}/plan"), json!({ "image": tag })).await.ok().await;
    assert_eq!(
        (&plan["new_revision"], &plan["definition"]["image"]),
        (&json!(2), &json!(format!("{tag}@{new}")))
    );
    assert!(!admin.deploy_shop(&tag).await["deployment"].is_null());
    let app = admin.settled("shop").await;
    assert_eq!(runs(&app), (2, format!("{tag}@{new}").as_str()));
    // Back: the plan says that the tag moved, and what runs is what ran.
    let back = json!({ "revision": 1 });
    let plan = admin.post(&format!("{SHOP}/plan"), back.clone()).await.ok().await;
    assert_eq!(codes(&plan), ["tag_moved"], "{plan}");
    assert_eq!(plan["warnings"][0]["digest"], new.as_str());
    pusher.delete("shop/api", &old).await;
    let plan = admin.post(&format!("{SHOP}/plan"), back.clone()).await.ok().await;
    assert_eq!(codes(&plan), ["tag_moved", "digest_gone"], "{plan}");
    admin.post(&format!("{SHOP}/rollback"), back).await.status(StatusCode::ACCEPTED);
    let app = admin.settled("shop").await;
    assert_eq!(runs(&app), (1, format!("{tag}@{old}").as_str()));
    // What has a digest is not asked about, so nobody has to answer.
    drop(docker);
    let body = json!({ "definition": { "image": format!("{tag}@{new}"), "env": { "MODE": "calm" } } });
    admin.put(SHOP, body).await.status(StatusCode::ACCEPTED);
}

#[tokio::test]
async fn what_does_not_exist_is_refused_with_what_is_nearest() {
    if skipped() {
        return;
    }
    let console = Console::empty().await;
    let (docker, pusher) = open().await;
    for tag in ["1.4.2", "1.4.1", "2.0.0"] {
        pusher.push("shop/api", tag, &Image::of("amd64")).await;
    }
    console.add_registry(settings(&docker.url())).await;
    let admin = console.admin();
    let apps = "/environments/local/apps";
    let wanted = |image: String| json!({ "name": "shop", "definition": { "image": image } });
    let missing = wanted(format!("{}/shop/api:1.4.9", docker.host()));
    let problem = admin.post(apps, missing.clone()).await.problem(422, "invalid").await;
    let error = &problem["errors"][0];
    assert_eq!(error["path"], "/definition/image", "{problem}");
    assert!(error["nearest"].as_array().unwrap().contains(&json!("1.4.2")), "{problem}");
    let unknown = wanted(format!("{}/shop/none:1", docker.host()));
    let problem = admin.post(apps, unknown).await.problem(422, "invalid").await;
    assert_eq!(problem["errors"][0]["code"], "no_such_repository", "{problem}");
    // A plan says so beside everything else.
    let body = json!({ "definition": missing["definition"] });
    let plan = admin.post(&format!("{SHOP}/plan"), body).await.ok().await;
    assert_eq!(plan["errors"][0]["path"], "/definition/image", "{plan}");
    admin.create_shop(&format!("{}/shop/api:1.4.2", docker.host())).await;
    let request = json!({ "image": format!("{}/shop/api:9", docker.host()) });
    let answer = admin.deploy_shop(request["image"].as_str().unwrap()).await;
    assert_eq!(answer["errors"][0]["path"], "/image", "{answer}");
}

#[tokio::test]
async fn with_the_registry_away_what_was_known_is_used_and_what_was_not_is_refused() {
    if skipped() {
        return;
    }
    let console = Console::empty().await;
    let (docker, pusher) = open().await;
    let digest = pusher.push("shop/api", "1.4.2", &Image::of("amd64")).await;
    console.add_registry(settings(&docker.url())).await;
    let admin = console.admin();
    admin.until_tags("shop/api", &["1.4.2"]).await;
    let host = docker.host();
    drop(docker);
    let unknown = json!({ "name": "shop", "definition": { "image": format!("{host}/shop/api:2") } });
    let problem =
        admin.post("/environments/local/apps", unknown).await.problem(503, "registry_unreachable").await;
    let detail = problem["detail"].as_str().unwrap();
    assert!(detail.contains("hub") && detail.contains("deploy by digest"), "{detail}");
    let tag = format!("{host}/shop/api:1.4.2");
    let body = json!({ "definition": { "image": tag } });
    let plan = admin.post(&format!("{SHOP}/plan"), body).await.ok().await;
    assert_eq!(codes(&plan), ["registry_away"], "{plan}");
    assert!(plan["warnings"][0]["known_since"].is_string(), "{plan}");
    let app = admin.create_shop(&tag).await;
    assert_eq!(runs(&app), (1, format!("{tag}@{digest}").as_str()));
}

#[tokio::test]
async fn an_image_of_another_registry_is_asked_of_the_engine_and_else_left_as_it_is_typed() {
    let console = Console::empty().await;
    let admin = console.admin();
    let digest = format!("sha256:{}", "ab".repeat(32));
    console.engine.set_image("nginx", &digest);
    let app = admin.create_shop("nginx").await;
    assert_eq!(runs(&app), (1, format!("nginx:latest@{digest}").as_str()));
    admin.deploy_shop("elsewhere.example/shop/api:1").await;
    let app = admin.settled("shop").await;
    assert_eq!(runs(&app), (2, "elsewhere.example/shop/api:1"));
}

#[tokio::test]
async fn a_build_that_tells_of_a_tag_is_told_its_digest() {
    if skipped() {
        return;
    }
    let console = Console::empty().await;
    let (docker, pusher) = open().await;
    let digest = pusher.push("shop/api", "1.4.2", &Image::of("amd64")).await;
    console.add_registry(settings(&docker.url())).await;
    let admin = console.admin();
    let told = |tag: &str| json!({ "image": format!("{}/shop/api:{tag}", docker.host()) });
    let release = admin.post("/releases", told("1.4.2")).await.status(StatusCode::CREATED).json().await;
    assert_eq!(release["digest"], digest.as_str());
    // It may tell before it pushes.
    let release = admin.post("/releases", told("1.5.0")).await.status(StatusCode::CREATED).json().await;
    assert!(release["digest"].is_null(), "{release}");
}
