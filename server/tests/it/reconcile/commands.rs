//! A person's word to a deployment that runs.

use adapters::engine::fake::Mode;
use app::port::{Apps, Deployments};
use model::api::DeploymentCommand;
use model::deployment::{Deployment, DeploymentState, Outcome};
use model::problem::ProblemCode;

use super::console::{Console, because, definition, key, names, set};

async fn say(console: &Console, deployment: &Deployment, command: DeploymentCommand) -> Deployment {
    let service = console.core.deployments();
    service.command(&console.caller, deployment.id, command, because("as asked")).await.unwrap()
}

#[tokio::test]
async fn a_paused_deployment_goes_on_when_told() {
    let console = Console::start().await;
    console.created("shop", definition("1", 3)).await;
    console.engine.set_mode_of(2, Mode::Starting);
    let update = console.update("shop", definition("2", 3)).await;
    console.reaches(update.id, |d| d.progress.updated == 1).await;
    let paused = say(&console, &update, DeploymentCommand::Pause).await;
    assert_eq!(paused.state, DeploymentState::Paused);
    console.engine.make_healthy(&set("shop", 2, 0));
    console.reaches(update.id, |d| d.progress.healthy == 1).await;
    assert_eq!(console.running().await, ["shop.r1.g0 3", "shop.r2.g0 1"]);
    console.engine.set_mode_of(2, Mode::Healthy);
    let continued = say(&console, &update, DeploymentCommand::Continue).await;
    assert_ne!(continued.state, DeploymentState::Paused);
    assert_eq!(console.ended(update.id).await.state, DeploymentState::Succeeded);
    let events = names(&console.events(update.id).await);
    assert_eq!(events.iter().filter(|name| *name == "paused").count(), 1);
    assert_eq!(events.iter().filter(|name| *name == "continued").count(), 1);
    let again = console.core.deployments();
    let again = again.command(&console.caller, update.id, DeploymentCommand::Pause, because("")).await;
    assert_eq!(again.unwrap_err().code, ProblemCode::WrongState);
}

#[tokio::test]
async fn an_aborted_deployment_goes_back() {
    let console = Console::start().await;
    console.created("shop", definition("1", 2)).await;
    console.engine.set_mode_of(2, Mode::Starting);
    let update = console.update("shop", definition("2", 2)).await;
    console.reaches(update.id, |d| d.progress.updated == 1).await;
    say(&console, &update, DeploymentCommand::Abort).await;
    let update = console.ended(update.id).await;
    assert_eq!(update.state, DeploymentState::Aborted);
    assert!(matches!(&update.outcome, Some(Outcome::Aborted { reason, .. }) if reason == "as asked"));
    assert_eq!(console.running().await, ["shop.r1.g0 2"]);
    let app = console.apps().get(&console.caller, &key("shop")).await.unwrap().summary;
    assert_eq!(app.revision, 1);
    let events = names(&console.events(update.id).await);
    assert_eq!(events.iter().filter(|name| *name == "rolling_back").count(), 1);
}
