//! Where StatsD is listened for, and the socket there.

use std::net::{IpAddr, Ipv4Addr, SocketAddr, UdpSocket};
use std::path::Path;
use std::str::FromStr;

use adapters::metrics::statsd::sender;
use nix::ifaddrs::getifaddrs;
use nix::sys::socket::{setsockopt, sockopt};
use serde::Deserialize;
use thiserror::Error;

/// Remembers a port that the system chose: instances outlive the console and go on sending there.
const PORT_FILE: &str = "statsd.port";
/// Docker's network on this host, unless its daemon was told another name.
const BRIDGE: &str = "docker0";
/// Bytes of bursts that wait in the kernel.
const BUFFER: usize = 16 << 20;

/// What the setting says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub enum StatsdSetting {
    Off,
    At(SocketAddr),
}

impl Default for StatsdSetting {
    /// A free port on loopback, so that two consoles of a host do not meet.
    fn default() -> Self {
        Self::At(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))
    }
}

impl FromStr for StatsdSetting {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text == "off" {
            return Ok(Self::Off);
        }
        text.parse().map(Self::At).map_err(|_| "must be an address and a port such as 127.0.0.1:8125, or off")
    }
}

impl TryFrom<String> for StatsdSetting {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

#[derive(Debug, Error)]
pub enum ListenError {
    #[error(
        "{0} (UDP) is in use by another program; choose another with --statsd, or switch StatsD off with --statsd off"
    )]
    InUse(SocketAddr),
    #[error("StatsD cannot be received at {address}: {source}")]
    Io { address: SocketAddr, source: std::io::Error },
}

/// Where measurements are sent to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Addresses {
    /// By instances that share the host's network.
    pub near: SocketAddr,
    /// By containers on this host, where its bridge is listened on.
    pub bridge: Option<SocketAddr>,
    /// By whoever else reaches one that was chosen.
    pub far: Option<SocketAddr>,
}

impl Addresses {
    /// By containers of a daemon.
    pub fn of_containers(self, on_this_host: bool) -> Option<SocketAddr> {
        self.bridge.filter(|_| on_this_host).or(self.far)
    }
}

/// Bound sockets, and where they are reached.
#[derive(Debug)]
pub struct Listen {
    pub sockets: Vec<UdpSocket>,
    pub addresses: Addresses,
}

/// Binds where the setting says; `None` when it is off. A port that is free to choose stays that of the last start, if it
/// can be had; on loopback it is the same on the bridge of this host's containers, where there is one.
pub fn listen(setting: StatsdSetting, data_dir: &Path) -> Result<Option<Listen>, ListenError> {
    let StatsdSetting::At(wanted) = setting else { return Ok(None) };
    let file = data_dir.join(PORT_FILE);
    let remembered = (wanted.port() == 0).then(|| std::fs::read_to_string(&file).ok()).flatten();
    let remembered = remembered.and_then(|text| text.trim().parse::<u16>().ok());
    let again = remembered.and_then(|port| UdpSocket::bind(SocketAddr::new(wanted.ip(), port)).ok());
    let failed = |source: std::io::Error| match source.kind() {
        std::io::ErrorKind::AddrInUse => ListenError::InUse(wanted),
        _ => ListenError::Io { address: wanted, source },
    };
    let socket = match again {
        Some(socket) => socket,
        None => UdpSocket::bind(wanted).map_err(failed)?,
    };
    let address = socket.local_addr().map_err(failed)?;
    if wanted.port() == 0
        && remembered != Some(address.port())
        && let Err(error) = std::fs::write(&file, format!("{}\n", address.port()))
    {
        tracing::warn!(%error, "the port of StatsD may be another after the next start");
    }
    let bridge = if wanted.port() == 0 && wanted.ip().is_loopback() { bridge(address.port()) } else { None };
    let far = match address.ip() {
        ip if ip.is_unspecified() => own_address().map(|ip| SocketAddr::new(ip, address.port())),
        ip => (!ip.is_loopback()).then_some(address),
    };
    let (bridge, at) = bridge.unzip();
    let sockets: Vec<UdpSocket> = std::iter::once(socket).chain(bridge).collect();
    for socket in &sockets {
        // More than the system's bound takes a right that a console seldom has.
        if setsockopt(socket, sockopt::RcvBufForce, &BUFFER).is_err()
            && let Err(error) = setsockopt(socket, sockopt::RcvBuf, &BUFFER)
        {
            tracing::debug!(%error, "bursts of StatsD may be lost");
        }
    }
    Ok(Some(Listen { sockets, addresses: Addresses { near: sender::reachable(address), bridge: at, far } }))
}

