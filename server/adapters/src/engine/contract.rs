//! The contract of an engine as a suite of cases. Every implementation runs all of them, each with a fresh [`Bench`].
//!
//! A case that an engine cannot keep is left out by its [`Bench::skips`], which gives the reason that is printed.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use futures::StreamExt as _;
use futures::future::BoxFuture;
use model::api::LogLine;
use model::definition::Definition;
use model::id::{EnvironmentName, InstanceId, ReplicaSetId};
use model::instance::{Instance, InstanceState};
use tokio::time::Instant;

use super::{Engine, EngineError, EngineEvent, LogRequest, ObservedReplicaSet, ReplicaSet};

/// How long anything may take before a case fails.
const PATIENCE: Duration = Duration::from_secs(30);

/// What a case needs from the engine's side.
#[async_trait]
pub trait Bench: Send + Sync {
    fn engine(&self) -> Arc<dyn Engine>;
    fn environment(&self) -> EnvironmentName;
    /// A definition that behaves as told, for this replica set.
    async fn definition(&self, behaviour: Behaviour, set: &ReplicaSetId) -> Definition;
    /// Why this engine cannot keep a case, if it cannot.
    fn skips(&self, case: &str) -> Option<&'static str>;
}

/// What the instances of a definition do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Behaviour {
    /// Becomes healthy and stays so; has one port, `http`, chosen by the engine.
    Steady,
    /// Ends at once with exit code 3; waits an hour before it is started again.
    Crashing,
    /// Prints `one` and `two` on standard output and `three` on standard error, then stays.
    Talking,
}

type Case = for<'a> fn(&'a dyn Bench) -> BoxFuture<'a, ()>;

/// Every case by name.
pub const CASES: &[(&str, Case)] = &[
    ("ensure_brings_up_the_count_once", |bench| Box::pin(ensure_brings_up_the_count_once(bench))),
    ("scaling_keeps_who_can_stay", |bench| Box::pin(scaling_keeps_who_can_stay(bench))),
    ("scaling_to_none_leaves_the_set", |bench| Box::pin(scaling_to_none_leaves_the_set(bench))),
    ("removing_ends_all_and_forgets", |bench| Box::pin(removing_ends_all_and_forgets(bench))),
    ("sets_of_one_app_are_kept_apart", |bench| Box::pin(sets_of_one_app_are_kept_apart(bench))),
    ("a_stopped_instance_is_replaced", |bench| Box::pin(a_stopped_instance_is_replaced(bench))),
    ("a_crash_waits_and_can_be_reset", |bench| Box::pin(a_crash_waits_and_can_be_reset(bench))),
    ("changes_are_told", |bench| Box::pin(changes_are_told(bench))),
    ("ports_are_the_instances_own", |bench| Box::pin(ports_are_the_instances_own(bench))),
    ("logs_are_merged_and_followed", |bench| Box::pin(logs_are_merged_and_followed(bench))),
    ("logs_outlive_their_set", |bench| Box::pin(logs_outlive_their_set(bench))),
    ("nodes_have_room", |bench| Box::pin(nodes_have_room(bench))),
    ("usage_is_of_what_runs", |bench| Box::pin(usage_is_of_what_runs(bench))),
];

/// A replica set's id.
pub fn set_id(environment: &EnvironmentName, app: &str, revision: u32) -> ReplicaSetId {
    let app = app.parse().expect("a name");
    ReplicaSetId { environment: environment.clone(), app, revision, generation: 0 }
}

pub async fn ensure(bench: &dyn Bench, id: &ReplicaSetId, behaviour: Behaviour, wanted: u32) {
    let definition = Arc::new(bench.definition(behaviour, id).await);
    let set = ReplicaSet { id: id.clone(), definition, wanted };
    bench.engine().ensure(&set).await.expect("accepted");
}

