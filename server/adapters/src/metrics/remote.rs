//! Asks another server for measurements, bounded: so many questions at a time, so long for each, so much of an answer, and
//! none for a while after it did not answer, so that what waits for it does not wait each time.

use std::error::Error as _;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use futures::StreamExt as _;
use http::header::CONTENT_TYPE;
use http::{Method, StatusCode};
use model::metric::Labels;
use reqwest::redirect::Policy;
use reqwest::{Certificate, Client};
use thiserror::Error;
use tokio::sync::Semaphore;
use url::form_urlencoded::Serializer;

use super::MetricError;

/// For a connection to stand.
const CONNECT: Duration = Duration::from_secs(2);
/// For one question with its whole answer.
const PATIENCE: Duration = Duration::from_secs(8);
/// How long it is not asked after it could not be reached.
const PAUSE: Duration = Duration::from_secs(10);
/// So many questions in a row that took too long count as that; one alone may be the question's fault.
const SLOW_MAX: u32 = 3;
/// Questions at once; the others wait.
const CONCURRENCY: usize = 4;
/// Largest answer.
const ANSWER_MAX: usize = 32 << 20;
/// Longest part of a refusal that is passed on, in characters.
const WORDS_MAX: usize = 400;

/// A server, and who asks it.
#[derive(Clone)]
pub struct RemoteConfig {
    /// Without a slash at its end.
    pub url: String,
    pub login: Option<Login>,
    /// Certificates in PEM form to trust as well.
    pub ca: Option<Vec<u8>>,
}

#[derive(Clone)]
pub enum Login {
    Bearer(String),
    Basic { username: String, password: String },
}

/// Why no client could be made.
#[derive(Debug, Error)]
pub enum RemoteError {
    #[error("the certificates cannot be used: {0}")]
    Certificates(String),
    #[error("no client can be made: {0}")]
    Client(String),
}

/// Names and values of a form.
pub type Fields<'a> = [(&'a str, &'a str)];

pub struct Remote {
    client: Client,
    url: String,
    login: Option<Login>,
    places: Semaphore,
    health: Mutex<Health>,
}

/// How it answered lately.
#[derive(Default)]
struct Health {
    slow: u32,
    away: Option<(Instant, MetricError)>,
}

/// A whole answer.
pub struct Answer {
    pub status: StatusCode,
    pub body: Vec<u8>,
}

