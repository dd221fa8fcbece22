//! The contract of metric sources against real servers.

use adapters::metrics::contract::{self, GRAPHITE, PROMQL, servers};
use adapters::metrics::{Graphite, MetricError, MetricSource, Prometheus, RemoteConfig};
use model::time::Timestamp;

fn at(url: &str) -> RemoteConfig {
    RemoteConfig { url: url.to_owned(), login: None, ca: None }
}

#[tokio::test]
async fn a_prometheus_keeps_the_contract() {
    let end = contract::now();
    let Some(server) = servers::prometheus(&contract::samples(end)).await else { return };
    let source = Prometheus::new(at(&server.url)).expect("a client");
    contract::run(&source, &PROMQL, end).await;
    assert!(source.about().await.expect("an answer").starts_with("Prometheus 2."));
}

#[tokio::test]
async fn a_graphite_keeps_the_contract() {
    let end = contract::now();
    let Some(server) = servers::graphite(&contract::samples(end)).await else { return };
    let source = Graphite::new(at(&server.url)).expect("a client");
    contract::run(&source, &GRAPHITE, end).await;
    assert!(source.about().await.expect("an answer").starts_with("Graphite 1."));
}

#[tokio::test]
async fn a_server_of_another_kind_is_told_as_such() {
    let Some(server) = servers::prometheus(&contract::samples(contract::now())).await else { return };
    let source = Graphite::new(at(&server.url)).expect("a client");
    let refused = source.about().await.expect_err("no Graphite");
    assert!(matches!(&refused, MetricError::Unavailable(words) if words.contains("404")), "{refused}");
    let nobody = Prometheus::new(at("http://127.0.0.1:1")).expect("a client");
    let refused = nobody.query("up", Timestamp::from_millis(0)).await.expect_err("nobody is there");
    assert!(
        matches!(&refused, MetricError::Unavailable(words) if words.contains("127.0.0.1:1")),
        "{refused}"
    );
}
