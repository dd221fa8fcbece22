//! Harbor's own API. No Harbor can be run here: what answers is a small server of this test with answers in the form of
//! Harbor 2's documentation of its API, so this shows that we ask and read as that says, not how a Harbor behaves.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use adapters::registry::{Credentials, Registry, RegistryError, RegistrySettings, open};
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use model::registry::{RegistryKind, TroubleCode};
use serde_json::{Value, json};

use crate::contract::settings;

const ROBOT: &str = "robot$shop+ci";
const PASSWORD: &str = "a-password-that-must-not-leak";
/// Artifacts of `shop/team/api`, more than two pages.
const ARTIFACTS: usize = 250;

#[derive(Clone, Default)]
struct Harbor {
    asked: Arc<AtomicUsize>,
}

fn refused(status: StatusCode, code: &str) -> Response {
    let message = format!("{code}: what Harbor says of it");
    (status, Json(json!({ "errors": [{ "code": code, "message": message }] }))).into_response()
}

fn knows(headers: &HeaderMap) -> bool {
    let pair = format!("Basic {}", STANDARD.encode(format!("{ROBOT}:{PASSWORD}")));
    headers.get("authorization").is_some_and(|shown| shown == pair.as_str())
}

/// A page of a list, as Harbor gives it.
fn page(all: &[Value], query: &HashMap<String, String>) -> Response {
    let number = |name: &str| query.get(name).and_then(|text| text.parse::<usize>().ok());
    let (page, size) = (number("page").unwrap_or(1), number("page_size").unwrap_or(10).min(100));
    let shown: Vec<&Value> = all.iter().skip((page - 1) * size).take(size).collect();
    let mut answer = Json(shown).into_response();
    let total = all.len().to_string().parse().expect("a header");
    answer.headers_mut().insert("x-total-count", total);
    answer
}

async fn projects(headers: HeaderMap, Query(query): Query<HashMap<String, String>>) -> Response {
    if !knows(&headers) {
        return refused(StatusCode::UNAUTHORIZED, "UNAUTHORIZED");
    }
    page(&[json!({ "name": "shop", "project_id": 2 }), json!({ "name": "closed", "project_id": 3 })], &query)
}

async fn repositories(Path(project): Path<String>, Query(query): Query<HashMap<String, String>>) -> Response {
    if project == "closed" {
        return refused(StatusCode::FORBIDDEN, "FORBIDDEN");
    }
    let named = |name: String| json!({ "name": name, "artifact_count": 1, "project_id": 2 });
    let mut all = vec![named("shop/team/api".to_owned()), named("shop/web".to_owned())];
    all.extend((0..120).map(|number| named(format!("shop/more-{number:03}"))));
    page(&all, &query)
}

fn digest(number: usize) -> String {
    format!("sha256:{number:064x}")
}

async fn artifacts(
    State(harbor): State<Harbor>,
    uri: Uri,
    Path((project, repository)): Path<(String, String)>,
    Query(query): Query<HashMap<String, String>>,
) -> Response {
    harbor.asked.fetch_add(1, Ordering::Relaxed);
    match (project.as_str(), repository.as_str()) {
        // Decoded once by the server: Harbor decodes it once more.
        ("shop", "team%2Fapi") => assert!(uri.path().contains("team%252Fapi"), "{uri}"),
        ("shop", "web") => return refused(StatusCode::FORBIDDEN, "FORBIDDEN"),
        _ => return refused(StatusCode::NOT_FOUND, "NOT_FOUND"),
    }
    assert_eq!((query["with_tag"].as_str(), query["with_scan_overview"].as_str()), ("true", "true"));
    let one = |number: usize| {
        json!({
            "id": number, "type": "IMAGE", "media_type": "application/vnd.docker.container.image.v1+json",
            "digest": digest(number), "size": 4096, "push_time": "2026-11-20T10:00:00.000Z",
            "tags": [{ "id": 1, "name": format!("1.{number}"), "push_time": "2026-11-21T10:00:00.000Z", "immutable": false }],
            "scan_overview": { "application/vnd.security.vulnerability.report; version=1.1": {
                "report_id": "5e64bc05", "scan_status": "Success", "severity": "Critical", "duration": 8,
                "summary": { "total": 9, "fixable": 4, "summary": { "Critical": 1, "High": 2, "Medium": 2, "Low": 4 } },
                "start_time": "2026-11-21T10:01:00.000Z", "end_time": "2026-11-21T10:01:08.000Z",
                "scanner": { "name": "Trivy", "vendor": "Aqua Security", "version": "v0.50" }, "complete_percent": 100,
            } },
        })
    };
    let mut all: Vec<Value> = (0..ARTIFACTS).map(one).collect();
    all.push(json!({ "digest": digest(900), "type": "IMAGE", "tags": null }));
    all.push(json!({ "digest": digest(901), "type": "CHART", "tags": [{ "name": "chart" }] }));
    page(&all, &query)
}