impl Remote {
    pub fn new(config: RemoteConfig) -> Result<Self, RemoteError> {
        crate::tls::choose();
        // A redirect would carry the credentials to where nobody sent them.
        let mut builder = Client::builder()
            .user_agent(concat!("quarterdeck/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(CONNECT)
            .pool_max_idle_per_host(CONCURRENCY)
            .redirect(Policy::none());
        if let Some(pem) = &config.ca {
            let certificates = Certificate::from_pem_bundle(pem)
                .map_err(|error| RemoteError::Certificates(cause(&error)))?;
            builder = builder.tls_certs_merge(certificates);
        }
        Ok(Self {
            client: builder.build().map_err(|error| RemoteError::Client(cause(&error)))?,
            url: config.url,
            login: config.login,
            places: Semaphore::new(CONCURRENCY),
            health: Mutex::default(),
        })
    }

    /// Asks by a form in the body, as expressions are longer than some servers take addresses.
    pub async fn post(&self, path: &str, fields: &Fields<'_>) -> Result<Answer, MetricError> {
        self.ask(Method::POST, path, fields).await
    }

    pub async fn get(&self, path: &str, fields: &Fields<'_>) -> Result<Answer, MetricError> {
        self.ask(Method::GET, path, fields).await
    }

    async fn ask(&self, method: Method, path: &str, fields: &Fields<'_>) -> Result<Answer, MetricError> {
        if let Some((since, error)) = &self.health.lock().unwrap_or_else(PoisonError::into_inner).away
            && since.elapsed() < PAUSE
        {
            return Err(error.clone());
        }
        let asked = match tokio::time::timeout(PATIENCE, self.exchange(method, path, fields)).await {
            Ok(answer) => answer,
            Err(_) => Err(MetricError::Timeout(PATIENCE)),
        };
        self.note(asked.as_ref().err());
        let answer = asked?;
        match answer.status {
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => {
                let words = format!("{} refuses the credentials ({})", self.url, answer.status.as_u16());
                Err(MetricError::Unavailable(words))
            }
            _ => Ok(answer),
        }
    }

    fn note(&self, error: Option<&MetricError>) {
        let mut health = self.health.lock().unwrap_or_else(PoisonError::into_inner);
        let slow = if matches!(error, Some(MetricError::Timeout(_))) { health.slow + 1 } else { 0 };
        let gone = slow >= SLOW_MAX || matches!(error, Some(MetricError::Unavailable(_)));
        *health = Health { slow, away: error.filter(|_| gone).map(|error| (Instant::now(), error.clone())) };
    }

    async fn exchange(&self, method: Method, path: &str, fields: &Fields<'_>) -> Result<Answer, MetricError> {
        // A closed semaphore cannot be: nobody closes it.
        let _place = self.places.acquire().await.ok();
        let form = Serializer::new(String::new()).extend_pairs(fields).finish();
        let url = format!("{}{path}", self.url);
        let request = if method == Method::POST {
            self.client.post(url).header(CONTENT_TYPE, "application/x-www-form-urlencoded").body(form)
        } else {
            self.client.get(format!("{url}?{form}"))
        };
        let request = match &self.login {
            None => request,
            Some(Login::Bearer(token)) => request.bearer_auth(token),
            Some(Login::Basic { username, password }) => request.basic_auth(username, Some(password)),
        };
        let unavailable = |error: reqwest::Error| {
            MetricError::Unavailable(format!("{} does not answer: {}", self.url, cause(&error.without_url())))
        };
        let answer = request.send().await.map_err(unavailable)?;
        let status = answer.status();
        let mut body = Vec::new();
        let mut chunks = answer.bytes_stream();
        while let Some(chunk) = chunks.next().await {
            let chunk = chunk.map_err(unavailable)?;
            if body.len() + chunk.len() > ANSWER_MAX {
                return Err(MetricError::Query(format!(
                    "the answer is larger than {} MiB; ask for fewer series or a longer step",
                    ANSWER_MAX >> 20
                )));
            }
            body.extend_from_slice(&chunk);
        }
        Ok(Answer { status, body })
    }

    /// The error of an answer that says nothing else.
    pub fn unexpected(&self, answer: &Answer) -> MetricError {
        let status = answer.status.as_u16();
        MetricError::Unavailable(format!("{} answered {status} with something else than expected", self.url))
    }
}

impl Answer {
    /// What it says, without markup and as much of it as fits a line.
    pub fn words(&self) -> String {
        let text = String::from_utf8_lossy(&self.body);
        let mut words = String::new();
        let mut tag = false;
        for letter in text.chars() {
            match letter {
                '<' => tag = true,
                '>' if tag => {
                    tag = false;
                    words.push(' ');
                }
                _ if tag => {}
                letter if letter.is_whitespace() => words.push(' '),
                letter if letter.is_control() => {}
                letter => words.push(letter),
            }
        }
        let words = words.replace("&quot;", "\"");
        let line = words.split_whitespace().collect::<Vec<_>>().join(" ");
        line.chars().take(WORDS_MAX).collect()
    }
}

/// Sorted, each once.
pub fn in_order(all: impl IntoIterator<Item = Labels>) -> Vec<Labels> {
    all.into_iter().collect::<std::collections::BTreeSet<_>>().into_iter().collect()
}

/// The innermost reason: the outer ones say that a request failed.
fn cause(error: &reqwest::Error) -> String {
    let mut words = error.to_string();
    let mut inner = error.source();
    while let Some(error) = inner {
        words = error.to_string();
        inner = error.source();
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_page_of_markup_says_is_one_line() {
        let body = b"<h1>Bad</h1>\n<p>no &quot;x&quot;</p>".to_vec();
        assert_eq!(Answer { status: StatusCode::BAD_REQUEST, body }.words(), "Bad no \"x\"");
    }

    #[tokio::test]
    async fn a_server_that_is_away_is_not_asked_again_at_once() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        drop(listener);
        let remote = Remote::new(RemoteConfig { url: url.clone(), login: None, ca: None }).expect("a client");
        let first = remote.get("/", &[]).await.err().expect("nobody is there");
        assert!(first.to_string().contains(&url), "{first}");
        let began = Instant::now();
        assert_eq!(remote.get("/", &[]).await.err(), Some(first));
        assert!(began.elapsed() < Duration::from_millis(100));
    }
}
