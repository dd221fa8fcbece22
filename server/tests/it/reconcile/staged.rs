//! Staged and blue/green releases with the reconciler and the watcher, on the in-memory engine.

use adapters::engine::fake::Mode;
use app::port::{Apps, Deployments};
use model::api::{DeploymentCommand, Rollback, UpdateApp};
use model::check::Verdict;
use model::deployment::{Actor, ActorKind, Deployment, DeploymentState, Outcome, WaitingFor};
use model::id::UserId;
use model::permission::{Caller, Role};
use model::problem::{Problem, ProblemCode};
use model::rollout::SkipReason;
use serde_json::{Value, json};

use super::console::{Console, accepted, again, because, key, names};

fn staged(version: &str, steps: Value, checks: Value) -> Value {
    json!({
        "image": format!("registry.example/shop:{version}"),
        "instances": 4,
        "ports": [{ "name": "http", "container_port": 8080 }],
        "strategy": { "kind": "staged", "steps": steps, "progress_deadline": "5s" },
        "checks": checks,
    })
}

fn gated(version: &str) -> Value {
    staged(version, json!([{ "set": 1 }, { "approve": { "approvers": 2 } }, { "set": "100%" }]), json!([]))
}

fn person(name: &str, number: u128, role: Role) -> Caller {
    Caller {
        actor: Actor { kind: ActorKind::User, name: name.to_owned() },
        role,
        user: Some(UserId(uuid(number))),
    }
}

fn uuid(number: u128) -> uuid::Uuid {
    uuid::Uuid::from_u128(number)
}

async fn say(
    console: &Console,
    who: &Caller,
    deployment: &Deployment,
    command: DeploymentCommand,
) -> Result<Deployment, Problem> {
    console.core.deployments().command(who, deployment.id, command, because("as asked")).await
}

async fn awaiting(console: &Console, version: &str) -> Deployment {
    let update = console.update("shop", gated(version)).await;
    console.reaches(update.id, |d| d.state == DeploymentState::AwaitingApproval).await
}

#[tokio::test]
async fn a_first_deployment_skips_its_steps_and_says_so() {
    let console = Console::start().await;
    let created = console.created("shop", gated("1")).await;
    assert_eq!((created.skip, created.steps.len()), (Some(SkipReason::FirstDeployment), 0));
    assert!(names(&console.events(created.id).await).contains(&"steps_skipped".to_owned()));
}

#[tokio::test]
async fn a_gate_opens_for_enough_different_people() {
    let console = Console::start().await;
    console.created("shop", gated("1")).await;
    let update = awaiting(&console, "2").await;
    console.until_running(&["shop.r1.g0 3", "shop.r2.g0 1"]).await;
    let (ann, bob) = (person("ann", 1, Role::Operator), person("bob", 2, Role::Operator));
    let vera = person("vera", 3, Role::Viewer);
    let refused = say(&console, &vera, &update, DeploymentCommand::Approve).await.unwrap_err();
    assert_eq!(refused.code, ProblemCode::Forbidden);
    say(&console, &ann, &update, DeploymentCommand::Approve).await.unwrap();
    let annas_token = Caller { actor: Actor { kind: ActorKind::Token, name: "ci".into() }, ..ann.clone() };
    let again = say(&console, &annas_token, &update, DeploymentCommand::Approve).await.unwrap_err();
    assert_eq!(again.code, ProblemCode::WrongState, "the same person by another name");
    let waits = console.reaches(
        update.id,
        |d| matches!(&d.waiting_for, Some(WaitingFor::Approval { by, .. }) if by == &["ann"]),
    );
    waits.await;
    say(&console, &bob, &update, DeploymentCommand::Approve).await.unwrap();
    let ended = console.ended(update.id).await;
    assert_eq!(ended.state, DeploymentState::Succeeded);
    assert_eq!(console.running().await, ["shop.r2.g0 4"]);
    let events = names(&console.events(update.id).await);
    assert_eq!(events.iter().filter(|name| *name == "approved").count(), 2);
    assert_eq!(events.iter().filter(|name| *name == "step_reached").count(), 3);
    let evidence = console.core.deployments().verification(&console.caller, update.id).await.unwrap();
    assert_eq!(evidence.approvals.len(), 2);
}

