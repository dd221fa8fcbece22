//! Idempotency keys: a change that is sent again is answered again, not done again.

use std::time::Duration;

use model::permission::Caller;
use model::problem::{Problem, ProblemCode};
use sha2::{Digest, Sha256};

use crate::clock::SharedClock;
use crate::store::{Store, idempotency as rows};

/// Longest key, in bytes.
pub const KEY_MAX: usize = 200;
/// How long an answer is kept.
const KEPT: Duration = Duration::from_hours(24);
/// A request without an answer after this long died with its console.
const AT_WORK: Duration = Duration::from_mins(1);

/// What to do with a request that carries a key.
#[derive(Debug)]
pub enum Claim {
    /// Do it, then tell [`Idempotency::finish`].
    Fresh(Ticket),
    /// It was done: answer with this.
    Answered { status: u16, body: String },
}

/// A key that is taken by the request at work.
#[derive(Debug)]
pub struct Ticket {
    caller: String,
    key: String,
}

#[derive(Clone)]
pub struct Idempotency {
    store: Store,
    clock: SharedClock,
}

impl Idempotency {
    pub fn new(store: Store, clock: SharedClock) -> Self {
        Self { store, clock }
    }

    /// Takes the key. `request` is what must be the same next time: method, path and body.
    pub async fn claim(&self, caller: &Caller, key: &str, request: &[&[u8]]) -> Result<Claim, Problem> {
        if key.is_empty() || key.len() > KEY_MAX {
            let detail = format!("An idempotency key has 1 to {KEY_MAX} characters.");
            return Err(Problem::new(ProblemCode::Malformed, detail));
        }
        let caller = format!("{:?}:{}", caller.actor.kind, caller.actor.name);
        let mut hash = Sha256::new();
        for part in request {
            hash.update((part.len() as u64).to_le_bytes());
            hash.update(part);
        }
        let hash = super::apps::hex(&hash.finalize());
        let now = self.clock.now();
        let mut tx = self.store.begin().await?;
        if let Some(stored) = rows::get(&mut tx, &caller, key).await? {
            if stored.body_hash != hash {
                return Err(Problem::new(
                    ProblemCode::IdempotencyMismatch,
                    "This idempotency key was used for a request with other content.",
                ));
            }
            match stored.answer {
                Some((status, body)) => return Ok(Claim::Answered { status, body }),
                None if now.since(stored.created_at) < AT_WORK => {
                    return Err(Problem::new(
                        ProblemCode::WrongState,
                        "The first request with this idempotency key is still at work; ask again in a moment.",
                    ));
                }
                None => {}
            }
        }
        rows::expire(&mut tx, now.minus(KEPT)).await?;
        rows::claim(&mut tx, &caller, key, &hash, now).await?;
        tx.commit().await?;
        Ok(Claim::Fresh(Ticket { caller, key: key.to_owned() }))
    }

    /// Keeps the answer; one that another try may change (5xx, 429) frees the key instead.
    pub async fn finish(&self, ticket: Ticket, status: u16, body: &str) -> Result<(), Problem> {
        let mut tx = self.store.begin().await?;
        if status >= 500 || status == 429 {
            rows::release(&mut tx, &ticket.caller, &ticket.key).await?;
        } else {
            rows::answer(&mut tx, &ticket.caller, &ticket.key, status, body).await?;
        }
        tx.commit().await?;
        Ok(())
    }
}
