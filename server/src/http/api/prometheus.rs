//! Prometheus' own query API, so that what speaks to a Prometheus server can speak to the console: its paths, its
//! parameters by query or by form, its answers and its errors.

use axum::Json;
use axum::body::Bytes;
use axum::extract::{FromRequest, Request, State};
use axum::response::{IntoResponse, Response};
use http::{Method, StatusCode, header};
use model::id::EnvironmentName;
use model::metric::{Answer, Data, Labels, Range, Sample, parse_duration, parse_time};
use model::problem::{Problem, ProblemCode};
use model::time::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::http::Web;
use crate::http::extract::Path;
use crate::http::identity::Known;
use crate::http::problem::{Failure, OwnShape, of_status};

/// Names the form that Prometheus' clients send.
const FORM: &str = "application/x-www-form-urlencoded";

#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "describes what Parameters reads")]
struct InstantQuery {
    /// PromQL
    query: String,
    /// Unix seconds or RFC 3339; now when absent
    time: Option<String>,
    /// Ask the source of this environment, in its language; without it the console's own store
    environment: Option<String>,
}

#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "describes what Parameters reads")]
struct RangeQuery {
    /// PromQL
    query: String,
    /// Unix seconds or RFC 3339
    start: String,
    /// Unix seconds or RFC 3339
    end: String,
    /// Seconds or a duration such as 1m30s
    step: String,
    /// Ask the source of this environment, in its language; without it the console's own store
    environment: Option<String>,
}

#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "describes what Parameters reads")]
struct SeriesQuery {
    /// Selectors such as `up{app="shop"}`; may be given more than once
    #[param(rename = "match[]")]
    matches: Option<Vec<String>>,
    /// Unix seconds or RFC 3339: only series with a sample since then
    start: Option<String>,
    /// Unix seconds or RFC 3339: only series with a sample before
    end: Option<String>,
    /// Most that are answered; 0 for all
    limit: Option<usize>,
    /// Ask the source of this environment, with its selectors; without it the console's own store
    environment: Option<String>,
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
struct LabelPath {
    /// Label; `__name__` for the names of metrics
    name: String,
}

/// Names or values.
#[derive(Debug, Serialize, ToSchema)]
struct Texts {
    status: &'static str,
    data: Vec<String>,
}

/// The labels of each series.
#[derive(Debug, Serialize, ToSchema)]
struct SeriesAnswer {
    status: &'static str,
    data: Vec<Labels>,
}

pub fn routes() -> OpenApiRouter<Web> {
    OpenApiRouter::new()
        .routes(routes!(query, query_by_form))
        .routes(routes!(query_range, query_range_by_form))
        .routes(routes!(labels, labels_by_form))
        .routes(routes!(values))
        .routes(routes!(series, series_by_form))
}

/// The value of a PromQL expression at one moment
#[utoipa::path(get, path = "/query", tag = "metrics", params(InstantQuery), responses(
    (status = 200, body = Answer), (status = 400, body = Answer)))]
async fn query(State(web): State<Web>, known: Known, parameters: Parameters) -> Result<Json<Answer>> {
    let query = parameters.required("query")?;
    let time = parameters.time("time")?;
    let at = time.unwrap_or_else(|| web.clock().now());
    let of = parameters.environment(&web, &known).await?;
    let mut series = web.ports().metrics.query(known.caller(), of.as_ref(), query, Some(at)).await?;
    // Prometheus tells the moment that was asked about, not that of the last sample before it.
    for point in series.iter_mut().filter_map(|series| series.points.last_mut()) {
        point.0 = at.as_millis();
    }
    let is_scalar = web.ports().metrics.is_scalar(query);
    let scalar = series.first().and_then(|series| series.points.last()).filter(|_| is_scalar);
    let data = match scalar {
        Some(point) => Data::Scalar(Sample(*point)),
        None => Data::vector(series),
    };
    Ok(Json(Answer::success(data)))
}

/// The value of a PromQL expression at one moment, with its parameters as a form
#[utoipa::path(post, path = "/query", tag = "metrics", responses(
    (status = 200, body = Answer), (status = 400, body = Answer)))]
