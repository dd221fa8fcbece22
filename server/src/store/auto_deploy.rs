//! Apps that take new versions by themselves.

use model::auto_deploy::{Attempt, AutoDeploy};
use model::id::{AppId, AppKey};
use sqlx::AnyConnection;
use sqlx::any::AnyRow;

use super::row::{Fields, actor_kind, json};
use super::{StoreError, Transaction};

fn read(row: &AnyRow) -> Result<AutoDeploy, StoreError> {
    Ok(AutoDeploy {
        rule: row.json("rule")?,
        by: row.actor("actor_kind", "actor")?,
        at: row.time("updated_at")?,
        last: row.json_or_null("last")?,
    })
}

pub async fn get(connection: &mut AnyConnection, app: AppId) -> Result<Option<AutoDeploy>, StoreError> {
    sqlx::query("SELECT rule, actor_kind, actor, updated_at, last FROM auto_deploy WHERE app_id = $1")
        .bind(app.to_string())
        .fetch_optional(connection)
        .await?
        .as_ref()
        .map(read)
        .transpose()
}

/// All living apps that have one, by environment and name.
pub async fn all(connection: &mut AnyConnection) -> Result<Vec<(AppKey, AutoDeploy)>, StoreError> {
    sqlx::query(
        "SELECT a.environment AS environment, a.name AS name, p.rule AS rule, p.actor_kind AS actor_kind,
                p.actor AS actor, p.updated_at AS updated_at, p.last AS last
         FROM auto_deploy p JOIN apps a ON a.id = p.app_id WHERE a.destroyed_at IS NULL
         ORDER BY a.environment, a.name",
    )
    .fetch_all(connection)
    .await?
    .iter()
    .map(|row| Ok((AppKey { environment: row.parsed("environment")?, app: row.parsed("name")? }, read(row)?)))
    .collect()
}

/// In place of the policy there may be.
pub async fn set(tx: &mut Transaction, app: AppId, policy: &AutoDeploy) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO auto_deploy (app_id, rule, actor_kind, actor, updated_at) VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (app_id) DO UPDATE SET rule = $2, actor_kind = $3, actor = $4, updated_at = $5, last = NULL",
    )
    .bind(app.to_string())
    .bind(json(&policy.rule)?)
    .bind(actor_kind(policy.by.kind))
    .bind(&policy.by.name)
    .bind(policy.at.as_millis())
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// What it last tried.
pub async fn set_last(tx: &mut Transaction, app: AppId, attempt: &Attempt) -> Result<(), StoreError> {
    sqlx::query("UPDATE auto_deploy SET last = $2 WHERE app_id = $1")
        .bind(app.to_string())
        .bind(json(attempt)?)
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// Whether there was one.
pub async fn remove(tx: &mut Transaction, app: AppId) -> Result<bool, StoreError> {
    let done = sqlx::query("DELETE FROM auto_deploy WHERE app_id = $1")
        .bind(app.to_string())
        .execute(&mut **tx)
        .await?;
    Ok(done.rows_affected() > 0)
}
