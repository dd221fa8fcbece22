//! What containers use that processes of a host cannot tell apart: their own network, and how they answer.

use std::collections::BTreeSet;
use std::net::IpAddr;
use std::time::{Duration, Instant};

use adapters::engine::contract::{Bench as _, until_ready};
use adapters::metrics::statsd::sender;
use bollard::models::{Ipam, IpamConfig, NetworkCreateRequest};
use serde_json::json;

use super::{Kind, Real, shell, skip};

#[tokio::test(flavor = "multi_thread")]
async fn traffic_and_the_answers_to_health_checks_are_measured() {
    if skip("traffic_and_the_answers_to_health_checks_are_measured") {
        return;
    }
    for kind in [Kind::Docker, Kind::Swarm] {
        let real = Real::new(kind).await;
        let definition = shell(
            "touch /www/healthz; exec httpd -f -p $PORT -h /www",
            json!({
                "ports": [{"name": "http", "container_port": 8080}],
                "health_checks": [
                    {"kind": "http", "path": "/healthz", "interval": "1s", "timeout": "5s", "grace": "30s"},
                ],
            }),
        );
        let id = real.run(definition, 1).await;
        let engine = real.engine();
        until_ready(&*engine, &id, 1).await;
        let begun = Instant::now();
        loop {
            let samples = engine.usage().await.expect("usage");
            let usage = samples.first().map(|sample| sample.usage);
            let there = usage.is_some_and(|usage| {
                usage.network.is_some_and(|network| network.received_bytes > 0 && network.sent_bytes > 0)
                    && usage.health_check_seconds.is_some_and(|seconds| seconds > 0.0 && seconds < 5.0)
            });
            if there {
                break;
            }
            assert!(begun.elapsed() < Duration::from_mins(1), "{kind:?}: {usage:?}");
            tokio::time::sleep(Duration::from_millis(500)).await;
        }
        real.remove().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_container_is_found_by_its_address() {
    if skip("a_container_is_found_by_its_address") {
        return;
    }
    // Networks of their own: other daemons of these tests have the same default ones.
    for (kind, driver, mode, net) in
        [(Kind::Docker, "bridge", "bridge", 77), (Kind::Swarm, "overlay", "overlay", 78)]
    {
        let real = Real::new(kind).await;
        let docker = real.hosts.negotiated(1).await;
        let range = IpamConfig { subnet: Some(format!("10.196.{net}.0/24")), ..IpamConfig::default() };
        let request = NetworkCreateRequest {
            name: "figures".to_owned(),
            driver: Some(driver.to_owned()),
            ipam: Some(Ipam { config: Some(vec![range]), ..Ipam::default() }),
            ..NetworkCreateRequest::default()
        };
        docker.create_network(request).await.expect("a network");
        let definition = shell("exec sleep 1000", json!({"network": {"mode": mode, "name": "figures"}}));
        let id = real.run(definition, 2).await;
        let instances = until_ready(&*real.engine(), &id, 2).await;
        let wanted: BTreeSet<String> = instances.into_iter().map(|id| id.0).collect();
        let ours =
            |address: &IpAddr| matches!(address, IpAddr::V4(four) if four.octets()[..3] == [10, 196, net]);
        let known = sender::containers();
        let found = known.iter().filter(|(address, _)| ours(address)).map(|(_, id)| id.clone());
        assert_eq!(found.collect::<BTreeSet<_>>(), wanted, "{kind:?}");
        real.remove().await;
        // A swarm lets go of it a moment after its tasks.
        let begun = Instant::now();
        while docker.remove_network("figures").await.is_err() {
            assert!(begun.elapsed() < Duration::from_secs(30), "{kind:?}: the network stays");
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    }
}
