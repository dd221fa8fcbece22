use proptest::prelude::*;
use serde_json::{Map, Number, json};

use super::*;
use crate::definition::{canonical_json, parse_text, to_json};
use crate::diff::diff;

/// Any JSON, with field names of definitions among its keys.
fn any_json() -> impl Strategy<Value = Value> {
    let key = prop_oneof![
        "[a-z_]{1,8}",
        prop::sample::select(vec![
            "command",
            "image",
            "artifact",
            "ports",
            "env",
            "name",
            "kind",
            "strategy",
            "resources",
            "health_checks",
            "instances",
            "volumes",
            "max_surge",
            "interval",
            "labels",
            "checks",
        ])
        .prop_map(str::to_owned),
    ];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::Bool),
        any::<i64>().prop_map(|n| json!(n)),
        any::<f64>().prop_map(|n| Number::from_f64(n).map_or(Value::Null, Value::Number)),
        ".{0,12}".prop_map(Value::String),
        prop::sample::select(vec!["http", "10s", "rolling", "nginx:1", "50%", "/a"]).prop_map(|s| json!(s)),
    ];
    leaf.prop_recursive(4, 48, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::Array),
            prop::collection::btree_map(key.clone(), inner, 0..6)
                .prop_map(|map| Value::Object(map.into_iter().collect::<Map<_, _>>())),
        ]
    })
}

/// Definitions that are right, with all that can be in them.
fn valid() -> impl Strategy<Value = Value> {
    let amount =
        || prop_oneof![(1_u32..9).prop_map(|n| json!(n)), (1_u8..=100).prop_map(|n| json!(format!("{n}%")))];
    let strategy = prop_oneof![
        Just(json!({ "kind": "recreate" })),
        (amount(), amount())
            .prop_map(|(up, down)| json!({ "kind": "rolling", "max_surge": up, "max_unavailable": down })),
    ];
    let command = prop_oneof![
        "[a-z ./$\n]{0,20}x".prop_map(|line| json!(line)),
        prop::collection::vec("[^\u{0}]{1,9}", 1..4).prop_map(|words| json!(words)),
    ];
    let variable = prop_oneof!["[^\u{0}]{0,9}".prop_map(|text| json!(text)), Just(json!({ "secret": "s" }))];
    (
        command,
        strategy,
        prop::collection::btree_map("X[A-Z_0-9]{0,5}", variable, 0..4),
        prop::collection::btree_set("[a-z]{1,5}", 0..4),
        (10_u64..1_024_000, 4_u64..65_536, 100_u64..86_400_000, 1_000_u64..100_000),
        prop::option::of(0_u32..10_000),
    )
        .prop_map(|(command, strategy, env, ports, (cpus, memory, interval, factor), instances)| {
            let checks = if ports.is_empty() {
                json!([{ "kind": "command", "command": "true" }])
            } else {
                json!([{ "kind": "http", "interval": format!("{interval}ms") }, { "kind": "tcp" }])
            };
            json!({
                "command": command,
                "strategy": strategy,
                "env": env,
                "instances": instances,
                "ports": ports.iter().map(|name| json!({ "name": name })).collect::<Vec<_>>(),
                "resources": { "cpus": cpus as f64 / 1_000.0, "memory_mb": memory },
                "restart": { "factor": factor as f64 / 1_000.0 },
                "health_checks": checks,
                "volumes": [{ "name": "/srv", "kind": "host", "mount": "/srv" }],
            })
        })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever is sent is either a definition that is stored and loaded unchanged, or refused with reasons.
    #[test]
    fn anything_is_read_or_refused(value in any_json()) {
        match parse(&value) {
            Ok(definition) => prop_assert_eq!(stored(&definition), definition),
            Err(errors) => {
                prop_assert!(!errors.is_empty());
                for error in errors {
                    prop_assert!(error.path.is_empty() || error.path.starts_with('/'));
                }
            }
        }
    }

    #[test]
    fn a_field_of_anything_is_read_or_refused(mut value in valid(), other in any_json(), which in any::<prop::sample::Index>()) {
        let fields = value.as_object_mut().expect("an object");
        let key = which.get(&fields.keys().cloned().collect::<Vec<_>>()).clone();
        fields.insert(key.clone(), other);
        if let Err(errors) = parse(&value) {
            for error in &errors {
                // A wrong port is told where it is used, a wrong command where nothing runs.
                let related = ["/health_checks", "/command", "/ports"];
                let at_field = error.path.starts_with(&format!("/{key}"));
                prop_assert!(at_field || related.iter().any(|r| error.path.starts_with(r)), "{} for {}", error.path, key);
            }
        }
    }

    #[test]
    fn what_was_read_is_stored_loaded_and_read_again_unchanged(value in valid()) {
        let definition = read(&value);
        prop_assert_eq!(&stored(&definition), &definition);
        let instances = definition.instances.unwrap_or(1);
        let again = read(&to_json(&definition, instances));
        prop_assert_eq!(&again, &Definition { instances: Some(instances), ..definition.clone() });
        prop_assert_eq!(canonical_json(&again), canonical_json(&definition));
        let text = serde_json::to_string_pretty(&definition).expect("writes");
        prop_assert_eq!(parse_text(&text), Ok(definition));
    }

    #[test]
    fn there_is_no_difference_exactly_when_definitions_are_equal(a in valid(), b in valid(), same in any::<bool>()) {
        let (a, b) = (read(&a), if same { read(&a) } else { read(&b) });
        let equal = a.clone().without_instances() == b.clone().without_instances();
        let changes = diff(&a, &b);
        prop_assert_eq!(changes.is_empty(), equal);
        prop_assert!(changes.is_sorted_by_key(|change| change.path.clone()));
        let back = diff(&b, &a);
        prop_assert_eq!(changes.len(), back.len());
        for (there, back) in changes.iter().zip(&back) {
            prop_assert_eq!((&there.path, &there.before, &there.after), (&back.path, &back.after, &back.before));
        }
    }
}
