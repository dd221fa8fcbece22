//! What the console itself writes while it speaks with registries, at its most talkative.

use std::process::Stdio;
use std::time::{Duration, Instant};

use adapters::registry::contract::docker::{PASSWORD, USER};
use adapters::registry::contract::push::Image;
use reqwest::Client;
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, BufReader};
use tokio::process::Command;

use super::{settings, skipped, with_password};
use crate::harness::ADMIN_TOKEN;

#[tokio::test]
async fn no_password_and_no_token_is_in_the_log() {
    if skipped() {
        return;
    }
    let (docker, pusher) = with_password().await;
    pusher.push("shop/api", "1.0.0", &Image::of("amd64")).await;
    let folder = tempfile::tempdir().unwrap();
    let mut console = Command::new(env!("CARGO_BIN_EXE_quarterdeck"))
        .args(["serve", "--listen", "127.0.0.1:0", "--log", "trace", "--data-dir"])
        .arg(folder.path())
        .env("QUARTERDECK_ADMIN_TOKEN", ADMIN_TOKEN)
        .env("QUARTERDECK_DOCKER", "off")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let mut output = console.stderr.take().unwrap();
    let log = tokio::spawn(async move {
        let mut text = String::new();
        output.read_to_string(&mut text).await.map(|_| text)
    });
    let line = BufReader::new(console.stdout.take().unwrap()).lines().next_line().await.unwrap().unwrap();
    let address = line.split("http://").nth(1).unwrap().split(['/', ';', ' ']).next().unwrap().to_owned();
    let client = Client::new();
    let url = |path: &str| format!("http://{address}/api/v1{path}");
    let mut wanted = settings(&docker.url());
    wanted["username"] = json!(USER);
    wanted["password"] = json!(PASSWORD);
    let made = client.post(url("/registries")).bearer_auth(ADMIN_TOKEN).json(&wanted).send().await.unwrap();
    let secret = made.json::<Value>().await.unwrap()["hook_secret"].as_str().unwrap().to_owned();
    let begun = Instant::now();
    loop {
        let path = url("/registries/hub/repositories/shop/api/tags");
        let tags = client.get(path).bearer_auth(ADMIN_TOKEN).send().await.unwrap();
        if tags.json::<Value>().await.unwrap()["items"][0]["name"] == "1.0.0" {
            break;
        }
        assert!(begun.elapsed() < Duration::from_secs(20), "the tag does not show");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    console.kill().await.unwrap();
    let text = log.await.unwrap().unwrap();
    assert!(text.contains("TRACE"), "it is as talkative as it can be");
    // As they are, and as HTTP would carry them.
    let basic =
        base64::Engine::encode(&base64::engine::general_purpose::STANDARD, format!("{USER}:{PASSWORD}"));
    for word in [PASSWORD, ADMIN_TOKEN, &secret, &basic] {
        let found = text.lines().find(|line| line.contains(word));
        assert_eq!(found, None, "a line of the log");
    }
}
