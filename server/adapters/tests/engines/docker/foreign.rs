//! What somebody else runs on a host and in a swarm is listed, with what it would be as an app, and stopped and put back
//! when an app takes its place.

use std::collections::HashMap;

use adapters::engine::contract::{Bench as _, until_ready};
use adapters::engine::{EngineError, Release};
use bollard::Docker;
use bollard::models::{
    ContainerCreateBody, EndpointPortConfig, EndpointPortConfigPublishModeEnum, EndpointSpec, HealthConfig,
    HostConfig, Limit, Mount, MountType, PortBinding, RestartPolicy, RestartPolicyNameEnum, ServiceSpec,
    ServiceSpecMode, ServiceSpecModeReplicated, TaskSpec, TaskSpecContainerSpec, TaskSpecPlacement,
    TaskSpecPlacementPreferences, TaskSpecPlacementSpread, TaskSpecResources,
};
use bollard::query_parameters::{
    CreateContainerOptions, InspectContainerOptions, InspectServiceOptions, ListContainersOptions,
    ListServicesOptions, RemoveContainerOptions, StartContainerOptions,
};
use model::workload::{ForeignWorkload, Upkeep};
use serde_json::json;

use super::image::BOX;
use super::{Kind, Real, skip, steady};

fn words(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

fn labels() -> HashMap<String, String> {
    HashMap::from([("team".to_owned(), "orders".to_owned())])
}

fn orders() -> Mount {
    Mount {
        typ: Some(MountType::VOLUME),
        source: Some("orders".to_owned()),
        target: Some("/data".to_owned()),
        read_only: Some(true),
        ..Mount::default()
    }
}

fn container() -> ContainerCreateBody {
    let binding = PortBinding { host_ip: None, host_port: Some("18081".to_owned()) };
    ContainerCreateBody {
        image: Some(BOX.to_owned()),
        cmd: Some(words(&["httpd", "-f", "-p", "8080"])),
        env: Some(words(&["COLOUR=blue"])),
        labels: Some(labels()),
        stop_signal: Some("SIGINT".to_owned()),
        stop_timeout: Some(3),
        healthcheck: Some(HealthConfig {
            test: Some(words(&["CMD-SHELL", "true"])),
            interval: Some(2_000_000_000),
            timeout: Some(1_000_000_000),
            retries: Some(4),
            ..HealthConfig::default()
        }),
        exposed_ports: Some(words(&["8080/tcp"])),
        host_config: Some(HostConfig {
            port_bindings: Some(HashMap::from([("8080/tcp".to_owned(), Some(vec![binding]))])),
            mounts: Some(vec![orders()]),
            tmpfs: Some(HashMap::from([("/scratch".to_owned(), String::new())])),
            nano_cpus: Some(250_000_000),
            memory: Some(32 << 20),
            cap_add: Some(words(&["NET_ADMIN"])),
            restart_policy: Some(RestartPolicy {
                name: Some(RestartPolicyNameEnum::ALWAYS),
                maximum_retry_count: None,
            }),
            ..HostConfig::default()
        }),
        ..ContainerCreateBody::default()
    }
}

fn service() -> ServiceSpec {
    ServiceSpec {
        name: Some("old-shop".to_owned()),
        labels: Some(labels()),
        mode: Some(ServiceSpecMode {
            replicated: Some(ServiceSpecModeReplicated { replicas: Some(2) }),
            ..ServiceSpecMode::default()
        }),
        task_template: Some(TaskSpec {
            container_spec: Some(TaskSpecContainerSpec {
                image: Some(BOX.to_owned()),
                command: Some(words(&["httpd"])),
                args: Some(words(&["-f", "-p", "8080"])),
                env: Some(words(&["COLOUR=blue"])),
                mounts: Some(vec![orders()]),
                stop_signal: Some("SIGINT".to_owned()),
                stop_grace_period: Some(3_000_000_000),
                capability_add: Some(words(&["CAP_NET_ADMIN"])),
                ..TaskSpecContainerSpec::default()
            }),
            resources: Some(TaskSpecResources {
                limits: Some(Limit {
                    nano_cpus: Some(250_000_000),
                    memory_bytes: Some(32 << 20),
                    pids: None,
                }),
                ..TaskSpecResources::default()
            }),
            placement: Some(TaskSpecPlacement {
                constraints: Some(words(&["node.hostname==node-1"])),
                preferences: Some(vec![TaskSpecPlacementPreferences {
                    spread: Some(TaskSpecPlacementSpread {
                        spread_descriptor: Some("node.labels.zone".to_owned()),
                    }),
                }]),
                ..TaskSpecPlacement::default()
            }),
            ..TaskSpec::default()
        }),
        endpoint_spec: Some(EndpointSpec {
            mode: None,
            ports: Some(vec![EndpointPortConfig {
                target_port: Some(8080),
                publish_mode: Some(EndpointPortConfigPublishModeEnum::HOST),
                ..EndpointPortConfig::default()
            }]),
        }),
        ..ServiceSpec::default()
    }
}

/// The one made here; other tests have foreign ones of their own on the same host.
async fn found(real: &Real) -> ForeignWorkload {
    let all = real.engine().foreign().await.expect("asked");
    let app = real.id(1).app.to_string();
    assert!(!all.iter().any(|one| one.name.contains(&app)), "ours: {all:?}");
    all.into_iter().find(|one| one.name == "old-shop").expect("it is foreign")
}

fn is_as_made(found: &ForeignWorkload) {
    let definition = &found.definition;
    assert_eq!(found.image, BOX);
    assert_eq!(definition["command"], json!(["httpd", "-f", "-p", "8080"]));
    assert_eq!(definition["env"], json!({"COLOUR": "blue"}), "without the image's own");
    assert_eq!(definition["resources"], json!({"cpus": 0.25, "memory_mb": 32}));
    assert_eq!(found.left_out, ["capabilities that it has beside the usual"]);
    model::definition::parse(definition).expect("a definition that can be deployed");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_others_run_is_listed_with_what_it_would_be() {
    if skip("what_others_run_is_listed_with_what_it_would_be") {
        return;
    }
    let real = Real::new(Kind::Docker).await;
    let docker = real.hosts.negotiated(1).await;
    let options =
        CreateContainerOptions { name: Some("old-shop".to_owned()), ..CreateContainerOptions::default() };
    docker.create_container(Some(options), container()).await.expect("made");
    docker.start_container("old-shop", None::<StartContainerOptions>).await.expect("started");
    let id = real.run(steady(), 1).await;
    until_ready(&*real.engine(), &id, 1).await;
    let one = found(&real).await;
    is_as_made(&one);
    assert_eq!((one.state.as_str(), one.ports[0].host_port), ("running", 18081));
    real.remove().await;
    let options = RemoveContainerOptions { v: true, force: true, link: false };
    docker.remove_container("old-shop", Some(options)).await.expect("removed");

    let real = Real::new(Kind::Swarm).await;
    let docker = real.hosts.negotiated(1).await;
    docker.create_service(service(), None).await.expect("made");
    let id = real.run(steady(), 1).await;
    until_ready(&*real.engine(), &id, 1).await;
    let one = found(&real).await;
    is_as_made(&one);
    assert!(one.state.ends_with(" of 2 running"), "{one:?}");
    real.remove().await;
    docker.delete_service("old-shop").await.expect("removed");
}

/// Whether a container runs, and its restart policy.
async fn upkeep_of(docker: &Docker, name: &str) -> (bool, Option<RestartPolicy>) {
    let container = docker.inspect_container(name, None::<InspectContainerOptions>).await.expect("there");
    let runs = container.state.and_then(|state| state.running).unwrap_or_default();
    (runs, container.host_config.and_then(|host| host.restart_policy))
}

async fn begin(docker: &Docker, name: &str, body: ContainerCreateBody) -> String {
    let options = CreateContainerOptions { name: Some(name.to_owned()), ..CreateContainerOptions::default() };
    let made = docker.create_container(Some(options), body).await.expect("made");
    docker.start_container(name, None::<StartContainerOptions>).await.expect("started");
    made.id
}

/// A container that minds no signal, so that only the time limit ends it.
fn sleeper(policy: RestartPolicyNameEnum, retries: Option<i64>) -> ContainerCreateBody {
    ContainerCreateBody {
        image: Some(BOX.to_owned()),
        cmd: Some(words(&["sleep", "1000"])),
        stop_timeout: Some(1),
        host_config: Some(HostConfig {
            restart_policy: Some(RestartPolicy { name: Some(policy), maximum_retry_count: retries }),
            ..HostConfig::default()
        }),
        ..ContainerCreateBody::default()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_container_is_stopped_kept_and_put_back_as_it_was() {
    if skip("a_container_is_stopped_kept_and_put_back_as_it_was") {
        return;
    }
    let real = Real::new(Kind::Docker).await;
    let (docker, engine) = (real.hosts.negotiated(1).await, real.engine());
    let id = begin(&docker, "take-me", sleeper(RestartPolicyNameEnum::ON_FAILURE, Some(7))).await;
    let upkeep = engine.foreign_upkeep(&id).await.expect("known");
    let expected = Upkeep::Container { running: true, restart: "on-failure".to_owned(), retries: Some(7) };
    assert_eq!(upkeep, expected);
    for _ in 0..2 {
        assert_eq!(engine.release_foreign(&id).await.expect("stopped"), Release::Stopped);
        let (runs, policy) = upkeep_of(&docker, &id).await;
        assert_eq!((runs, policy.and_then(|policy| policy.name)), (false, Some(RestartPolicyNameEnum::NO)));
    }
    assert!(engine.foreign_workload(&id).await.expect("asked").is_some_and(|one| one.state == "exited"));
    for _ in 0..2 {
        engine.restore_foreign(&id, &upkeep).await.expect("put back");
        let (runs, policy) = upkeep_of(&docker, &id).await;
        let policy = policy.expect("a policy");
        assert_eq!(
            (runs, policy.name, policy.maximum_retry_count),
            (true, Some(RestartPolicyNameEnum::ON_FAILURE), Some(7))
        );
    }
    // Names and beginnings of ids are not ids.
    for other in ["take-me", &id[..12]] {
        assert_eq!(engine.foreign_workload(other).await.expect("asked"), None, "{other}");
    }
    let away = engine.release_foreign("0123456789ab").await;
    assert!(matches!(away, Err(EngineError::NotFound(_))), "{away:?}");

    // What goes when it ends is not ended.
    let mut passing = sleeper(RestartPolicyNameEnum::NO, None);
    if let Some(host) = &mut passing.host_config {
        host.auto_remove = Some(true);
    }
    let passing = begin(&docker, "passing", passing).await;
    for refused in
        [engine.foreign_upkeep(&passing).await.map(drop), engine.release_foreign(&passing).await.map(drop)]
    {
        assert!(
            matches!(&refused, Err(EngineError::Refused(words)) if words.contains("--rm")),
            "{refused:?}"
        );
    }
    let seen = engine.foreign_workload(&passing).await.expect("asked").expect("there");
    assert!(seen.cannot_stop.is_some() && upkeep_of(&docker, &passing).await.0);

    // Ours is refused, and another console's.
    let set = real.run(steady(), 1).await;
    until_ready(&*engine, &set, 1).await;
    let all = ListContainersOptions { all: true, ..ListContainersOptions::default() };
    let all = docker.list_containers(Some(all)).await.expect("listed");
    let app = real.id(1).app.to_string();
    let is_ours = |name: &String| name.contains(&app);
    let ours = all.into_iter().find(|one| one.names.iter().flatten().any(is_ours)).expect("it runs");
    let ours = ours.id.expect("an id");
    let other = Real::new(Kind::Docker).await;
    for engine in [&engine, &other.engine()] {
        let refused = engine.release_foreign(&ours).await;
        assert!(
            matches!(&refused, Err(EngineError::Refused(words)) if words.contains("console")),
            "{refused:?}"
        );
        assert!(engine.restore_foreign(&ours, &upkeep).await.is_err());
        assert_eq!(engine.foreign_workload(&ours).await.expect("asked"), None);
    }
    assert!(upkeep_of(&docker, &ours).await.0, "it was left alone");
    real.remove().await;
    for name in ["take-me", "passing"] {
        let options = RemoveContainerOptions { v: true, force: true, link: false };
        docker.remove_container(name, Some(options)).await.expect("removed");
    }
}

async fn replicas(docker: &Docker, id: &str) -> Option<i64> {
    let service = docker.inspect_service(id, None::<InspectServiceOptions>).await.expect("there");
    service.spec?.mode?.replicated?.replicas
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_is_scaled_to_nothing_and_put_back_as_it_was() {
    if skip("a_service_is_scaled_to_nothing_and_put_back_as_it_was") {
        return;
    }
    let real = Real::new(Kind::Swarm).await;
    let (docker, engine) = (real.hosts.negotiated(1).await, real.engine());
    let mut spec = service();
    spec.name = Some("take-me".to_owned());
    spec.endpoint_spec = None;
    if let Some(task) = &mut spec.task_template {
        task.placement = None;
        if let Some(program) = &mut task.container_spec {
            program.capability_add = None;
        }
    }
    let id = docker.create_service(spec.clone(), None).await.expect("made").id.expect("an id");
    let state = async || engine.foreign_workload(&id).await.expect("asked").expect("there").state;
    let until = async |wanted: &str| {
        let reached = async {
            while state().await != wanted {
                tokio::time::sleep(std::time::Duration::from_millis(100)).await;
            }
        };
        let done = tokio::time::timeout(std::time::Duration::from_mins(1), reached).await;
        assert!(done.is_ok(), "not {wanted} but {}", state().await);
    };
    until("2 of 2 running").await;
    let upkeep = engine.foreign_upkeep(&id).await.expect("known");
    assert_eq!(upkeep, Upkeep::Service { replicas: 2 });
    let stopped = async {
        while engine.release_foreign(&id).await.expect("told") != Release::Stopped {
            tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        }
    };
    tokio::time::timeout(std::time::Duration::from_mins(1), stopped).await.expect("stopped");
    assert_eq!(replicas(&docker, &id).await, Some(0));
    assert_eq!(engine.release_foreign(&id).await.expect("told"), Release::Stopped);
    for _ in 0..2 {
        engine.restore_foreign(&id, &upkeep).await.expect("put back");
        assert_eq!(replicas(&docker, &id).await, Some(2));
    }
    until("2 of 2 running").await;
    let away = engine.release_foreign("0123456789ab").await;
    assert!(matches!(away, Err(EngineError::NotFound(_))), "{away:?}");

    // One on every node has no count.
    spec.name = Some("everywhere".to_owned());
    spec.mode =
        Some(ServiceSpecMode { global: Some(std::iter::empty().collect()), ..ServiceSpecMode::default() });
    let everywhere = docker.create_service(spec, None).await.expect("made").id.expect("an id");
    let refused = engine.release_foreign(&everywhere).await;
    assert!(
        matches!(&refused, Err(EngineError::Refused(words)) if words.contains("no count")),
        "{refused:?}"
    );
    let seen = engine.foreign_workload(&everywhere).await.expect("asked").expect("there");
    assert!(seen.cannot_stop.is_some());

    let set = real.run(steady(), 1).await;
    until_ready(&*engine, &set, 1).await;
    let all = docker.list_services(None::<ListServicesOptions>).await.expect("listed");
    let app = real.id(1).app.to_string();
    let of_app = |name: &String| name.contains(&app);
    let ours =
        all.into_iter().find(|one| one.spec.as_ref().and_then(|spec| spec.name.as_ref()).is_some_and(of_app));
    let ours = ours.and_then(|one| one.id).expect("it runs");
    let refused = engine.release_foreign(&ours).await;
    assert!(matches!(&refused, Err(EngineError::Refused(words)) if words.contains("console")), "{refused:?}");
    assert_eq!(replicas(&docker, &ours).await, Some(1), "it was left alone");
    assert_eq!(engine.foreign_workload(&ours).await.expect("asked"), None);
    real.remove().await;
    for name in ["take-me", "everywhere"] {
        docker.delete_service(name).await.expect("removed");
    }
}