/// A socket on the bridge of this host's containers, which only they and this host reach.
fn bridge(port: u16) -> Option<(UdpSocket, SocketAddr)> {
    let mut all = getifaddrs().ok()?.filter(|one| one.interface_name == BRIDGE);
    let ip = all.find_map(|one| Some(one.address?.as_sockaddr_in()?.ip()))?;
    let address = SocketAddr::from((ip, port));
    match UdpSocket::bind(address) {
        Ok(socket) => Some((socket, address)),
        Err(error) => {
            tracing::warn!(%address, %error, "StatsD of containers cannot be received");
            None
        }
    }
}

/// The address from which this host would speak to others. Nothing is sent.
fn own_address() -> Option<IpAddr> {
    let socket = UdpSocket::bind("0.0.0.0:0").ok()?;
    // Of the documentation's network (RFC 5737): any address beyond this host will do.
    socket.connect("192.0.2.1:9").ok()?;
    socket.local_addr().ok().map(|address| address.ip()).filter(|ip| !ip.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chosen_port_stays_and_a_taken_one_is_told() {
        let folder = tempfile::tempdir().expect("a folder");
        let first = listen(StatsdSetting::default(), folder.path()).expect("a socket").expect("on");
        let near = first.addresses.near;
        let Err(error) = listen(StatsdSetting::At(near), folder.path()) else { panic!("taken") };
        assert!(error.to_string().contains("--statsd"), "{error}");
        // Another console may have it meanwhile.
        let second = listen(StatsdSetting::default(), folder.path()).expect("a socket").expect("on");
        assert_ne!(second.addresses.near, near);
        let chosen = second.addresses;
        drop((first, second));
        let third = listen(StatsdSetting::default(), folder.path()).expect("a socket").expect("on");
        assert_eq!(third.addresses, chosen);
        let everywhere = StatsdSetting::At(SocketAddr::from(([0, 0, 0, 0], 0)));
        let all = listen(everywhere, folder.path()).expect("a socket").expect("on").addresses;
        assert!(all.near.ip().is_loopback() && all.far.is_none_or(|far| far.port() == all.near.port()));
        assert!(listen(StatsdSetting::Off, folder.path()).expect("nothing").is_none());
    }

    #[test]
    fn a_bridge_is_for_containers_of_this_host() {
        let at = |ip: [u8; 4]| Some(SocketAddr::from((ip, 8125)));
        let own = Addresses {
            near: SocketAddr::from(([127, 0, 0, 1], 8125)),
            bridge: at([172, 17, 0, 1]),
            far: None,
        };
        assert_eq!((own.of_containers(true), own.of_containers(false)), (own.bridge, None));
        let chosen = Addresses { bridge: None, far: at([10, 0, 0, 5]), ..own };
        assert_eq!((chosen.of_containers(true), chosen.of_containers(false)), (chosen.far, chosen.far));
    }

    #[test]
    fn the_setting_is_an_address_or_off() {
        assert_eq!("off".parse(), Ok(StatsdSetting::Off));
        assert_eq!("0.0.0.0:8125".parse(), Ok(StatsdSetting::At(SocketAddr::from(([0, 0, 0, 0], 8125)))));
        assert!("8125".parse::<StatsdSetting>().is_err());
    }
}
