//! Names of everything that can be deployed: what registries list, and what releases are of.

use model::api::Page;
use model::release::Release;
use sqlx::{AnyConnection, AssertSqlSafe};

use super::filter::{Query, like};
use super::row::Fields;
use super::{StoreError, cursor, releases};

/// Among the releases from one name to the next: a step of the index each, however many releases they have.
const NAMES: &str = "WITH RECURSIVE released (name) AS (
        SELECT MIN(repository) FROM releases WHERE repository > $1
        UNION ALL
        SELECT (SELECT MIN(repository) FROM releases WHERE repository > name) FROM released WHERE name IS NOT NULL
    ), names (name) AS (
        SELECT name FROM released WHERE name IS NOT NULL
        UNION
        SELECT r.host || '/' || p.name FROM registry_repositories p JOIN registries r ON r.id = p.registry
        WHERE p.listed = 1
    ) SELECT name FROM names WHERE name > $1";

/// In their order.
pub async fn names(
    connection: &mut AnyConnection,
    words: Option<&str>,
    after: Option<&str>,
    limit: u32,
) -> Result<Page<String>, StoreError> {
    let after = cursor::decode::<String>(after)?.unwrap_or_default();
    let mut wanted = Query::bound(NAMES.to_owned(), [(&after).into()]);
    if let Some(words) = words.filter(|words| !words.trim().is_empty()) {
        wanted.and(r"LOWER(name) LIKE ? ESCAPE '\'", [like(words)]);
    }
    let rows = wanted.fetch(connection, "name", limit + 1).await?;
    let names = rows.iter().map(|row| row.text("name")).collect::<Result<Vec<_>, _>>()?;
    Ok(cursor::page(names, limit, String::clone))
}

/// The newest release of a name, and how many there are: once as an image and once as an artifact.
pub async fn newest(connection: &mut AnyConnection, name: &str) -> Result<Vec<(Release, u32)>, StoreError> {
    let text = format!(
        "SELECT counted, {} FROM releases
         JOIN (SELECT COUNT(*) AS counted, MAX(id) AS newest FROM releases WHERE repository = $1 GROUP BY kind) AS each_kind
         ON id = newest ORDER BY kind DESC",
        releases::COLUMNS
    );
    let rows = sqlx::query(AssertSqlSafe(text)).bind(name).fetch_all(connection).await?;
    rows.iter().map(|row| Ok((releases::read(row)?, row.count("counted")?))).collect()
}
