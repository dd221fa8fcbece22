use serde_json::{Map, json};

use super::*;
use crate::definition::{JSON_MAX, VARIABLES_MAX, parse_text};
use crate::problem::{Fault, FieldError};

/// Pointer and code of every mistake.
fn faults(value: &Value) -> Vec<(String, String)> {
    parse(value).err().unwrap_or_default().iter().map(named).collect()
}

fn named(error: &FieldError) -> (String, String) {
    let json = serde_json::to_value(error).expect("writes");
    assert!(!error.message.is_empty());
    (error.path.clone(), json["code"].as_str().expect("has a code").to_owned())
}

/// A definition that is right but for one field.
fn with(field: &str, value: Value) -> Value {
    let mut object = Map::new();
    object.insert("command".to_owned(), json!(["./run"]));
    object.insert("ports".to_owned(), json!([{ "name": "http" }]));
    object.insert(field.to_owned(), value);
    Value::Object(object)
}

#[test]
fn each_mistake_is_named_at_its_field() {
    let check = |fields: Value| {
        let mut check = json!({ "kind": "http" });
        check.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        with("health_checks", json!([check]))
    };
    let port = |fields: Value| with("ports", json!([fields]));
    let volume = |fields: Value| with("volumes", json!([fields]));
    let constraint = |fields: Value| with("constraints", json!([fields]));
    let cases = [
        (with("project", json!("Shop")), "/project", "not_dns_label"),
        (with("instances", json!(10_001)), "/instances", "out_of_range"),
        (with("instances", json!(-1)), "/instances", "out_of_range"),
        (with("instances", json!(1.5)), "/instances", "wrong_type"),
        (with("instances", json!("3")), "/instances", "wrong_type"),
        (with("resources", json!({ "cpus": 0.001 })), "/resources/cpus", "out_of_range"),
        (with("resources", json!({ "cpus": 1_025 })), "/resources/cpus", "out_of_range"),
        (with("resources", json!({ "memory_mb": 3 })), "/resources/memory_mb", "out_of_range"),
        (with("resources", json!({ "memory_mb": 16_777_217 })), "/resources/memory_mb", "out_of_range"),
        (with("resources", json!([])), "/resources", "wrong_type"),
        (with("command", json!(7)), "/command", "wrong_type"),
        (with("command", json!("  ")), "/command", "empty"),
        (with("command", json!([])), "/command", "empty"),
        (with("command", json!([""])), "/command/0", "empty"),
        (with("command", json!(["a", 1])), "/command/1", "wrong_type"),
        (with("command", json!(["a\u{0}b"])), "/command/0", "zero_byte"),
        (with("artifact", json!("no-version")), "/artifact", "not_artifact"),
        (with("artifact", json!("../x/1")), "/artifact", "not_artifact"),
        (with("image", json!("a b")), "/image", "not_image"),
        (with("image", json!(1)), "/image", "wrong_type"),
        (port(json!({})), "/ports/0/name", "required"),
        (port(json!({ "name": "A" })), "/ports/0/name", "not_dns_label"),
        (port(json!({ "name": "a", "host_port": 65_536 })), "/ports/0/host_port", "out_of_range"),
        (port(json!({ "name": "a", "host_port": 80 })), "/ports/0/host_port", "fixed_port_shared"),
        (port(json!({ "name": "a", "protocol": "sctp" })), "/ports/0/protocol", "not_one_of"),
        (with("network", json!({ "mode": "macvlan" })), "/network/mode", "not_one_of"),
        (with("env", json!({ "1A": "x" })), "/env/1A", "not_variable_name"),
        (with("env", json!({ "": "x" })), "/env/", "not_variable_name"),
        (with("env", json!({ "A/B~": "x" })), "/env/A~1B~0", "not_variable_name"),
        (with("env", json!({ "PORT": "x" })), "/env/PORT", "reserved"),
        (with("env", json!({ "PORT_HTTP": "x" })), "/env/PORT_HTTP", "reserved"),
        (with("env", json!({ "QUARTERDECK_APP": "x" })), "/env/QUARTERDECK_APP", "reserved"),
        (with("env", json!({ "A": 1 })), "/env/A", "wrong_type"),
        (with("env", json!({ "A": null })), "/env/A", "required"),
        (with("env", json!({ "A": "\u{0}" })), "/env/A", "zero_byte"),
        (with("env", json!({ "A": {} })), "/env/A/secret", "required"),
        (with("env", json!({ "A": { "secret": "s", "x": 1 } })), "/env/A/x", "unknown"),
        (with("config_sets", json!(["a", "a"])), "/config_sets/1", "duplicate"),
        (volume(json!({ "name": "d" })), "/volumes/0/mount", "required"),
        (volume(json!({ "name": "d", "mount": "d" })), "/volumes/0/mount", "not_absolute"),
        (volume(json!({ "name": "d", "mount": "/a/../b" })), "/volumes/0/mount", "parent_path"),
        (volume(json!({ "name": "d", "kind": "host", "mount": "/d" })), "/volumes/0/name", "not_absolute"),
        (volume(json!({ "name": "d", "kind": "nfs", "mount": "/d" })), "/volumes/0/kind", "not_one_of"),
        (
            volume(json!({ "name": "d", "mount": "/d", "read_only": "no" })),
            "/volumes/0/read_only",
            "wrong_type",
        ),
        (
            constraint(json!({ "attribute": "cpu", "operator": "unique" })),
            "/constraints/0/attribute",
            "not_attribute",
        ),
        (
            constraint(json!({ "attribute": "node.name", "operator": "like" })),
            "/constraints/0/operator",
            "not_one_of",
        ),
        (
            constraint(json!({ "attribute": "node.name", "operator": "is" })),
            "/constraints/0/value",
            "required",
        ),
        (with("labels", json!({ "-a": "x" })), "/labels/-a", "not_label_key"),
        (with("labels", json!({ "a": "x\ny" })), "/labels/a", "control_character"),
        (with("health_checks", json!([{}])), "/health_checks/0/kind", "required"),
        (with("metrics", json!({ "port": "admin" })), "/metrics/port", "no_such_port"),
        (with("metrics", json!({ "path": "metrics" })), "/metrics/path", "not_absolute"),
        (with("metrics", json!({ "interval": "1s" })), "/metrics/interval", "duration_out_of_range"),
        (with("metrics", json!({ "every": "15s" })), "/metrics/every", "unknown"),
        (check(json!({ "kind": "grpc" })), "/health_checks/0/kind", "not_one_of"),
        (check(json!({ "port": "metrics" })), "/health_checks/0/port", "no_such_port"),
        (check(json!({ "path": "healthz" })), "/health_checks/0/path", "not_absolute"),
        (with("ready_after", json!("25h")), "/ready_after", "duration_out_of_range"),
        (check(json!({ "interval": "0s" })), "/health_checks/0/interval", "duration_out_of_range"),
        (check(json!({ "timeout": "0s" })), "/health_checks/0/timeout", "duration_out_of_range"),
        (check(json!({ "timeout": "25h" })), "/health_checks/0/timeout", "duration_out_of_range"),
        (check(json!({ "grace": 5 })), "/health_checks/0/grace", "not_duration"),
        (check(json!({ "max_failures": 0 })), "/health_checks/0/max_failures", "out_of_range"),
        (check(json!({ "kind": "command" })), "/health_checks/0/command", "required"),
        (with("stop", json!({ "signal": "TERM" })), "/stop/signal", "not_one_of"),
        (with("stop", json!({ "grace": "10" })), "/stop/grace", "not_duration"),
        (with("restart", json!({ "factor": 0.9 })), "/restart/factor", "out_of_range"),
        (with("restart", json!({ "backoff": "0s" })), "/restart/backoff", "duration_out_of_range"),
        (with("strategy", json!({ "kind": "canary" })), "/strategy/kind", "not_one_of"),
        (with("strategy", json!({ "kind": "staged" })), "/strategy/steps", "required"),
        (with("strategy", json!({ "max_surge": "a lot" })), "/strategy/max_surge", "not_amount"),
        (with("strategy", json!({ "max_surge": "101%" })), "/strategy/max_surge", "not_amount"),
        (with("strategy", json!({ "max_surge": -1 })), "/strategy/max_surge", "out_of_range"),
        (with("strategy", json!({ "max_surge": "0%" })), "/strategy/max_surge", "no_room_to_move"),
        (with("strategy", json!({ "on_failure": "ignore" })), "/strategy/on_failure", "not_one_of"),
        (
            with("strategy", json!({ "progress_deadline": "0s" })),
            "/strategy/progress_deadline",
            "duration_out_of_range",
        ),
        (with("checks", json!([{ "kind": "restarts", "max": 0 }])), "/checks/0", "needs_verify_step"),
        (with("shape", json!(1)), "/shape", "unknown"),
    ];
    for (value, path, code) in cases {
        assert_eq!(faults(&value), [(path.to_owned(), code.to_owned())], "{value}");
    }
}

