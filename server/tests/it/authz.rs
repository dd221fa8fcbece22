//! The sweep: nothing answers a stranger, and nothing lets somebody do what the role does not allow. Routes come from the
//! router's own document, so that a new one is swept too; the lists of exceptions only shrink.

use reqwest::Method;
use serde_json::Value;

use crate::harness::{Client, Console, send};

/// Addresses outside the API that answer everybody.
const OPEN: [&str; 4] = ["/health", "/ready", "/api/docs", "/api/v1/openapi.json"];

/// What a viewer may do although it changes something: tokens are one's own.
const VIEWER_MAY: [(&str, &str); 2] = [("POST", "/api/v1/tokens"), ("DELETE", "/api/v1/tokens/{id}")];

/// Questions that are too long for an address: Prometheus' clients send them as forms.
const READS_BY_POST: [&str; 4] = ["/api/v1/query", "/api/v1/query_range", "/api/v1/labels", "/api/v1/series"];

/// What a secret of its own lets in, and no session: a stranger learns only that there is nothing of that id.
const BY_SECRET: [(&str, &str); 1] = [("POST", "/api/v1/hooks/registry/{id}")];

/// Reads that need more than a viewer's role.
const ADMIN_READS: [&str; 2] = ["/api/v1/users", "/api/v1/audit"];

/// Reads that need an operator's role.
const OPERATOR_READS: [&str; 2] =
    ["/api/v1/environments/{env}/workloads", "/api/v1/environments/{env}/workloads/{workload}"];

/// Every method and path of the API.
async fn routes(console: &Console) -> Vec<(Method, String)> {
    let document: Value = console.anonymous().get("/openapi.json").await.ok().await;
    let paths = document["paths"].as_object().expect("paths");
    let mut routes = Vec::new();
    for (path, item) in paths {
        for name in ["get", "post", "put", "delete"] {
            if item.get(name).is_some() {
                let method = name.to_uppercase().parse().expect("a method");
                routes.push((method, path.clone()));
            }
        }
    }
    assert!(routes.len() > 50, "the document names only {} operations", routes.len());
    routes
}

/// The path with something plausible for each parameter.
fn filled(path: &str) -> String {
    let id = "01890000-0000-7000-8000-000000000000";
    path.replace("{env}", "local")
        .replace("{app}", "shop")
        .replace("{node}", "here")
        .replace("{revision}", "1")
        .replace("{other}", if path.contains("revisions") { "1" } else { id })
        .replace("{instance}", "none")
        .replace("{id}", id)
        .replace("{name}", "shop")
        .replace("{registry}", "harbor")
        .replace("{rule}", "busy")
        .replace("{version}", "1")
        .replace("{token}", "a.b")
        .replace("{workload}", "c0ffee")
        .replace("{project}", "default")
        .replace("{surge}", "sale")
        .replace("{channel}", "ops")
        .replace("{delivery}", "1")
}

/// A request that would pass if permission did.
async fn status(client: &Client, method: &Method, path: &str) -> u16 {
    let request = match *method {
        Method::GET => {
            let query =
                "query=vector(1)&start=1&end=2&step=1&time=2026-01-01T00:00:00.000Z&image=shop&at=1-0";
            client.raw(Method::GET, &format!("{}?{query}", filled(path)))
        }
        _ => client.raw(method.clone(), &filled(path)).json(&body(path)),
    };
    send(request).await.0.status().as_u16()
}

