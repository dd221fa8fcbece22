//! Every kind of change, from the service to the engine and back to the history.

use adapters::engine::fake::Mode;
use app::port::{Apps, Deployments};
use model::api::{DeploymentsQuery, Rollback, Scale, UpdateApp};
use model::app::AppStatus;
use model::deployment::{DeploymentKind, DeploymentState, Outcome};
use model::problem::ProblemCode;

use super::console::{Console, accepted, again, because, definition, key, names, place, set};

#[tokio::test]
async fn a_new_app_comes_up_and_its_timeline_says_so() {
    let console = Console::start().await;
    let deployment = console.created("shop", definition("1", 2)).await;
    assert_eq!(console.running().await, ["shop.r1.g0 2"]);
    let events = names(&console.events(deployment.id).await);
    assert_eq!(events[..3], ["requested", "started", "set_wanted"]);
    assert_eq!(events.last().unwrap(), "ended");
    assert_eq!(events.iter().filter(|name| *name == "instance_started").count(), 2);
    assert_eq!(events.iter().filter(|name| *name == "instance_healthy").count(), 2);
    let app = console.apps().get(&console.caller, &key("shop")).await.unwrap();
    assert_eq!(app.summary.status, AppStatus::Running);
    assert_eq!((app.summary.revision, app.summary.instances.healthy), (1, 2));
    assert_eq!(app.definition.instances, Some(2));
}

#[tokio::test]
async fn an_update_replaces_all_instances_and_never_has_fewer() {
    let console = Console::start().await;
    console.created("shop", definition("1", 3)).await;
    let update = console.update("shop", definition("2", 3)).await;
    assert_eq!((update.number, update.from_revision, update.to_revision), (2, Some(1), Some(2)));
    let update = console.ended(update.id).await;
    assert_eq!(update.state, DeploymentState::Succeeded);
    assert_eq!(console.running().await, ["shop.r2.g0 3"]);
    let changes = console.core.deployments().changes(&console.caller, update.id).await.unwrap();
    assert_eq!(changes.len(), 1, "{changes:?}");
    assert_eq!(changes[0].path, "/image");
}

#[tokio::test]
async fn an_update_that_changes_nothing_makes_nothing() {
    let console = Console::start().await;
    console.created("shop", definition("1", 3)).await;
    let input = UpdateApp { definition: Some(definition("1", 3)), ..UpdateApp::default() };
    let answer = console.apps().update(&console.caller, &key("shop"), input).await.unwrap();
    assert_eq!(answer.deployment, None);
    let input = UpdateApp { definition: Some(definition("1", 4)), ..UpdateApp::default() };
    let scale = accepted(console.apps().update(&console.caller, &key("shop"), input).await.unwrap());
    assert_eq!(
        (scale.kind, scale.to_revision, scale.to_instances),
        (DeploymentKind::Scale, Some(1), Some(4))
    );
    console.ended(scale.id).await;
    assert_eq!(console.running().await, ["shop.r1.g0 4"]);
}

#[tokio::test]
async fn a_new_image_alone_keeps_the_rest() {
    let console = Console::start().await;
    console.created("shop", definition("1", 2)).await;
    let input = UpdateApp { image: Some("registry.example/shop:7".to_owned()), ..UpdateApp::default() };
    let update = accepted(console.apps().update(&console.caller, &key("shop"), input).await.unwrap());
    console.ended(update.id).await;
    let app = console.apps().get(&console.caller, &key("shop")).await.unwrap();
    assert_eq!(app.summary.version, "registry.example/shop:7");
    assert_eq!(app.summary.instances.wanted, 2);
}

#[tokio::test]
async fn a_stale_reader_is_refused() {
    let console = Console::start().await;
    console.created("shop", definition("1", 1)).await;
    let update = console.update("shop", definition("2", 1)).await;
    console.ended(update.id).await;
    let input =
        UpdateApp { definition: Some(definition("3", 1)), if_revision: Some(1), ..UpdateApp::default() };
    let problem = console.apps().update(&console.caller, &key("shop"), input).await.unwrap_err();
    assert_eq!((problem.code, problem.status), (ProblemCode::Stale, 412));
}

#[tokio::test]
async fn a_failing_update_goes_back_by_itself() {
    let console = Console::start().await;
    console.created("shop", definition("1", 3)).await;
    console.engine.set_mode_of(2, Mode::Unhealthy);
    let update = console.update("shop", definition("2", 3)).await;
    let update = console.ended(update.id).await;
    assert_eq!(update.state, DeploymentState::RolledBack);
    assert!(matches!(update.outcome, Some(Outcome::DeadlineExceeded { .. })), "{:?}", update.outcome);
    assert_eq!(console.running().await, ["shop.r1.g0 3"]);
    let app = console.apps().get(&console.caller, &key("shop")).await.unwrap().summary;
    assert_eq!(
        (app.revision, app.version.as_str(), app.status),
        (1, "registry.example/shop:1", AppStatus::Running)
    );
    let events = names(&console.events(update.id).await);
    assert!(
        events.contains(&"instance_failed".to_owned()) && events.contains(&"rolling_back".to_owned()),
        "{events:?}"
    );
    // The next update is a new revision and comes from the one that holds.
    let next = console.update("shop", definition("3", 3)).await;
    assert_eq!((next.from_revision, next.to_revision), (Some(1), Some(3)));
    assert_eq!(console.ended(next.id).await.state, DeploymentState::Succeeded);
}

