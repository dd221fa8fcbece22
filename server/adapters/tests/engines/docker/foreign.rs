//! What somebody else runs on a host and in a swarm is listed, with what it would be as an app.

use std::collections::HashMap;

use adapters::engine::contract::{Bench as _, until_ready};
use bollard::models::{
    ContainerCreateBody, EndpointPortConfig, EndpointPortConfigPublishModeEnum, EndpointSpec, HealthConfig,
    HostConfig, Limit, Mount, MountType, PortBinding, RestartPolicy, RestartPolicyNameEnum, ServiceSpec,
    ServiceSpecMode, ServiceSpecModeReplicated, TaskSpec, TaskSpecContainerSpec, TaskSpecPlacement,
    TaskSpecPlacementPreferences, TaskSpecPlacementSpread, TaskSpecResources,
};
use bollard::query_parameters::{CreateContainerOptions, RemoveContainerOptions, StartContainerOptions};
use model::workload::ForeignWorkload;
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
