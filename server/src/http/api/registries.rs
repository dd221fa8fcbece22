//! `/registries`, their repositories and tags, and what the field of an image asks.

use axum::Json;
use axum::extract::State;
use axum::response::Response;
use http::StatusCode;
use model::api::Page;
use model::id::RegistryName;
use model::problem::Problem;
use model::registry::{
    CreatedRegistry, KnownTag, NamesQuery, Registry, RegistryInput, RegistryTest, Repository, Resolution,
    Suggestion,
};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa::openapi::OpenApi;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{List, created};
use crate::http::Web;
use crate::http::extract::{Json as Body, Path, Query};
use crate::http::identity::Known;
use crate::http::problem::{Failure, Result, of_status};

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
struct RegistryPath {
    /// Registry
    registry: RegistryName,
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
#[expect(dead_code, reason = "describes what the path of the tags holds; it is read in two parts")]
struct RepositoryPath {
    /// Registry
    registry: RegistryName,
    /// Repository; its slashes may be written as they are
    name: String,
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct TextQuery {
    /// What is typed
    #[serde(default)]
    text: String,
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct ImageQuery {
    /// An image: registry.example:5000/shop/api:1.4.2
    image: String,
}

pub fn routes() -> OpenApiRouter<Web> {
    OpenApiRouter::new()
        .routes(routes!(list, create))
        .routes(routes!(get, update, delete))
        .routes(routes!(test))
        .routes(routes!(sync))
        .routes(routes!(renew))
        .routes(routes!(repositories))
        .routes(routes!(tags))
        .routes(routes!(complete))
        .routes(routes!(resolve))
}

/// Where the tags of a repository stand in the router, and in the document: only one of the two knows of slashes in a name.
const TAGS: (&str, &str) =
    ("/registries/{registry}/repositories/{*rest}", "/registries/{registry}/repositories/{name}/tags");

/// Writes the path of the tags as callers see it.
pub fn describe(document: &mut OpenApi) {
    if let Some(item) = document.paths.paths.remove(TAGS.0) {
        document.paths.paths.insert(TAGS.1.to_owned(), item);
    }
}

/// All registries, whether they answer, and when they were last read
#[utoipa::path(get, path = "/registries", tag = "registries", responses((status = 200, body = List<Registry>)))]
async fn list(State(web): State<Web>, known: Known) -> Result<Json<List<Registry>>> {
    Ok(Json(web.ports().registries.list(known.caller()).await?.into()))
}

/// Add a registry; the answer alone holds the secret of its notifications
#[utoipa::path(post, path = "/registries", tag = "registries", request_body = RegistryInput, responses(
    (status = 201, body = CreatedRegistry), (status = 409, body = Problem), (status = 422, body = Problem)))]
async fn create(State(web): State<Web>, known: Known, Body(input): Body<RegistryInput>) -> Result<Response> {
    let made = web.ports().registries.create(known.caller(), input).await?;
    Ok(created(&format!("/registries/{}", made.registry.name), made))
}

/// One registry
#[utoipa::path(get, path = "/registries/{registry}", tag = "registries", params(RegistryPath), responses(
    (status = 200, body = Registry), (status = 404, body = Problem)))]
async fn get(State(web): State<Web>, known: Known, Path(path): Path<RegistryPath>) -> Result<Json<Registry>> {
    Ok(Json(web.ports().registries.get(known.caller(), &path.registry).await?))
}

/// Change a registry's settings; an absent password stays as it is
#[utoipa::path(put, path = "/registries/{registry}", tag = "registries", params(RegistryPath),
    request_body = RegistryInput, responses((status = 200, body = Registry), (status = 422, body = Problem)))]
async fn update(
    State(web): State<Web>,
    known: Known,
    Path(path): Path<RegistryPath>,
    Body(input): Body<RegistryInput>,
) -> Result<Json<Registry>> {
    Ok(Json(web.ports().registries.update(known.caller(), &path.registry, input).await?))
}

/// Remove a registry with what was read of it; apps are not touched
#[utoipa::path(delete, path = "/registries/{registry}", tag = "registries", params(RegistryPath), responses(
    (status = 204), (status = 404, body = Problem)))]
