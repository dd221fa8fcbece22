//! Apps: what is wanted of each, and where a rollback would go.

use model::deployment::Deployment;
use model::id::{AppId, AppKey, AppName, DeploymentId, EnvironmentName, ProjectName, RevisionNumber};
use model::rollout::SetKey;
use model::time::Timestamp;
use sqlx::any::AnyRow;
use sqlx::{AnyConnection, AssertSqlSafe};

use super::filter::{Query, like};
use super::row::Fields;
use super::{StoreError, Transaction, deployments};

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AppRow {
    pub id: AppId,
    pub environment: EnvironmentName,
    pub name: AppName,
    pub project: ProjectName,
    /// Version label of the target revision.
    pub version: String,
    pub image: Option<String>,
    /// The replica set that is to run.
    pub target: SetKey,
    pub wanted: u32,
    /// Count that a resume brings back.
    pub resume_wanted: u32,
    /// The replica set that last held, and its count: where a rollback goes.
    pub stable: Option<SetKey>,
    pub stable_wanted: u32,
    /// Highest numbers given so far.
    pub last_revision: RevisionNumber,
    pub last_generation: u32,
    pub last_number: u32,
    /// The newest deployment; the only one that can be active.
    pub last_deployment: Option<DeploymentId>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

impl AppRow {
    pub fn key(&self) -> AppKey {
        AppKey { environment: self.environment.clone(), app: self.name.clone() }
    }

    pub const fn is_suspended(&self) -> bool {
        self.wanted == 0
    }
}

/// An app with its newest deployment: what a list shows.
#[derive(Debug, Clone, PartialEq)]
pub struct ListedApp {
    pub app: AppRow,
    pub last: Option<Deployment>,
}

const COLUMNS: &str = "a.id AS id, a.environment AS environment, a.name AS name, a.project AS project, \
    a.version AS version, a.image AS image, a.revision AS revision, a.generation AS generation, a.wanted AS wanted, \
    a.resume_wanted AS resume_wanted, a.stable_revision AS stable_revision, a.stable_generation AS stable_generation, \
    a.stable_wanted AS stable_wanted, a.last_revision AS last_revision, a.last_generation AS last_generation, \
    a.last_number AS last_number, a.last_deployment AS last_deployment, a.created_at AS created_at, \
    a.updated_at AS updated_at";

fn read(row: &AnyRow) -> Result<AppRow, StoreError> {
    let stable = row.count_or_null("stable_revision")?.zip(row.count_or_null("stable_generation")?);
    Ok(AppRow {
        id: row.parsed("id")?,
        environment: row.parsed("environment")?,
        name: row.parsed("name")?,
        project: row.parsed("project")?,
        version: row.text("version")?,
        image: row.text_or_null("image")?,
        target: SetKey { revision: row.count("revision")?, generation: row.count("generation")? },
        wanted: row.count("wanted")?,
        resume_wanted: row.count("resume_wanted")?,
        stable: stable.map(|(revision, generation)| SetKey { revision, generation }),
        stable_wanted: row.count("stable_wanted")?,
        last_revision: row.count("last_revision")?,
        last_generation: row.count("last_generation")?,
        last_number: row.count("last_number")?,
        last_deployment: row.parsed_or_null("last_deployment")?,
        created_at: row.time("created_at")?,
        updated_at: row.time("updated_at")?,
    })
}

fn read_listed(row: &AnyRow) -> Result<ListedApp, StoreError> {
    let app = read(row)?;
    // A left join without a partner is null throughout.
    let last = match row.text_or_null("d_id")? {
        Some(_) => Some(deployments::read_deployment(row)?),
        None => None,
    };
    Ok(ListedApp { app, last })
}

pub async fn get(connection: &mut AnyConnection, key: &AppKey) -> Result<Option<AppRow>, StoreError> {
    let text = format!(
        "SELECT {COLUMNS} FROM apps a WHERE a.environment = $1 AND a.name = $2 AND a.destroyed_at IS NULL"
    );
    sqlx::query(AssertSqlSafe(text))
        .bind(key.environment.as_str())
        .bind(key.app.as_str())
        .fetch_optional(connection)
        .await?
        .as_ref()
        .map(read)
        .transpose()
}

/// By id, destroyed ones too.
pub async fn by_id(connection: &mut AnyConnection, id: AppId) -> Result<Option<AppRow>, StoreError> {
    let text = format!("SELECT {COLUMNS} FROM apps a WHERE a.id = $1");
    let row = sqlx::query(AssertSqlSafe(text)).bind(id.to_string()).fetch_optional(connection).await?;
    row.as_ref().map(read).transpose()
}

pub async fn get_listed(
    connection: &mut AnyConnection,
    key: &AppKey,
) -> Result<Option<ListedApp>, StoreError> {
    let text = format!(
        "SELECT {COLUMNS}, {} FROM apps a LEFT JOIN deployments d ON d.id = a.last_deployment
         WHERE a.environment = $1 AND a.name = $2 AND a.destroyed_at IS NULL",
        deployments::COLUMNS
    );
    sqlx::query(AssertSqlSafe(text))
        .bind(key.environment.as_str())
        .bind(key.app.as_str())
        .fetch_optional(connection)
        .await?
        .as_ref()
        .map(read_listed)
        .transpose()
}

/// All apps of an environment with their newest deployments: what the reconciler starts from.
pub async fn of_environment(
    connection: &mut AnyConnection,
    environment: &EnvironmentName,
) -> Result<Vec<ListedApp>, StoreError> {
    let text = format!(
        "SELECT {COLUMNS}, {} FROM apps a LEFT JOIN deployments d ON d.id = a.last_deployment
         WHERE a.environment = $1 AND a.destroyed_at IS NULL ORDER BY a.name",
        deployments::COLUMNS
    );
    sqlx::query(AssertSqlSafe(text))
        .bind(environment.as_str())
        .fetch_all(connection)
        .await?
        .iter()
        .map(read_listed)
        .collect()
}

#[derive(Debug, Clone, Default)]
pub struct AppFilter<'a> {
    pub environment: Option<&'a EnvironmentName>,
    pub project: Option<&'a ProjectName>,
    /// Part of the name, project or version, ignoring ASCII case.
    pub text: Option<&'a str>,
}

