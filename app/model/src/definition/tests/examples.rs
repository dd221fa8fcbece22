use serde_json::json;

use super::*;
use crate::definition::MetricsEndpoint;
use crate::definition::{
    Amount, Command, NetworkMode, OnFailure, Percent, Probe, StrategyKind, canonical_json, check_count,
    parse_text, to_json,
};
use crate::duration::Span;

#[test]
fn the_example_of_the_contract_is_read_whole() {
    let definition = read(&whole());
    assert_eq!(definition.project.as_str(), "shop");
    assert_eq!(definition.instances, Some(6));
    assert_eq!(definition.ports[0].container_port, 8080);
    assert_eq!(to_json(&definition, 6), whole(), "and written as it was");
    assert_eq!(stored(&definition), definition);
}

#[test]
fn everything_but_what_runs_has_a_default() {
    let definition = read(&json!({ "command": "echo hello" }));
    assert_eq!(definition.command, Some(Command::Shell("echo hello".to_owned())));
    assert_eq!(definition.project.as_str(), "default");
    assert_eq!(definition.instances, None);
    assert_eq!(definition.network.mode, NetworkMode::Host);
    assert_eq!(definition.strategy.on_failure, OnFailure::Rollback);
    assert_eq!(stored(&definition), definition);
    assert_eq!(read(&json!({ "image": "nginx" })).network.mode, NetworkMode::Bridge);
    assert_eq!(read(&to_json(&definition, 3)), Definition { instances: Some(3), ..definition });
}

#[test]
fn an_apps_own_figures_have_a_place_or_are_not_written_down() {
    let without = read(&json!({ "command": "x" }));
    assert!(without.metrics.is_none() && !canonical_json(&without).contains("metrics"));
    let with = read(&json!({ "command": "x", "ports": [{ "name": "http" }], "metrics": {} }));
    let expected = MetricsEndpoint { port: None, path: "/metrics".to_owned(), interval: Span::from_secs(15) };
    assert_eq!(with.metrics, Some(expected));
    assert_eq!(stored(&with), with);
}

#[test]
fn an_instance_counts_after_a_second_where_nothing_is_asked_of_it() {
    let ready_after = |definition: Value| read(&definition).ready_after();
    let check = json!([{ "kind": "command", "command": ["true"] }]);
    assert_eq!(ready_after(json!({ "command": "x" })), Span::from_secs(1));
    assert_eq!(ready_after(json!({ "command": "x", "health_checks": check })), Span::from_secs(0));
    assert_eq!(ready_after(json!({ "command": "x", "ready_after": "0s" })), Span::from_secs(0));
    let said = read(&json!({ "command": "x", "health_checks": check, "ready_after": "30s" }));
    assert_eq!(said.ready_after(), Span::from_secs(30));
    assert_eq!(stored(&said), said);
    assert!(!canonical_json(&read(&json!({ "command": "x" }))).contains("ready_after"));
}

#[test]
fn null_means_absent() {
    let with_nulls = json!({ "command": "x", "image": null, "ports": null, "strategy": { "kind": null } });
    assert_eq!(read(&with_nulls), read(&json!({ "command": "x" })));
}

#[test]
fn a_single_writer_is_recreated_by_default() {
    let volume = |read_only, kind: &str, name: &str| {
        let strategy = read(&json!({
            "command": "x",
            "volumes": [{ "name": name, "kind": kind, "mount": "/d", "read_only": read_only }]
        }))
        .strategy;
        strategy.kind == StrategyKind::Recreate
    };
    assert!(volume(false, "named", "d"));
    assert!(!volume(true, "named", "d"));
    assert!(!volume(false, "tmpfs", "d"));
    assert!(!volume(false, "host", "/d"));
    let chosen = json!({
        "command": "x", "volumes": [{ "name": "d", "mount": "/d" }], "strategy": { "kind": "rolling" }
    });
    assert_ne!(read(&chosen).strategy.kind, StrategyKind::Recreate);
}

