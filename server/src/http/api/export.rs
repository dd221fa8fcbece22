//! The deployment history as CSV, written page by page.

use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use futures::stream::{self, TryStreamExt};
use http::{HeaderValue, header};
use model::api::{DeploymentsQuery, LIMIT_MAX};
use model::deployment::Deployment;
use model::permission::Caller;
use model::problem::Problem;
use model::time::Timestamp;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::http::Web;
use crate::http::extract::Query;
use crate::http::identity::Known;
use crate::http::problem::Result;

const HEADER: &str = "id,number,environment,app,project,kind,state,from_revision,to_revision,from_version,to_version,\
                      from_instances,to_instances,actor_kind,actor,reason,created_at,started_at,ended_at\r\n";

pub fn routes() -> OpenApiRouter<Web> {
    OpenApiRouter::new().routes(routes!(export))
}

/// The deployment history as CSV, with the filters of the list
#[utoipa::path(get, path = "/deployments.csv", tag = "deployments", params(DeploymentsQuery), responses(
    (status = 200, content_type = "text/csv", body = String)))]
async fn export(
    State(web): State<Web>,
    known: Known,
    Query(query): Query<DeploymentsQuery>,
) -> Result<Response> {
    let query = DeploymentsQuery { limit: Some(LIMIT_MAX), cursor: None, ..query };
    // The first page before the first byte, so that an error still has a status.
    let (first, next) = page(&web, known.caller(), query).await?;
    let caller = known.caller().clone();
    let rest = stream::try_unfold(next, move |next| {
        let (web, caller) = (web.clone(), caller.clone());
        async move {
            let Some(query) = next else { return Ok::<_, std::io::Error>(None) };
            page(&web, &caller, query).await.map(Some).map_err(std::io::Error::other)
        }
    });
    let begin = stream::iter([Ok(Bytes::from(HEADER)), Ok(first)]);
    let mut response =
        Body::from_stream(futures::StreamExt::chain(begin, rest.into_stream())).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/csv; charset=utf-8"));
    let name = HeaderValue::from_static("attachment; filename=\"deployments.csv\"");
    headers.insert(header::CONTENT_DISPOSITION, name);
    Ok(response)
}

/// One page as lines, and what to ask for next.
async fn page(
    web: &Web,
    caller: &Caller,
    query: DeploymentsQuery,
) -> std::result::Result<(Bytes, Option<DeploymentsQuery>), Problem> {
    let page = web.ports().deployments.list(caller, &query).await?;
    let lines: String = page.items.iter().map(line).collect();
    let next = page.next.map(|cursor| DeploymentsQuery { cursor: Some(cursor), ..query });
    Ok((lines.into(), next))
}

fn line(deployment: &Deployment) -> String {
    let number = |number: Option<u32>| number.map_or_else(String::new, |number| number.to_string());
    let time = |time: Option<Timestamp>| time.map_or_else(String::new, |time| time.to_string());
    let word = |value: serde_json::Result<serde_json::Value>| {
        value.ok().and_then(|value| value.as_str().map(str::to_owned)).unwrap_or_default()
    };
    let cells = [
        deployment.id.to_string(),
        deployment.number.to_string(),
        deployment.environment.to_string(),
        deployment.app.to_string(),
        deployment.project.to_string(),
        deployment.kind.as_str().to_owned(),
        deployment.state.as_str().to_owned(),
        number(deployment.from_revision),
        number(deployment.to_revision),
        deployment.from_version.clone().unwrap_or_default(),
        deployment.to_version.clone().unwrap_or_default(),
        number(deployment.from_instances),
        number(deployment.to_instances),
        word(serde_json::to_value(deployment.actor.kind)),
        deployment.actor.name.clone(),
        deployment.reason.clone(),
        deployment.created_at.to_string(),
        time(deployment.started_at),
        time(deployment.ended_at),
    ];
    let mut line = cells.iter().map(|cell| quoted(cell)).collect::<Vec<_>>().join(",");
    line.push_str("\r\n");
    line
}

/// One cell: quoted where needed, and never a formula to a spreadsheet.
fn quoted(cell: &str) -> String {
    let harmless = if cell.starts_with(['=', '+', '-', '@', '\t', '\r']) { "'" } else { "" };
    if harmless.is_empty() && !cell.contains([',', '"', '\n', '\r']) {
        return cell.to_owned();
    }
    format!("\"{harmless}{}\"", cell.replace('"', "\"\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_quoted_and_are_no_formulas() {
        assert_eq!(quoted("plain"), "plain");
        assert_eq!(quoted("a,b"), "\"a,b\"");
        assert_eq!(quoted("say \"hi\"\n"), "\"say \"\"hi\"\"\n\"");
        assert_eq!(quoted("=HYPERLINK(1)"), "\"'=HYPERLINK(1)\"");
        assert_eq!(quoted("-1+2"), "\"'-1+2\"");
    }
}