async fn start() -> (String, Harbor) {
    let harbor = Harbor::default();
    let names = || async { Json(json!({ "name": "shop/web", "tags": ["2.0"] })) };
    let router = Router::new()
        .route("/api/v2.0/ping", get(|| async { "Pong" }))
        .route("/api/v2.0/projects", get(projects))
        .route("/api/v2.0/projects/{project}/repositories", get(repositories))
        .route("/api/v2.0/projects/{project}/repositories/{repository}/artifacts", get(artifacts))
        .route("/v2/", get(|| async { "{}" }))
        .route("/v2/shop/web/tags/list", get(names))
        .with_state(harbor.clone());
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    tokio::spawn(async move { axum::serve(listener, router).await });
    (url, harbor)
}

fn client(url: &str, password: &str) -> Arc<dyn Registry> {
    let credentials = Some(Credentials { username: ROBOT.to_owned(), password: password.to_owned() });
    let harbor = RegistrySettings { kind: RegistryKind::Harbor, credentials, ..settings(url.to_owned()) };
    open(&harbor).expect("a client")
}

#[tokio::test]
async fn projects_and_repositories_are_listed_in_pages_and_what_is_closed_is_left_out() {
    let (url, _) = start().await;
    let found = client(&url, PASSWORD).repositories().await.expect("listed");
    assert_eq!(
        (found.len(), found[0].as_str(), found[121].as_str()),
        (122, "shop/team/api", "shop/more-119")
    );
}

#[tokio::test]
async fn tags_come_with_digest_time_and_findings_by_few_questions() {
    let (url, harbor) = start().await;
    let found = client(&url, PASSWORD).tags("shop/team/api").await.expect("listed");
    assert_eq!((found.len(), harbor.asked.load(Ordering::Relaxed)), (ARTIFACTS, 3));
    let last = &found[ARTIFACTS - 1];
    assert_eq!((last.name.as_str(), last.digest.as_ref()), ("1.249", Some(&digest(249))));
    assert_eq!(last.pushed_at.map(|time| time.to_string()).as_deref(), Some("2026-11-21T10:00:00.000Z"));
    let seen = last.vulnerabilities.as_ref().expect("findings");
    assert_eq!((seen.critical, seen.high, seen.medium, seen.low, seen.fixable), (1, 2, 2, 4, 4));
    assert_eq!((seen.severity.as_str(), seen.scanned_at.is_some()), ("Critical", true));
}

#[tokio::test]
async fn who_may_only_pull_is_told_names_and_what_is_not_there_is_not_found() {
    let (url, _) = start().await;
    let registry = client(&url, PASSWORD);
    let found = registry.tags("shop/web").await.expect("listed");
    assert_eq!((found.len(), found[0].name.as_str(), &found[0].digest), (1, "2.0", &None));
    for none in ["shop/none", "single"] {
        let error = registry.tags(none).await.expect_err("none");
        assert_eq!(error.code(), TroubleCode::NotFound, "{error}");
    }
}

#[tokio::test]
async fn what_refuses_us_or_is_no_harbor_says_so() {
    let (url, _) = start().await;
    // Of this server `/v2/` asks for nothing, so the account is good and only the list is refused.
    assert_eq!(client(&url, "wrong").repositories().await, Err(RegistryError::NoCatalogue));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let other = format!("http://{}", listener.local_addr().expect("an address"));
    let plain = Router::new().route("/v2/", get(|| async { "{}" }));
    tokio::spawn(async move { axum::serve(listener, plain).await });
    let error = client(&other, PASSWORD).probe().await.expect_err("no Harbor");
    assert!(error.to_string().contains("no API of Harbor"), "{error}");
}
