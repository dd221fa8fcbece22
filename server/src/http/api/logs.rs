//! Log lines of an app, as a list or followed as an event stream.

use axum::Json;
use axum::extract::State;
use axum::response::sse::Event;
use axum::response::{IntoResponse, Response};
use futures::StreamExt;
use model::api::{LogLine, LogsQuery};
use model::id::InstanceId;
use model::problem::Problem;
use model::time::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{AppPath, List};
use crate::http::extract::{Path, Query};
use crate::http::identity::Known;
use crate::http::problem::Result;
use crate::http::{Web, sse};

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct FollowQuery {
    /// Only this instance
    #[serde(default)]
    instance: Option<InstanceId>,
    /// Not before this time
    #[serde(default)]
    since: Option<Timestamp>,
    /// Not after this time
    #[serde(default)]
    until: Option<Timestamp>,
    /// Plain text to find, ignoring case; `/.../` is a regular expression
    #[serde(default)]
    grep: Option<String>,
    /// Newest lines to return, 1 to 5000
    #[serde(default)]
    limit: Option<u32>,
    /// `true`: go on with new lines, as Server-Sent Events named `line`
    #[serde(default)]
    follow: bool,
}

pub fn routes() -> OpenApiRouter<Web> {
    OpenApiRouter::new().routes(routes!(logs))
}

/// The newest log lines, oldest first; with `follow` an event stream
#[utoipa::path(get, path = "/environments/{env}/apps/{app}/logs", tag = "logs", params(AppPath, FollowQuery), responses(
    (status = 200, body = List<LogLine>), (status = 404, body = Problem)))]
async fn logs(
    State(web): State<Web>,
    known: Known,
    Path(path): Path<AppPath>,
    Query(query): Query<FollowQuery>,
) -> Result<Response> {
    let FollowQuery { instance, since, until, grep, limit, follow } = query;
    let (key, query) = (path.key(), LogsQuery { instance, since, until, grep, limit });
    if !follow {
        let lines = web.ports().apps.logs(known.caller(), &key, &query).await?;
        return Ok(Json(List::from(lines)).into_response());
    }
    let lines = web.ports().apps.follow_logs(known.caller(), &key, &query).await?;
    let events = lines.map(|line| match line {
        Ok(line) => event("line", &line),
        Err(problem) => event("problem", &problem),
    });
    let hello = futures::stream::iter([Event::default().comment("open")]);
    Ok(sse::respond(&web, &known, hello.chain(events)))
}

fn event<T: Serialize>(name: &str, data: &T) -> Event {
    Event::default().event(name).data(serde_json::to_string(data).unwrap_or_default())
}
