//! Free ports of this host for instances.

use std::collections::BTreeSet;
use std::net::{Ipv4Addr, TcpListener, UdpSocket};
use std::ops::RangeInclusive;
use std::sync::{Mutex, PoisonError};

use model::definition::{Port, Protocol};
use model::instance::InstancePort;
use rand::RngExt as _;

/// Ports given to instances of this process's engines and perhaps not listened on yet. Of the whole process, since
/// the engines of several environments share the host.
static GIVEN: Mutex<BTreeSet<u16>> = Mutex::new(BTreeSet::new());

/// Ports of one instance, given back when dropped.
#[derive(Debug, Default)]
pub struct PortLease {
    held: Vec<u16>,
}

#[derive(Debug, PartialEq, Eq)]
pub enum PortError {
    /// A fixed port that something else has.
    Taken(u16),
    /// The whole range is taken.
    NoneFree,
}

impl PortLease {
    /// Takes the ports a definition declares; a fixed one must be free right now.
    pub fn take(
        declared: &[Port],
        range: &RangeInclusive<u16>,
    ) -> Result<(Self, Vec<InstancePort>), PortError> {
        let mut lease = Self::default();
        let mut ports = Vec::with_capacity(declared.len());
        for port in declared {
            let host_port = if port.host_port == 0 {
                lease.take_any(range, port.protocol)?
            } else {
                lease.take_fixed(port.host_port, port.protocol)?
            };
            ports.push(InstancePort {
                name: port.name.clone(),
                container_port: port.container_port,
                host_port,
                protocol: port.protocol,
            });
        }
        Ok((lease, ports))
    }

    /// Holds ports that an adopted instance has already.
    pub fn adopt(ports: &[InstancePort]) -> Self {
        let mut given = GIVEN.lock().unwrap_or_else(PoisonError::into_inner);
        let numbers = ports.iter().map(|port| port.host_port);
        Self { held: numbers.filter(|number| given.insert(*number)).collect() }
    }

    fn take_fixed(&mut self, port: u16, protocol: Protocol) -> Result<u16, PortError> {
        // A TCP and a UDP port of one definition may have the same number.
        let again = self.held.contains(&port);
        let free = (again || give(port)) && {
            if !again {
                self.held.push(port);
            }
            is_free(port, protocol)
        };
        if free { Ok(port) } else { Err(PortError::Taken(port)) }
    }

    fn take_any(&mut self, range: &RangeInclusive<u16>, protocol: Protocol) -> Result<u16, PortError> {
        let (first, last) = (*range.start(), *range.end());
        if first > last {
            return Err(PortError::NoneFree);
        }
        let begin = rand::rng().random_range(first..=last);
        for port in (begin..=last).chain(first..begin) {
            if give(port) {
                if is_free(port, protocol) {
                    self.held.push(port);
                    return Ok(port);
                }
                give_back(port);
            }
        }
        Err(PortError::NoneFree)
    }
}

impl Drop for PortLease {
    fn drop(&mut self) {
        for port in &self.held {
            give_back(*port);
        }
    }
}

fn give(port: u16) -> bool {
    GIVEN.lock().unwrap_or_else(PoisonError::into_inner).insert(port)
}

fn give_back(port: u16) {
    GIVEN.lock().unwrap_or_else(PoisonError::into_inner).remove(&port);
}

fn is_free(port: u16, protocol: Protocol) -> bool {
    match protocol {
        Protocol::Tcp => TcpListener::bind((Ipv4Addr::UNSPECIFIED, port)).is_ok(),
        Protocol::Udp => UdpSocket::bind((Ipv4Addr::UNSPECIFIED, port)).is_ok(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn declared(host_port: u16) -> Port {
        Port { name: "http".to_owned(), container_port: 0, host_port, protocol: Protocol::Tcp }
    }

    #[test]
    fn a_port_is_given_once_until_it_is_given_back() {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("binds");
        let taken = listener.local_addr().expect("an address").port();
        let range = taken..=taken;
        assert_eq!(PortLease::take(&[declared(taken)], &range).err(), Some(PortError::Taken(taken)));
        assert_eq!(PortLease::take(&[declared(0)], &range).err(), Some(PortError::NoneFree));
        drop(listener);
        let (lease, ports) = PortLease::take(&[declared(0)], &range).expect("free");
        assert_eq!(ports[0].host_port, taken);
        assert_eq!(PortLease::take(&[declared(0)], &range).err(), Some(PortError::NoneFree));
        drop(lease);
        PortLease::take(&[declared(taken)], &range).expect("free again");
    }
}
