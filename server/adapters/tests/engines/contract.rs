use std::sync::Arc;

use adapters::engine::Engine;
use adapters::engine::contract::{Behaviour, Bench, CASES};
use adapters::engine::fake::{FakeEngine, Mode};
use async_trait::async_trait;
use model::definition::Definition;
use model::id::{EnvironmentName, ReplicaSetId};

use crate::bench::{Local, steady};

struct Fake(FakeEngine);

#[async_trait]
impl Bench for Fake {
    fn engine(&self) -> Arc<dyn Engine> {
        Arc::new(self.0.clone())
    }

    fn environment(&self) -> EnvironmentName {
        "test".parse().expect("a name")
    }

    async fn definition(&self, behaviour: Behaviour, set: &ReplicaSetId) -> Definition {
        let crashing = behaviour == Behaviour::Crashing;
        self.0.set_mode_of(set.revision, if crashing { Mode::Crashing } else { Mode::Healthy });
        serde_json::from_value(steady()).expect("a definition")
    }

    fn skips(&self, case: &str) -> Option<&'static str> {
        case.starts_with("logs_").then_some("its instances print nothing")
    }
}

#[tokio::test]
async fn the_fake_engine_keeps_the_contract() {
    for (name, case) in CASES {
        let bench = Fake(FakeEngine::new());
        match bench.skips(name) {
            Some(reason) => println!("skipped {name}: {reason}"),
            None => case(&bench).await,
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_embedded_engine_keeps_the_contract() {
    for (name, case) in CASES {
        println!("{name}");
        let bench = Local::new().await;
        match bench.skips(name) {
            Some(reason) => println!("skipped {name}: {reason}"),
            None => case(&bench).await,
        }
    }
}
