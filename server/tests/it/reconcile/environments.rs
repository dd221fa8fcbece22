//! Environments come and go while the console runs; logs and nodes come from their engines.

use app::port::{Apps, Environments};
use model::api::{EnvironmentInput, LogLine, LogStream, LogsQuery};
use model::environment::{EngineSettings, Reachability};
use model::id::InstanceId;
use model::permission::{Caller, Role};
use model::problem::ProblemCode;
use model::time::Timestamp;

use super::console::{Console, because, definition, key, place};

fn input(name: &str) -> EnvironmentInput {
    EnvironmentInput {
        name: name.to_owned(),
        engine: EngineSettings::Local {},
        protected: true,
        rules: model::environment::ReleaseRules::default(),
        metrics: None,
        log_links: None,
    }
}

#[tokio::test]
async fn an_environment_made_now_runs_apps_and_goes_when_it_is_empty() {
    let console = Console::start().await;
    let environments = console.core.environments();
    let caller = &console.caller;
    let made = environments.create(caller, input("staging")).await.unwrap();
    assert!(made.protected);
    let again = environments.create(caller, input("staging")).await.unwrap_err();
    assert_eq!(again.code, ProblemCode::AlreadyExists);
    let invalid = environments.create(caller, input("Not A Name")).await.unwrap_err();
    assert_eq!(invalid.errors[0].path, "/name");
    let operator = Caller { role: Role::Operator, ..caller.clone() };
    assert_eq!(environments.create(&operator, input("mine")).await.unwrap_err().status, 403);
    let sight = || console.core.sights.get(&made.name);
    console.until("it is reachable", || matches!(sight().reachability, Reachability::Reachable { .. })).await;
    console.until("its nodes are known", || !sight().nodes.is_empty()).await;
    assert_eq!(environments.nodes(caller, &made.name).await.unwrap()[0].name, "fake");
    assert_eq!(environments.list(caller).await.unwrap().len(), 2);

    console.created("shop", definition("1", 1)).await;
    let used = environments.delete(caller, &place()).await.unwrap_err();
    assert_eq!((used.code, used.status), (ProblemCode::EnvironmentInUse, 409));
    let plain = EnvironmentInput { protected: false, ..input("staging") };
    assert!(!environments.update(caller, &made.name, plain).await.unwrap().protected);
    let renamed = environments.update(caller, &made.name, input("other")).await.unwrap_err();
    assert_eq!(renamed.errors[0].path, "/name");
    environments.delete(caller, &made.name).await.unwrap();
    assert_eq!(environments.get(caller, &made.name).await.unwrap_err().status, 404);
    assert!(console.core.supervisor.engine(&made.name).is_none());
}

#[tokio::test]
async fn logs_are_searched_and_one_instance_can_be_ended() {
    let console = Console::start().await;
    console.created("shop", definition("1", 2)).await;
    for (number, text) in ["ready", "GET /a.b 200", "GET /axb 500"].iter().enumerate() {
        let line = LogLine {
            time: Timestamp::from_millis(i64::try_from(number).unwrap()),
            instance: InstanceId("i1".to_owned()),
            revision: 1,
            stream: LogStream::Stdout,
            text: (*text).to_owned(),
            truncated: false,
        };
        console.engine.push_log(key("shop"), line);
    }
    let apps = console.apps();
    let search = async |grep: &str| {
        let query = LogsQuery { grep: Some(grep.to_owned()), ..LogsQuery::default() };
        let lines = apps.logs(&console.caller, &key("shop"), &query).await.unwrap();
        lines.into_iter().map(|line| line.text).collect::<Vec<_>>()
    };
    assert_eq!(search("get /a.b").await, ["GET /a.b 200"]);
    assert_eq!(search("/a.b/").await.len(), 2);
    let wrong = LogsQuery { grep: Some("/(/".to_owned()), ..LogsQuery::default() };
    assert_eq!(apps.logs(&console.caller, &key("shop"), &wrong).await.unwrap_err().status, 422);
    assert_eq!(apps.logs(&console.caller, &key("none"), &wrong).await.unwrap_err().status, 404);

    let page = model::api::PageQuery { limit: Some(1), cursor: None };
    let first = apps.instances(&console.caller, &key("shop"), &page).await.unwrap();
    let id = first.items[0].id.clone();
    let page = model::api::PageQuery { cursor: first.next, ..page };
    let second = apps.instances(&console.caller, &key("shop"), &page).await.unwrap();
    assert_ne!(second.items[0].id, id);
    apps.stop_instance(&console.caller, &key("shop"), &id, because("stuck")).await.unwrap();
    console
        .until("it was replaced", || {
            let sight = console.core.sights.get(&place());
            let ready = sight
                .instances(&"shop".parse().unwrap())
                .iter()
                .filter(|i| i.is_ready() && i.id != id)
                .count();
            ready == 2
        })
        .await;
    let unknown = InstanceId("nobody".to_owned());
    let missing = apps.stop_instance(&console.caller, &key("shop"), &unknown, because("")).await.unwrap_err();
    assert_eq!(missing.status, 404);
}
