//! Threads: one for each address receives and never waits for anything else, one finds out who the senders are.

use std::collections::HashMap;
use std::net::{IpAddr, UdpSocket};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::time::{Duration, Instant};

use adapters::metrics::statsd::sender;

use super::Shared;
use super::senders::{Sender, Source};
use crate::metrics::own;

/// The largest UDP packet.
const PACKET_MAX: usize = 65_535;
/// Addresses of which it is remembered whether they are this host's.
const HOSTS_MAX: usize = 1_000;
/// How soon the threads notice that the console ends.
const NOTICE: Duration = Duration::from_millis(200);
/// New senders come in groups, and all of `/proc` is read for each group.
const GATHER: Duration = Duration::from_millis(10);
/// Longest that packets of an instance wait for the console to see it: it may send before it is observed.
const UNSEEN_MAX: Duration = Duration::from_secs(3);
const UNSEEN_PAUSE: Duration = Duration::from_millis(100);

/// Starts them; they end by themselves.
pub(super) fn start(shared: &Arc<Shared>, sockets: Vec<UdpSocket>) -> std::io::Result<()> {
    let (wake, woken) = sync_channel(1);
    for socket in sockets {
        socket.set_read_timeout(Some(NOTICE))?;
        let (receiving, wake) = (Arc::clone(shared), wake.clone());
        let named = std::thread::Builder::new().name("statsd".to_owned());
        named.spawn(move || receive(&receiving, &socket, &wake))?;
    }
    let finding = Arc::clone(shared);
    std::thread::Builder::new().name("statsd-senders".to_owned()).spawn(move || find(&finding, &woken))?;
    Ok(())
}

fn receive(shared: &Shared, socket: &UdpSocket, wake: &SyncSender<()>) {
    let mut buffer = vec![0_u8; PACKET_MAX];
    let mut hosts = HashMap::new();
    while !shared.ending.load(Ordering::Relaxed) {
        let Ok((length, address)) = socket.recv_from(&mut buffer) else { continue };
        own::statsd_packet();
        let (packet, address) = (&buffer[..length], sender::plain(address));
        if hosts.len() > HOSTS_MAX {
            hosts.clear();
        }
        let is_own = *hosts.entry(address.ip()).or_insert_with_key(is_of_this_host);
        let sender = shared.senders().sender(Source::of(address, is_own), packet);
        match sender {
            Sender::Known(origin) => shared.take(packet, origin.as_ref()),
            // A full channel means that it is awake.
            Sender::Waiting => drop(wake.try_send(())),
            Sender::Full => shared.lose(),
        }
    }
}

/// Sockets of other hosts and of containers with a network of their own are not in this host's tables.
fn is_of_this_host(address: &IpAddr) -> bool {
    address.is_loopback() || UdpSocket::bind((*address, 0)).is_ok()
}

fn find(shared: &Shared, woken: &Receiver<()>) {
    let mut began: Option<Instant> = None;
    while !shared.ending.load(Ordering::Relaxed) {
        let wait = if began.is_some() { UNSEEN_PAUSE } else { NOTICE };
        match woken.recv_timeout(wait) {
            Err(RecvTimeoutError::Disconnected) => return,
            Err(RecvTimeoutError::Timeout) if began.is_none() => continue,
            Ok(()) => std::thread::sleep(GATHER),
            Err(RecvTimeoutError::Timeout) => {}
        }
        let late = began.is_some_and(|began| began.elapsed() > UNSEEN_MAX);
        let unseen = look_up(shared, late);
        began = unseen.then(|| began.filter(|_| !late).unwrap_or_else(Instant::now));
    }
}

/// Looks up the sources of all packets that wait. Those of an instance that is not seen yet go on waiting, unless it is
/// `late`; tells whether there are such.
fn look_up(shared: &Shared, late: bool) -> bool {
    let sources = shared.senders().unknown();
    if sources.is_empty() {
        return false;
    }
    let sockets = sender::sockets();
    let inode = |source: &Source| match source {
        Source::Port(port) => sockets.get(port).map(|socket| socket.inode),
        Source::Address(_) => None,
    };
    let inodes: Vec<u64> = sources.iter().filter_map(inode).collect();
    let instances = if inodes.is_empty() { HashMap::new() } else { sender::instances(&inodes) };
    let is_far = |source: &Source| matches!(source, Source::Address(_));
    let containers = if sources.iter().any(is_far) { sender::containers() } else { HashMap::new() };
    let mut unseen = false;
    for source in sources {
        let inode = inode(&source);
        let id = match source {
            Source::Port(_) => inode.and_then(|inode| instances.get(&inode).cloned()),
            Source::Address(address) => containers.get(&address).cloned(),
        };
        let origin = id.as_ref().and_then(|id| shared.directory.find(id));
        if id.is_some() && origin.is_none() && !late {
            unseen = true;
            continue;
        }
        let packets = shared.senders().found(source, inode, origin.clone());
        for packet in packets {
            shared.take(&packet, origin.as_ref());
        }
    }
    unseen
}
