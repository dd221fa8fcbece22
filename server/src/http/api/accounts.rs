//! Administration: users, tokens, roles, the audit log.

use axum::Json;
use axum::extract::State;
use axum::response::Response;
use http::StatusCode;
use model::api::{AuditEntry, CreateToken, CreateUser, CreatedToken, Page, PageQuery, Token, User};
use model::id::{TokenId, UserId};
use model::permission::{Permission, Role};
use model::problem::Problem;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{List, created};
use crate::http::Web;
use crate::http::extract::{Json as Body, Path, Query};
use crate::http::identity::Known;
use crate::http::problem::Result;

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
struct UserPath {
    /// Id of the user
    id: UserId,
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
struct TokenPath {
    /// Id of the token
    id: TokenId,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct RoleInput {
    role: Role,
}

/// A role and what it may do; each may do all that the ones before it may.
#[derive(Debug, Serialize, ToSchema)]
struct RoleAnswer {
    role: Role,
    permissions: Vec<&'static str>,
}

pub fn routes() -> OpenApiRouter<Web> {
    OpenApiRouter::new()
        .routes(routes!(users, create_user))
        .routes(routes!(set_role, delete_user))
        .routes(routes!(tokens, create_token))
        .routes(routes!(revoke_token))
        .routes(routes!(roles))
        .routes(routes!(audit))
}

/// All users
#[utoipa::path(get, path = "/users", tag = "administration", responses((status = 200, body = List<User>)))]
async fn users(State(web): State<Web>, known: Known) -> Result<Json<List<User>>> {
    Ok(Json(web.ports().accounts.users(known.caller()).await?.into()))
}

/// Add a user
#[utoipa::path(post, path = "/users", tag = "administration", request_body = CreateUser, responses(
    (status = 201, body = User), (status = 409, body = Problem), (status = 422, body = Problem)))]
async fn create_user(
    State(web): State<Web>,
    known: Known,
    Body(input): Body<CreateUser>,
) -> Result<Response> {
    let user = web.ports().accounts.create_user(known.caller(), input).await?;
    Ok(created(&format!("/users/{}", user.id), user))
}

/// Give a user another role
#[utoipa::path(put, path = "/users/{id}", tag = "administration", params(UserPath), request_body = RoleInput, responses(
    (status = 200, body = User), (status = 409, body = Problem)))]
async fn set_role(
    State(web): State<Web>,
    known: Known,
    Path(path): Path<UserPath>,
    Body(input): Body<RoleInput>,
) -> Result<Json<User>> {
    Ok(Json(web.ports().accounts.set_role(known.caller(), path.id, input.role).await?))
}

/// Remove a user with all sessions and tokens
#[utoipa::path(delete, path = "/users/{id}", tag = "administration", params(UserPath), responses(
    (status = 204), (status = 409, body = Problem)))]
async fn delete_user(State(web): State<Web>, known: Known, Path(path): Path<UserPath>) -> Result<StatusCode> {
    web.ports().accounts.delete_user(known.caller(), path.id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Own tokens; for an administrator, all
#[utoipa::path(get, path = "/tokens", tag = "administration", responses((status = 200, body = List<Token>)))]
async fn tokens(State(web): State<Web>, known: Known) -> Result<Json<List<Token>>> {
    Ok(Json(web.ports().accounts.tokens(known.caller()).await?.into()))
}

/// Make a token; its text is in this answer and never again
#[utoipa::path(post, path = "/tokens", tag = "administration", request_body = CreateToken, responses(
    (status = 201, body = CreatedToken), (status = 422, body = Problem)))]
async fn create_token(
    State(web): State<Web>,
    known: Known,
    Body(input): Body<CreateToken>,
) -> Result<Response> {
    let token = web.ports().accounts.create_token(known.caller(), input).await?;
    Ok(created(&format!("/tokens/{}", token.token.id), token))
}

/// End a token
#[utoipa::path(delete, path = "/tokens/{id}", tag = "administration", params(TokenPath), responses(
    (status = 204), (status = 404, body = Problem)))]
async fn revoke_token(
    State(web): State<Web>,
    known: Known,
    Path(path): Path<TokenPath>,
) -> Result<StatusCode> {
    web.ports().accounts.revoke_token(known.caller(), path.id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The roles and what each may do
#[utoipa::path(get, path = "/roles", tag = "administration", responses((status = 200, body = List<RoleAnswer>)))]
async fn roles(_known: Known) -> Json<List<RoleAnswer>> {
    let permissions = [
        (Permission::View, "view"),
        (Permission::ChangeApps, "change_apps"),
        (Permission::Administer, "administer"),
    ];
    let roles = Role::ALL.into_iter().map(|role| RoleAnswer {
        role,
        permissions: permissions.iter().filter(|(p, _)| p.role() <= role).map(|(_, name)| *name).collect(),
    });
    Json(roles.collect::<Vec<_>>().into())
}

/// Who did what, newest first
#[utoipa::path(get, path = "/audit", tag = "administration", params(PageQuery), responses(
    (status = 200, body = Page<AuditEntry>)))]
async fn audit(
    State(web): State<Web>,
    known: Known,
    Query(page): Query<PageQuery>,
) -> Result<Json<Page<AuditEntry>>> {
    Ok(Json(web.ports().accounts.audit(known.caller(), &page).await?))
}
