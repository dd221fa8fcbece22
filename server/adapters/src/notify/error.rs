//! What can go wrong with a message, by whether another try may go better.

use std::time::Duration;

use model::channel::{ChannelTrouble, TroubleCode};
use thiserror::Error;

#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum NotifyError {
    #[error("it cannot be reached: {0}")]
    Unreachable(String),
    #[error("it did not answer within {} s", .0.as_secs())]
    Timeout(Duration),
    #[error("its certificate is not trusted: {0}")]
    Tls(String),
    #[error("it is in trouble: {words}")]
    Busy { words: String, retry_after: Option<Duration> },
    #[error("it limits how often it is told: {words}")]
    RateLimited { words: String, retry_after: Option<Duration> },
    #[error("its answer was not understood: {0}")]
    Protocol(String),
    #[error("it does not take the message: {0}")]
    Refused(String),
    #[error("it does not let the console in: {0}")]
    Unauthorized(String),
    #[error("it answered {status}, which leads elsewhere; enter the address itself")]
    Redirected { status: u16 },
    #[error("nothing is sent in the open to another host; use TLS, or allow it in the channel's settings")]
    Insecure,
}

impl NotifyError {
    pub const fn code(&self) -> TroubleCode {
        match self {
            Self::Unreachable(_) => TroubleCode::Unreachable,
            Self::Timeout(_) => TroubleCode::Timeout,
            Self::Tls(_) => TroubleCode::Tls,
            Self::Busy { .. } => TroubleCode::Busy,
            Self::RateLimited { .. } => TroubleCode::RateLimited,
            Self::Protocol(_) => TroubleCode::Protocol,
            Self::Refused(_) => TroubleCode::Refused,
            Self::Unauthorized(_) => TroubleCode::Unauthorized,
            Self::Redirected { .. } => TroubleCode::Redirected,
            Self::Insecure => TroubleCode::Insecure,
        }
    }

    /// With the receiver's own words, or those of the way to it, where there are any.
    pub fn trouble(&self) -> ChannelTrouble {
        let detail = match self {
            Self::Unreachable(words)
            | Self::Tls(words)
            | Self::Busy { words, .. }
            | Self::RateLimited { words, .. }
            | Self::Protocol(words)
            | Self::Refused(words)
            | Self::Unauthorized(words) => words.clone(),
            Self::Timeout(_) | Self::Redirected { .. } | Self::Insecure => self.to_string(),
        };
        ChannelTrouble { code: self.code(), detail }
    }

    /// How long it asks to be left alone.
    pub const fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Busy { retry_after, .. } | Self::RateLimited { retry_after, .. } => *retry_after,
            _ => None,
        }
    }
}