#[tokio::test]
async fn the_author_does_not_count_unless_the_environment_says_so() {
    let console = Console::start().await;
    console.created("shop", gated("1")).await;
    let ann = person("ann", 1, Role::Operator);
    let input = UpdateApp { definition: Some(gated("2")), ..UpdateApp::default() };
    let update = accepted(console.apps().update(&ann, &key("shop"), input).await.unwrap());
    let update = console.reaches(update.id, |d| d.state == DeploymentState::AwaitingApproval).await;
    let refused = say(&console, &ann, &update, DeploymentCommand::Approve).await.unwrap_err();
    assert_eq!(refused.code, ProblemCode::Forbidden);
    console.let_authors_approve().await;
    say(&console, &ann, &update, DeploymentCommand::Approve).await.unwrap();
}

#[tokio::test]
async fn a_no_at_a_gate_goes_back() {
    let console = Console::start().await;
    console.created("shop", gated("1")).await;
    let update = awaiting(&console, "2").await;
    let bob = person("bob", 2, Role::Operator);
    say(&console, &bob, &update, DeploymentCommand::Reject).await.unwrap();
    let ended = console.ended(update.id).await;
    assert_eq!(ended.state, DeploymentState::RolledBack);
    assert!(
        matches!(&ended.outcome, Some(Outcome::Rejected { by, step: 2, .. }) if by == "bob"),
        "{ended:?}"
    );
    assert_eq!(console.running().await, ["shop.r1.g0 4"]);
}

#[tokio::test]
async fn skip_goes_past_one_step_and_promote_past_all() {
    let console = Console::start().await;
    console.created("shop", gated("1")).await;
    let update = awaiting(&console, "2").await;
    let own = say(&console, &console.caller, &update, DeploymentCommand::Skip).await.unwrap_err();
    assert_eq!(own.code, ProblemCode::Forbidden, "the author goes past his own gate");
    let bob = person("bob", 2, Role::Operator);
    let one = say(&console, &bob, &update, DeploymentCommand::Promote).await.unwrap_err();
    assert_eq!(one.code, ProblemCode::Forbidden, "one operator stands for two");
    let boss = person("boss", 3, Role::Admin);
    say(&console, &boss, &update, DeploymentCommand::Skip).await.unwrap();
    assert_eq!(console.ended(update.id).await.state, DeploymentState::Succeeded);
    let steps = json!([{ "set": 1 }, { "wait": "1h" }, { "set": 2 }, { "wait": "1h" }]);
    console.update("shop", staged("3", steps.clone(), json!([]))).await;
    let update = console.core.apps().get(&console.caller, &key("shop")).await.unwrap();
    let update = update.summary.deployment.unwrap();
    let waits = |d: &Deployment| matches!(d.waiting_for, Some(WaitingFor::Time { .. }));
    console.reaches(update.id, waits).await;
    say(&console, &console.caller, &update, DeploymentCommand::Promote).await.unwrap();
    let ended = console.ended(update.id).await;
    assert_eq!((ended.state, ended.steps.len()), (DeploymentState::Succeeded, 5));
}

#[tokio::test]
async fn going_back_within_the_hour_skips_the_steps() {
    let console = Console::start().await;
    console.created("shop", gated("1")).await;
    let update = awaiting(&console, "2").await;
    say(&console, &person("boss", 3, Role::Admin), &update, DeploymentCommand::Skip).await.unwrap();
    console.ended(update.id).await;
    let plan = UpdateApp { revision: Some(1), ..UpdateApp::default() };
    let plan = console.apps().plan(&console.caller, &key("shop"), plan).await.unwrap();
    assert_eq!(plan.skip, Some(SkipReason::RecentlyOut));
    let input = Rollback {
        revision: 1,
        reason: "errors".to_owned(),
        override_active: false,
        override_release: false,
    };
    let back = accepted(console.apps().rollback(&console.caller, &key("shop"), input).await.unwrap());
    assert_eq!((back.skip, back.steps.len()), (Some(SkipReason::RecentlyOut), 0));
    assert_eq!(console.ended(back.id).await.state, DeploymentState::Succeeded);
}

#[tokio::test]
async fn a_restart_is_staged_too() {
    let console = Console::start().await;
    console.created("shop", gated("1")).await;
    let restart = accepted(console.apps().restart(&console.caller, &key("shop"), again("")).await.unwrap());
    let waits = console.reaches(restart.id, |d| d.state == DeploymentState::AwaitingApproval).await;
    assert_eq!(waits.steps.len(), 3);
    console.until_running(&["shop.r1.g0 3", "shop.r1.g1 1"]).await;
}

