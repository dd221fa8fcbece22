//! A real console in a process of its own, for tests and benchmarks that start, kill and upgrade it.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use reqwest::{Client, Method, StatusCode};
use serde_json::Value;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};

const TOKEN: &str = "automation-token-of-this-test-run-0123456789";
const START_LIMIT: Duration = Duration::from_secs(30);

/// One console on a data folder of its own. What it runs is ended and the folder removed when this is dropped.
pub struct Console {
    pub binary: PathBuf,
    data: tempfile::TempDir,
    /// Settings of its own, by their variables.
    pub settings: Vec<(&'static str, String)>,
    child: Option<Child>,
    /// `http://host:port`.
    pub address: String,
    client: Client,
}

impl Console {
    pub fn new(binary: impl Into<PathBuf>) -> Self {
        let data = tempfile::tempdir().expect("a data folder");
        adapters::tls::choose();
        Self {
            binary: binary.into(),
            data,
            settings: Vec::new(),
            child: None,
            address: String::new(),
            client: Client::new(),
        }
    }

    pub fn data(&self) -> &Path {
        self.data.path()
    }

    pub fn pid(&self) -> Option<u32> {
        self.child.as_ref().and_then(Child::id)
    }

    /// Starts and waits until it is ready; how long that took.
    pub async fn start(&mut self) -> Duration {
        let begun = Instant::now();
        let log = std::fs::OpenOptions::new()
            .create(true)
            .append(true)
            .open(self.data().join("console.log"))
            .expect("a log file");
        let mut child = Command::new(&self.binary)
            .args(["serve", "--listen", "127.0.0.1:0", "--data-dir"])
            .arg(self.data())
            .env("QUARTERDECK_ADMIN_TOKEN", TOKEN)
            .env("QUARTERDECK_DOCKER", "off")
            .envs(self.settings.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()
            .expect("the console starts");
        let mut lines = BufReader::new(child.stdout.take().expect("its output")).lines();
        let found = tokio::time::timeout(START_LIMIT, async {
            loop {
                let line = lines.next_line().await.expect("its output");
                let line = line.unwrap_or_else(|| panic!("the console ended: {}", self.log()));
                if let Some(start) = line.find("http://") {
                    let rest = &line[start..];
                    break rest.split(['/', ';', ' ']).nth(2).expect("an address").to_owned();
                }
            }
        });
        let host = found.await.unwrap_or_else(|_| panic!("no address in time: {}", self.log()));
        self.address = format!("http://{host}");
        self.child = Some(child);
        // Its later lines must not fill the pipe.
        tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
        while begun.elapsed() < START_LIMIT {
            let answer = self.client.get(format!("{}/ready", self.address)).send().await;
            if answer.is_ok_and(|answer| answer.status() == StatusCode::OK) {
                return begun.elapsed();
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        panic!("the console did not get ready: {}", self.log());
    }

    /// SIGKILL, nothing less.
    pub async fn kill(&mut self) {
        let mut child = self.child.take().expect("a console");
        child.kill().await.expect("killed");
    }

    /// SIGTERM; how long it took to end.
    pub async fn end(&mut self) -> Duration {
        let begun = Instant::now();
        let pid = Pid::from_raw(self.pid().expect("running").cast_signed());
        kill(pid, Signal::SIGTERM).expect("signalled");
        self.child.take().expect("a console").wait().await.expect("ended");
        begun.elapsed()
    }

    /// Asks the API. `Err` when there was no answer.
    pub async fn ask(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
        key: Option<&str>,
    ) -> Result<(StatusCode, Value), reqwest::Error> {
        let mut request = self.request(method, path);
        if let Some(body) = body {
            request = request.json(body);
        }
        if let Some(key) = key {
            request = request.header("Idempotency-Key", key);
        }
        let answer = request.timeout(Duration::from_secs(20)).send().await?;
        let status = answer.status();
        let bytes = answer.bytes().await?;
        Ok((status, serde_json::from_slice(&bytes).unwrap_or(Value::Null)))
    }

    pub async fn get(&self, path: &str) -> Value {
        let (status, body) = self.ask(Method::GET, path, None, None).await.expect("an answer");
        assert!(status.is_success(), "GET {path}: {status} {body}");
        body
    }

    pub async fn post(&self, path: &str, body: &Value) -> Value {
        let (status, answer) = self.ask(Method::POST, path, Some(body), None).await.expect("an answer");
        assert!(status.is_success(), "POST {path}: {status} {answer}");
        answer
    }

    /// A client that holds the administrator's token, for what [`Self::ask`] does not do.
    pub fn request(&self, method: Method, path: &str) -> reqwest::RequestBuilder {
        self.client.request(method, format!("{}{path}", self.address)).bearer_auth(TOKEN)
    }

    /// The last lines it logged.
    pub fn log(&self) -> String {
        let text = std::fs::read_to_string(self.data().join("console.log")).unwrap_or_default();
        let lines: Vec<&str> = text.lines().collect();
        lines[lines.len().saturating_sub(30)..].join("\n")
    }
}

impl Drop for Console {
    fn drop(&mut self) {
        if let Some(mut child) = self.child.take() {
            let _ = child.start_kill();
            // It holds the lock of the data folder until it is gone.
            while matches!(child.try_wait(), Ok(None)) {
                std::thread::sleep(Duration::from_millis(5));
            }
        }
        let ended = std::process::Command::new(&self.binary)
            .args(["stop-instances", "--data-dir"])
            .arg(self.data())
            .stdout(Stdio::null())
            .status();
        if !ended.is_ok_and(|status| status.success()) {
            eprintln!("instances under {} may still run", self.data().display());
        }
    }
}
