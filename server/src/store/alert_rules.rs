//! Alerting rules of people, and changes to those that every console has.

use model::alert::{Changed, Rule};
use model::deployment::Actor;
use model::time::Timestamp;
use sqlx::AnyConnection;
use sqlx::any::AnyRow;

use super::row::{Fields, actor_kind, json};
use super::{StoreError, Transaction};

/// One with who gave it.
#[derive(Debug, Clone)]
pub struct RuleRow {
    pub rule: Rule,
    pub changed: Changed,
}

fn read(row: &AnyRow) -> Result<RuleRow, StoreError> {
    let changed = Changed { by: row.actor("actor_kind", "actor")?, at: row.time("updated_at")? };
    Ok(RuleRow { rule: row.json("rule")?, changed })
}

/// By name.
pub async fn list(connection: &mut AnyConnection) -> Result<Vec<RuleRow>, StoreError> {
    let rows = sqlx::query("SELECT rule, actor_kind, actor, updated_at FROM alert_rules ORDER BY name")
        .fetch_all(connection)
        .await?;
    rows.iter().map(read).collect()
}

pub async fn get(connection: &mut AnyConnection, name: &str) -> Result<Option<RuleRow>, StoreError> {
    sqlx::query("SELECT rule, actor_kind, actor, updated_at FROM alert_rules WHERE name = $1")
        .bind(name)
        .fetch_optional(connection)
        .await?
        .as_ref()
        .map(read)
        .transpose()
}

/// In place of the one of its name.
pub async fn set(tx: &mut Transaction, rule: &Rule, by: &Actor, at: Timestamp) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO alert_rules (name, rule, actor_kind, actor, updated_at) VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (name) DO UPDATE SET rule = $2, actor_kind = $3, actor = $4, updated_at = $5",
    )
    .bind(&rule.name)
    .bind(json(rule)?)
    .bind(actor_kind(by.kind))
    .bind(&by.name)
    .bind(at.as_millis())
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Whether there was one.
pub async fn remove(tx: &mut Transaction, name: &str) -> Result<bool, StoreError> {
    let done = sqlx::query("DELETE FROM alert_rules WHERE name = $1").bind(name).execute(&mut **tx).await?;
    Ok(done.rows_affected() > 0)
}