#[test]
fn all_mistakes_are_told_at_once() {
    let value = json!({
        "project": "No", "imag": "x", "instances": 99_999, "resources": { "cpu": 1, "memory_mb": 1 },
        "env": { "PORT": 1 }, "health_checks": [{ "kind": "http", "port": "x" }], "strategy": { "kind": "canary" }
    });
    let expected = [
        ("/imag", "unknown"),
        ("/project", "not_dns_label"),
        ("/command", "nothing_runs"),
        ("/instances", "out_of_range"),
        ("/resources/cpu", "unknown"),
        ("/resources/memory_mb", "out_of_range"),
        ("/health_checks/0/port", "no_such_port"),
        ("/env/PORT", "reserved"),
        ("/env/PORT", "wrong_type"),
        ("/strategy/kind", "not_one_of"),
    ];
    let mut found = faults(&value);
    let mut expected = expected.map(|(path, code)| (path.to_owned(), code.to_owned())).to_vec();
    found.sort();
    expected.sort();
    assert_eq!(found, expected);
}

#[test]
fn unknown_fields_get_a_suggestion() {
    let near = |value: Value| match parse(&value).expect_err("unknown").remove(0).fault {
        Fault::Unknown { similar } => similar,
        other => panic!("{other:?}"),
    };
    for (wrong, right) in [
        ("comand", "command"),
        ("healthChecks", "health_checks"),
        ("health-check", "health_checks"),
        ("environment", "env"),
        ("Ports", "ports"),
        ("volume", "volumes"),
    ] {
        assert_eq!(near(with(wrong, json!(1))).as_deref(), Some(right), "{wrong}");
    }
    assert_eq!(near(with("colour", json!(1))), None);
    assert_eq!(near(with("resources", json!({ "memoryMb": 1 }))).as_deref(), Some("memory_mb"));
    assert_eq!(near(with("resources", json!({ "cpu": 1 }))).as_deref(), Some("cpus"));
}

