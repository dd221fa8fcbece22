//! Links that answer a gate once: for notifications, which cannot sign in.

use axum::Json;
use axum::extract::State;
use http::StatusCode;
use model::api::{ApprovalLink, LinkedGate, NewApprovalLink, Reasoned};
use model::deployment::Deployment;
use model::id::DeploymentId;
use model::problem::Problem;
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::http::Web;
use crate::http::extract::{Json as Body, Path};
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
struct LinkPath {
    /// The last part of the link
    token: String,
}

pub fn routes() -> OpenApiRouter<Web> {
    OpenApiRouter::new()
        .routes(routes!(create))
        .routes(routes!(get))
        .routes(routes!(approve))
        .routes(routes!(reject))
}

/// Make a link by which the gate it waits at can be answered once, by somebody who signs in and may
#[utoipa::path(post, path = "/deployments/{id}/approval-link", tag = "deployments", params(DeploymentPath),
    request_body = NewApprovalLink, responses((status = 201, body = ApprovalLink), (status = 409, body = Problem),
    (status = 422, body = Problem)))]
async fn create(
    State(web): State<Web>,
    known: Known,
    Path(path): Path<DeploymentPath>,
    Body(input): Body<NewApprovalLink>,
) -> Result<(StatusCode, Json<ApprovalLink>)> {
    let link = web.ports().deployments.approval_link(known.caller(), path.id, input).await?;
    Ok((StatusCode::CREATED, Json(link)))
}

/// What a link is for, while it can be used
#[utoipa::path(get, path = "/approval-links/{token}", tag = "deployments", params(LinkPath), responses(
    (status = 200, body = LinkedGate), (status = 404, body = Problem, description = "Not signed by this console"),
    (status = 410, body = Problem, description = "Ended, or used")))]
async fn get(State(web): State<Web>, known: Known, Path(path): Path<LinkPath>) -> Result<Json<LinkedGate>> {
    Ok(Json(web.ports().deployments.linked(known.caller(), &path.token).await?))
}

/// Say yes by a link, which ends with it
#[utoipa::path(post, path = "/approval-links/{token}/approve", tag = "deployments", params(LinkPath),
    request_body = Reasoned, responses((status = 200, body = Deployment), (status = 403, body = Problem),
    (status = 404, body = Problem), (status = 409, body = Problem), (status = 410, body = Problem)))]
async fn approve(
    State(web): State<Web>,
    known: Known,
    Path(path): Path<LinkPath>,
    Body(input): Body<Reasoned>,
) -> Result<Json<Deployment>> {
    Ok(Json(web.ports().deployments.answer_link(known.caller(), &path.token, true, input).await?))
}

/// Say no by a link, which ends with it
#[utoipa::path(post, path = "/approval-links/{token}/reject", tag = "deployments", params(LinkPath),
    request_body = Reasoned, responses((status = 200, body = Deployment), (status = 403, body = Problem),
    (status = 404, body = Problem), (status = 409, body = Problem), (status = 410, body = Problem)))]
async fn reject(
    State(web): State<Web>,
    known: Known,
    Path(path): Path<LinkPath>,
    Body(input): Body<Reasoned>,
) -> Result<Json<Deployment>> {
    Ok(Json(web.ports().deployments.answer_link(known.caller(), &path.token, false, input).await?))
}
