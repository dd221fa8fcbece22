//! An app takes the place of what somebody else ran: the old one is stopped, kept, and put back where that fails.

use std::time::Duration;

use adapters::engine::fake::{Fault, Mode};
use app::port::{Apps, Deployments, Workloads};
use model::api::{DeploymentCommand, PageQuery};
use model::definition::Protocol;
use model::deployment::{Deployment, DeploymentState};
use model::problem::ProblemCode;
use model::workload::{Adopt, Adoption, AdoptionState, ForeignWorkload, Stops, TakenPort};
use serde_json::{Value, json};
use server::store::audit;

use super::console::{Console, because, definition, key, names, place, set};

const OLD: &str = "c0ffee";

/// What runs already, at this port of the host.
fn old(port: u16) -> ForeignWorkload {
    ForeignWorkload {
        id: OLD.to_owned(),
        name: "web-1".to_owned(),
        image: "registry.example/shop:1".to_owned(),
        state: "running".to_owned(),
        taken_ports: vec![TakenPort { port, protocol: Protocol::Tcp }],
        definition: at_port(port),
        ..ForeignWorkload::default()
    }
}

fn at_port(port: u16) -> Value {
    let mut definition = definition("1", 1);
    definition["ports"] = json!([{ "name": "http", "container_port": 80, "host_port": port }]);
    definition["strategy"] = json!({ "kind": "recreate", "progress_deadline": "1s" });
    definition
}

impl Console {
    async fn adopt(&self, definition: Value) -> Deployment {
        let input = Adopt {
            name: "shop".to_owned(),
            definition: Some(definition),
            reason: "ours now".to_owned(),
            ..Adopt::default()
        };
        self.core.workloads().adopt(&self.caller, &place(), OLD, input).await.unwrap().1
    }

    async fn adoption(&self) -> Adoption {
        self.core.workloads().adoption(&self.caller, &key("shop")).await.unwrap().expect("adopted")
    }

    async fn reaches_state(&self, state: AdoptionState) -> Adoption {
        let wait = async {
            loop {
                let adoption = self.adoption().await;
                if adoption.state == state {
                    return adoption;
                }
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        let reached = tokio::time::timeout(Duration::from_secs(20), wait).await;
        let now = self.adoption().await;
        reached.unwrap_or_else(|_| panic!("not {state:?} but {now:?}; {:?}", self.engine.calls()))
    }

    fn old_is(&self) -> String {
        self.engine.planted(OLD).expect("it is kept").state
    }

    fn place_of(&self, call: &str) -> usize {
        let calls = self.engine.calls();
        calls.iter().position(|one| one == call).unwrap_or_else(|| panic!("no {call}: {calls:?}"))
    }

    fn times(&self, call: &str) -> usize {
        self.engine.calls().iter().filter(|one| *one == call).count()
    }
}

#[tokio::test]
async fn the_old_one_runs_on_until_the_new_is_healthy() {
    let console = Console::start().await;
    console.engine.plant_foreign(old(8080));
    console.engine.set_mode(Mode::Starting);
    let deployment = console.adopt(definition("1", 2)).await;
    assert_eq!(deployment.reason, "adopted from web-1: ours now");
    console.reaches(deployment.id, |d| d.progress.updated == 2).await;
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!(console.old_is(), "running");
    assert_eq!(
        (console.adoption().await.state, console.adoption().await.stops),
        (AdoptionState::Waiting, Stops::After)
    );
    console.engine.make_healthy(&set("shop", 1, 0));
    assert_eq!(console.ended(deployment.id).await.state, DeploymentState::Succeeded);
    let adoption = console.reaches_state(AdoptionState::TakenOver).await;
    assert_eq!((adoption.workload.as_str(), adoption.trouble), ("web-1", None));
    assert_eq!((console.old_is().as_str(), console.times("release c0ffee")), ("exited", 1));
    let events = names(&console.events(deployment.id).await);
    assert_eq!(events.iter().filter(|name| *name == "workload_stopped").count(), 1, "{events:?}");
    let log =
        audit::list(&mut console.core.store.read().await.unwrap(), &PageQuery::default()).await.unwrap();
    let actions: Vec<&str> = log.items.iter().map(|entry| entry.action.as_str()).collect();
    assert!(actions.contains(&"workload.stop") && actions.contains(&"app.create"), "{actions:?}");
}

#[tokio::test]
async fn what_both_need_is_freed_before_the_first_start() {
    let console = Console::start().await;
    console.engine.plant_foreign(old(8080));
    let deployment = console.adopt(at_port(8080)).await;
    assert_eq!(console.adoption().await.stops, Stops::First);
    assert_eq!(console.ended(deployment.id).await.state, DeploymentState::Succeeded);
    console.reaches_state(AdoptionState::TakenOver).await;
    assert!(console.place_of("release c0ffee") < console.place_of("ensure shop.r1.g0 1"));
    // Its second adoption is refused by name.
    let input = Adopt { name: "other".to_owned(), ..Adopt::default() };
    let refused = console.core.workloads().adopt(&console.caller, &place(), OLD, input).await.unwrap_err();
    assert_eq!(refused.code, ProblemCode::WrongState);
    assert!(refused.detail.contains("taken over by the app shop"), "{refused}");
    let listed = console.core.workloads().list(&console.caller, &place()).await.unwrap();
    assert_eq!(listed[0].adoption.as_ref().map(|one| one.state), Some(AdoptionState::TakenOver));
}

#[tokio::test]
async fn a_failure_puts_the_old_one_back_and_another_try_takes_over() {
    let console = Console::start().await;
    console.engine.plant_foreign(old(8080));
    console.engine.set_mode_of(1, Mode::Starting);
    let deployment = console.adopt(at_port(8080)).await;
    console.reaches(deployment.id, |d| d.progress.updated == 1).await;
    assert_eq!(console.old_is(), "exited");
    assert_eq!(console.ended(deployment.id).await.state, DeploymentState::Failed);
    console.until("it is put back", || console.times("restore c0ffee") == 1).await;
    let adoption = console.reaches_state(AdoptionState::Waiting).await;
    assert_eq!((adoption.trouble, console.old_is().as_str()), (None, "running"));
    // Both could not run at a time.
    assert!(console.place_of("ensure shop.r1.g0 0") < console.place_of("restore c0ffee"));
    assert!(console.running().await.is_empty());
    let app = console.apps().get(&console.caller, &key("shop")).await.unwrap();
    let last = app.summary.last_deployment.expect("the suspension");
    let events = names(&console.events(last.id).await);
    assert!(events.contains(&"workload_restored".to_owned()), "{events:?}");

    let mut mended = at_port(8080);
    mended["image"] = json!("registry.example/shop:2");
    let update = console.update("shop", mended).await;
    assert_eq!(console.ended(update.id).await.state, DeploymentState::Succeeded);
    console.reaches_state(AdoptionState::TakenOver).await;
    assert_eq!((console.old_is().as_str(), console.times("release c0ffee")), ("exited", 2));
    assert_eq!(console.running().await, ["shop.r2.g0 1"]);
}

#[tokio::test]
async fn an_abort_and_a_destruction_put_the_old_one_back() {
    let console = Console::start().await;
    console.engine.plant_foreign(old(8080));
    console.engine.set_mode(Mode::Starting);
    let deployment = console.adopt(at_port(8080)).await;
    console.reaches(deployment.id, |d| d.progress.updated == 1).await;
    let service = console.core.deployments();
    service.command(&console.caller, deployment.id, DeploymentCommand::Abort, because("no")).await.unwrap();
    assert_eq!(console.ended(deployment.id).await.state, DeploymentState::Aborted);
    console.until("it is put back", || console.old_is() == "running").await;
    console.reaches_state(AdoptionState::Waiting).await;
    console.apps().destroy(&console.caller, &key("shop"), because("")).await.unwrap();
    let gone = async {
        while console.apps().get(&console.caller, &key("shop")).await.is_ok() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), gone).await.expect("destroyed");
    let listed = console.core.workloads().list(&console.caller, &place()).await.unwrap();
    assert_eq!((&listed[0].adoption, console.old_is().as_str()), (&None, "running"));
}

#[tokio::test]
async fn an_engine_that_refuses_is_asked_again_and_its_words_are_kept() {
    let console = Console::start().await;
    console.engine.plant_foreign(old(8080));
    console.engine.set_fault(Fault::RefuseForeign("the daemon is busy".to_owned()));
    let mut patient = at_port(8080);
    patient["strategy"]["progress_deadline"] = json!("1m");
    let deployment = console.adopt(patient).await;
    let refused = async {
        while console.adoption().await.trouble.is_none() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), refused).await.expect("its words are kept");
    assert_eq!(console.adoption().await.trouble.as_deref(), Some("the daemon is busy"));
    assert_eq!((console.old_is().as_str(), console.running().await.len()), ("running", 0), "nothing starts");
    console.engine.set_fault(Fault::None);
    assert_eq!(console.ended(deployment.id).await.state, DeploymentState::Succeeded);
    assert_eq!(console.reaches_state(AdoptionState::TakenOver).await.trouble, None);
}

