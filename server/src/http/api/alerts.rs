//! `/alerts`: what fires, who takes care of it, what is silenced, and the rules.

use axum::Json;
use axum::extract::State;
use axum::response::Response;
use http::StatusCode;
use model::alert::{
    AlertRecord, Alerts, HistoryQuery, KnownRule, KnownSilence, Labels, LiveAlert, Rule, RuleTest,
};
use model::api::Page;
use model::duration::Span;
use model::id::{AlertId, SilenceId};
use model::problem::Problem;
use model::time::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{List, created};
use crate::http::Web;
use crate::http::extract::{Json as Body, Path, Query};
use crate::http::identity::Known;
use crate::http::problem::Result;

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
struct AlertPath {
    /// Alert
    id: AlertId,
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
struct RulePath {
    /// Rule
    rule: String,
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
struct SilencePath {
    /// Silence
    id: SilenceId,
}

/// Covers the alerts that have all of the labels, until a moment or for a time: one of the two.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
struct NewSilence {
    labels: Labels,
    #[serde(default)]
    until: Option<Timestamp>,
    #[serde(default, rename = "for")]
    length: Option<Span>,
    #[serde(default)]
    reason: String,
}

pub fn routes() -> OpenApiRouter<Web> {
    OpenApiRouter::new()
        .routes(routes!(now))
        .routes(routes!(history))
        .routes(routes!(acknowledge))
        .routes(routes!(test))
        .routes(routes!(rules, create_rule))
        .routes(routes!(rule, set_rule, remove_rule))
        .routes(routes!(silences, silence))
        .routes(routes!(end_silence))
}

/// What fires, in groups, what is pending, and what was resolved lately
#[utoipa::path(get, path = "/alerts", tag = "alerts", responses((status = 200, body = Alerts)))]
async fn now(State(web): State<Web>, known: Known) -> Result<Json<Alerts>> {
    Ok(Json(web.ports().alerts.now(known.caller()).await?))
}

/// Alerts that fired, newest first
#[utoipa::path(get, path = "/alerts/history", tag = "alerts", params(HistoryQuery), responses(
    (status = 200, body = Page<AlertRecord>)))]
async fn history(
    State(web): State<Web>,
    known: Known,
    Query(query): Query<HistoryQuery>,
) -> Result<Json<Page<AlertRecord>>> {
    Ok(Json(web.ports().alerts.history(known.caller(), &query).await?))
}

/// Take care of an alert that fires: no reminders of it until it is resolved
#[utoipa::path(post, path = "/alerts/{id}/acknowledge", tag = "alerts", params(AlertPath), responses(
    (status = 200, body = LiveAlert), (status = 404, body = Problem), (status = 409, body = Problem)))]
async fn acknowledge(
    State(web): State<Web>,
    known: Known,
    Path(path): Path<AlertPath>,
) -> Result<Json<LiveAlert>> {
    Ok(Json(web.ports().alerts.acknowledge(known.caller(), path.id).await?))
}

/// What a rule would say now; changes nothing
#[utoipa::path(post, path = "/alerts/test", tag = "alerts", request_body = Rule, responses(
    (status = 200, body = RuleTest), (status = 422, body = Problem)))]
async fn test(State(web): State<Web>, known: Known, Body(rule): Body<Value>) -> Result<Json<RuleTest>> {
    Ok(Json(web.ports().alerts.test_rule(known.caller(), &rule).await?))
}

/// All rules, and how each did when it was asked last
#[utoipa::path(get, path = "/alerts/rules", tag = "alerts", responses((status = 200, body = List<KnownRule>)))]
async fn rules(State(web): State<Web>, known: Known) -> Result<Json<List<KnownRule>>> {
    Ok(Json(web.ports().alerts.rules(known.caller()).await?.into()))
}

/// Add a rule
#[utoipa::path(post, path = "/alerts/rules", tag = "alerts", request_body = Rule, responses(
    (status = 201, body = KnownRule), (status = 409, body = Problem), (status = 422, body = Problem)))]
async fn create_rule(State(web): State<Web>, known: Known, Body(rule): Body<Value>) -> Result<Response> {
    let made = web.ports().alerts.create_rule(known.caller(), &rule).await?;
    Ok(created(&format!("/alerts/rules/{}", made.rule.name), made))
}

/// One rule
#[utoipa::path(get, path = "/alerts/rules/{rule}", tag = "alerts", params(RulePath), responses(
    (status = 200, body = KnownRule), (status = 404, body = Problem)))]
async fn rule(State(web): State<Web>, known: Known, Path(path): Path<RulePath>) -> Result<Json<KnownRule>> {
    Ok(Json(web.ports().alerts.rule(known.caller(), &path.rule).await?))
}

/// Change a rule; another query, environment, severity or label resolves its alerts first
#[utoipa::path(put, path = "/alerts/rules/{rule}", tag = "alerts", params(RulePath), request_body = Rule,
    responses((status = 200, body = KnownRule), (status = 404, body = Problem), (status = 422, body = Problem)))]
async fn set_rule(
    State(web): State<Web>,
    known: Known,
    Path(path): Path<RulePath>,
    Body(rule): Body<Value>,
) -> Result<Json<KnownRule>> {
    Ok(Json(web.ports().alerts.set_rule(known.caller(), &path.rule, &rule).await?))
}

/// Remove a rule; one that every console has is put back to what it was
#[utoipa::path(delete, path = "/alerts/rules/{rule}", tag = "alerts", params(RulePath), responses(
    (status = 204), (status = 404, body = Problem), (status = 409, body = Problem)))]
async fn remove_rule(State(web): State<Web>, known: Known, Path(path): Path<RulePath>) -> Result<StatusCode> {
    web.ports().alerts.remove_rule(known.caller(), &path.rule).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Silences that hold, the one first that ends first
#[utoipa::path(get, path = "/alerts/silences", tag = "alerts", responses(
    (status = 200, body = List<KnownSilence>)))]
async fn silences(State(web): State<Web>, known: Known) -> Result<Json<List<KnownSilence>>> {
    Ok(Json(web.ports().alerts.silences(known.caller()).await?.into()))
}

/// Silence alerts: `{"labels": {"environment": "prod", "node": "n1"}, "for": "2h"}`
#[utoipa::path(post, path = "/alerts/silences", tag = "alerts", request_body = NewSilence, responses(
    (status = 201, body = KnownSilence), (status = 422, body = Problem)))]
async fn silence(State(web): State<Web>, known: Known, Body(silence): Body<Value>) -> Result<Response> {
    let made = web.ports().alerts.silence(known.caller(), &silence).await?;
    Ok(created(&format!("/alerts/silences/{}", made.id), made))
}

/// End a silence now
#[utoipa::path(delete, path = "/alerts/silences/{id}", tag = "alerts", params(SilencePath), responses(
    (status = 204), (status = 404, body = Problem)))]
async fn end_silence(
    State(web): State<Web>,
    known: Known,
    Path(path): Path<SilencePath>,
) -> Result<StatusCode> {
    web.ports().alerts.end_silence(known.caller(), path.id).await?;
    Ok(StatusCode::NO_CONTENT)
}
