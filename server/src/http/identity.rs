//! Finds out who sends a request, once, and hands it to handlers and pages.

use axum::extract::{FromRequestParts, Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::request::Parts;
use http::{HeaderMap, HeaderValue, header};
use model::permission::Caller;
use model::problem::{Problem, ProblemCode};

use super::Web;
use super::problem::Failure;
use super::request::{Origin, cookie};
use crate::auth::{Credential, Identity, SESSION_IDLE};

/// The credential of a request that was found good, with whom it belongs to.
#[derive(Clone)]
pub struct Known {
    pub credential: Credential,
    pub identity: Identity,
}

impl Known {
    pub const fn caller(&self) -> &Caller {
        &self.identity.caller
    }
}

/// What a request shows: a bearer token goes before the cookie.
pub fn credential(headers: &HeaderMap) -> Option<Credential> {
    if let Some(text) = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok()) {
        let (scheme, token) = text.split_once(' ').unwrap_or((text, ""));
        if scheme.eq_ignore_ascii_case("bearer") {
            return Some(Credential::Bearer(token.trim().to_owned()));
        }
    }
    cookie(headers, app::request::SESSION_COOKIE).map(|secret| Credential::Session(secret.to_owned()))
}

/// Adds [`Known`] to requests with a good credential; the others go on as strangers.
pub async fn identify(State(web): State<Web>, mut request: Request, next: Next) -> Response {
    let Some(credential) = credential(request.headers()) else { return next.run(request).await };
    let identity = match web.authority().identify(&credential).await {
        Ok(Some(identity)) => identity,
        Ok(None) => return next.run(request).await,
        Err(problem) => return Failure(problem).into_response(),
    };
    let secure = request.extensions().get::<Origin>().is_some_and(|origin| origin.secure);
    let renewed = match &credential {
        Credential::Session(secret) if identity.renewed => session_cookie(secret, secure),
        _ => None,
    };
    request.extensions_mut().insert(Known { credential, identity });
    let mut response = next.run(request).await;
    // A page that sets the cookie itself knows better.
    if let Some(cookie) = renewed.filter(|_| !response.headers().contains_key(header::SET_COOKIE)) {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    response
}

/// The `Set-Cookie` of a session.
pub fn session_cookie(secret: &str, secure: bool) -> Option<HeaderValue> {
    let name = app::request::SESSION_COOKIE;
    let secure = if secure { "; Secure" } else { "" };
    let age = SESSION_IDLE.as_secs();
    let text = format!("{name}={secret}; Path=/; Max-Age={age}; HttpOnly; SameSite=Lax{secure}");
    HeaderValue::from_str(&text).ok()
}

impl<S: Sync> FromRequestParts<S> for Known {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Failure> {
        parts.extensions.get::<Self>().cloned().ok_or_else(|| {
            let detail = "Send a session cookie or the header Authorization: Bearer qd_... of a valid token.";
            Failure(Problem::new(ProblemCode::Unauthenticated, detail))
        })
    }
}
