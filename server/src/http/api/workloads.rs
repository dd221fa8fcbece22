//! `/environments/{env}/workloads`: what others run there, and adopting it.

use axum::Json;
use axum::extract::State;
use axum::response::Response;
use model::id::EnvironmentName;
use model::problem::Problem;
use model::workload::{Adopt, Adoption, AdoptionPlan, Workload};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::apps::CreatedApp;
use super::{AppPath, List, created};
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
struct WorkloadPath {
    /// Environment
    env: EnvironmentName,
    /// The engine's own id of the container or service
    workload: String,
}

pub fn routes() -> OpenApiRouter<Web> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(get))
        .routes(routes!(plan))
        .routes(routes!(adopt))
        .routes(routes!(adoption))
}

/// What else runs there and belongs to no console, each with the definition it would have as an app
#[utoipa::path(get, path = "/environments/{env}/workloads", tag = "workloads", params(EnvironmentPath), responses(
    (status = 200, body = List<Workload>), (status = 503, body = Problem)))]
async fn list(
    State(web): State<Web>,
    known: Known,
    Path(path): Path<EnvironmentPath>,
) -> Result<Json<List<Workload>>> {
    Ok(Json(web.ports().workloads.list(known.caller(), &path.env).await?.into()))
}

/// One of them
#[utoipa::path(get, path = "/environments/{env}/workloads/{workload}", tag = "workloads", params(WorkloadPath),
    responses((status = 200, body = Workload), (status = 404, body = Problem), (status = 503, body = Problem)))]
async fn get(State(web): State<Web>, known: Known, Path(path): Path<WorkloadPath>) -> Result<Json<Workload>> {
    Ok(Json(web.ports().workloads.get(known.caller(), &path.env, &path.workload).await?))
}

/// What adopting would do: the deployment, what is left out, and when the old one stops; changes nothing
#[utoipa::path(post, path = "/environments/{env}/workloads/{workload}/adopt/plan", tag = "workloads",
    params(WorkloadPath), request_body = Adopt, responses((status = 200, body = AdoptionPlan),
    (status = 404, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem)))]
async fn plan(
    State(web): State<Web>,
    known: Known,
    Path(path): Path<WorkloadPath>,
    Body(input): Body<Adopt>,
) -> Result<Json<AdoptionPlan>> {
    Ok(Json(web.ports().workloads.plan(known.caller(), &path.env, &path.workload, input).await?))
}

/// Create an app that takes its place; the old one is stopped and kept, and put back where the app does not come up
#[utoipa::path(post, path = "/environments/{env}/workloads/{workload}/adopt", tag = "workloads",
    params(WorkloadPath), request_body = Adopt, responses((status = 201, body = CreatedApp),
    (status = 404, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem)))]
async fn adopt(
    State(web): State<Web>,
    known: Known,
    Path(path): Path<WorkloadPath>,
    Body(input): Body<Adopt>,
) -> Result<Response> {
    let (app, deployment) =
        web.ports().workloads.adopt(known.caller(), &path.env, &path.workload, input).await?;
    let place = format!("/environments/{}/apps/{}", app.summary.environment, app.summary.name);
    Ok(created(&place, CreatedApp { app, deployment }))
}

/// Whose place an app takes, and how far that is
#[utoipa::path(get, path = "/environments/{env}/apps/{app}/adoption", tag = "workloads", params(AppPath), responses(
    (status = 200, body = Adoption), (status = 404, body = Problem)))]
async fn adoption(State(web): State<Web>, known: Known, Path(path): Path<AppPath>) -> Result<Json<Adoption>> {
    let key = path.key();
    let found = web.ports().workloads.adoption(known.caller(), &key).await?;
    Ok(Json(found.ok_or_else(|| Problem::not_found("adoption", &key))?))
}
