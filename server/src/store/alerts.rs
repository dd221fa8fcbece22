//! Alerts as they are now: pending, firing, or lately resolved.

use model::alert::{Alert, State};
use model::id::AlertId;
use sqlx::AnyConnection;
use sqlx::any::AnyRow;

use super::row::{Fields, json};
use super::{StoreError, Transaction};

/// How many alerts of a rule are in a state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Count {
    pub rule: String,
    pub state: State,
    pub alerts: u32,
}

fn read(row: &AnyRow) -> Result<(AlertId, Alert), StoreError> {
    Ok((row.parsed("id")?, row.json("alert")?))
}

/// Of all rules, at most `limit`, those that fire first, then pending and resolved ones, of each the oldest first.
pub async fn all(connection: &mut AnyConnection, limit: u32) -> Result<Vec<(AlertId, Alert)>, StoreError> {
    let rows = sqlx::query("SELECT id, alert FROM alerts ORDER BY state, id LIMIT $1")
        .bind(i64::from(limit))
        .fetch_all(connection)
        .await?;
    rows.iter().map(read).collect()
}

/// At most `limit` of those that fire.
pub async fn firing(connection: &mut AnyConnection, limit: u32) -> Result<Vec<(AlertId, Alert)>, StoreError> {
    let rows = sqlx::query("SELECT id, alert FROM alerts WHERE state = 'firing' ORDER BY id LIMIT $1")
        .bind(i64::from(limit))
        .fetch_all(connection)
        .await?;
    rows.iter().map(read).collect()
}

pub async fn of_rule(
    connection: &mut AnyConnection,
    rule: &str,
) -> Result<Vec<(AlertId, Alert)>, StoreError> {
    let rows = sqlx::query("SELECT id, alert FROM alerts WHERE rule = $1 ORDER BY id")
        .bind(rule)
        .fetch_all(connection)
        .await?;
    rows.iter().map(read).collect()
}

pub async fn get(connection: &mut AnyConnection, id: AlertId) -> Result<Option<Alert>, StoreError> {
    let row = sqlx::query("SELECT id, alert FROM alerts WHERE id = $1")
        .bind(id.to_string())
        .fetch_optional(connection)
        .await?;
    Ok(row.as_ref().map(read).transpose()?.map(|(_, alert)| alert))
}

pub async fn counts(connection: &mut AnyConnection) -> Result<Vec<Count>, StoreError> {
    let rows = sqlx::query("SELECT rule, state, COUNT(*) AS alerts FROM alerts GROUP BY rule, state")
        .fetch_all(connection)
        .await?;
    let read = |row: &AnyRow| {
        Ok(Count { rule: row.text("rule")?, state: row.word("state")?, alerts: row.count("alerts")? })
    };
    rows.iter().map(read).collect()
}

/// The rules that there are alerts of.
pub async fn rules(connection: &mut AnyConnection) -> Result<Vec<String>, StoreError> {
    let rows = sqlx::query("SELECT DISTINCT rule FROM alerts ORDER BY rule").fetch_all(connection).await?;
    rows.iter().map(|row| row.text("rule")).collect()
}

/// In place of the one of its id.
pub async fn set(tx: &mut Transaction, id: AlertId, alert: &Alert) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO alerts (id, rule, state, alert) VALUES ($1, $2, $3, $4)
         ON CONFLICT (id) DO UPDATE SET state = $3, alert = $4",
    )
    .bind(id.to_string())
    .bind(alert.name())
    .bind(alert.state.as_str())
    .bind(json(alert)?)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

pub async fn remove(tx: &mut Transaction, id: AlertId) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM alerts WHERE id = $1").bind(id.to_string()).execute(&mut **tx).await?;
    Ok(())
}
