//! Whose socket a packet came from: by its port to the process that holds it, or by its address to the processes of a
//! container that has it, and by their environment or an ancestor's to the instance.
//!
//! It reads all of `/proc`, so it blocks and is for a thread of its own.

use std::collections::{HashMap, HashSet};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV4};
use std::path::{Path, PathBuf};

/// Ancestors that are asked.
const DEPTH_MAX: usize = 32;
const VARIABLE: &[u8] = b"QUARTERDECK_INSTANCE=";

/// A UDP socket of this host.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Socket {
    pub inode: u64,
    /// Packets that came and found no room.
    pub lost: u64,
}

/// The UDP sockets of this host, by local port.
pub fn sockets() -> HashMap<u16, Socket> {
    rows().into_iter().collect()
}

/// Packets that found no room at this port, whatever the address.
pub fn lost(port: u16) -> u64 {
    rows().into_iter().filter(|(own, _)| *own == port).map(|(_, socket)| socket.lost).sum()
}

fn rows() -> Vec<(u16, Socket)> {
    let mut found = Vec::new();
    for file in ["/proc/net/udp", "/proc/net/udp6"] {
        let text = std::fs::read_to_string(file).unwrap_or_default();
        found.extend(text.lines().skip(1).filter_map(read_row));
    }
    found
}

/// Local port, inode and losses of a row of `/proc/net/udp`.
fn read_row(row: &str) -> Option<(u16, Socket)> {
    let mut fields = row.split_ascii_whitespace();
    let (_, port) = fields.nth(1)?.rsplit_once(':')?;
    let inode = fields.nth(7)?.parse().ok()?;
    let lost = fields.last()?.parse().unwrap_or_default();
    Some((u16::from_str_radix(port, 16).ok()?, Socket { inode, lost }))
}

/// The ids of the instances whose processes hold these sockets, by inode.
pub fn instances(inodes: &[u64]) -> HashMap<u64, String> {
    let wanted: HashMap<String, u64> =
        inodes.iter().map(|inode| (format!("socket:[{inode}]"), *inode)).collect();
    let mut found = HashMap::new();
    for process in processes() {
        if found.len() == wanted.len() {
            break;
        }
        let held = held(&process, &wanted);
        if held.is_empty() {
            continue;
        }
        if let Some(instance) = instance(&process) {
            found.extend(held.into_iter().map(|inode| (inode, instance.clone())));
        }
    }
    found
}

/// The instances whose containers on this host have an address of their own, by that: of a network that several share, or
/// an address that several have, none.
pub fn containers() -> HashMap<IpAddr, String> {
    let Some(own) = network(Path::new("/proc/self")) else { return HashMap::new() };
    let mut networks: HashMap<PathBuf, (Vec<IpAddr>, HashSet<String>)> = HashMap::new();
    for process in processes() {
        let Some(network) = network(&process).filter(|network| *network != own) else { continue };
        let (_, instances) = networks.entry(network).or_insert_with(|| (addresses(&process), HashSet::new()));
        instances.extend(instance(&process));
    }
    let mut found: HashMap<IpAddr, HashSet<String>> = HashMap::new();
    for (addresses, instances) in networks.into_values() {
        for address in addresses {
            found.entry(address).or_default().extend(instances.iter().cloned());
        }
    }
    let alone = |(address, instances): (IpAddr, HashSet<String>)| {
        let one = (instances.len() == 1).then(|| instances.into_iter().next())??;
        Some((address, one))
    };
    found.into_iter().filter_map(alone).collect()
}

fn processes() -> impl Iterator<Item = PathBuf> {
    let entries = std::fs::read_dir("/proc").into_iter().flatten().flatten();
    let is_process = |name: &std::ffi::OsStr| name.as_encoded_bytes().iter().all(u8::is_ascii_digit);
    entries.filter(move |entry| is_process(&entry.file_name())).map(|entry| entry.path())
}

/// What tells the network of a process from those of others.
fn network(process: &Path) -> Option<PathBuf> {
    std::fs::read_link(process.join("ns/net")).ok()
}

/// The addresses of the network of a process, loopback left out.
fn addresses(process: &Path) -> Vec<IpAddr> {
    let read = |file: &str| std::fs::read_to_string(process.join("net").join(file)).unwrap_or_default();
    let four = local(&read("fib_trie")).into_iter().map(IpAddr::V4);
    let six = listed(&read("if_inet6")).into_iter().map(IpAddr::V6);
    four.chain(six).filter(|address| !address.is_loopback()).collect()
}

/// An address in `/proc/net/fib_trie` stands on a line of its own, and what it is below; each is there twice.
fn local(trie: &str) -> Vec<Ipv4Addr> {
    let lines: Vec<&str> = trie.lines().map(str::trim).collect();
    let leaves = lines.windows(2).filter(|pair| pair[1].ends_with("host LOCAL"));
    let mut found: Vec<Ipv4Addr> =
        leaves.filter_map(|pair| pair[0].strip_prefix("|-- ")?.parse().ok()).collect();
    found.sort_unstable();
    found.dedup();
    found
}

/// In `/proc/net/if_inet6` each line begins with an address in digits alone.
fn listed(table: &str) -> Vec<Ipv6Addr> {
    let address = |line: &str| u128::from_str_radix(line.split_whitespace().next()?, 16).ok();
    table.lines().filter_map(address).map(Ipv6Addr::from).collect()
}

