//! What the four figures of DORA are reckoned from.

use model::api::DoraQuery;
use model::dora::Ended;
use model::time::Timestamp;
use sqlx::{AnyConnection, AssertSqlSafe};

use super::StoreError;
use super::row::Fields;

/// No filter may be answered by an index of its own, which would lead through all of the history: what is asked for is a
/// stretch of time, and `deployments_ended` has it. Hence the empty texts, which no index knows.
pub const SELECT: &str = "SELECT app_id, kind, state, from_revision, to_revision, released_at, created_at, started_at, ended_at
    FROM deployments
    WHERE ended_at > $1 AND kind || '' IN ('create', 'update', 'promote', 'rollback')
        AND ($2 = '' OR environment || '' = $2) AND ($3 = '' OR project || '' = $3) AND ($4 = '' OR app || '' = $4)
    ORDER BY ended_at";

/// What ended after `since`, oldest first.
pub async fn ended(
    connection: &mut AnyConnection,
    asked: &DoraQuery,
    since: Timestamp,
) -> Result<Vec<Ended<String>>, StoreError> {
    let text = |name: Option<String>| name.unwrap_or_default();
    let rows = sqlx::query(AssertSqlSafe(SELECT))
        .bind(since.as_millis())
        .bind(text(asked.environment.as_ref().map(ToString::to_string)))
        .bind(text(asked.project.as_ref().map(ToString::to_string)))
        .bind(text(asked.app.clone()))
        .fetch_all(connection)
        .await?;
    rows.iter()
        .map(|row| {
            let created = row.time("created_at")?;
            Ok(Ended {
                app: row.text("app_id")?,
                kind: row.word("kind")?,
                state: row.word("state")?,
                from_revision: row.count_or_null("from_revision")?,
                to_revision: row.count_or_null("to_revision")?,
                released_at: row.time_or_null("released_at")?,
                started_at: row.time_or_null("started_at")?.unwrap_or(created),
                ended_at: row.time("ended_at")?,
            })
        })
        .collect()
}