/// Waits, by the engine's events, until what is observed of a set is as wanted; returns it.
pub async fn until(
    engine: &dyn Engine,
    id: &ReplicaSetId,
    what: &str,
    mut is_so: impl FnMut(Option<&ObservedReplicaSet>) -> bool,
) -> Option<ObservedReplicaSet> {
    let deadline = Instant::now() + PATIENCE;
    let mut events = engine.watch();
    loop {
        let seen = engine.observe().await.expect("observed");
        let set = seen.sets.into_iter().find(|set| set.id == *id);
        if is_so(set.as_ref()) {
            return set;
        }
        let waited = tokio::time::timeout_at(deadline, events.next()).await;
        assert!(waited.is_ok(), "not within {PATIENCE:?}: {what}; now {set:#?}");
        assert!(matches!(waited, Ok(Some(_))), "the events ended");
    }
}

pub fn ready(set: &ObservedReplicaSet) -> Vec<&Instance> {
    set.instances.iter().filter(|instance| instance.is_ready()).collect()
}

pub fn active(set: &ObservedReplicaSet) -> usize {
    set.instances.iter().filter(|instance| instance.state.is_active()).count()
}

/// Waits until exactly so many are ready and nothing else is active; returns their ids.
pub async fn until_ready(engine: &dyn Engine, id: &ReplicaSetId, count: usize) -> BTreeSet<InstanceId> {
    let is_so = |set: Option<&ObservedReplicaSet>| {
        set.is_some_and(|set| ready(set).len() == count && active(set) == count)
    };
    let set = until(engine, id, &format!("{count} ready"), is_so).await.expect("a set");
    ready(&set).into_iter().map(|instance| instance.id.clone()).collect()
}

async fn clean(bench: &dyn Bench, ids: &[&ReplicaSetId]) {
    let engine = bench.engine();
    for id in ids {
        engine.remove(id).await.expect("removed");
    }
    for id in ids {
        until(&*engine, id, "gone", |set| set.is_none()).await;
    }
}

async fn ensure_brings_up_the_count_once(bench: &dyn Bench) {
    let (engine, id) = (bench.engine(), set_id(&bench.environment(), "shop", 1));
    ensure(bench, &id, Behaviour::Steady, 3).await;
    let first = until_ready(&*engine, &id, 3).await;
    for _ in 0..3 {
        ensure(bench, &id, Behaviour::Steady, 3).await;
    }
    assert_eq!(until_ready(&*engine, &id, 3).await, first, "asked again, nothing changes");
    let set = until(&*engine, &id, "seen", |set| set.is_some()).await.expect("a set");
    assert_eq!(set.wanted, 3);
    for instance in &set.instances {
        assert_eq!((&instance.app, instance.revision), (&id.app, 1));
        assert!(instance.started_at.is_some() && !instance.node.is_empty(), "{instance:?}");
    }
    clean(bench, &[&id]).await;
}

async fn scaling_keeps_who_can_stay(bench: &dyn Bench) {
    let (engine, id) = (bench.engine(), set_id(&bench.environment(), "shop", 1));
    ensure(bench, &id, Behaviour::Steady, 2).await;
    let two = until_ready(&*engine, &id, 2).await;
    ensure(bench, &id, Behaviour::Steady, 4).await;
    let four = until_ready(&*engine, &id, 4).await;
    assert!(two.is_subset(&four), "{two:?} {four:?}");
    ensure(bench, &id, Behaviour::Steady, 1).await;
    let one = until_ready(&*engine, &id, 1).await;
    assert!(one.is_subset(&four), "{one:?} {four:?}");
    clean(bench, &[&id]).await;
}

async fn scaling_to_none_leaves_the_set(bench: &dyn Bench) {
    let (engine, id) = (bench.engine(), set_id(&bench.environment(), "shop", 1));
    ensure(bench, &id, Behaviour::Steady, 1).await;
    until_ready(&*engine, &id, 1).await;
    ensure(bench, &id, Behaviour::Steady, 0).await;
    let set = until(&*engine, &id, "none active", |set| set.is_some_and(|set| active(set) == 0)).await;
    assert_eq!(set.map(|set| set.wanted), Some(0));
    clean(bench, &[&id]).await;
}

