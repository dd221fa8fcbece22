//! How apps scale by themselves: by what is measured, and by the clock.

use std::time::Duration;

use axum::Json;
use axum::extract::State;
use http::StatusCode;
use model::api::{Page, PageQuery};
use model::autoscale::Policy;
use model::id::{EnvironmentName, ProjectName};
use model::problem::Problem;
use model::scaling::{
    Autoscaler, Calendar, DecisionEntry, Rehearsal, RunningSurge, ScalingStatus, Surge, SurgePlan,
};
use model::schedule::{Occurrence, Schedule};
use model::time::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{AppPath, List};
use crate::http::Web;
use crate::http::extract::{Json as Body, Path, Query};
use crate::http::identity::Known;
use crate::http::problem::Result;

/// How far occurrences reach when no end is asked for.
const AHEAD: Duration = Duration::from_hours(30 * 24);

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct OccurrencesQuery {
    /// From this moment on; now when absent
    #[serde(default)]
    from: Option<Timestamp>,
    /// 30 days after the beginning when absent
    #[serde(default)]
    to: Option<Timestamp>,
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
struct ProjectPath {
    /// Environment
    env: EnvironmentName,
    /// Project
    project: ProjectName,
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
struct SurgePath {
    /// Environment
    env: EnvironmentName,
    /// Project
    project: ProjectName,
    /// Its name
    surge: String,
}

/// All entries of an app, in place of those there were.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
struct Schedules {
    schedules: Vec<Schedule>,
}

pub fn routes() -> OpenApiRouter<Web> {
    OpenApiRouter::new()
        .routes(routes!(status))
        .routes(routes!(autoscaler, set_autoscaler, remove_autoscaler))
        .routes(routes!(rehearse))
        .routes(routes!(decisions))
        .routes(routes!(calendar, set_calendar))
        .routes(routes!(occurrences))
        .routes(routes!(surges, begin_surge))
        .routes(routes!(plan_surge))
        .routes(routes!(end_surge))
}

/// Where the count of an app comes from, and what is coming
#[utoipa::path(get, path = "/environments/{env}/apps/{app}/scaling", tag = "scaling", params(AppPath), responses(
    (status = 200, body = ScalingStatus), (status = 404, body = Problem)))]
async fn status(
    State(web): State<Web>,
    known: Known,
    Path(path): Path<AppPath>,
) -> Result<Json<ScalingStatus>> {
    Ok(Json(web.ports().scaling.status(known.caller(), &path.key()).await?))
}

/// The policy by which an app scales itself, or null
#[utoipa::path(get, path = "/environments/{env}/apps/{app}/autoscaler", tag = "scaling", params(AppPath), responses(
    (status = 200, body = Option<Autoscaler>), (status = 404, body = Problem)))]
async fn autoscaler(
    State(web): State<Web>,
    known: Known,
    Path(path): Path<AppPath>,
) -> Result<Json<Option<Autoscaler>>> {
    Ok(Json(web.ports().scaling.autoscaler(known.caller(), &path.key()).await?))
}

/// Let an app scale itself; with `dry_run` it only decides
#[utoipa::path(put, path = "/environments/{env}/apps/{app}/autoscaler", tag = "scaling", params(AppPath),
    request_body = Policy, responses((status = 200, body = Autoscaler), (status = 422, body = Problem)))]
async fn set_autoscaler(
    State(web): State<Web>,
    known: Known,
    Path(path): Path<AppPath>,
    Body(policy): Body<Value>,
) -> Result<Json<Autoscaler>> {
    Ok(Json(web.ports().scaling.set_autoscaler(known.caller(), &path.key(), policy).await?))
}

/// Let the count of an app be as it is
#[utoipa::path(delete, path = "/environments/{env}/apps/{app}/autoscaler", tag = "scaling", params(AppPath),
    responses((status = 204), (status = 404, body = Problem)))]
async fn remove_autoscaler(
    State(web): State<Web>,
    known: Known,
    Path(path): Path<AppPath>,
) -> Result<StatusCode> {
    web.ports().scaling.remove_autoscaler(known.caller(), &path.key()).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// What a policy would have done over the last day; changes nothing
#[utoipa::path(post, path = "/environments/{env}/apps/{app}/autoscaler/rehearse", tag = "scaling", params(AppPath),
    request_body = Policy, responses((status = 200, body = Rehearsal), (status = 422, body = Problem)))]
async fn rehearse(
    State(web): State<Web>,
    known: Known,
    Path(path): Path<AppPath>,
    Body(policy): Body<Value>,
) -> Result<Json<Rehearsal>> {
    Ok(Json(web.ports().scaling.rehearse(known.caller(), &path.key(), policy).await?))
}

/// What the autoscaler decided, with its numbers, newest first
#[utoipa::path(get, path = "/environments/{env}/apps/{app}/autoscaler/decisions", tag = "scaling",
    params(AppPath, PageQuery), responses((status = 200, body = Page<DecisionEntry>), (status = 404, body = Problem)))]
