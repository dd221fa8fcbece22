//! Headers that keep browsers from doing what nobody asked for.

use axum::body::Body;
use axum::extract::Request;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::{HeaderName, HeaderValue, header};
use model::problem::{Problem, ProblemCode};
use tower_http::csrf::{CsrfLayer, ProtectionError};

use super::problem::Failure;

/// For answers that are no pages: nothing may be loaded, run or framed.
const DENY_ALL: HeaderValue = HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'");

/// The policy of a page without a script: our own style sheet and pictures.
pub const STILL_PAGE: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
);

/// The policy of a page: our own files, and inline only the scripts with this request's nonce.
pub fn page_policy(nonce: &str) -> Option<HeaderValue> {
    HeaderValue::from_str(&format!(
        "default-src 'none'; script-src 'self' 'nonce-{nonce}' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' data:; \
         font-src 'self'; connect-src 'self'; manifest-src 'self'; form-action 'self'; base-uri 'none'; \
         frame-ancestors 'none'"
    ))
    .ok()
}

/// Adds what every answer carries, without replacing what a page has set itself.
pub async fn secure(request: Request, next: Next) -> Response {
    let is_file = request.uri().path().starts_with("/pkg/");
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    headers.entry(header::CONTENT_SECURITY_POLICY).or_insert(DENY_ALL);
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
    // Not no-referrer: without JavaScript a form goes back to the page it came from.
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("same-origin"));
    headers.insert(
        HeaderName::from_static("cross-origin-opener-policy"),
        HeaderValue::from_static("same-origin"),
    );
    headers.insert(
        HeaderName::from_static("permissions-policy"),
        HeaderValue::from_static("camera=(), geolocation=(), microphone=()"),
    );
    if !is_file {
        headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    }
    response
}

/// A bearer token is never sent by a browser on its own: such a request proves its intent, and no cookie may join it.
pub async fn bearer_is_no_browser(mut request: Request, next: Next) -> Response {
    let headers = request.headers_mut();
    let scheme = headers.get(header::AUTHORIZATION).and_then(|value| value.as_bytes().get(..7));
    if scheme.is_some_and(|scheme| scheme.eq_ignore_ascii_case(b"bearer ")) {
        headers.remove(header::COOKIE);
        headers.remove(header::ORIGIN);
        headers.remove("sec-fetch-site");
    }
    next.run(request).await
}

/// Refuses changes that another site's page asks a browser for.
pub fn origin_check() -> CsrfLayer<impl FnMut(ProtectionError) -> Response<Body> + Clone> {
    CsrfLayer::new().with_rejection_response(|_| {
        let detail = "This request came from another site's page. If a proxy stands before the console, it must pass on \
                      the headers Host and Origin as they are.";
        Failure(Problem::new(ProblemCode::Forbidden, detail).with("cause", "origin")).into_response()
    })
}
