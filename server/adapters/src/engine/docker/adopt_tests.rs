use serde_json::{Value, json};

use super::*;

const RECORDED: &str = include_str!("recorded/container-foreign.json");

fn of(container: Value, image: Value) -> ForeignWorkload {
    let container = serde_json::from_value(container).expect("a container");
    workload(container, &serde_json::from_value(image).expect("an image"))
}

#[test]
fn a_container_becomes_a_definition_that_runs_the_same() {
    let image = json!({"Env": ["PATH=/bin"], "Cmd": ["sh"]});
    let found = of(serde_json::from_str(RECORDED).expect("JSON"), image);
    assert_eq!(
        (found.name.as_str(), found.image.as_str(), found.state.as_str()),
        ("old-shop", "qd/box:1", "running")
    );
    assert!(found.created_at.is_some());
    let expected = json!({
        "image": "qd/box:1",
        "instances": 1,
        "command": ["httpd", "-f", "-p", "8080"],
        "env": {"COLOUR": "blue"},
        "labels": {"team": "orders"},
        "network": {"mode": "bridge"},
        "ports": [{"name": "tcp-8080", "container_port": 8080, "host_port": 18081, "protocol": "tcp"}],
        "strategy": {"kind": "recreate"},
        "volumes": [
            {"name": "orders", "kind": "named", "mount": "/data", "read_only": true},
            {"name": "tmpfs-2", "kind": "tmpfs", "mount": "/scratch", "read_only": false},
        ],
        "resources": {"cpus": 0.25, "memory_mb": 32},
        "stop": {"signal": "SIGINT", "grace": "3s"},
        "health_checks": [{"kind": "command", "command": "true", "interval": "2000ms", "timeout": "1000ms", "max_failures": 4}],
    });
    assert_eq!(found.definition, expected);
    assert_eq!(found.left_out, ["capabilities that it has beside the usual"]);
    model::definition::parse(&found.definition).expect("a definition that can be deployed");
}

#[test]
fn what_a_definition_cannot_say_is_named() {
    let container = json!({
        "Id": "abcdef0123456789",
        "Name": "/odd",
        "Config": {
            "Hostname": "abcdef012345",
            "Image": "shop",
            "Env": ["PORT=1", "a-b=2", "GOOD=3"],
            "Cmd": ["run", "$HOME"],
            "User": "1000",
            "StopSignal": "SIGWINCH",
            "Labels": {"com.docker.compose.project": "shop"},
        },
        "HostConfig": {
            "NetworkMode": "container:other",
            "PortBindings": {
                "53/udp": [{"HostIp": "127.0.0.1", "HostPort": "53"}, {"HostIp": "", "HostPort": "54"}],
                "80/tcp": null,
            },
            "RestartPolicy": {"Name": "on-failure"},
            "Privileged": true,
        },
        "Mounts": [{"Type": "volume", "Name": "My_Data", "Destination": "/data", "RW": true}],
    });
    let found = of(container, json!({}));
    let expected = json!({
        "image": "shop",
        "instances": 1,
        "command": ["run", "$HOME"],
        "env": {"GOOD": "3"},
        "network": {"mode": "bridge"},
        "ports": [
            {"name": "udp-53", "container_port": 53, "host_port": 53, "protocol": "udp"},
            {"name": "tcp-80", "container_port": 80, "host_port": 0, "protocol": "tcp"},
        ],
        "strategy": {"kind": "recreate"},
    });
    assert_eq!(found.definition, expected);
    assert_eq!(found.left_out.len(), 14, "{:#?}", found.left_out);
    for words in [
        "has a $",
        "variable PORT:",
        "variable a-b:",
        "label com.docker.compose.project",
        "53/udp is published at 127.0.0.1 only",
        "53/udp is published as 54 as well",
        "network of another container",
        "volume My_Data at /data",
        "no limit of CPU",
        "no limit of memory",
        "stop signal SIGWINCH",
        "after a failure only",
        "the user",
        "privileged",
    ] {
        assert!(found.left_out.iter().any(|line| line.contains(words)), "{words}: {:#?}", found.left_out);
    }
}

#[test]
fn what_a_console_or_a_swarm_has_is_taken() {
    let of = |name: &str| is_taken(&Labels::from([(name.to_owned(), "x".to_owned())]));
    assert!(of("quarterdeck.owner") && of("com.docker.swarm.task.id"));
    assert!(!of("com.docker.compose.project") && !is_taken(&Labels::new()));
}
