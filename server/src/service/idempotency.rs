//! Idempotency keys: a change that is sent again is answered again, not done again.

use std::time::Duration;

use model::permission::Caller;
use model::problem::{Problem, ProblemCode};
use model::time::Timestamp;
use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::clock::SharedClock;
use crate::store::{Dialect, Store, Transaction, idempotency as rows};

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
#[derive(Debug, Clone)]
pub struct Ticket {
    caller: String,
    key: String,
}

tokio::task_local! {
    /// Held by the request that is at work.
    static HELD: Ticket;
}

impl Ticket {
    /// Does the request's work, which finds the ticket in [`keep`].
    pub async fn hold<F: Future>(&self, work: F) -> F::Output {
        HELD.scope(self.clone(), work).await
    }
}

/// Keeps a change's answer in the change's own transaction: should the console die right after the commit, the request
/// that is sent again is answered and not done again. Does nothing for a request without a key.
pub async fn keep(tx: &mut Transaction, status: u16, answer: &impl Serialize) -> Result<(), Problem> {
    let Ok(ticket) = HELD.try_with(Ticket::clone) else { return Ok(()) };
    let body = serde_json::to_string(answer).map_err(|error| {
        tracing::error!(%error, "an answer cannot be written as JSON");
        Problem::internal()
    })?;
    Ok(rows::answer(tx, &ticket.caller, &ticket.key, status, &body).await?)
}

#[derive(Clone)]
pub struct Idempotency {
    store: Store,
    clock: SharedClock,
    started: Timestamp,
}

impl Idempotency {
    /// To be made once, when the console starts.
    pub fn new(store: Store, clock: SharedClock) -> Self {
        let started = clock.now();
        Self { store, clock, started }
    }

    /// Whether the request that took a key at `taken` can't be at work any more. It committed nothing then, as it would
    /// have left its answer. A data folder with SQLite has one console; with PostgreSQL another one may hold the key.
    fn is_dead(&self, taken: Timestamp) -> bool {
        let before_us = self.store.dialect() == Dialect::Sqlite && taken < self.started;
        before_us || self.clock.now().since(taken) >= AT_WORK
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
                None if !self.is_dead(stored.created_at) => {
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
