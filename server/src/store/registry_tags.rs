//! Tags as they were last read.

use model::api::{LIMIT_DEFAULT, LIMIT_MAX, Page};
use model::id::RegistryId;
use model::newer::precedence;
use model::registry::{NamesQuery, Tag};
use model::time::Timestamp;
use sqlx::any::AnyRow;
use sqlx::{AnyConnection, AssertSqlSafe};

use super::filter::{Query, Value, like};
use super::row::{Fields, json};
use super::{StoreError, Transaction, cursor};

const COLUMNS: &str = "name, digest, pushed_at, created_at, size, platforms, commit_id, source, build_url, version, \
    vulnerabilities, moved_from, moved_at, checked_at, gone_at";

/// A tag, and when the registry last said what it stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TagRow {
    pub tag: Tag,
    pub checked_at: Timestamp,
}

fn read(row: &AnyRow) -> Result<TagRow, StoreError> {
    let size = row.integer_or_null("size")?.and_then(|size| u64::try_from(size).ok());
    Ok(TagRow {
        tag: Tag {
            name: row.text("name")?,
            digest: row.text("digest")?,
            pushed_at: row.time("pushed_at")?,
            created_at: row.time_or_null("created_at")?,
            size,
            platforms: row.json("platforms")?,
            commit: row.text_or_null("commit_id")?,
            source: row.text_or_null("source")?,
            build_url: row.text_or_null("build_url")?,
            version: row.text_or_null("version")?,
            vulnerabilities: row.json_or_null("vulnerabilities")?,
            moved_from: row.text_or_null("moved_from")?,
            moved_at: row.time_or_null("moved_at")?,
            gone: row.integer_or_null("gone_at")?.is_some(),
        },
        checked_at: row.time("checked_at")?,
    })
}

/// By push time, newest first; those that are gone too.
pub async fn page(
    connection: &mut AnyConnection,
    registry: RegistryId,
    repository: &str,
    asked: &NamesQuery,
) -> Result<Page<Tag>, StoreError> {
    let limit = asked.limit.unwrap_or(LIMIT_DEFAULT).clamp(1, LIMIT_MAX);
    let mut query = Query::bound(
        format!("SELECT {COLUMNS} FROM registry_tags WHERE registry = $1 AND repository = $2"),
        [(&registry).into(), (&repository).into()],
    );
    if let Some(words) = asked.q.as_deref().filter(|words| !words.trim().is_empty()) {
        query.and(r"LOWER(name) LIKE ? ESCAPE '\'", [like(words)]);
    }
    if let Some((pushed_at, name)) = cursor::decode::<(i64, String)>(asked.cursor.as_deref())? {
        query.and("(pushed_at, name) < (?, ?)", [Value::Integer(pushed_at), (&name).into()]);
    }
    let rows = query.fetch(connection, "pushed_at DESC, name DESC", limit + 1).await?;
    let found = rows.iter().map(|row| Ok(read(row)?.tag)).collect::<Result<Vec<_>, StoreError>>()?;
    Ok(cursor::page(found, limit, |tag| (tag.pushed_at.as_millis(), tag.name.clone())))
}

pub async fn get(
    connection: &mut AnyConnection,
    registry: RegistryId,
    repository: &str,
    name: &str,
) -> Result<Option<TagRow>, StoreError> {
    let query = Query::bound(
        format!("SELECT {COLUMNS} FROM registry_tags WHERE registry = $1 AND repository = $2 AND name = $3"),
        [(&registry).into(), (&repository).into(), (&name).into()],
    );
    query.fetch(connection, "name", 1).await?.first().map(read).transpose()
}

/// Any tag that stands, or stood, for this digest, the living before the gone.
pub async fn by_digest(
    connection: &mut AnyConnection,
    registry: RegistryId,
    repository: &str,
    digest: &str,
) -> Result<Option<TagRow>, StoreError> {
    let query = Query::bound(
        format!(
            "SELECT {COLUMNS} FROM registry_tags WHERE registry = $1 AND repository = $2 AND digest = $3"
        ),
        [(&registry).into(), (&repository).into(), (&digest).into()],
    );
    query.fetch(connection, "COALESCE(gone_at, 0), name", 1).await?.first().map(read).transpose()
}

/// Those that are there, the latest pushed first: what auto-deploy chooses from.
pub async fn newest(
    connection: &mut AnyConnection,
    registry: RegistryId,
    repository: &str,
    limit: u32,
) -> Result<Vec<Tag>, StoreError> {
    let query = Query::bound(
        format!(
            "SELECT {COLUMNS} FROM registry_tags WHERE registry = $1 AND repository = $2 AND gone_at IS NULL"
        ),
        [(&registry).into(), (&repository).into()],
    );
    let rows = query.fetch(connection, "pushed_at DESC, name DESC", limit).await?;
    rows.iter().map(|row| Ok(read(row)?.tag)).collect()
}