async fn delete(State(web): State<Web>, known: Known, Path(path): Path<RegistryPath>) -> Result<StatusCode> {
    web.ports().registries.delete(known.caller(), &path.registry).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Ask it now: whether it answers, with its credentials, and what it lists
#[utoipa::path(post, path = "/registries/{registry}/test", tag = "registries", params(RegistryPath), responses(
    (status = 200, body = RegistryTest), (status = 404, body = Problem)))]
async fn test(
    State(web): State<Web>,
    known: Known,
    Path(path): Path<RegistryPath>,
) -> Result<Json<RegistryTest>> {
    Ok(Json(web.ports().registries.test(known.caller(), &path.registry).await?))
}

/// Have it read now, in the background
#[utoipa::path(post, path = "/registries/{registry}/sync", tag = "registries", params(RegistryPath), responses(
    (status = 202, body = Registry), (status = 404, body = Problem)))]
async fn sync(
    State(web): State<Web>,
    known: Known,
    Path(path): Path<RegistryPath>,
) -> Result<(StatusCode, Json<Registry>)> {
    let registry = web.ports().registries.sync(known.caller(), &path.registry).await?;
    Ok((StatusCode::ACCEPTED, Json(registry)))
}

/// Another secret for its notifications; the present one stops working
#[utoipa::path(post, path = "/registries/{registry}/secret", tag = "registries", params(RegistryPath), responses(
    (status = 200, body = CreatedRegistry), (status = 404, body = Problem)))]
async fn renew(
    State(web): State<Web>,
    known: Known,
    Path(path): Path<RegistryPath>,
) -> Result<Json<CreatedRegistry>> {
    Ok(Json(web.ports().registries.renew_hook_secret(known.caller(), &path.registry).await?))
}

/// Repositories as they were last read, by name
#[utoipa::path(get, path = "/registries/{registry}/repositories", tag = "registries",
    params(RegistryPath, NamesQuery), responses((status = 200, body = Page<Repository>), (status = 404, body = Problem)))]
async fn repositories(
    State(web): State<Web>,
    known: Known,
    Path(path): Path<RegistryPath>,
    Query(query): Query<NamesQuery>,
) -> Result<Json<Page<Repository>>> {
    Ok(Json(web.ports().registries.repositories(known.caller(), &path.registry, &query).await?))
}

/// Tags as they were last read, the latest pushed first, with what builds told of each and where it runs
#[utoipa::path(get, path = "/registries/{registry}/repositories/{*rest}", tag = "registries",
    params(RepositoryPath, NamesQuery), responses((status = 200, body = Page<KnownTag>), (status = 404, body = Problem)))]
async fn tags(
    State(web): State<Web>,
    known: Known,
    Path((registry, rest)): Path<(RegistryName, String)>,
    Query(query): Query<NamesQuery>,
) -> Result<Json<Page<KnownTag>>> {
    let name = rest.strip_suffix("/tags").ok_or_else(|| Failure(of_status(StatusCode::NOT_FOUND)))?;
    Ok(Json(web.ports().registries.tags(known.caller(), &registry, name, &query).await?))
}

/// What the typed beginning of an image may become: repositories, then tags
#[utoipa::path(get, path = "/images", tag = "registries", params(TextQuery), responses(
    (status = 200, body = List<Suggestion>)))]
async fn complete(
    State(web): State<Web>,
    known: Known,
    Query(query): Query<TextQuery>,
) -> Result<Json<List<Suggestion>>> {
    Ok(Json(web.ports().registries.complete(known.caller(), &query.text).await?.into()))
}

/// The digest that an image stands for now
#[utoipa::path(get, path = "/images/resolve", tag = "registries", params(ImageQuery), responses(
    (status = 200, body = Resolution), (status = 422, body = Problem), (status = 503, body = Problem)))]
async fn resolve(
    State(web): State<Web>,
    known: Known,
    Query(query): Query<ImageQuery>,
) -> Result<Json<Resolution>> {
    Ok(Json(web.ports().registries.resolve(known.caller(), &query.image).await?))
}
