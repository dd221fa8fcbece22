//! Whether an environment's engine can run a definition.

use super::{ConstraintOperator, Definition, EnvValue, NetworkMode, Protocol};
use crate::environment::{Capabilities, EngineKind};
use crate::problem::{Fault, Feature, FieldError};

/// Every field that the engine cannot honour, each with what it can do instead.
pub fn check(definition: &Definition, engine: EngineKind, can: &Capabilities) -> Vec<FieldError> {
    let mut errors = Vec::new();
    let mut refuse = |path: String, feature: Feature, instead: String| {
        errors.push(FieldError::new(
            path,
            Fault::Unsupported { engine: engine.as_str().to_owned(), feature, instead },
        ));
    };
    let runs = runs(can);
    if definition.image.is_some() && !can.images {
        refuse("/image".to_owned(), Feature::Image, runs.clone());
    }
    if definition.artifact.is_some() && !can.artifacts {
        refuse("/artifact".to_owned(), Feature::Artifact, runs.clone());
    }
    let bare = definition.image.is_none() && definition.artifact.is_none();
    if bare && definition.command.is_some() && !can.commands {
        refuse("/command".to_owned(), Feature::Command, runs);
    }
    // An image's own default would only repeat what is wrong with the image.
    let follows_image = !can.images && definition.image.is_some();
    if !can.network_modes.contains(&definition.network.mode) && !follows_image {
        let modes: Vec<&str> = can.network_modes.iter().map(|mode| mode_name(*mode)).collect();
        refuse("/network/mode".to_owned(), Feature::NetworkMode, format!("it knows: {}", modes.join(", ")));
    }
    for (index, port) in definition.ports.iter().enumerate() {
        if port.protocol == Protocol::Udp && !can.udp_ports {
            refuse(format!("/ports/{index}/protocol"), Feature::UdpPort, "use tcp".to_owned());
        }
    }
    for (name, value) in &definition.env {
        if matches!(value, EnvValue::Secret { .. }) && !can.secrets {
            refuse(format!("/env/{name}"), Feature::Secret, "give the value as text".to_owned());
        }
    }
    if !definition.config_sets.is_empty() && !can.config_sets {
        refuse("/config_sets".to_owned(), Feature::ConfigSet, "put the variables into env".to_owned());
    }
    if !definition.volumes.is_empty() && !can.volumes {
        let instead = "its programs see this host's files, so give them a path in a variable".to_owned();
        refuse("/volumes".to_owned(), Feature::Volume, instead);
    }
    if !definition.constraints.is_empty() && !can.constraints {
        let instead = "it has one node, so leave constraints empty".to_owned();
        refuse("/constraints".to_owned(), Feature::Constraint, instead);
    }
    for (index, constraint) in definition.constraints.iter().enumerate() {
        let by_label =
            constraint.operator == ConstraintOperator::Unique && constraint.attribute != "node.name";
        if engine == EngineKind::Swarm && by_label {
            let instead = "it keeps instances apart by node.name only, so use spread".to_owned();
            refuse(format!("/constraints/{index}/operator"), Feature::Constraint, instead);
        }
    }
    errors
}

/// What the engine runs, as advice.
fn runs(can: &Capabilities) -> String {
    let kinds =
        [(can.images, "an image"), (can.artifacts, "an uploaded artifact"), (can.commands, "a command")];
    let kinds: Vec<&str> = kinds.into_iter().filter(|(can, _)| *can).map(|(_, kind)| kind).collect();
    if kinds.is_empty() {
        "it runs nothing at present".to_owned()
    } else {
        format!("it runs {}", kinds.join(" or "))
    }
}

const fn mode_name(mode: NetworkMode) -> &'static str {
    match mode {
        NetworkMode::Host => "host",
        NetworkMode::Bridge => "bridge",
        NetworkMode::Overlay => "overlay",
        NetworkMode::None => "none",
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::definition::parse;
    use crate::environment::Enforcement;

    const LOCAL: Capabilities = Capabilities {
        images: false,
        artifacts: true,
        commands: true,
        volumes: false,
        constraints: false,
        network_modes: Vec::new(),
        udp_ports: false,
        secrets: false,
        config_sets: false,
        cpu_limit: Enforcement::ControlGroup,
        memory_limit: Enforcement::ControlGroup,
    };

    fn paths(value: serde_json::Value, can: &Capabilities) -> Vec<String> {
        let definition = parse(&value).expect("valid");
        let errors = check(&definition, EngineKind::Local, can);
        assert!(errors.iter().all(|e| e.message.contains("local")), "{errors:?}");
        errors.into_iter().map(|error| error.path).collect()
    }

    #[test]
    fn each_thing_that_the_engine_cannot_do_is_named_at_its_field() {
        let can = Capabilities { network_modes: vec![NetworkMode::Host], ..LOCAL };
        assert_eq!(paths(json!({ "command": "sleep 1" }), &can), Vec::<String>::new());
        assert_eq!(paths(json!({ "image": "nginx", "ports": [] }), &can), ["/image"]);
        let all = json!({
            "command": ["x"],
            "network": { "mode": "overlay" },
            "ports": [{ "name": "a" }, { "name": "b", "protocol": "udp" }],
            "env": { "A": "plain", "B": { "secret": "s" } },
            "config_sets": ["shared"],
            "volumes": [{ "name": "data", "mount": "/data" }],
            "constraints": [{ "attribute": "node.name", "operator": "unique" }]
        });
        let expected =
            ["/network/mode", "/ports/1/protocol", "/env/B", "/config_sets", "/volumes", "/constraints"];
        assert_eq!(paths(all, &can), expected);
        let spread = Capabilities {
            images: true,
            constraints: true,
            network_modes: vec![NetworkMode::Bridge],
            ..LOCAL
        };
        let apart = |attribute| json!({ "image": "x", "constraints": [{ "attribute": attribute, "operator": "unique" }] });
        let swarm = |attribute| {
            let definition = parse(&apart(attribute)).expect("valid");
            check(&definition, EngineKind::Swarm, &spread).into_iter().map(|e| e.path).collect::<Vec<_>>()
        };
        assert_eq!(swarm("node.name"), Vec::<String>::new());
        assert_eq!(swarm("node.labels.zone"), ["/constraints/0/operator"]);
        let none = Capabilities { commands: false, artifacts: false, ..can };
        assert_eq!(paths(json!({ "command": ["x"] }), &none), ["/command"]);
        assert_eq!(paths(json!({ "artifact": "a/1", "command": ["x"] }), &none), ["/artifact"]);
    }
}