/// A part of the list by name and environment, after `after`.
pub async fn list(
    connection: &mut AnyConnection,
    filter: &AppFilter<'_>,
    after: Option<&(String, String)>,
    limit: u32,
) -> Result<Vec<ListedApp>, StoreError> {
    let mut query = Query::new(format!(
        "SELECT {COLUMNS}, {} FROM apps a LEFT JOIN deployments d ON d.id = a.last_deployment
         WHERE a.destroyed_at IS NULL",
        deployments::COLUMNS
    ));
    if let Some(environment) = filter.environment {
        query.and("a.environment = ?", [environment.into()]);
    }
    if let Some(project) = filter.project {
        query.and("a.project = ?", [project.into()]);
    }
    if let Some(words) = filter.text.filter(|words| !words.trim().is_empty()) {
        query.and(
            r"(a.name LIKE ? ESCAPE '\' OR a.project LIKE ? ESCAPE '\' OR LOWER(a.version) LIKE ? ESCAPE '\')",
            [like(words), like(words), like(words)],
        );
    }
    if let Some((name, environment)) = after {
        query.and("(a.name, a.environment) > (?, ?)", [name.into(), environment.into()]);
    }
    query.fetch(connection, "a.name, a.environment", limit).await?.iter().map(read_listed).collect()
}

/// What counting needs of an app.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AppOutline {
    pub environment: EnvironmentName,
    pub name: AppName,
    pub project: ProjectName,
    pub wanted: u32,
    pub deploying: bool,
}

