//! The app repository, and what apps follow or are held at.

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use model::api::{Page, Reasoned};
use model::auto_deploy::{AutoDeploy, Rule};
use model::id::ReleaseId;
use model::problem::Problem;
use model::release::{
    KnownRepository, NewPin, NewRelease, Notes, Pin, Release, ReleasesQuery, RepositoriesQuery,
};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{AppPath, created};
use crate::http::Web;
use crate::http::extract::{Json as Body, Path, Query};
use crate::http::identity::Known;
use crate::http::problem::Result;

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
struct ReleasePath {
    /// Release
    id: ReleaseId,
}

pub fn routes() -> OpenApiRouter<Web> {
    OpenApiRouter::new()
        .routes(routes!(list, create))
        .routes(routes!(repositories))
        .routes(routes!(get))
        .routes(routes!(set_notes))
        .routes(routes!(mark_bad))
        .routes(routes!(mark_good))
        .routes(routes!(held, hold, let_go))
        .routes(routes!(auto_deploy, follow, unfollow))
}

/// Releases, newest first, with where each runs
#[utoipa::path(get, path = "/releases", tag = "releases", params(ReleasesQuery), responses(
    (status = 200, body = Page<Release>)))]
async fn list(
    State(web): State<Web>,
    known: Known,
    Query(query): Query<ReleasesQuery>,
) -> Result<Json<Page<Release>>> {
    Ok(Json(web.ports().releases.list(known.caller(), &query).await?))
}

/// Tell of a new version, as a build does: image or artifact with commit, branch, link and notes
#[utoipa::path(post, path = "/releases", tag = "releases", request_body = NewRelease, responses(
    (status = 201, body = Release), (status = 200, body = Release, description = "It was known already"),
    (status = 422, body = Problem)))]
async fn create(State(web): State<Web>, known: Known, Body(input): Body<NewRelease>) -> Result<Response> {
    let (release, new) = web.ports().releases.create(known.caller(), input).await?;
    Ok(if new {
        created(&format!("/releases/{}", release.id), release)
    } else {
        (StatusCode::OK, Json(release)).into_response()
    })
}

/// The repositories that releases are of, by name, with the newest of each and the apps that run them
#[utoipa::path(get, path = "/repositories", tag = "releases", params(RepositoriesQuery), responses(
    (status = 200, body = Page<KnownRepository>)))]
async fn repositories(
    State(web): State<Web>,
    known: Known,
    Query(query): Query<RepositoriesQuery>,
) -> Result<Json<Page<KnownRepository>>> {
    Ok(Json(web.ports().releases.repositories(known.caller(), &query).await?))
}

/// One release
#[utoipa::path(get, path = "/releases/{id}", tag = "releases", params(ReleasePath), responses(
    (status = 200, body = Release), (status = 404, body = Problem)))]
async fn get(State(web): State<Web>, known: Known, Path(path): Path<ReleasePath>) -> Result<Json<Release>> {
    Ok(Json(web.ports().releases.get(known.caller(), path.id).await?))
}

/// Write the notes of a release
#[utoipa::path(put, path = "/releases/{id}/notes", tag = "releases", params(ReleasePath), request_body = Notes,
    responses((status = 200, body = Release), (status = 422, body = Problem)))]
async fn set_notes(
    State(web): State<Web>,
    known: Known,
    Path(path): Path<ReleasePath>,
    Body(input): Body<Notes>,
) -> Result<Json<Release>> {
    Ok(Json(web.ports().releases.set_notes(known.caller(), path.id, input).await?))
}

/// Mark a release as bad: it is not deployed again without an override and a reason
#[utoipa::path(post, path = "/releases/{id}/bad", tag = "releases", params(ReleasePath), request_body = Reasoned,
    responses((status = 200, body = Release), (status = 422, body = Problem)))]
