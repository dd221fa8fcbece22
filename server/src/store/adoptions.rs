//! Workloads of others that apps take over.

use model::id::{AppId, EnvironmentName};
use model::time::Timestamp;
use model::workload::{Adoption, AdoptionState, Upkeep};
use sqlx::any::AnyRow;
use sqlx::{AnyConnection, AssertSqlSafe};

use super::row::{Fields, json};
use super::{StoreError, Transaction};

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AdoptionRow {
    pub app_id: AppId,
    pub environment: EnvironmentName,
    pub adoption: Adoption,
    /// How the workload was kept running, from the moment it is told to stop.
    pub upkeep: Option<Upkeep>,
}

const SELECT: &str = "SELECT o.app_id AS app_id, o.environment AS environment, a.name AS app,
        o.workload_id AS workload_id, o.workload AS workload, o.stops AS stops, o.state AS state,
        o.upkeep AS upkeep, o.trouble AS trouble, o.created_at AS created_at, o.updated_at AS updated_at
    FROM adoptions o JOIN apps a ON a.id = o.app_id";

fn read(row: &AnyRow) -> Result<AdoptionRow, StoreError> {
    Ok(AdoptionRow {
        app_id: row.parsed("app_id")?,
        environment: row.parsed("environment")?,
        adoption: Adoption {
            app: row.parsed("app")?,
            workload_id: row.text("workload_id")?,
            workload: row.text("workload")?,
            stops: row.word("stops")?,
            state: row.word("state")?,
            trouble: row.text_or_null("trouble")?,
            created_at: row.time("created_at")?,
            updated_at: row.time("updated_at")?,
        },
        upkeep: row.json_or_null("upkeep")?,
    })
}

pub async fn get(connection: &mut AnyConnection, app: AppId) -> Result<Option<AdoptionRow>, StoreError> {
    let text = format!("{SELECT} WHERE o.app_id = $1");
    let row = sqlx::query(AssertSqlSafe(text)).bind(app.to_string()).fetch_optional(connection).await?;
    row.as_ref().map(read).transpose()
}

/// Those in an environment whose apps are there still, by app.
pub async fn living_in(
    connection: &mut AnyConnection,
    environment: &EnvironmentName,
) -> Result<Vec<AdoptionRow>, StoreError> {
    let text = format!("{SELECT} WHERE o.environment = $1 AND a.destroyed_at IS NULL ORDER BY a.name");
    let rows = sqlx::query(AssertSqlSafe(text)).bind(environment.as_str()).fetch_all(connection).await?;
    rows.iter().map(read).collect()
}

/// Those with something left to do, of all environments that there are, oldest first.
pub async fn open(connection: &mut AnyConnection) -> Result<Vec<AdoptionRow>, StoreError> {
    let states = AdoptionState::ALL.into_iter().filter(|state| state.is_open());
    let states = states.map(|state| format!("'{}'", state.as_str())).collect::<Vec<_>>().join(", ");
    let text = format!(
        "{SELECT} JOIN environments e ON e.name = o.environment
         WHERE o.state IN ({states}) ORDER BY o.created_at, o.app_id"
    );
    let rows = sqlx::query(AssertSqlSafe(text)).fetch_all(connection).await?;
    rows.iter().map(read).collect()
}

pub async fn insert(tx: &mut Transaction, row: &AdoptionRow) -> Result<(), StoreError> {
    let adoption = &row.adoption;
    sqlx::query(
        "INSERT INTO adoptions (app_id, environment, workload_id, workload, stops, state, upkeep, trouble, created_at,
             updated_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
    )
    .bind(row.app_id.to_string())
    .bind(row.environment.as_str())
    .bind(&adoption.workload_id)
    .bind(&adoption.workload)
    .bind(adoption.stops.as_str())
    .bind(adoption.state.as_str())
    .bind(row.upkeep.as_ref().map(json).transpose()?)
    .bind(adoption.trouble.as_deref())
    .bind(adoption.created_at.as_millis())
    .bind(adoption.updated_at.as_millis())
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Writes how far it is.
pub async fn update(tx: &mut Transaction, row: &AdoptionRow, now: Timestamp) -> Result<(), StoreError> {
    sqlx::query(
        "UPDATE adoptions SET state = $2, upkeep = $3, trouble = $4, updated_at = $5 WHERE app_id = $1",
    )
    .bind(row.app_id.to_string())
    .bind(row.adoption.state.as_str())
    .bind(row.upkeep.as_ref().map(json).transpose()?)
    .bind(row.adoption.trouble.as_deref())
    .bind(now.as_millis())
    .execute(&mut **tx)
    .await?;
    Ok(())
}
