//! Server-Sent Events: kept alive, and ended with the console or with the credential that opened them.

use std::convert::Infallible;
use std::time::Duration;

use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures::stream::{Stream, StreamExt};
use http::{HeaderName, HeaderValue, header};

use super::Web;
use super::identity::Known;

/// Time between signs of life, and between looks at the credential.
const KEEP_ALIVE: Duration = Duration::from_secs(15);

/// An event stream of `events`.
pub fn respond(web: &Web, known: &Known, events: impl Stream<Item = Event> + Send + 'static) -> Response {
    let open = crate::metrics::own::open_stream();
    let events = events.take_until(ended(web.clone(), known.clone())).map(move |event| {
        // Counted until the stream is dropped.
        let _open = &open;
        Ok::<Event, Infallible>(event)
    });
    let mut response = Sse::new(events).keep_alive(KeepAlive::new().interval(KEEP_ALIVE)).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    // Some proxies would hold the stream back otherwise.
    headers.insert(HeaderName::from_static("x-accel-buffering"), HeaderValue::from_static("no"));
    response
}

/// Resolves when the console ends or the credential does not hold any more.
async fn ended(web: Web, known: Known) {
    let mut changes = web.authority().ended();
    loop {
        tokio::select! {
            () = web.ending().cancelled() => return,
            _ = tokio::time::timeout(KEEP_ALIVE, changes.changed()) => {}
        }
        // A database that does not answer is no reason to send anybody away.
        if matches!(web.authority().still_holds(&known.credential).await, Ok(false)) {
            return;
        }
    }
}
