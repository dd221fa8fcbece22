//! Liveness, readiness and the console's own metrics, for programs that watch it.

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::{HeaderValue, header};
use serde_json::json;

use super::Web;
use super::identity::Known;
use super::problem::Result;

/// The process answers.
pub async fn health() -> impl IntoResponse {
    Json(json!({ "status": "up" }))
}

/// The console can do its work: the database answers. Engines may be away; that is shown on their environments.
pub async fn ready(State(web): State<Web>) -> Result<impl IntoResponse> {
    web.ports().site.ready().await?;
    Ok(Json(json!({ "status": "ready" })))
}

/// Prometheus text of the console itself. It names no app, but who may look at nothing may not look at this.
pub async fn metrics(State(web): State<Web>, _known: Known) -> Response {
    let text = web.own_metrics().render();
    let kind = HeaderValue::from_static("text/plain; version=0.0.4; charset=utf-8");
    ([(header::CONTENT_TYPE, kind)], text).into_response()
}
