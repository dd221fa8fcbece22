//! Environments whose measurements are asked of a real Prometheus or a real Graphite.

#[expect(dead_code, reason = "the crash test needs more of it")]
mod console;

use std::time::{Duration, Instant};

use adapters::metrics::Sample;
use adapters::metrics::contract::{now, servers};
use console::Console;
use model::time::Timestamp;
use reqwest::Method;
use serde_json::{Value, json};

const ENVIRONMENT: &str = "/api/v1/environments/local";
const SHOP: &str = "/api/v1/environments/local/apps/shop";
const LIMIT: Duration = Duration::from_mins(1);

async fn started() -> Console {
    let mut console = Console::new(env!("CARGO_BIN_EXE_quarterdeck"));
    console.start().await;
    let definition =
        json!({ "command": [console.binary, "demo"], "instances": 1, "ports": [{ "name": "http" }] });
    let body = json!({ "name": "shop", "definition": definition });
    console.post("/api/v1/environments/local/apps", &body).await;
    console
}

/// Status and body of an answer.
async fn ask(console: &Console, method: Method, path: &str, body: Option<&Value>) -> (u16, Value) {
    let request = console.request(method, path);
    let request = match body {
        Some(body) => request.json(body),
        None => request,
    };
    let answer = request.send().await.expect("an answer");
    (answer.status().as_u16(), answer.json().await.unwrap_or_default())
}

async fn set(console: &Console, metrics: Value) -> (u16, Value) {
    let body = json!({ "name": "local", "engine": { "kind": "local" }, "metrics": metrics });
    ask(console, Method::PUT, ENVIRONMENT, Some(&body)).await
}

async fn page(console: &Console, path: &str) -> String {
    let answer = console.request(Method::GET, path).send().await.expect("a page");
    answer.text().await.expect("a page")
}

/// What a page says in its body, to find out why.
fn said(page: &str) -> &str {
    page.find("metrics-form").map_or(page, |at| &page[at..(at + 6_000).min(page.len())])
}

