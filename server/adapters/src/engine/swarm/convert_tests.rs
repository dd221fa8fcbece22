use serde_json::{Value, json};

use super::*;

fn owner(mark: &str) -> Owner {
    Owner { environment: "test".parse().expect("a name"), mark: mark.to_owned() }
}

fn set_id(app: &str) -> ReplicaSetId {
    ReplicaSetId {
        environment: "test".parse().expect("a name"),
        app: app.parse().expect("a name"),
        revision: 2,
        generation: 0,
    }
}

fn asked(definition: Value, wanted: u32) -> Value {
    let definition = serde_json::from_value(definition).expect("a definition");
    let set = ReplicaSet { id: set_id("shop"), definition: std::sync::Arc::new(definition), wanted };
    serde_json::to_value(service(&owner("7"), &set, Vec::new(), None)).expect("a request")
}

fn nodes() -> Vec<bollard::models::Node> {
    serde_json::from_str(include_str!("recorded/nodes.json")).expect("as a manager wrote it")
}

/// What is observed of one owner's things, at a moment.
fn observed(mark: &str, at: &str, nodes: &[bollard::models::Node]) -> ObservedReplicaSet {
    let services: Vec<Service> =
        serde_json::from_str(include_str!("recorded/services.json")).expect("as a manager wrote it");
    let tasks: Vec<Task> =
        serde_json::from_str(include_str!("recorded/tasks.json")).expect("as a manager wrote it");
    let now = crate::engine::docker::time(at).expect("a time");
    let places = Places::new(nodes, "manager.example");
    let seen = observation(&owner(mark), &services, &tasks, &places, &Known::default(), now);
    assert_eq!(seen.sets.len(), 1, "its own and nothing else");
    seen.sets.into_iter().next().expect("one")
}