#[test]
fn exactly_one_thing_runs() {
    assert_eq!(faults(&json!({})), [("/command".to_owned(), "nothing_runs".to_owned())]);
    let both = json!({ "image": "nginx", "artifact": "a/1", "command": "x" });
    assert_eq!(faults(&both), [("/artifact".to_owned(), "exclusive".to_owned())]);
    let archive = json!({ "artifact": "a/1" });
    assert_eq!(faults(&archive), [("/command".to_owned(), "required".to_owned())]);
    assert_eq!(faults(&json!({ "image": "nginx", "command": ["x"] })), []);
    assert_eq!(faults(&json!({ "artifact": "a/1.0", "command": ["./x"] })), []);
}

#[test]
fn ports_are_told_apart() {
    let ports = json!([
        { "name": "a", "container_port": 80 },
        { "name": "a", "container_port": 80, "protocol": "udp" },
        { "name": "b", "container_port": 80 }
    ]);
    let expected = [("/ports/1/name", "duplicate"), ("/ports/2/container_port", "duplicate")];
    assert_eq!(faults(&with("ports", ports)), expected.map(|(p, c)| (p.to_owned(), c.to_owned())));
    let inside = json!({ "image": "nginx", "ports": [{ "name": "http" }] });
    assert_eq!(faults(&inside), [("/ports/0/container_port".to_owned(), "required".to_owned())]);
    let shared = json!({
        "command": "x", "instances": 2, "ports": [{ "name": "a", "host_port": 80 }], "strategy": { "kind": "recreate" }
    });
    assert_eq!(faults(&shared), [("/ports/0/host_port".to_owned(), "fixed_port_shared".to_owned())]);
    let portless = json!({ "command": "x", "health_checks": [{ "kind": "tcp" }] });
    assert_eq!(faults(&portless), [("/health_checks/0/port".to_owned(), "needs_port".to_owned())]);
}

#[test]
fn lists_have_limits() {
    let many = |field: &str, count: usize, entry: &dyn Fn(usize) -> Value| {
        with(field, Value::Array((0..count).map(entry).collect()))
    };
    let port = |index: usize| json!({ "name": format!("p{index}") });
    assert_eq!(faults(&many("ports", 64, &port)), []);
    assert_eq!(faults(&many("ports", 65, &port)), [("/ports".to_owned(), "too_many".to_owned())]);
    let check = |_| json!({ "kind": "http" });
    assert_eq!(faults(&many("health_checks", 16, &check)), []);
    assert_eq!(
        faults(&many("health_checks", 17, &check)),
        [("/health_checks".to_owned(), "too_many".to_owned())]
    );
    let variables = |count: usize| -> Value {
        (0..count).map(|index| (format!("V{index}"), json!("x"))).collect::<Map<String, Value>>().into()
    };
    assert_eq!(faults(&with("env", variables(VARIABLES_MAX))), []);
    assert_eq!(
        faults(&with("env", variables(VARIABLES_MAX + 1))),
        [("/env".to_owned(), "too_many".to_owned())]
    );
}

#[test]
fn text_that_is_no_definition() {
    let first = |text: &str| parse_text(text).expect_err("no definition").remove(0);
    let broken = first("{\n  \"image\": \"nginx\",\n  oops\n}");
    assert!(matches!(broken.fault, Fault::NotJson { line: 3, column: 3, .. }), "{broken:?}");
    assert!(!broken.message.contains(" at line "), "{}", broken.message);
    assert_eq!(named(&first("[]")), (String::new(), "wrong_type".to_owned()));
    assert_eq!(named(&first("null")), (String::new(), "wrong_type".to_owned()));
    let large = json!({ "command": "x", "labels": { "a": "x".repeat(JSON_MAX) } });
    assert_eq!(named(&first(&large.to_string())), (String::new(), "json_too_large".to_owned()));
    assert_eq!(faults(&large), [(String::new(), "json_too_large".to_owned())]);
}