fn encoded(text: &str) -> String {
    url::form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

/// Orders of the last minutes, of one more each.
fn orders(end: Timestamp) -> Vec<Sample> {
    let sample = |step: u32| Sample {
        metric: "shop_orders_total".to_owned(),
        labels: vec![("environment".to_owned(), "local".to_owned()), ("app".to_owned(), "shop".to_owned())],
        time: end.minus(Duration::from_secs(u64::from(59 - step) * 5)),
        value: f64::from(step),
    };
    (0..60).map(sample).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_environment_is_measured_by_a_prometheus() {
    let end = now();
    let Some(server) = servers::prometheus(&orders(end)).await else { return };
    let console = started().await;
    let (status, answer) = set(&console, json!({ "kind": "prometheus", "url": server.url })).await;
    assert_eq!((status, &answer["metrics"]["kind"]), (200, &json!("prometheus")), "{answer}");
    let (_, test) = ask(&console, Method::POST, &format!("{ENVIRONMENT}/metrics/test"), None).await;
    assert_eq!(test["ok"], true, "{test}");
    assert!(test["version"].as_str().is_some_and(|version| version.starts_with("Prometheus 2.")), "{test}");

    let query = encoded(r#"rate(shop_orders_total{app="{{app}}"}[1m])"#);
    let (_, found) =
        ask(&console, Method::GET, &format!("{SHOP}/metrics?query={query}&range=5m"), None).await;
    let values = &found["data"]["result"][0]["values"];
    assert!(values.as_array().is_some_and(|values| values.len() > 10), "{found}");
    let rate = |value: &Value| value[1].as_str().and_then(|text| text.parse::<f64>().ok());
    let steady = values.as_array().and_then(|values| values.get(100)).and_then(rate);
    assert!(steady.is_some_and(|rate| (rate - 0.2).abs() < 1e-9), "one in five seconds: {steady:?}");
    let time = end.as_millis() / 1_000;
    let here = format!("/api/v1/query?query=shop_orders_total&time={time}");
    let (_, own) = ask(&console, Method::GET, &here, None).await;
    assert_eq!(own["data"]["result"], json!([]), "the console's own store has none");
    let (_, theirs) = ask(&console, Method::GET, &format!("{here}&environment=local"), None).await;
    assert_eq!(theirs["data"]["result"][0]["value"][1], "59", "{theirs}");
    let (_, names) =
        ask(&console, Method::GET, "/api/v1/label/__name__/values?environment=local", None).await;
    assert_eq!(names["data"], json!(["shop_orders_total"]));
    let (status, _) = ask(&console, Method::GET, &format!("{here}&environment=nowhere"), None).await;
    assert_eq!(status, 404);

    // Its use is the console's own, and the explorer is the Prometheus'.
    let began = Instant::now();
    loop {
        let (_, cpu) = ask(&console, Method::GET, &format!("{SHOP}/metrics?query=cpu"), None).await;
        if cpu["data"]["result"].as_array().is_some_and(|series| !series.is_empty()) {
            break;
        }
        assert!(began.elapsed() < LIMIT, "{cpu}");
        tokio::time::sleep(Duration::from_millis(300)).await;
    }
    let shown = page(&console, &format!("/environments/local/apps/shop/metrics?query={query}")).await;
    assert!(shown.contains("shop_orders_total"), "its names are offered");
    assert!(shown.contains("class=\"s0\""), "it is drawn: {}", said(&shown));

    // A check that asks it holds a deployment back.
    let check = |max: f64| json!({ "kind": "metric", "name": "orders", "query": "max(shop_orders_total)", "threshold": { "max": max }, "background": true });
    let plan = format!("{SHOP}/plan");
    let definition = |check: Value| json!({ "definition": { "command": [console.binary, "demo"], "ports": [{ "name": "http" }], "checks": [check] } });
    let (_, fine) = ask(&console, Method::POST, &plan, Some(&definition(check(1.0)))).await;
    assert_eq!(fine["errors"].as_array().map_or(0, Vec::len), 0, "{fine}");
    let mut wrong = check(1.0);
    wrong["query"] = json!("no_such_function(shop_orders_total)");
    let (_, wrong) = ask(&console, Method::POST, &plan, Some(&definition(wrong))).await;
    assert!(wrong.to_string().contains("unknown function"), "the Prometheus says what is wrong: {wrong}");

    drop(server);
    let (_, test) = ask(&console, Method::POST, &format!("{ENVIRONMENT}/metrics/test"), None).await;
    assert_eq!(test["ok"], false, "{test}");
    let began = Instant::now();
    let (status, away) = ask(&console, Method::GET, &format!("{SHOP}/metrics?query={query}"), None).await;
    assert_eq!((status, &away["code"]), (503, &json!("metrics_unavailable")), "{away}");
    let shown = page(&console, &format!("/environments/local/apps/shop/metrics?query={query}")).await;
    assert!(shown.contains("does not answer"), "the page says why");
    assert!(began.elapsed() < Duration::from_secs(2), "nobody waits for what is away: {:?}", began.elapsed());
    let (status, back) = set(&console, json!({ "kind": "embedded" })).await;
    assert_eq!((status, &back["metrics"]), (200, &json!({ "kind": "embedded" })));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_environment_is_measured_by_a_graphite_in_its_own_words() {
    let end = now();
    let Some(server) = servers::graphite(&orders(end)).await else { return };
    let console = started().await;
    let (status, answer) = set(&console, json!({ "kind": "graphite", "url": server.url })).await;
    assert_eq!(status, 200, "{answer}");
    let (_, test) = ask(&console, Method::POST, &format!("{ENVIRONMENT}/metrics/test"), None).await;
    assert!(test["version"].as_str().is_some_and(|version| version.starts_with("Graphite 1.")), "{test}");
    let expression = "maxSeries(shop_orders_total.{{environment}}.{{app}})";
    let query = encoded(expression);
    let (_, found) =
        ask(&console, Method::GET, &format!("{SHOP}/metrics?query={query}&range=5m"), None).await;
    let values = found["data"]["result"][0]["values"].as_array().cloned().unwrap_or_default();
    assert!(values.len() > 10, "{found}");
    let shown = page(&console, &format!("/environments/local/apps/shop/metrics?query={query}")).await;
    assert!(shown.contains("Graphite expression"), "marked as what it is");
    assert!(shown.contains("shop_orders_total.local.shop"), "its names are offered");
    assert!(shown.contains("class=\"s0\""), "it is drawn: {}", said(&shown));
    // The autoscaler asks it too, and a policy with a mistake is refused.
    let policy = |query: &str| json!({ "enabled": true, "min": 1, "max": 2, "targets": [{ "kind": "query", "query": query, "per": "instance", "value": 100 }] });
    let autoscaler = format!("{SHOP}/autoscaler");
    let (status, answer) = ask(&console, Method::PUT, &autoscaler, Some(&policy(expression))).await;
    assert_eq!(status, 200, "{answer}");
    let (status, answer) =
        ask(&console, Method::PUT, &autoscaler, Some(&policy("noSuchFunction(a.b)"))).await;
    assert_eq!(status, 422, "{answer}");
    assert!(answer.to_string().contains("noSuchFunction"), "{answer}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_secret_is_kept_for_its_server_and_told_to_nobody() {
    let console = started().await;
    let settings = |url: &str, token: Option<&str>| {
        let mut authentication = json!({ "kind": "bearer" });
        if let Some(token) = token {
            authentication["token"] = json!(token);
        }
        json!({ "kind": "prometheus", "url": url, "authentication": authentication })
    };
    let here = "http://127.0.0.1:1/prometheus";
    let (status, answer) = set(&console, settings(here, Some("s3cret-of-a-test"))).await;
    assert_eq!(status, 200, "{answer}");
    assert!(!answer.to_string().contains("s3cret"), "{answer}");
    let (_, audit) = ask(&console, Method::GET, "/api/v1/audit", None).await;
    assert!(audit.to_string().contains("prometheus") && !audit.to_string().contains("s3cret"), "{audit}");
    assert!(!page(&console, "/settings/environments/local").await.contains("s3cret"));
    let (status, _) = set(&console, settings(here, None)).await;
    assert_eq!(status, 200, "the one that is kept stays");
    let (status, answer) = set(&console, settings("http://127.0.0.1:2", None)).await;
    assert_eq!((status, &answer["errors"][0]["path"]), (422, &json!("/metrics/authentication/token")));
    let (status, answer) =
        set(&console, json!({ "kind": "prometheus", "url": "prom", "ca": "/no/such/file" })).await;
    assert_eq!((status, &answer["errors"][0]["path"]), (422, &json!("/metrics/url")));
    for file in [console.data().join("quarterdeck.db"), console.data().join("quarterdeck.db-wal")] {
        let bytes = std::fs::read(&file).unwrap_or_default();
        assert!(!bytes.windows(16).any(|part| part == b"s3cret-of-a-test"), "{}", file.display());
    }
}
