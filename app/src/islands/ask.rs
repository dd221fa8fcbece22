//! Asking the console's API from the palette. Answers are read into as little as is shown.

use std::collections::BTreeMap;

use model::api::Hit;
use model::id::{AppKey, DeploymentId};
use model::problem::{Problem, ProblemCode};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::json;

/// Apps and deployments that match what is typed into the palette.
pub async fn find(text: &str) -> Result<Vec<Hit>, Problem> {
    let body = format!("text={}", crate::paths::encode(text));
    let answer = send("POST", "/api/ui/find", "application/x-www-form-urlencoded", Some(body)).await;
    read(answer, refusal)
}

/// Of [`model::api::Accepted`]: the deployment that carries the change out, if anything had to change.
#[derive(Deserialize)]
struct Accepted {
    deployment: Option<Named>,
}

#[derive(Deserialize)]
struct Named {
    id: DeploymentId,
}

/// One of the verbs of an app: `scale`, `restart`, `suspend` ... The deployment that it became.
pub async fn act(
    key: &AppKey,
    verb: &str,
    input: &impl serde::Serialize,
) -> Result<Option<DeploymentId>, Problem> {
    let path = format!("/api/v1/environments/{}/apps/{}/{verb}", key.environment, key.app);
    let answer = send("POST", &path, JSON, written(input)).await;
    let accepted: Accepted = read(answer, refusal)?;
    Ok(accepted.deployment.map(|deployment| deployment.id))
}

/// Says yes to the gate that a deployment waits at.
pub async fn approve(id: DeploymentId, input: &impl serde::Serialize) -> Result<(), Problem> {
    let answer = send("POST", &format!("/api/v1/deployments/{id}/approve"), JSON, written(input)).await;
    read::<Named>(answer, refusal).map(drop)
}

const JSON: &str = "application/json";

fn written(input: &impl serde::Serialize) -> Option<String> {
    serde_json::to_string(input).ok()
}

/// A [`Problem`] without the mistakes of single fields.
#[derive(Deserialize)]
struct Refusal {
    #[serde(rename = "type")]
    kind: String,
    title: String,
    status: u16,
    detail: String,
    code: ProblemCode,
    #[serde(default)]
    params: BTreeMap<String, String>,
    request_id: Option<String>,
}

fn refusal(text: &str) -> Option<Problem> {
    let Refusal { kind, title, status, detail, code, params, request_id } = json::read(text)?;
    Some(Problem { kind, title, status, detail, code, params, errors: Vec::new(), request_id })
}

fn read<T: DeserializeOwned>(
    answer: Option<(bool, String)>,
    problem: fn(&str) -> Option<Problem>,
) -> Result<T, Problem> {
    match answer {
        Some((true, text)) => json::read(&text).ok_or_else(unreachable),
        Some((false, text)) => Err(problem(&text).unwrap_or_else(unreachable)),
        None => Err(unreachable()),
    }
}

fn unreachable() -> Problem {
    Problem::new(ProblemCode::StoreUnavailable, "The console does not answer.")
}

/// Whether the answer is a good one, and its text; nothing when there is none.
#[cfg(feature = "hydrate")]
async fn send(method: &str, path: &str, kind: &str, body: Option<String>) -> Option<(bool, String)> {
    use wasm_bindgen::{JsCast, JsValue};
    use wasm_bindgen_futures::JsFuture;
    use web_sys::{Headers, RequestInit, Response};

    let exchange = async {
        let headers = Headers::new()?;
        headers.set("content-type", kind)?;
        headers.set("accept", JSON)?;
        let init = RequestInit::new();
        init.set_method(method);
        init.set_headers(&headers);
        if let Some(text) = &body {
            init.set_body(&JsValue::from_str(text));
        }
        let window = web_sys::window().ok_or(JsValue::NULL)?;
        let answer: Response =
            JsFuture::from(window.fetch_with_str_and_init(path, &init)).await?.dyn_into()?;
        let text = JsFuture::from(answer.text()?).await?.as_string().unwrap_or_default();
        Ok::<_, JsValue>((answer.ok(), text))
    };
    exchange.await.ok()
}

#[cfg(not(feature = "hydrate"))]
#[expect(clippy::unused_async, reason = "the browser's has the same signature")]
async fn send(_method: &str, _path: &str, _kind: &str, _body: Option<String>) -> Option<(bool, String)> {
    None
}
