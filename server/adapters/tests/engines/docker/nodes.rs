//! A swarm of three nodes: where instances go, and what becomes of them when a node is drained or lost.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use adapters::engine::contract::{Bench as _, ready, until, until_ready};
use adapters::engine::{Engine, EngineError, ObservedReplicaSet, ReplicaSet};
use bollard::models::{SwarmInitRequest, SwarmJoinRequest, SwarmSpec, SwarmSpecDispatcher};
use model::environment::{Node, NodeState};
use model::id::ReplicaSetId;
use model::instance::{Instance, InstanceState, ReasonCode};
use serde_json::json;

use super::daemon::Hosts;
use super::{Kind, Real, image, shell, skip, steady};

/// One manager and two workers.
async fn swarm() -> &'static Hosts {
    let hosts = Hosts::start(3, "").await;
    let manager = hosts.negotiated(1).await;
    // A lost node is noticed after three beats.
    let dispatcher = SwarmSpecDispatcher { heartbeat_period: Some(1_000_000_000) };
    let request = SwarmInitRequest {
        listen_addr: Some(format!("{}:2377", hosts.address(1))),
        advertise_addr: Some(hosts.address(1)),
        spec: Some(SwarmSpec { dispatcher: Some(dispatcher), ..SwarmSpec::default() }),
        ..SwarmInitRequest::default()
    };
    manager.init_swarm(request).await.expect("a swarm");
    let tokens = manager.inspect_swarm().await.expect("a swarm").join_tokens.expect("tokens");
    image::bring(&manager).await;
    for node in [2, 3] {
        let worker = hosts.negotiated(node).await;
        let request = SwarmJoinRequest {
            listen_addr: Some(format!("{}:2377", hosts.address(node))),
            advertise_addr: Some(hosts.address(node)),
            remote_addrs: Some(vec![format!("{}:2377", hosts.address(1))]),
            join_token: tokens.worker.clone(),
            ..SwarmJoinRequest::default()
        };
        worker.join_swarm(request).await.expect("joined");
        image::bring(&worker).await;
    }
    Box::leak(Box::new(hosts))
}

