//! Uploaded artifacts: which name and version is which content.

use model::api::{Artifact, Page, PageQuery};
use sqlx::AnyConnection;
use sqlx::any::AnyRow;

use super::row::Fields;
use super::{StoreError, Transaction, cursor};

fn read(row: &AnyRow) -> Result<Artifact, StoreError> {
    Ok(Artifact {
        name: row.text("name")?,
        version: row.text("version")?,
        digest: row.text("digest")?,
        size: row.integer("size")?.unsigned_abs(),
        created_at: row.time("created_at")?,
    })
}

/// Adds one; Conflict when the name and version are taken.
pub async fn insert(tx: &mut Transaction, artifact: &Artifact) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO artifacts (name, version, digest, size, created_at) VALUES ($1, $2, $3, $4, $5)",
    )
    .bind(&artifact.name)
    .bind(&artifact.version)
    .bind(&artifact.digest)
    .bind(i64::try_from(artifact.size).unwrap_or(i64::MAX))
    .bind(artifact.created_at.as_millis())
    .execute(&mut **tx)
    .await?;
    Ok(())
}

pub async fn get(
    connection: &mut AnyConnection,
    name: &str,
    version: &str,
) -> Result<Option<Artifact>, StoreError> {
    sqlx::query(
        "SELECT name, version, digest, size, created_at FROM artifacts WHERE name = $1 AND version = $2",
    )
    .bind(name)
    .bind(version)
    .fetch_optional(connection)
    .await?
    .as_ref()
    .map(read)
    .transpose()
}

/// By name and version.
pub async fn list(connection: &mut AnyConnection, page: &PageQuery) -> Result<Page<Artifact>, StoreError> {
    let (name, version) = cursor::decode::<(String, String)>(page.cursor.as_deref())?.unwrap_or_default();
    let limit = page.limit();
    let rows = sqlx::query(
        "SELECT name, version, digest, size, created_at FROM artifacts
         WHERE (name, version) > ($1, $2) ORDER BY name, version LIMIT $3",
    )
    .bind(name)
    .bind(version)
    .bind(i64::from(limit) + 1)
    .fetch_all(connection)
    .await?;
    let artifacts = rows.iter().map(read).collect::<Result<Vec<_>, _>>()?;
    Ok(cursor::page(artifacts, limit, |a| (a.name.clone(), a.version.clone())))
}
