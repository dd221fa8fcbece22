//! Answers to changes that carried an `Idempotency-Key`, so that a repeated request is answered and not done again.

use model::time::Timestamp;
use sqlx::AnyConnection;

use super::row::Fields;
use super::{StoreError, Transaction};

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stored {
    pub body_hash: String,
    /// Status and body; `None` while the first request is still at work, or died at it.
    pub answer: Option<(u16, String)>,
    pub created_at: Timestamp,
}

pub async fn get(
    connection: &mut AnyConnection,
    caller: &str,
    key: &str,
) -> Result<Option<Stored>, StoreError> {
    let row = sqlx::query(
        "SELECT body_hash, status, answer, created_at FROM idempotency
         WHERE caller = $1 AND idempotency_key = $2",
    )
    .bind(caller)
    .bind(key)
    .fetch_optional(connection)
    .await?;
    let Some(row) = row else { return Ok(None) };
    let status = row.integer_or_null("status")?.and_then(|status| u16::try_from(status).ok());
    Ok(Some(Stored {
        body_hash: row.text("body_hash")?,
        answer: status.zip(row.text_or_null("answer")?),
        created_at: row.time("created_at")?,
    }))
}

/// Takes a key that is free, or takes over one whose request died.
pub async fn claim(
    tx: &mut Transaction,
    caller: &str,
    key: &str,
    body_hash: &str,
    now: Timestamp,
) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO idempotency (caller, idempotency_key, body_hash, status, answer, created_at)
         VALUES ($1, $2, $3, NULL, NULL, $4)
         ON CONFLICT (caller, idempotency_key) DO UPDATE
         SET body_hash = excluded.body_hash, status = NULL, answer = NULL, created_at = excluded.created_at",
    )
    .bind(caller)
    .bind(key)
    .bind(body_hash)
    .bind(now.as_millis())
    .execute(&mut **tx)
    .await?;
    Ok(())
}

pub async fn answer(
    tx: &mut Transaction,
    caller: &str,
    key: &str,
    status: u16,
    body: &str,
) -> Result<(), StoreError> {
    sqlx::query("UPDATE idempotency SET status = $3, answer = $4 WHERE caller = $1 AND idempotency_key = $2")
        .bind(caller)
        .bind(key)
        .bind(i64::from(status))
        .bind(body)
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// Frees a key whose request failed in a way that may be tried again.
pub async fn release(tx: &mut Transaction, caller: &str, key: &str) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM idempotency WHERE caller = $1 AND idempotency_key = $2")
        .bind(caller)
        .bind(key)
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// Forgets answers from before `before`.
pub async fn expire(tx: &mut Transaction, before: Timestamp) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM idempotency WHERE created_at < $1")
        .bind(before.as_millis())
        .execute(&mut **tx)
        .await?;
    Ok(())
}
