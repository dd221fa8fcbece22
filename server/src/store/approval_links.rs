//! Links that answer a gate once, and the key that signs them.

use model::id::DeploymentId;
use model::time::Timestamp;
use sqlx::AnyConnection;

use super::row::Fields;
use super::{StoreError, Transaction};

const KEY: &str = "approval_links";

/// What is remembered of a link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LinkRow {
    pub nonce: String,
    pub deployment: DeploymentId,
    /// 1-based.
    pub step: u32,
    pub expires_at: Timestamp,
}

/// The key that signs; `None` until the first link.
pub async fn key(connection: &mut AnyConnection) -> Result<Option<String>, StoreError> {
    let row =
        sqlx::query("SELECT secret FROM keys WHERE name = $1").bind(KEY).fetch_optional(connection).await?;
    row.map(|row| row.text("secret")).transpose()
}

/// Keeps `secret` as the key unless there is one.
pub async fn make_key(tx: &mut Transaction, secret: &str, now: Timestamp) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO keys (name, secret, created_at) VALUES ($1, $2, $3) ON CONFLICT (name) DO NOTHING",
    )
    .bind(KEY)
    .bind(secret)
    .bind(now.as_millis())
    .execute(&mut **tx)
    .await?;
    Ok(())
}

pub async fn insert(tx: &mut Transaction, link: &LinkRow) -> Result<(), StoreError> {
    sqlx::query("INSERT INTO approval_links (nonce, deployment, step, expires_at) VALUES ($1, $2, $3, $4)")
        .bind(&link.nonce)
        .bind(link.deployment.to_string())
        .bind(i64::from(link.step))
        .bind(link.expires_at.as_millis())
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// Whether it may still be used; `None` when it was never made, or forgotten.
pub async fn unused(connection: &mut AnyConnection, nonce: &str) -> Result<Option<bool>, StoreError> {
    let row = sqlx::query("SELECT used_at FROM approval_links WHERE nonce = $1")
        .bind(nonce)
        .fetch_optional(connection)
        .await?;
    row.map(|row| Ok(row.integer_or_null("used_at")?.is_none())).transpose()
}

/// Marks it as used; `false` when somebody was faster.
pub async fn consume(
    tx: &mut Transaction,
    nonce: &str,
    by: &str,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let done = sqlx::query(
        "UPDATE approval_links SET used_at = $2, used_by = $3 WHERE nonce = $1 AND used_at IS NULL",
    )
    .bind(nonce)
    .bind(now.as_millis())
    .bind(by)
    .execute(&mut **tx)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Forgets the links that ended before `before`.
pub async fn expire(tx: &mut Transaction, before: Timestamp) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM approval_links WHERE expires_at < $1")
        .bind(before.as_millis())
        .execute(&mut **tx)
        .await?;
    Ok(())
}
