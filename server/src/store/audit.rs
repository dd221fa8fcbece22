//! The audit log: who did what to what, in the transaction that did it. Only ever added to.

use model::api::{AuditEntry, Page, PageQuery};
use model::deployment::Actor;
use model::time::Timestamp;
use serde_json::Value;
use sqlx::AnyConnection;

use super::row::{Fields, actor_kind, json};
use super::{StoreError, Transaction, cursor};

/// A line to add.
#[derive(Debug, Clone)]
pub struct NewEntry<'a> {
    pub time: Timestamp,
    pub actor: &'a Actor,
    /// `app.scale`, `token.create`, `session.create` ...
    pub action: &'a str,
    /// What it was done to: `local/shop`, a user's name ...
    pub target: &'a str,
    pub reason: &'a str,
    /// What changed, without secrets.
    pub detail: Value,
}

pub async fn insert(tx: &mut Transaction, entry: NewEntry<'_>) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO audit (id, time, actor_kind, actor, action, target, reason, detail)
         SELECT COALESCE(MAX(id), 0) + 1, CAST($1 AS BIGINT), CAST($2 AS TEXT), CAST($3 AS TEXT), CAST($4 AS TEXT),
                CAST($5 AS TEXT), CAST($6 AS TEXT), CAST($7 AS TEXT) FROM audit",
    )
    .bind(entry.time.as_millis())
    .bind(actor_kind(entry.actor.kind))
    .bind(&entry.actor.name)
    .bind(entry.action)
    .bind(entry.target)
    .bind(entry.reason)
    .bind(json(&entry.detail)?)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Newest first.
pub async fn list(connection: &mut AnyConnection, page: &PageQuery) -> Result<Page<AuditEntry>, StoreError> {
    let before = cursor::decode::<i64>(page.cursor.as_deref())?.unwrap_or(i64::MAX);
    let limit = page.limit();
    let rows = sqlx::query(
        "SELECT id, time, actor_kind, actor, action, target, reason, detail FROM audit
         WHERE id < $1 ORDER BY id DESC LIMIT $2",
    )
    .bind(before)
    .bind(i64::from(limit) + 1)
    .fetch_all(connection)
    .await?;
    let entries = rows
        .iter()
        .map(|row| {
            let actor = row.actor("actor_kind", "actor")?;
            Ok(AuditEntry {
                id: row.integer("id")?,
                time: row.time("time")?,
                actor_kind: actor.kind,
                actor: actor.name,
                action: row.text("action")?,
                target: row.text("target")?,
                reason: row.text("reason")?,
                detail: row.json("detail")?,
            })
        })
        .collect::<Result<Vec<_>, StoreError>>()?;
    Ok(cursor::page(entries, limit, |entry| entry.id))
}
