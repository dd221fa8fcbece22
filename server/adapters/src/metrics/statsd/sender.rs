//! Whose socket a packet came from: by its port to the process that holds it, and by that one's environment or an
//! ancestor's to the instance.
//!
//! It reads all of `/proc`, so it blocks and is for a thread of its own.

use std::collections::HashMap;
use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4};
use std::path::Path;

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
    let mut found = HashMap::new();
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
    let entries = std::fs::read_dir("/proc").into_iter().flatten().flatten();
    for process in entries {
        if found.len() == wanted.len() {
            break;
        }
        let name = process.file_name();
        if !name.to_str().is_some_and(|name| name.bytes().all(|byte| byte.is_ascii_digit())) {
            continue;
        }
        let held = held(&process.path(), &wanted);
        if held.is_empty() {
            continue;
        }
        if let Some(instance) = instance(&process.path()) {
            found.extend(held.into_iter().map(|inode| (inode, instance.clone())));
        }
    }
    found
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
