//! The console is killed, upgraded or absent: instances do not care.

use std::collections::BTreeMap;

use adapters::engine::EngineError;
use adapters::engine::contract::{Bench as _, active, ready, until, until_ready};
use model::instance::{InstanceState, ReasonCode};
use serde_json::json;

use crate::bench::{Local, eventually, is_alive, kill, processes_with, steady};

#[tokio::test(flavor = "multi_thread")]
async fn what_runs_is_found_again_and_neither_lost_doubled_nor_restarted() {
    let mut bench = Local::new().await;
    let id = bench.run(steady(), 5).await;
    until_ready(&*bench.engine(), &id, 5).await;
    let pids = |bench: &Local, set: &adapters::engine::ObservedReplicaSet| {
        let of = |i: &&model::instance::Instance| (i.id.clone(), bench.program_pid(i));
        ready(set).iter().map(of).collect::<BTreeMap<_, _>>()
    };
    let seen = bench.engine().observe().await.expect("observed");
    let before = pids(&bench, &seen.sets[0]);
    for _ in 0..3 {
        bench.reopen().await;
        let seen = bench.engine().observe().await.expect("observed");
        assert_eq!(pids(&bench, &seen.sets[0]), before, "seen at once, before anybody ensures it");
        bench.run(steady(), 5).await;
        until_ready(&*bench.engine(), &id, 5).await;
        let seen = bench.engine().observe().await.expect("observed");
        assert_eq!(pids(&bench, &seen.sets[0]), before);
        assert!(seen.sets[0].instances.iter().all(|instance| instance.restarts == 0));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_while_it_scales_nothing_is_lost_or_doubled() {
    let mut bench = Local::new().await;
    for round in 0..10_u32 {
        let wanted = 3 + round % 4;
        let id = bench.run(steady(), wanted).await;
        // Ever later into the launch.
        tokio::time::sleep(std::time::Duration::from_millis(u64::from(round) * 7)).await;
        bench.reopen().await;
        bench.run(steady(), wanted).await;
        until_ready(&*bench.engine(), &id, wanted as usize).await;
    }
    let folder = bench.folder.path().to_string_lossy().into_owned();
    let seen = bench.engine().observe().await.expect("observed");
    let shims = processes_with(&folder);
    assert_eq!(shims.len(), active(&seen.sets[0]), "as many shims as instances");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_ended_meanwhile_is_told_and_replaced() {
    let mut bench = Local::new().await;
    bench.run(json!({"command": ["sleep", "1000"]}), 1).await;
    let first = bench.ready().await;
    bench.close();
    kill(bench.program_pid(&first));
    let exit = bench.instance_folder(&first).join("exit.json");
    eventually("the shim wrote it down", || exit.exists()).await;
    bench.reopen().await;
    bench.run(json!({"command": ["sleep", "1000"]}), 1).await;
    let (old, new) = bench.replaced(&first).await;
    assert_eq!(old.reason.as_ref().map(ToString::to_string).as_deref(), Some("ended by signal: SIGKILL"));
    assert_eq!(new.restarts, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_instance_that_nobody_ensured_is_seen_until_it_is_removed() {
    let mut bench = Local::new().await;
    let id = bench.run(json!({"command": ["sleep", "1000"]}), 2).await;
    until_ready(&*bench.engine(), &id, 2).await;
    bench.reopen().await;
    let seen = bench.engine().observe().await.expect("observed");
    assert_eq!((seen.sets[0].wanted, seen.sets[0].instances.len()), (2, 2));
    bench.engine().remove(&id).await.expect("removed");
    until(&*bench.engine(), &id, "gone", |set| set.is_none()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stop_goes_on_when_the_console_is_killed_in_it() {
    let mut bench = Local::new().await;
    let stubborn = json!({
        "command": "trap '' TERM; echo ready; while :; do sleep 0.1; done",
        "stop": {"grace": "500ms"},
    });
    bench.run(stubborn.clone(), 1).await;
    let first = bench.ready().await;
    bench.engine().stop_instance(&first.id).await.expect("stopped");
    let order = bench.instance_folder(&first).join("stop.json");
    eventually("ordered", || order.exists()).await;
    bench.close();
    bench.reopen().await;
    bench.run(stubborn, 1).await;
    let (old, _) = bench.replaced(&first).await;
    assert_eq!(old.reason.as_ref().map(|reason| reason.code), Some(ReasonCode::Stopped));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_shim_takes_its_program_along_and_is_replaced() {
    let bench = Local::new().await;
    let line = format!("sleep 98765 & setsid sleep 98766 & echo {}; wait", bench.folder.path().display());
    bench.run(json!({"command": line, "restart": {"backoff": "10ms"}}), 1).await;
    let first = bench.ready().await;
    let program = bench.program_pid(&first);
    let environ = format!("QUARTERDECK_INSTANCE={}", first.id);
    let left = || {
        processes_with("sleep\u{0}9876")
            .into_iter()
            .filter(|pid| {
                let bytes = std::fs::read(format!("/proc/{pid}/environ")).unwrap_or_default();
                String::from_utf8_lossy(&bytes).contains(&environ)
            })
            .count()
    };
    eventually("its children run", || left() == 2).await;
    kill(bench.shim_pid(&first));
    let (old, _) = bench.replaced(&first).await;
    assert_eq!(old.state, InstanceState::Lost);
    assert_eq!(old.reason.as_ref().map(|reason| reason.code), Some(ReasonCode::Vanished));
    assert!(!is_alive(program));
    assert_eq!(left(), 0, "nothing of it is left");
}

#[tokio::test(flavor = "multi_thread")]
async fn stop_instances_ends_all_without_a_console_and_not_beside_one() {
    let mut bench = Local::new().await;
    let id = bench.run(steady(), 3).await;
    until_ready(&*bench.engine(), &id, 3).await;
    let seen = bench.engine().observe().await.expect("observed");
    let pids: Vec<i32> = seen.sets[0].instances.iter().map(|i| bench.program_pid(i)).collect();
    bench.close();
    let lock = adapters::lock::DataLock::acquire(bench.folder.path()).expect("free");
    let beside = adapters::engine::local::stop_all(bench.folder.path());
    assert!(beside.is_err_and(|error| error.to_string().contains("another quarterdeck")));
    drop(lock);
    assert_eq!(adapters::engine::local::stop_all(bench.folder.path()).expect("stops"), 3);
    assert!(pids.iter().all(|pid| !is_alive(*pid)));
    bench.reopen().await;
    let seen = bench.engine().observe().await.expect("observed");
    assert!(seen.sets.is_empty(), "nothing runs and nothing comes back by itself");
    bench.run(steady(), 2).await;
    until_ready(&*bench.engine(), &id, 2).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn another_environments_set_is_refused() {
    let bench = Local::new().await;
    let mut id = bench.id(1);
    id.environment = "other".parse().expect("a name");
    let definition = serde_json::from_value(steady()).expect("a definition");
    let set = adapters::engine::ReplicaSet { id, definition: std::sync::Arc::new(definition), wanted: 1 };
    assert!(matches!(bench.engine().ensure(&set).await, Err(EngineError::Refused(_))));
}
