//! Deliveries: one message to one channel, however often it takes, and when it is tried.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::Notice;
use crate::duration::Span;
use crate::time::Timestamp;

/// So often a message is tried at most.
pub const ATTEMPTS_MAX: u32 = 30;
/// A message is tried for so long at most; later it is no news.
pub const AGE_MAX: Duration = Duration::from_hours(24);
/// Most messages that wait for one channel; the oldest gives way to a newer one.
pub const WAITING_MAX: u32 = 200;
/// So long a delivery is kept after its end.
pub const KEPT_FOR: Duration = Duration::from_hours(30 * 24);
/// The messages behind one wait for it so many tries, so that they arrive in order; then they go ahead.
const IN_ORDER: u32 = 6;
const PAUSE_FIRST: Duration = Duration::from_secs(2);
const PAUSE_MAX: Duration = Duration::from_mins(30);
/// Longest pause that a receiver may ask for.
const RETRY_AFTER_MAX: Duration = Duration::from_hours(1);

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum DeliveryState {
    /// To be sent, or sent again.
    Waiting,
    /// The receiver took it.
    Delivered,
    /// Given up.
    Failed,
}

impl DeliveryState {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Delivered => "delivered",
            Self::Failed => "failed",
        }
    }
}

/// One message to one channel. A receiver may get it twice, where the console ends or the channel is
/// changed between the sending and the writing down.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Delivery {
    /// Ascending within the console.
    pub id: i64,
    pub notice: Notice,
    pub state: DeliveryState,
    pub attempts: u32,
    /// When it is tried next, while it waits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_at: Option<Timestamp>,
    /// The latest tries, oldest first.
    pub tries: Vec<Try>,
    pub created_at: Timestamp,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<Timestamp>,
}

impl Delivery {
    /// Tries that are kept.
    pub const TRIES_MAX: usize = 10;

    /// Writes down what came of a try, and whether and when there is another. `jitter`: 0 to 1, so that many messages do not
    /// come back at the same moment; `retry_after`: what the receiver asked for.
    pub fn conclude(&mut self, attempt: Try, retry_after: Option<Duration>, jitter: f64) {
        let now = attempt.at;
        self.attempts += 1;
        let (state, next_at) = match &attempt.answer {
            Answered::Accepted { .. } => (DeliveryState::Delivered, None),
            Answered::Refused(trouble) if !trouble.code.heals() => (DeliveryState::Failed, None),
            // Given up while it was on its way.
            Answered::Refused(_) if self.state == DeliveryState::Failed => (DeliveryState::Failed, None),
            Answered::Refused(_) => {
                let again = now.plus(pause(self.attempts, retry_after, jitter));
                if self.attempts >= ATTEMPTS_MAX || again >= self.created_at.plus(AGE_MAX) {
                    (DeliveryState::Failed, None)
                } else {
                    (DeliveryState::Waiting, Some(again))
                }
            }
        };
        self.state = state;
        self.next_at = next_at;
        self.ended_at = (state != DeliveryState::Waiting).then_some(now);
        self.tries.push(attempt);
        let surplus = self.tries.len().saturating_sub(Self::TRIES_MAX);
        self.tries.drain(..surplus);
    }

    /// Given up: not tried again by itself.
    pub fn give_up(&mut self, attempt: Try) {
        let now = attempt.at;
        self.conclude(attempt, None, 0.0);
        if self.state == DeliveryState::Waiting {
            self.state = DeliveryState::Failed;
            self.next_at = None;
            self.ended_at = Some(now);
        }
    }

    /// Once more by a person's word, at once.
    pub const fn again(&mut self, now: Timestamp) {
        self.state = DeliveryState::Waiting;
        self.next_at = Some(now);
        self.ended_at = None;
    }
}

/// One try to send.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = DeliveryTry))]
pub struct Try {
    pub at: Timestamp,
    pub took: Span,
    #[serde(flatten)]
    pub answer: Answered,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = DeliveryAnswer))]
#[serde(tag = "answer", rename_all = "snake_case")]
pub enum Answered {
    /// In the receiver's own words, as far as it has any.
    Accepted {
        words: String,
    },
    Refused(ChannelTrouble),
}

impl Answered {
    pub const fn trouble(&self) -> Option<&ChannelTrouble> {
        match self {
            Self::Accepted { .. } => None,
            Self::Refused(trouble) => Some(trouble),
        }
    }
}

/// Why a message did not arrive: a code for translation, and what the receiver, or the way to it, says about that.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ChannelTrouble {
    pub code: TroubleCode,
    pub detail: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = ChannelTroubleCode))]
#[serde(rename_all = "snake_case")]
pub enum TroubleCode {
    Unreachable,
    Timeout,
    /// Its certificate is not trusted, or it speaks no TLS.
    Tls,
    /// It says that it is in trouble itself.
    Busy,
    RateLimited,
    /// Its answer was not understood.
    Protocol,
    /// It says that the message will never be taken as it is.
    Refused,
    /// It does not know the address, the secret or the password.
    Unauthorized,
    /// It leads elsewhere, where nothing is sent.
    Redirected,
    /// Plain text to another host that was not allowed.
    Insecure,
    /// What the console keeps for it cannot be opened.
    Sealed,
    /// Too many newer ones wait.
    Crowded,
    /// The channel was switched off before it was sent.
    SwitchedOff,
}

impl TroubleCode {
    /// Whether another try may go better, with nobody's help.
    pub const fn heals(self) -> bool {
        match self {
            Self::Unreachable
            | Self::Timeout
            | Self::Tls
            | Self::Busy
            | Self::RateLimited
            | Self::Protocol => true,
            Self::Refused
            | Self::Unauthorized
            | Self::Redirected
            | Self::Insecure
            | Self::Sealed
            | Self::Crowded
            | Self::SwitchedOff => false,
        }
    }
}

/// What came of the test button.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ChannelTest {
    pub ok: bool,
    /// How long it took to answer.
    pub took: Span,
    /// The delivery in the channel's history.
    pub delivery: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trouble: Option<ChannelTrouble>,
}

/// The pause after so many tries: twice the one before, up to a bound, and up to a quarter more by `jitter`.
fn pause(attempts: u32, retry_after: Option<Duration>, jitter: f64) -> Duration {
    let doubled = PAUSE_FIRST.saturating_mul(2_u32.saturating_pow(attempts.saturating_sub(1).min(16)));
    let backed_off = doubled.min(PAUSE_MAX).mul_f64(1.0 + jitter.clamp(0.0, 1.0) / 4.0);
    backed_off.max(retry_after.unwrap_or_default().min(RETRY_AFTER_MAX))
}

/// A message that waits for its channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Queued {
    pub id: i64,
    pub attempts: u32,
    pub next_at: Timestamp,
}

/// What a channel does next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    Send(i64),
    /// Until then, unless there is something new.
    Wait(Option<Timestamp>),
}

/// Which of the messages that wait, oldest first, is to be sent now. They arrive in order while a receiver is away for a
/// moment; one that it refuses again and again holds the others up no longer.
pub fn next(waiting: &[Queued], now: Timestamp) -> Next {
    let mut first: Option<Timestamp> = None;
    for queued in waiting {
        if queued.next_at <= now {
            return Next::Send(queued.id);
        }
        first = Some(first.map_or(queued.next_at, |first| first.min(queued.next_at)));
        if queued.attempts < IN_ORDER {
            break;
        }
    }
    Next::Wait(first)
}