#[tokio::test]
async fn a_release_that_is_scaled_keeps_its_step_and_its_approvals() {
    let console = Console::start().await;
    console.created("shop", gated("1")).await;
    let update = awaiting(&console, "2").await;
    say(&console, &person("ann", 1, Role::Operator), &update, DeploymentCommand::Approve).await.unwrap();
    let input = model::api::Scale { instances: Some(8), override_active: true, ..Default::default() };
    let scale = accepted(console.apps().scale(&console.caller, &key("shop"), input).await.unwrap());
    let by_ann = |d: &Deployment| matches!(&d.waiting_for, Some(WaitingFor::Approval { by, step: 2, .. }) if by == &["ann"]);
    console.reaches(scale.id, by_ann).await;
    console.until_running(&["shop.r1.g0 7", "shop.r2.g0 1"]).await;
    say(&console, &person("bob", 2, Role::Operator), &scale, DeploymentCommand::Approve).await.unwrap();
    assert_eq!(console.ended(scale.id).await.state, DeploymentState::Succeeded);
    assert_eq!(console.running().await, ["shop.r2.g0 8"]);
}

#[tokio::test]
async fn what_is_suspended_in_a_gate_comes_back_as_it_was_before() {
    let console = Console::start().await;
    console.created("shop", gated("1")).await;
    awaiting(&console, "2").await;
    let over = model::api::Reasoned { override_active: true, ..because("night") };
    let suspend = accepted(console.apps().suspend(&console.caller, &key("shop"), over).await.unwrap());
    console.ended(suspend.id).await;
    let resume =
        accepted(console.apps().resume(&console.caller, &key("shop"), because("day")).await.unwrap());
    console.ended(resume.id).await;
    assert_eq!(console.running().await, ["shop.r1.g0 4"]);
}

#[tokio::test]
async fn a_word_for_another_step_is_refused() {
    let console = Console::start().await;
    console.created("shop", gated("1")).await;
    let update = awaiting(&console, "2").await;
    let boss = person("boss", 3, Role::Admin);
    let word = |step| model::api::Reasoned { step: Some(step), ..because("as seen") };
    let service = console.core.deployments();
    let late = service.command(&boss, update.id, DeploymentCommand::Skip, word(1)).await.unwrap_err();
    assert_eq!(late.code, ProblemCode::WrongState);
    service.command(&boss, update.id, DeploymentCommand::Skip, word(2)).await.unwrap();
}

/// The in-memory engine's instances answer nobody, which is what a broken version does.
#[tokio::test]
async fn a_check_that_nobody_answers_stops_the_release_and_its_measurements_stay() {
    let console = Console::start().await;
    let steps = json!([{ "set": 1 }, { "verify": "2s" }, { "set": "100%" }]);
    let http = json!([{
        "kind": "http", "name": "front", "path": "/", "expect": { "status": 200 },
        "interval": "100ms", "timeout": "200ms", "failure_limit": 2,
    }]);
    console.created("shop", staged("1", steps.clone(), http.clone())).await;
    let update = console.update("shop", staged("2", steps, http)).await;
    let ended = console.ended(update.id).await;
    assert_eq!(ended.state, DeploymentState::RolledBack, "{ended:#?}");
    let Some(Outcome::CheckFailed { check, step, failed, measured, .. }) = &ended.outcome else {
        panic!("{ended:#?}")
    };
    assert_eq!((check.as_str(), *step, *failed, *measured), ("front", Some(2), 3, 3));
    assert_eq!(console.running().await, ["shop.r1.g0 4"]);
    let kept = console
        .core
        .deployments()
        .measurements(&console.caller, update.id, &model::api::MeasurementsQuery::default())
        .await
        .unwrap()
        .items;
    assert_eq!(kept.len(), 3);
    assert!(
        kept.iter()
            .all(|m| m.verdict == Verdict::Fail && m.step == Some(2) && m.asked.contains("GET http://"))
    );
}

#[tokio::test]
async fn a_metric_without_data_asks_a_person_who_overrules_it() {
    let console = Console::start().await;
    let steps = json!([{ "set": 1 }, { "verify": "1s" }, { "set": "100%" }]);
    let metric = json!([{
        "kind": "metric", "query": "nothing{app=\"{{app}}\",revision=\"{{revision}}\"}",
        "threshold": { "max": 1 }, "interval": "100ms",
    }]);
    console.created("shop", staged("1", steps.clone(), metric.clone())).await;
    let update = console.update("shop", staged("2", steps, metric)).await;
    let paused = console.reaches(update.id, |d| d.state == DeploymentState::Paused).await;
    assert!(matches!(&paused.outcome, Some(Outcome::CheckInconclusive { .. })), "{paused:#?}");
    say(&console, &console.caller, &update, DeploymentCommand::Continue).await.unwrap();
    assert_eq!(console.ended(update.id).await.state, DeploymentState::Succeeded);
}

