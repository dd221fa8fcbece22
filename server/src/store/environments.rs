//! Environments and their engine settings.

use model::environment::{EngineSettings, ReleaseRules};
use model::id::EnvironmentName;
use model::log::LogLink;
use model::metric::SourceSettings;
use model::time::Timestamp;
use sqlx::any::AnyRow;
use sqlx::{AnyConnection, AssertSqlSafe};

use super::row::{Fields, json};
use super::{StoreError, Transaction};

#[derive(Debug, Clone, PartialEq)]
pub struct EnvironmentRow {
    pub name: EnvironmentName,
    pub engine: EngineSettings,
    pub protected: bool,
    pub rules: ReleaseRules,
    pub metrics: SourceSettings,
    /// Sealed.
    pub metrics_secret: Option<String>,
    pub log_links: Vec<LogLink>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

fn read(row: &AnyRow) -> Result<EnvironmentRow, StoreError> {
    Ok(EnvironmentRow {
        name: row.parsed("name")?,
        engine: row.json("engine")?,
        protected: row.flag("protected")?,
        rules: row.json("rules")?,
        metrics: row.json("metrics")?,
        metrics_secret: row.text_or_null("metrics_secret")?,
        log_links: row.json("log_links")?,
        created_at: row.time("created_at")?,
        updated_at: row.time("updated_at")?,
    })
}

const COLUMNS: &str =
    "name, engine, protected, rules, metrics, metrics_secret, log_links, created_at, updated_at";

/// All, by name. There are tens at most.
pub async fn list(connection: &mut AnyConnection) -> Result<Vec<EnvironmentRow>, StoreError> {
    let text = format!("SELECT {COLUMNS} FROM environments ORDER BY name");
    sqlx::query(AssertSqlSafe(text)).fetch_all(connection).await?.iter().map(read).collect()
}

pub async fn get(
    connection: &mut AnyConnection,
    name: &EnvironmentName,
) -> Result<Option<EnvironmentRow>, StoreError> {
    let text = format!("SELECT {COLUMNS} FROM environments WHERE name = $1");
    let row = sqlx::query(AssertSqlSafe(text)).bind(name.as_str()).fetch_optional(connection).await?;
    row.as_ref().map(read).transpose()
}

/// Conflict when the name is taken.
pub async fn insert(tx: &mut Transaction, row: &EnvironmentRow) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO environments (name, engine, protected, rules, metrics, metrics_secret, log_links, created_at,
             updated_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
    )
    .bind(row.name.as_str())
    .bind(json(&row.engine)?)
    .bind(i64::from(row.protected))
    .bind(json(&row.rules)?)
    .bind(json(&row.metrics)?)
    .bind(row.metrics_secret.as_deref())
    .bind(json(&row.log_links)?)
    .bind(row.created_at.as_millis())
    .bind(row.updated_at.as_millis())
    .execute(&mut **tx)
    .await?;
    Ok(())
}

pub async fn update(tx: &mut Transaction, row: &EnvironmentRow) -> Result<(), StoreError> {
    sqlx::query(
        "UPDATE environments SET engine = $2, protected = $3, rules = $4, metrics = $5, metrics_secret = $6,
             log_links = $7, updated_at = $8
         WHERE name = $1",
    )
    .bind(row.name.as_str())
    .bind(json(&row.engine)?)
    .bind(i64::from(row.protected))
    .bind(json(&row.rules)?)
    .bind(json(&row.metrics)?)
    .bind(row.metrics_secret.as_deref())
    .bind(json(&row.log_links)?)
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
