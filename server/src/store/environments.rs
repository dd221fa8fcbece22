//! Environments and their engine settings.

use model::environment::{EngineSettings, ReleaseRules};
use model::id::EnvironmentName;
use model::time::Timestamp;
use sqlx::AnyConnection;
use sqlx::any::AnyRow;

use super::row::{Fields, json};
use super::{StoreError, Transaction};

#[derive(Debug, Clone, PartialEq)]
pub struct EnvironmentRow {
    pub name: EnvironmentName,
    pub engine: EngineSettings,
    pub protected: bool,
    pub rules: ReleaseRules,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

fn read(row: &AnyRow) -> Result<EnvironmentRow, StoreError> {
    Ok(EnvironmentRow {
        name: row.parsed("name")?,
        engine: row.json("engine")?,
        protected: row.flag("protected")?,
        rules: row.json("rules")?,
        created_at: row.time("created_at")?,
        updated_at: row.time("updated_at")?,
    })
}

/// All, by name. There are tens at most.
pub async fn list(connection: &mut AnyConnection) -> Result<Vec<EnvironmentRow>, StoreError> {
    sqlx::query(
        "SELECT name, engine, protected, rules, created_at, updated_at FROM environments ORDER BY name",
    )
    .fetch_all(connection)
    .await?
    .iter()
    .map(read)
    .collect()
}

pub async fn get(
    connection: &mut AnyConnection,
    name: &EnvironmentName,
) -> Result<Option<EnvironmentRow>, StoreError> {
    sqlx::query(
        "SELECT name, engine, protected, rules, created_at, updated_at FROM environments WHERE name = $1",
    )
    .bind(name.as_str())
    .fetch_optional(connection)
    .await?
    .as_ref()
    .map(read)
    .transpose()
}

/// Conflict when the name is taken.
pub async fn insert(tx: &mut Transaction, row: &EnvironmentRow) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO environments (name, engine, protected, rules, created_at, updated_at) VALUES ($1, $2, $3, $4, $5, $6)",
    )
    .bind(row.name.as_str())
    .bind(json(&row.engine)?)
    .bind(i64::from(row.protected))
    .bind(json(&row.rules)?)
    .bind(row.created_at.as_millis())
    .bind(row.updated_at.as_millis())
    .execute(&mut **tx)
    .await?;
    Ok(())
}

pub async fn update(tx: &mut Transaction, row: &EnvironmentRow) -> Result<(), StoreError> {
    sqlx::query(
        "UPDATE environments SET engine = $2, protected = $3, rules = $4, updated_at = $5 WHERE name = $1",
    )
    .bind(row.name.as_str())
    .bind(json(&row.engine)?)
    .bind(i64::from(row.protected))
    .bind(json(&row.rules)?)
    .bind(row.updated_at.as_millis())
    .execute(&mut **tx)
    .await?;
    Ok(())
}

pub async fn delete(tx: &mut Transaction, name: &EnvironmentName) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM environments WHERE name = $1").bind(name.as_str()).execute(&mut **tx).await?;
    Ok(())
}

/// How many apps live in each environment that has any.
pub async fn app_counts(connection: &mut AnyConnection) -> Result<Vec<(EnvironmentName, u32)>, StoreError> {
    sqlx::query(
        "SELECT environment, COUNT(*) AS apps FROM apps WHERE destroyed_at IS NULL GROUP BY environment",
    )
    .fetch_all(connection)
    .await?
    .iter()
    .map(|row| Ok((row.parsed("environment")?, row.count("apps")?)))
    .collect()
}
