//! Log lines of an app, as a list or followed as an event stream.

use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::response::sse::Event;
use axum::response::{IntoResponse, Response};
use futures::StreamExt;
use http::{HeaderValue, header};
use model::api::{LogLine, LogsQuery};
use model::id::InstanceId;
use model::log::{LogContext, LogKeeping, LogPage, LogPosition, LogSearch};
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
    OpenApiRouter::new()
        .routes(routes!(logs))
        .routes(routes!(search))
        .routes(routes!(context))
        .routes(routes!(download))
        .routes(routes!(keeping))
}

/// Kept lines that match, newest first
#[utoipa::path(get, path = "/environments/{env}/apps/{app}/logs/search", tag = "logs", params(AppPath, LogSearch),
    responses((status = 200, body = LogPage), (status = 404, body = Problem), (status = 422, body = Problem)))]
async fn search(
    State(web): State<Web>,
    known: Known,
    Path(path): Path<AppPath>,
    Query(search): Query<LogSearch>,
) -> Result<Json<LogPage>> {
    Ok(Json(web.ports().logs.search(known.caller(), &path.key(), &search).await?))
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct ContextQuery {
    /// Position of a line, as a search answers with
    #[param(value_type = String)]
    at: LogPosition,
    /// Lines before and after it, 1 to 500
    #[serde(default = "ten")]
    lines: usize,
    /// `true`: only lines of the same instance
    #[serde(default)]
    same: bool,
}

const fn ten() -> usize {
    10
}

/// The lines around a kept one, oldest first
#[utoipa::path(get, path = "/environments/{env}/apps/{app}/logs/context", tag = "logs", params(AppPath, ContextQuery),
    responses((status = 200, body = LogContext), (status = 404, body = Problem)))]
async fn context(
    State(web): State<Web>,
    known: Known,
    Path(path): Path<AppPath>,
    Query(query): Query<ContextQuery>,
) -> Result<Json<LogContext>> {
    let ContextQuery { at, lines, same } = query;
    Ok(Json(web.ports().logs.context(known.caller(), &path.key(), at, lines, same).await?))
}

/// All kept lines that match, oldest first, as JSON lines
#[utoipa::path(get, path = "/environments/{env}/apps/{app}/logs/download", tag = "logs", params(AppPath, LogSearch),
    responses((status = 200, content_type = "application/x-ndjson", body = String), (status = 404, body = Problem)))]
async fn download(
    State(web): State<Web>,
    known: Known,
    Path(path): Path<AppPath>,
    Query(search): Query<LogSearch>,
) -> Result<Response> {
    let key = path.key();
    let lines = web.ports().logs.download(known.caller(), &key, &search).await?;
    let rows = lines.map(|line| {
        let mut row = serde_json::to_vec(&line?.line).map_err(std::io::Error::other)?;
        row.push(b'\n');
        Ok::<_, Box<dyn std::error::Error + Send + Sync>>(row)
    });
    let mut response = Body::from_stream(rows).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/x-ndjson"));
    let name = format!("attachment; filename=\"{}-{}.log.ndjson\"", key.environment, key.app);
    if let Ok(name) = HeaderValue::from_str(&name) {
        headers.insert(header::CONTENT_DISPOSITION, name);
    }
    Ok(response)
}

/// How the keeping of an app's log stands
#[utoipa::path(get, path = "/environments/{env}/apps/{app}/logs/keeping", tag = "logs", params(AppPath),
    responses((status = 200, body = LogKeeping), (status = 404, body = Problem)))]
async fn keeping(
    State(web): State<Web>,
    known: Known,
    Path(path): Path<AppPath>,
) -> Result<Json<LogKeeping>> {
    Ok(Json(web.ports().logs.keeping(known.caller(), &path.key()).await?))
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
