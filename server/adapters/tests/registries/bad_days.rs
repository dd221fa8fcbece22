//! A registry that is away, slow, full of tags, or does not want us.

use std::sync::Arc;
use std::time::Duration;

use adapters::registry::contract::docker::{self, Auth, DockerRegistry, Options};
use adapters::registry::{Registry, RegistryError, RegistrySettings, TAGS_MAX, open};
use axum::Router;
use axum::extract::Query;
use axum::http::StatusCode;
use axum::http::header::{LINK, RETRY_AFTER};
use axum::response::IntoResponse;
use axum::routing::get;
use model::registry::TroubleCode;
use serde::Deserialize;
use serde_json::json;

use crate::contract::{account, settings};
use crate::{certificates, token};

async fn served(router: Router) -> (Arc<dyn Registry>, String) {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    tokio::spawn(async move { axum::serve(listener, router).await });
    (open(&settings(url.clone())).expect("a client"), url)
}

fn root() -> Router {
    Router::new().route("/v2/", get(|| async { "{}" }))
}

#[tokio::test]
async fn nobody_there_is_unreachable() {
    let registry = open(&settings(format!("http://127.0.0.1:{}", docker::free_port()))).expect("a client");
    let error = registry.probe().await.expect_err("nobody");
    assert_eq!(error.code(), TroubleCode::Unreachable, "{error}");
}

#[tokio::test]
async fn plain_http_to_elsewhere_is_refused_before_anything_is_sent() {
    let refused = open(&settings("http://registry.example".to_owned())).err();
    assert_eq!(refused, Some(RegistryError::Insecure));
    let allowed = RegistrySettings { insecure: true, ..settings("http://registry.example".to_owned()) };
    assert!(open(&allowed).is_ok());
}

#[tokio::test]
async fn a_wrong_password_is_unauthorized_by_either_way() {
    if docker::missing().is_some() {
        println!("skipped: {}", docker::missing().unwrap_or_default());
        return;
    }
    let server = token::Server::start(docker::USER, docker::PASSWORD).await;
    for auth in [Auth::Basic, server.auth()] {
        let docker = DockerRegistry::start(Options { auth, ..Options::default() }).await;
        let wrong = RegistrySettings { credentials: Some(account("wrong")), ..settings(docker.url()) };
        let registry = open(&wrong).expect("a client");
        assert_eq!(registry.probe().await, Err(RegistryError::Unauthorized));
        assert_eq!(registry.resolve("shop/api", "1").await, Err(RegistryError::Unauthorized));
        assert_eq!(registry.repositories().await, Err(RegistryError::Unauthorized));
    }
}

#[tokio::test]
async fn a_certificate_nobody_knows_is_named() {
    if docker::missing().is_some() {
        println!("skipped: {}", docker::missing().unwrap_or_default());
        return;
    }
    let (made, other) = (certificates::make(), certificates::make());
    let tls = Some((made.certificate, made.key));
    let docker = DockerRegistry::start(Options { tls, ..Options::default() }).await;
    let known = RegistrySettings { ca: Some(other.authority), ..settings(docker.url()) };
    let error = open(&known).expect("a client").probe().await.expect_err("not trusted");
    assert_eq!(error.code(), TroubleCode::Tls, "{error}");
}

#[tokio::test]
async fn a_limit_says_when_to_come_again() {
    let limited = || async { (StatusCode::TOO_MANY_REQUESTS, [(RETRY_AFTER, "17")], "slow down") };
    let (registry, _) = served(root().route("/v2/shop/manifests/{tag}", get(limited))).await;
    let expected = RegistryError::RateLimited { retry_after: Some(Duration::from_secs(17)) };
    assert_eq!(registry.resolve("shop", "1").await, Err(expected));
}

#[tokio::test]
async fn an_endless_answer_is_cut_off() {
    let endless = || async { "x".repeat(20 << 20) };
    let (registry, _) = served(root().route("/v2/shop/tags/list", get(endless))).await;
    let error = registry.tags("shop").await.expect_err("too long");
    assert_eq!(error.code(), TroubleCode::Protocol, "{error}");
}

#[tokio::test]
async fn another_image_than_the_one_asked_for_is_refused() {
    let other =
        || async { r#"{"schemaVersion":2,"config":{"mediaType":"x","digest":"y","size":1},"layers":[]}"# };
    let (registry, _) = served(root().route("/v2/shop/manifests/{digest}", get(other))).await;
    let error =
        registry.describe("shop", adapters::registry::contract::NO_DIGEST).await.expect_err("another");
    assert_eq!(error.code(), TroubleCode::Protocol, "{error}");
}

#[derive(Deserialize)]
struct Page {
    n: usize,
    last: Option<String>,
}

#[tokio::test]
async fn tags_are_read_page_by_page_up_to_a_bound() {
    let count = TAGS_MAX + 5_000;
    let page = move |Query(page): Query<Page>| async move {
        let first = page.last.map_or(0, |last| last.parse::<usize>().expect("a number") + 1);
        let tags: Vec<String> = (first..(first + page.n).min(count)).map(|tag| format!("{tag:06}")).collect();
        ([(LINK, "</v2/shop/tags/list>; rel=\"next\"")], json!({ "tags": tags }).to_string()).into_response()
    };
    let (registry, _) = served(root().route("/v2/shop/tags/list", get(page))).await;
    let tags = registry.tags("shop").await.expect("tags");
    assert_eq!(
        (tags.len(), tags[0].name.as_str(), tags[1_000].name.as_str()),
        (TAGS_MAX, "000000", "001000")
    );
}

#[tokio::test]
async fn a_list_that_never_ends_is_left() {
    let same = || async { ([(LINK, "</v2/shop/tags/list>; rel=\"next\"")], r#"{"tags":["a","b"]}"#) };
    let (registry, _) = served(root().route("/v2/shop/tags/list", get(same))).await;
    let tags = registry.tags("shop").await.expect("tags");
    assert!(tags.len() <= 4, "{tags:?}");
}
