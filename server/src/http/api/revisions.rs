//! The history of an app's definitions.

use axum::Json;
use axum::extract::State;
use model::api::{Page, PageQuery};
use model::diff::Change;
use model::id::{AppKey, AppName, EnvironmentName, RevisionNumber};
use model::problem::Problem;
use model::revision::Revision;
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{AppPath, List};
use crate::http::Web;
use crate::http::extract::{Path, Query};
use crate::http::identity::Known;
use crate::http::problem::Result;

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
struct RevisionPath {
    /// Environment
    env: EnvironmentName,
    /// App
    app: AppName,
    /// Number of the revision
    revision: RevisionNumber,
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
struct DiffPath {
    /// Environment
    env: EnvironmentName,
    /// App
    app: AppName,
    /// Number of the revision before
    revision: RevisionNumber,
    /// Number of the revision after
    other: RevisionNumber,
}

pub fn routes() -> OpenApiRouter<Web> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(get)).routes(routes!(diff))
}

/// Revisions, newest first
#[utoipa::path(get, path = "/environments/{env}/apps/{app}/revisions", tag = "revisions", params(AppPath, PageQuery),
    responses((status = 200, body = Page<Revision>)))]
async fn list(
    State(web): State<Web>,
    known: Known,
    Path(path): Path<AppPath>,
    Query(page): Query<PageQuery>,
) -> Result<Json<Page<Revision>>> {
    Ok(Json(web.ports().apps.revisions(known.caller(), &path.key(), &page).await?))
}

/// One revision
#[utoipa::path(get, path = "/environments/{env}/apps/{app}/revisions/{revision}", tag = "revisions",
    params(RevisionPath), responses((status = 200, body = Revision), (status = 404, body = Problem)))]
async fn get(State(web): State<Web>, known: Known, Path(path): Path<RevisionPath>) -> Result<Json<Revision>> {
    let key = AppKey { environment: path.env, app: path.app };
    Ok(Json(web.ports().apps.revision(known.caller(), &key, path.revision).await?))
}

/// What differs between two revisions
#[utoipa::path(get, path = "/environments/{env}/apps/{app}/revisions/{revision}/diff/{other}", tag = "revisions",
    params(DiffPath), responses((status = 200, body = List<Change>), (status = 404, body = Problem)))]
async fn diff(
    State(web): State<Web>,
    known: Known,
    Path(path): Path<DiffPath>,
) -> Result<Json<List<Change>>> {
    let key = AppKey { environment: path.env, app: path.app };
    Ok(Json(web.ports().apps.diff(known.caller(), &key, path.revision, path.other).await?.into()))
}
