//! Uploaded artifacts for the embedded engine.

use axum::Json;
use axum::body::Body;
use axum::extract::{DefaultBodyLimit, State};
use axum::response::{IntoResponse, Response};
use futures::TryStreamExt;
use http::StatusCode;
use model::api::{Artifact, Page, PageQuery};
use model::definition::ArtifactReference;
use model::problem::{Fault, FieldError, Problem};
use serde::Deserialize;
use tokio_util::io::StreamReader;
use utoipa::IntoParams;
use utoipa_axum::router::{OpenApiRouter, UtoipaMethodRouterExt};
use utoipa_axum::routes;

use super::created;
use crate::http::Web;
use crate::http::extract::{Path, Query};
use crate::http::identity::Known;
use crate::http::problem::{Failure, Result};

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
struct ArtifactPath {
    /// A DNS label
    name: String,
    /// 1 to 128 letters, digits or . _ - +
    version: String,
}

pub fn routes() -> OpenApiRouter<Web> {
    // The store has its own limit, which says how much would be fine.
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(put).layer(DefaultBodyLimit::disable()))
}

/// Uploaded artifacts
#[utoipa::path(get, path = "/artifacts", tag = "artifacts", params(PageQuery), responses(
    (status = 200, body = Page<Artifact>)))]
async fn list(
    State(web): State<Web>,
    known: Known,
    Query(page): Query<PageQuery>,
) -> Result<Json<Page<Artifact>>> {
    Ok(Json(web.ports().environments.artifacts(known.caller(), &page).await?))
}

/// Upload a gzip-compressed tar archive; the same content again is fine, other content under the same name is refused
#[utoipa::path(put, path = "/artifacts/{name}/{version}", tag = "artifacts", params(ArtifactPath),
    request_body(content = Vec<u8>, content_type = "application/gzip"), responses(
    (status = 201, body = Artifact), (status = 200, body = Artifact, description = "It was there already"),
    (status = 409, body = Problem), (status = 413, body = Problem), (status = 422, body = Problem)))]
async fn put(
    State(web): State<Web>,
    known: Known,
    Path(path): Path<ArtifactPath>,
    body: Body,
) -> Result<Response> {
    let reference = ArtifactReference::try_from(format!("{}/{}", path.name, path.version));
    let reference = reference.map_err(|reason| {
        let fault = Fault::Other { reason: reason.to_owned() };
        Failure(Problem::invalid(vec![FieldError::new("", fault)]))
    })?;
    let body = StreamReader::new(body.into_data_stream().map_err(std::io::Error::other));
    let stored = web.artifacts().put(known.caller(), reference, body).await?;
    let place = format!("/artifacts/{}/{}", stored.artifact.name, stored.artifact.version);
    Ok(if stored.new {
        created(&place, stored.artifact)
    } else {
        (StatusCode::OK, Json(stored.artifact)).into_response()
    })
}
