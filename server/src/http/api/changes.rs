//! The verbs of an app: scale, restart, suspend, resume, rollback, promote, reset-delay.

use axum::Json;
use axum::extract::State;
use http::StatusCode;
use model::api::{Accepted, Reasoned, Restart, Rollback, Scale};
use model::problem::Problem;
use model::release::{Promote, Promotion};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::AppPath;
use crate::http::Web;
use crate::http::extract::{Json as Body, Path};
use crate::http::identity::Known;
use crate::http::problem::Result;

type Answer = Result<(StatusCode, Json<Accepted>)>;

pub fn routes() -> OpenApiRouter<Web> {
    OpenApiRouter::new()
        .routes(routes!(scale))
        .routes(routes!(restart))
        .routes(routes!(suspend))
        .routes(routes!(resume))
        .routes(routes!(rollback))
        .routes(routes!(promote))
        .routes(routes!(plan_promotion))
        .routes(routes!(reset_delay))
}

fn accepted(accepted: Accepted) -> (StatusCode, Json<Accepted>) {
    (StatusCode::ACCEPTED, Json(accepted))
}

/// Change the wanted count: `{"instances": 5}` or `{"by": -1}`
#[utoipa::path(post, path = "/environments/{env}/apps/{app}/scale", tag = "apps", params(AppPath), request_body = Scale,
    responses((status = 202, body = Accepted), (status = 422, body = Problem)))]
async fn scale(
    State(web): State<Web>,
    known: Known,
    Path(path): Path<AppPath>,
    Body(input): Body<Scale>,
) -> Answer {
    Ok(accepted(web.ports().apps.scale(known.caller(), &path.key(), input).await?))
}

/// Replace every instance by a new one of the same revision, by the app's strategy
#[utoipa::path(post, path = "/environments/{env}/apps/{app}/restart", tag = "apps", params(AppPath),
    request_body = Restart, responses((status = 202, body = Accepted), (status = 409, body = Problem)))]
async fn restart(
    State(web): State<Web>,
    known: Known,
    Path(path): Path<AppPath>,
    Body(input): Body<Restart>,
) -> Answer {
    Ok(accepted(web.ports().apps.restart(known.caller(), &path.key(), input).await?))
}

/// Stop all instances and remember how many there were
#[utoipa::path(post, path = "/environments/{env}/apps/{app}/suspend", tag = "apps", params(AppPath),
    request_body = Reasoned, responses((status = 202, body = Accepted), (status = 409, body = Problem)))]
async fn suspend(
    State(web): State<Web>,
    known: Known,
    Path(path): Path<AppPath>,
    Body(input): Body<Reasoned>,
) -> Answer {
    Ok(accepted(web.ports().apps.suspend(known.caller(), &path.key(), input).await?))
}

/// Start as many instances as there were before the suspension
#[utoipa::path(post, path = "/environments/{env}/apps/{app}/resume", tag = "apps", params(AppPath),
    request_body = Reasoned, responses((status = 202, body = Accepted), (status = 409, body = Problem)))]
async fn resume(
    State(web): State<Web>,
    known: Known,
    Path(path): Path<AppPath>,
    Body(input): Body<Reasoned>,
) -> Answer {
    Ok(accepted(web.ports().apps.resume(known.caller(), &path.key(), input).await?))
}

/// Go back to an earlier revision
#[utoipa::path(post, path = "/environments/{env}/apps/{app}/rollback", tag = "apps", params(AppPath),
    request_body = Rollback, responses((status = 202, body = Accepted), (status = 404, body = Problem)))]
async fn rollback(
    State(web): State<Web>,
    known: Known,
    Path(path): Path<AppPath>,
    Body(input): Body<Rollback>,
) -> Answer {
    Ok(accepted(web.ports().apps.rollback(known.caller(), &path.key(), input).await?))
}

/// Bring what is out here to another environment, by the same digest: `{"to": "production"}`
#[utoipa::path(post, path = "/environments/{env}/apps/{app}/promote", tag = "apps", params(AppPath),
    request_body = Promote, responses((status = 202, body = Accepted), (status = 409, body = Problem),
    (status = 422, body = Problem)))]
async fn promote(
    State(web): State<Web>,
    known: Known,
    Path(path): Path<AppPath>,
    Body(input): Body<Promote>,
) -> Answer {
    Ok(accepted(web.ports().apps.promote(known.caller(), &path.key(), input).await?))
}

/// What promoting would do: the plan there, and whether the same is out already
#[utoipa::path(post, path = "/environments/{env}/apps/{app}/promote/plan", tag = "apps", params(AppPath),
    request_body = Promote, responses((status = 200, body = Promotion), (status = 404, body = Problem),
    (status = 422, body = Problem)))]
async fn plan_promotion(
    State(web): State<Web>,
    known: Known,
    Path(path): Path<AppPath>,
    Body(input): Body<Promote>,
) -> Result<Json<Promotion>> {
    Ok(Json(web.ports().apps.plan_promotion(known.caller(), &path.key(), &input.to).await?))
}

/// Start at once what waits after crashes
#[utoipa::path(post, path = "/environments/{env}/apps/{app}/reset-delay", tag = "apps", params(AppPath),
    request_body = Reasoned, responses((status = 204), (status = 404, body = Problem)))]
async fn reset_delay(
    State(web): State<Web>,
    known: Known,
    Path(path): Path<AppPath>,
    Body(input): Body<Reasoned>,
) -> Result<StatusCode> {
    web.ports().apps.reset_delay(known.caller(), &path.key(), input).await?;
    Ok(StatusCode::NO_CONTENT)
}