#[tokio::test]
async fn a_first_deployment_that_fails_can_be_mended() {
    let console = Console::start().await;
    console.engine.set_mode_of(1, Mode::Crashing);
    let create = console.create("shop", definition("1", 2)).await;
    assert_eq!(console.ended(create.id).await.state, DeploymentState::Failed);
    let update = console.update("shop", definition("2", 2)).await;
    assert_eq!(console.ended(update.id).await.state, DeploymentState::Succeeded);
    console.until("only the mended revision runs", || console.engine.active(&key("shop")) == 2).await;
    assert_eq!(console.running().await, ["shop.r2.g0 2"]);
}

#[tokio::test]
async fn scaling_again_takes_the_place_of_a_scale_that_runs() {
    let console = Console::start().await;
    console.created("shop", definition("1", 1)).await;
    console.engine.set_mode(Mode::Starting);
    let first = console.scale("shop", 3).await;
    let by = Scale { by: Some(2), ..Scale::default() };
    let second = accepted(console.apps().scale(&console.caller, &key("shop"), by).await.unwrap());
    assert_eq!(second.to_instances, Some(5));
    let first = console.deployment(first.id).await;
    assert_eq!(first.outcome, Some(Outcome::Superseded { by: second.id }));
    console.until("five run", || console.engine.active(&key("shop")) == 5).await;
    console.engine.make_healthy(&set("shop", 1, 0));
    assert_eq!(console.ended(second.id).await.state, DeploymentState::Succeeded);
    let less = console.scale("shop", 2).await;
    console.ended(less.id).await;
    assert_eq!(console.running().await, ["shop.r1.g0 2"]);
}

#[tokio::test]
async fn an_update_while_one_runs_is_refused_or_takes_its_place() {
    let console = Console::start().await;
    console.created("shop", definition("1", 2)).await;
    console.engine.set_mode_of(2, Mode::Starting);
    let second = console.update("shop", definition("2", 2)).await;
    let input = UpdateApp { definition: Some(definition("3", 2)), ..UpdateApp::default() };
    let refused = console.apps().update(&console.caller, &key("shop"), input.clone()).await.unwrap_err();
    assert_eq!(refused.code, ProblemCode::DeploymentActive);
    assert_eq!(refused.params["deployment"], second.id.to_string());
    let scale = Scale { by: Some(1), ..Scale::default() };
    let refused = console.apps().scale(&console.caller, &key("shop"), scale).await.unwrap_err();
    assert_eq!(refused.code, ProblemCode::DeploymentActive);
    let input = UpdateApp { override_active: true, ..input };
    let third = accepted(console.apps().update(&console.caller, &key("shop"), input).await.unwrap());
    assert_eq!(third.from_revision, Some(1));
    assert_eq!(console.ended(third.id).await.state, DeploymentState::Succeeded);
    assert_eq!(console.deployment(second.id).await.state, DeploymentState::Superseded);
    console.until("one revision is left", || console.engine.active(&key("shop")) == 2).await;
    assert_eq!(console.running().await, ["shop.r3.g0 2"]);
}

#[tokio::test]
async fn a_restart_replaces_instances_of_the_same_revision() {
    let console = Console::start().await;
    console.created("shop", definition("1", 2)).await;
    let restart = console.apps().restart(&console.caller, &key("shop"), again("leak")).await.unwrap();
    let restart = console.ended(accepted(restart).id).await;
    assert_eq!((restart.state, restart.to_revision), (DeploymentState::Succeeded, Some(1)));
    assert_eq!(console.running().await, ["shop.r1.g1 2"]);
}

#[tokio::test]
async fn a_suspended_app_comes_back_as_it_was() {
    let console = Console::start().await;
    console.created("shop", definition("1", 3)).await;
    let apps = console.apps();
    let suspend = accepted(apps.suspend(&console.caller, &key("shop"), because("night")).await.unwrap());
    console.ended(suspend.id).await;
    assert!(console.running().await.is_empty());
    let app = apps.get(&console.caller, &key("shop")).await.unwrap().summary;
    assert_eq!((app.status, app.instances.wanted), (AppStatus::Suspended, 0));
    let again = apps.suspend(&console.caller, &key("shop"), because("")).await.unwrap_err();
    assert_eq!(again.code, ProblemCode::WrongState);
    let resume = accepted(apps.resume(&console.caller, &key("shop"), because("day")).await.unwrap());
    console.ended(resume.id).await;
    assert_eq!(console.running().await, ["shop.r1.g0 3"]);
}

