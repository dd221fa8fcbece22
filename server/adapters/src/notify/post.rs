//! Posts JSON by HTTP, bounded in time and in what is read of the answer. Follows no redirect: the address was given by a
//! person, and what is sent to it is meant for nobody else.

use std::time::Duration;

use futures::StreamExt as _;
use http::{HeaderMap, HeaderValue, StatusCode, header};
use reqwest::Client;
use reqwest::redirect::Policy;
use url::Url;

use super::NotifyError;

/// For a connection to stand.
const CONNECT: Duration = Duration::from_secs(5);
/// For one message with its answer.
pub const LIMIT: Duration = Duration::from_secs(15);
/// What is read of an answer.
const ANSWER_MAX: usize = 16 * 1_024;
/// Characters of a receiver's own words that are passed on.
const WORDS_MAX: usize = 300;
/// A part of the address that is shorter is no secret.
const SECRET_MIN: usize = 8;
/// Longest pause that an answer may ask for.
const RETRY_AFTER_MAX: u64 = 86_400;
const USER_AGENT: &str = concat!("quarterdeck/", env!("CARGO_PKG_VERSION"));

pub struct Post {
    client: Client,
    pub url: Url,
    /// What no answer may repeat to us.
    hidden: Vec<String>,
}

/// An answer, as much of it as is read.
#[derive(Debug)]
pub struct Answer {
    pub status: StatusCode,
    retry_after: Option<Duration>,
    pub body: Vec<u8>,
}

impl Post {
    pub fn new(url: &str, secret: Option<&str>) -> Result<Self, NotifyError> {
        crate::tls::choose();
        // The error's words would repeat the address.
        let url =
            Url::parse(url).map_err(|_| NotifyError::Refused("its address cannot be read".to_owned()))?;
        let client = Client::builder()
            .user_agent(USER_AGENT)
            .connect_timeout(CONNECT)
            .timeout(LIMIT)
            .pool_max_idle_per_host(1)
            .redirect(Policy::none())
            .build()
            .map_err(|error| of_request(&error.without_url()))?;
        let hidden = hidden(&url, secret);
        Ok(Self { client, url, hidden })
    }

    /// Whatever is answered, if it is neither a redirect nor a failure; those are errors.
    pub async fn post(&self, url: Url, headers: HeaderMap, body: Vec<u8>) -> Result<Answer, NotifyError> {
        let exchange = async {
            let request = self.client.post(url).headers(headers);
            let json = HeaderValue::from_static("application/json");
            let asked = request.header(header::CONTENT_TYPE, json).body(body).send().await;
            let answer = asked.map_err(|error| of_request(&error.without_url()))?;
            let (status, retry_after) = (answer.status(), retry_after(answer.headers()));
            let mut body = Vec::new();
            let mut chunks = answer.bytes_stream();
            while body.len() < ANSWER_MAX
                && let Some(chunk) = chunks.next().await
            {
                let chunk = chunk.map_err(|error| of_request(&error.without_url()))?;
                body.extend_from_slice(&chunk[..chunk.len().min(ANSWER_MAX - body.len())]);
            }
            Ok(Answer { status, retry_after, body })
        };
        let timed_out = || NotifyError::Timeout(LIMIT);
        let answer = tokio::time::timeout(LIMIT, exchange).await.map_err(|_| timed_out())??;
        self.check(&answer)?;
        Ok(answer)
    }

    fn check(&self, answer: &Answer) -> Result<(), NotifyError> {
        let status = answer.status;
        if status.is_success() {
            return Ok(());
        }
        let retry_after = answer.retry_after;
        let said = self.words(&answer.body);
        let words = if said.is_empty() { status.to_string() } else { format!("{status}: {said}") };
        Err(match status {
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => NotifyError::Unauthorized(words),
            StatusCode::TOO_MANY_REQUESTS => NotifyError::RateLimited { words, retry_after },
            StatusCode::REQUEST_TIMEOUT | StatusCode::TOO_EARLY => NotifyError::Busy { words, retry_after },
            _ if status.is_redirection() => NotifyError::Redirected { status: status.as_u16() },
            _ if status.is_client_error() => NotifyError::Refused(words),
            _ => NotifyError::Busy { words, retry_after },
        })
    }