async fn mark_bad(
    State(web): State<Web>,
    known: Known,
    Path(path): Path<ReleasePath>,
    Body(input): Body<Reasoned>,
) -> Result<Json<Release>> {
    Ok(Json(web.ports().releases.mark_bad(known.caller(), path.id, input).await?))
}

/// Take the mark of a bad release away
#[utoipa::path(post, path = "/releases/{id}/good", tag = "releases", params(ReleasePath), request_body = Reasoned,
    responses((status = 200, body = Release), (status = 404, body = Problem)))]
async fn mark_good(
    State(web): State<Web>,
    known: Known,
    Path(path): Path<ReleasePath>,
    Body(input): Body<Reasoned>,
) -> Result<Json<Release>> {
    Ok(Json(web.ports().releases.mark_good(known.caller(), path.id, input).await?))
}

/// The version that an app is held at, or null
#[utoipa::path(get, path = "/environments/{env}/apps/{app}/pin", tag = "releases", params(AppPath), responses(
    (status = 200, body = Option<Pin>), (status = 404, body = Problem)))]
async fn held(State(web): State<Web>, known: Known, Path(path): Path<AppPath>) -> Result<Json<Option<Pin>>> {
    Ok(Json(web.ports().releases.held(known.caller(), &path.key()).await?))
}

/// Hold an app at a release, or at what it runs: any other needs an override and a reason
#[utoipa::path(put, path = "/environments/{env}/apps/{app}/pin", tag = "releases", params(AppPath),
    request_body = NewPin, responses((status = 200, body = Pin), (status = 404, body = Problem)))]
async fn hold(
    State(web): State<Web>,
    known: Known,
    Path(path): Path<AppPath>,
    Body(input): Body<NewPin>,
) -> Result<Json<Pin>> {
    Ok(Json(web.ports().releases.hold(known.caller(), &path.key(), input).await?))
}

/// Let an app go that was held at a version
#[utoipa::path(delete, path = "/environments/{env}/apps/{app}/pin", tag = "releases", params(AppPath), responses(
    (status = 204), (status = 404, body = Problem)))]
async fn let_go(State(web): State<Web>, known: Known, Path(path): Path<AppPath>) -> Result<StatusCode> {
    web.ports().releases.let_go(known.caller(), &path.key(), Reasoned::default()).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// What an app follows, or null
#[utoipa::path(get, path = "/environments/{env}/apps/{app}/auto-deploy", tag = "releases", params(AppPath), responses(
    (status = 200, body = Option<AutoDeploy>), (status = 404, body = Problem)))]
async fn auto_deploy(
    State(web): State<Web>,
    known: Known,
    Path(path): Path<AppPath>,
) -> Result<Json<Option<AutoDeploy>>> {
    Ok(Json(web.ports().releases.auto_deploy(known.caller(), &path.key()).await?))
}

/// Let an app take new versions by itself: `{"follow": "semver", "range": "^1.4"}`, by its normal strategy
#[utoipa::path(put, path = "/environments/{env}/apps/{app}/auto-deploy", tag = "releases", params(AppPath),
    request_body = Rule, responses((status = 200, body = AutoDeploy), (status = 422, body = Problem)))]
async fn follow(
    State(web): State<Web>,
    known: Known,
    Path(path): Path<AppPath>,
    Body(rule): Body<Rule>,
) -> Result<Json<AutoDeploy>> {
    Ok(Json(web.ports().releases.follow(known.caller(), &path.key(), rule).await?))
}

/// Let an app take no new versions by itself
#[utoipa::path(delete, path = "/environments/{env}/apps/{app}/auto-deploy", tag = "releases", params(AppPath),
    responses((status = 204), (status = 404, body = Problem)))]
async fn unfollow(State(web): State<Web>, known: Known, Path(path): Path<AppPath>) -> Result<StatusCode> {
    web.ports().releases.unfollow(known.caller(), &path.key()).await?;
    Ok(StatusCode::NO_CONTENT)
}
