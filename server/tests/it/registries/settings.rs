//! Adding, changing and removing registries, and what never leaves the console.

use std::sync::Arc;

use adapters::engine::Credentials as _;
use adapters::registry::contract::docker::{PASSWORD, USER};
use adapters::registry::contract::push::Image;
use serde_json::json;
use server::auth::seal::Seal;
use server::registry::EngineCredentials;
use server::store::Store;

use super::{open, settings, skipped, with_password};
use crate::harness::{Console, config};

#[tokio::test]
async fn every_mistake_is_named_by_its_field() {
    let console = Console::empty().await;
    let wrong = json!({ "name": "Hub", "url": "http://registry.example", "ca": "-----BEGIN CERTIFICATE-----x", "poll": "1s" });
    let problem = console.admin().post("/registries", wrong).await.problem(422, "invalid").await;
    let paths: Vec<_> = problem["errors"].as_array().unwrap().iter().map(|error| &error["path"]).collect();
    assert_eq!(paths, ["/name", "/url", "/poll"]);
    let unreadable = json!({ "name": "hub", "url": "https://registry.example", "ca": "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----" });
    let problem = console.admin().post("/registries", unreadable).await.problem(422, "invalid").await;
    assert_eq!(problem["errors"][0]["path"], "/ca", "{problem}");
}

#[tokio::test]
async fn a_name_and_a_host_belong_to_one_registry() {
    let console = Console::empty().await;
    let first = json!({ "name": "hub", "url": "https://registry.example" });
    console.add_registry(first.clone()).await;
    console.admin().post("/registries", first).await.problem(409, "already_exists").await;
    let same_host = json!({ "name": "other", "url": "https://mirror.example", "host": "registry.example" });
    let problem = console.admin().post("/registries", same_host).await.problem(422, "invalid").await;
    assert_eq!(problem["errors"][0]["path"], "/host");
    let renamed = json!({ "name": "other", "url": "https://registry.example" });
    let problem = console.admin().put("/registries/hub", renamed).await.problem(422, "invalid").await;
    assert_eq!(problem["errors"][0]["path"], "/name");
    console.admin().delete("/registries/hub").await.status(reqwest::StatusCode::NO_CONTENT);
    console.admin().get("/registries/hub").await.problem(404, "not_found").await;
}

#[tokio::test]
async fn a_connection_test_says_what_is_wrong() {
    if skipped() {
        return;
    }
    let console = Console::empty().await;
    let (docker, pusher) = with_password().await;
    pusher.push("shop/api", "1.0.0", &Image::of("amd64")).await;
    let mut wanted = settings(&docker.url());
    wanted["username"] = json!(USER);
    wanted["password"] = json!("wrong");
    console.add_registry(wanted.clone()).await;
    let admin = console.admin();
    let tested = admin.post("/registries/hub/test", json!({})).await.ok().await;
    assert_eq!(
        (&tested["ok"], &tested["trouble"]["code"]),
        (&json!(false), &json!("unauthorized")),
        "{tested}"
    );
    let state = admin.until("/registries/hub", |hub| hub["state"]["state"] == "failing").await;
    assert_eq!(state["state"]["code"], "unauthorized", "{state}");
    wanted["password"] = json!(PASSWORD);
    admin.put("/registries/hub", wanted.clone()).await.ok().await;
    let tested = admin.post("/registries/hub/test", json!({})).await.ok().await;
    assert_eq!((&tested["ok"], &tested["repositories"]), (&json!(true), &json!(1)), "{tested}");
    // Without a password, the one that is kept stays.
    wanted.as_object_mut().unwrap().remove("password");
    let changed = admin.put("/registries/hub", wanted.clone()).await.ok().await;
    assert_eq!(changed["has_password"], true);
    admin.until_tags("shop/api", &["1.0.0"]).await;
    // It is not sent to another address than the one it was given for.
    wanted["url"] = json!("https://elsewhere.example");
    let problem = admin.put("/registries/hub", wanted).await.problem(422, "invalid").await;
    assert_eq!(problem["errors"][0]["path"], "/password");
}

