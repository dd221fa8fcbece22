//! Forms posted to the page they stand on: the POST becomes the page's GET with the form among the request's extensions
//! ([`PostedForm`]), so that the page itself acts on it and shows it again when it is refused.

use app::posted::PostedForm;
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use axum::http::{Method, StatusCode};
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse, Response};

use super::problem::{Failure, of_status};

/// Largest form in bytes: a definition at its limit, each of its bytes escaped.
const LIMIT: usize = 4 * 1_024 * 1_024;
/// Paths that take their own POSTs.
const OWN: [&str; 1] = ["/api/"];

/// Wraps the whole router: the method changes before a route is chosen. Belongs inside the CSRF and session layers.
pub fn accept_page_posts(router: Router) -> Router {
    Router::new().fallback_service(router).layer(from_fn(to_page))
}

async fn to_page(mut request: axum::extract::Request, next: Next) -> Response {
    let path = request.uri().path();
    let form = request
        .headers()
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|value| value.starts_with("application/x-www-form-urlencoded"));
    if request.method() != Method::POST || !form || OWN.iter().any(|own| path.starts_with(own)) {
        return next.run(request).await;
    }
    let body = std::mem::replace(request.body_mut(), Body::empty());
    let Ok(bytes) = to_bytes(body, LIMIT).await else {
        return Failure(of_status(StatusCode::PAYLOAD_TOO_LARGE)).into_response();
    };
    *request.method_mut() = Method::GET;
    request.headers_mut().remove(CONTENT_TYPE);
    request.headers_mut().remove(CONTENT_LENGTH);
    request.extensions_mut().insert(PostedForm(String::from_utf8_lossy(&bytes).into_owned()));
    next.run(request).await
}

#[cfg(test)]
mod tests {
    use axum::extract::Extension;
    use axum::routing::get;
    use http_body_util::BodyExt;
    use tower::ServiceExt;

    use super::*;

    fn router() -> Router {
        let page = |form: Option<Extension<PostedForm>>| async move {
            form.map_or_else(|| "read".to_owned(), |Extension(form)| format!("posted {}", form.0))
        };
        accept_page_posts(Router::new().route("/page", get(page)).route("/api/x", get(page)))
    }

    async fn ask(method: &str, path: &str, kind: &str) -> (StatusCode, String) {
        let request = axum::extract::Request::builder().method(method).uri(path).header(CONTENT_TYPE, kind);
        let answer =
            router().oneshot(request.body(Body::from("a=b")).expect("request")).await.expect("answer");
        let status = answer.status();
        let body = answer.into_body().collect().await.expect("body").to_bytes();
        (status, String::from_utf8_lossy(&body).into_owned())
    }

    #[tokio::test]
    async fn only_forms_posted_to_pages_reach_them() {
        const FORM: &str = "application/x-www-form-urlencoded";
        assert_eq!(ask("GET", "/page", "text/plain").await, (StatusCode::OK, "read".to_owned()));
        assert_eq!(ask("POST", "/page", FORM).await, (StatusCode::OK, "posted a=b".to_owned()));
        assert_eq!(ask("POST", "/page", "application/json").await.0, StatusCode::METHOD_NOT_ALLOWED);
        assert_eq!(ask("POST", "/api/x", FORM).await.0, StatusCode::METHOD_NOT_ALLOWED);
        assert_eq!(ask("POST", "/nowhere", FORM).await.0, StatusCode::NOT_FOUND);
    }
}
