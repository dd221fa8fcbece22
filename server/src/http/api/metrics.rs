//! PromQL in, Prometheus JSON out.

use std::time::Duration;

use axum::Json;
use axum::extract::State;
use chrono::DateTime;
use model::duration::Span;
use model::metric::{self, Range, Series};
use model::problem::{Fault, FieldError, Problem, ProblemCode};
use model::time::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::AppPath;
use crate::http::Web;
use crate::http::extract::{Path, Query};
use crate::http::identity::Known;
use crate::http::problem::{Failure, Result};

/// Points of the chart that an app's metrics answer when no step is asked for.
const POINTS: u64 = 240;
const RANGE_DEFAULT: Span = Span::from_secs(3_600);

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct InstantQuery {
    /// PromQL
    query: String,
    /// Unix seconds or RFC 3339; now when absent
    #[serde(default)]
    time: Option<String>,
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct RangeQuery {
    /// PromQL
    query: String,
    /// Unix seconds or RFC 3339
    start: String,
    /// Unix seconds or RFC 3339
    end: String,
    /// Seconds or a duration such as 30s
    step: String,
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct AppMetricsQuery {
    /// cpu, memory, threads, file_descriptors, restarts, or PromQL in which `{{app}}` and `{{environment}}` stand for this app
    query: String,
    /// How far back, such as 1h
    #[serde(default)]
    range: Option<Span>,
}

/// The answer of Prometheus' own API.
#[derive(Debug, Serialize, ToSchema)]
struct PrometheusAnswer {
    status: &'static str,
    /// `{"resultType": "matrix" | "vector", "result": [...]}`
    data: Value,
}

pub fn routes() -> OpenApiRouter<Web> {
    OpenApiRouter::new().routes(routes!(query)).routes(routes!(query_range)).routes(routes!(app_metrics))
}

/// The value of a PromQL expression at one moment
#[utoipa::path(get, path = "/query", tag = "metrics", params(InstantQuery), responses(
    (status = 200, body = PrometheusAnswer), (status = 422, body = Problem)))]
async fn query(
    State(web): State<Web>,
    known: Known,
    Query(query): Query<InstantQuery>,
) -> Result<Json<PrometheusAnswer>> {
    let time = query.time.as_deref().map(|text| time("time", text)).transpose()?;
    let series = web.ports().metrics.query(known.caller(), &query.query, time).await?;
    let result: Vec<Value> = series
        .iter()
        .filter_map(|series| {
            series.points.last().map(|point| json!({ "metric": series.labels, "value": sample(*point) }))
        })
        .collect();
    Ok(Json(answer("vector", result)))
}

/// A PromQL expression over a window
#[utoipa::path(get, path = "/query_range", tag = "metrics", params(RangeQuery), responses(
    (status = 200, body = PrometheusAnswer), (status = 422, body = Problem)))]
async fn query_range(
    State(web): State<Web>,
    known: Known,
    Query(query): Query<RangeQuery>,
) -> Result<Json<PrometheusAnswer>> {
    let (start, end) = (time("start", &query.start)?, time("end", &query.end)?);
    let step_ms =
        step(&query.step).ok_or_else(|| malformed("step must be seconds or a duration such as 30s."))?;
    let range = Range { start, end, step_ms };
    let series = web.ports().metrics.query_range(known.caller(), &query.query, range).await?;
    Ok(Json(matrix(&series)))
}

/// Charts of one app
#[utoipa::path(get, path = "/environments/{env}/apps/{app}/metrics", tag = "metrics", params(AppPath, AppMetricsQuery),
    responses((status = 200, body = PrometheusAnswer), (status = 404, body = Problem)))]
async fn app_metrics(
    State(web): State<Web>,
    known: Known,
    Path(path): Path<AppPath>,
    Query(query): Query<AppMetricsQuery>,
) -> Result<Json<PrometheusAnswer>> {
    let key = path.key();
    web.ports().apps.get(known.caller(), &key).await?;
    let (environment, app) = (key.environment.as_str(), key.app.as_str());
    let of_app = |name: &str| format!("{name}{{environment=\"{environment}\",app=\"{app}\"}}");
    let expression = match query.query.as_str() {
        "cpu" => of_app(metric::CPU),
        "memory" => of_app(metric::MEMORY),
        "threads" => of_app(metric::THREADS),
        "file_descriptors" => of_app(metric::FILE_DESCRIPTORS),
        "restarts" => of_app(metric::RESTARTS),
        other => other.replace("{{app}}", app).replace("{{environment}}", environment),
    };
    let length = query.range.unwrap_or(RANGE_DEFAULT);
    if length.as_millis() == 0 {
        let fault = Fault::Other { reason: "must be longer than nothing".to_owned() };
        return Err(Failure(Problem::invalid(vec![FieldError::new("/range", fault)])));
    }
    let end = web.clock().now();
    let step_ms = (length.as_millis() / POINTS).max(1_000);
    let range = Range { start: end.minus(length.duration()), end, step_ms };
    let series = web.ports().metrics.query_range(known.caller(), &expression, range).await?;
    Ok(Json(matrix(&series)))
}

fn matrix(series: &[Series]) -> PrometheusAnswer {
    let result = series.iter().map(|series| {
        let values: Vec<Value> = series.points.iter().copied().map(sample).collect();
        json!({ "metric": series.labels, "values": values })
    });
    answer("matrix", result.collect())
}

fn answer(kind: &str, result: Vec<Value>) -> PrometheusAnswer {
    PrometheusAnswer { status: "success", data: json!({ "resultType": kind, "result": result }) }
}

/// Prometheus writes times as seconds and values as text, for the numbers that JSON has not.
fn sample((time, value): (i64, f64)) -> Value {
    let text = if value.is_nan() {
        "NaN".to_owned()
    } else if value.is_infinite() {
        if value > 0.0 { "+Inf".to_owned() } else { "-Inf".to_owned() }
    } else {
        value.to_string()
    };
    json!([time as f64 / 1_000.0, text])
}

fn malformed(detail: &str) -> Failure {
    Failure(Problem::new(ProblemCode::Malformed, detail))
}

fn time(name: &str, text: &str) -> Result<Timestamp> {
    if let Ok(seconds) = text.parse::<f64>() {
        return Ok(Timestamp::from_millis((seconds * 1_000.0) as i64));
    }
    let time = DateTime::parse_from_rfc3339(text).map(|time| time.to_utc().into());
    time.map_err(|_| {
        malformed(&format!("{name} must be Unix seconds or a time such as 2026-01-31T12:00:00Z."))
    })
}

/// Milliseconds, at least 1.
fn step(text: &str) -> Option<u64> {
    let length = match text.parse::<f64>() {
        Ok(seconds) => Duration::try_from_secs_f64(seconds).ok()?,
        Err(_) => text.parse::<Span>().ok()?.duration(),
    };
    u64::try_from(length.as_millis()).ok().filter(|millis| *millis > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_are_seconds_or_durations() {
        assert_eq!(step("15"), Some(15_000));
        assert_eq!(step("0.5"), Some(500));
        assert_eq!(step("1m"), Some(60_000));
        for bad in ["0", "-1", "NaN", "x", "inf"] {
            assert_eq!(step(bad), None, "{bad}");
        }
    }

    #[test]
    fn samples_are_written_as_prometheus_writes_them() {
        assert_eq!(sample((1_500, 0.25)), json!([1.5, "0.25"]));
        assert_eq!(sample((0, f64::NAN)), json!([0.0, "NaN"]));
        assert_eq!(sample((0, f64::NEG_INFINITY)), json!([0.0, "-Inf"]));
    }
}
