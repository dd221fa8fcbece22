//! Apps that scale by what is measured, and what was decided for them.

use model::api::{Page, PageQuery};
use model::autoscale::{Decision, State};
use model::id::{AppId, AppKey};
use model::scaling::{Autoscaler, DecisionEntry};
use model::time::Timestamp;
use sqlx::AnyConnection;
use sqlx::any::AnyRow;

use super::row::{Fields, actor_kind, json};
use super::{StoreError, Transaction, cursor};

/// Decisions of one app that are kept.
const KEPT: i64 = 1_000;

/// One with what its next decision needs.
#[derive(Debug, Clone)]
pub struct AutoscalerRow {
    pub autoscaler: Autoscaler,
    pub state: State,
}

fn read(row: &AnyRow) -> Result<AutoscalerRow, StoreError> {
    Ok(AutoscalerRow {
        autoscaler: Autoscaler {
            policy: row.json("policy")?,
            by: row.actor("actor_kind", "actor")?,
            at: row.time("updated_at")?,
            last: row.json_or_null("decision")?,
        },
        state: row.json("state")?,
    })
}

pub async fn get(connection: &mut AnyConnection, app: AppId) -> Result<Option<AutoscalerRow>, StoreError> {
    sqlx::query(
        "SELECT policy, actor_kind, actor, updated_at, state, decision FROM autoscalers WHERE app_id = $1",
    )
    .bind(app.to_string())
    .fetch_optional(connection)
    .await?
    .as_ref()
    .map(read)
    .transpose()
}

/// All living apps that scale by a policy or by a calendar, by environment and name.
pub async fn scaled(connection: &mut AnyConnection) -> Result<Vec<AppKey>, StoreError> {
    sqlx::query(
        "SELECT environment, name FROM apps WHERE destroyed_at IS NULL
         AND (id IN (SELECT app_id FROM autoscalers) OR id IN (SELECT app_id FROM calendars))
         ORDER BY environment, name",
    )
    .fetch_all(connection)
    .await?
    .iter()
    .map(|row| Ok(AppKey { environment: row.parsed("environment")?, app: row.parsed("name")? }))
    .collect()
}

/// In place of the one there may be; it begins without a past.
pub async fn set(tx: &mut Transaction, app: AppId, autoscaler: &Autoscaler) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO autoscalers (app_id, policy, actor_kind, actor, updated_at, state)
         VALUES ($1, $2, $3, $4, $5, $6)
         ON CONFLICT (app_id) DO UPDATE
         SET policy = $2, actor_kind = $3, actor = $4, updated_at = $5, state = $6, decision = NULL",
    )
    .bind(app.to_string())
    .bind(json(&autoscaler.policy)?)
    .bind(actor_kind(autoscaler.by.kind))
    .bind(&autoscaler.by.name)
    .bind(autoscaler.at.as_millis())
    .bind(json(&State::default())?)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Keeps a decision about the policy that was set at this time; one that was replaced meanwhile is left alone.
pub async fn decided(
    tx: &mut Transaction,
    app: AppId,
    set_at: Timestamp,
    decision: &Decision,
    state: &State,
) -> Result<(), StoreError> {
    sqlx::query("UPDATE autoscalers SET state = $3, decision = $4 WHERE app_id = $1 AND updated_at = $2")
        .bind(app.to_string())
        .bind(set_at.as_millis())
        .bind(json(state)?)
        .bind(json(decision)?)
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// Whether there was one.
pub async fn remove(tx: &mut Transaction, app: AppId) -> Result<bool, StoreError> {
    let done = sqlx::query("DELETE FROM autoscalers WHERE app_id = $1")
        .bind(app.to_string())
        .execute(&mut **tx)
        .await?;
    Ok(done.rows_affected() > 0)
}

/// Writes a decision into the history, and the oldest out of it.
pub async fn note(tx: &mut Transaction, app: AppId, entry: &DecisionEntry) -> Result<(), StoreError> {
    sqlx::query("INSERT INTO scaling_decisions (id, app_id, time, decision) VALUES ($1, $2, $3, $4)")
        .bind(&entry.id)
        .bind(app.to_string())
        .bind(entry.decision.figures().at.as_millis())
        .bind(json(&entry.decision)?)
        .execute(&mut **tx)
        .await?;
    sqlx::query(
        "DELETE FROM scaling_decisions WHERE app_id = $1 AND id <= (
             SELECT id FROM scaling_decisions WHERE app_id = $1 ORDER BY id DESC LIMIT 1 OFFSET $2)",
    )
    .bind(app.to_string())
    .bind(KEPT)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Newest first.
pub async fn decisions(
    connection: &mut AnyConnection,
    app: AppId,
    query: &PageQuery,
) -> Result<Page<DecisionEntry>, StoreError> {
    let limit = query.limit();
    let before = cursor::decode::<String>(query.cursor.as_deref())?.unwrap_or_else(|| "g".to_owned());
    let rows = sqlx::query(
        "SELECT id, decision FROM scaling_decisions WHERE app_id = $1 AND id < $2 ORDER BY id DESC LIMIT $3",
    )
    .bind(app.to_string())
    .bind(before)
    .bind(i64::from(limit) + 1)
    .fetch_all(connection)
    .await?;
    let read = |row: &AnyRow| Ok(DecisionEntry { id: row.text("id")?, decision: row.json("decision")? });
    let entries = rows.iter().map(read).collect::<Result<Vec<_>, StoreError>>()?;
    Ok(cursor::page(entries, limit, |entry| entry.id.clone()))
}
