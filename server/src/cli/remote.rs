//! A console that is spoken to over HTTP, for programs such as CI jobs.

use std::time::Duration;

use clap::Args;
use model::problem::Problem;
use reqwest::{Method, StatusCode};
use serde::Serialize;
use serde::de::DeserializeOwned;
use url::Url;

use crate::clock::{Clock, SystemClock};

/// Longest wait for one answer.
const ANSWER: Duration = Duration::from_secs(30);
/// Pauses before the next try while the console cannot be reached, as in an upgrade.
const RETRIES: [u64; 5] = [1, 2, 4, 8, 15];

/// Which console, and as whom.
#[derive(Debug, Args)]
pub struct RemoteOptions {
    /// Address of the console
    #[arg(long, env = "QUARTERDECK_URL", value_name = "URL", default_value = "http://127.0.0.1:3000")]
    url: Url,
    /// By environment alone, since others see a command line.
    #[arg(skip = std::env::var("QUARTERDECK_TOKEN").ok().filter(|token| !token.is_empty()))]
    token: Option<String>,
}

pub struct Remote {
    http: reqwest::Client,
    url: Url,
    token: String,
}

impl Remote {
    pub fn new(options: RemoteOptions) -> Result<Self, String> {
        let token = options
            .token
            .ok_or("no token: set QUARTERDECK_TOKEN to one that you made under Settings, Tokens")?;
        adapters::tls::choose();
        let http = reqwest::Client::builder().timeout(ANSWER).build();
        let http = http.map_err(|error| format!("no requests can be made: {error}"))?;
        Ok(Self { http, url: options.url, token })
    }

    /// An address of the console's pages.
    pub fn page(&self, path: &str) -> String {
        format!("{}{path}", self.url.as_str().trim_end_matches('/'))
    }

    pub async fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T, String> {
        self.ask(Method::GET, path, None::<&()>).await.map(|(_, answer)| answer)
    }

    /// Sends a change; however often it has to be tried, it is done once.
    pub async fn send<T: DeserializeOwned>(
        &self,
        method: Method,
        path: &str,
        body: &(impl Serialize + Sync),
    ) -> Result<(StatusCode, T), String> {
        self.ask(method, path, Some(body)).await
    }

    async fn ask<T: DeserializeOwned>(
        &self,
        method: Method,
        path: &str,
        body: Option<&(impl Serialize + Sync)>,
    ) -> Result<(StatusCode, T), String> {
        let address = self.page(&format!("/api/v1{path}"));
        let key = format!("quarterdeck-{}", SystemClock.new_id());
        let mut retries = RETRIES.iter();
        loop {
            let mut request = self.http.request(method.clone(), &address).bearer_auth(&self.token);
            if let Some(body) = body {
                request = request.header("idempotency-key", &key).json(body);
            }
            let away = match request.send().await {
                Ok(answer) if matches!(answer.status().as_u16(), 502 | 504) => {
                    format!("{} answered {}", self.url, answer.status())
                }
                Ok(answer) => return read(answer).await,
                Err(error) if error.is_builder() => return Err(format!("{}: {error}", self.url)),
                Err(error) => format!("{} cannot be reached: {}", self.url, cause(&error)),
            };
            match retries.next() {
                None => return Err(away),
                Some(pause) => {
                    eprintln!("quarterdeck: {away}; trying again in {pause} s");
                    tokio::time::sleep(Duration::from_secs(*pause)).await;
                }
            }
        }
    }
}

async fn read<T: DeserializeOwned>(answer: reqwest::Response) -> Result<(StatusCode, T), String> {
    let status = answer.status();
    let bytes = answer.bytes().await.map_err(|error| format!("the answer broke off: {}", cause(&error)))?;
    if status.is_success() {
        let answer = serde_json::from_slice(&bytes);
        return answer.map(|answer| (status, answer)).map_err(|error| {
            format!("the answer is not understood; is this console of another version? {error}")
        });
    }
    match serde_json::from_slice::<Problem>(&bytes) {
        Ok(problem) => Err(sentence(&problem)),
        Err(_) => Err(format!("the console answered {status}")),
    }
}

/// What was refused, with a line for each field.
fn sentence(problem: &Problem) -> String {
    if problem.errors.is_empty() {
        return problem.detail.clone();
    }
    let lines: Vec<String> =
        problem.errors.iter().map(|error| format!("\n  {} {}", error.path, error.message)).collect();
    format!("{}:{}", problem.title, lines.concat())
}

/// The innermost cause, which says most.
fn cause(error: &reqwest::Error) -> String {
    let mut innermost: &dyn std::error::Error = error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    innermost.to_string()
}
