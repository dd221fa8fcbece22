//! Deployments: the history, and the rollouts under way.

use model::api::{DeploymentsQuery, Page};
use model::deployment::{Deployment, DeploymentState};
use model::id::{AppId, DeploymentId, EnvironmentName, RevisionNumber};
use model::rollout::{Command, Rollout, RolloutState};
use model::time::Timestamp;
use sqlx::any::AnyRow;
use sqlx::{AnyConnection, AssertSqlSafe};
use uuid::Uuid;

use super::filter::{Query, Value};
use super::row::{Fields, actor_kind, json};
use super::{StoreError, Transaction, cursor};

/// A deployment with what the planner needs.
#[derive(Debug, Clone, PartialEq)]
pub struct DeploymentRow {
    /// `state`, `progress`, `waiting_for` and `outcome` are those of `rollout_state`.
    pub deployment: Deployment,
    pub app_id: AppId,
    /// Who asked for it: the user behind the actor, see [`model::permission::Caller::person`].
    pub person: Option<String>,
    pub rollout: Rollout,
    pub rollout_state: RolloutState,
    /// Since when what it brings out existed; `None` where it brings out nothing.
    pub released_at: Option<Timestamp>,
    /// A person's word that the planner has not heard yet.
    pub command: Option<Command>,
    /// Counts the writes, so that nobody overwrites what he has not read.
    pub row_version: i64,
}

impl DeploymentRow {
    /// Takes over the planner's state.
    pub fn set_state(&mut self, state: RolloutState, now: Timestamp) {
        self.rollout_state = state;
        let state = &self.rollout_state;
        let deployment = &mut self.deployment;
        deployment.state = state.state;
        deployment.progress = state.progress;
        deployment.waiting_for.clone_from(&state.waiting_for);
        deployment.outcome.clone_from(&state.outcome);
        deployment.reached.clone_from(&state.reached);
        if deployment.started_at.is_none() && state.state != DeploymentState::Queued {
            deployment.started_at = Some(now);
        }
        if !state.state.is_active() {
            deployment.ended_at = Some(now);
            deployment.waiting_for = None;
            self.command = None;
        }
    }
}

pub(super) const COLUMNS: &str = "d.id AS d_id, d.number AS d_number, d.environment AS d_environment, \
    d.app AS d_app, d.project AS d_project, d.kind AS d_kind, d.state AS d_state, d.from_revision AS d_from_revision, \
    d.to_revision AS d_to_revision, d.from_instances AS d_from_instances, d.to_instances AS d_to_instances, \
    d.from_version AS d_from_version, d.to_version AS d_to_version, d.actor_kind AS d_actor_kind, d.actor AS d_actor, \
    d.reason AS d_reason, d.created_at AS d_created_at, d.started_at AS d_started_at, d.ended_at AS d_ended_at, \
    d.rollout AS d_rollout, d.rollout_state AS d_rollout_state";

const ROLLOUT_COLUMNS: &str = "d.app_id AS d_app_id, d.person AS d_person, d.released_at AS d_released_at, d.command AS d_command, \
    d.row_version AS d_row_version";

pub(super) fn read_deployment(row: &AnyRow) -> Result<Deployment, StoreError> {
    to_deployment(row, &row.json("d_rollout")?, &row.json("d_rollout_state")?)
}

fn to_deployment(row: &AnyRow, rollout: &Rollout, state: &RolloutState) -> Result<Deployment, StoreError> {
    Ok(Deployment {
        id: row.parsed("d_id")?,
        number: row.count("d_number")?,
        environment: row.parsed("d_environment")?,
        app: row.parsed("d_app")?,
        project: row.parsed("d_project")?,
        kind: row.word("d_kind")?,
        state: state.state,
        from_revision: row.count_or_null("d_from_revision")?,
        to_revision: row.count_or_null("d_to_revision")?,
        from_instances: row.count_or_null("d_from_instances")?,
        to_instances: row.count_or_null("d_to_instances")?,
        from_version: row.text_or_null("d_from_version")?,
        to_version: row.text_or_null("d_to_version")?,
        actor: row.actor("d_actor_kind", "d_actor")?,
        reason: row.text("d_reason")?,
        created_at: row.time("d_created_at")?,
        started_at: row.time_or_null("d_started_at")?,
        ended_at: row.time_or_null("d_ended_at")?,
        outcome: state.outcome.clone(),
        progress: state.progress,
        waiting_for: if state.state.is_active() { state.waiting_for.clone() } else { None },
        steps: rollout.steps.clone(),
        reached: state.reached.clone(),
        skip: rollout.skip,
    })
}

