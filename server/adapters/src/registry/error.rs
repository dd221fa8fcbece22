//! What can go wrong with a registry, by what the caller should do.

use std::time::Duration;

use http::StatusCode;
use model::registry::{RegistryTrouble, TroubleCode};
use serde::Deserialize;
use thiserror::Error;

/// Characters of a registry's own words that are passed on.
const EXCERPT_MAX: usize = 200;

#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum RegistryError {
    #[error("it does not have {0}")]
    NotFound(String),
    #[error("it refuses the name and password; check them in its settings")]
    Unauthorized,
    #[error("this account may not do that: {0}")]
    Denied(String),
    #[error("it limits how often it is asked{}", .retry_after.map(|time| format!("; again in {} s", time.as_secs())).unwrap_or_default())]
    RateLimited { retry_after: Option<Duration> },
    #[error("it cannot be reached: {0}")]
    Unreachable(String),
    #[error("it did not answer within {} s", .0.as_secs())]
    Timeout(Duration),
    #[error("its certificate is not trusted: {0}; give its own CA in its settings")]
    Tls(String),
    #[error("it does not list its repositories for this account; name them by hand")]
    NoCatalogue,
    /// Holds a bounded excerpt.
    #[error("its answer was not understood: {0}")]
    Protocol(String),
    #[error("plain HTTP to another host is not allowed; use https, or allow it in its settings")]
    Insecure,
}

impl RegistryError {
    pub const fn code(&self) -> TroubleCode {
        match self {
            Self::NotFound(_) => TroubleCode::NotFound,
            Self::Unauthorized => TroubleCode::Unauthorized,
            Self::Denied(_) => TroubleCode::Denied,
            Self::RateLimited { .. } => TroubleCode::RateLimited,
            Self::Unreachable(_) => TroubleCode::Unreachable,
            Self::Timeout(_) => TroubleCode::Timeout,
            Self::Tls(_) => TroubleCode::Tls,
            Self::NoCatalogue => TroubleCode::NoCatalogue,
            Self::Protocol(_) => TroubleCode::Protocol,
            Self::Insecure => TroubleCode::Insecure,
        }
    }

    pub fn trouble(&self) -> RegistryTrouble {
        RegistryTrouble { code: self.code(), detail: self.to_string() }
    }

    /// Of a request that got no whole answer. Addresses are left out: a redirect may carry a signature in its query.
    pub(super) fn of_request(error: reqwest::Error, limit: Duration) -> Self {
        if error.is_timeout() {
            return Self::Timeout(limit);
        }
        let error = error.without_url();
        let mut cause: &dyn std::error::Error = &error;
        while let Some(next) = inner(cause) {
            cause = next;
        }
        let words = excerpt(&cause.to_string());
        if cause.is::<rustls::Error>() {
            Self::Tls(words)
        } else if error.is_builder() || error.is_decode() || error.is_redirect() {
            Self::Protocol(words)
        } else {
            Self::Unreachable(words)
        }
    }

    /// Of an answer that is not the one that was asked for.
    pub(super) fn of_answer(
        status: StatusCode,
        retry_after: Option<Duration>,
        body: &[u8],
        what: &str,
    ) -> Self {
        match status {
            StatusCode::UNAUTHORIZED => Self::Unauthorized,
            StatusCode::FORBIDDEN => Self::Denied(words(body).unwrap_or_else(|| what.to_owned())),
            StatusCode::NOT_FOUND => Self::NotFound(what.to_owned()),
            StatusCode::TOO_MANY_REQUESTS => Self::RateLimited { retry_after },
            StatusCode::REQUEST_TIMEOUT
            | StatusCode::BAD_GATEWAY
            | StatusCode::SERVICE_UNAVAILABLE
            | StatusCode::GATEWAY_TIMEOUT => Self::Unreachable(format!("it answered {status}")),
            _ => {
                let words = words(body).map(|words| format!(": {words}")).unwrap_or_default();
                Self::Protocol(format!("{status} for {what}{words}"))
            }
        }
    }
}

/// An I/O error holds another one inside without naming it as its source.
fn inner<'a>(error: &'a (dyn std::error::Error + 'static)) -> Option<&'a (dyn std::error::Error + 'static)> {
    let held = error.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
    held.map(|held| held as &(dyn std::error::Error + 'static)).or_else(|| error.source())
}

/// The form that the specification gives an error, which Harbor uses too, with codes of its own.
#[derive(Deserialize)]
struct Envelope {
    errors: Vec<Told>,
}

#[derive(Deserialize)]
struct Told {
    #[serde(default)]
    message: String,
}

/// The registry's own words.
fn words(body: &[u8]) -> Option<String> {
    let envelope: Envelope = serde_json::from_slice(body).ok()?;
    let first = envelope.errors.first()?;
    (!first.message.is_empty()).then(|| excerpt(&first.message))
}

pub(super) fn excerpt(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(EXCERPT_MAX).collect()
}
