//! Errors as `application/problem+json`, whoever made them.

use axum::body::Body;
use axum::extract::Request;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};
use model::problem::{Problem, ProblemCode};

use super::request;

const CONTENT_TYPE: HeaderValue = HeaderValue::from_static("application/problem+json");
/// Seconds after which a caller may try again when nobody knows better.
const RETRY_AFTER: u64 = 5;

/// A problem on its way out; every handler's error.
#[derive(Debug)]
pub struct Failure(pub Problem);

pub type Result<T> = std::result::Result<T, Failure>;

impl From<Problem> for Failure {
    fn from(problem: Problem) -> Self {
        Self(problem)
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let mut problem = self.0;
        problem.request_id = problem.request_id.or_else(request::id);
        let status = StatusCode::from_u16(problem.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let body = serde_json::to_vec(&problem).unwrap_or_default();
        let mut response = Response::new(Body::from(body));
        *response.status_mut() = status;
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, CONTENT_TYPE);
        let wait = problem.params.get("retry_after").and_then(|wait| wait.parse::<u64>().ok());
        let waits = matches!(status, StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE);
        if let Some(wait) = wait.or(waits.then_some(RETRY_AFTER)) {
            headers.insert(header::RETRY_AFTER, wait.into());
        }
        if status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}

/// Marks an error whose shape is another protocol's.
#[derive(Debug, Clone, Copy)]
pub struct OwnShape;

/// Whether an answer is a problem.
pub fn is_problem(response: &Response) -> bool {
    response.headers().get(header::CONTENT_TYPE) == Some(&CONTENT_TYPE)
}

/// Gives what the framework refuses by itself (405, 413, 415 ...) the shape of every other error.
pub async fn shape(request: Request, next: Next) -> Response {
    let response = next.run(request).await;
    let status = response.status();
    if is_problem(&response)
        || response.extensions().get::<OwnShape>().is_some()
        || !(status.is_client_error() || status.is_server_error())
    {
        return response;
    }
    let (parts, _) = response.into_parts();
    let mut shaped = Failure(of_status(status)).into_response();
    for (name, value) in &parts.headers {
        if name != header::CONTENT_TYPE && name != header::CONTENT_LENGTH {
            shaped.headers_mut().insert(name, value.clone());
        }
    }
    shaped
}

/// A problem for a status that no service gave.
pub fn of_status(status: StatusCode) -> Problem {
    let (code, detail) = match status {
        StatusCode::NOT_FOUND => (ProblemCode::NotFound, "There is nothing at this address."),
        StatusCode::METHOD_NOT_ALLOWED => (
            ProblemCode::Malformed,
            "This address does not take this method; the header Allow names those it takes.",
        ),
        StatusCode::PAYLOAD_TOO_LARGE => {
            (ProblemCode::TooLarge, "The body is larger than this address takes.")
        }
        StatusCode::UNSUPPORTED_MEDIA_TYPE => {
            (ProblemCode::Malformed, "The body must be JSON, with Content-Type: application/json.")
        }
        StatusCode::REQUEST_TIMEOUT => (ProblemCode::Malformed, "The request took too long to arrive."),
        StatusCode::FORBIDDEN => (ProblemCode::Forbidden, "This is not allowed."),
        StatusCode::SERVICE_UNAVAILABLE => {
            (ProblemCode::StoreUnavailable, "Not ready; try again in a moment.")
        }
        status if status.is_server_error() => return Problem::internal(),
        _ => (ProblemCode::Malformed, "The request cannot be read."),
    };
    let mut problem = Problem::new(code, detail);
    if problem.status != status.as_u16() {
        problem.status = status.as_u16();
        status.canonical_reason().unwrap_or_default().clone_into(&mut problem.title);
    }
    problem
}

/// What a caller sees when a handler panics; the cause is logged with the request's id.
pub fn panicked(cause: Box<dyn std::any::Any + Send>) -> Response {
    let words = cause
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| cause.downcast_ref::<&str>().copied())
        .unwrap_or("no words");
    tracing::error!(panic = words, "a request broke the console's code");
    Failure(Problem::internal()).into_response()
}
