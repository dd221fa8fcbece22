//! A console beside a real registry.

mod bad_days;
mod deploying;
mod following;
mod hooks;
mod images;
mod logged;
mod newer;
mod reading;
mod settings;

use std::time::Duration;

use adapters::registry::contract::docker::{self, Auth, DockerRegistry, Options, PASSWORD, USER};
use adapters::registry::contract::push::Pusher;
use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::harness::{Client, Console};

/// Longest wait for something that must happen.
const PATIENCE: Duration = Duration::from_secs(20);

pub fn skipped() -> bool {
    let missing = docker::missing();
    if let Some(reason) = missing {
        eprintln!("skipped: {reason}");
    }
    missing.is_some()
}

/// A registry that asks for a password, with somebody who may push.
pub async fn with_password() -> (DockerRegistry, Pusher) {
    let docker = DockerRegistry::start(Options { auth: Auth::Basic, ..Options::default() }).await;
    let basic = Some((USER.to_owned(), PASSWORD.to_owned()));
    let pusher = Pusher { basic, ..Pusher::new(&docker.url()) };
    (docker, pusher)
}

pub async fn open() -> (DockerRegistry, Pusher) {
    let docker = DockerRegistry::start(Options::default()).await;
    let pusher = Pusher::new(&docker.url());
    (docker, pusher)
}

/// The settings of a registry by the name of `hub`, which is read seldom, so that only what is told of shows.
pub fn settings(url: &str) -> Value {
    json!({ "name": "hub", "url": url, "poll": "1h" })
}

impl Console {
    /// Adds a registry; the answer with the secret of its notifications.
    pub async fn add_registry(&self, settings: Value) -> Value {
        self.admin().post("/registries", settings).await.status(StatusCode::CREATED).json().await
    }
}

impl Client {
    /// Asks until what is answered is as wanted.
    pub async fn until(&self, path: &str, is_so: impl Fn(&Value) -> bool) -> Value {
        let mut last = Value::Null;
        let waiting = async {
            loop {
                let answer = self.get(path).await;
                if answer.0.status() == StatusCode::OK {
                    last = answer.json().await;
                    if is_so(&last) {
                        return;
                    }
                }
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        let waited = tokio::time::timeout(PATIENCE, waiting).await;
        assert!(waited.is_ok(), "{path} is {last:#}");
        last
    }

    pub async fn until_tags(&self, repository: &str, wanted: &[&str]) -> Value {
        let path = format!("/registries/hub/repositories/{repository}/tags");
        self.until(&path, |page| names(page) == wanted).await
    }
}

/// Of the items of a page.
pub fn names(page: &Value) -> Vec<&str> {
    let items = page["items"].as_array().map(Vec::as_slice).unwrap_or_default();
    items.iter().filter_map(|item| item["name"].as_str()).collect()
}
