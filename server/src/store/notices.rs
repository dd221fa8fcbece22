//! What happened and is to be told: written in the transaction in which it happened, and taken out when it stands among the
//! deliveries of the channels that want it.

use model::channel::Notice;
use model::time::Timestamp;
use sqlx::{AnyConnection, Row};

use super::row::{Fields, json};
use super::{StoreError, Transaction};

pub async fn insert(tx: &mut Transaction, notice: &Notice, now: Timestamp) -> Result<(), StoreError> {
    // Writers take turns, so the next id is ours.
    let last: i64 = sqlx::query("SELECT COALESCE(MAX(id), 0) AS last FROM notices")
        .fetch_one(&mut **tx)
        .await?
        .try_get("last")?;
    sqlx::query("INSERT INTO notices (id, notice, created_at) VALUES ($1, $2, $3)")
        .bind(last + 1)
        .bind(json(notice)?)
        .bind(now.as_millis())
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// The oldest, at most `limit`, each with its id and when it happened.
pub async fn oldest(
    connection: &mut AnyConnection,
    limit: u32,
) -> Result<Vec<(i64, Notice, Timestamp)>, StoreError> {
    let rows = sqlx::query("SELECT id, notice, created_at FROM notices ORDER BY id LIMIT $1")
        .bind(i64::from(limit))
        .fetch_all(connection)
        .await?;
    rows.iter().map(|row| Ok((row.integer("id")?, row.json("notice")?, row.time("created_at")?))).collect()
}

/// Takes out all up to one.
pub async fn delete_to(tx: &mut Transaction, id: i64) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM notices WHERE id <= $1").bind(id).execute(&mut **tx).await?;
    Ok(())
}
