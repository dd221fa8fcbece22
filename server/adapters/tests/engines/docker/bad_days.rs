//! What goes wrong on a host and in a swarm: each has a reason that says so, and nothing foreign is touched.

use std::collections::HashMap;
use std::time::Duration;

use adapters::engine::contract::{Bench as _, ready, until, until_ready};
use adapters::engine::{EngineError, EngineEvent, LogRequest, ReplicaSet};
use bollard::models::{ContainerCreateBody, ServiceSpec, TaskSpec, TaskSpecContainerSpec};
use bollard::query_parameters::{
    CreateContainerOptions, InspectContainerOptions, InspectServiceOptions, StartContainerOptions,
};
use futures::StreamExt as _;
use model::instance::{InstanceState, ReasonCode};
use serde_json::json;

use super::image::{BOX, FOREIGN};
use super::registry::{PASSWORD, Registry, USER};
use super::{Kind, Real, shell, skip, steady};

const BOTH: [Kind; 2] = [Kind::Docker, Kind::Swarm];

/// The first failure of a definition: its reason and the engine's words.
async fn fails(kind: Kind, definition: serde_json::Value) -> (ReasonCode, String) {
    let real = Real::new(kind).await;
    fails_on(&real, definition).await
}

async fn fails_on(real: &Real, definition: serde_json::Value) -> (ReasonCode, String) {
    real.run(definition, 1).await;
    let failed = real.first("failed", |instance| instance.ended_at.is_some()).await;
    let reason = failed.reason.expect("a reason");
    real.remove().await;
    (reason.code, reason.detail)
}

fn image(name: &str) -> serde_json::Value {
    json!({"image": name, "restart": {"backoff": "1h", "max_delay": "1h"}, "resources": {"cpus": 0.05, "memory_mb": 16},
        "network": {"mode": "bridge"}})
}

#[tokio::test(flavor = "multi_thread")]
async fn an_image_that_cannot_be_had_or_run_is_said_to_be() {
    if skip("an_image_that_cannot_be_had_or_run_is_said_to_be") {
        return;
    }
    for kind in BOTH {
        let (code, detail) = fails(kind, shell("true", json!({"command": ["no-such-program"]}))).await;
        assert_eq!(code, ReasonCode::CommandNotFound, "{kind:?}: {detail}");
    }
    // Its files would run here: only its description says for whom they are.
    let (code, detail) = fails(Kind::Docker, image(FOREIGN)).await;
    assert_eq!(code, ReasonCode::WrongArchitecture, "{detail}");
    assert!(detail.contains("arm64") && detail.contains("amd64"), "{detail}");
    // No way leads from a node to a registry of the world.
    let (code, detail) = fails(Kind::Docker, image("qd/none:1")).await;
    assert_eq!(code, ReasonCode::ImageRefused, "{detail}");
    assert!(detail.starts_with("docker.io: "), "{detail}");
    let (code, detail) = fails(Kind::Swarm, image("qd/none:1")).await;
    assert_eq!((code, detail.as_str()), (ReasonCode::ImageMissing, "qd/none:1"));
}

