//! The console is killed at any moment: what was committed comes to its end, and nothing is done twice.

use std::time::Duration;

use adapters::engine::fake::Mode;
use app::port::{Apps, Deployments};
use model::api::{DeploymentCommand, DeploymentsQuery};
use model::deployment::{DeploymentEvent, DeploymentEventKind, DeploymentState};

use super::console::{Console, because, definition, key, names, set};

/// Kills after pauses that fall before and after commits and engine calls; which, differs from run to run.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn updates_end_right_however_often_the_console_is_killed() {
    let mut console = Console::start().await;
    console.created("shop", definition("0", 3)).await;
    for round in 1..=12_u64 {
        let update = console.update("shop", definition(&round.to_string(), 3)).await;
        for kill in 0..3 {
            // Spread over the few milliseconds that a round takes, not in step with it.
            tokio::time::sleep(Duration::from_micros((round * 977 + kill * 3571) % 9000)).await;
            console.kill_and_start().await;
        }
        let update = console.ended(update.id).await;
        assert_eq!(update.state, DeploymentState::Succeeded, "round {round}");
        let wanted = format!("shop.r{}.g0 3", update.to_revision.unwrap());
        console.until("one revision is left", || console.engine.active(&key("shop")) == 3).await;
        assert_eq!(console.running().await, [wanted], "round {round}");
        let events = console.events(update.id).await;
        let names = names(&events);
        for once in ["requested", "started", "ended"] {
            assert_eq!(names.iter().filter(|name| *name == once).count(), 1, "round {round}: {names:?}");
        }
        // The fake engine's clock is not ours, so only lines of the new revision count.
        let new = |event: &&DeploymentEvent| {
            let DeploymentEventKind::InstanceStarted { revision, .. } = event.what else { return false };
            Some(revision) == update.to_revision
        };
        assert!(events.iter().filter(new).count() <= 3, "round {round}: {names:?}");
    }
    let query = DeploymentsQuery::default();
    let history = console.core.deployments().list(&console.caller, &query).await.unwrap().items;
    assert_eq!(history.len(), 13);
    assert!(history.iter().all(|deployment| deployment.state == DeploymentState::Succeeded));
}

/// The same statements and the same order of things on PostgreSQL.
#[tokio::test]
async fn an_update_survives_a_kill_on_postgresql() {
    let Some(database) = crate::store::database::postgres().await else { return };
    let mut console = Console::start_on(database).await;
    console.created("shop", definition("1", 2)).await;
    console.engine.set_mode_of(2, Mode::Starting);
    let update = console.update("shop", definition("2", 2)).await;
    console.reaches(update.id, |d| d.progress.updated == 1).await;
    console.kill_and_start().await;
    console.engine.set_mode_of(2, Mode::Healthy);
    console.engine.make_healthy(&set("shop", 2, 0));
    assert_eq!(console.ended(update.id).await.state, DeploymentState::Succeeded);
    let scale = console.scale("shop", 5).await;
    assert_eq!(console.ended(scale.id).await.state, DeploymentState::Succeeded);
    assert_eq!(console.running().await, ["shop.r2.g0 5"]);
}

#[tokio::test]
async fn a_word_that_was_committed_is_heard_after_a_kill() {
    let mut console = Console::start().await;
    console.created("shop", definition("1", 2)).await;
    console.engine.set_mode_of(2, Mode::Starting);
    let update = console.update("shop", definition("2", 2)).await;
    console.reaches(update.id, |d| d.progress.updated == 1).await;
    // Nobody listens: the word is only in the database.
    console.core.supervisor.abort();
    let service = console.core.deployments();
    service.command(&console.caller, update.id, DeploymentCommand::Abort, because("enough")).await.unwrap();
    console.kill_and_start().await;
    assert_eq!(console.ended(update.id).await.state, DeploymentState::Aborted);
    assert_eq!(console.running().await, ["shop.r1.g0 2"]);
}

#[tokio::test]
async fn a_change_made_while_nothing_reconciles_is_made_at_the_next_start() {
    let mut console = Console::start().await;
    console.created("shop", definition("1", 2)).await;
    console.core.supervisor.shutdown().await;
    let calls = console.engine.calls().len();
    let destroy = console.apps().suspend(&console.caller, &key("shop"), because("")).await.unwrap();
    assert_eq!(console.engine.calls().len(), calls, "nothing but the database was told");
    console.kill_and_start().await;
    let ended = console.ended(destroy.deployment.unwrap().id).await;
    assert_eq!(ended.state, DeploymentState::Succeeded);
    assert!(console.running().await.is_empty());
    console.kill_and_start().await;
    console.until("looked", || console.core.sights.get(&super::console::place()).observed_at.is_some()).await;
    assert_eq!(console.engine.active(&set("shop", 1, 0).key()), 0);
}
