//! Alerts that fired, newest first.

use model::alert::{Acknowledgement, Alert, AlertRecord, HistoryQuery};
use model::api::Page;
use model::id::AlertId;
use model::time::Timestamp;
use sqlx::AnyConnection;
use sqlx::any::AnyRow;

use super::row::{Fields, json};
use super::{StoreError, Transaction, cursor};

/// Alerts that are kept.
const KEPT: i64 = 10_000;
/// Sorts after every id.
const LAST: &str = "g";

fn read(row: &AnyRow) -> Result<AlertRecord, StoreError> {
    Ok(AlertRecord {
        id: row.parsed("id")?,
        labels: row.json("labels")?,
        severity: row.word("severity")?,
        summary: row.text("summary")?,
        fired_at: row.time("fired_at")?,
        resolved_at: row.time_or_null("resolved_at")?,
        acknowledged: row.json_or_null("acknowledged")?,
    })
}

/// Notes that an alert fires, and lets the oldest go that is over.
pub async fn fired(
    tx: &mut Transaction,
    id: AlertId,
    alert: &Alert,
    summary: &str,
) -> Result<(), StoreError> {
    let label = |name: &str| alert.labels.get(name).cloned();
    sqlx::query(
        "INSERT INTO alert_history (id, rule, environment, app, severity, labels, summary, fired_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (id) DO NOTHING",
    )
    .bind(id.to_string())
    .bind(alert.name())
    .bind(label("environment"))
    .bind(label("app"))
    .bind(alert.severity().as_str())
    .bind(json(&alert.labels)?)
    .bind(summary)
    .bind(alert.since.as_millis())
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Forgets the oldest that are over, beyond what is kept.
pub async fn trim(tx: &mut Transaction) -> Result<(), StoreError> {
    sqlx::query(
        "DELETE FROM alert_history WHERE resolved_at IS NOT NULL
         AND id <= (SELECT id FROM alert_history ORDER BY id DESC LIMIT 1 OFFSET $1)",
    )
    .bind(KEPT)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

pub async fn resolved(tx: &mut Transaction, id: AlertId, at: Timestamp) -> Result<(), StoreError> {
    sqlx::query("UPDATE alert_history SET resolved_at = $2 WHERE id = $1")
        .bind(id.to_string())
        .bind(at.as_millis())
        .execute(&mut **tx)
        .await?;
    Ok(())
}

pub async fn acknowledged(tx: &mut Transaction, id: AlertId, by: &Acknowledgement) -> Result<(), StoreError> {
    sqlx::query("UPDATE alert_history SET acknowledged = $2 WHERE id = $1")
        .bind(id.to_string())
        .bind(json(by)?)
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// Newest first.
pub async fn page(
    connection: &mut AnyConnection,
    query: &HistoryQuery,
) -> Result<Page<AlertRecord>, StoreError> {
    let limit = query.limit();
    let before = cursor::decode::<String>(query.cursor.as_deref())?.unwrap_or_else(|| LAST.to_owned());
    let rows = sqlx::query(
        "SELECT id, severity, labels, summary, fired_at, resolved_at, acknowledged FROM alert_history
         WHERE id < $1 AND ($2 = '' OR rule = $2) AND ($3 = '' OR environment = $3) AND ($4 = '' OR app = $4)
         ORDER BY id DESC LIMIT $5",
    )
    .bind(before)
    .bind(query.rule.as_deref().unwrap_or_default())
    .bind(query.environment.as_ref().map(ToString::to_string).unwrap_or_default())
    .bind(query.app.as_ref().map(ToString::to_string).unwrap_or_default())
    .bind(i64::from(limit) + 1)
    .fetch_all(connection)
    .await?;
    let records = rows.iter().map(read).collect::<Result<Vec<_>, StoreError>>()?;
    Ok(cursor::page(records, limit, |record| record.id.to_string()))
}