async fn removing_ends_all_and_forgets(bench: &dyn Bench) {
    let (engine, id) = (bench.engine(), set_id(&bench.environment(), "shop", 1));
    engine.remove(&id).await.expect("an unknown set is fine");
    ensure(bench, &id, Behaviour::Steady, 2).await;
    engine.remove(&id).await.expect("removed while it begins");
    until(&*engine, &id, "gone", |set| set.is_none()).await;
    ensure(bench, &id, Behaviour::Steady, 2).await;
    until_ready(&*engine, &id, 2).await;
    clean(bench, &[&id]).await;
    engine.remove(&id).await.expect("removed twice is fine");
}

async fn sets_of_one_app_are_kept_apart(bench: &dyn Bench) {
    let engine = bench.engine();
    let (old, new) = (set_id(&bench.environment(), "shop", 1), set_id(&bench.environment(), "shop", 2));
    ensure(bench, &old, Behaviour::Steady, 2).await;
    ensure(bench, &new, Behaviour::Steady, 1).await;
    let old_ids = until_ready(&*engine, &old, 2).await;
    let new_ids = until_ready(&*engine, &new, 1).await;
    assert!(old_ids.is_disjoint(&new_ids));
    engine.remove(&old).await.expect("removed");
    until(&*engine, &old, "gone", |set| set.is_none()).await;
    assert_eq!(until_ready(&*engine, &new, 1).await, new_ids);
    clean(bench, &[&new]).await;
}

async fn a_stopped_instance_is_replaced(bench: &dyn Bench) {
    let (engine, id) = (bench.engine(), set_id(&bench.environment(), "shop", 1));
    let nobody = InstanceId("nobody".to_owned());
    assert!(matches!(engine.stop_instance(&nobody).await, Err(EngineError::NotFound(_))));
    ensure(bench, &id, Behaviour::Steady, 2).await;
    let before = until_ready(&*engine, &id, 2).await;
    let victim = before.first().expect("one").clone();
    engine.stop_instance(&victim).await.expect("stopped");
    let replaced = |set: Option<&ObservedReplicaSet>| {
        set.is_some_and(|set| ready(set).len() == 2 && ready(set).iter().all(|i| i.id != victim))
    };
    let after = until(&*engine, &id, "replaced", replaced).await.expect("a set");
    let survivor = before.last().expect("another");
    assert!(ready(&after).iter().any(|instance| instance.id == *survivor), "the other one was left alone");
    clean(bench, &[&id]).await;
}

async fn a_crash_waits_and_can_be_reset(bench: &dyn Bench) {
    let (engine, id) = (bench.engine(), set_id(&bench.environment(), "shop", 1));
    ensure(bench, &id, Behaviour::Crashing, 1).await;
    let delayed = |set: &ObservedReplicaSet| {
        let waiting = |i: &&Instance| i.state == InstanceState::Pending && i.delayed_until.is_some();
        set.instances.iter().find(waiting).cloned()
    };
    let is_delayed = |set: Option<&ObservedReplicaSet>| set.and_then(delayed).is_some();
    let set = until(&*engine, &id, "delayed", is_delayed).await.expect("a set");
    let first = delayed(&set).expect("one");
    assert!(first.reason.is_some(), "says why: {first:?}");
    assert!(first.restarts >= 1);
    engine.reset_delay(&id.key()).await.expect("reset");
    let again = |set: Option<&ObservedReplicaSet>| {
        set.is_some_and(|set| !set.instances.iter().any(|i| i.id == first.id && i.delayed_until.is_some()))
    };
    until(&*engine, &id, "tried at once", again).await;
    clean(bench, &[&id]).await;
}

async fn changes_are_told(bench: &dyn Bench) {
    let (engine, id) = (bench.engine(), set_id(&bench.environment(), "shop", 1));
    let mut events = engine.watch();
    ensure(bench, &id, Behaviour::Steady, 1).await;
    let told = async {
        while let Some(event) = events.next().await {
            if event == EngineEvent::Changed(id.clone()) || event == EngineEvent::Resync {
                return;
            }
        }
        panic!("the events ended");
    };
    tokio::time::timeout(PATIENCE, told).await.expect("told of the change");
    until_ready(&*engine, &id, 1).await;
    clean(bench, &[&id]).await;
}

