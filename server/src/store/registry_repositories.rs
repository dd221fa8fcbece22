//! Repositories as they were last read.

use model::api::{LIMIT_DEFAULT, LIMIT_MAX, Page};
use model::id::{RegistryId, RegistryName};
use model::registry::{NamesQuery, Repository};
use model::time::Timestamp;
use sqlx::AnyConnection;
use sqlx::any::AnyRow;

use super::filter::{Query, like};
use super::row::Fields;
use super::{StoreError, Transaction, cursor};

const SELECT: &str =
    "SELECT r.name AS registry, r.host AS host, p.name AS name, p.tags AS tags, p.pushed_at AS pushed_at,
        p.synced_at AS synced_at, p.listed AS listed,
        (SELECT t.name FROM registry_tags t WHERE t.registry = p.registry AND t.repository = p.name
         AND t.gone_at IS NULL ORDER BY t.pushed_at DESC, t.name DESC LIMIT 1) AS newest
    FROM registry_repositories p JOIN registries r ON r.id = p.registry WHERE";

fn read(row: &AnyRow) -> Result<Repository, StoreError> {
    let registry: RegistryName = row.parsed("registry")?;
    let (host, name) = (row.text("host")?, row.text("name")?);
    Ok(Repository {
        registry,
        image: format!("{host}/{name}"),
        name,
        tags: row.count("tags")?,
        newest: row.text_or_null("newest")?,
        pushed_at: row.time_or_null("pushed_at")?,
        synced_at: row.time_or_null("synced_at")?,
        syncing: None,
        gone: !row.flag("listed")?,
    })
}

/// By name.
pub async fn page(
    connection: &mut AnyConnection,
    registry: RegistryId,
    asked: &NamesQuery,
) -> Result<Page<Repository>, StoreError> {
    let limit = asked.limit.unwrap_or(LIMIT_DEFAULT).clamp(1, LIMIT_MAX);
    let mut query = Query::bound(format!("{SELECT} p.registry = $1"), [(&registry).into()]);
    if let Some(words) = asked.q.as_deref().filter(|words| !words.trim().is_empty()) {
        query.and(r"p.name LIKE ? ESCAPE '\'", [like(words)]);
    }
    if let Some(after) = cursor::decode::<String>(asked.cursor.as_deref())? {
        query.and("p.name > ?", [(&after).into()]);
    }
    let rows = query.fetch(connection, "p.name", limit + 1).await?;
    let found = rows.iter().map(read).collect::<Result<Vec<_>, _>>()?;
    Ok(cursor::page(found, limit, |repository| repository.name.clone()))
}

/// Of all registries, those whose images begin with or hold this, the latest pushed first.
pub async fn search(
    connection: &mut AnyConnection,
    words: &str,
    limit: u32,
) -> Result<Vec<Repository>, StoreError> {
    let mut query = Query::new(format!("{SELECT} p.listed = 1"));
    if !words.trim().is_empty() {
        query.and(r"LOWER(r.host || '/' || p.name) LIKE ? ESCAPE '\'", [like(words)]);
    }
    let rows = query.fetch(connection, "COALESCE(p.pushed_at, 0) DESC, p.name", limit).await?;
    rows.iter().map(read).collect()
}

pub async fn get(
    connection: &mut AnyConnection,
    registry: RegistryId,
    name: &str,
) -> Result<Option<Repository>, StoreError> {
    let query = Query::bound(
        format!("{SELECT} p.registry = $1 AND p.name = $2"),
        [(&registry).into(), (&name).into()],
    );
    query.fetch(connection, "p.name", 1).await?.first().map(read).transpose()
}

/// By what its images begin with.
pub async fn of_image(
    connection: &mut AnyConnection,
    host: &str,
    name: &str,
) -> Result<Option<Repository>, StoreError> {
    let query =
        Query::bound(format!("{SELECT} r.host = $1 AND p.name = $2"), [(&host).into(), (&name).into()]);
    query.fetch(connection, "p.name", 1).await?.first().map(read).transpose()
}

/// Names of all that are listed.
pub async fn listed(connection: &mut AnyConnection, registry: RegistryId) -> Result<Vec<String>, StoreError> {
    sqlx::query("SELECT name FROM registry_repositories WHERE registry = $1 AND listed = 1 ORDER BY name")
        .bind(registry.to_string())
        .fetch_all(connection)
        .await?
        .iter()
        .map(|row| row.text("name"))
        .collect()
}

/// Writes whether the registry lists it.
pub async fn set_listed(
    tx: &mut Transaction,
    registry: RegistryId,
    name: &str,
    listed: bool,
) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO registry_repositories (registry, name, tags, pushed_at, synced_at, listed)
         VALUES ($1, $2, 0, NULL, NULL, $3)
         ON CONFLICT (registry, name) DO UPDATE SET listed = excluded.listed",
    )
    .bind(registry.to_string())
    .bind(name)
    .bind(i64::from(listed))
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Counts its tags anew and notes when they were read; `None` where not all of them were.
pub async fn summarise(
    tx: &mut Transaction,
    registry: RegistryId,
    name: &str,
    synced_at: Option<Timestamp>,
) -> Result<(), StoreError> {
    sqlx::query(
        "UPDATE registry_repositories SET
             tags = (SELECT COUNT(*) FROM registry_tags t
                     WHERE t.registry = $1 AND t.repository = $2 AND t.gone_at IS NULL),
             pushed_at = (SELECT MAX(t.pushed_at) FROM registry_tags t
                          WHERE t.registry = $1 AND t.repository = $2 AND t.gone_at IS NULL),
             synced_at = COALESCE($3, synced_at)
         WHERE registry = $1 AND name = $2",
    )
    .bind(registry.to_string())
    .bind(name)
    .bind(synced_at.map(Timestamp::as_millis))
    .execute(&mut **tx)
    .await?;
    Ok(())
}
