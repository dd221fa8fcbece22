//! Who is behind each source, and the packets of those that are being looked for.

use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};

use adapters::metrics::Origin;
use adapters::metrics::statsd::sender::Socket;

/// Packets, and their bytes, that wait for their senders to be found.
const WAITING_MAX: usize = 50_000;
const WAITING_BYTES_MAX: usize = 16 << 20;
/// Addresses that are looked for between two flushes: more than a host has containers. What comes from others is nobody's.
const ADDRESSES_MAX: usize = 1_000;

/// By what the sender of a packet is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Source {
    /// A socket of this host.
    Port(u16),
    /// Something with a network of its own, such as a container.
    Address(IpAddr),
}

impl Source {
    pub fn of(address: SocketAddr, is_own: bool) -> Self {
        if is_own { Self::Port(address.port()) } else { Self::Address(address.ip()) }
    }
}

/// Who sent a packet.
pub(super) enum Sender {
    Known(Option<Origin>),
    /// The packet is kept until the source is looked up.
    Waiting,
    /// There was no room to keep it.
    Full,
}

struct Found {
    origin: Option<Origin>,
    /// Of a port: another one means that another program has it now.
    inode: Option<u64>,
}

#[derive(Default)]
pub(super) struct Senders {
    known: HashMap<Source, Found>,
    waiting: HashMap<Source, Vec<Box<[u8]>>>,
    packets: usize,
    bytes: usize,
    /// How many of both are addresses.
    addresses: usize,
}

impl Senders {
    /// Who that is; if it is not known, the packet waits.
    pub fn sender(&mut self, source: Source, packet: &[u8]) -> Sender {
        if let Some(found) = self.known.get(&source) {
            return Sender::Known(found.origin.clone());
        }
        let is_new = matches!(source, Source::Address(_)) && !self.waiting.contains_key(&source);
        if is_new && self.addresses >= ADDRESSES_MAX {
            return Sender::Known(None);
        }
        if self.packets >= WAITING_MAX || self.bytes + packet.len() > WAITING_BYTES_MAX {
            return Sender::Full;
        }
        self.addresses += usize::from(is_new);
        self.packets += 1;
        self.bytes += packet.len();
        self.waiting.entry(source).or_default().push(packet.into());
        Sender::Waiting
    }

    /// The sources that are to be looked up.
    pub fn unknown(&self) -> Vec<Source> {
        self.waiting.keys().copied().collect()
    }

    /// Keeps what was found out about a source and gives the packets that waited for it.
    pub fn found(&mut self, source: Source, inode: Option<u64>, origin: Option<Origin>) -> Vec<Box<[u8]>> {
        self.known.insert(source, Found { origin, inode });
        let packets = self.waiting.remove(&source).unwrap_or_default();
        self.packets -= packets.len();
        self.bytes -= packets.iter().map(|packet| packet.len()).sum::<usize>();
        packets
    }

    /// Forgets ports that are in other hands, addresses, since a container may have another with its next start, and those
    /// of which nothing was found out.
    pub fn refresh(&mut self, sockets: &HashMap<u16, Socket>) {
        self.known.retain(|source, found| match source {
            Source::Port(port) => {
                found.origin.is_some() && sockets.get(port).map(|socket| socket.inode) == found.inode
            }
            Source::Address(_) => false,
        });
        self.addresses = self.waiting.keys().filter(|source| matches!(source, Source::Address(_))).count();
    }
}

#[cfg(test)]
mod tests {
    use model::id::{AppKey, InstanceId};

    use super::*;

    fn origin() -> Origin {
        let app = AppKey { environment: "local".parse().expect("a name"), app: "a".parse().expect("a name") };
        Origin { app, revision: 1, instance: InstanceId("i".to_owned()) }
    }

    #[test]
    fn packets_wait_for_their_sender_and_a_port_in_other_hands_is_looked_up_again() {
        let (origin, port) = (origin(), Source::Port(7));
        let mut senders = Senders::default();
        assert!(matches!(senders.sender(port, b"a:1|c"), Sender::Waiting));
        assert!(matches!(senders.sender(port, b"b:1|c"), Sender::Waiting));
        assert_eq!(senders.unknown(), [port]);
        assert_eq!(senders.found(port, Some(1), Some(origin.clone())).len(), 2);
        assert!(senders.unknown().is_empty() && senders.packets == 0 && senders.bytes == 0);
        assert!(matches!(senders.sender(port, b"c:1|c"), Sender::Known(Some(found)) if found == origin));
        senders.refresh(&HashMap::from([(7, Socket { inode: 1, lost: 0 })]));
        assert!(matches!(senders.sender(port, b"c:1|c"), Sender::Known(Some(_))));
        senders.refresh(&HashMap::from([(7, Socket { inode: 2, lost: 0 })]));
        assert!(matches!(senders.sender(port, b"c:1|c"), Sender::Waiting));
    }

    #[test]
    fn an_address_is_its_containers_until_the_next_flush() {
        let address = SocketAddr::from(([172, 17, 0, 2], 40_000));
        let other = SocketAddr::from(([172, 17, 0, 2], 40_001));
        let source = Source::of(address, false);
        assert_eq!(source, Source::of(other, false));
        assert_ne!(Source::of(address, true), Source::of(other, true));
        let mut senders = Senders::default();
        senders.sender(source, b"a:1|c");
        senders.found(source, None, Some(origin()));
        assert!(matches!(senders.sender(source, b"a:1|c"), Sender::Known(Some(_))));
        senders.refresh(&HashMap::new());
        assert!(matches!(senders.sender(source, b"a:1|c"), Sender::Waiting));
    }

    #[test]
    fn a_flood_from_many_addresses_keeps_nobody_else_waiting() {
        let mut senders = Senders::default();
        for number in 0..100_000_u32 {
            let source = Source::Address(IpAddr::V4(number.into()));
            if matches!(senders.sender(source, b"a:1|c"), Sender::Waiting) && number % 2 == 0 {
                senders.found(source, None, None);
            }
        }
        assert!(senders.known.len() + senders.waiting.len() <= ADDRESSES_MAX);
        assert!(matches!(senders.sender(Source::Port(7), b"a:1|c"), Sender::Waiting));
        let more = Source::Address(IpAddr::V4(7_000_000.into()));
        assert!(matches!(senders.sender(more, b"a:1|c"), Sender::Known(None)));
        for source in senders.unknown() {
            senders.found(source, None, None);
        }
        senders.refresh(&HashMap::new());
        assert!(matches!(senders.sender(more, b"a:1|c"), Sender::Waiting));
    }

    #[test]
    fn what_waits_is_bounded() {
        let mut senders = Senders::default();
        let packet = vec![b'x'; 60_000];
        let sends = |_: &i32| matches!(senders.sender(Source::Port(7), &packet), Sender::Full);
        let full = (0..1_000).filter(sends).count();
        assert!(full > 600, "{full}");
    }
}
