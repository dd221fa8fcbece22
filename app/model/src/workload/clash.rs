//! What a workload and the app in its place cannot both have.

use serde::{Deserialize, Serialize};

use super::ForeignWorkload;
use crate::definition::{Definition, NetworkMode, Protocol, VolumeKind};

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Clash {
    /// A port of the host.
    Port { port: u16, protocol: Protocol },
    /// All ports of the host: both are on its network.
    HostNetwork,
    /// A volume, or a folder of the host, that both write to.
    Volume { name: String },
}

/// Empty where both can run at a time.
pub fn clashes(workload: &ForeignWorkload, definition: &Definition) -> Vec<Clash> {
    let mut found = Vec::new();
    for port in definition.ports.iter().filter(|port| port.host_port > 0) {
        let same =
            |taken: &&super::TakenPort| (taken.port, taken.protocol) == (port.host_port, port.protocol);
        if workload.taken_ports.iter().any(|taken| same(&taken)) {
            found.push(Clash::Port { port: port.host_port, protocol: port.protocol });
        }
    }
    let old = &workload.definition;
    let on_host = old["network"]["mode"].as_str() == Some("host");
    if on_host && definition.network.mode == NetworkMode::Host {
        found.push(Clash::HostNetwork);
    }
    let mounts = old["volumes"].as_array().map(Vec::as_slice).unwrap_or_default();
    for volume in &definition.volumes {
        let (kind, writes) = match volume.kind {
            VolumeKind::Named => ("named", !volume.read_only),
            VolumeKind::Host => ("host", !volume.read_only),
            VolumeKind::Tmpfs => continue,
        };
        let same = mounts.iter().any(|mount| {
            let reads = mount["read_only"].as_bool() == Some(true);
            mount["name"] == volume.name.as_str() && mount["kind"].as_str() == Some(kind) && !reads
        });
        let clash = Clash::Volume { name: volume.name.clone() };
        if same && writes && !found.contains(&clash) {
            found.push(clash);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::definition::parse;
    use crate::workload::TakenPort;

    fn of(taken: &[u16], old: Value, new: &Value) -> Vec<Clash> {
        let taken_ports =
            taken.iter().map(|port| TakenPort { port: *port, protocol: Protocol::Tcp }).collect();
        let workload = ForeignWorkload { taken_ports, definition: old, ..ForeignWorkload::default() };
        clashes(&workload, &parse(new).expect("a definition"))
    }

    fn with_port(host_port: u16, protocol: &str) -> Value {
        json!({"image": "a:1", "strategy": {"kind": "recreate"}, "ports": [
            {"name": "http", "container_port": 80, "host_port": host_port, "protocol": protocol}]})
    }

    #[test]
    fn a_port_of_a_host_is_one_s_alone() {
        let port = Clash::Port { port: 8080, protocol: Protocol::Tcp };
        assert_eq!(of(&[8080], json!({}), &with_port(8080, "tcp")), [port]);
        assert_eq!(of(&[8080], json!({}), &with_port(8080, "udp")), []);
        assert_eq!(of(&[8080], json!({}), &with_port(8081, "tcp")), []);
        assert_eq!(of(&[8080], json!({}), &with_port(0, "tcp")), []);
        let host = json!({"image": "a:1", "network": {"mode": "host"}});
        assert_eq!(of(&[], host.clone(), &host), [Clash::HostNetwork]);
    }

    #[test]
    fn a_volume_has_one_writer() {
        let volume = |name: &str, kind: &str, read_only: bool| {
            json!({"image": "a:1", "volumes": [
                {"name": name, "kind": kind, "mount": "/data", "read_only": read_only}]})
        };
        let writes = volume("orders", "named", false);
        let reads = volume("orders", "named", true);
        assert_eq!(of(&[], writes.clone(), &writes), [Clash::Volume { name: "orders".to_owned() }]);
        assert_eq!(of(&[], reads.clone(), &writes), []);
        assert_eq!(of(&[], writes.clone(), &reads), []);
        assert_eq!(of(&[], writes, &volume("other", "named", false)), []);
        let memory = volume("orders", "tmpfs", false);
        assert_eq!(of(&[], memory.clone(), &memory), []);
    }
}