#[test]
fn amounts_are_numbers_or_percentages() {
    let strategy = json!({ "max_surge": "25%", "max_unavailable": 2 });
    let kind = read(&json!({ "command": "x", "strategy": strategy })).strategy.kind;
    let expected =
        StrategyKind::Rolling { max_surge: Amount::Percent(Percent(25)), max_unavailable: Amount::Count(2) };
    assert_eq!(kind, expected);
    assert_eq!(Amount::Percent(Percent(1)).of_rounded_up(6), 1);
    assert_eq!(Amount::Percent(Percent(25)).of_rounded_down(6), 1);
}

#[test]
fn what_belongs_to_another_kind_is_dropped() {
    let definition = read(&json!({
        "command": "x",
        "ports": [{ "name": "p" }],
        "strategy": { "kind": "recreate", "max_surge": 1 },
        "health_checks": [{ "kind": "tcp", "port": "p", "path": "/left-over" }],
        "constraints": [{ "attribute": "node.name", "operator": "spread", "value": "left over" }]
    }));
    assert_eq!(definition.strategy.kind, StrategyKind::Recreate);
    assert_eq!(definition.health_checks[0].probe, Probe::Tcp { port: Some("p".to_owned()) });
    assert_eq!(definition.constraints[0].value, None);
}

#[test]
fn a_check_without_a_port_asks_the_first_that_speaks_tcp() {
    let ports = json!([{ "name": "stats", "protocol": "udp" }, { "name": "web" }]);
    let check = json!([{ "kind": "http" }]);
    let definition = read(&json!({ "command": "x", "ports": ports, "health_checks": check }));
    let expected = Probe::Http { port: Some("web".to_owned()), path: "/".to_owned() };
    assert_eq!(definition.health_checks[0].probe, expected);
}

#[test]
fn a_fixed_port_belongs_to_one_instance() {
    let with = |strategy: Value| {
        read(&json!({ "command": "x", "ports": [{ "name": "p", "host_port": 80 }], "strategy": strategy }))
    };
    for strategy in [json!({ "kind": "recreate" }), json!({ "max_surge": 0, "max_unavailable": 1 })] {
        let definition = with(strategy);
        assert_eq!(check_count(&definition, 1), []);
        assert_eq!(check_count(&definition, 2)[0].path, "/ports/0/host_port");
    }
    assert_eq!(check_count(&read(&json!({ "command": "x" })), 10_001)[0].path, "/instances");
}

#[test]
fn equal_definitions_have_one_canonical_text() {
    let one = read(&json!({ "command": ["a"], "env": { "B": "2", "A": "1" }, "instances": 1 }));
    let text = "{\"instances\": 9, \"env\": {\"A\": \"1\", \"B\": \"2\"}, \"resources\": {\"cpus\": 0.50000001}, \"command\": [\"a\"]}";
    let two = parse_text(text).expect("valid");
    assert_eq!(canonical_json(&one), canonical_json(&two));
    assert!(!canonical_json(&one).contains("instances"));
    let other = read(&json!({ "command": ["b"] }));
    assert_ne!(canonical_json(&one), canonical_json(&other));
}

#[test]
fn images_of_all_spellings() {
    let digest = format!("sha256:{}", "0a".repeat(32));
    let good = [
        "nginx",
        "nginx:1.27",
        "library/nginx",
        "registry.example:5000/shop/api:1.4.2",
        "localhost/x",
        "localhost:5000/x",
        "a.b/c_d/e__f/g-h--i:V1_.-",
        "ghcr.io/o/n",
        &format!("nginx@{digest}"),
        &format!("r.example/n:1@{digest}"),
    ];
    for image in good {
        assert_eq!(read(&json!({ "image": image })).image.as_deref(), Some(image));
    }
    let bad = [
        "",
        "Nginx",
        "nginx:",
        "nginx:-1",
        "a//b",
        "/a",
        "a/",
        "a b",
        "a:b:c",
        "r.example:x/n",
        "r.example:0/n",
        "-r.example/n",
        "a..b",
        "a___b",
        "n@sha256:12",
        "n@md5:00",
        "https://r.example/n",
    ];
    for image in bad {
        let errors = parse(&json!({ "image": image })).expect_err(image);
        assert_eq!(errors[0].path, "/image");
    }
}