#[tokio::test(flavor = "multi_thread")]
async fn registries_are_asked_with_their_credentials_and_digests_are_run() {
    if skip("registries_are_asked_with_their_credentials_and_digests_are_run") {
        return;
    }
    let mut real = Real::new(Kind::Docker).await;
    let docker = real.hosts.negotiated(1).await;
    let registry = Registry::start(real.hosts, true).await;
    let pushed = registry.push(&docker, BOX, "shop/api", "1").await;
    docker
        .remove_image(&pushed, None::<bollard::query_parameters::RemoveImageOptions>, None)
        .await
        .expect("gone");
    assert_eq!(real.engine().resolve_image(&pushed).await.expect("asked"), None, "it does not let us in");
    let (code, detail) = fails_on(&real, image(&pushed)).await;
    assert_eq!(code, ReasonCode::ImageRefused, "{detail}");
    assert!(detail.contains(&registry.host), "{detail}");
    real.sign_in(&registry.host, USER, PASSWORD);
    let digest = real.engine().resolve_image(&pushed).await.expect("asked").expect("a digest");
    assert!(digest.starts_with("sha256:"), "{digest}");
    assert_eq!(real.engine().resolve_image(BOX).await.expect("asked"), None, "only on the host");
    let (code, detail) = fails_on(&real, image(&format!("{}/shop/api:2", registry.host))).await;
    assert_eq!((code, detail), (ReasonCode::ImageMissing, format!("{}/shop/api:2", registry.host)));
    let mut definition = steady();
    definition["image"] = json!(format!("{pushed}@{digest}"));
    let id = real.run(definition, 1).await;
    until_ready(&*real.engine(), &id, 1).await;
    real.remove().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_swarm_knows_from_the_registry_which_nodes_an_image_is_for() {
    if skip("a_swarm_knows_from_the_registry_which_nodes_an_image_is_for") {
        return;
    }
    let real = Real::new(Kind::Swarm).await;
    let registry = Registry::start(real.hosts, false).await;
    let pushed = registry.push(&real.hosts.negotiated(1).await, FOREIGN, "shop/arm", "1").await;
    real.run(image(&pushed), 1).await;
    let waiting = real.first("no node for it", |instance| instance.reason.is_some()).await;
    let reason = waiting.reason.expect("a reason");
    assert_eq!(reason.code, ReasonCode::WrongArchitecture, "{reason:?}");
    assert_eq!(reason.detail, "no suitable node (unsupported platform on 1 node)");
    real.remove().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_place_and_a_taken_port_have_the_engines_own_words() {
    if skip("no_place_and_a_taken_port_have_the_engines_own_words") {
        return;
    }
    let large = json!({"resources": {"cpus": 1000, "memory_mb": 16}, "restart": {"backoff": "1h", "max_delay": "1h"}});
    let real = Real::new(Kind::Swarm).await;
    real.run(shell("exec sleep 1000", large.clone()), 1).await;
    let waiting = real.first("no place", |instance| instance.reason.is_some()).await;
    let reason = waiting.reason.expect("a reason");
    assert_eq!((waiting.state, reason.code), (InstanceState::Pending, ReasonCode::NoPlace));
    assert_eq!(reason.detail, "no suitable node (insufficient resources on 1 node)");
    real.remove().await;
    let (code, detail) = fails(Kind::Docker, shell("exec sleep 1000", large)).await;
    assert_eq!(code, ReasonCode::NoPlace, "{detail}");
    let fixed = json!({"ports": [{"name": "http", "container_port": 80, "host_port": 18080}],
        "restart": {"backoff": "1h", "max_delay": "1h"}});
    let holder = Real::new(Kind::Docker).await;
    let id = holder.run(shell("exec sleep 1000", fixed.clone()), 1).await;
    until_ready(&*holder.engine(), &id, 1).await;
    let (code, detail) = fails(Kind::Docker, shell("exec sleep 1000", fixed)).await;
    assert_eq!(code, ReasonCode::PortTaken, "{detail}");
    holder.remove().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_instance_knows_what_it_is() {
    if skip("an_instance_knows_what_it_is") {
        return;
    }
    for kind in BOTH {
        let real = Real::new(kind).await;
        let more = json!({
            "ports": [{"name": "http", "container_port": 8080}, {"name": "admin-ui", "container_port": 9000}],
            "env": {"COLOUR": "blue", "PORT": "shadowed", "BRACES": "{{.Task.ID}} {{"},
        });
        let id = real.run(shell("env; exec sleep 1000", more), 1).await;
        until_ready(&*real.engine(), &id, 1).await;
        let instance = real.first("ready", model::instance::Instance::is_ready).await;
        let request = LogRequest { limit: 100, ..LogRequest::default() };
        let lines = real.engine().logs(&id.key(), &request).await.expect("logs");
        let lines: Vec<String> = lines.map(|line| line.expect("a line").text).collect().await;
        for line in [
            "PORT=8080".to_owned(),
            "PORT_HTTP=8080".to_owned(),
            "PORT_ADMIN_UI=9000".to_owned(),
            "COLOUR=blue".to_owned(),
            "BRACES={{.Task.ID}} {{".to_owned(),
            format!("QUARTERDECK_APP={}", id.app),
            "QUARTERDECK_ENVIRONMENT=test".to_owned(),
            "QUARTERDECK_REVISION=1".to_owned(),
            format!("QUARTERDECK_INSTANCE={}", instance.id),
        ] {
            assert!(lines.contains(&line), "{kind:?}: {line} in {lines:?}");
        }
        real.remove().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unhealthy_instance_is_replaced_whoever_asks() {
    if skip("an_unhealthy_instance_is_replaced_whoever_asks") {
        return;
    }
    let serve = "httpd -f -p $PORT -h /www & sleep 4; rm /www/healthz; wait";
    for kind in BOTH {
        for check in [
            json!({"kind": "http", "path": "/healthz"}),
            json!({"kind": "command", "command": ["ls", "/www/healthz"]}),
        ] {
            let mut check = check;
            for (name, value) in [("interval", "500ms"), ("grace", "0s"), ("timeout", "2s")] {
                check[name] = json!(value);
            }
            check["max_failures"] = json!(2);
            let real = Real::new(kind).await;
            let more = json!({
                "ports": [{"name": "http", "container_port": 8080}],
                "health_checks": [check.clone()],
                "restart": {"backoff": "100ms"},
            });
            let id = real.run(shell(serve, more), 1).await;
            let first = until_ready(&*real.engine(), &id, 1).await.pop_first().expect("one");
            let unhealthy = |instance: &model::instance::Instance| {
                let reason = instance.reason.as_ref().map(|reason| reason.code);
                instance.id == first && reason == Some(ReasonCode::Unhealthy)
            };
            real.first("said to be unhealthy", unhealthy).await;
            let replaced = |set: Option<&adapters::engine::ObservedReplicaSet>| {
                set.is_some_and(|set| ready(set).iter().any(|instance| instance.id != first))
            };
            until(&*real.engine(), &id, &format!("{kind:?} {check}: replaced"), replaced).await;
            real.remove().await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_runs_is_found_again_by_the_next_console() {
    if skip("what_runs_is_found_again_by_the_next_console") {
        return;
    }
    for kind in BOTH {
        let mut real = Real::new(kind).await;
        let id = real.run(steady(), 3).await;
        let before = until_ready(&*real.engine(), &id, 3).await;
        real.reopen();
        let seen = real.engine().observe().await.expect("observed");
        assert_eq!((seen.sets.len(), seen.sets[0].wanted), (1, 3), "seen at once, before anybody ensures it");
        assert_eq!(until_ready(&*real.engine(), &id, 3).await, before);
        real.run(steady(), 3).await;
        assert_eq!(until_ready(&*real.engine(), &id, 3).await, before);
        real.close();
        real.reopen();
        // Nobody ensured it: it can be removed all the same.
        real.remove().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn foreign_containers_and_services_are_left_alone() {
    if skip("foreign_containers_and_services_are_left_alone") {
        return;
    }
    let real = Real::new(Kind::Docker).await;
    let docker = real.hosts.negotiated(1).await;
    // One of nobody, and one of a console that calls its environment the same.
    for (name, labels) in [
        ("foreign-plain", HashMap::new()),
        (
            "foreign-other",
            HashMap::from([
                ("quarterdeck.environment".to_owned(), "test".to_owned()),
                ("quarterdeck.owner".to_owned(), "another".to_owned()),
            ]),
        ),
    ] {
        let options =
            CreateContainerOptions { name: Some(name.to_owned()), ..CreateContainerOptions::default() };
        let body = ContainerCreateBody {
            image: Some(BOX.to_owned()),
            cmd: Some(vec!["sleep".to_owned(), "1000".to_owned()]),
            labels: Some(labels),
            ..ContainerCreateBody::default()
        };
        docker.create_container(Some(options), body).await.expect("made");
        docker.start_container(name, None::<StartContainerOptions>).await.expect("started");
    }
    let id = real.run(steady(), 1).await;
    until_ready(&*real.engine(), &id, 1).await;
    let seen = real.engine().observe().await.expect("observed");
    assert_eq!(seen.sets.len(), 1, "{seen:?}");
    real.remove().await;
    for name in ["foreign-plain", "foreign-other"] {
        let found =
            docker.inspect_container(name, None::<InspectContainerOptions>).await.expect("still there");
        assert_eq!(found.state.and_then(|state| state.running), Some(true), "{name}");
        let options = bollard::query_parameters::RemoveContainerOptions { v: true, force: true, link: false };
        docker.remove_container(name, Some(options)).await.expect("removed");
    }

    let real = Real::new(Kind::Swarm).await;
    let docker = real.hosts.negotiated(1).await;
    let id = real.id(1);
    let name = format!("test-{}-r1-g0", id.app);
    let foreign = ServiceSpec {
        name: Some(name.clone()),
        task_template: Some(TaskSpec {
            container_spec: Some(TaskSpecContainerSpec {
                image: Some(BOX.to_owned()),
                command: Some(vec!["sleep".to_owned(), "1000".to_owned()]),
                ..TaskSpecContainerSpec::default()
            }),
            ..TaskSpec::default()
        }),
        ..ServiceSpec::default()
    };
    docker.create_service(foreign, None).await.expect("made");
    let definition = std::sync::Arc::new(serde_json::from_value(steady()).expect("a definition"));
    let refused = real.engine().ensure(&ReplicaSet { id: id.clone(), definition, wanted: 1 }).await;
    let words = match refused {
        Err(EngineError::Conflict(words)) => words,
        other => panic!("a conflict, not {other:?}"),
    };
    assert_eq!(
        words,
        format!("a service named {name} is in the swarm and not Quarterdeck's; it was left alone")
    );
    real.engine().remove(&id).await.expect("nothing of ours is fine");
    docker.inspect_service(&name, None::<InspectServiceOptions>).await.expect("still there");
    docker.delete_service(&name).await.expect("removed");
}

/// Waits for something that no event tells of.
async fn eventually<F: Future<Output = bool>>(what: &str, mut is_so: impl FnMut() -> F) {
    for _ in 0..300 {
        if is_so().await {
            return;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("not within 30 s: {what}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_daemon_that_goes_and_comes_back_is_told_of_and_instances_live_on() {
    if skip("a_daemon_that_goes_and_comes_back_is_told_of_and_instances_live_on") {
        return;
    }
    let hosts = super::daemon::Hosts::start(1, "--live-restore").await;
    let hosts: &'static super::daemon::Hosts = Box::leak(Box::new(hosts));
    super::image::bring(&hosts.negotiated(1).await).await;
    let mut real = Real::on(hosts, Kind::Docker);
    // Ends when it is told to by a file, and is fit for another round after that.
    let line = "httpd -p $PORT -h /www; while ! rm /tmp/end 2>/dev/null; do sleep 0.1; done; exit 7";
    let more = json!({
        "ports": [{"name": "http", "container_port": 8080}],
        "health_checks": [{"kind": "http", "path": "/healthz"}],
    });
    let id = real.run(shell(line, more.clone()), 2).await;
    let before = until_ready(&*real.engine(), &id, 2).await;
    let seen = real.engine().observe().await.expect("observed").sets.remove(0);
    let mut events = real.engine().watch();
    hosts.tell(1, "kill");
    let away = tokio::time::timeout(Duration::from_secs(20), async {
        while events.next().await != Some(EngineEvent::Resync) {}
    });
    away.await.expect("told that it is away");
    let asked = real.engine().observe().await;
    assert!(matches!(asked, Err(EngineError::Unreachable(_))), "{asked:?}");
    for instance in &seen.instances {
        let port = instance.ports[0].host_port;
        tokio::net::TcpStream::connect((instance.address.as_str(), port))
            .await
            .expect("it serves without a daemon");
    }
    hosts.tell(1, "start");
    hosts.until_up(1).await;
    eventually("seen again", || async { real.engine().observe().await.is_ok() }).await;
    assert_eq!(until_ready(&*real.engine(), &id, 2).await, before);

    // What has proven that it can run is mended by the daemon while no console is there.
    let docker = hosts.negotiated(1).await;
    let policy = |name: String| {
        let docker = docker.clone();
        async move {
            let found =
                docker.inspect_container(&name, None::<InspectContainerOptions>).await.expect("there");
            let host = found.host_config.expect("settings");
            host.restart_policy.and_then(|policy| policy.name).expect("a name").to_string()
        }
    };
    for instance in &before {
        eventually("proven", || async { policy(instance.0.clone()).await == "unless-stopped" }).await;
    }
    real.close();
    let first = before.first().expect("one");
    let exec = bollard::models::ExecConfig {
        cmd: Some(vec!["touch".to_owned(), "/tmp/end".to_owned()]),
        ..bollard::models::ExecConfig::default()
    };
    let exec = docker.create_exec(&first.0, exec).await.expect("made").id;
    docker.start_exec(&exec, None::<bollard::exec::StartExecOptions>).await.expect("started");
    let restarts = |name: String| {
        let docker = docker.clone();
        async move {
            let found =
                docker.inspect_container(&name, None::<InspectContainerOptions>).await.expect("there");
            (found.restart_count, found.state.and_then(|state| state.running))
        }
    };
    eventually("restarted by the daemon", || async {
        restarts(first.0.clone()).await == (Some(1), Some(true))
    })
    .await;
    real.reopen();
    let counted = |instance: &model::instance::Instance| instance.id == *first && instance.restarts == 1;
    real.first("the restart is counted", counted).await;
    real.close();
    hosts.tell(1, "reboot");
    hosts.until_down(1).await;
    hosts.until_up(1).await;
    for instance in &before {
        eventually("running after the reboot", || async {
            restarts(instance.0.clone()).await.1 == Some(true)
        })
        .await;
    }
    real.reopen();
    real.run(shell(line, more), 2).await;
    assert_eq!(until_ready(&*real.engine(), &id, 2).await, before, "the same containers, and no others");
    real.remove().await;
}
