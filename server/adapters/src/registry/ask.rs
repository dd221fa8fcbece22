//! Asks a registry by HTTP, bounded: so many questions at a time, so long for each, so much of an answer.

use std::time::Duration;

use futures::StreamExt as _;
use http::{HeaderMap, StatusCode, header};
use reqwest::redirect::{Attempt, Policy};
use reqwest::{Certificate, Client, Method};
use tokio::sync::Semaphore;

use super::{CONCURRENCY, RegistryError};

/// For a connection to stand.
pub const CONNECT: Duration = Duration::from_secs(5);
/// For one question with its whole answer.
pub const LIMIT: Duration = Duration::from_secs(15);
const REDIRECTS_MAX: usize = 5;
/// Longest pause that an answer may ask for.
const RETRY_AFTER_MAX: u64 = 3_600;
pub const USER_AGENT: &str = concat!("quarterdeck/", env!("CARGO_PKG_VERSION"));

pub struct Ask {
    client: Client,
    places: Semaphore,
}

/// A whole answer.
#[derive(Debug)]
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
}

impl Ask {
    pub fn new(ca: Option<&str>) -> Result<Self, RegistryError> {
        crate::tls::choose();
        let mut builder = Client::builder()
            .user_agent(USER_AGENT)
            .connect_timeout(CONNECT)
            .pool_max_idle_per_host(CONCURRENCY)
            .redirect(Policy::custom(never_to_plain));
        if let Some(pem) = ca {
            let certificates = Certificate::from_pem_bundle(pem.as_bytes())
                .map_err(|error| RegistryError::of_request(error, LIMIT))?;
            builder = builder.tls_certs_merge(certificates);
        }
        let client = builder.build().map_err(|error| RegistryError::of_request(error, LIMIT))?;
        Ok(Self { client, places: Semaphore::new(CONCURRENCY) })
    }

    /// Whatever is answered, up to `max` bytes of it.
    pub async fn ask(
        &self,
        method: Method,
        url: &str,
        headers: HeaderMap,
        max: usize,
    ) -> Result<Answer, RegistryError> {
        let exchange = async {
            // A closed semaphore cannot be: nobody closes it.
            let _place = self.places.acquire().await.ok();
            let asked = self.client.request(method, url).headers(headers).send().await;
            let answer = asked.map_err(|error| RegistryError::of_request(error, LIMIT))?;
            let (status, headers) = (answer.status(), answer.headers().clone());
            let mut body = Vec::new();
            let mut chunks = answer.bytes_stream();
            while let Some(chunk) = chunks.next().await {
                let chunk = chunk.map_err(|error| RegistryError::of_request(error, LIMIT))?;
                if body.len() + chunk.len() > max {
                    return Err(RegistryError::Protocol(format!("it is longer than {max} bytes")));
                }
                body.extend_from_slice(&chunk);
            }
            Ok(Answer { status, headers, body })
        };
        tokio::time::timeout(LIMIT, exchange).await.map_err(|_| RegistryError::Timeout(LIMIT))?
    }
}

impl Answer {
    /// The error that this answer is, to a question for `what`.
    pub fn error(&self, what: &str) -> RegistryError {
        RegistryError::of_answer(self.status, self.retry_after(), &self.body, what)
    }

    fn retry_after(&self) -> Option<Duration> {
        let seconds: u64 = self.headers.get(header::RETRY_AFTER)?.to_str().ok()?.trim().parse().ok()?;
        Some(Duration::from_secs(seconds.min(RETRY_AFTER_MAX)))
    }

    /// Whether a list says that it goes on.
    pub fn goes_on(&self) -> bool {
        let links = self.headers.get_all(header::LINK).iter().filter_map(|link| link.to_str().ok());
        links.into_iter().any(|link| link.contains("rel=\"next\"") || link.contains("rel=next"))
    }
}

/// A redirect may lead to another host, as to a store of blobs, but never from TLS to plain HTTP.
fn never_to_plain(attempt: Attempt) -> reqwest::redirect::Action {
    let secure = attempt.previous().first().is_some_and(|first| first.scheme() == "https");
    if attempt.previous().len() > REDIRECTS_MAX {
        attempt.error("too many redirects")
    } else if secure && attempt.url().scheme() != "https" {
        attempt.error("it leads from https to http")
    } else {
        attempt.follow()
    }
}
