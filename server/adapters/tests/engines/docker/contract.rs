use adapters::engine::contract::{Bench as _, CASES};

use super::{Kind, Real, skip};

/// What Swarm cannot keep, and why.
pub const SWARM_SKIPS: [(&str, &str); 1] = [(
    "logs_outlive_their_set",
    "Swarm removes a service's containers, and their logs with them, together with the service",
)];

async fn keeps_the_contract(kind: Kind) {
    for (name, case) in CASES {
        let begin = std::time::Instant::now();
        let bench = Real::new(kind).await;
        match bench.skips(name) {
            Some(reason) => println!("skipped {name}: {reason}"),
            None => case(&bench).await,
        }
        println!("{name}: {} ms", begin.elapsed().as_millis());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_docker_engine_keeps_the_contract() {
    if !skip("the_docker_engine_keeps_the_contract") {
        keeps_the_contract(Kind::Docker).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_swarm_engine_keeps_the_contract() {
    if !skip("the_swarm_engine_keeps_the_contract") {
        keeps_the_contract(Kind::Swarm).await;
    }
}