#[tokio::test]
async fn what_somebody_removed_meanwhile_is_in_nobodys_way() {
    let console = Console::start().await;
    console.engine.plant_foreign(old(8080));
    console.engine.set_fault(Fault::RefuseForeign("busy".to_owned()));
    let mut patient = at_port(8080);
    patient["strategy"]["progress_deadline"] = json!("1m");
    let deployment = console.adopt(patient).await;
    console.reaches_state(AdoptionState::Stopping).await;
    console.engine.uproot(OLD);
    console.engine.set_fault(Fault::None);
    assert_eq!(console.ended(deployment.id).await.state, DeploymentState::Succeeded);
    console.reaches_state(AdoptionState::TakenOver).await;
    let events = names(&console.events(deployment.id).await);
    assert!(!events.contains(&"workload_stopped".to_owned()), "{events:?}");
}

/// Kills that fall before and after the engine was told: what was written down goes on, and nothing is lost.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_console_that_is_killed_at_any_moment_goes_on() {
    for round in 0..8_u64 {
        let mut console = Console::start().await;
        console.engine.plant_foreign(old(8080));
        let fails = round % 2 == 1;
        console.engine.set_mode(if fails { Mode::Starting } else { Mode::Healthy });
        let deployment = console.adopt(at_port(8080)).await;
        for kill in 0..4 {
            tokio::time::sleep(Duration::from_micros((round * 1913 + kill * 5387) % 12_000)).await;
            console.kill_and_start().await;
        }
        let ended = console.ended(deployment.id).await;
        if fails {
            assert_eq!(ended.state, DeploymentState::Failed, "round {round}");
            console.until("put back", || console.old_is() == "running").await;
            console.reaches_state(AdoptionState::Waiting).await;
        } else {
            assert_eq!(ended.state, DeploymentState::Succeeded, "round {round}");
            console.reaches_state(AdoptionState::TakenOver).await;
            assert_eq!(console.old_is(), "exited", "round {round}");
            let events = names(&console.events(deployment.id).await);
            let stopped = events.iter().filter(|name| *name == "workload_stopped").count();
            assert_eq!(stopped, 1, "round {round}: {events:?}");
        }
    }
}
