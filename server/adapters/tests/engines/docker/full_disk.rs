//! The disk of a host runs full: that is said, what runs goes on, and what waits begins once there is room.

use std::sync::Arc;

use adapters::engine::ReplicaSet;
use adapters::engine::contract::{Bench as _, until, until_ready};
use model::instance::ReasonCode;
use serde_json::json;

use super::daemon::Hosts;
use super::{Kind, Real, image, shell, skip};

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_is_named_and_what_waits_begins_once_there_is_room() {
    if skip("a_full_disk_is_named_and_what_waits_begins_once_there_is_room") {
        return;
    }
    // As those of the other tests it ends with the process.
    let hosts = Box::leak(Box::new(Hosts::with_disk("64m").await));
    image::bring(&hosts.negotiated(1).await).await;
    let real = Real::on(hosts, Kind::Docker);
    let engine = real.engine();
    let lives = real.run(shell("exec sleep 1000", json!({})), 1).await;
    let living = until_ready(&*engine, &lives, 1).await;

    let ensure = async |revision: u32, definition: serde_json::Value| {
        let definition = Arc::new(serde_json::from_value(definition).expect("a definition"));
        let set = ReplicaSet { id: real.id(revision), definition, wanted: 1 };
        engine.ensure(&set).await.expect("accepted");
        set.id
    };
    // It answers once nothing more fits.
    let fills = shell(
        "dd if=/dev/zero of=/fill bs=64k 2>/dev/null; dd if=/dev/zero of=/rest bs=512 2>/dev/null; \
         exec httpd -f -p $PORT -h /",
        json!({
            // Its disk is memory.
            "resources": {"cpus": 0.5, "memory_mb": 128},
            "ports": [{"name": "http", "container_port": 8080}],
            "health_checks": [{"kind": "tcp", "interval": "1s", "grace": "1m"}],
        }),
    );
    let fills = ensure(2, fills).await;
    until_ready(&*engine, &fills, 1).await;

    let restart = json!({"restart": {"backoff": "1s", "max_delay": "1s"}});
    let waits = ensure(3, shell("exec sleep 1000", restart)).await;
    let code = |instance: &model::instance::Instance| instance.reason.as_ref().map(|reason| reason.code);
    let seen = until(&*engine, &waits, "a full disk", |set| {
        set.is_some_and(|set| set.instances.iter().any(|one| code(one) == Some(ReasonCode::DiskFull)))
    })
    .await
    .expect("a set");
    let reason = seen.instances.iter().find_map(|one| one.reason.as_ref()).expect("a reason");
    assert!(reason.detail.contains("no space left on device"), "{reason:?}");
    assert_eq!(until_ready(&*engine, &lives, 1).await, living, "what runs goes on");

    engine.remove(&fills).await.expect("accepted");
    until(&*engine, &fills, "gone", |set| set.is_none()).await;
    until_ready(&*engine, &waits, 1).await;
    assert_eq!(until_ready(&*engine, &lives, 1).await, living);
    engine.remove(&waits).await.expect("accepted");
    real.remove().await;
}
