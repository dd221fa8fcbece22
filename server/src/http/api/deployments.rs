//! The deployment history and what a person says to a deployment.

use axum::Json;
use axum::extract::State;
use model::api::{
    DeploymentCommand, DeploymentsQuery, MeasurementsQuery, Page, PageQuery, Reasoned, Verification,
};
use model::check::Measurement;
use model::deployment::{Deployment, DeploymentEvent};
use model::diff::Change;
use model::id::DeploymentId;
use model::problem::Problem;
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::List;
use crate::http::Web;
use crate::http::extract::{Json as Body, Path, Query};
use crate::http::identity::Known;
use crate::http::problem::Result;

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
struct DeploymentPath {
    /// Id of the deployment
    id: DeploymentId,
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
struct ComparePath {
    /// Id of one deployment
    id: DeploymentId,
    /// Id of the other
    other: DeploymentId,
}

pub fn routes() -> OpenApiRouter<Web> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(get))
        .routes(routes!(events))
        .routes(routes!(verification))
        .routes(routes!(measurements))
        .routes(routes!(changes))
        .routes(routes!(compare))
        .routes(routes!(approve))
        .routes(routes!(reject))
        .routes(routes!(pause))
        .routes(routes!(resume))
        .routes(routes!(carry_on))
        .routes(routes!(abort))
        .routes(routes!(skip))
        .routes(routes!(promote))
        .routes(routes!(roll_back))
}

/// Deployments, newest first
#[utoipa::path(get, path = "/deployments", tag = "deployments", params(DeploymentsQuery), responses(
    (status = 200, body = Page<Deployment>)))]
async fn list(
    State(web): State<Web>,
    known: Known,
    Query(query): Query<DeploymentsQuery>,
) -> Result<Json<Page<Deployment>>> {
    Ok(Json(web.ports().deployments.list(known.caller(), &query).await?))
}

/// One deployment
#[utoipa::path(get, path = "/deployments/{id}", tag = "deployments", params(DeploymentPath), responses(
    (status = 200, body = Deployment), (status = 404, body = Problem)))]
async fn get(
    State(web): State<Web>,
    known: Known,
    Path(path): Path<DeploymentPath>,
) -> Result<Json<Deployment>> {
    Ok(Json(web.ports().deployments.get(known.caller(), path.id).await?))
}

/// Its timeline, oldest first
#[utoipa::path(get, path = "/deployments/{id}/events", tag = "deployments", params(DeploymentPath, PageQuery), responses(
    (status = 200, body = Page<DeploymentEvent>)))]
async fn events(
    State(web): State<Web>,
    known: Known,
    Path(path): Path<DeploymentPath>,
    Query(page): Query<PageQuery>,
) -> Result<Json<Page<DeploymentEvent>>> {
    Ok(Json(web.ports().deployments.events(known.caller(), path.id, &page).await?))
}

/// The checks it is asked, what they add up to, and who approved
#[utoipa::path(get, path = "/deployments/{id}/verification", tag = "deployments", params(DeploymentPath), responses(
    (status = 200, body = Verification), (status = 404, body = Problem)))]
async fn verification(
    State(web): State<Web>,
    known: Known,
    Path(path): Path<DeploymentPath>,
) -> Result<Json<Verification>> {
    Ok(Json(web.ports().deployments.verification(known.caller(), path.id).await?))
}

/// Answers to its verification checks, oldest first
#[utoipa::path(get, path = "/deployments/{id}/measurements", tag = "deployments",
    params(DeploymentPath, MeasurementsQuery), responses((status = 200, body = Page<Measurement>)))]
async fn measurements(
    State(web): State<Web>,
    known: Known,
    Path(path): Path<DeploymentPath>,
    Query(query): Query<MeasurementsQuery>,
) -> Result<Json<Page<Measurement>>> {
    Ok(Json(web.ports().deployments.measurements(known.caller(), path.id, &query).await?))
}

/// Field diff between the two revisions it goes between
#[utoipa::path(get, path = "/deployments/{id}/changes", tag = "deployments", params(DeploymentPath), responses(
    (status = 200, body = List<Change>)))]
async fn changes(
    State(web): State<Web>,
    known: Known,
    Path(path): Path<DeploymentPath>,
) -> Result<Json<List<Change>>> {
    Ok(Json(web.ports().deployments.changes(known.caller(), path.id).await?.into()))
}

/// Field diff between the definitions of two deployments
#[utoipa::path(get, path = "/deployments/{id}/compare/{other}", tag = "deployments", params(ComparePath), responses(
    (status = 200, body = List<Change>)))]
async fn compare(
    State(web): State<Web>,
    known: Known,
    Path(path): Path<ComparePath>,
) -> Result<Json<List<Change>>> {
    Ok(Json(web.ports().deployments.compare(known.caller(), path.id, path.other).await?.into()))
}

async fn command(
    web: &Web,
    known: &Known,
    path: &DeploymentPath,
    command: DeploymentCommand,
    input: Reasoned,
) -> Result<Json<Deployment>> {
    Ok(Json(web.ports().deployments.command(known.caller(), path.id, command, input).await?))
}

macro_rules! commands {
    ($($name:ident, $path:literal, $command:ident, $summary:literal;)*) => {$(
        #[doc = $summary]
        #[utoipa::path(post, path = $path, tag = "deployments", params(DeploymentPath), request_body = Reasoned,
            responses((status = 200, body = Deployment), (status = 409, body = Problem)))]
        async fn $name(
            State(web): State<Web>,
            known: Known,
            Path(path): Path<DeploymentPath>,
            Body(input): Body<Reasoned>,
        ) -> Result<Json<Deployment>> {
            command(&web, &known, &path, DeploymentCommand::$command, input).await
        }
    )*};
}

commands! {
    approve, "/deployments/{id}/approve", Approve, "Let a deployment that waits for approval go on";
    reject, "/deployments/{id}/reject", Reject, "Refuse a deployment that waits for approval";
    pause, "/deployments/{id}/pause", Pause, "Stop where it stands";
    resume, "/deployments/{id}/resume", Resume, "Go on after a pause";
    carry_on, "/deployments/{id}/continue", Continue, "Go on in spite of what it waits for";
    abort, "/deployments/{id}/abort", Abort, "Give it up and go back to what ran before";
    skip, "/deployments/{id}/skip", Skip, "Go past the step it waits in";
    promote, "/deployments/{id}/promote", Promote, "Go to the end, past every check, gate and wait";
    roll_back, "/deployments/{id}/rollback", Rollback, "Go back to what ran before, as a rollback";
}
