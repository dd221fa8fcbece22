//! What the history tells: what ran at a moment, and how well releasing goes.

use axum::Json;
use axum::extract::State;
use model::api::{AppAt, AtQuery, DoraQuery, Page};
use model::dora::Dora;
use model::problem::Problem;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::http::Web;
use crate::http::extract::Query;
use crate::http::identity::Known;
use crate::http::problem::Result;

pub fn routes() -> OpenApiRouter<Web> {
    OpenApiRouter::new().routes(routes!(at)).routes(routes!(dora))
}

/// Every app's revision, version and count at a moment, from the recorded history
#[utoipa::path(get, path = "/at", tag = "deployments", params(AtQuery), responses(
    (status = 200, body = Page<AppAt>), (status = 400, body = Problem)))]
async fn at(State(web): State<Web>, known: Known, Query(query): Query<AtQuery>) -> Result<Json<Page<AppAt>>> {
    Ok(Json(web.ports().deployments.at(known.caller(), &query).await?))
}

/// Deployment frequency, lead time, change failure rate and time to restore, against the period before and by week
#[utoipa::path(get, path = "/dora", tag = "deployments", params(DoraQuery), responses(
    (status = 200, body = Dora), (status = 422, body = Problem)))]
async fn dora(State(web): State<Web>, known: Known, Query(query): Query<DoraQuery>) -> Result<Json<Dora>> {
    Ok(Json(web.ports().deployments.dora(known.caller(), &query).await?))
}
