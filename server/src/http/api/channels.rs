//! `/channels`: where people are told, and what came of each message.

use axum::Json;
use axum::extract::State;
use axum::response::Response;
use http::StatusCode;
use model::api::{Page, PageQuery};
use model::channel::{Channel, ChannelInput, ChannelTest, Delivery};
use model::id::ChannelName;
use model::problem::Problem;
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{List, created};
use crate::http::Web;
use crate::http::extract::{Json as Body, Path, Query};
use crate::http::identity::Known;
use crate::http::problem::Result;

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
struct ChannelPath {
    /// Channel
    channel: ChannelName,
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
struct DeliveryPath {
    /// Channel
    channel: ChannelName,
    /// Delivery
    delivery: i64,
}

pub fn routes() -> OpenApiRouter<Web> {
    OpenApiRouter::new()
        .routes(routes!(list, create))
        .routes(routes!(get, update, delete))
        .routes(routes!(test))
        .routes(routes!(deliveries))
        .routes(routes!(retry))
}

/// All channels, with what was last tried and how many messages wait
#[utoipa::path(get, path = "/channels", tag = "channels", responses((status = 200, body = List<Channel>)))]
async fn list(State(web): State<Web>, known: Known) -> Result<Json<List<Channel>>> {
    Ok(Json(web.ports().channels.list(known.caller()).await?.into()))
}

/// Add a channel; its web address, secret and password are only ever written
#[utoipa::path(post, path = "/channels", tag = "channels", request_body = ChannelInput, responses(
    (status = 201, body = Channel), (status = 409, body = Problem), (status = 422, body = Problem)))]
async fn create(State(web): State<Web>, known: Known, Body(input): Body<ChannelInput>) -> Result<Response> {
    let made = web.ports().channels.create(known.caller(), input).await?;
    Ok(created(&format!("/channels/{}", made.settings.name), made))
}

/// One channel
#[utoipa::path(get, path = "/channels/{channel}", tag = "channels", params(ChannelPath), responses(
    (status = 200, body = Channel), (status = 404, body = Problem)))]
async fn get(State(web): State<Web>, known: Known, Path(path): Path<ChannelPath>) -> Result<Json<Channel>> {
    Ok(Json(web.ports().channels.get(known.caller(), &path.channel).await?))
}

/// Change a channel; an absent address stays as it is with its secret, and so does an absent password
#[utoipa::path(put, path = "/channels/{channel}", tag = "channels", params(ChannelPath), request_body = ChannelInput,
    responses((status = 200, body = Channel), (status = 404, body = Problem), (status = 422, body = Problem)))]
async fn update(
    State(web): State<Web>,
    known: Known,
    Path(path): Path<ChannelPath>,
    Body(input): Body<ChannelInput>,
) -> Result<Json<Channel>> {
    Ok(Json(web.ports().channels.update(known.caller(), &path.channel, input).await?))
}

/// Remove a channel with its history; what waits for it is not sent
#[utoipa::path(delete, path = "/channels/{channel}", tag = "channels", params(ChannelPath), responses(
    (status = 204), (status = 404, body = Problem)))]
async fn delete(State(web): State<Web>, known: Known, Path(path): Path<ChannelPath>) -> Result<StatusCode> {
    web.ports().channels.delete(known.caller(), &path.channel).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Send a test message now; that it does not arrive is an answer, not an error
#[utoipa::path(post, path = "/channels/{channel}/test", tag = "channels", params(ChannelPath), responses(
    (status = 200, body = ChannelTest), (status = 404, body = Problem)))]
async fn test(
    State(web): State<Web>,
    known: Known,
    Path(path): Path<ChannelPath>,
) -> Result<Json<ChannelTest>> {
    Ok(Json(web.ports().channels.test(known.caller(), &path.channel).await?))
}

/// Messages to it, newest first: those that wait, and those of the past 30 days, 500 together
#[utoipa::path(get, path = "/channels/{channel}/deliveries", tag = "channels", params(ChannelPath, PageQuery), responses(
    (status = 200, body = Page<Delivery>), (status = 404, body = Problem)))]
async fn deliveries(
    State(web): State<Web>,
    known: Known,
    Path(path): Path<ChannelPath>,
    Query(page): Query<PageQuery>,
) -> Result<Json<Page<Delivery>>> {
    Ok(Json(web.ports().channels.deliveries(known.caller(), &path.channel, &page).await?))
}

/// Send a message that was given up, or that waits, once more and at once
#[utoipa::path(post, path = "/channels/{channel}/deliveries/{delivery}/retry", tag = "channels", params(DeliveryPath),
    responses((status = 202, body = Delivery), (status = 404, body = Problem), (status = 409, body = Problem)))]
async fn retry(
    State(web): State<Web>,
    known: Known,
    Path(path): Path<DeliveryPath>,
) -> Result<(StatusCode, Json<Delivery>)> {
    let delivery = web.ports().channels.retry(known.caller(), &path.channel, path.delivery).await?;
    Ok((StatusCode::ACCEPTED, Json(delivery)))
}