#[tokio::test]
async fn a_rollback_runs_the_old_revision_itself() {
    let console = Console::start().await;
    console.created("shop", definition("1", 2)).await;
    let update = console.update("shop", definition("2", 2)).await;
    console.ended(update.id).await;
    let input =
        Rollback { revision: 1, reason: "slow".to_owned(), override_active: false, override_release: false };
    let apps = console.apps();
    let back = accepted(apps.rollback(&console.caller, &key("shop"), input.clone()).await.unwrap());
    assert_eq!(
        (back.kind, back.from_revision, back.to_revision),
        (DeploymentKind::Rollback, Some(2), Some(1))
    );
    assert_eq!(console.ended(back.id).await.state, DeploymentState::Succeeded);
    assert_eq!(console.running().await, ["shop.r1.g1 2"]);
    let app = apps.get(&console.caller, &key("shop")).await.unwrap().summary;
    assert_eq!((app.revision, app.version.as_str()), (1, "registry.example/shop:1"));
    assert_eq!(apps.rollback(&console.caller, &key("shop"), input).await.unwrap().deployment, None);
    let input =
        Rollback { revision: 9, reason: String::new(), override_active: false, override_release: false };
    assert_eq!(apps.rollback(&console.caller, &key("shop"), input).await.unwrap_err().status, 404);
}

#[tokio::test]
async fn a_destroyed_app_leaves_its_history_and_its_name() {
    let console = Console::start().await;
    console.created("shop", definition("1", 2)).await;
    let apps = console.apps();
    let destroy = accepted(apps.destroy(&console.caller, &key("shop"), because("old")).await.unwrap());
    assert_eq!(console.ended(destroy.id).await.state, DeploymentState::Succeeded);
    assert!(console.running().await.is_empty());
    assert_eq!(apps.get(&console.caller, &key("shop")).await.unwrap_err().status, 404);
    let query = DeploymentsQuery { app: Some("shop".to_owned()), ..DeploymentsQuery::default() };
    let history = console.core.deployments().list(&console.caller, &query).await.unwrap().items;
    assert_eq!(
        history.iter().map(|d| d.kind).collect::<Vec<_>>(),
        [DeploymentKind::Destroy, DeploymentKind::Create]
    );
    let again = console.created("shop", definition("1", 1)).await;
    assert_eq!((again.number, again.to_revision), (1, Some(1)));
    assert_eq!(console.running().await, ["shop.r1.g1 1"]);
}

#[tokio::test]
async fn the_plan_says_what_an_update_then_does() {
    let console = Console::start().await;
    let apps = console.apps();
    let input = UpdateApp { definition: Some(definition("1", 2)), ..UpdateApp::default() };
    let plan = apps.plan(&console.caller, &key("shop"), input).await.unwrap();
    assert_eq!((plan.kind, plan.new_revision, plan.to_instances), (DeploymentKind::Create, Some(1), 2));
    assert!(!plan.steps.is_empty() && plan.capacity.fits);
    console.created("shop", definition("1", 2)).await;
    let input = UpdateApp { definition: Some(definition("2", 2)), ..UpdateApp::default() };
    let plan = apps.plan(&console.caller, &key("shop"), input).await.unwrap();
    assert_eq!((plan.kind, plan.new_revision), (DeploymentKind::Update, Some(2)));
    assert_eq!(plan.changes.len(), 1);
    assert!(plan.capacity.needed.cpus > 0.0, "{plan:?}");
    assert_eq!(apps.get(&console.caller, &key("shop")).await.unwrap().summary.revision, 1);
}

#[tokio::test]
async fn what_is_invalid_is_refused_with_every_field() {
    let console = Console::start().await;
    let input = model::api::CreateApp {
        name: "Not A Name".to_owned(),
        definition: serde_json::json!({ "instances": -1, "colour": "red" }),
        ..Default::default()
    };
    let problem = console.apps().create(&console.caller, &place(), input).await.unwrap_err();
    let paths: Vec<&str> = problem.errors.iter().map(|error| error.path.as_str()).collect();
    for path in ["/name", "/definition/instances", "/definition/colour"] {
        assert!(paths.contains(&path), "{paths:?}");
    }
    let input = model::api::CreateApp {
        name: "shop".to_owned(),
        definition: serde_json::json!({ "artifact": "shop/1", "command": ["./run"] }),
        ..Default::default()
    };
    let problem = console.apps().create(&console.caller, &place(), input).await.unwrap_err();
    assert_eq!(problem.errors[0].path, "/definition/artifact");
    console.created("shop", definition("1", 1)).await;
    let input = model::api::CreateApp {
        name: "shop".to_owned(),
        definition: definition("1", 1),
        ..Default::default()
    };
    let problem = console.apps().create(&console.caller, &place(), input).await.unwrap_err();
    assert_eq!(problem.code, ProblemCode::AlreadyExists);
}
