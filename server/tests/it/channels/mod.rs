//! A console that tells people, and those who take its messages.

mod alertmanager;
mod mail;
mod sending;
mod settings;
mod telling;

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{OriginalUri, State};
use axum::http::{HeaderMap, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use reqwest::StatusCode;
use serde_json::{Value, json};
use sha2::Sha256;

use crate::harness::Console;

/// Longest wait for something that must happen.
const PATIENCE: Duration = Duration::from_secs(30);
/// Of the webhooks of these tests.
pub const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

/// What is answered next, and after how long.
#[derive(Debug, Clone, Default)]
pub struct Reply {
    pub status: u16,
    pub headers: Vec<(&'static str, String)>,
    pub body: &'static str,
    pub delay: Duration,
}

impl Reply {
    pub fn status(status: u16) -> Self {
        Self { status, ..Self::default() }
    }
}

/// A message as it came.
#[derive(Debug, Clone)]
pub struct Got {
    pub path: String,
    pub headers: HeaderMap,
    pub body: String,
    pub at: Instant,
}

impl Got {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).expect("JSON")
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// Checks the signature as a receiver would that knows the standard and the secret alone.
    pub fn verify(&self) {
        let key = STANDARD.decode(SECRET.trim_start_matches("whsec_")).expect("a key");
        let mut mac = Hmac::<Sha256>::new_from_slice(&key).expect("a key");
        let signed =
            format!("{}.{}.{}", self.header("webhook-id"), self.header("webhook-timestamp"), self.body);
        mac.update(signed.as_bytes());
        let expected = format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()));
        assert_eq!(self.header("webhook-signature"), expected);
    }
}

#[derive(Default)]
struct Kept {
    got: Mutex<Vec<Got>>,
    script: Mutex<VecDeque<Reply>>,
}

/// A web server that takes messages: answers as it is told to, then always with 200.
pub struct Receiver {
    pub url: String,
    kept: Arc<Kept>,
}

impl Receiver {
    pub async fn start(script: impl IntoIterator<Item = Reply>) -> Self {
        let kept = Arc::new(Kept { script: Mutex::new(script.into_iter().collect()), ..Kept::default() });
        let router = Router::new().fallback(take).with_state(Arc::clone(&kept));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { url, kept }
    }

    pub fn got(&self) -> Vec<Got> {
        self.kept.got.lock().expect("a lock").clone()
    }

    /// Waits for so many messages.
    pub async fn until(&self, count: usize) -> Vec<Got> {
        let began = Instant::now();
        while self.got().len() < count {
            assert!(began.elapsed() < PATIENCE, "only {:?}", self.got());
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        self.got()
    }
}

async fn take(
    State(kept): State<Arc<Kept>>,
    OriginalUri(uri): OriginalUri,
    headers: HeaderMap,
    body: Bytes,
) -> Response<Body> {
    let body = String::from_utf8_lossy(&body).into_owned();
    let got = Got { path: uri.to_string(), headers, body, at: Instant::now() };
    let reply = kept.script.lock().expect("a lock").pop_front();
    let reply = reply.unwrap_or_else(|| Reply { body: "ok", ..Reply::status(200) });
    kept.got.lock().expect("a lock").push(got);
    tokio::time::sleep(reply.delay).await;
    let mut answer = Response::builder().status(reply.status);
    for (name, value) in reply.headers {
        answer = answer.header(name, value);
    }
    answer.body(Body::from(reply.body)).expect("an answer")
}

/// The settings of a webhook that is told of everything.
pub fn webhook(name: &str, url: &str) -> Value {
    json!({
        "name": name, "kind": "webhook", "url": format!("{url}/hooks/0123456789abcdef"), "secret": SECRET,
        "wants": { "alerts": "info", "deployments": "all", "approvals": true },
    })
}

impl Console {
    pub async fn add_channel(&self, settings: Value) -> Value {
        self.admin().post("/channels", settings).await.status(StatusCode::CREATED).json().await
    }

    /// The newest deliveries once they are as wanted.
    pub async fn until_deliveries(&self, channel: &str, is_so: impl Fn(&[Value]) -> bool) -> Vec<Value> {
        let path = format!("/channels/{channel}/deliveries");
        let page =
            self.admin().until(&path, |page| page["items"].as_array().is_some_and(|all| is_so(all))).await;
        page["items"].as_array().cloned().unwrap_or_default()
    }

    /// Once the newest delivery has ended.
    pub async fn until_ended(&self, channel: &str) -> Value {
        let all = self
            .until_deliveries(channel, |all| all.first().is_some_and(|newest| newest["state"] != "waiting"));
        all.await.remove(0)
    }

    pub async fn test_channel(&self, channel: &str) -> Value {
        self.admin().post(&format!("/channels/{channel}/test"), json!({})).await.ok().await
    }
}
