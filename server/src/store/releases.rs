//! The app repository: versions, who told of them, and which of them are bad.

use model::api::Page;
use model::id::ReleaseId;
use model::registry::Tag;
use model::release::{Bad, Place, Release, ReleaseKind, ReleasesQuery, Version};
use sqlx::any::AnyRow;
use sqlx::{AnyConnection, AssertSqlSafe};

use super::filter::{Query, like};
use super::row::{Fields, actor_kind};
use super::{StoreError, Transaction, cursor};

pub const COLUMNS: &str = "id, kind, repository, tag, digest, source, commit_id, branch, build_url, notes, \
    author_kind, author, created_at, bad_by_kind, bad_by, bad_at, bad_reason";

pub fn read(row: &AnyRow) -> Result<Release, StoreError> {
    let known = |text: String| Some(text).filter(|text| !text.is_empty());
    let version = Version {
        kind: row.word("kind")?,
        repository: row.text("repository")?,
        tag: known(row.text("tag")?),
        digest: known(row.text("digest")?),
    };
    let bad = match row.time_or_null("bad_at")? {
        Some(at) => {
            let reason = row.text_or_null("bad_reason")?.unwrap_or_default();
            Some(Bad { by: row.actor("bad_by_kind", "bad_by")?, at, reason })
        }
        None => None,
    };
    Ok(Release {
        id: row.parsed("id")?,
        reference: version.to_string(),
        version,
        source: row.word("source")?,
        commit: row.text("commit_id")?,
        branch: row.text("branch")?,
        build_url: row.text("build_url")?,
        notes: row.text("notes")?,
        author: row.actor("author_kind", "author")?,
        created_at: row.time("created_at")?,
        bad,
        runs: Vec::new(),
    })
}

/// Newest first.
pub async fn list(
    connection: &mut AnyConnection,
    query: &ReleasesQuery,
    limit: u32,
) -> Result<Page<Release>, StoreError> {
    let mut wanted = Query::new(format!("SELECT {COLUMNS} FROM releases WHERE 1 = 1"));
    if let Some(repository) = &query.repository {
        wanted.and("repository = ?", [repository.into()]);
    }
    if let Some(kind) = query.kind {
        wanted.and("kind = ?", [(&kind.as_str()).into()]);
    }
    if let Some(branch) = &query.branch {
        wanted.and("branch = ?", [branch.into()]);
    }
    if let Some(words) = query.q.as_deref().filter(|words| !words.trim().is_empty()) {
        wanted.and(
            r"(LOWER(repository) LIKE ? ESCAPE '\' OR LOWER(tag) LIKE ? ESCAPE '\' OR digest LIKE ? ESCAPE '\' OR LOWER(commit_id) LIKE ? ESCAPE '\' OR LOWER(branch) LIKE ? ESCAPE '\')",
            [like(words), like(words), like(words), like(words), like(words)],
        );
    }
    if let Some(before) = cursor::decode::<ReleaseId>(query.cursor.as_deref())? {
        wanted.and("id < ?", [(&before).into()]);
    }
    let rows = wanted.fetch(connection, "id DESC", limit + 1).await?;
    let releases = rows.iter().map(read).collect::<Result<Vec<_>, _>>()?;
    Ok(cursor::page(releases, limit, |release| release.id))
}

pub async fn get(connection: &mut AnyConnection, id: ReleaseId) -> Result<Option<Release>, StoreError> {
    let text = format!("SELECT {COLUMNS} FROM releases WHERE id = $1");
    let row = sqlx::query(AssertSqlSafe(text)).bind(id.to_string()).fetch_optional(connection).await?;
    row.as_ref().map(read).transpose()
}

/// The release of a version: that of its tag and digest, else one that may be told by either.
pub async fn of_version(
    connection: &mut AnyConnection,
    version: &Version,
) -> Result<Option<Release>, StoreError> {
    let text = format!(
        "SELECT {COLUMNS} FROM releases
         WHERE kind = $1 AND repository = $2 AND (tag = $3 OR (digest = $4 AND digest <> '')) ORDER BY id DESC"
    );
    let rows = sqlx::query(AssertSqlSafe(text))
        .bind(version.kind.as_str())
        .bind(&version.repository)
        .bind(version.tag.as_deref().unwrap_or_default())
        .bind(version.digest.as_deref().unwrap_or_default())
        .fetch_all(connection)
        .await?;
    let mut found = rows.iter().map(read).collect::<Result<Vec<_>, _>>()?;
    let exact = found.iter().position(|release| release.version == *version);
    // Another tag of the same content is another release.
    let same = |release: &Release| release.version.tag == version.tag && release.version.is_same(version);
    Ok(exact.or_else(|| found.iter().position(same)).map(|index| found.swap_remove(index)))
}

