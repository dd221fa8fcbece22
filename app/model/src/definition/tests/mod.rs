mod examples;
mod mistakes;
mod properties;

use serde_json::{Value, json};

use super::{Definition, parse};

/// The contract's example (domain.md section 3).
fn whole() -> Value {
    json!({
        "project": "shop",
        "image": "registry.example:5000/shop/api:1.4.2",
        "artifact": null,
        "command": ["./api", "--port", "$PORT"],
        "instances": 6,
        "resources": { "cpus": 0.5, "memory_mb": 512 },
        "ports": [{ "name": "http", "container_port": 8080, "host_port": 0, "protocol": "tcp" }],
        "network": { "mode": "bridge", "name": null },
        "env": { "LOG_LEVEL": "info", "DB_PASSWORD": { "secret": "shop-db" } },
        "config_sets": ["shop-common"],
        "volumes": [{ "name": "data", "kind": "named", "mount": "/data", "read_only": false }],
        "constraints": [{ "attribute": "node.labels.zone", "operator": "unique" }],
        "labels": { "team": "orders" },
        "health_checks": [{
            "kind": "http", "port": "http", "path": "/healthz",
            "interval": "10s", "timeout": "5s", "grace": "30s", "max_failures": 3
        }],
        "stop": { "signal": "SIGTERM", "grace": "10s" },
        "restart": { "backoff": "1s", "factor": 1.15, "max_delay": "5m" },
        "strategy": {
            "kind": "rolling", "max_surge": 1, "max_unavailable": 0, "progress_deadline": "10m", "on_failure": "rollback"
        },
        "checks": []
    })
}

fn read(value: &Value) -> Definition {
    parse(value).unwrap_or_else(|errors| panic!("{value}: {errors:?}"))
}

/// What storing and loading a definition gives.
fn stored(definition: &Definition) -> Definition {
    serde_json::from_str(&serde_json::to_string(definition).expect("writes")).expect("reads")
}