/// All living apps in outline. Its cost grows with the apps, never with the history.
pub async fn outlines(
    connection: &mut AnyConnection,
    environment: Option<&EnvironmentName>,
) -> Result<Vec<AppOutline>, StoreError> {
    let mut query = Query::new(
        "SELECT a.environment AS environment, a.name AS name, a.project AS project, a.wanted AS wanted,
                COALESCE(d.active, 0) AS active
         FROM apps a LEFT JOIN deployments d ON d.id = a.last_deployment WHERE a.destroyed_at IS NULL"
            .to_owned(),
    );
    if let Some(environment) = environment {
        query.and("a.environment = ?", [environment.into()]);
    }
    let rows = query.fetch(connection, "a.name, a.environment", u32::MAX).await?;
    rows.iter()
        .map(|row| {
            Ok(AppOutline {
                environment: row.parsed("environment")?,
                name: row.parsed("name")?,
                project: row.parsed("project")?,
                wanted: row.count("wanted")?,
                deploying: row.flag("active")?,
            })
        })
        .collect()
}

/// First generation for a new app of this name: above those of the destroyed ones, whose leavings must not be taken for it.
pub async fn next_generation(connection: &mut AnyConnection, key: &AppKey) -> Result<u32, StoreError> {
    sqlx::query(
        "SELECT COALESCE(MAX(last_generation) + 1, 0) AS generation FROM apps
         WHERE environment = $1 AND name = $2",
    )
    .bind(key.environment.as_str())
    .bind(key.app.as_str())
    .fetch_one(connection)
    .await?
    .count("generation")
}

/// Conflict when the name is taken.
pub async fn insert(tx: &mut Transaction, app: &AppRow) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO apps (id, environment, name, project, version, image, revision, generation, wanted,
             resume_wanted, stable_revision, stable_generation, stable_wanted, last_revision, last_generation,
             last_number, last_deployment, created_at, updated_at, destroyed_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, NULL)",
    )
    .bind(app.id.to_string())
    .bind(app.environment.as_str())
    .bind(app.name.as_str())
    .bind(app.project.as_str())
    .bind(&app.version)
    .bind(app.image.as_deref())
    .bind(i64::from(app.target.revision))
    .bind(i64::from(app.target.generation))
    .bind(i64::from(app.wanted))
    .bind(i64::from(app.resume_wanted))
    .bind(app.stable.map(|key| i64::from(key.revision)))
    .bind(app.stable.map(|key| i64::from(key.generation)))
    .bind(i64::from(app.stable_wanted))
    .bind(i64::from(app.last_revision))
    .bind(i64::from(app.last_generation))
    .bind(i64::from(app.last_number))
    .bind(app.last_deployment.map(|id| id.to_string()))
    .bind(app.created_at.as_millis())
    .bind(app.updated_at.as_millis())
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Writes all but id, place and creation.
pub async fn update(tx: &mut Transaction, app: &AppRow) -> Result<(), StoreError> {
    sqlx::query(
        "UPDATE apps SET project = $2, version = $3, image = $4, revision = $5, generation = $6, wanted = $7,
             resume_wanted = $8, stable_revision = $9, stable_generation = $10, stable_wanted = $11,
             last_revision = $12, last_generation = $13, last_number = $14, last_deployment = $15, updated_at = $16
         WHERE id = $1",
    )
    .bind(app.id.to_string())
    .bind(app.project.as_str())
    .bind(&app.version)
    .bind(app.image.as_deref())
    .bind(i64::from(app.target.revision))
    .bind(i64::from(app.target.generation))
    .bind(i64::from(app.wanted))
    .bind(i64::from(app.resume_wanted))
    .bind(app.stable.map(|key| i64::from(key.revision)))
    .bind(app.stable.map(|key| i64::from(key.generation)))
    .bind(i64::from(app.stable_wanted))
    .bind(i64::from(app.last_revision))
    .bind(i64::from(app.last_generation))
    .bind(i64::from(app.last_number))
    .bind(app.last_deployment.map(|id| id.to_string()))
    .bind(app.updated_at.as_millis())
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// The app is gone; its history stays and its name is free.
pub async fn mark_destroyed(tx: &mut Transaction, id: AppId, now: Timestamp) -> Result<(), StoreError> {
    sqlx::query("UPDATE apps SET destroyed_at = $2, updated_at = $2 WHERE id = $1")
        .bind(id.to_string())
        .bind(now.as_millis())
        .execute(&mut **tx)
        .await?;
    Ok(())
}
