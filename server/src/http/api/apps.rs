//! `/apps` and `/environments/{env}/apps`: list, create, read, update, destroy, plan.

use axum::Json;
use axum::extract::State;
use axum::response::Response;
use http::StatusCode;
use model::api::{Accepted, AppCounts, AppsQuery, CreateApp, Page, Plan, Reasoned, UpdateApp};
use model::app::{App, AppSummary};
use model::deployment::Deployment;
use model::id::EnvironmentName;
use model::problem::Problem;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{AppPath, created};
use crate::http::Web;
use crate::http::extract::{Json as Body, Path, Query};
use crate::http::identity::Known;
use crate::http::problem::Result;

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
struct EnvironmentPath {
    /// Environment
    env: EnvironmentName,
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct CountsQuery {
    #[serde(default)]
    environment: Option<EnvironmentName>,
}

/// A new app with the deployment that starts it.
#[derive(Debug, Serialize, ToSchema)]
pub struct CreatedApp {
    pub app: App,
    pub deployment: Deployment,
}

pub fn routes() -> OpenApiRouter<Web> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(counts))
        .routes(routes!(create))
        .routes(routes!(get, update, destroy))
        .routes(routes!(plan))
}

/// Apps with status, version and counts
#[utoipa::path(get, path = "/apps", tag = "apps", params(AppsQuery), responses((status = 200, body = Page<AppSummary>)))]
async fn list(
    State(web): State<Web>,
    known: Known,
    Query(query): Query<AppsQuery>,
) -> Result<Json<Page<AppSummary>>> {
    Ok(Json(web.ports().apps.list(known.caller(), &query).await?))
}

/// How many apps there are, by status
#[utoipa::path(get, path = "/apps/counts", tag = "apps", params(CountsQuery), responses((status = 200, body = AppCounts)))]
async fn counts(
    State(web): State<Web>,
    known: Known,
    Query(query): Query<CountsQuery>,
) -> Result<Json<AppCounts>> {
    Ok(Json(web.ports().apps.counts(known.caller(), query.environment.as_ref()).await?))
}

/// Create an app and start it
#[utoipa::path(post, path = "/environments/{env}/apps", tag = "apps", params(EnvironmentPath), request_body = CreateApp,
    responses((status = 201, body = CreatedApp), (status = 409, body = Problem), (status = 422, body = Problem)))]
async fn create(
    State(web): State<Web>,
    known: Known,
    Path(path): Path<EnvironmentPath>,
    Body(input): Body<CreateApp>,
) -> Result<Response> {
    let (app, deployment) = web.ports().apps.create(known.caller(), &path.env, input).await?;
    let place = format!("/environments/{}/apps/{}", app.summary.environment, app.summary.name);
    Ok(created(&place, CreatedApp { app, deployment }))
}

/// One app with its definition
#[utoipa::path(get, path = "/environments/{env}/apps/{app}", tag = "apps", params(AppPath), responses(
    (status = 200, body = App), (status = 404, body = Problem)))]
async fn get(State(web): State<Web>, known: Known, Path(path): Path<AppPath>) -> Result<Json<App>> {
    Ok(Json(web.ports().apps.get(known.caller(), &path.key()).await?))
}

/// Deploy a new definition, image or artifact
#[utoipa::path(put, path = "/environments/{env}/apps/{app}", tag = "apps", params(AppPath), request_body = UpdateApp,
    responses((status = 202, body = Accepted), (status = 409, body = Problem), (status = 412, body = Problem),
    (status = 422, body = Problem)))]
async fn update(
    State(web): State<Web>,
    known: Known,
    Path(path): Path<AppPath>,
    Body(input): Body<UpdateApp>,
) -> Result<(StatusCode, Json<Accepted>)> {
    let accepted = web.ports().apps.update(known.caller(), &path.key(), input).await?;
    Ok((StatusCode::ACCEPTED, Json(accepted)))
}

/// Stop an app and remove it; its history stays
#[utoipa::path(delete, path = "/environments/{env}/apps/{app}", tag = "apps", params(AppPath), request_body = Reasoned,
    responses((status = 202, body = Accepted), (status = 404, body = Problem)))]
async fn destroy(
    State(web): State<Web>,
    known: Known,
    Path(path): Path<AppPath>,
    Body(input): Body<Reasoned>,
) -> Result<(StatusCode, Json<Accepted>)> {
    let accepted = web.ports().apps.destroy(known.caller(), &path.key(), input).await?;
    Ok((StatusCode::ACCEPTED, Json(accepted)))
}

/// What an update, or for a new name a creation, would do; changes nothing
#[utoipa::path(post, path = "/environments/{env}/apps/{app}/plan", tag = "apps", params(AppPath), request_body = UpdateApp,
    responses((status = 200, body = Plan), (status = 422, body = Problem)))]
async fn plan(
    State(web): State<Web>,
    known: Known,
    Path(path): Path<AppPath>,
    Body(input): Body<UpdateApp>,
) -> Result<Json<Plan>> {
    Ok(Json(web.ports().apps.plan(known.caller(), &path.key(), input).await?))
}
