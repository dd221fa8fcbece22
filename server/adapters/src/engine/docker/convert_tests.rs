use serde_json::{Value, json};

use super::*;

fn owner(mark: &str) -> Owner {
    Owner { environment: "test".parse().expect("a name"), mark: mark.to_owned() }
}

fn definition(value: Value) -> Definition {
    serde_json::from_value(value).expect("a definition")
}

fn read(text: &str) -> ContainerInspectResponse {
    serde_json::from_str(text).expect("as a daemon wrote it")
}

/// The request as it goes out.
fn asked(value: Value) -> Value {
    let definition = definition(value);
    let owner = owner("7");
    let set = ReplicaSetId {
        environment: owner.environment.clone(),
        app: "shop".parse().expect("a name"),
        revision: 4,
        generation: 1,
    };
    let id = InstanceId("shop-4-abc".to_owned());
    let plan = Plan {
        owner: &owner,
        set: &set,
        id: &id,
        definition: &definition,
        place: 2,
        restarts: 5,
        ends: 1,
        statsd: None,
    };
    serde_json::to_value(container(&plan)).expect("a request")
}

#[test]
fn a_container_is_asked_for_with_all_of_its_definition() {
    let asked = asked(json!({
        "image": "r.example:5000/shop/api:1@sha256:aa",
        "command": ["./api", "--port", "$PORT"],
        "resources": {"cpus": 1.5, "memory_mb": 64},
        "network": {"mode": "bridge", "name": "inner"},
        "ports": [
            {"name": "http", "container_port": 8080},
            {"name": "dns", "container_port": 53, "host_port": 5353, "protocol": "udp"},
        ],
        "volumes": [
            {"name": "data", "mount": "/data"},
            {"name": "/srv/x", "kind": "host", "mount": "/x", "read_only": true},
            {"name": "scratch", "kind": "tmpfs", "mount": "/scratch"},
        ],
        "labels": {"team": "orders", "quarterdeck.app": "mine"},
        "health_checks": [{"kind": "command", "command": ["./probe"]}, {"kind": "http"}],
        "stop": {"signal": "SIGINT", "grace": "25s"},
    }));
    assert_eq!(asked["Image"], "r.example:5000/shop/api@sha256:aa");
    assert_eq!(asked["Entrypoint"], json!(["./api", "--port", "8080"]));
    assert_eq!(asked["Healthcheck"]["Test"], json!(["CMD", "./probe"]));
    assert_eq!((&asked["StopSignal"], &asked["StopTimeout"]), (&json!("SIGINT"), &json!(25)));
    assert_eq!(asked["Labels"]["quarterdeck.app"], "shop");
    assert_eq!(asked["Labels"]["team"], "orders");
    let host = &asked["HostConfig"];
    assert_eq!((&host["NanoCpus"], &host["Memory"]), (&json!(1_500_000_000), &json!(64 << 20)));
    assert_eq!(host["NetworkMode"], "inner");
    assert_eq!(host["PortBindings"]["8080/tcp"], json!([{"HostPort": ""}]));
    assert_eq!(host["PortBindings"]["53/udp"], json!([{"HostPort": "5353"}]));
    assert_eq!(host["RestartPolicy"]["Name"], "no");
    let mounts = host["Mounts"].as_array().expect("mounts");
    let kinds: Vec<&str> = mounts.iter().filter_map(|mount| mount["Type"].as_str()).collect();
    assert_eq!(kinds, ["volume", "bind", "tmpfs"]);
    assert_eq!((&mounts[1]["Source"], &mounts[1]["ReadOnly"]), (&json!("/srv/x"), &json!(true)));
}

#[test]
fn on_the_hosts_network_nothing_is_published() {
    let asked = asked(
        json!({"image": "x", "network": {"mode": "host"}, "ports": [{"name": "http", "container_port": 80}]}),
    );
    assert_eq!(asked["HostConfig"]["NetworkMode"], "host");
    assert_eq!(asked["HostConfig"]["PortBindings"], json!({}));
    assert_eq!(asked["Entrypoint"], Value::Null, "the image's own command");
}

#[test]
fn a_running_container_is_read_as_a_daemon_wrote_it() {
    let text = include_str!("recorded/container-running.json");
    let seen = seen(&owner("owner-0"), read(text)).expect("ours");
    assert_eq!((seen.set.app.as_str(), seen.set.revision), ("shop-owner-0", 1));
    assert_eq!(seen.life, Life::Running);
    assert_eq!((seen.place, seen.restarts, seen.restarted, seen.proven), (0, 0, 0, false));
    assert_eq!((seen.ports[0].container_port, seen.ports[0].host_port), (8080, 32768));
    assert_eq!(seen.health, None);
    assert_eq!(seen.definition.health_checks.len(), 1);
    assert!(seen.definition.env.is_empty(), "nothing of what may be private");
    assert!(seen.started_at.is_some());
    assert_eq!(super::seen(&owner("owner-9"), read(text)), None, "another console's");
}

#[test]
fn an_ended_container_is_read_as_a_daemon_wrote_it() {
    let seen = seen(&owner("owner-1"), read(include_str!("recorded/container-exited.json"))).expect("ours");
    let Life::Ended { at, exit_code, out_of_memory, error } = seen.life else { panic!("{:?}", seen.life) };
    assert_eq!((exit_code, out_of_memory, error.as_str()), (3, false, ""));
    assert_eq!(at.map(|at| at.to_string()).as_deref(), Some("2026-11-24T22:30:12.300Z"));
}

#[test]
fn an_end_has_a_reason() {
    let reason = |code, memory, error| end_reason(code, memory, error, 64).to_string();
    assert_eq!(reason(3, false, ""), "exited with code: 3");
    assert_eq!(reason(137, false, ""), "ended by signal: SIGKILL");
    assert_eq!(reason(137, true, ""), "ran out of its memory limit: 64 MiB");
    assert!(
        reason(127, false, "exec: \"x\": executable file not found in $PATH")
            .starts_with("command not found")
    );
}