fn body(path: &str) -> Value {
    let definition = serde_json::json!({ "command": ["x"] });
    match path.rsplit('/').next().unwrap_or_default() {
        "apps" => serde_json::json!({ "name": "other", "definition": definition }),
        "plan" if path.contains("/workloads/") => serde_json::json!({ "name": "other" }),
        "plan" if path.contains("/surges") => serde_json::json!({ "name": "x", "factor": 2, "for": "1h" }),
        "plan" => serde_json::json!({ "definition": definition }),
        "adopt" => serde_json::json!({ "name": "other" }),
        "scale" => serde_json::json!({ "instances": 1 }),
        "releases" => serde_json::json!({ "image": "shop:1" }),
        "notes" => serde_json::json!({ "notes": "x" }),
        "bad" => serde_json::json!({ "reason": "x" }),
        "promote" if path.contains("/apps/") => serde_json::json!({ "to": "local" }),
        "panels" => serde_json::json!([{ "title": "Orders", "query": "up" }]),
        "auto-deploy" => serde_json::json!({ "follow": "branch", "branch": "main" }),
        "autoscaler" | "rehearse" => serde_json::json!({
            "enabled": true, "min": 1, "max": 2, "targets": [{ "kind": "cpu", "percent": 70 }]
        }),
        "surges" => serde_json::json!({ "name": "x", "factor": 2, "for": "1h" }),
        "schedules" => serde_json::json!({ "schedules": [] }),
        "rollback" if path.contains("/apps/") => serde_json::json!({ "revision": 1 }),
        "environments" | "{env}" => serde_json::json!({ "name": "staging", "engine": { "kind": "local" } }),
        "registries" | "{registry}" => {
            serde_json::json!({ "name": "harbor", "url": "https://registry.example" })
        }
        "rules" | "{rule}" | "test" if path.contains("/alerts/") => {
            serde_json::json!({ "name": "busy", "query": "vector(1)" })
        }
        "silences" => serde_json::json!({ "labels": { "app": "shop" }, "for": "1h" }),
        "channels" | "{channel}" => {
            serde_json::json!({ "name": "ops", "kind": "slack", "url": "https://hooks.example" })
        }
        "users" => serde_json::json!({ "name": "eve", "password": "a long password", "role": "admin" }),
        "{id}" if path.contains("users") => serde_json::json!({ "role": "admin" }),
        "tokens" => serde_json::json!({ "name": "t", "role": "viewer" }),
        _ => serde_json::json!({}),
    }
}

#[tokio::test]
async fn no_route_of_the_api_answers_a_stranger() {
    let console = Console::empty().await;
    let anonymous = console.anonymous();
    for (method, path) in routes(&console).await {
        let expected = if BY_SECRET.contains(&(method.as_str(), path.as_str())) { 404 } else { 401 };
        assert_eq!(status(&anonymous, &method, &path).await, expected, "{method} {path}");
    }
    assert_eq!(status(&anonymous, &Method::GET, "/metrics").await, 401);
    for path in OPEN {
        assert_eq!(status(&anonymous, &Method::GET, path).await, 200, "{path}");
    }
}

#[tokio::test]
async fn a_viewer_changes_nothing() {
    let console = Console::empty().await;
    console.admin().create("shop", 1).await;
    console.admin().settled("shop").await;
    let vera = console.viewer().await;
    for (method, path) in routes(&console).await {
        let route = (method.as_str(), path.as_str());
        if VIEWER_MAY.contains(&route) || BY_SECRET.contains(&route) {
            continue;
        }
        let status = status(&vera, &method, &path).await;
        let reads = !ADMIN_READS.contains(&path.as_str()) && !OPERATOR_READS.contains(&path.as_str());
        if method == Method::GET && reads {
            assert_ne!(status, 403, "a viewer may read {path}");
        } else if (path.contains("/apps/{app}/") && path.ends_with("/plan"))
            || READS_BY_POST.contains(&path.as_str())
        {
            assert!(status != 401 && status != 403, "{path}");
        } else {
            assert_eq!(status, 403, "{method} {path}");
        }
    }
    let app = console.admin().get("/environments/local/apps/shop").await.ok().await;
    assert_eq!((&app["revision"], &app["instances"]["wanted"]), (&1.into(), &1.into()));
}

#[tokio::test]
async fn an_operator_administers_nothing() {
    let console = Console::empty().await;
    let otto = console.operator().await;
    for (method, path) in routes(&console).await {
        let administers = ADMIN_READS.contains(&path.as_str())
            || path.starts_with("/api/v1/users")
            || (method != Method::GET && path.starts_with("/api/v1/alerts/rules"))
            || path == "/api/v1/alerts/test"
            || (method != Method::GET && path.starts_with("/api/v1/registries") && !path.ends_with("/sync"))
            || (method != Method::GET && path.starts_with("/api/v1/channels"))
            || (method != Method::GET
                && path.starts_with("/api/v1/environments")
                && !path.contains("/apps")
                && !path.contains("/projects/")
                && !path.contains("/workloads/"));
        if administers {
            assert_eq!(status(&otto, &method, &path).await, 403, "{method} {path}");
        }
    }
}
