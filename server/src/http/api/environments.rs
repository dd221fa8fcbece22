//! `/environments` and their nodes.

use axum::Json;
use axum::extract::State;
use axum::response::Response;
use http::StatusCode;
use model::api::EnvironmentInput;
use model::environment::{Environment, Node};
use model::id::EnvironmentName;
use model::metric::SourceTest;
use model::problem::Problem;
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{List, created};
use crate::http::Web;
use crate::http::extract::{Json as Body, Path};
use crate::http::identity::Known;
use crate::http::problem::Result;

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
struct EnvironmentPath {
    /// Environment
    env: EnvironmentName,
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
struct NodePath {
    /// Environment
    env: EnvironmentName,
    /// Node
    node: String,
}

pub fn routes() -> OpenApiRouter<Web> {
    OpenApiRouter::new()
        .routes(routes!(list, create))
        .routes(routes!(get, update, delete))
        .routes(routes!(test_metrics))
        .routes(routes!(nodes))
        .routes(routes!(drain))
        .routes(routes!(activate))
}

/// All environments with what their engines can do and whether they answer
#[utoipa::path(get, path = "/environments", tag = "environments", responses((status = 200, body = List<Environment>)))]
async fn list(State(web): State<Web>, known: Known) -> Result<Json<List<Environment>>> {
    Ok(Json(web.ports().environments.list(known.caller()).await?.into()))
}

/// Add an environment
#[utoipa::path(post, path = "/environments", tag = "environments", request_body = EnvironmentInput, responses(
    (status = 201, body = Environment), (status = 422, body = Problem)))]
async fn create(
    State(web): State<Web>,
    known: Known,
    Body(input): Body<EnvironmentInput>,
) -> Result<Response> {
    let environment = web.ports().environments.create(known.caller(), input).await?;
    Ok(created(&format!("/environments/{}", environment.name), environment))
}

/// One environment
#[utoipa::path(get, path = "/environments/{env}", tag = "environments", params(EnvironmentPath), responses(
    (status = 200, body = Environment), (status = 404, body = Problem)))]
async fn get(
    State(web): State<Web>,
    known: Known,
    Path(path): Path<EnvironmentPath>,
) -> Result<Json<Environment>> {
    Ok(Json(web.ports().environments.get(known.caller(), &path.env).await?))
}

/// Change an environment's settings
#[utoipa::path(put, path = "/environments/{env}", tag = "environments", params(EnvironmentPath),
    request_body = EnvironmentInput, responses((status = 200, body = Environment), (status = 422, body = Problem)))]
async fn update(
    State(web): State<Web>,
    known: Known,
    Path(path): Path<EnvironmentPath>,
    Body(input): Body<EnvironmentInput>,
) -> Result<Json<Environment>> {
    Ok(Json(web.ports().environments.update(known.caller(), &path.env, input).await?))
}

/// Remove an environment that has no apps
#[utoipa::path(delete, path = "/environments/{env}", tag = "environments", params(EnvironmentPath), responses(
    (status = 204), (status = 409, body = Problem)))]
async fn delete(
    State(web): State<Web>,
    known: Known,
    Path(path): Path<EnvironmentPath>,
) -> Result<StatusCode> {
    web.ports().environments.delete(known.caller(), &path.env).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Ask the source of an environment's measurements now
#[utoipa::path(post, path = "/environments/{env}/metrics/test", tag = "environments", params(EnvironmentPath),
    responses((status = 200, body = SourceTest), (status = 404, body = Problem)))]
async fn test_metrics(
    State(web): State<Web>,
    known: Known,
    Path(path): Path<EnvironmentPath>,
) -> Result<Json<SourceTest>> {
    Ok(Json(web.ports().environments.test_metrics(known.caller(), &path.env).await?))
}

/// Machines of an environment: capacity, allocated, used, state
#[utoipa::path(get, path = "/environments/{env}/nodes", tag = "environments", params(EnvironmentPath), responses(
    (status = 200, body = List<Node>)))]
async fn nodes(
    State(web): State<Web>,
    known: Known,
    Path(path): Path<EnvironmentPath>,
) -> Result<Json<List<Node>>> {
    Ok(Json(web.ports().environments.nodes(known.caller(), &path.env).await?.into()))
}

/// Stop placing on a node and move what runs there
#[utoipa::path(post, path = "/environments/{env}/nodes/{node}/drain", tag = "environments", params(NodePath), responses(
    (status = 204), (status = 404, body = Problem)))]
async fn drain(State(web): State<Web>, known: Known, Path(path): Path<NodePath>) -> Result<StatusCode> {
    web.ports().environments.drain(known.caller(), &path.env, &path.node, false).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Place on a node again
#[utoipa::path(post, path = "/environments/{env}/nodes/{node}/activate", tag = "environments", params(NodePath),
    responses((status = 204), (status = 404, body = Problem)))]
async fn activate(State(web): State<Web>, known: Known, Path(path): Path<NodePath>) -> Result<StatusCode> {
    web.ports().environments.drain(known.caller(), &path.env, &path.node, true).await?;
    Ok(StatusCode::NO_CONTENT)
}
