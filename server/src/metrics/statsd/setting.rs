//! Where StatsD is listened for, and the socket there.

use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::path::Path;
use std::str::FromStr;

use nix::sys::socket::{setsockopt, sockopt};
use serde::Deserialize;
use thiserror::Error;

/// Remembers a port that the system chose: instances outlive the console and go on sending there.
const PORT_FILE: &str = "statsd.port";
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

/// A bound socket and its address.
pub struct Listen {
    pub socket: UdpSocket,
    pub address: SocketAddr,
}

/// Binds where the setting says; `None` when it is off. A port that is free to choose stays that of the last start, if it
/// can be had.
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
    // More than the system's bound takes a right that a console seldom has.
    if setsockopt(&socket, sockopt::RcvBufForce, &BUFFER).is_err()
        && let Err(error) = setsockopt(&socket, sockopt::RcvBuf, &BUFFER)
    {
        tracing::debug!(%error, "bursts of StatsD may be lost");
    }
    Ok(Some(Listen { socket, address }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chosen_port_stays_and_a_taken_one_is_told() {
        let folder = tempfile::tempdir().expect("a folder");
        let first = listen(StatsdSetting::default(), folder.path()).expect("a socket").expect("on");
        let port = first.address.port();
        let Err(error) = listen(StatsdSetting::At(first.address), folder.path()) else { panic!("taken") };
        assert!(error.to_string().contains("--statsd"), "{error}");
        // Another console may have it meanwhile.
        let second = listen(StatsdSetting::default(), folder.path()).expect("a socket").expect("on");
        assert_ne!(second.address.port(), port);
        let chosen = second.address;
        drop((first, second));
        let third = listen(StatsdSetting::default(), folder.path()).expect("a socket").expect("on");
        assert_eq!(third.address, chosen);
        assert!(listen(StatsdSetting::Off, folder.path()).expect("nothing").is_none());
    }

    #[test]
    fn the_setting_is_an_address_or_off() {
        assert_eq!("off".parse(), Ok(StatsdSetting::Off));
        assert_eq!("0.0.0.0:8125".parse(), Ok(StatsdSetting::At(SocketAddr::from(([0, 0, 0, 0], 8125)))));
        assert!("8125".parse::<StatsdSetting>().is_err());
    }
}