#[test]
fn a_service_is_asked_for_with_all_of_its_definition() {
    let asked = asked(
        json!({
            "image": "shop/api:1",
            "command": ["./api", "$PORT", "$QUARTERDECK_INSTANCE"],
            "resources": {"cpus": 0.5, "memory_mb": 64},
            "network": {"mode": "overlay", "name": "inner"},
            "ports": [{"name": "http", "container_port": 8080}, {"name": "x", "container_port": 9, "host_port": 99}],
            "env": {"TEMPLATE": "{{.Node.ID}}"},
            "constraints": [
                {"attribute": "node.name", "operator": "unique"},
                {"attribute": "node.labels.zone", "operator": "spread"},
                {"attribute": "node.name", "operator": "is_not", "value": "old"},
            ],
            "restart": {"backoff": "3s"},
            "stop": {"signal": "SIGQUIT", "grace": "7s"},
        }),
        3,
    );
    assert_eq!(asked["Name"], "test-shop-r2-g0");
    assert_eq!(asked["Mode"]["Replicated"]["Replicas"], 3);
    let task = &asked["TaskTemplate"];
    let container = &task["ContainerSpec"];
    assert_eq!(container["Command"], json!(["./api", "8080", "$QUARTERDECK_INSTANCE"]));
    let env = container["Env"].as_array().expect("variables");
    assert!(env.contains(&json!("QUARTERDECK_INSTANCE={{.Task.ID}}")), "{env:?}");
    assert!(env.contains(&json!(r#"TEMPLATE={{"{{"}}.Node.ID}}"#)), "{env:?}");
    assert_eq!(
        (&container["StopSignal"], &container["StopGracePeriod"]),
        (&json!("SIGQUIT"), &json!(7_000_000_000_u64))
    );
    assert_eq!(task["Resources"]["Reservations"]["NanoCPUs"], 500_000_000);
    assert_eq!(task["Resources"]["Limits"]["MemoryBytes"], 64 << 20);
    assert_eq!(
        (&task["RestartPolicy"]["Condition"], &task["RestartPolicy"]["Delay"]),
        (&json!("any"), &json!(3_000_000_000_u64))
    );
    let placement = &task["Placement"];
    assert_eq!(placement["MaxReplicas"], 1);
    assert_eq!(placement["Constraints"], json!(["node.hostname!=old"]));
    assert_eq!(placement["Preferences"], json!([{"Spread": {"SpreadDescriptor": "node.labels.zone"}}]));
    assert_eq!(task["Networks"][0]["Target"], "inner");
    let ports = asked["EndpointSpec"]["Ports"].as_array().expect("ports");
    assert!(ports.iter().all(|port| port["PublishMode"] == "host"));
    assert_eq!((&ports[0]["PublishedPort"], &ports[1]["PublishedPort"]), (&Value::Null, &json!(99)));
}

#[test]
fn long_names_are_cut_and_stay_apart() {
    let long = |end: &str| service_name(&set_id(&format!("{}{end}", "a".repeat(60))));
    assert!(long("b").len() <= NAME_MAX && long("b").ends_with("-r2-g0"));
    assert_ne!(long("b"), long("c"));
}

#[test]
fn running_tasks_are_read_as_a_manager_wrote_them() {
    let set = observed("owner-2", "2026-11-24T22:30:20Z", &nodes());
    assert_eq!((set.wanted, set.instances.len()), (2, 2));
    for instance in &set.instances {
        assert_eq!(instance.state, InstanceState::Running);
        assert_eq!((instance.node.as_str(), instance.address.as_str()), ("node-1", "10.201.235.11"));
        assert!(instance.ports[0].host_port >= 32768 && instance.started_at.is_some());
    }
}

#[test]
fn a_task_that_is_kept_back_says_until_when_and_why() {
    let set = observed("owner-3", "2026-11-24T22:30:20Z", &nodes());
    let [failed, waiting] = set.instances.as_slice() else { panic!("{set:?}") };
    assert_eq!((failed.state, failed.exit_code), (InstanceState::Exited, Some(3)));
    assert_eq!((waiting.state, waiting.restarts), (InstanceState::Pending, 1));
    assert_eq!(waiting.delayed_until.map(|at| at.to_string()).as_deref(), Some("2026-11-24T23:30:16.426Z"));
    assert_eq!(waiting.reason, failed.reason);
    let later = observed("owner-3", "2026-11-24T23:30:20Z", &nodes());
    assert!(later.instances.iter().all(|instance| instance.delayed_until.is_none()), "its time has come");
}

#[test]
fn what_swarm_cannot_do_is_said_in_its_own_words() {
    let set = observed("owner-4", "2026-11-24T22:30:20Z", &nodes());
    let reason = set.instances[0].reason.clone().expect("a reason");
    assert_eq!(set.instances[0].state, InstanceState::Pending);
    assert_eq!(reason.code, ReasonCode::NoPlace);
    assert_eq!(reason.detail, "no suitable node (insufficient resources on 1 node)");
    let set = observed("owner-5", "2026-11-24T22:30:20Z", &nodes());
    let rejected = set.instances.iter().find(|instance| instance.ended_at.is_some()).expect("one");
    assert_eq!(rejected.state, InstanceState::Failed);
    let reason = rejected.reason.clone().expect("a reason");
    assert_eq!((reason.code, reason.detail.as_str()), (ReasonCode::ImageMissing, "qd/none:1"));
}

#[test]
fn what_runs_on_a_node_that_is_down_is_lost() {
    let mut nodes = nodes();
    nodes[0].status.as_mut().expect("a state").state = Some(bollard::models::NodeState::DOWN);
    let set = observed("owner-2", "2026-11-24T22:30:20Z", &nodes);
    assert!(set.instances.iter().all(|instance| instance.state == InstanceState::Lost), "{set:?}");
    let shown = crate::engine::swarm::node::shown(&nodes[0], &nodes, &[], "x");
    assert_eq!((shown.state, shown.capacity.cpus), (model::environment::NodeState::Down, 2.0));
}
