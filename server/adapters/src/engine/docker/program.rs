//! What runs inside a container, whoever places it: words, variables, checks, volumes. Pure.

use std::collections::BTreeMap;

use bollard::models::{HealthConfig, Mount, MountBindOptions, MountBindOptionsPropagationEnum, MountType};
use model::definition::{
    Command, Definition, EnvValue, HealthCheck, NetworkMode, Port, Probe, Protocol, Signal, Volume,
    VolumeKind,
};
use model::duration::Span;
use model::id::ReplicaSetId;

use crate::engine::variables::words;

pub type Variables = BTreeMap<String, String>;

/// The port that a program listens on: on a network of its own the container's, on the host's the host's.
pub const fn listens_on(port: &Port, mode: NetworkMode) -> u16 {
    match mode {
        NetworkMode::Host if port.host_port > 0 => port.host_port,
        _ => port.container_port,
    }
}

/// The definition's variables, then ours, which nothing can shadow. The image's own stay where nothing replaces them.
pub fn variables(
    definition: &Definition,
    set: &ReplicaSetId,
    instance: &str,
    statsd: Option<&str>,
) -> Variables {
    let mut variables = Variables::new();
    for (name, value) in &definition.env {
        if let EnvValue::Plain(value) = value {
            variables.insert(name.clone(), value.clone());
        }
    }
    let port = |port: &Port| listens_on(port, definition.network.mode).to_string();
    if let Some(first) = definition.ports.first() {
        variables.insert("PORT".to_owned(), port(first));
    }
    for each in &definition.ports {
        let name = each.name.to_ascii_uppercase().replace('-', "_");
        variables.insert(format!("PORT_{name}"), port(each));
    }
    for (name, value) in [
        ("QUARTERDECK_APP", set.app.to_string()),
        ("QUARTERDECK_ENVIRONMENT", set.environment.to_string()),
        ("QUARTERDECK_REVISION", set.revision.to_string()),
        ("QUARTERDECK_INSTANCE", instance.to_owned()),
    ] {
        variables.insert(name.to_owned(), value);
    }
    if let Some(address) = statsd {
        variables.insert("QUARTERDECK_STATSD".to_owned(), address.to_owned());
    }
    variables
}

/// The words to execute in place of the image's own, if the definition has any.
pub fn command(definition: &Definition, variables: &Variables) -> Option<Vec<String>> {
    definition.command.as_ref().map(|command| words(command, variables))
}

/// The command checks as the one check that a container can have. Several are asked in one line, which takes a shell.
pub fn health_config(checks: &[HealthCheck], variables: &Variables) -> Option<HealthConfig> {
    let commands: Vec<(&HealthCheck, &Command)> = checks
        .iter()
        .filter_map(|check| match &check.probe {
            Probe::Command { command } => Some((check, command)),
            Probe::Http { .. } | Probe::Tcp { .. } => None,
        })
        .collect();
    let (first, _) = *commands.first()?;
    let test = match commands.as_slice() {
        [(_, Command::Vector(vector))] => {
            let vector = Command::Vector(vector.clone());
            [vec!["CMD".to_owned()], words(&vector, variables)].concat()
        }
        [(_, Command::Shell(line))] => vec!["CMD-SHELL".to_owned(), line.clone()],
        several => {
            let lines: Vec<String> =
                several.iter().map(|(_, command)| shell_line(command, variables)).collect();
            vec!["CMD-SHELL".to_owned(), lines.join(" && ")]
        }
    };
    let times = |pick: fn(&HealthCheck) -> Span| commands.iter().map(move |(check, _)| pick(check));
    let total = times(|check| check.timeout).map(nanoseconds).sum();
    Some(HealthConfig {
        test: Some(test),
        interval: Some(times(|check| check.interval).min().map_or(0, nanoseconds)),
        timeout: Some(total),
        retries: Some(i64::from(first.max_failures.max(1))),
        start_period: Some(times(|check| check.grace).max().map_or(0, nanoseconds)),
        start_interval: None,
    })
}

fn shell_line(command: &Command, variables: &Variables) -> String {
    match command {
        Command::Shell(line) => format!("({line})"),
        Command::Vector(_) => {
            let quoted = words(command, variables).into_iter().map(|word| {
                let inner = word.replace('\'', "'\\''");
                format!("'{inner}'")
            });
            quoted.collect::<Vec<_>>().join(" ")
        }
    }
}

/// The checks that are asked from outside, since no program can be assumed in an image.
pub fn asked_from_outside(checks: &[HealthCheck]) -> Vec<HealthCheck> {
    let outside = checks.iter().filter(|check| !matches!(check.probe, Probe::Command { .. }));
    outside.cloned().collect()
}

pub fn nanoseconds(span: Span) -> i64 {
    i64::try_from(span.duration().as_nanos()).unwrap_or(i64::MAX)
}