    /// The beginning of what a receiver says, in one line and without what is secret.
    pub fn words(&self, body: &[u8]) -> String {
        let mut text = String::from_utf8_lossy(body).into_owned();
        for hidden in &self.hidden {
            text = text.replace(hidden, "…");
        }
        excerpt(&text)
    }
}

/// One line, of a bounded length.
pub fn excerpt(text: &str) -> String {
    let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
    words.chars().filter(|c| !c.is_control()).take(WORDS_MAX).collect()
}

/// What of an address lets one in, the longest first, and the secret.
fn hidden(url: &Url, secret: Option<&str>) -> Vec<String> {
    let mut parts: Vec<String> = url.path_segments().into_iter().flatten().map(str::to_owned).collect();
    parts.extend(url.query_pairs().map(|(_, value)| value.into_owned()));
    parts.extend(url.query().map(str::to_owned));
    parts.push(url.path().trim_matches('/').to_owned());
    parts.extend(secret.map(str::to_owned));
    parts.retain(|part| part.len() >= SECRET_MIN);
    parts.sort_by_key(|part| std::cmp::Reverse(part.len()));
    parts
}

fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let seconds: u64 = headers.get(header::RETRY_AFTER)?.to_str().ok()?.trim().parse().ok()?;
    Some(Duration::from_secs(seconds.min(RETRY_AFTER_MAX)))
}

/// Of a message that got no whole answer. `error` is without its address.
fn of_request(error: &reqwest::Error) -> NotifyError {
    if error.is_timeout() {
        return NotifyError::Timeout(LIMIT);
    }
    let mut cause: &dyn std::error::Error = error;
    while let Some(next) = inner(cause) {
        cause = next;
    }
    let words = excerpt(&cause.to_string());
    if cause.is::<rustls::Error>() {
        NotifyError::Tls(words)
    } else if error.is_builder() {
        NotifyError::Refused(words)
    } else if error.is_decode() {
        NotifyError::Protocol(words)
    } else {
        NotifyError::Unreachable(words)
    }
}

/// An I/O error holds another one inside without naming it as its source.
pub fn inner<'a>(
    error: &'a (dyn std::error::Error + 'static),
) -> Option<&'a (dyn std::error::Error + 'static)> {
    let held = error.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
    held.map(|held| held as &(dyn std::error::Error + 'static)).or_else(|| error.source())
}

#[cfg(test)]
mod tests {
    use super::*;

    const URL: &str = "https://hooks.example/services/T0AAAAAAA/B0BBBBBBB?access_token=0123456789abcdef";

    fn answered(status: u16, body: &str) -> NotifyError {
        let post = Post::new(URL, Some("s3cret-of-both")).expect("a client");
        let answer = Answer {
            status: StatusCode::from_u16(status).expect("a status"),
            retry_after: Some(Duration::from_secs(7)),
            body: body.as_bytes().to_vec(),
        };
        post.check(&answer).expect_err("an error")
    }

    #[test]
    fn only_what_may_heal_is_tried_again() {
        for status in [408, 425, 429, 500, 502, 503, 504] {
            let error = answered(status, "later");
            assert!(error.code().heals() && error.retry_after() == Some(Duration::from_secs(7)), "{status}");
        }
        for status in [301, 302, 307, 308, 400, 401, 403, 404, 410, 413, 422] {
            assert!(!answered(status, "no").code().heals(), "{status}");
        }
    }

    #[test]
    fn an_answer_that_repeats_what_is_secret_is_not_passed_on() {
        let echo = format!("no such hook\n {URL} s3cret-of-both");
        let words = answered(404, &echo).to_string();
        assert!(words.contains("no such hook"), "{words}");
        for secret in ["T0AAAAAAA", "B0BBBBBBB", "0123456789abcdef", "s3cret"] {
            assert!(!words.contains(secret), "{words}");
        }
        assert!(answered(500, &"x".repeat(9_000)).to_string().len() < 400);
    }
}
