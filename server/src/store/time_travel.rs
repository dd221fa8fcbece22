//! What every app stood for at a moment of the past.

use model::api::{AppAt, AtQuery, LIMIT_DEFAULT, LIMIT_MAX, Page, UnderWay};
use model::id::{AppName, EnvironmentName};
use model::time::Timestamp;
use serde::Deserialize;
use sqlx::AnyConnection;
use sqlx::any::AnyRow;

use super::deployments::lowest_id;
use super::filter::{Query, Value};
use super::row::Fields;
use super::{StoreError, cursor};

/// For each app that existed: one step into the index `deployments_stands` for the last deployment that had ended, one
/// into `deployments_by_app` for the last that had begun. How long the history is does not matter.
pub const SELECT: &str = "SELECT a.environment AS environment, a.name AS app, a.project AS project,
        s.id AS s_id, s.number AS s_number, s.ended_at AS s_ended_at, s.stands_revision AS s_revision,
        s.stands_instances AS s_instances, r.version AS r_version, r.definition AS r_definition,
        u.id AS u_id, u.number AS u_number, u.kind AS u_kind, u.to_revision AS u_to_revision,
        u.to_version AS u_to_version, u.to_instances AS u_to_instances, u.created_at AS u_created_at
    FROM apps a
    LEFT JOIN deployments s ON s.id = (
        SELECT e.id FROM deployments e
        WHERE e.app_id = a.id AND e.stands_revision IS NOT NULL AND e.ended_at <= $1
        ORDER BY e.ended_at DESC LIMIT 1)
    LEFT JOIN revisions r ON r.app_id = a.id AND r.revision = s.stands_revision
    LEFT JOIN deployments u ON u.id = (
        SELECT b.id FROM deployments b
        WHERE b.environment = a.environment AND b.app = a.name AND b.id < $2
        ORDER BY b.id DESC LIMIT 1)
        AND u.app_id = a.id AND (u.ended_at IS NULL OR u.ended_at > $1)
    WHERE a.created_at <= $1 AND (a.destroyed_at IS NULL OR a.destroyed_at > $1)";

/// The one part of a definition that is asked for here.
#[derive(Deserialize)]
struct Image {
    #[serde(default)]
    image: Option<String>,
}

fn read(row: &AnyRow) -> Result<AppAt, StoreError> {
    let under_way = match row.parsed_or_null("u_id")? {
        Some(deployment) => Some(UnderWay {
            deployment,
            number: row.count("u_number")?,
            kind: row.word("u_kind")?,
            to_revision: row.count_or_null("u_to_revision")?,
            to_version: row.text_or_null("u_to_version")?,
            to_instances: row.count_or_null("u_to_instances")?,
            created_at: row.time("u_created_at")?,
        }),
        None => None,
    };
    Ok(AppAt {
        environment: row.parsed("environment")?,
        app: row.parsed("app")?,
        project: row.parsed("project")?,
        revision: row.count_or_null("s_revision")?,
        version: row.text_or_null("r_version")?,
        image: row.json_or_null::<Image>("r_definition")?.and_then(|definition| definition.image),
        instances: row.count_or_null("s_instances")?.unwrap_or(0),
        deployment: row.parsed_or_null("s_id")?,
        number: row.count_or_null("s_number")?,
        since: row.time_or_null("s_ended_at")?,
        under_way,
    })
}

/// By environment and name. At one moment a name belongs to one app.
pub async fn at(connection: &mut AnyConnection, asked: &AtQuery) -> Result<Page<AppAt>, StoreError> {
    let limit = asked.limit.unwrap_or(LIMIT_DEFAULT).clamp(1, LIMIT_MAX);
    let after = Timestamp::from_millis(asked.time.as_millis().saturating_add(1));
    let time = Value::Integer(asked.time.as_millis());
    let mut query = Query::bound(SELECT.to_owned(), [time, lowest_id(after)]);
    if let Some(environment) = &asked.environment {
        query.and("a.environment = ?", [environment.into()]);
    }
    if let Some(project) = &asked.project {
        query.and("a.project = ?", [project.into()]);
    }
    if let Some((environment, name)) = cursor::decode::<(EnvironmentName, AppName)>(asked.cursor.as_deref())?
    {
        query.and("(a.environment, a.name) > (?, ?)", [(&environment).into(), (&name).into()]);
    }
    let rows = query.fetch(connection, "a.environment, a.name", limit + 1).await?;
    let apps = rows.iter().map(read).collect::<Result<Vec<_>, _>>()?;
    Ok(cursor::page(apps, limit, |app| (app.environment.clone(), app.app.clone())))
}
