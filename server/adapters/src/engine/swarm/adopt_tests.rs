use serde_json::{Value, json};

use super::*;

const RECORDED: &str = include_str!("recorded/service-foreign.json");

fn of(service: Value) -> ForeignWorkload {
    let networks = label::Labels::from([("n1".to_owned(), "shop".to_owned())]);
    workload(serde_json::from_value(service).expect("a service"), &networks)
}

#[test]
fn a_service_becomes_a_definition_that_runs_the_same() {
    let found = of(serde_json::from_str(RECORDED).expect("JSON"));
    assert_eq!((found.name.as_str(), found.image.as_str()), ("old-shop", "qd/box:1"));
    assert!(found.created_at.is_some());
    let expected = json!({
        "image": "qd/box:1",
        "instances": 2,
        "command": ["httpd", "-f", "-p", "8080"],
        "env": {"COLOUR": "blue"},
        "labels": {"team": "orders"},
        "network": {"mode": "bridge"},
        "ports": [{"name": "tcp-8080", "container_port": 8080, "host_port": 0, "protocol": "tcp"}],
        "volumes": [{"name": "orders", "kind": "named", "mount": "/data", "read_only": true}],
        "resources": {"cpus": 0.25, "memory_mb": 32},
        "stop": {"signal": "SIGINT", "grace": "3s"},
        "constraints": [
            {"attribute": "node.name", "operator": "is", "value": "node-1"},
            {"attribute": "node.labels.zone", "operator": "spread"},
        ],
    });
    assert_eq!(found.definition, expected);
    assert_eq!(found.left_out, ["capabilities that it has beside the usual"]);
    model::definition::parse(&found.definition).expect("a definition that can be deployed");
}

#[test]
fn what_a_definition_cannot_say_is_named() {
    let found = of(json!({
        "ID": "s1",
        "Spec": {
            "Name": "odd",
            "Labels": {"com.docker.stack.namespace": "shop"},
            "Mode": {"Global": {}},
            "TaskTemplate": {
                "ContainerSpec": {"Image": "shop", "Args": ["--fast"], "User": "1000"},
                "Networks": [{"Target": "n1"}, {"Target": "n2"}],
                "Placement": {"Constraints": ["node.role==manager"], "MaxReplicas": 2},
                "RestartPolicy": {"Condition": "on-failure"},
            },
            "EndpointSpec": {"Ports": [
                {"Protocol": "tcp", "TargetPort": 80, "PublishedPort": 8080, "PublishMode": "ingress"},
            ]},
            "UpdateConfig": {"Parallelism": 1},
        },
        "ServiceStatus": {"RunningTasks": 2, "DesiredTasks": 3},
    }));
    assert_eq!(found.state, "2 of 3 running");
    let expected = json!({
        "image": "shop",
        "instances": 1,
        "network": {"mode": "overlay", "name": "shop"},
        "ports": [{"name": "tcp-80", "container_port": 80, "host_port": 0, "protocol": "tcp"}],
    });
    assert_eq!(found.definition, expected);
    for words in [
        "once on every node",
        "the arguments --fast",
        "label com.docker.stack.namespace",
        "80/tcp is answered by every node",
        "networks beside its first",
        "no limit of CPU",
        "no limit of memory",
        "constraint node.role==manager",
        "at most 2",
        "not always started again",
        "the user",
        "how it is updated",
    ] {
        assert!(found.left_out.iter().any(|line| line.contains(words)), "{words}: {:#?}", found.left_out);
    }
    assert_eq!(found.left_out.len(), 12, "{:#?}", found.left_out);
}

#[test]
fn several_instances_share_no_fixed_port() {
    let with = |replicas: u32| {
        of(json!({"Spec": {
            "Mode": {"Replicated": {"Replicas": replicas}},
            "TaskTemplate": {"ContainerSpec": {"Image": "shop"}},
            "EndpointSpec": {"Ports": [{"TargetPort": 80, "PublishedPort": 8080, "PublishMode": "host"}]},
        }}))
    };
    let one = with(1);
    assert_eq!(one.definition["ports"][0]["host_port"], 8080);
    assert_eq!(one.definition["strategy"], json!({"kind": "recreate"}));
    let two = with(2);
    assert_eq!((two.ports[0].host_port, &two.definition["ports"][0]["host_port"]), (8080, &json!(0)));
    assert!(two.left_out.iter().any(|line| line.contains("the fixed port 8080")), "{:?}", two.left_out);
}