async fn query_by_form(web: State<Web>, known: Known, parameters: Parameters) -> Result<Json<Answer>> {
    query(web, known, parameters).await
}

/// A PromQL expression over a window
#[utoipa::path(get, path = "/query_range", tag = "metrics", params(RangeQuery), responses(
    (status = 200, body = Answer), (status = 400, body = Answer)))]
async fn query_range(State(web): State<Web>, known: Known, parameters: Parameters) -> Result<Json<Answer>> {
    let query = parameters.required("query")?;
    let start = parameters.time("start")?.ok_or_else(|| missing("start"))?;
    let end = parameters.time("end")?.ok_or_else(|| missing("end"))?;
    let step = parse_duration(parameters.required("step")?);
    let step =
        step.ok_or_else(|| bad("step must be seconds or a duration such as 30s, and more than nothing"))?;
    let range = Range { start, end, step_ms: u64::try_from(step.as_millis()).unwrap_or(u64::MAX) };
    let of = parameters.environment(&web, &known).await?;
    let series = web.ports().metrics.query_range(known.caller(), of.as_ref(), query, range).await?;
    Ok(Json(Answer::success(Data::matrix(series))))
}

/// A PromQL expression over a window, with its parameters as a form
#[utoipa::path(post, path = "/query_range", tag = "metrics", responses(
    (status = 200, body = Answer), (status = 400, body = Answer)))]
async fn query_range_by_form(web: State<Web>, known: Known, parameters: Parameters) -> Result<Json<Answer>> {
    query_range(web, known, parameters).await
}

/// Names of labels
#[utoipa::path(get, path = "/labels", tag = "metrics", params(SeriesQuery), responses((status = 200, body = Texts)))]
async fn labels(State(web): State<Web>, known: Known, parameters: Parameters) -> Result<Json<Texts>> {
    let found = parameters.series(&web, &known).await?;
    let names = found.iter().flat_map(|labels| labels.keys().cloned());
    Ok(Json(texts(names, parameters.limit()?)))
}

/// Names of labels, with the parameters as a form
#[utoipa::path(post, path = "/labels", tag = "metrics", responses((status = 200, body = Texts)))]
async fn labels_by_form(web: State<Web>, known: Known, parameters: Parameters) -> Result<Json<Texts>> {
    labels(web, known, parameters).await
}

/// Values of a label
#[utoipa::path(get, path = "/label/{name}/values", tag = "metrics", params(LabelPath, SeriesQuery),
    responses((status = 200, body = Texts)))]
async fn values(
    State(web): State<Web>,
    known: Known,
    Path(path): Path<LabelPath>,
    parameters: Parameters,
) -> Result<Json<Texts>> {
    let found = parameters.series(&web, &known).await?;
    let values = found.iter().filter_map(|labels| labels.get(&path.name).cloned());
    Ok(Json(texts(values, parameters.limit()?)))
}

/// The series that selectors match
#[utoipa::path(get, path = "/series", tag = "metrics", params(SeriesQuery), responses(
    (status = 200, body = SeriesAnswer), (status = 400, body = Answer)))]
async fn series(State(web): State<Web>, known: Known, parameters: Parameters) -> Result<Json<SeriesAnswer>> {
    if parameters.selectors().is_empty() {
        return Err(bad("no match[] parameter provided"));
    }
    let mut data = parameters.series(&web, &known).await?;
    data.truncate(parameters.limit()?);
    Ok(Json(SeriesAnswer { status: "success", data }))
}

/// The series that selectors match, with the parameters as a form
#[utoipa::path(post, path = "/series", tag = "metrics", responses(
    (status = 200, body = SeriesAnswer), (status = 400, body = Answer)))]
async fn series_by_form(web: State<Web>, known: Known, parameters: Parameters) -> Result<Json<SeriesAnswer>> {
    series(web, known, parameters).await
}

fn texts(all: impl Iterator<Item = String>, limit: usize) -> Texts {
    let sorted: std::collections::BTreeSet<String> = all.collect();
    Texts { status: "success", data: sorted.into_iter().take(limit).collect() }
}