async fn decisions(
    State(web): State<Web>,
    known: Known,
    Path(path): Path<AppPath>,
    Query(page): Query<PageQuery>,
) -> Result<Json<Page<DecisionEntry>>> {
    Ok(Json(web.ports().scaling.decisions(known.caller(), &path.key(), &page).await?))
}

/// The entries by which an app scales by the clock
#[utoipa::path(get, path = "/environments/{env}/apps/{app}/schedules", tag = "scaling", params(AppPath), responses(
    (status = 200, body = Calendar), (status = 404, body = Problem)))]
async fn calendar(State(web): State<Web>, known: Known, Path(path): Path<AppPath>) -> Result<Json<Calendar>> {
    Ok(Json(web.ports().scaling.calendar(known.caller(), &path.key()).await?))
}

/// Set all entries of an app, in place of those there were
#[utoipa::path(put, path = "/environments/{env}/apps/{app}/schedules", tag = "scaling", params(AppPath),
    request_body = Schedules, responses((status = 200, body = Calendar), (status = 422, body = Problem)))]
async fn set_calendar(
    State(web): State<Web>,
    known: Known,
    Path(path): Path<AppPath>,
    Body(schedules): Body<Value>,
) -> Result<Json<Calendar>> {
    Ok(Json(web.ports().scaling.set_calendar(known.caller(), &path.key(), schedules).await?))
}

/// The times at which entries hold, of the coming 30 days unless asked otherwise
#[utoipa::path(get, path = "/environments/{env}/apps/{app}/schedules/occurrences", tag = "scaling",
    params(AppPath, OccurrencesQuery), responses((status = 200, body = List<Occurrence>), (status = 404, body = Problem)))]
async fn occurrences(
    State(web): State<Web>,
    known: Known,
    Path(path): Path<AppPath>,
    Query(query): Query<OccurrencesQuery>,
) -> Result<Json<List<Occurrence>>> {
    let from = query.from.unwrap_or_else(|| web.clock().now());
    let to = query.to.unwrap_or_else(|| from.plus(AHEAD));
    let items = web.ports().scaling.occurrences(known.caller(), &path.key(), from, to).await?;
    Ok(Json(items.into()))
}

/// Multiples of a project's counts that are not over
#[utoipa::path(get, path = "/environments/{env}/projects/{project}/surges", tag = "scaling", params(ProjectPath),
    responses((status = 200, body = List<RunningSurge>), (status = 404, body = Problem)))]
async fn surges(
    State(web): State<Web>,
    known: Known,
    Path(path): Path<ProjectPath>,
) -> Result<Json<List<RunningSurge>>> {
    let ProjectPath { env, project } = path;
    Ok(Json(web.ports().scaling.surges(known.caller(), &env, &project).await?.into()))
}

/// Scale all apps of a project by a factor for a time, and back: `{"name": "sale", "factor": 2, "for": "2h"}`
#[utoipa::path(post, path = "/environments/{env}/projects/{project}/surges", tag = "scaling", params(ProjectPath),
    request_body = Surge, responses((status = 201, body = SurgePlan), (status = 422, body = Problem)))]
async fn begin_surge(
    State(web): State<Web>,
    known: Known,
    Path(path): Path<ProjectPath>,
    Body(surge): Body<Surge>,
) -> Result<(StatusCode, Json<SurgePlan>)> {
    let ProjectPath { env, project } = path;
    let begun = web.ports().scaling.begin_surge(known.caller(), &env, &project, &surge).await?;
    Ok((StatusCode::CREATED, Json(begun)))
}

/// What it would do; changes nothing
#[utoipa::path(post, path = "/environments/{env}/projects/{project}/surges/plan", tag = "scaling", params(ProjectPath),
    request_body = Surge, responses((status = 200, body = SurgePlan), (status = 422, body = Problem)))]
async fn plan_surge(
    State(web): State<Web>,
    known: Known,
    Path(path): Path<ProjectPath>,
    Body(surge): Body<Surge>,
) -> Result<Json<SurgePlan>> {
    let ProjectPath { env, project } = path;
    Ok(Json(web.ports().scaling.plan_surge(known.caller(), &env, &project, &surge).await?))
}

/// End one before its time; the counts go back
#[utoipa::path(delete, path = "/environments/{env}/projects/{project}/surges/{surge}", tag = "scaling",
    params(SurgePath), responses((status = 204), (status = 404, body = Problem)))]
async fn end_surge(State(web): State<Web>, known: Known, Path(path): Path<SurgePath>) -> Result<StatusCode> {
    let SurgePath { env, project, surge } = path;
    web.ports().scaling.end_surge(known.caller(), &env, &project, &surge).await?;
    Ok(StatusCode::NO_CONTENT)
}
