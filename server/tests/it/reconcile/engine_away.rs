//! The engine does not answer, refuses, or runs what nobody asked for.

use adapters::engine::ReplicaSet;
use adapters::engine::fake::{Fault, Mode};
use app::port::{Apps, Environments};
use model::app::{AppStatus, StatusReason};
use model::deployment::{DeploymentState, WaitingFor};
use model::environment::Reachability;

use super::console::{Console, definition, key, names, place, set};

#[tokio::test]
async fn what_was_last_seen_stays_while_the_engine_is_away_and_the_change_is_made_when_it_is_back() {
    let console = Console::start().await;
    console.created("shop", definition("1", 2)).await;
    console.engine.set_fault(Fault::Unreachable);
    let scale = console.scale("shop", 4).await;
    let waiting = console.reaches(scale.id, |d| d.waiting_for == Some(WaitingFor::Engine)).await;
    assert!(waiting.state.is_active());
    let app = console.apps().get(&console.caller, &key("shop")).await.unwrap().summary;
    assert_eq!(app.status, AppStatus::Unknown);
    assert!(matches!(app.status_reason, Some(StatusReason::EngineAway { since: Some(_), .. })));
    assert_eq!(app.instances.healthy, 2);
    let environment = console.core.environments().get(&console.caller, &place()).await.unwrap();
    assert!(matches!(environment.reachability, Reachability::Unreachable { .. }));
    console.engine.set_fault(Fault::None);
    assert_eq!(console.ended(scale.id).await.state, DeploymentState::Succeeded);
    assert_eq!(console.running().await, ["shop.r1.g0 4"]);
}

#[tokio::test]
async fn a_refusal_is_in_the_timeline_once_and_tried_again() {
    let console = Console::start().await;
    console.created("shop", definition("1", 1)).await;
    console.engine.set_fault(Fault::Refuse("no quota left".to_owned()));
    let mut slow = definition("2", 1);
    slow["strategy"]["progress_deadline"] = "30s".into();
    let update = console.update("shop", slow).await;
    console
        .until("asked twice", || {
            console.engine.calls().iter().filter(|call| call.starts_with("ensure shop.r2")).count() >= 2
        })
        .await;
    console.engine.set_fault(Fault::None);
    assert_eq!(console.ended(update.id).await.state, DeploymentState::Succeeded);
    let events = names(&console.events(update.id).await);
    assert_eq!(events.iter().filter(|name| *name == "engine_trouble").count(), 1, "{events:?}");
}

#[tokio::test]
async fn what_nobody_wants_is_removed() {
    let console = Console::start().await;
    let definition = model::definition::parse(&definition("1", 1)).unwrap();
    console.engine.plant(ReplicaSet { id: set("ghost", 4, 0), definition: definition.into(), wanted: 3 });
    console.created("shop", super::console::definition("1", 1)).await;
    console.until("the ghost is gone", || console.engine.active(&key("ghost")) == 0).await;
}

#[tokio::test]
async fn an_instance_that_crashes_makes_the_app_degraded_and_then_well() {
    let console = Console::start().await;
    console.created("shop", definition("1", 2)).await;
    console.engine.set_mode(Mode::Starting);
    let instances = console.core.sights.get(&place()).instances(&"shop".parse().unwrap()).to_vec();
    console.engine.crash(&instances[0].id);
    let status = || {
        let sight = console.core.sights.get(&place());
        server::live::status(&"shop".parse().unwrap(), 2, false, &sight).0
    };
    console.until("degraded", || status() == AppStatus::Degraded).await;
    console.engine.make_healthy(&set("shop", 1, 0));
    console.until("running", || status() == AppStatus::Running).await;
}