/// Waits until the node is as wanted.
async fn node(engine: &dyn Engine, name: &str, what: &str, is_so: impl Fn(&Node) -> bool) -> Node {
    let deadline = Instant::now() + Duration::from_secs(30);
    loop {
        let nodes = engine.nodes().await.expect("nodes");
        match nodes.iter().find(|node| node.name == name) {
            Some(node) if is_so(node) => return node.clone(),
            seen => assert!(Instant::now() < deadline, "{name} is not {what}: {seen:?}"),
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

/// Waits for this many ready instances, and for where they are; says how many each node has.
async fn placed(
    engine: &dyn Engine,
    id: &ReplicaSetId,
    what: &str,
    is_so: impl Fn(&BTreeMap<String, usize>) -> bool,
) -> BTreeMap<String, usize> {
    let count = |set: Option<&ObservedReplicaSet>| {
        let mut count = BTreeMap::new();
        for instance in set.map(|set| ready(set)).unwrap_or_default() {
            *count.entry(instance.node.clone()).or_default() += 1;
        }
        count
    };
    count(until(engine, id, what, |set| is_so(&count(set))).await.as_ref())
}

fn counts(count: &BTreeMap<String, usize>) -> Vec<(&str, usize)> {
    count.iter().map(|(name, count)| (name.as_str(), *count)).collect()
}

async fn again(real: &Real, id: &ReplicaSetId, definition: serde_json::Value, wanted: u32) {
    let definition = std::sync::Arc::new(serde_json::from_value(definition).expect("a definition"));
    real.engine().ensure(&ReplicaSet { id: id.clone(), definition, wanted }).await.expect("accepted");
}

#[tokio::test(flavor = "multi_thread")]
async fn instances_are_spread_moved_and_replaced_over_nodes() {
    if skip("instances_are_spread_moved_and_replaced_over_nodes") {
        return;
    }
    let hosts = swarm().await;
    unique_is_one_on_each_node(hosts).await;

    let real = Real::on(hosts, Kind::Swarm);
    let engine = real.engine();
    let id = real.run(steady(), 6).await;
    until_ready(&*engine, &id, 6).await;
    let count = placed(&*engine, &id, "spread", |count| count.values().sum::<usize>() == 6).await;
    assert_eq!(counts(&count), [("node-1", 2), ("node-2", 2), ("node-3", 2)]);
    for number in 1..=3 {
        let name = format!("node-{number}");
        let node = node(&*engine, &name, "ready", |node| node.state == NodeState::Ready).await;
        assert_eq!((node.address.as_str(), node.instances), (hosts.address(number).as_str(), 2));
        assert!(node.capacity.cpus > 0.0 && node.capacity.memory_bytes > 0, "{node:?}");
        assert!((node.allocated.cpus - 0.1).abs() < 1e-9, "{node:?}");
        assert_eq!(node.allocated.memory_bytes, 32 << 20);
    }

    drained_and_activated(&real, &id).await;
    lost(&real, &id).await;
    real.remove().await;
}

/// A fourth instance has no place on three nodes.
async fn unique_is_one_on_each_node(hosts: &'static Hosts) {
    let real = Real::on(hosts, Kind::Swarm);
    let more = json!({"constraints": [{"attribute": "node.name", "operator": "unique"}]});
    let definition = shell("exec sleep 1000", more);
    let id = real.run(definition.clone(), 3).await;
    let engine = real.engine();
    let count = placed(&*engine, &id, "three ready", |count| count.values().sum::<usize>() == 3).await;
    assert_eq!(counts(&count), [("node-1", 1), ("node-2", 1), ("node-3", 1)]);
    again(&real, &id, definition, 4).await;
    let waiting = real.first("no place", |instance| instance.reason.is_some()).await;
    let reason = waiting.reason.expect("a reason");
    assert_eq!((waiting.state, reason.code), (InstanceState::Pending, ReasonCode::NoPlace), "{reason:?}");
    real.remove().await;
}

async fn drained_and_activated(real: &Real, id: &ReplicaSetId) {
    let engine = real.engine();
    engine.drain("node-2").await.expect("drained");
    let moved =
        |count: &BTreeMap<String, usize>| count.values().sum::<usize>() == 6 && !count.contains_key("node-2");
    let count = placed(&*engine, id, "moved away", moved).await;
    assert_eq!(counts(&count), [("node-1", 3), ("node-3", 3)]);
    let empty = node(&*engine, "node-2", "empty", |node| node.instances == 0).await;
    assert_eq!(empty.state, NodeState::Draining);
    assert!(empty.allocated.cpus < 1e-9, "{empty:?}");
    // It was drained already, which is fine.
    engine.drain("node-2").await.expect("drained");

    engine.activate("node-2").await.expect("activated");
    node(&*engine, "node-2", "ready", |node| node.state == NodeState::Ready).await;
    // What runs stays where it is; new ones come to the empty node.
    again(real, id, steady(), 9).await;
    let count = placed(&*engine, id, "nine ready", |count| count.values().sum::<usize>() == 9).await;
    assert_eq!(counts(&count), [("node-1", 3), ("node-2", 3), ("node-3", 3)]);
    let unknown = engine.drain("node-9").await;
    assert!(matches!(unknown, Err(EngineError::NotFound(_))), "{unknown:?}");
}

async fn lost(real: &Real, id: &ReplicaSetId) {
    let engine = real.engine();
    let before: BTreeSet<_> = until_ready(&*engine, id, 9).await;
    real.hosts.tell(3, "kill");
    let down = node(&*engine, "node-3", "down", |node| node.state == NodeState::Down).await;
    assert!(down.capacity.memory_bytes > 0, "{down:?}");
    let replaced =
        |count: &BTreeMap<String, usize>| count.values().sum::<usize>() == 9 && !count.contains_key("node-3");
    placed(&*engine, id, "replaced elsewhere", replaced).await;
    let is_lost = |instance: &&Instance| instance.state == InstanceState::Lost;
    let seen = engine.observe().await.expect("observed").sets.remove(0);
    let gone: Vec<&Instance> = seen.instances.iter().filter(is_lost).collect();
    assert_eq!(gone.len(), 3, "{seen:?}");
    for instance in gone {
        assert_eq!(instance.node, "node-3");
        assert!(before.contains(&instance.id), "{instance:?}");
        let reason = instance.reason.as_ref().expect("a reason");
        assert_eq!(reason.detail, "node node-3 is down");
    }
    assert_eq!(node(&*engine, "node-3", "down", |node| node.instances == 0).await.state, NodeState::Down);

    real.hosts.tell(3, "start");
    node(&*engine, "node-3", "back", |node| node.state == NodeState::Ready).await;
    let old = |set: Option<&ObservedReplicaSet>| {
        set.is_some_and(|set| !set.instances.iter().any(|i| i.state == InstanceState::Lost))
    };
    until(&*engine, id, "what was lost has ended", old).await;
}
