//! Ports.

use crate::definition::{PORTS_MAX, Port, Protocol};
use crate::input::{Node, unique};

pub(super) const PROTOCOLS: [(&str, Protocol); 2] = [("tcp", Protocol::Tcp), ("udp", Protocol::Udp)];

/// `contained`: instances have a network of their own, so each port needs its number in it.
pub(super) fn read(node: &Node, contained: bool) -> Vec<Port> {
    let nodes = node.list(PORTS_MAX);
    let ports: Vec<Port> = nodes.iter().map(|node| port(node, contained)).collect();
    let fields = |name: &'static str| nodes.iter().map(move |node| node.field(name)).collect::<Vec<_>>();
    let both = |port: u16, protocol: Protocol| match protocol {
        Protocol::Tcp => format!("{port}/tcp"),
        Protocol::Udp => format!("{port}/udp"),
    };
    let names = fields("name");
    unique(
        names
            .iter()
            .zip(&ports)
            .map(|(node, port)| (node, port.name.as_str()))
            .filter(|(_, n)| !n.is_empty()),
    );
    let host = fields("host_port");
    let fixed = host.iter().zip(&ports).filter(|(_, port)| port.host_port > 0);
    unique(fixed.map(|(node, port)| (node, both(port.host_port, port.protocol))));
    let inside = fields("container_port");
    let numbered = inside.iter().zip(&ports).filter(|(_, port)| port.container_port > 0);
    unique(numbered.map(|(node, port)| (node, both(port.container_port, port.protocol))));
    ports
}

fn port(node: &Node, contained: bool) -> Port {
    node.object(&["name", "container_port", "host_port", "protocol"]);
    let inside = node.field("container_port");
    if contained {
        inside.required();
    }
    let number = |node: Node, min| node.integer(min, u16::MAX.into()).unwrap_or_default() as u16;
    Port {
        name: node.field("name").required().name().unwrap_or_default().to_owned(),
        container_port: number(inside, u64::from(contained)),
        host_port: number(node.field("host_port"), 0),
        protocol: node.field("protocol").one_of(&PROTOCOLS).unwrap_or_default(),
    }
}