/// Parameters of the address and, of a POST, of the form.
#[derive(Debug)]
struct Parameters(Vec<(String, String)>);

impl<S: Send + Sync> FromRequest<S> for Parameters {
    type Rejection = Refused;

    async fn from_request(request: Request, state: &S) -> Result<Self> {
        let read = |text: &[u8]| url::form_urlencoded::parse(text).into_owned().collect::<Vec<_>>();
        let mut all = read(request.uri().query().unwrap_or_default().as_bytes());
        let kind = request.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
        let form = kind.is_some_and(|kind| kind.split(';').next().unwrap_or_default().trim() == FORM);
        if request.method() == Method::POST && form {
            let body = Bytes::from_request(request, state).await;
            all.extend(read(&body.map_err(|rejection| Refused(of_status(rejection.status())))?));
        }
        all.retain(|(_, value)| !value.is_empty());
        Ok(Self(all))
    }
}

impl Parameters {
    fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    fn required(&self, name: &'static str) -> Result<&str> {
        self.get(name).ok_or_else(|| missing(name))
    }

    fn time(&self, name: &'static str) -> Result<Option<Timestamp>> {
        let read = |text| {
            parse_time(text).ok_or_else(|| {
                bad(&format!("{name} must be Unix seconds or a time such as 2026-01-31T12:00:00Z"))
            })
        };
        self.get(name).map(read).transpose()
    }

    fn limit(&self) -> Result<usize> {
        let Some(text) = self.get("limit") else { return Ok(usize::MAX) };
        let limit: usize = text.parse().map_err(|_| bad("limit must be a number"))?;
        Ok(if limit == 0 { usize::MAX } else { limit })
    }

    /// Whose source is to be asked; without one the console's own store.
    async fn environment(&self, web: &Web, known: &Known) -> Result<Option<EnvironmentName>> {
        let Some(text) = self.get("environment") else { return Ok(None) };
        let name = text.parse().map_err(|_| Problem::not_found("environment", text))?;
        web.ports().environments.get(known.caller(), &name).await?;
        Ok(Some(name))
    }

    fn selectors(&self) -> Vec<String> {
        let matches = self.0.iter().filter(|(name, _)| name == "match[]");
        matches.map(|(_, selector)| selector.clone()).collect()
    }

    async fn series(&self, web: &Web, known: &Known) -> Result<Vec<Labels>> {
        let window = match (self.time("start")?, self.time("end")?) {
            (None, None) => None,
            (start, end) => {
                let start = start.unwrap_or(Timestamp::from_millis(0));
                Some((start, end.unwrap_or_else(|| web.clock().now())))
            }
        };
        let of = self.environment(web, known).await?;
        Ok(web.ports().metrics.series(known.caller(), of.as_ref(), &self.selectors(), window).await?)
    }
}

fn missing(name: &'static str) -> Refused {
    bad(&format!("{name} is missing"))
}

fn bad(detail: &str) -> Refused {
    Refused(Problem::new(ProblemCode::Malformed, detail))
}

type Result<T> = std::result::Result<T, Refused>;

/// A problem, told as Prometheus tells it where Prometheus has words for it.
#[derive(Debug)]
struct Refused(Problem);

impl From<Problem> for Refused {
    fn from(problem: Problem) -> Self {
        Self(problem)
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        let (status, kind) = match self.0.code {
            ProblemCode::Malformed | ProblemCode::Invalid => (StatusCode::BAD_REQUEST, "bad_data"),
            ProblemCode::StoreUnavailable | ProblemCode::MetricsUnavailable => {
                (StatusCode::SERVICE_UNAVAILABLE, "unavailable")
            }
            _ => return Failure(self.0).into_response(),
        };
        let fields: Vec<&str> = self.0.errors.iter().map(|error| error.message.as_str()).collect();
        let words = if fields.is_empty() { self.0.detail.clone() } else { fields.join("; ") };
        let body = json!({ "status": "error", "errorType": kind, "error": words });
        let mut response = (status, Json(body)).into_response();
        response.extensions_mut().insert(OwnShape);
        response
    }
}
