//! Wanted counts: what the engines are asked to run.

use model::id::{AppId, AppName, EnvironmentName};
use model::rollout::SetKey;
use model::time::Timestamp;
use sqlx::AnyConnection;
use sqlx::any::AnyRow;

use super::row::Fields;
use super::{StoreError, Transaction};

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReplicaSetRow {
    pub app_id: AppId,
    pub app: AppName,
    pub key: SetKey,
    pub wanted: u32,
}

fn read(row: &AnyRow) -> Result<ReplicaSetRow, StoreError> {
    Ok(ReplicaSetRow {
        app_id: AppId(row.parsed("app_id")?),
        app: row.parsed("app")?,
        key: SetKey { revision: row.count("revision")?, generation: row.count("generation")? },
        wanted: row.count("wanted")?,
    })
}

/// All of one environment, by app.
pub async fn of_environment(
    connection: &mut AnyConnection,
    environment: &EnvironmentName,
) -> Result<Vec<ReplicaSetRow>, StoreError> {
    sqlx::query(
        "SELECT s.app_id AS app_id, a.name AS app, s.revision AS revision, s.generation AS generation, s.wanted AS wanted
         FROM apps a JOIN replica_sets s ON s.app_id = a.id
         WHERE a.environment = $1 AND a.destroyed_at IS NULL
         ORDER BY s.app_id, s.revision, s.generation",
    )
    .bind(environment.as_str())
    .fetch_all(connection)
    .await?
    .iter()
    .map(read)
    .collect()
}

/// The sets of one app and their counts, oldest revision first.
pub async fn wanted_of_app(
    connection: &mut AnyConnection,
    app: AppId,
) -> Result<Vec<(SetKey, u32)>, StoreError> {
    sqlx::query(
        "SELECT revision, generation, wanted FROM replica_sets WHERE app_id = $1 ORDER BY revision, generation",
    )
    .bind(app.to_string())
    .fetch_all(connection)
    .await?
    .iter()
    .map(|row| {
        let key = SetKey { revision: row.count("revision")?, generation: row.count("generation")? };
        Ok((key, row.count("wanted")?))
    })
    .collect()
}

/// Sets the wanted count, making the set when it is new.
pub async fn set_wanted(
    tx: &mut Transaction,
    app: AppId,
    key: SetKey,
    wanted: u32,
    now: Timestamp,
) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO replica_sets (app_id, revision, generation, wanted, created_at) VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (app_id, revision, generation) DO UPDATE SET wanted = excluded.wanted",
    )
    .bind(app.to_string())
    .bind(i64::from(key.revision))
    .bind(i64::from(key.generation))
    .bind(i64::from(wanted))
    .bind(now.as_millis())
    .execute(&mut **tx)
    .await?;
    Ok(())
}

pub async fn delete(tx: &mut Transaction, app: AppId, key: SetKey) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM replica_sets WHERE app_id = $1 AND revision = $2 AND generation = $3")
        .bind(app.to_string())
        .bind(i64::from(key.revision))
        .bind(i64::from(key.generation))
        .execute(&mut **tx)
        .await?;
    Ok(())
}

pub async fn delete_all(tx: &mut Transaction, app: AppId) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM replica_sets WHERE app_id = $1")
        .bind(app.to_string())
        .execute(&mut **tx)
        .await?;
    Ok(())
}
