//! Limits that hold, where this host lets us set them, and figures of what is used.

use adapters::engine::contract::Bench as _;
use model::environment::Enforcement;
use model::instance::ReasonCode;
use serde_json::json;

use crate::bench::{Local, PROGRAM};

#[tokio::test(flavor = "multi_thread")]
async fn too_much_memory_is_out_of_memory() {
    let bench = Local::new().await;
    if bench.engine().capabilities().memory_limit != Enforcement::ControlGroup {
        println!("skipped: no control group can limit memory here");
        return;
    }
    bench.run(json!({"command": [PROGRAM, "hold", "200"], "resources": {"memory_mb": 64}}), 1).await;
    let ended = bench.end().await;
    let reason = ended.reason.expect("a reason");
    assert_eq!((reason.code, reason.detail.as_str()), (ReasonCode::OutOfMemory, "64 MiB"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_share_of_a_core_is_all_it_gets_and_all_it_is_said_to_use() {
    let bench = Local::new().await;
    if bench.engine().capabilities().cpu_limit != Enforcement::ControlGroup {
        println!("skipped: no control group can limit the processor here");
        return;
    }
    let line = "while :; do :; done & while :; do :; done & wait";
    bench.run(json!({"command": line, "resources": {"cpus": 0.2}}), 1).await;
    bench.ready().await;
    let measured = bench.first("measured", |i| i.usage.is_some_and(|usage| usage.cpu_cores > 0.0)).await;
    let usage = measured.usage.expect("usage");
    assert!(usage.cpu_cores < 0.4, "{usage:?}");
    assert!(usage.threads == 3 && usage.file_descriptors >= 9 && usage.memory_bytes > 0, "{usage:?}");
    let nodes = bench.engine().nodes().await.expect("nodes");
    assert!((nodes[0].allocated.cpus - 0.2).abs() < 1e-9 && nodes[0].instances == 1, "{nodes:?}");
}
