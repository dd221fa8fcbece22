//! REST under `/api/v1`, one file per resource. Each handler reads the request, calls a port and writes the answer.

#![expect(unused_qualifications, reason = "the path macro writes out the names of parameter types")]

mod about;
mod accounts;
mod alerts;
mod approval_links;
mod apps;
mod artifacts;
mod changes;
mod channels;
mod deployments;
mod environments;
mod events;
mod export;
mod insight;
mod instances;
mod logs;
mod metrics;
mod panels;
mod prometheus;
mod registries;
mod registry_hooks;
mod releases;
mod revisions;
mod scaling;
mod workloads;

use axum::middleware::{from_fn, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::{Json, Router};
use http::{HeaderValue, StatusCode, header};
use model::id::{AppKey, AppName, EnvironmentName};
use serde::{Deserialize, Serialize};
use utoipa::openapi::OpenApi;
use utoipa::openapi::security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::{IntoParams, Modify, ToSchema};
use utoipa_axum::router::OpenApiRouter;

use super::problem::{self, Failure, of_status};
use super::{Web, idempotency};

/// Base of every path of the API.
pub const BASE: &str = "/api/v1";

/// An app's place in a path.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub struct AppPath {
    /// Environment
    pub env: EnvironmentName,
    /// App
    pub app: AppName,
}

impl AppPath {
    pub fn key(self) -> AppKey {
        AppKey { environment: self.env, app: self.app }
    }
}

/// A list that is never long enough to need pages.
#[derive(Debug, Serialize, ToSchema)]
pub struct List<T> {
    pub items: Vec<T>,
    pub next: Option<String>,
}

impl<T> From<Vec<T>> for List<T> {
    fn from(items: Vec<T>) -> Self {
        Self { items, next: None }
    }
}

/// 201 with the address of what was made.
pub fn created<T: Serialize>(path: &str, body: T) -> Response {
    let mut response = (StatusCode::CREATED, Json(body)).into_response();
    if let Ok(value) = HeaderValue::from_str(&format!("{BASE}{path}")) {
        response.headers_mut().insert(header::LOCATION, value);
    }
    response
}

/// The router and the OpenAPI document made from it.
pub fn router(web: &Web) -> (Router<Web>, OpenApi) {
    let routes = OpenApiRouter::<Web>::new()
        .merge(environments::routes())
        .merge(workloads::routes())
        .merge(apps::routes())
        .merge(changes::routes())
        .merge(revisions::routes())
        .merge(instances::routes())
        .merge(logs::routes())
        .merge(deployments::routes())
        .merge(approval_links::routes())
        .merge(insight::routes())
        .merge(export::routes())
        .merge(releases::routes())
        .merge(panels::routes())
        .merge(scaling::routes())
        .merge(alerts::routes())
        .merge(registries::routes())
        .merge(registry_hooks::routes())
        .merge(channels::routes())
        .merge(artifacts::routes())
        .merge(metrics::routes())
        .merge(prometheus::routes())
        .merge(events::routes())
        .merge(accounts::routes())
        .merge(about::routes());
    let (router, mut routes) = routes.split_for_parts();
    registries::describe(&mut routes);
    let document = describe(routes);
    let text = serde_json::to_string(&document).unwrap_or_default();
    let router = router
        .route(
            "/openapi.json",
            axum::routing::get(|| async move { ([(header::CONTENT_TYPE, "application/json")], text) }),
        )
        .fallback(|| async { Failure(of_status(StatusCode::NOT_FOUND)) })
        .layer(from_fn_with_state(web.clone(), idempotency::once))
        .layer(from_fn(problem::shape));
    (router, document)
}

/// The paths as callers see them, with what holds for all of them.
fn describe(routes: OpenApi) -> OpenApi {
    let mut document = OpenApi::default().nest(BASE, routes);
    "Quarterdeck".clone_into(&mut document.info.title);
    env!("CARGO_PKG_VERSION").clone_into(&mut document.info.version);
    document.info.description = Some(
        "Everything the console can do. Send `Authorization: Bearer qd_...` or a session cookie. Lists have pages: pass \
         `next` as `cursor` to go on. Every error is `application/problem+json` (RFC 9457) and carries the request's id. \
         A change with an `Idempotency-Key` is done once, however often it is sent within a day."
            .to_owned(),
    );
    Security.modify(&mut document);
    document
}

struct Security;

impl Modify for Security {
    fn modify(&self, document: &mut OpenApi) {
        use utoipa::openapi::security::SecurityRequirement;
        let components = document.components.get_or_insert_default();
        let bearer = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).bearer_format("qd_...").build();
        components.add_security_scheme("token", SecurityScheme::Http(bearer));
        let cookie = ApiKey::Cookie(ApiKeyValue::new(app::request::SESSION_COOKIE));
        components.add_security_scheme("session", SecurityScheme::ApiKey(cookie));
        let none: [&str; 0] = [];
        document.security =
            Some(vec![SecurityRequirement::new("token", none), SecurityRequirement::new("session", none)]);
    }
}
