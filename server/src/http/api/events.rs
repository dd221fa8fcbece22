//! `/events`: everything the caller may see, live.

use axum::extract::State;
use axum::response::Response;
use axum::response::sse::Event;
use futures::StreamExt;
use http::HeaderMap;
use model::live::Topic;
use model::permission::Permission;
use model::problem::{Problem, ProblemCode};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::http::extract::Query;
use crate::http::identity::Known;
use crate::http::problem::{Failure, Result};
use crate::http::{Web, sse};
use crate::live::{Delivery, EventId};

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct EventsQuery {
    /// What to hear of, comma-separated: apps, app:ENVIRONMENT/NAME, deployments, deployment:ID, environments, registries; none: all
    #[serde(default)]
    topics: Option<String>,
    /// Id of the last event seen, as the header Last-Event-ID, for the first connection
    #[serde(default)]
    after: Option<String>,
}

pub fn routes() -> OpenApiRouter<Web> {
    OpenApiRouter::new().routes(routes!(events))
}

/// Server-Sent Events of every change; continues after `Last-Event-ID`, and sends `reset` when that is too long ago
#[utoipa::path(get, path = "/events", tag = "live", params(EventsQuery,
    ("Last-Event-ID" = Option<String>, Header, description = "Id of the last event seen")), responses(
    (status = 200, content_type = "text/event-stream", body = model::live::LiveEvent), (status = 400, body = Problem)))]
async fn events(
    State(web): State<Web>,
    known: Known,
    Query(query): Query<EventsQuery>,
    headers: HeaderMap,
) -> Result<Response> {
    known.caller().require(Permission::View)?;
    let topics = topics(query.topics.as_deref().unwrap_or_default())?;
    let last = headers.get("last-event-id").and_then(|id| id.to_str().ok()).map(str::to_owned);
    // An id that is not ours is as good as one that is too old: the reader must begin anew.
    let after = last
        .or(query.after)
        .filter(|id| !id.is_empty())
        .map(|id| id.parse().unwrap_or(EventId { epoch: 0, number: 0 }));
    let events = web.bus().subscribe(topics, after).map(|delivery| match delivery {
        Delivery::Event(numbered) => Event::default()
            .id(numbered.id.to_string())
            .event(numbered.event.what.kind())
            .data(numbered.json()),
        Delivery::Reset(id) => Event::default().id(id.to_string()).event("reset").data("{}"),
    });
    // Says at once that the stream is open and where it stands.
    let hello = Event::default().comment("open").retry(std::time::Duration::from_secs(2));
    let events = futures::stream::iter([hello]).chain(events);
    Ok(sse::respond(&web, &known, events))
}

fn topics(text: &str) -> Result<Vec<Topic>> {
    let parse = |topic: &str| {
        Topic::parse(topic).ok_or_else(|| {
            let detail = format!(
                "There is no topic {topic}; there are apps, app:ENVIRONMENT/NAME, deployments, deployment:ID, environments, registries."
            );
            Failure(Problem::new(ProblemCode::Malformed, detail))
        })
    };
    text.split(',').map(str::trim).filter(|topic| !topic.is_empty()).map(parse).collect()
}