/// Those of the sockets that a process holds.
fn held(process: &Path, wanted: &HashMap<String, u64>) -> Vec<u64> {
    let files = std::fs::read_dir(process.join("fd")).into_iter().flatten().flatten();
    let links = files.filter_map(|file| std::fs::read_link(file.path()).ok());
    links.filter_map(|link| wanted.get(link.to_str()?).copied()).collect()
}

/// The instance that a process belongs to. A program may have emptied its environment; its ancestors have theirs.
fn instance(process: &Path) -> Option<String> {
    let mut process = process.to_owned();
    for _ in 0..DEPTH_MAX {
        let environment = std::fs::read(process.join("environ")).unwrap_or_default();
        let found = environment.split(|byte| *byte == 0).find_map(|entry| entry.strip_prefix(VARIABLE));
        if let Some(id) = found {
            return String::from_utf8(id.to_vec()).ok();
        }
        let stat = std::fs::read_to_string(process.join("stat")).ok()?;
        // The name stands in brackets and may hold anything; state and parent follow.
        let parent: u32 = stat.get(stat.rfind(')')? + 1..)?.split_ascii_whitespace().nth(1)?.parse().ok()?;
        if parent <= 1 {
            return None;
        }
        process = Path::new("/proc").join(parent.to_string());
    }
    None
}

/// The address without the mapping of IPv4 into IPv6.
pub fn plain(address: SocketAddr) -> SocketAddr {
    match address {
        SocketAddr::V6(six) => match six.ip().to_ipv4_mapped() {
            Some(four) => SocketAddrV4::new(four, six.port()).into(),
            None => address,
        },
        SocketAddr::V4(_) => address,
    }
}

/// Where a listener is reached from this host.
pub fn reachable(address: SocketAddr) -> SocketAddr {
    if address.ip().is_unspecified() {
        return SocketAddr::new(Ipv4Addr::LOCALHOST.into(), address.port());
    }
    address
}

#[cfg(test)]
mod tests {
    use std::os::unix::process::CommandExt as _;
    use std::process::Command;
    use std::time::{Duration, Instant};

    use super::*;

    #[test]
    fn a_row_has_port_inode_and_losses() {
        let row = "  411: 0100007F:1FBD 00000000:0000 07 00000000:00000000 00:00000000 00000000  1000        0 73211 2 0000000000000000 5";
        assert_eq!(read_row(row), Some((8125, Socket { inode: 73211, lost: 5 })));
        assert_eq!(read_row("x"), None);
    }

    #[test]
    fn an_address_of_a_network_is_found_and_no_other() {
        let trie = "Local:\n  +-- 0.0.0.0/0 3 0 5\n     |-- 0.0.0.0\n        /0 universe UNICAST\n     |-- 172.17.0.2\n        \
                    /32 host LOCAL\n     |-- 172.17.255.255\n        /32 link BROADCAST\n";
        assert_eq!(local(&trie.repeat(2)), [Ipv4Addr::new(172, 17, 0, 2)]);
        let table = "fe80000000000000004211fffe4b2a01 02 40 20 80     eth0\n";
        assert_eq!(listed(table), ["fe80::42:11ff:fe4b:2a01".parse::<Ipv6Addr>().expect("an address")]);
        // The processes of these tests share the network of this one.
        assert!(!addresses(Path::new("/proc/self")).contains(&Ipv4Addr::LOCALHOST.into()));
    }

    #[test]
    fn a_child_with_an_empty_environment_belongs_to_its_parents_instance() {
        let socket = std::net::UdpSocket::bind("127.0.0.1:0").expect("a socket");
        let port = socket.local_addr().expect("an address").port();
        // Only the child of the shell keeps the socket, and has no variables.
        let script = "exec 3<&0 </dev/null; env -i sleep 100 <&3 3<&- & exec 3<&-; wait";
        let mut child = Command::new("sh")
            .args(["-c", script])
            .env("QUARTERDECK_INSTANCE", "shop-1")
            .stdin(std::os::fd::OwnedFd::from(socket))
            .process_group(0)
            .spawn()
            .expect("a shell");
        let inode = sockets()[&port].inode;
        let wanted = HashMap::from([(format!("socket:[{inode}]"), inode)]);
        let began = Instant::now();
        // Until then the shell has it.
        let sleeps =
            |process: &Path| std::fs::read(process.join("comm")).is_ok_and(|name| name == b"sleep\n");
        let holder = || {
            let mut processes =
                std::fs::read_dir("/proc").expect("processes").flatten().map(|entry| entry.path());
            processes.find(|process| sleeps(process) && !held(process, &wanted).is_empty())
        };
        while holder().is_none() {
            assert!(began.elapsed() < Duration::from_secs(5), "the program does not run");
        }
        let found = instances(&[inode]);
        let group = nix::unistd::Pid::from_raw(i32::try_from(child.id()).expect("a pid"));
        nix::sys::signal::killpg(group, nix::sys::signal::Signal::SIGKILL).expect("ended");
        child.wait().expect("ended");
        assert_eq!(found.get(&inode).map(String::as_str), Some("shop-1"));
    }
}
