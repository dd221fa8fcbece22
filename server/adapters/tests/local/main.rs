//! The embedded engine with real processes.

use adapters::engine::local::{LocalConfig, LocalEngine, ShimCommand};
use adapters::engine::{Engine, ReplicaSet};
use std::sync::Arc;
use std::time::Duration;

#[tokio::test(flavor = "multi_thread")]
async fn smoke() {
    let dir = tempfile::tempdir().unwrap();
    let config = LocalConfig::new(
        "test".parse().unwrap(),
        dir.path().to_owned(),
        ShimCommand { program: env!("CARGO_BIN_EXE_test-shim").into(), arguments: vec![] },
    );
    let t = std::time::Instant::now();
    let engine = LocalEngine::open(config.clone()).await.unwrap();
    println!("open {:?} {:?}", t.elapsed(), engine.capabilities());
    let definition = serde_json::from_value(serde_json::json!({
        "command": ["python3", "-m", "http.server", "$PORT"],
        "ports": [{"name": "http"}],
        "health_checks": [{"kind": "http", "path": "/"}],
    }))
    .unwrap();
    let set = ReplicaSet {
        id: serde_json::from_value(
            serde_json::json!({"environment":"test","app":"web","revision":1,"generation":0}),
        )
        .unwrap(),
        definition: Arc::new(definition),
        wanted: 10,
    };
    let t = std::time::Instant::now();
    engine.ensure(&set).await.unwrap();
    loop {
        let o = engine.observe().await.unwrap();
        let n = o.sets[0].instances.iter().filter(|i| i.is_ready()).count();
        if n == 10 {
            break;
        }
        if t.elapsed() > Duration::from_secs(20) {
            panic!("{:#?}", o.sets[0].instances);
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    println!("healthy after {:?}", t.elapsed());
    drop(engine);
    let t = std::time::Instant::now();
    let engine = LocalEngine::open(config).await.unwrap();
    let o = engine.observe().await.unwrap();
    println!(
        "reopened after {:?}: {} ready",
        t.elapsed(),
        o.sets[0].instances.iter().filter(|i| i.is_ready()).count()
    );
    engine.remove(&set.id).await.unwrap();
    let t = std::time::Instant::now();
    while !engine.observe().await.unwrap().sets.is_empty() {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    println!("removed after {:?}", t.elapsed());
}