fn read(row: &AnyRow) -> Result<DeploymentRow, StoreError> {
    let rollout: Rollout = row.json("d_rollout")?;
    let rollout_state: RolloutState = row.json("d_rollout_state")?;
    Ok(DeploymentRow {
        deployment: to_deployment(row, &rollout, &rollout_state)?,
        app_id: row.parsed("d_app_id")?,
        person: row.text_or_null("d_person")?,
        released_at: row.time_or_null("d_released_at")?,
        rollout,
        rollout_state,
        command: row.json_or_null("d_command")?,
        row_version: row.integer("d_row_version")?,
    })
}

pub async fn get(
    connection: &mut AnyConnection,
    id: DeploymentId,
) -> Result<Option<DeploymentRow>, StoreError> {
    let text = format!("SELECT {COLUMNS}, {ROLLOUT_COLUMNS} FROM deployments d WHERE d.id = $1");
    let row = sqlx::query(AssertSqlSafe(text)).bind(id.to_string()).fetch_optional(connection).await?;
    row.as_ref().map(read).transpose()
}

/// The one that runs now.
pub async fn active_of(
    connection: &mut AnyConnection,
    app: AppId,
) -> Result<Option<DeploymentRow>, StoreError> {
    let text = format!(
        "SELECT {COLUMNS}, {ROLLOUT_COLUMNS} FROM deployments d WHERE d.app_id = $1 AND d.active = 1"
    );
    let row = sqlx::query(AssertSqlSafe(text)).bind(app.to_string()).fetch_optional(connection).await?;
    row.as_ref().map(read).transpose()
}

/// All that run.
pub async fn active(connection: &mut AnyConnection) -> Result<Vec<Deployment>, StoreError> {
    let text = format!("SELECT {COLUMNS} FROM deployments d WHERE d.active = 1 ORDER BY d.id");
    sqlx::query(AssertSqlSafe(text)).fetch_all(connection).await?.iter().map(read_deployment).collect()
}

/// All that run in an environment.
pub async fn active_in(
    connection: &mut AnyConnection,
    environment: &EnvironmentName,
) -> Result<Vec<DeploymentRow>, StoreError> {
    let text = format!(
        "SELECT {COLUMNS}, {ROLLOUT_COLUMNS} FROM deployments d WHERE d.environment = $1 AND d.active = 1
         ORDER BY d.id"
    );
    sqlx::query(AssertSqlSafe(text))
        .bind(environment.as_str())
        .fetch_all(connection)
        .await?
        .iter()
        .map(read)
        .collect()
}

