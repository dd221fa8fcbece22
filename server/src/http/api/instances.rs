//! The running copies of an app.

use axum::Json;
use axum::extract::State;
use http::StatusCode;
use model::api::{Page, PageQuery, Reasoned};
use model::id::{AppKey, AppName, EnvironmentName, InstanceId};
use model::instance::Instance;
use model::problem::Problem;
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::AppPath;
use crate::http::Web;
use crate::http::extract::{Json as Body, Path, Query};
use crate::http::identity::Known;
use crate::http::problem::Result;

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
struct InstancePath {
    /// Environment
    env: EnvironmentName,
    /// App
    app: AppName,
    /// The engine's id of the instance
    instance: InstanceId,
}

pub fn routes() -> OpenApiRouter<Web> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(stop))
}

/// Instances with node, address, ports, state, health and usage
#[utoipa::path(get, path = "/environments/{env}/apps/{app}/instances", tag = "instances", params(AppPath, PageQuery),
    responses((status = 200, body = Page<Instance>)))]
async fn list(
    State(web): State<Web>,
    known: Known,
    Path(path): Path<AppPath>,
    Query(page): Query<PageQuery>,
) -> Result<Json<Page<Instance>>> {
    Ok(Json(web.ports().apps.instances(known.caller(), &path.key(), &page).await?))
}

/// End one instance; another takes its place
#[utoipa::path(delete, path = "/environments/{env}/apps/{app}/instances/{instance}", tag = "instances",
    params(InstancePath), request_body = Reasoned, responses((status = 204), (status = 404, body = Problem)))]
async fn stop(
    State(web): State<Web>,
    known: Known,
    Path(path): Path<InstancePath>,
    Body(input): Body<Reasoned>,
) -> Result<StatusCode> {
    let key = AppKey { environment: path.env, app: path.app };
    web.ports().apps.stop_instance(known.caller(), &key, &path.instance, input).await?;
    Ok(StatusCode::NO_CONTENT)
}
