//! Measurements of an app, and where its instances tell their own.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::State;
use model::duration::Span;
use model::id::EnvironmentName;
use model::metric::{self, Data, Intake, Range};
use model::problem::{Fault, FieldError, Problem};
use serde::{Deserialize, Serialize};
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
const SCRAPE_TIMEOUT_MS: u64 = 10_000;
const RANGE_DEFAULT: Span = Span::from_secs(3_600);

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct AppMetricsQuery {
    /// cpu, memory, threads, file_descriptors, restarts, or an expression for the environment's source in which `{{app}}` and `{{environment}}` stand for this app
    query: String,
    /// How far back, such as 1h
    #[serde(default)]
    range: Option<Span>,
}

/// Targets that share their labels, as Prometheus' HTTP service discovery takes them.
#[derive(Debug, Serialize, ToSchema)]
struct TargetGroup {
    targets: Vec<String>,
    labels: BTreeMap<&'static str, String>,
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
struct EnvironmentPath {
    /// Environment
    env: EnvironmentName,
}

pub fn routes() -> OpenApiRouter<Web> {
    OpenApiRouter::new().routes(routes!(app_metrics)).routes(routes!(intake)).routes(routes!(targets))
}

/// Charts of one app
#[utoipa::path(get, path = "/environments/{env}/apps/{app}/metrics", tag = "metrics", params(AppPath, AppMetricsQuery),
    responses((status = 200, body = metric::Answer), (status = 404, body = Problem)))]
async fn app_metrics(
    State(web): State<Web>,
    known: Known,
    Path(path): Path<AppPath>,
    Query(query): Query<AppMetricsQuery>,
) -> Result<Json<metric::Answer>> {
    let key = path.key();
    let revision = web.ports().apps.get(known.caller(), &key).await?.summary.revision;
    let of_app = |name: &str| metric::of_app(name, &key);
    // What the console measures is in its own store, whichever source the environment has.
    let (expression, of) = match query.query.as_str() {
        "cpu" => (of_app(metric::CPU), None),
        "memory" => (of_app(metric::MEMORY), None),
        "threads" => (of_app(metric::THREADS), None),
        "file_descriptors" => (of_app(metric::FILE_DESCRIPTORS), None),
        "restarts" => (of_app(metric::RESTARTS), None),
        other => (metric::fill(other, &key, revision), Some(&key.environment)),
    };
    let length = query.range.unwrap_or(RANGE_DEFAULT);
    if length.as_millis() == 0 {
        let fault = Fault::Other { reason: "must be longer than nothing".to_owned() };
        return Err(Failure(Problem::invalid(vec![FieldError::new("/range", fault)])));
    }
    let end = web.clock().now();
    let step_ms = (length.as_millis() / POINTS).max(1_000);
    let range = Range { start: end.minus(length.duration()), end, step_ms };
    let series = web.ports().metrics.query_range(known.caller(), of, &expression, range).await?;
    Ok(Json(metric::Answer::success(Data::matrix(series))))
}

/// What is kept of the measurements that an app sends by StatsD; null where none is received
#[utoipa::path(get, path = "/environments/{env}/apps/{app}/metrics/intake", tag = "metrics", params(AppPath),
    responses((status = 200, body = Option<Intake>), (status = 404, body = Problem)))]
async fn intake(
    State(web): State<Web>,
    known: Known,
    Path(path): Path<AppPath>,
) -> Result<Json<Option<Intake>>> {
    let key = path.key();
    web.ports().apps.get(known.caller(), &key).await?;
    Ok(Json(web.ports().metrics.intake(known.caller(), &key).await?))
}

/// The instances that tell their own figures, for a Prometheus server's HTTP service discovery
#[utoipa::path(get, path = "/environments/{env}/targets", tag = "metrics", params(EnvironmentPath),
    responses((status = 200, body = Vec<TargetGroup>), (status = 404, body = Problem)))]
async fn targets(
    State(web): State<Web>,
    known: Known,
    Path(path): Path<EnvironmentPath>,
) -> Result<Json<Vec<TargetGroup>>> {
    web.ports().environments.get(known.caller(), &path.env).await?;
    let targets = web.ports().metrics.targets(known.caller(), &path.env).await?;
    let groups = targets.into_iter().map(|target| TargetGroup {
        targets: vec![target.address],
        labels: BTreeMap::from([
            ("__metrics_path__", target.path),
            ("__scrape_interval__", format!("{}ms", target.interval.as_millis())),
            // Prometheus takes no target whose timeout, ten seconds by itself, is longer than its interval.
            ("__scrape_timeout__", format!("{}ms", target.interval.as_millis().min(SCRAPE_TIMEOUT_MS))),
            ("environment", target.app.environment.to_string()),
            ("app", target.app.app.to_string()),
            ("revision", target.revision.to_string()),
            ("instance", target.instance.to_string()),
        ]),
    });
    Ok(Json(groups.collect()))
}
