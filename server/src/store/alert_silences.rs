//! Silences, which are forgotten some time after they ended.

use std::time::Duration;

use model::alert::KnownSilence;
use model::id::SilenceId;
use model::time::Timestamp;
use sqlx::AnyConnection;
use sqlx::any::AnyRow;

use super::row::{Fields, actor_kind, json};
use super::{StoreError, Transaction};

/// So long one that ended is kept.
const KEPT: Duration = Duration::from_hours(24);

fn read(row: &AnyRow) -> Result<KnownSilence, StoreError> {
    Ok(KnownSilence {
        id: row.parsed("id")?,
        labels: row.json("labels")?,
        until: row.time("until_at")?,
        reason: row.text("reason")?,
        by: row.actor("actor_kind", "actor")?,
        at: row.time("created_at")?,
    })
}

/// Those that hold at `now`, the one first that ends first.
pub async fn holding(
    connection: &mut AnyConnection,
    now: Timestamp,
) -> Result<Vec<KnownSilence>, StoreError> {
    let rows = sqlx::query(
        "SELECT id, labels, until_at, reason, actor_kind, actor, created_at FROM alert_silences
         WHERE until_at > $1 ORDER BY until_at, id",
    )
    .bind(now.as_millis())
    .fetch_all(connection)
    .await?;
    rows.iter().map(read).collect()
}

pub async fn get(connection: &mut AnyConnection, id: SilenceId) -> Result<Option<KnownSilence>, StoreError> {
    sqlx::query(
        "SELECT id, labels, until_at, reason, actor_kind, actor, created_at FROM alert_silences WHERE id = $1",
    )
    .bind(id.to_string())
    .fetch_optional(connection)
    .await?
    .as_ref()
    .map(read)
    .transpose()
}

pub async fn insert(tx: &mut Transaction, silence: &KnownSilence) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM alert_silences WHERE until_at < $1")
        .bind(silence.at.minus(KEPT).as_millis())
        .execute(&mut **tx)
        .await?;
    sqlx::query(
        "INSERT INTO alert_silences (id, labels, until_at, reason, actor_kind, actor, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(silence.id.to_string())
    .bind(json(&silence.labels)?)
    .bind(silence.until.as_millis())
    .bind(&silence.reason)
    .bind(actor_kind(silence.by.kind))
    .bind(&silence.by.name)
    .bind(silence.at.as_millis())
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Ends one.
pub async fn end(tx: &mut Transaction, id: SilenceId, at: Timestamp) -> Result<(), StoreError> {
    sqlx::query("UPDATE alert_silences SET until_at = $2 WHERE id = $1")
        .bind(id.to_string())
        .bind(at.as_millis())
        .execute(&mut **tx)
        .await?;
    Ok(())
}