#[tokio::test]
async fn a_password_is_in_no_answer_no_line_of_the_audit_log_and_not_in_the_database() {
    if skipped() {
        return;
    }
    let console = Console::empty().await;
    let (docker, pusher) = with_password().await;
    pusher.push("shop/api", "1.0.0", &Image::of("amd64")).await;
    let mut wanted = settings(&docker.url());
    wanted["username"] = json!(USER);
    wanted["password"] = json!(PASSWORD);
    let admin = console.admin();
    let made = console.add_registry(wanted.clone()).await;
    let secret = made["hook_secret"].as_str().unwrap().to_owned();
    assert!(secret.len() >= 32);
    admin.until_tags("shop/api", &["1.0.0"]).await;
    let mut texts = vec![made["registry"].to_string()];
    admin.put("/registries/hub", wanted).await.ok().await;
    for path in
        ["/registries", "/registries/hub", "/audit", "/registries/hub/repositories", "/images?text=api"]
    {
        texts.push(admin.get(path).await.ok().await.to_string());
    }
    assert!(texts.iter().any(|text| text.contains("registry.update")));
    for text in &texts {
        assert!(!text.contains(PASSWORD) && !text.contains(&secret), "{text}");
    }
    let renewed = admin.post("/registries/hub/secret", json!({})).await.ok().await;
    assert_ne!(renewed["hook_secret"], secret.as_str());
    for file in ["quarterdeck.db", "quarterdeck.db-wal"] {
        let stored = std::fs::read(console.folder.path().join(file)).unwrap();
        for word in [PASSWORD, &secret] {
            assert!(!stored.windows(word.len()).any(|part| part == word.as_bytes()), "{word} in {file}");
        }
    }
}

#[tokio::test]
async fn with_another_key_the_console_runs_and_says_what_it_cannot_open() {
    if skipped() {
        return;
    }
    let (docker, _) = with_password().await;
    let console = Console::empty().await;
    let mut wanted = settings(&docker.url());
    wanted["username"] = json!(USER);
    wanted["password"] = json!(PASSWORD);
    console.add_registry(wanted).await;
    let Console { running, folder, .. } = console;
    running.shutdown().await;
    std::fs::remove_file(folder.path().join("secret.key")).unwrap();
    let running = server::boot::start(config(folder.path())).await;
    let running = running.unwrap_or_else(|error| panic!("the console does not start: {error}"));
    let console = Console { running, engine: adapters::engine::fake::FakeEngine::new(), folder };
    let hub = console.admin().until("/registries/hub", |hub| hub["state"]["state"] == "failing").await;
    assert_eq!(hub["state"]["code"], "sealed", "{hub}");
    assert!(hub["state"]["detail"].as_str().unwrap().contains("secret.key"), "{hub}");
    console.running.shutdown().await;
}

#[tokio::test]
async fn a_removed_registry_leaves_nothing_behind() {
    if skipped() {
        return;
    }
    let console = Console::empty().await;
    let (docker, pusher) = open().await;
    pusher.push("shop/api", "1.0.0", &Image::of("amd64")).await;
    console.add_registry(settings(&docker.url())).await;
    let admin = console.admin();
    admin.until_tags("shop/api", &["1.0.0"]).await;
    admin.delete("/registries/hub").await.status(reqwest::StatusCode::NO_CONTENT);
    assert_eq!(admin.get("/images?text=shop").await.ok().await["items"], json!([]));
    admin.get("/registries/hub/repositories/shop/api/tags").await.problem(404, "not_found").await;
}

#[tokio::test]
async fn engines_are_given_what_their_registry_wants() {
    let console = Console::empty().await;
    let mut wanted = settings("https://registry.example:5000");
    wanted["username"] = json!(USER);
    wanted["password"] = json!(PASSWORD);
    console.add_registry(wanted.clone()).await;
    let open = json!({ "name": "open", "url": "https://open.example" });
    console.add_registry(open).await;
    let config = config(console.folder.path());
    let store = Store::open(&config.database_url).await.unwrap();
    let seal = Arc::new(Seal::open(&config.data_dir, None).unwrap());
    let keeper = EngineCredentials::new(store, seal);
    let given = keeper.for_host("registry.example:5000").await.expect("credentials");
    assert_eq!((given.username.as_str(), given.password.as_str()), (USER, PASSWORD));
    for host in ["open.example", "elsewhere.example", "docker.io"] {
        assert!(keeper.for_host(host).await.is_none(), "{host}");
    }
    // A changed password counts at once.
    wanted["password"] = json!("another");
    console.admin().put("/registries/hub", wanted).await.ok().await;
    let given = keeper.for_host("registry.example:5000").await.expect("credentials");
    assert_eq!(given.password, "another");
}
