//! Reads paths, queries and bodies into the types of the model, and says what is wrong in the words of a [`Problem`].

use axum::RequestPartsExt;
use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{FromRequest, FromRequestParts, Request};
use http::request::Parts;
use http::{StatusCode, Uri, header};
use model::problem::{Fault, FieldError, Problem, ProblemCode};
use serde::de::DeserializeOwned;

use super::problem::{Failure, of_status};

/// Parameters of the path, parsed into their types.
#[derive(Debug)]
pub struct Path<T>(pub T);

impl<T: DeserializeOwned + Send + 'static, S: Send + Sync> FromRequestParts<S> for Path<T> {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Failure> {
        let read = parts.extract::<axum::extract::Path<T>>().await;
        read.map(|path| Self(path.0)).map_err(|rejection| malformed(rejection.body_text()))
    }
}

/// The query. Empty values count as absent, as forms send them.
#[derive(Debug)]
pub struct Query<T>(pub T);

impl<T: DeserializeOwned, S: Sync> FromRequestParts<S> for Query<T> {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Failure> {
        let set = |pair: &&str| pair.split_once('=').is_some_and(|(_, value)| !value.is_empty());
        let pairs: Vec<&str> = parts.uri.query().unwrap_or_default().split('&').filter(set).collect();
        let uri = Uri::builder().path_and_query(format!("/?{}", pairs.join("&"))).build();
        let uri = uri.map_err(|error| malformed(error.to_string()))?;
        let read = axum::extract::Query::<T>::try_from_uri(&uri);
        read.map(|query| Self(query.0)).map_err(|rejection| malformed(rejection.body_text()))
    }
}

/// A JSON body; no body at all counts as `{}`.
#[derive(Debug)]
pub struct Json<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Json<T> {
    type Rejection = Failure;

    async fn from_request(request: Request, state: &S) -> Result<Self, Failure> {
        let kind = request.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
        let is_json = kind.is_some_and(|kind| {
            let essence = kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
            essence == "application/json" || essence.ends_with("+json")
        });
        let body = Bytes::from_request(request, state).await.map_err(|rejection| refused(&rejection))?;
        if body.is_empty() {
            return read(b"{}");
        }
        if !is_json {
            return Err(Failure(of_status(StatusCode::UNSUPPORTED_MEDIA_TYPE)));
        }
        read(&body)
    }
}

fn refused(rejection: &BytesRejection) -> Failure {
    Failure(of_status(rejection.status()))
}

fn malformed(detail: String) -> Failure {
    Failure(Problem::new(ProblemCode::Malformed, detail))
}

fn read<T: DeserializeOwned>(body: &[u8]) -> Result<Json<T>, Failure> {
    let mut json = serde_json::Deserializer::from_slice(body);
    let value = serde_path_to_error::deserialize(&mut json).map_err(|error| {
        let path = pointer(error.path());
        failure(path, error.inner())
    })?;
    json.end().map_err(|error| failure(String::new(), &error))?;
    Ok(Json(value))
}

fn failure(path: String, error: &serde_json::Error) -> Failure {
    let words = error.to_string();
    let reason = words.split(" at line ").next().unwrap_or_default();
    let mut problem = if error.is_data() {
        Problem::invalid(vec![field(path, reason)])
    } else {
        let fault = Fault::NotJson { reason: reason.to_owned(), line: error.line(), column: error.column() };
        let field = FieldError::new("", fault);
        let mut problem = Problem::new(ProblemCode::Malformed, format!("The body {}.", field.message));
        problem.errors.push(field);
        problem
    };
    if problem.detail.is_empty() {
        reason.clone_into(&mut problem.detail);
    }
    Failure(problem)
}

/// Serde's words about a field as a fault with the field's own path.
fn field(path: String, reason: &str) -> FieldError {
    let named = |beginning: &str| {
        let rest = reason.strip_prefix(beginning)?;
        rest.split('`').nth(1).map(str::to_owned)
    };
    if let Some(name) = named("missing field ") {
        return FieldError::new(format!("{path}/{name}"), Fault::Required);
    }
    if let Some(name) = named("unknown field ") {
        let path = if path.ends_with(&format!("/{name}")) { path } else { format!("{path}/{name}") };
        return FieldError::new(path, Fault::Unknown { similar: None });
    }
    FieldError::new(path, Fault::Other { reason: reason.to_owned() })
}

/// A JSON pointer (RFC 6901).
fn pointer(path: &serde_path_to_error::Path) -> String {
    use serde_path_to_error::Segment;
    path.iter().fold(String::new(), |mut text, segment| {
        text.push('/');
        match segment {
            Segment::Seq { index } => text.push_str(&index.to_string()),
            Segment::Map { key } => text.push_str(&key.replace('~', "~0").replace('/', "~1")),
            Segment::Enum { variant } => text.push_str(variant),
            Segment::Unknown => text.push('?'),
        }
        text
    })
}

#[cfg(test)]
mod tests {
    use model::api::{CreateToken, Scale};

    use super::*;

    fn problem<T: DeserializeOwned + std::fmt::Debug>(body: &str) -> Problem {
        read::<T>(body.as_bytes()).expect_err("must be refused").0
    }

    #[test]
    fn what_is_not_json_is_malformed_and_says_where() {
        let problem = problem::<Scale>("{\n\"instances\": }");
        assert_eq!(problem.status, 400);
        assert!(matches!(problem.errors[0].fault, Fault::NotJson { line: 2, .. }), "{problem:?}");
    }

    #[test]
    fn fields_are_named_by_their_pointer() {
        let missing = problem::<CreateToken>(r#"{"name":"ci"}"#);
        assert_eq!((missing.status, missing.errors[0].path.as_str()), (422, "/role"));
        let unknown = problem::<Scale>(r#"{"instance":3}"#);
        assert_eq!((unknown.status, unknown.errors[0].path.as_str()), (422, "/instance"));
        let wrong = problem::<Scale>(r#"{"instances":"3"}"#);
        assert_eq!((wrong.status, wrong.errors[0].path.as_str()), (422, "/instances"));
    }

    #[test]
    fn no_body_is_an_empty_object() {
        assert_eq!(read::<Scale>(b"{}").map(|json| json.0).ok(), Some(Scale::default()));
        assert!(read::<Scale>(b"{} x").is_err());
    }
}