/// Everything known of a repository's tags, for whoever compares it with what the registry says.
pub async fn all(
    connection: &mut AnyConnection,
    registry: RegistryId,
    repository: &str,
) -> Result<Vec<TagRow>, StoreError> {
    let text = format!("SELECT {COLUMNS} FROM registry_tags WHERE registry = $1 AND repository = $2");
    sqlx::query(AssertSqlSafe(text))
        .bind(registry.to_string())
        .bind(repository)
        .fetch_all(connection)
        .await?
        .iter()
        .map(read)
        .collect()
}

/// Writes a tag as it is now; one that was gone is back.
pub async fn put(
    tx: &mut Transaction,
    registry: RegistryId,
    repository: &str,
    row: &TagRow,
) -> Result<(), StoreError> {
    let tag = &row.tag;
    sqlx::query(
        "INSERT INTO registry_tags (registry, repository, name, digest, pushed_at, created_at, size, platforms, commit_id,
             source, build_url, version, vulnerabilities, moved_from, moved_at, checked_at, precedence,
             gone_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, NULL)
         ON CONFLICT (registry, repository, name) DO UPDATE SET digest = excluded.digest,
             pushed_at = excluded.pushed_at, created_at = excluded.created_at, size = excluded.size,
             platforms = excluded.platforms, commit_id = excluded.commit_id, source = excluded.source,
             build_url = excluded.build_url, version = excluded.version, vulnerabilities = excluded.vulnerabilities,
             moved_from = excluded.moved_from, moved_at = excluded.moved_at, checked_at = excluded.checked_at,
             precedence = excluded.precedence, gone_at = NULL",
    )
    .bind(registry.to_string())
    .bind(repository)
    .bind(&tag.name)
    .bind(&tag.digest)
    .bind(tag.pushed_at.as_millis())
    .bind(tag.created_at.map(Timestamp::as_millis))
    .bind(tag.size.and_then(|size| i64::try_from(size).ok()))
    .bind(json(&tag.platforms)?)
    .bind(tag.commit.as_deref())
    .bind(tag.source.as_deref())
    .bind(tag.build_url.as_deref())
    .bind(tag.version.as_deref())
    .bind(tag.vulnerabilities.as_ref().map(json).transpose()?)
    .bind(tag.moved_from.as_deref())
    .bind(tag.moved_at.map(Timestamp::as_millis))
    .bind(row.checked_at.as_millis())
    .bind(precedence(&tag.name))
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Puts the tags of a repository into order that an older console has written.
pub async fn set_precedence(
    tx: &mut Transaction,
    registry: RegistryId,
    repository: &str,
) -> Result<(), StoreError> {
    let rows = sqlx::query(
        "SELECT name FROM registry_tags WHERE registry = $1 AND repository = $2 AND precedence IS NULL",
    )
    .bind(registry.to_string())
    .bind(repository)
    .fetch_all(&mut **tx)
    .await?;
    for row in &rows {
        let name = row.text("name")?;
        sqlx::query(
            "UPDATE registry_tags SET precedence = $4 WHERE registry = $1 AND repository = $2 AND name = $3",
        )
        .bind(registry.to_string())
        .bind(repository)
        .bind(&name)
        .bind(precedence(&name))
        .execute(&mut **tx)
        .await?;
    }
    Ok(())
}

/// The registry was asked again, and said the same.
pub async fn set_checked(
    tx: &mut Transaction,
    registry: RegistryId,
    repository: &str,
    name: &str,
    now: Timestamp,
) -> Result<(), StoreError> {
    sqlx::query(
        "UPDATE registry_tags SET checked_at = $4 WHERE registry = $1 AND repository = $2 AND name = $3",
    )
    .bind(registry.to_string())
    .bind(repository)
    .bind(name)
    .bind(now.as_millis())
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// The registry does not have it any more; what is known of it stays.
pub async fn set_gone(
    tx: &mut Transaction,
    registry: RegistryId,
    repository: &str,
    name: &str,
    now: Timestamp,
) -> Result<(), StoreError> {
    sqlx::query(
        "UPDATE registry_tags SET gone_at = $4
         WHERE registry = $1 AND repository = $2 AND name = $3 AND gone_at IS NULL",
    )
    .bind(registry.to_string())
    .bind(repository)
    .bind(name)
    .bind(now.as_millis())
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Forgets the tags of a repository that went before `before`.
pub async fn forget(
    tx: &mut Transaction,
    registry: RegistryId,
    repository: &str,
    before: Timestamp,
) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM registry_tags WHERE registry = $1 AND repository = $2 AND gone_at < $3")
        .bind(registry.to_string())
        .bind(repository)
        .bind(before.as_millis())
        .execute(&mut **tx)
        .await?;
    Ok(())
}
