//! Charts that people add to an app's own.

use axum::Json;
use axum::extract::State;
use model::metric::{Panel, Panels};
use model::problem::Problem;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::AppPath;
use crate::http::Web;
use crate::http::extract::{Json as Body, Path};
use crate::http::identity::Known;
use crate::http::problem::Result;

pub fn routes() -> OpenApiRouter<Web> {
    OpenApiRouter::new().routes(routes!(panels, set_panels))
}

/// The charts that people added to an app's own
#[utoipa::path(get, path = "/environments/{env}/apps/{app}/panels", tag = "metrics", params(AppPath), responses(
    (status = 200, body = Panels), (status = 404, body = Problem)))]
async fn panels(State(web): State<Web>, known: Known, Path(path): Path<AppPath>) -> Result<Json<Panels>> {
    Ok(Json(web.ports().panels.get(known.caller(), &path.key()).await?))
}

/// Put these charts in place of those there are
#[utoipa::path(put, path = "/environments/{env}/apps/{app}/panels", tag = "metrics", params(AppPath),
    request_body = Vec<Panel>, responses((status = 200, body = Panels), (status = 422, body = Problem)))]
async fn set_panels(
    State(web): State<Web>,
    known: Known,
    Path(path): Path<AppPath>,
    Body(panels): Body<Vec<Panel>>,
) -> Result<Json<Panels>> {
    Ok(Json(web.ports().panels.set(known.caller(), &path.key(), panels).await?))
}