pub fn nano_cpus(cpus: f64) -> i64 {
    (cpus * 1e9).round() as i64
}

/// Daemons refuse less.
const MEMORY_MIN: u64 = 6 << 20;

pub fn memory_bytes(megabytes: u64) -> i64 {
    i64::try_from((megabytes << 20).max(MEMORY_MIN)).unwrap_or(i64::MAX)
}

pub const fn signal_name(signal: Signal) -> &'static str {
    match signal {
        Signal::Term => "SIGTERM",
        Signal::Int => "SIGINT",
        Signal::Quit => "SIGQUIT",
        Signal::Hup => "SIGHUP",
        Signal::Usr1 => "SIGUSR1",
        Signal::Usr2 => "SIGUSR2",
        Signal::Kill => "SIGKILL",
    }
}

pub const fn protocol_name(protocol: Protocol) -> &'static str {
    match protocol {
        Protocol::Tcp => "tcp",
        Protocol::Udp => "udp",
    }
}

pub fn mounts(volumes: &[Volume]) -> Vec<Mount> {
    volumes.iter().map(mount).collect()
}

fn mount(volume: &Volume) -> Mount {
    let mut mount =
        Mount { target: Some(volume.mount.clone()), read_only: Some(volume.read_only), ..Mount::default() };
    match volume.kind {
        VolumeKind::Named => {
            mount.typ = Some(MountType::VOLUME);
            mount.source = Some(volume.name.clone());
        }
        VolumeKind::Host => {
            mount.typ = Some(MountType::BIND);
            mount.source = Some(volume.name.clone());
            mount.bind_options = Some(MountBindOptions {
                propagation: Some(MountBindOptionsPropagationEnum::RPRIVATE),
                ..MountBindOptions::default()
            });
        }
        VolumeKind::Tmpfs => mount.typ = Some(MountType::TMPFS),
    }
    mount
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn definition(value: serde_json::Value) -> Definition {
        serde_json::from_value(value).expect("a definition")
    }

    fn set() -> ReplicaSetId {
        ReplicaSetId {
            environment: "test".parse().expect("a name"),
            app: "shop".parse().expect("a name"),
            revision: 4,
            generation: 0,
        }
    }

    #[test]
    fn a_program_is_told_the_port_it_listens_on() {
        let mut shop = definition(json!({
            "image": "shop/api:1",
            "network": {"mode": "bridge"},
            "ports": [
                {"name": "http", "container_port": 8080},
                {"name": "admin-ui", "container_port": 9000, "host_port": 9001},
            ],
            "env": {"PORT": "shadowed", "COLOUR": "blue", "TOKEN": {"secret": "x"}},
        }));
        let told = variables(&shop, &set(), "i1", Some("10.0.0.1:8125"));
        let expected = [
            ("COLOUR", "blue"),
            ("PORT", "8080"),
            ("PORT_ADMIN_UI", "9000"),
            ("PORT_HTTP", "8080"),
            ("QUARTERDECK_APP", "shop"),
            ("QUARTERDECK_ENVIRONMENT", "test"),
            ("QUARTERDECK_INSTANCE", "i1"),
            ("QUARTERDECK_REVISION", "4"),
            ("QUARTERDECK_STATSD", "10.0.0.1:8125"),
        ];
        assert!(told.iter().map(|(name, value)| (name.as_str(), value.as_str())).eq(expected), "{told:?}");
        shop.network.mode = NetworkMode::Host;
        assert_eq!(variables(&shop, &set(), "i1", None)["PORT_ADMIN_UI"], "9001");
    }

    #[test]
    fn one_command_check_takes_no_shell_and_several_become_one_line() {
        let of = |checks| {
            let shop = definition(json!({"image": "x", "health_checks": checks}));
            health_config(&shop.health_checks, &Variables::from([("PORT".to_owned(), "80".to_owned())]))
        };
        assert_eq!(of(json!([{"kind": "http"}, {"kind": "tcp"}])), None);
        let one = of(
            json!([{"kind": "command", "command": ["/probe", "$PORT"], "interval": "2s", "max_failures": 5}]),
        );
        let one = one.expect("a check");
        assert_eq!(one.test, Some(vec!["CMD".to_owned(), "/probe".to_owned(), "80".to_owned()]));
        assert_eq!(
            (one.interval, one.retries, one.start_period),
            (Some(2_000_000_000), Some(5), Some(30_000_000_000))
        );
        let two = of(json!([
            {"kind": "command", "command": "test -f /ok"},
            {"kind": "command", "command": ["echo", "it's"], "interval": "3s"},
        ]));
        let two = two.expect("a check");
        let line = two.test.expect("words").pop().expect("a line");
        assert_eq!(line, r"(test -f /ok) && 'echo' 'it'\''s'");
        assert_eq!(two.interval, Some(3_000_000_000));
    }
}
