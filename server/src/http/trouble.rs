//! A problem as a page: whoever asked for a page and got no further than the layers before it reads a sentence, not JSON.

use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use http::{HeaderMap, HeaderValue, Method, header};
use model::problem::Problem;

use super::{Web, headers, pages, problem};

/// Largest problem that is read.
const LIMIT: usize = 64 << 10;
/// What is no page.
const OTHERS: [&str; 5] = ["/api/", "/pkg/", "/health", "/ready", "/metrics"];

/// The layer around everything that may refuse a request.
pub async fn as_page(State(web): State<Web>, request: Request, next: Next) -> Response {
    let path = request.uri().path();
    let is_page = !OTHERS.iter().any(|other| path.starts_with(other)) && takes_html(request.headers());
    if !is_page {
        return next.run(request).await;
    }
    let (locale, theme) = (pages::locale(request.headers()), pages::theme(request.headers()));
    // A form is not sent once more by a link.
    let read = matches!(*request.method(), Method::GET | Method::HEAD);
    let again = request.uri().path_and_query().map_or("/", |path| path.as_str());
    let again = if read { app::paths::own(again) } else { app::paths::own(path) }.to_owned();
    let response = next.run(request).await;
    if !problem::is_problem(&response) {
        return response;
    }
    let (mut parts, body) = response.into_parts();
    let bytes = to_bytes(body, LIMIT).await.unwrap_or_default();
    let Ok(problem) = serde_json::from_slice::<Problem>(&bytes) else {
        return Response::from_parts(parts, Body::from(bytes));
    };
    let page = app::trouble(locale, theme, web.site().css(), &again, &problem);
    parts.headers.remove(header::CONTENT_LENGTH);
    parts.headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    parts.headers.insert(header::CONTENT_SECURITY_POLICY, headers::STILL_PAGE);
    Response::from_parts(parts, Body::from(page))
}

fn takes_html(headers: &HeaderMap) -> bool {
    let accepted = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok());
    accepted.is_some_and(|accepted| accepted.contains("text/html"))
}
