//! `Idempotency-Key`: a change that is sent twice under the same key is done once and answered the same.

use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::{HeaderValue, Method, StatusCode, header};

use super::problem::{Failure, Result, of_status};
use super::{BODY_MAX, Web, identity::Known};
use crate::service::idempotency::Claim;

const KEY: &str = "idempotency-key";
/// Largest answer that is remembered.
const ANSWER_MAX: usize = 4 * BODY_MAX;

/// The layer around the API's changes.
pub async fn once(State(web): State<Web>, request: Request, next: Next) -> Response {
    let changes = matches!(*request.method(), Method::POST | Method::PUT | Method::DELETE);
    let key = request.headers().get(KEY).and_then(|key| key.to_str().ok()).map(str::to_owned);
    let known = request.extensions().get::<Known>().cloned();
    // An answer with a new secret's text must not be kept, an upload is idempotent by its content, and a notification too.
    let path = request.uri().path();
    let shows_secret = ["/tokens", "/registries", "/secret"].iter().any(|end| path.ends_with(end));
    let excluded = shows_secret || path.contains("/artifacts/") || path.contains("/hooks/");
    let (Some(key), Some(known), true, false) = (key, known, changes, excluded) else {
        return next.run(request).await;
    };
    run(&web, &key, &known, request, next).await.unwrap_or_else(IntoResponse::into_response)
}

async fn run(web: &Web, key: &str, known: &Known, request: Request, next: Next) -> Result<Response> {
    let (parts, body) = request.into_parts();
    let body = to_bytes(body, BODY_MAX).await;
    let body = body.map_err(|_| Failure(of_status(StatusCode::PAYLOAD_TOO_LARGE)))?;
    let (method, address) = (parts.method.as_str().to_owned(), parts.uri.to_string());
    let same = [method.as_bytes(), address.as_bytes(), &body[..]];
    let ticket = match web.idempotency().claim(known.caller(), key, &same).await? {
        Claim::Answered { status, body } => return Ok(replay(status, body)),
        Claim::Fresh(ticket) => ticket,
    };
    let response = ticket.hold(next.run(Request::from_parts(parts, Body::from(body)))).await;
    let (parts, body) = response.into_parts();
    let body = to_bytes(body, ANSWER_MAX).await.map_err(|error| {
        tracing::error!(%error, "an answer could not be read to be kept for its idempotency key");
        Failure(model::problem::Problem::internal())
    })?;
    let text = String::from_utf8_lossy(&body);
    // The change is done: not being able to remember it must not turn the answer into an error.
    if let Err(problem) = web.idempotency().finish(ticket, parts.status.as_u16(), &text).await {
        tracing::warn!(%problem, "an answer could not be kept for its idempotency key");
    }
    Ok(Response::from_parts(parts, Body::from(body)))
}

fn replay(status: u16, body: String) -> Response {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::OK);
    let kind = if status.is_success() { "application/json" } else { "application/problem+json" };
    let mut response = (status, body).into_response();
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    response.headers_mut().insert("idempotency-replayed", HeaderValue::from_static("true"));
    response
}
