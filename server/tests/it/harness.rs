//! A console in process with an engine in memory, and the people who speak to it.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use adapters::engine::fake::FakeEngine;
use adapters::engine::{Engine, EngineError};
use adapters::metrics::MetricLimits;
use async_trait::async_trait;
use model::time::Timestamp;
use reqwest::{Method, RequestBuilder, Response, StatusCode};
use serde_json::{Value, json};
use server::boot::{self, Running};
use server::clock::{Clock, SharedClock, SystemClock};
use server::config::{Config, LogFormat};
use server::logs::LogSettings;
use server::metrics::statsd::StatsdSetting;
use server::reconcile::EngineFactory;
use server::store::environments::EnvironmentRow;

pub const ADMIN_TOKEN: &str = "administrator-token-of-the-integration-tests";
pub const PASSWORD: &str = "correct horse battery";
/// Longest wait for something that must happen.
const PATIENCE: Duration = Duration::from_secs(20);

/// The host's clock, which a test can set forward.
#[derive(Default)]
pub struct Ahead(AtomicI64);

impl Ahead {
    pub fn by(&self, ahead: Duration) {
        self.0.store(i64::try_from(ahead.as_millis()).expect("a short way"), Ordering::Relaxed);
    }
}

impl Clock for Ahead {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(SystemClock.now().as_millis() + self.0.load(Ordering::Relaxed))
    }

    fn new_id(&self) -> uuid::Uuid {
        SystemClock.new_id()
    }
}

/// The engine of `local`; every other environment has one of its own.
struct Engines(FakeEngine);

#[async_trait]
impl EngineFactory for Engines {
    async fn build(&self, environment: &EnvironmentRow) -> Result<Arc<dyn Engine>, EngineError> {
        let first = environment.name.as_str() == "local";
        Ok(Arc::new(if first { self.0.clone() } else { FakeEngine::new() }))
    }
}

/// A console on a data folder of its own.
pub struct Console {
    pub running: Running,
    pub engine: FakeEngine,
    pub folder: tempfile::TempDir,
}

impl Console {
    /// Without anybody who could sign in.
    pub async fn empty() -> Self {
        Self::with(|_| {}).await
    }

    pub async fn with(change: impl FnOnce(&mut Config)) -> Self {
        Self::start(Arc::new(SystemClock), change).await
    }

    /// With a clock of its own.
    pub async fn at(clock: SharedClock) -> Self {
        Self::start(clock, |_| {}).await
    }

