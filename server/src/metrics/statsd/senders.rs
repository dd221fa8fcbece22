//! Who is behind each source port, and the packets of those that are being looked for.

use std::collections::HashMap;

use adapters::metrics::Origin;
use adapters::metrics::statsd::sender::Socket;

/// Packets, and their bytes, that wait for their senders to be found.
const WAITING_MAX: usize = 50_000;
const WAITING_BYTES_MAX: usize = 16 << 20;

/// Who sent a packet.
pub(super) enum Sender {
    Known(Option<Origin>),
    /// The packet is kept until the port is looked up.
    Waiting,
    /// There was no room to keep it.
    Full,
}

struct Found {
    origin: Option<Origin>,
    /// Another one means that another program has the port now.
    inode: Option<u64>,
}

#[derive(Default)]
pub(super) struct Senders {
    known: HashMap<u16, Found>,
    waiting: HashMap<u16, Vec<Box<[u8]>>>,
    packets: usize,
    bytes: usize,
}

impl Senders {
    /// Who has the port; if that is not known, the packet waits.
    pub fn sender(&mut self, port: u16, packet: &[u8]) -> Sender {
        if let Some(found) = self.known.get(&port) {
            return Sender::Known(found.origin.clone());
        }
        if self.packets >= WAITING_MAX || self.bytes + packet.len() > WAITING_BYTES_MAX {
            return Sender::Full;
        }
        self.packets += 1;
        self.bytes += packet.len();
        self.waiting.entry(port).or_default().push(packet.into());
        Sender::Waiting
    }

    /// The ports that are to be looked up.
    pub fn unknown(&self) -> Vec<u16> {
        self.waiting.keys().copied().collect()
    }

    /// Keeps what was found out about a port and gives the packets that waited for it.
    pub fn found(&mut self, port: u16, inode: Option<u64>, origin: Option<Origin>) -> Vec<Box<[u8]>> {
        self.known.insert(port, Found { origin, inode });
        let packets = self.waiting.remove(&port).unwrap_or_default();
        self.packets -= packets.len();
        self.bytes -= packets.iter().map(|packet| packet.len()).sum::<usize>();
        packets
    }

    /// Forgets ports that are in other hands, and those of which nothing was found out.
    pub fn refresh(&mut self, sockets: &HashMap<u16, Socket>) {
        self.known.retain(|port, found| {
            found.origin.is_some() && sockets.get(port).map(|socket| socket.inode) == found.inode
        });
    }
}

#[cfg(test)]
mod tests {
    use model::id::{AppKey, InstanceId};

    use super::*;

    #[test]
    fn packets_wait_for_their_sender_and_a_port_in_other_hands_is_looked_up_again() {
        let app = AppKey { environment: "local".parse().expect("a name"), app: "a".parse().expect("a name") };
        let origin = Origin { app, revision: 1, instance: InstanceId("i".to_owned()) };
        let mut senders = Senders::default();
        assert!(matches!(senders.sender(7, b"a:1|c"), Sender::Waiting));
        assert!(matches!(senders.sender(7, b"b:1|c"), Sender::Waiting));
        assert_eq!(senders.unknown(), [7]);
        assert_eq!(senders.found(7, Some(1), Some(origin.clone())).len(), 2);
        assert!(senders.unknown().is_empty() && senders.packets == 0 && senders.bytes == 0);
        assert!(matches!(senders.sender(7, b"c:1|c"), Sender::Known(Some(found)) if found == origin));
        senders.refresh(&HashMap::from([(7, Socket { inode: 1, lost: 0 })]));
        assert!(matches!(senders.sender(7, b"c:1|c"), Sender::Known(Some(_))));
        senders.refresh(&HashMap::from([(7, Socket { inode: 2, lost: 0 })]));
        assert!(matches!(senders.sender(7, b"c:1|c"), Sender::Waiting));
    }

    #[test]
    fn what_waits_is_bounded() {
        let mut senders = Senders::default();
        let packet = vec![b'x'; 60_000];
        let full = (0..1_000).filter(|_| matches!(senders.sender(7, &packet), Sender::Full)).count();
        assert!(full > 600, "{full}");
    }
}
