//! Registries, with their secrets sealed.

use model::duration::Span;
use model::id::{RegistryId, RegistryName};
use model::registry::{RegistryState, Settings};
use model::time::Timestamp;
use sqlx::any::AnyRow;
use sqlx::{AnyConnection, AssertSqlSafe};

use super::row::{Fields, json};
use super::{StoreError, Transaction};

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RegistryRow {
    pub id: RegistryId,
    pub settings: Settings,
    /// Sealed.
    pub password: Option<String>,
    /// Sealed.
    pub hook_secret: String,
    pub state: RegistryState,
    /// When everything of it was last read.
    pub synced_at: Option<Timestamp>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

const COLUMNS: &str = "id, name, kind, url, host, username, password, ca, insecure, repositories, poll, hook_secret, \
    state, synced_at, created_at, updated_at";

fn read(row: &AnyRow) -> Result<RegistryRow, StoreError> {
    let poll = u64::try_from(row.integer("poll")?).unwrap_or_default();
    Ok(RegistryRow {
        id: row.parsed("id")?,
        settings: Settings {
            name: row.parsed("name")?,
            kind: row.word("kind")?,
            url: row.text("url")?,
            host: row.text("host")?,
            username: row.text_or_null("username")?,
            ca: row.text_or_null("ca")?,
            insecure: row.flag("insecure")?,
            repositories: row.json("repositories")?,
            poll: Span::from_millis(poll),
        },
        password: row.text_or_null("password")?,
        hook_secret: row.text("hook_secret")?,
        state: row.json("state")?,
        synced_at: row.time_or_null("synced_at")?,
        created_at: row.time("created_at")?,
        updated_at: row.time("updated_at")?,
    })
}

/// All, by name. There are tens at most.
pub async fn list(connection: &mut AnyConnection) -> Result<Vec<RegistryRow>, StoreError> {
    let text = format!("SELECT {COLUMNS} FROM registries ORDER BY name");
    sqlx::query(AssertSqlSafe(text)).fetch_all(connection).await?.iter().map(read).collect()
}

async fn one(
    connection: &mut AnyConnection,
    column: &'static str,
    value: &str,
) -> Result<Option<RegistryRow>, StoreError> {
    let text = format!("SELECT {COLUMNS} FROM registries WHERE {column} = $1");
    let row = sqlx::query(AssertSqlSafe(text)).bind(value).fetch_optional(connection).await?;
    row.as_ref().map(read).transpose()
}

pub async fn get(
    connection: &mut AnyConnection,
    name: &RegistryName,
) -> Result<Option<RegistryRow>, StoreError> {
    one(connection, "name", name.as_str()).await
}

pub async fn by_id(
    connection: &mut AnyConnection,
    id: RegistryId,
) -> Result<Option<RegistryRow>, StoreError> {
    one(connection, "id", &id.to_string()).await
}

/// By what its images begin with.
pub async fn by_host(connection: &mut AnyConnection, host: &str) -> Result<Option<RegistryRow>, StoreError> {
    one(connection, "host", host).await
}

/// Conflict when the name or the host is taken.
pub async fn insert(tx: &mut Transaction, row: &RegistryRow) -> Result<(), StoreError> {
    let settings = &row.settings;
    sqlx::query(
        "INSERT INTO registries (id, name, kind, url, host, username, password, ca, insecure, repositories, poll,
             hook_secret, state, synced_at, created_at, updated_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)",
    )
    .bind(row.id.to_string())
    .bind(settings.name.as_str())
    .bind(settings.kind.as_str())
    .bind(&settings.url)
    .bind(&settings.host)
    .bind(settings.username.as_deref())
    .bind(row.password.as_deref())
    .bind(settings.ca.as_deref())
    .bind(i64::from(settings.insecure))
    .bind(json(&settings.repositories)?)
    .bind(i64::try_from(settings.poll.as_millis()).unwrap_or(i64::MAX))
    .bind(&row.hook_secret)
    .bind(json(&row.state)?)
    .bind(row.synced_at.map(Timestamp::as_millis))
    .bind(row.created_at.as_millis())
    .bind(row.updated_at.as_millis())
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Writes what a person may change, and the secrets.
pub async fn update(tx: &mut Transaction, row: &RegistryRow) -> Result<(), StoreError> {
    let settings = &row.settings;
    sqlx::query(
        "UPDATE registries SET kind = $2, url = $3, host = $4, username = $5, password = $6, ca = $7, insecure = $8,
             repositories = $9, poll = $10, hook_secret = $11, updated_at = $12
         WHERE id = $1",
    )
    .bind(row.id.to_string())
    .bind(settings.kind.as_str())
    .bind(&settings.url)
    .bind(&settings.host)
    .bind(settings.username.as_deref())
    .bind(row.password.as_deref())
    .bind(settings.ca.as_deref())
    .bind(i64::from(settings.insecure))
    .bind(json(&settings.repositories)?)
    .bind(i64::try_from(settings.poll.as_millis()).unwrap_or(i64::MAX))
    .bind(&row.hook_secret)
    .bind(row.updated_at.as_millis())
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Writes how it was last found; `synced_at` stays where it is `None`.
pub async fn set_state(
    tx: &mut Transaction,
    id: RegistryId,
    state: &RegistryState,
    synced_at: Option<Timestamp>,
) -> Result<(), StoreError> {
    sqlx::query("UPDATE registries SET state = $2, synced_at = COALESCE($3, synced_at) WHERE id = $1")
        .bind(id.to_string())
        .bind(json(state)?)
        .bind(synced_at.map(Timestamp::as_millis))
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// With everything that is known of it.
pub async fn delete(tx: &mut Transaction, id: RegistryId) -> Result<(), StoreError> {
    for text in [
        "DELETE FROM registry_tags WHERE registry = $1",
        "DELETE FROM registry_repositories WHERE registry = $1",
        "DELETE FROM registries WHERE id = $1",
    ] {
        sqlx::query(text).bind(id.to_string()).execute(&mut **tx).await?;
    }
    Ok(())
}