/// Conflict when the app has an active one.
pub async fn insert(tx: &mut Transaction, row: &DeploymentRow) -> Result<(), StoreError> {
    let deployment = &row.deployment;
    sqlx::query(
        "INSERT INTO deployments (id, app_id, environment, app, project, number, kind, state, active, from_revision,
             to_revision, from_instances, to_instances, from_version, to_version, actor_kind, actor, reason,
             created_at, started_at, ended_at, rollout, rollout_state, command, row_version, person,
             released_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22,
             $23, $24, $25, $26, $27)",
    )
    .bind(deployment.id.to_string())
    .bind(row.app_id.to_string())
    .bind(deployment.environment.as_str())
    .bind(deployment.app.as_str())
    .bind(deployment.project.as_str())
    .bind(i64::from(deployment.number))
    .bind(deployment.kind.as_str())
    .bind(deployment.state.as_str())
    .bind(i64::from(deployment.state.is_active()))
    .bind(deployment.from_revision.map(i64::from))
    .bind(deployment.to_revision.map(i64::from))
    .bind(deployment.from_instances.map(i64::from))
    .bind(deployment.to_instances.map(i64::from))
    .bind(deployment.from_version.as_deref())
    .bind(deployment.to_version.as_deref())
    .bind(actor_kind(deployment.actor.kind))
    .bind(&deployment.actor.name)
    .bind(&deployment.reason)
    .bind(deployment.created_at.as_millis())
    .bind(deployment.started_at.map(Timestamp::as_millis))
    .bind(deployment.ended_at.map(Timestamp::as_millis))
    .bind(json(&row.rollout)?)
    .bind(json(&row.rollout_state)?)
    .bind(row.command.as_ref().map(json).transpose()?)
    .bind(row.row_version)
    .bind(row.person.as_deref())
    .bind(row.released_at.map(Timestamp::as_millis))
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Writes state and command; `false`, and nothing written, when somebody else wrote since `row` was read.
pub async fn update(tx: &mut Transaction, row: &DeploymentRow) -> Result<bool, StoreError> {
    let deployment = &row.deployment;
    // What the app runs once it has ended; a superseded one leaves that to its successor.
    let ended = !deployment.state.is_active() && deployment.state != DeploymentState::Superseded;
    let stands = ended.then(|| row.rollout_state.goal(&row.rollout));
    let done = sqlx::query(
        "UPDATE deployments SET state = $3, active = $4, started_at = $5, ended_at = $6, rollout_state = $7,
             command = $8, stands_revision = $9, stands_instances = $10, row_version = row_version + 1
         WHERE id = $1 AND row_version = $2",
    )
    .bind(deployment.id.to_string())
    .bind(row.row_version)
    .bind(deployment.state.as_str())
    .bind(i64::from(deployment.state.is_active()))
    .bind(deployment.started_at.map(Timestamp::as_millis))
    .bind(deployment.ended_at.map(Timestamp::as_millis))
    .bind(json(&row.rollout_state)?)
    .bind(row.command.as_ref().map(json).transpose()?)
    .bind(stands.map(|goal| i64::from(goal.set.revision)))
    .bind(stands.map(|goal| i64::from(goal.count)))
    .execute(&mut **tx)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Whether the app ran `revision`, and only that, at some moment since `since`: a deployment that ended then left it
/// standing, or the last one that ended before did.
pub async fn was_out_since(
    connection: &mut AnyConnection,
    app: AppId,
    revision: RevisionNumber,
    since: Timestamp,
) -> Result<bool, StoreError> {
    let row = sqlx::query(
        "SELECT d.id FROM deployments d
         WHERE d.app_id = $1 AND d.stands_revision = $2 AND d.stands_instances > 0 AND d.state <> 'failed'
             AND (d.ended_at >= $3 OR d.ended_at = (
                 SELECT MAX(e.ended_at) FROM deployments e
                 WHERE e.app_id = $1 AND e.stands_revision IS NOT NULL AND e.ended_at < $3))
         LIMIT 1",
    )
    .bind(app.to_string())
    .bind(i64::from(revision))
    .bind(since.as_millis())
    .fetch_optional(connection)
    .await?;
    Ok(row.is_some())
}

/// Lowest UUIDv7 of a moment: ids sort by time, so a time filter is a range of ids.
pub(super) fn lowest_id(time: Timestamp) -> Value {
    let millis = u64::try_from(time.as_millis()).unwrap_or(0);
    let uuid = Uuid::from_u64_pair((millis << 16) | 0x7000, 0x8000_0000_0000_0000);
    Value::Text(uuid.to_string())
}

/// The history, newest first.
pub async fn list(
    connection: &mut AnyConnection,
    filter: &DeploymentsQuery,
) -> Result<Page<Deployment>, StoreError> {
    let limit = filter.limit.unwrap_or(model::api::LIMIT_DEFAULT).clamp(1, model::api::LIMIT_MAX);
    let mut query = Query::new(format!("SELECT {COLUMNS} FROM deployments d WHERE 1 = 1"));
    if let Some(environment) = &filter.environment {
        query.and("d.environment = ?", [environment.into()]);
    }
    if let Some(app) = &filter.app {
        query.and("d.app = ?", [app.into()]);
    }
    if let Some(project) = &filter.project {
        query.and("d.project = ?", [project.into()]);
    }
    if let Some(actor) = &filter.actor {
        query.and("d.actor = ?", [actor.into()]);
    }
    if let Some(state) = filter.state {
        query.and("d.state = ?", [Value::Text(state.as_str().to_owned())]);
    }
    if let Some(kind) = filter.kind {
        query.and("d.kind = ?", [Value::Text(kind.as_str().to_owned())]);
    }
    if let Some(from) = filter.from {
        query.and("d.id >= ?", [lowest_id(from)]);
    }
    if let Some(to) = filter.to {
        query.and("d.id < ?", [lowest_id(Timestamp::from_millis(to.as_millis().saturating_add(1)))]);
    }
    if let Some(before) = cursor::decode::<DeploymentId>(filter.cursor.as_deref())? {
        query.and("d.id < ?", [(&before).into()]);
    }
    let rows = query.fetch(connection, "d.id DESC", limit + 1).await?;
    let deployments = rows.iter().map(read_deployment).collect::<Result<Vec<_>, _>>()?;
    Ok(cursor::page(deployments, limit, |deployment| deployment.id))
}

/// Those with this number, newest first: what a person finds by `#12`.
pub async fn by_number(
    connection: &mut AnyConnection,
    number: u32,
    limit: u32,
) -> Result<Vec<Deployment>, StoreError> {
    let mut query = Query::new(format!("SELECT {COLUMNS} FROM deployments d WHERE 1 = 1"));
    query.and("d.number = ?", [Value::Integer(i64::from(number))]);
    query.fetch(connection, "d.id DESC", limit).await?.iter().map(read_deployment).collect()
}
