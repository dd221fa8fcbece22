//! Asking the console's API from the browser.

use model::api::{Accepted, LogLine, LogsQuery, Plan, UpdateApp};
use model::id::AppKey;
use model::problem::{Problem, ProblemCode};

/// What the update, or the creation, would do.
pub async fn plan(environment: &str, name: &str, input: &UpdateApp) -> Result<Plan, Problem> {
    post(&format!("/api/v1/environments/{environment}/apps/{name}/plan"), input).await
}

#[derive(serde::Deserialize)]
struct Lines {
    items: Vec<LogLine>,
}

/// The newest log lines that the query asks for.
pub async fn logs(key: &AppKey, query: &LogsQuery) -> Result<Vec<LogLine>, Problem> {
    let instance = query.instance.as_ref().map_or("", |instance| &instance.0);
    let limit = query.limit.unwrap_or(40).to_string();
    let query = crate::paths::query(&[("instance", instance), ("limit", &limit)]);
    let path = format!("/api/v1/environments/{}/apps/{}/logs{query}", key.environment, key.app);
    send::<Lines>("GET", &path, None).await.map(|lines| lines.items)
}

/// One of the verbs of an app: `scale`, `restart`, `suspend` ...
pub async fn act(key: &AppKey, verb: &str, input: &impl serde::Serialize) -> Result<Accepted, Problem> {
    post(&format!("/api/v1/environments/{}/apps/{}/{verb}", key.environment, key.app), input).await
}

/// Posts `body` as JSON and reads the answer.
pub async fn post<T: serde::de::DeserializeOwned>(
    path: &str,
    body: &impl serde::Serialize,
) -> Result<T, Problem> {
    let text = serde_json::to_string(body).map_err(|_| unreachable())?;
    send("POST", path, Some(text)).await
}

fn unreachable() -> Problem {
    Problem::new(ProblemCode::StoreUnavailable, "The console does not answer.")
}

#[cfg(feature = "hydrate")]
async fn send<T: serde::de::DeserializeOwned>(
    method: &str,
    path: &str,
    body: Option<String>,
) -> Result<T, Problem> {
    use wasm_bindgen::{JsCast, JsValue};
    use wasm_bindgen_futures::JsFuture;
    use web_sys::{Headers, RequestInit, Response};

    let exchange = async {
        let headers = Headers::new()?;
        headers.set("content-type", "application/json")?;
        headers.set("accept", "application/json")?;
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
    let (ok, text) = exchange.await.map_err(|_| unreachable())?;
    if ok {
        serde_json::from_str(&text).map_err(|_| unreachable())
    } else {
        Err(serde_json::from_str(&text).unwrap_or_else(|_| unreachable()))
    }
}

#[cfg(not(feature = "hydrate"))]
#[expect(clippy::unused_async, reason = "the browser's has the same signature")]
async fn send<T>(_method: &str, _path: &str, _body: Option<String>) -> Result<T, Problem> {
    Err(unreachable())
}
