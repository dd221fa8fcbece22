//! The console itself.

use axum::Json;
use axum::extract::State;
use model::api::About;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::http::Web;
use crate::http::identity::Known;
use crate::http::problem::Result;

pub fn routes() -> OpenApiRouter<Web> {
    OpenApiRouter::new().routes(routes!(about))
}

/// Version, database, data folder, and how limits are kept on this host
#[utoipa::path(get, path = "/about", tag = "administration", responses((status = 200, body = About)))]
async fn about(State(web): State<Web>, known: Known) -> Result<Json<About>> {
    Ok(Json(web.ports().site.about(known.caller()).await?))
}
