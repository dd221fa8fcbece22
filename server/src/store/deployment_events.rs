//! Timelines of deployments. Only ever added to.

use model::api::{Page, PageQuery};
use model::deployment::{Actor, DeploymentEvent, DeploymentEventKind};
use model::id::DeploymentId;
use model::time::Timestamp;
use sqlx::{AnyConnection, Row};

use super::row::{Fields, actor_kind, json};
use super::{StoreError, Transaction, cursor};

/// A line to add.
#[derive(Debug, Clone, PartialEq)]
pub struct NewEvent {
    pub deployment: DeploymentId,
    pub time: Timestamp,
    pub actor: Option<Actor>,
    pub what: DeploymentEventKind,
}

/// Adds lines in order and returns them with their ids.
pub async fn insert(tx: &mut Transaction, events: Vec<NewEvent>) -> Result<Vec<DeploymentEvent>, StoreError> {
    if events.is_empty() {
        return Ok(Vec::new());
    }
    // Writers take turns, so the next ids are ours.
    let last: i64 = sqlx::query("SELECT COALESCE(MAX(id), 0) AS last FROM deployment_events")
        .fetch_one(&mut **tx)
        .await?
        .try_get("last")?;
    let mut inserted = Vec::with_capacity(events.len());
    for (id, event) in (last + 1..).zip(events) {
        sqlx::query(
            "INSERT INTO deployment_events (id, deployment, time, actor_kind, actor, what)
             VALUES ($1, $2, $3, $4, $5, $6)",
        )
        .bind(id)
        .bind(event.deployment.to_string())
        .bind(event.time.as_millis())
        .bind(event.actor.as_ref().map(|actor| actor_kind(actor.kind)))
        .bind(event.actor.as_ref().map(|actor| actor.name.as_str()))
        .bind(json(&event.what)?)
        .execute(&mut **tx)
        .await?;
        let NewEvent { deployment, time, actor, what } = event;
        inserted.push(DeploymentEvent { id, deployment, time, actor, what });
    }
    Ok(inserted)
}

/// Oldest first.
pub async fn list(
    connection: &mut AnyConnection,
    deployment: DeploymentId,
    page: &PageQuery,
) -> Result<Page<DeploymentEvent>, StoreError> {
    let after = cursor::decode::<i64>(page.cursor.as_deref())?.unwrap_or(0);
    let limit = page.limit();
    let rows = sqlx::query(
        "SELECT id, time, actor_kind, actor, what FROM deployment_events
         WHERE deployment = $1 AND id > $2 ORDER BY id LIMIT $3",
    )
    .bind(deployment.to_string())
    .bind(after)
    .bind(i64::from(limit) + 1)
    .fetch_all(connection)
    .await?;
    let events = rows
        .iter()
        .map(|row| {
            let actor = match row.text_or_null("actor")? {
                Some(_) => Some(row.actor("actor_kind", "actor")?),
                None => None,
            };
            Ok(DeploymentEvent {
                id: row.integer("id")?,
                deployment,
                time: row.time("time")?,
                actor,
                what: row.json("what")?,
            })
        })
        .collect::<Result<Vec<_>, StoreError>>()?;
    Ok(cursor::page(events, limit, |event| event.id))
}
