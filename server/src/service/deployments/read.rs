//! The history as it is read.

use model::api::{
    AppAt, AtQuery, DeploymentsQuery, DoraQuery, MeasurementsQuery, Page, PageQuery, Verification,
};
use model::check::Measurement;
use model::definition::Definition;
use model::deployment::{Deployment, DeploymentEvent};
use model::diff::{Change, diff};
use model::dora::{DAYS_DEFAULT, DAYS_MAX, Dora};
use model::id::{AppId, DeploymentId, RevisionNumber};
use model::permission::{Caller, Permission};
use model::problem::{Fault, FieldError, Problem};

use crate::service::Core;
use crate::store::deployments::DeploymentRow;
use crate::store::{
    AnyConnection, deployment_events, deployments, dora as store_dora, environments, revisions, time_travel,
    verification,
};

pub async fn list(
    core: &Core,
    caller: &Caller,
    query: &DeploymentsQuery,
) -> Result<Page<Deployment>, Problem> {
    caller.require(Permission::View)?;
    Ok(deployments::list(&mut *core.store.read().await?, query).await?)
}

pub async fn get(core: &Core, caller: &Caller, id: DeploymentId) -> Result<Deployment, Problem> {
    caller.require(Permission::View)?;
    Ok(row(&mut *core.store.read().await?, id).await?.deployment)
}

pub async fn at(core: &Core, caller: &Caller, query: &AtQuery) -> Result<Page<AppAt>, Problem> {
    caller.require(Permission::View)?;
    Ok(time_travel::at(&mut *core.store.read().await?, query).await?)
}

/// 422 for a length of time that is not answered.
pub async fn dora(core: &Core, caller: &Caller, query: &DoraQuery) -> Result<Dora, Problem> {
    caller.require(Permission::View)?;
    let days = query.days.unwrap_or(DAYS_DEFAULT);
    if !(1..=DAYS_MAX).contains(&days) {
        let fault = Fault::OutOfRange { min: 1.0, max: f64::from(DAYS_MAX) };
        return Err(Problem::invalid(vec![FieldError::new("/days", fault)]));
    }
    let now = core.clock.now();
    let since = model::dora::since(now, days);
    let history = store_dora::ended(&mut *core.store.read().await?, query, since).await?;
    Ok(model::dora::dora(&history, now, days))
}

pub async fn events(
    core: &Core,
    caller: &Caller,
    id: DeploymentId,
    page: &PageQuery,
) -> Result<Page<DeploymentEvent>, Problem> {
    caller.require(Permission::View)?;
    let mut reader = core.store.read().await?;
    row(&mut reader, id).await?;
    Ok(deployment_events::list(&mut reader, id, page).await?)
}

pub async fn verification(core: &Core, caller: &Caller, id: DeploymentId) -> Result<Verification, Problem> {
    caller.require(Permission::View)?;
    let mut reader = core.store.read().await?;
    let row = row(&mut reader, id).await?;
    let evidence = verification::evidence(&mut reader, id).await?;
    // The environment may be gone by now; then nobody approves anything.
    let place = environments::get(&mut reader, &row.deployment.environment).await?;
    Ok(Verification {
        checks: row.rollout.checks,
        runs: evidence.runs,
        approvals: evidence.approvals,
        author_may_approve: place.is_some_and(|place| place.rules.author_may_approve),
        own: row.person == Some(caller.person()),
    })
}

pub async fn measurements(
    core: &Core,
    caller: &Caller,
    id: DeploymentId,
    query: &MeasurementsQuery,
) -> Result<Page<Measurement>, Problem> {
    caller.require(Permission::View)?;
    let mut reader = core.store.read().await?;
    row(&mut reader, id).await?;
    let page = PageQuery { limit: query.limit, cursor: query.cursor.clone() };
    Ok(verification::measurements(&mut reader, id, query.check.as_deref(), &page).await?)
}

/// Field diff of the two revisions it goes between.
pub async fn changes(core: &Core, caller: &Caller, id: DeploymentId) -> Result<Vec<Change>, Problem> {
    caller.require(Permission::View)?;
    let mut reader = core.store.read().await?;
    let row = row(&mut reader, id).await?;
    match (row.deployment.from_revision, row.deployment.to_revision) {
        (Some(from), Some(to)) if from != to => {
            let from = definition(&mut reader, row.app_id, from).await?;
            let to = definition(&mut reader, row.app_id, to).await?;
            Ok(diff(&from, &to))
        }
        _ => Ok(Vec::new()),
    }
}

/// Field diff of what two deployments were to run.
pub async fn compare(
    core: &Core,
    caller: &Caller,
    a: DeploymentId,
    b: DeploymentId,
) -> Result<Vec<Change>, Problem> {
    caller.require(Permission::View)?;
    let mut reader = core.store.read().await?;
    let mut sides = Vec::with_capacity(2);
    for id in [a, b] {
        let row = row(&mut reader, id).await?;
        let number = row.rollout.target.revision;
        sides.push(definition(&mut reader, row.app_id, number).await?);
    }
    Ok(diff(&sides[0], &sides[1]))
}

async fn row(connection: &mut AnyConnection, id: DeploymentId) -> Result<DeploymentRow, Problem> {
    deployments::get(connection, id).await?.ok_or_else(|| Problem::not_found("deployment", id))
}

async fn definition(
    connection: &mut AnyConnection,
    app: AppId,
    number: RevisionNumber,
) -> Result<Definition, Problem> {
    revisions::definition(connection, app, number)
        .await?
        .ok_or_else(|| Problem::not_found("revision", number))
}
