//! Immutable, numbered definitions.

use model::api::{Page, PageQuery};
use model::definition::Definition;
use model::id::{AppId, RevisionNumber};
use model::revision::Revision;
use sqlx::AnyConnection;
use sqlx::any::AnyRow;

use super::row::{Fields, actor_kind, json};
use super::{StoreError, Transaction, cursor};

fn read(row: &AnyRow) -> Result<Revision, StoreError> {
    Ok(Revision {
        revision: row.count("revision")?,
        definition: row.json("definition")?,
        hash: row.text("hash")?,
        author: row.actor("author_kind", "author")?,
        reason: row.text("reason")?,
        created_at: row.time("created_at")?,
    })
}

pub async fn insert(tx: &mut Transaction, app: AppId, revision: &Revision) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO revisions (app_id, revision, definition, hash, version, author_kind, author, reason, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
    )
    .bind(app.to_string())
    .bind(i64::from(revision.revision))
    .bind(json(&revision.definition)?)
    .bind(&revision.hash)
    .bind(revision.definition.version_label())
    .bind(actor_kind(revision.author.kind))
    .bind(&revision.author.name)
    .bind(&revision.reason)
    .bind(revision.created_at.as_millis())
    .execute(&mut **tx)
    .await?;
    Ok(())
}

pub async fn get(
    connection: &mut AnyConnection,
    app: AppId,
    number: RevisionNumber,
) -> Result<Option<Revision>, StoreError> {
    sqlx::query(
        "SELECT revision, definition, hash, author_kind, author, reason, created_at FROM revisions
         WHERE app_id = $1 AND revision = $2",
    )
    .bind(app.to_string())
    .bind(i64::from(number))
    .fetch_optional(connection)
    .await?
    .as_ref()
    .map(read)
    .transpose()
}

/// Newest first.
pub async fn list(
    connection: &mut AnyConnection,
    app: AppId,
    page: &PageQuery,
) -> Result<Page<Revision>, StoreError> {
    let before = cursor::decode::<i64>(page.cursor.as_deref())?.unwrap_or(i64::MAX);
    let limit = page.limit();
    let rows = sqlx::query(
        "SELECT revision, definition, hash, author_kind, author, reason, created_at FROM revisions
         WHERE app_id = $1 AND revision < $2 ORDER BY revision DESC LIMIT $3",
    )
    .bind(app.to_string())
    .bind(before)
    .bind(i64::from(limit) + 1)
    .fetch_all(connection)
    .await?;
    let revisions = rows.iter().map(read).collect::<Result<Vec<_>, _>>()?;
    Ok(cursor::page(revisions, limit, |revision| i64::from(revision.revision)))
}

/// Only the definition: what the reconciler hands to the engine.
pub async fn definition(
    connection: &mut AnyConnection,
    app: AppId,
    number: RevisionNumber,
) -> Result<Option<Definition>, StoreError> {
    sqlx::query("SELECT definition FROM revisions WHERE app_id = $1 AND revision = $2")
        .bind(app.to_string())
        .bind(i64::from(number))
        .fetch_optional(connection)
        .await?
        .map(|row| row.json("definition"))
        .transpose()
}