#[tokio::test]
async fn patterns_and_queries_that_cannot_work_are_refused_with_their_place() {
    let console = Console::start().await;
    let steps = json!([{ "set": 1 }, { "verify": "1s" }]);
    let checks = json!([
        { "kind": "log", "pattern": "a(b", "max": 0 },
        { "kind": "metric", "query": "sum(up", "threshold": { "max": 1 } },
        { "kind": "metric", "query": "1 + rat(up)", "threshold": { "max": 1 } },
        { "kind": "metric", "query": "up{revision=\"{{revision}}\"}) + 1", "threshold": { "max": 1 } },
    ]);
    let input = model::api::CreateApp {
        name: "shop".to_owned(),
        definition: staged("1", steps, checks),
        ..Default::default()
    };
    let place = super::console::place();
    let problem = console.apps().create(&console.caller, &place, input).await.unwrap_err();
    let told: Vec<String> = problem.errors.iter().map(|e| format!("{} {}", e.path, e.message)).collect();
    assert_eq!(
        told,
        [
            "/definition/checks/0/pattern is not a regular expression: unclosed group (character 2)",
            "/definition/checks/1/query is not a query: it ends where ')' was expected (character 7)",
            "/definition/checks/2/query is not a query: unknown function 'rat' (character 5)",
            "/definition/checks/3/query is not a query: unexpected token: expected EOF, found ) (character 28)",
        ]
    );
}

#[tokio::test]
async fn a_console_that_was_killed_goes_on_in_the_step_it_was_in() {
    let mut console = Console::start().await;
    console.created("shop", gated("1")).await;
    let update = awaiting(&console, "2").await;
    console.until_running(&["shop.r1.g0 3", "shop.r2.g0 1"]).await;
    let bob = person("bob", 2, Role::Operator);
    say(&console, &bob, &update, DeploymentCommand::Approve).await.unwrap();
    console.kill_and_start().await;
    let waits = console.reaches(
        update.id,
        |d| matches!(&d.waiting_for, Some(WaitingFor::Approval { by, .. }) if by == &["bob"]),
    );
    waits.await;
    assert_eq!(console.running().await, ["shop.r1.g0 3", "shop.r2.g0 1"]);
    let ann = person("ann", 1, Role::Operator);
    say(&console, &ann, &update, DeploymentCommand::Approve).await.unwrap();
    assert_eq!(console.ended(update.id).await.state, DeploymentState::Succeeded);
}

#[tokio::test]
async fn blue_and_green_run_side_by_side_until_the_switch_is_old() {
    let console = Console::start().await;
    let definition = |version: &str| {
        json!({
            "image": format!("registry.example/shop:{version}"),
            "instances": 3,
            "strategy": { "kind": "blue_green", "verify": "300ms", "keep_old": "500ms" },
        })
    };
    console.created("shop", definition("1")).await;
    let update = console.update("shop", definition("2")).await;
    console.reaches(update.id, |d| matches!(d.waiting_for, Some(WaitingFor::OldKept { .. }))).await;
    assert_eq!(console.running().await, ["shop.r1.g0 3", "shop.r2.g0 3"]);
    assert_eq!(console.ended(update.id).await.state, DeploymentState::Succeeded);
    assert_eq!(console.running().await, ["shop.r2.g0 3"]);
}

#[tokio::test]
async fn of_two_that_race_one_is_refused_or_takes_the_others_place() {
    let console = Console::start().await;
    console.created("shop", gated("1")).await;
    console.engine.set_mode_of(2, Mode::Starting);
    let change = |version: &str, over: bool| {
        let (apps, caller) = (console.apps(), console.caller.clone());
        let input =
            UpdateApp { definition: Some(gated(version)), override_active: over, ..UpdateApp::default() };
        async move { apps.update(&caller, &key("shop"), input).await }
    };
    let (one, two) = tokio::join!(change("2", false), change("3", false));
    let refused = [&one, &two].into_iter().filter(|answer| answer.is_err()).count();
    assert_eq!(refused, 1, "{one:?} {two:?}");
    let first = one.or(two).map(accepted).unwrap();
    let last = accepted(change("4", true).await.unwrap());
    assert_eq!(console.ended(first.id).await.state, DeploymentState::Superseded);
    let waits = console.reaches(last.id, |d| d.state == DeploymentState::AwaitingApproval).await;
    assert_eq!(waits.steps.len(), 3);
}