async fn ports_are_the_instances_own(bench: &dyn Bench) {
    let (engine, id) = (bench.engine(), set_id(&bench.environment(), "shop", 1));
    ensure(bench, &id, Behaviour::Steady, 4).await;
    until_ready(&*engine, &id, 4).await;
    let set = until(&*engine, &id, "seen", |set| set.is_some()).await.expect("a set");
    let ports: BTreeSet<u16> = ready(&set).iter().flat_map(|i| &i.ports).map(|port| port.host_port).collect();
    assert_eq!(ports.len(), 4, "{ports:?}");
    assert!(!ports.contains(&0));
    clean(bench, &[&id]).await;
}

async fn logs_are_merged_and_followed(bench: &dyn Bench) {
    let (engine, id) = (bench.engine(), set_id(&bench.environment(), "shop", 1));
    ensure(bench, &id, Behaviour::Talking, 1).await;
    let request = LogRequest { limit: 100, follow: true, ..LogRequest::default() };
    let mut lines = engine.logs(&id.key(), &request).await.expect("logs");
    let mut texts = Vec::new();
    while texts.len() < 3 {
        let line: LogLine = tokio::time::timeout(PATIENCE, lines.next())
            .await
            .expect("a line in time")
            .expect("following never ends")
            .expect("a line");
        texts.push(line.text);
    }
    // The two streams are two pipes: only within each is there an order.
    let of =
        |wanted: &[&str]| texts.iter().filter(|t| wanted.contains(&t.as_str())).cloned().collect::<Vec<_>>();
    assert_eq!(of(&["one", "two"]), ["one", "two"]);
    assert_eq!(of(&["three"]), ["three"]);
    clean(bench, &[&id]).await;
}

async fn logs_outlive_their_set(bench: &dyn Bench) {
    let (engine, id) = (bench.engine(), set_id(&bench.environment(), "shop", 1));
    ensure(bench, &id, Behaviour::Talking, 1).await;
    let instance = until_ready(&*engine, &id, 1).await.pop_first().expect("one");
    engine.remove(&id).await.expect("removed");
    until(&*engine, &id, "gone", |set| set.is_none()).await;
    let grep = Some(regex::Regex::new("^t").expect("a pattern"));
    let request = LogRequest { instance: Some(instance), grep, limit: 100, ..LogRequest::default() };
    let kept: Vec<_> = engine.logs(&id.key(), &request).await.expect("logs").collect().await;
    assert_eq!(kept.len(), 2, "still readable after its end: {kept:?}");
}

async fn nodes_have_room(bench: &dyn Bench) {
    let engine = bench.engine();
    let nodes = engine.nodes().await.expect("nodes");
    assert!(!nodes.is_empty());
    for node in &nodes {
        assert!(node.capacity.cpus > 0.0 && node.capacity.memory_bytes > 0, "{node:?}");
    }
    assert!(engine.probe().await.is_ok());
}

async fn usage_is_of_what_runs(bench: &dyn Bench) {
    let (engine, id) = (bench.engine(), set_id(&bench.environment(), "shop", 1));
    ensure(bench, &id, Behaviour::Steady, 2).await;
    let running = until_ready(&*engine, &id, 2).await;
    let mut events = engine.watch();
    let deadline = Instant::now() + PATIENCE;
    loop {
        let samples = engine.usage().await.expect("usage");
        assert!(samples.iter().all(|sample| sample.set == id && running.contains(&sample.instance)));
        if samples.len() == 2 {
            assert!(samples.iter().all(|sample| sample.usage.memory_bytes > 0), "{samples:?}");
            break;
        }
        tokio::time::timeout_at(deadline, events.next()).await.expect("usage in time");
    }
    clean(bench, &[&id]).await;
}
