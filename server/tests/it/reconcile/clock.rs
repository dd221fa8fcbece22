//! The host's clock is set while a deployment runs.

use std::time::Duration;

use adapters::engine::fake::Mode;
use model::deployment::{DeploymentEventKind, DeploymentState, WaitingFor};

use server::clock::Clock as _;

use super::console::{Console, definition, set};

#[tokio::test]
async fn a_clock_that_is_set_ahead_ends_no_deployment_and_is_in_its_timeline() {
    let console = Console::start().await;
    console.created("shop", definition("1", 1)).await;
    console.engine.set_mode(Mode::Starting);
    let mut patient = definition("2", 1);
    patient["strategy"]["progress_deadline"] = "30s".into();
    let update = console.update("shop", patient).await;
    console.reaches(update.id, |d| matches!(d.waiting_for, Some(WaitingFor::Healthy { .. }))).await;
    console.clock.set_ahead(Duration::from_hours(1));
    // Anything that happens makes the console look.
    console.create("mail", definition("1", 1)).await;
    let later = console.clock.now().plus(Duration::from_secs(25));
    let waiting = console.reaches(update.id, |deployment| match deployment.waiting_for {
        Some(WaitingFor::Healthy { until }) => until >= later || !deployment.state.is_active(),
        _ => !deployment.state.is_active(),
    });
    assert_eq!(waiting.await.state, DeploymentState::Running);
    console.engine.make_healthy(&set("shop", 2, 0));
    assert_eq!(console.ended(update.id).await.state, DeploymentState::Succeeded);
    let events = console.events(update.id).await;
    let moved = events.iter().filter_map(|event| match event.what {
        DeploymentEventKind::ClockMoved { millis } => Some(millis),
        _ => None,
    });
    let moved: Vec<i64> = moved.collect();
    assert!(matches!(moved[..], [millis] if (3_590_000..3_610_000).contains(&millis)), "{moved:?}");
}
