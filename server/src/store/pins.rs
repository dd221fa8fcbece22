//! Apps that are held at a version.

use model::id::AppId;
use model::release::Pin;
use sqlx::AnyConnection;

use super::row::{Fields, actor_kind, json};
use super::{StoreError, Transaction};

pub async fn get(connection: &mut AnyConnection, app: AppId) -> Result<Option<Pin>, StoreError> {
    let row =
        sqlx::query("SELECT version, actor_kind, actor, created_at, reason FROM pins WHERE app_id = $1")
            .bind(app.to_string())
            .fetch_optional(connection)
            .await?;
    row.map(|row| {
        Ok(Pin {
            version: row.json("version")?,
            by: row.actor("actor_kind", "actor")?,
            at: row.time("created_at")?,
            reason: row.text("reason")?,
        })
    })
    .transpose()
}

/// In place of the pin there may be.
pub async fn set(tx: &mut Transaction, app: AppId, pin: &Pin) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO pins (app_id, version, actor_kind, actor, created_at, reason) VALUES ($1, $2, $3, $4, $5, $6)
         ON CONFLICT (app_id) DO UPDATE SET version = $2, actor_kind = $3, actor = $4, created_at = $5, reason = $6",
    )
    .bind(app.to_string())
    .bind(json(&pin.version)?)
    .bind(actor_kind(pin.by.kind))
    .bind(&pin.by.name)
    .bind(pin.at.as_millis())
    .bind(&pin.reason)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Whether there was one.
pub async fn remove(tx: &mut Transaction, app: AppId) -> Result<bool, StoreError> {
    let done =
        sqlx::query("DELETE FROM pins WHERE app_id = $1").bind(app.to_string()).execute(&mut **tx).await?;
    Ok(done.rows_affected() > 0)
}
