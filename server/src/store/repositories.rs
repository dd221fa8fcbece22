//! The repositories that releases are of, by name.

use model::api::Page;
use model::release::{KnownRepository, Release};
use sqlx::{AnyConnection, AssertSqlSafe};

use super::filter::{Query, like};
use super::row::Fields;
use super::{StoreError, cursor, releases};

/// From one name to the next: a step of the index each, however many releases they have.
const NAMES: &str = "WITH RECURSIVE names (name) AS (
        SELECT MIN(repository) FROM releases WHERE repository > $1
        UNION ALL
        SELECT (SELECT MIN(repository) FROM releases WHERE repository > name) FROM names WHERE name IS NOT NULL
    ) SELECT name FROM names WHERE name IS NOT NULL";

/// By name; without the apps that run them.
pub async fn list(
    connection: &mut AnyConnection,
    words: Option<&str>,
    after: Option<&str>,
    limit: u32,
) -> Result<Page<KnownRepository>, StoreError> {
    let after = cursor::decode::<String>(after)?.unwrap_or_default();
    let mut wanted = Query::bound(NAMES.to_owned(), [(&after).into()]);
    if let Some(words) = words.filter(|words| !words.trim().is_empty()) {
        wanted.and(r"LOWER(name) LIKE ? ESCAPE '\'", [like(words)]);
    }
    let rows = wanted.fetch(connection, "name", limit + 1).await?;
    let names = rows.iter().map(|row| row.text("name")).collect::<Result<Vec<_>, _>>()?;
    let names = cursor::page(names, limit, String::clone);
    let mut items = Vec::with_capacity(names.items.len());
    for name in &names.items {
        for (newest, count) in newest(connection, name).await? {
            let kind = newest.version.kind;
            items.push(KnownRepository { kind, name: name.clone(), count, newest, apps: Vec::new() });
        }
    }
    Ok(Page { items, next: names.next })
}

/// The newest release of a name, and how many there are: once as an image and once as an artifact.
async fn newest(connection: &mut AnyConnection, name: &str) -> Result<Vec<(Release, u32)>, StoreError> {
    let text = format!(
        "SELECT counted, {} FROM releases
         JOIN (SELECT COUNT(*) AS counted, MAX(id) AS newest FROM releases WHERE repository = $1 GROUP BY kind) AS each_kind
         ON id = newest ORDER BY kind DESC",
        releases::COLUMNS
    );
    let rows = sqlx::query(AssertSqlSafe(text)).bind(name).fetch_all(connection).await?;
    rows.iter().map(|row| Ok((releases::read(row)?, row.count("counted")?))).collect()
}