/// Those of a repository that bear one of these tags or digests, in any spelling of its name.
pub async fn of_tags(
    connection: &mut AnyConnection,
    repositories: &[String],
    tags: &[Tag],
) -> Result<Vec<Release>, StoreError> {
    let digests = tags.iter().map(|tag| &tag.digest);
    let names = tags.iter().map(|tag| &tag.name);
    let values: Vec<&String> = repositories.iter().chain(names).chain(digests).collect();
    let mut places = (1..).map(|number: usize| format!("${number}"));
    let mut list = |count: usize| places.by_ref().take(count).collect::<Vec<_>>().join(", ");
    let text = format!(
        "SELECT {COLUMNS} FROM releases WHERE kind = 'image' AND repository IN ({})
         AND (tag IN ({}) OR digest IN ({}))",
        list(repositories.len()),
        list(tags.len()),
        list(tags.len()),
    );
    if repositories.is_empty() || tags.is_empty() {
        return Ok(Vec::new());
    }
    let query =
        values.into_iter().fold(sqlx::query(AssertSqlSafe(text)), |query, value| query.bind(value.as_str()));
    query.fetch_all(connection).await?.iter().map(read).collect()
}

/// All that are marked as bad in a repository, newest first. There are few.
pub async fn bad_of(
    connection: &mut AnyConnection,
    kind: ReleaseKind,
    repository: &str,
) -> Result<Vec<Release>, StoreError> {
    let text = format!(
        "SELECT {COLUMNS} FROM releases WHERE kind = $1 AND repository = $2 AND bad_at IS NOT NULL
         ORDER BY id DESC"
    );
    let query = sqlx::query(AssertSqlSafe(text)).bind(kind.as_str()).bind(repository);
    query.fetch_all(connection).await?.iter().map(read).collect()
}

/// The newest of a repository, newest first: what auto-deploy chooses from.
pub async fn newest_of(
    connection: &mut AnyConnection,
    kind: ReleaseKind,
    repository: &str,
    limit: u32,
) -> Result<Vec<Release>, StoreError> {
    let text = format!(
        "SELECT {COLUMNS} FROM releases WHERE kind = $1 AND repository = $2 ORDER BY id DESC LIMIT $3"
    );
    let query = sqlx::query(AssertSqlSafe(text)).bind(kind.as_str()).bind(repository).bind(i64::from(limit));
    query.fetch_all(connection).await?.iter().map(read).collect()
}

/// Conflict when this tag and digest are there already.
pub async fn insert(tx: &mut Transaction, release: &Release) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO releases (id, kind, repository, tag, digest, source, commit_id, branch, build_url, notes,
             author_kind, author, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
    )
    .bind(release.id.to_string())
    .bind(release.version.kind.as_str())
    .bind(&release.version.repository)
    .bind(release.version.tag.as_deref().unwrap_or_default())
    .bind(release.version.digest.as_deref().unwrap_or_default())
    .bind(release.source.as_str())
    .bind(&release.commit)
    .bind(&release.branch)
    .bind(&release.build_url)
    .bind(&release.notes)
    .bind(actor_kind(release.author.kind))
    .bind(&release.author.name)
    .bind(release.created_at.as_millis())
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Writes its digest, where it came from, its notes, and whether it is bad.
pub async fn update(tx: &mut Transaction, release: &Release) -> Result<(), StoreError> {
    let bad = release.bad.as_ref();
    sqlx::query(
        "UPDATE releases SET source = $2, commit_id = $3, branch = $4, build_url = $5, notes = $6, bad_by_kind = $7,
             bad_by = $8, bad_at = $9, bad_reason = $10, digest = $11 WHERE id = $1",
    )
    .bind(release.id.to_string())
    .bind(release.source.as_str())
    .bind(&release.commit)
    .bind(&release.branch)
    .bind(&release.build_url)
    .bind(&release.notes)
    .bind(bad.map(|bad| actor_kind(bad.by.kind)))
    .bind(bad.map(|bad| bad.by.name.as_str()))
    .bind(bad.map(|bad| bad.at.as_millis()))
    .bind(bad.map(|bad| bad.reason.as_str()))
    .bind(release.version.digest.as_deref().unwrap_or_default())
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Which living apps are to run something of a repository, and what: by environment and name.
pub async fn running(
    connection: &mut AnyConnection,
    kind: ReleaseKind,
    repository: &str,
) -> Result<Vec<(Place, Version)>, StoreError> {
    // Escapes as `like` does, but from the beginning on and without a change of case.
    let escaped: String = repository
        .chars()
        .flat_map(|c| matches!(c, '%' | '_' | '\\').then_some('\\').into_iter().chain([c]))
        .collect();
    let rows = sqlx::query(
        r"SELECT environment, name, image, version FROM apps
          WHERE destroyed_at IS NULL AND version LIKE $1 ESCAPE '\' ORDER BY environment, name",
    )
    .bind(format!("{escaped}%"))
    .fetch_all(connection)
    .await?;
    let mut found = Vec::new();
    for row in &rows {
        let version = match row.text_or_null("image")? {
            Some(image) => Version::of_image(&image),
            None => {
                row.text("version")?.try_into().ok().map(|artifact| Version::of_artifact(&artifact, None))
            }
        };
        if let Some(version) =
            version.filter(|version| version.kind == kind && version.repository == repository)
        {
            found
                .push((Place { environment: row.parsed("environment")?, app: row.parsed("name")? }, version));
        }
    }
    Ok(found)
}