    async fn start(clock: SharedClock, change: impl FnOnce(&mut Config)) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        Self::on(folder, FakeEngine::new(), clock, change).await
    }

    /// Ends and starts again on the same data, with the same engine.
    pub async fn restart(self, meanwhile: impl FnOnce(&Path), change: impl FnOnce(&mut Config)) -> Self {
        let Self { running, engine, folder } = self;
        running.shutdown().await;
        meanwhile(folder.path());
        Self::on(folder, engine, Arc::new(SystemClock), change).await
    }

    async fn on(
        folder: tempfile::TempDir,
        engine: FakeEngine,
        clock: SharedClock,
        change: impl FnOnce(&mut Config),
    ) -> Self {
        let mut config = config(folder.path());
        change(&mut config);
        let factory = Arc::new(Engines(engine.clone()));
        let running = boot::start_with(config, clock, Some(factory)).await;
        let running = running.unwrap_or_else(|error| panic!("the console does not start: {error}"));
        let console = Self { running, engine, folder };
        console.engine_is_known().await;
        console
    }

    /// The same console after a restart.
    pub async fn again(self, clock: SharedClock) -> Self {
        let Self { running, engine, folder } = self;
        running.shutdown().await;
        Self::on(folder, engine, clock, |_| {}).await
    }

    /// Definitions are refused until the engine was asked what it can do.
    async fn engine_is_known(&self) {
        let admin = self.admin();
        let known = async {
            loop {
                let environment = admin.get("/environments/local").await.ok().await;
                if environment["reachability"]["state"] == "reachable" {
                    return;
                }
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        tokio::time::timeout(PATIENCE, known).await.expect("the engine is reachable");
    }

    /// The store of measurements opens in the background.
    pub async fn measurements_are_open(&self) {
        let admin = self.admin();
        let open = async {
            while admin.get("/query?query=vector(1)").await.0.status() != StatusCode::OK {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        tokio::time::timeout(PATIENCE, open).await.expect("the measurements are open");
    }

    pub fn client(&self, credential: Credential) -> Client {
        let http = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .build()
            .expect("a client");
        Client { base: self.running.url(), http, credential }
    }

    pub fn anonymous(&self) -> Client {
        self.client(Credential::None)
    }

    /// By `QUARTERDECK_ADMIN_TOKEN`.
    pub fn admin(&self) -> Client {
        self.client(Credential::Bearer(ADMIN_TOKEN.to_owned()))
    }

    /// A new person of this role, signed in.
    pub async fn person(&self, name: &str, role: &str) -> Client {
        let body = json!({ "name": name, "password": PASSWORD, "role": role });
        self.admin().post("/users", body).await.status(StatusCode::CREATED);
        let signed_in = self.running.ports.accounts.sign_in(name, PASSWORD, "192.0.2.1").await;
        self.client(Credential::Session(signed_in.expect("signed in").session))
    }

    pub async fn viewer(&self) -> Client {
        self.person("vera", "viewer").await
    }

    pub async fn operator(&self) -> Client {
        self.person("otto", "operator").await
    }
}

pub fn config(folder: &Path) -> Config {
    Config {
        listen: "127.0.0.1:0".parse().expect("an address"),
        public_url: None,
        data_dir: folder.to_owned(),
        database_url: format!("sqlite:{}", folder.join("quarterdeck.db").display()),
        trusted_proxy: Vec::new(),
        metrics: MetricLimits { age: Duration::from_hours(24), bytes: u64::MAX },
        logs: LogSettings::default(),
        statsd: StatsdSetting::default(),
        artifact_limit: 1 << 20,
        docker: None,
        log_format: LogFormat::Text,
        log: "warn".to_owned(),
        admin_token: Some(ADMIN_TOKEN.to_owned()),
        secret_key: None,
    }
}

/// A definition that the engine in memory runs.
pub fn definition(instances: u32) -> Value {
    json!({ "command": ["./shop", "$PORT"], "instances": instances, "ports": [{ "name": "http" }] })
}

#[derive(Debug, Clone)]
pub enum Credential {
    None,
    Bearer(String),
    Session(String),
}

/// Somebody who speaks to the console.
#[derive(Debug, Clone)]
pub struct Client {
    base: String,
    http: reqwest::Client,
    pub credential: Credential,
}

impl Client {
    /// A request to a path of the site.
    pub fn raw(&self, method: Method, path: &str) -> RequestBuilder {
        let request = self.http.request(method, format!("{}{path}", self.base));
        match &self.credential {
            Credential::None => request,
            Credential::Bearer(token) => request.bearer_auth(token),
            Credential::Session(secret) => request.header("cookie", format!("qd_session={secret}")),
        }
    }

    /// A request to a path of the API.
    pub fn api(&self, method: Method, path: &str) -> RequestBuilder {
        self.raw(method, &format!("/api/v1{path}"))
    }

    pub async fn get(&self, path: &str) -> Answer {
        send(self.api(Method::GET, path)).await
    }

    pub async fn delete(&self, path: &str) -> Answer {
        send(self.api(Method::DELETE, path)).await
    }

    pub async fn post(&self, path: &str, body: Value) -> Answer {
        send(self.api(Method::POST, path).json(&body)).await
    }

    pub async fn put(&self, path: &str, body: Value) -> Answer {
        send(self.api(Method::PUT, path).json(&body)).await
    }

    pub async fn create(&self, name: &str, instances: u32) -> Value {
        let body = json!({ "name": name, "definition": definition(instances), "reason": "a test" });
        self.post("/environments/local/apps", body).await.status(StatusCode::CREATED).json().await
    }

    /// Waits until no deployment of the app is active; the app then.
    pub async fn settled(&self, name: &str) -> Value {
        let path = format!("/environments/local/apps/{name}");
        let settled = async {
            loop {
                let app = self.get(&path).await.ok().await;
                if app["deployment"].is_null() {
                    return app;
                }
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        tokio::time::timeout(PATIENCE, settled).await.expect("the deployment ends")
    }
}

pub async fn send(request: RequestBuilder) -> Answer {
    Answer(request.send().await.expect("an answer"))
}

/// What came back.
#[derive(Debug)]
pub struct Answer(pub Response);

impl Answer {
    #[track_caller]
    pub fn status(self, expected: StatusCode) -> Self {
        let status = self.0.status();
        assert_eq!(status, expected, "{}", self.0.url());
        self
    }

    pub fn header(&self, name: &str) -> &str {
        self.0.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    pub async fn json(self) -> Value {
        self.0.json().await.expect("JSON")
    }

    pub async fn text(self) -> String {
        self.0.text().await.expect("text")
    }

    pub async fn ok(self) -> Value {
        self.status(StatusCode::OK).json().await
    }

    /// The problem of a refusal, with all that every problem has.
    pub async fn problem(self, status: u16, code: &str) -> Value {
        assert_eq!(self.0.status().as_u16(), status, "{}", self.0.url());
        assert_eq!(self.header("content-type"), "application/problem+json");
        let id = self.header("x-request-id").to_owned();
        let problem = self.json().await;
        assert_eq!(problem["code"], code, "{problem}");
        assert_eq!(problem["status"], status, "{problem}");
        assert_eq!(problem["request_id"], id.as_str(), "{problem}");
        for field in ["type", "title", "detail"] {
            assert!(problem[field].as_str().is_some_and(|text| !text.is_empty()), "{field}: {problem}");
        }
        problem
    }
}
