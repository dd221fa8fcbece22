//! Channels, with what lets one in sealed.

use model::channel::{Settings, Try};
use model::id::{ChannelId, ChannelName};
use model::time::Timestamp;
use sqlx::any::AnyRow;
use sqlx::{AnyConnection, AssertSqlSafe};

use super::row::{Fields, json};
use super::{StoreError, Transaction};

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChannelRow {
    pub id: ChannelId,
    pub settings: Settings,
    /// Sealed.
    pub access: String,
    /// What was last tried.
    pub last: Option<Try>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

const COLUMNS: &str = "id, settings, access, last, created_at, updated_at";

fn read(row: &AnyRow) -> Result<ChannelRow, StoreError> {
    Ok(ChannelRow {
        id: row.parsed("id")?,
        settings: row.json("settings")?,
        access: row.text("access")?,
        last: row.json_or_null("last")?,
        created_at: row.time("created_at")?,
        updated_at: row.time("updated_at")?,
    })
}

/// All, by name. There are tens at most.
pub async fn list(connection: &mut AnyConnection) -> Result<Vec<ChannelRow>, StoreError> {
    let text = format!("SELECT {COLUMNS} FROM channels ORDER BY name");
    sqlx::query(AssertSqlSafe(text)).fetch_all(connection).await?.iter().map(read).collect()
}

pub async fn get(
    connection: &mut AnyConnection,
    name: &ChannelName,
) -> Result<Option<ChannelRow>, StoreError> {
    let text = format!("SELECT {COLUMNS} FROM channels WHERE name = $1");
    let row = sqlx::query(AssertSqlSafe(text)).bind(name.as_str()).fetch_optional(connection).await?;
    row.as_ref().map(read).transpose()
}

/// Conflict when the name is taken.
pub async fn insert(tx: &mut Transaction, row: &ChannelRow) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO channels (id, name, settings, access, last, created_at, updated_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(row.id.to_string())
    .bind(row.settings.name.as_str())
    .bind(json(&row.settings)?)
    .bind(&row.access)
    .bind(row.last.as_ref().map(json).transpose()?)
    .bind(row.created_at.as_millis())
    .bind(row.updated_at.as_millis())
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Writes what a person may change, and what is sealed; the name stays.
pub async fn update(tx: &mut Transaction, row: &ChannelRow) -> Result<(), StoreError> {
    sqlx::query("UPDATE channels SET settings = $2, access = $3, updated_at = $4 WHERE id = $1")
        .bind(row.id.to_string())
        .bind(json(&row.settings)?)
        .bind(&row.access)
        .bind(row.updated_at.as_millis())
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// Writes what was last tried.
pub async fn set_last(tx: &mut Transaction, id: ChannelId, last: &Try) -> Result<(), StoreError> {
    sqlx::query("UPDATE channels SET last = $2 WHERE id = $1")
        .bind(id.to_string())
        .bind(json(last)?)
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// With its deliveries.
pub async fn delete(tx: &mut Transaction, id: ChannelId) -> Result<(), StoreError> {
    for text in ["DELETE FROM deliveries WHERE channel = $1", "DELETE FROM channels WHERE id = $1"] {
        sqlx::query(text).bind(id.to_string()).execute(&mut **tx).await?;
    }
    Ok(())
}
