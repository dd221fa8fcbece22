//! Starting and what keeps a console from it: one clear sentence each.

use std::sync::Arc;

use server::boot::{self, BootError};
use server::config::DockerPlace;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::UnixListener;

use crate::harness::{Console, config};

async fn refused(change: impl FnOnce(&mut server::config::Config)) -> String {
    let folder = tempfile::tempdir().expect("a folder");
    let mut config = config(folder.path());
    change(&mut config);
    match boot::start(config).await {
        Ok(_) => panic!("must not start"),
        Err(error) => error.to_string(),
    }
}

#[tokio::test]
async fn a_second_console_on_a_data_folder_says_so() {
    let console = Console::empty().await;
    let Err(error) = boot::start(config(console.folder.path())).await else { panic!("must not start") };
    assert!(matches!(error, BootError::Lock(_)), "{error}");
    assert!(error.to_string().contains("another quarterdeck"), "{error}");
}

#[tokio::test]
async fn a_taken_port_is_named() {
    let console = Console::empty().await;
    let address = console.running.address;
    let error = refused(|config| config.listen = address).await;
    assert!(error.contains(&address.to_string()) && error.contains("in use"), "{error}");
}

#[tokio::test]
async fn a_short_admin_token_is_refused_and_not_repeated() {
    let error = refused(|config| config.admin_token = Some("geheim".to_owned())).await;
    assert!(error.contains("32") && !error.contains("geheim"), "{error}");
}

#[tokio::test]
async fn an_unreachable_database_is_named_without_its_password() {
    let url = "postgres://anna:geheim@127.0.0.1:1/quarterdeck";
    let error = refused(|config| config.database_url = url.to_owned()).await;
    assert!(error.contains("127.0.0.1:1") && !error.contains("geheim"), "{error}");
}

#[tokio::test]
async fn everything_is_there_again_after_a_restart() {
    let console = Console::empty().await;
    console.admin().create("shop", 1).await;
    console.admin().settled("shop").await;
    let Console { running, folder, .. } = console;
    running.shutdown().await;
    let running = boot::start_with(config(folder.path()), Arc::new(server::clock::SystemClock), None);
    let running = running.await.unwrap_or_else(|error| panic!("the console does not start again: {error}"));
    let query = model::api::AppsQuery::default();
    let caller = model::permission::Caller::policy("test");
    let apps = running.ports.apps.list(&caller, &query).await.expect("a list");
    assert_eq!(apps.items.len(), 1);
    running.shutdown().await;
}

/// Names of the environments of a first start beside something that listens where Docker would.
async fn environments_beside(answers: bool) -> Vec<String> {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("docker.sock");
    let listener = UnixListener::bind(&path).expect("binds");
    let daemon = tokio::spawn(async move {
        loop {
            let Ok((mut stream, _)) = listener.accept().await else { return };
            tokio::spawn(async move {
                let mut request = [0; 4096];
                while stream.read(&mut request).await.is_ok_and(|read| read > 0) {
                    if answers {
                        let body = r#"{"Version":"20.10","ApiVersion":"1.41","MinAPIVersion":"1.12"}"#;
                        let head =
                            format!("content-type: application/json\r\ncontent-length: {}", body.len());
                        let answer = format!("HTTP/1.1 200 OK\r\n{head}\r\n\r\n{body}");
                        let _ = stream.write_all(answer.as_bytes()).await;
                    }
                }
            });
        }
    });
    let endpoint = format!("unix://{}", path.display());
    let place = DockerPlace { endpoint, tls: None };
    let console = Console::with(|config| config.docker = Some(place)).await;
    daemon.abort();
    let list = console.admin().get("/environments").await.ok().await;
    let items = list["items"].as_array().expect("a list").clone();
    items.iter().map(|item| item["name"].as_str().expect("a name").to_owned()).collect()
}

#[tokio::test]
async fn the_first_start_makes_an_environment_for_a_docker_that_answers() {
    assert_eq!(environments_beside(true).await, ["docker", "local"]);
    assert_eq!(environments_beside(false).await, ["local"], "a silent one is not waited for");
}

#[tokio::test]
async fn settings_of_an_engine_are_refused_field_by_field_and_kept_when_good() {
    let console = Console::empty().await;
    let admin = console.admin();
    let input = |engine: serde_json::Value| serde_json::json!({ "name": "east", "engine": engine });
    let bad = serde_json::json!({
        "kind": "docker", "endpoint": "http://x", "tls": { "ca": "", "certificate": "/no/such", "key": "/no/such" }
    });
    let problem = admin.post("/environments", input(bad)).await.problem(422, "invalid").await;
    let paths: Vec<&str> =
        problem["errors"].as_array().expect("errors").iter().filter_map(|e| e["path"].as_str()).collect();
    assert_eq!(
        paths,
        ["/engine/endpoint", "/engine/tls", "/engine/tls/ca", "/engine/tls/certificate", "/engine/tls/key"]
    );
    let engine = serde_json::json!({ "kind": "swarm", "endpoint": "tcp://10.0.0.7:2375" });
    admin.post("/environments", input(engine.clone())).await.status(reqwest::StatusCode::CREATED);
    assert_eq!(admin.get("/environments/east").await.ok().await["engine"], engine);
    let usual = serde_json::json!({ "name": "here", "engine": { "kind": "docker" } });
    admin.post("/environments", usual).await.status(reqwest::StatusCode::CREATED);
    let here = admin.get("/environments/here").await.ok().await;
    assert_eq!(here["engine"]["endpoint"], "unix:///var/run/docker.sock");
}
