//! `/hooks/registry/{id}`: where registries tell that something was pushed. They have no session: a secret lets them in.

use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, State};
use http::{HeaderMap, StatusCode, header};
use model::id::RegistryId;
use model::problem::Problem;
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::http::Web;
use crate::http::extract::Path;
use crate::http::problem::Result;

/// Largest notification; the Distribution registry sends several events in one.
const BODY_MAX: usize = 1 << 20;

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
struct HookPath {
    /// Id of the registry
    id: RegistryId,
}

pub fn routes() -> OpenApiRouter<Web> {
    OpenApiRouter::new().routes(routes!(take)).layer(DefaultBodyLimit::max(BODY_MAX))
}

/// Take a notification of Harbor (default or CloudEvents) or of the Distribution registry
///
/// The header `Authorization` holds the secret that was shown when the registry was added, alone or behind a scheme.
#[utoipa::path(post, path = "/hooks/registry/{id}", tag = "registries", params(HookPath), security(()),
    request_body(content = serde_json::Value, content_type = "application/json"), responses(
    (status = 204), (status = 400, body = Problem), (status = 401, body = Problem), (status = 404, body = Problem)))]
async fn take(
    State(web): State<Web>,
    Path(path): Path<HookPath>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<StatusCode> {
    let shown = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    web.hooks().take(path.id, shown, &body).await?;
    Ok(StatusCode::NO_CONTENT)
}
