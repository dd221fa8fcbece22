//! Addresses of servers: `https://host[:port]`; behind that of a registry stands nothing.

use core::net::{IpAddr, Ipv6Addr};

use crate::image::is_host;

/// The parts of a server's address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address {
    pub https: bool,
    /// `host[:port]`
    pub authority: String,
}

impl Address {
    /// `None` for what is no address of a registry: the Distribution API stands at the root of a host.
    pub fn parse(text: &str) -> Option<Self> {
        let (server, path) = Self::with_path(text)?;
        (path.is_empty() && is_host(&server.authority)).then_some(server)
    }

    /// The server of a web address behind which nothing stands.
    pub fn parse_server(text: &str) -> Option<Self> {
        let (server, path) = Self::with_path(text)?;
        path.is_empty().then_some(server)
    }

    /// The server of a web address, which may also be `[::1]`, and what stands behind its first slash.
    pub fn with_path(text: &str) -> Option<(Self, &str)> {
        let (scheme, rest) = text.trim().split_once("://")?;
        let https = match scheme.to_ascii_lowercase().as_str() {
            "https" => true,
            "http" => false,
            _ => return None,
        };
        let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
        is_authority(authority).then(|| (Self { https, authority: authority.to_ascii_lowercase() }, path))
    }

    /// Without a port and brackets.
    pub fn host(&self) -> &str {
        match self.authority.strip_prefix('[') {
            Some(six) => six.split(']').next().unwrap_or_default(),
            None => self.authority.split(':').next().unwrap_or_default(),
        }
    }
}

fn is_authority(text: &str) -> bool {
    let Some(six) = text.strip_prefix('[') else { return is_host(text) };
    let Some((address, port)) = six.split_once(']') else { return false };
    let port = match port.strip_prefix(':') {
        Some(port) => port.parse::<u16>().is_ok_and(|port| port > 0),
        None => port.is_empty(),
    };
    port && address.parse::<Ipv6Addr>().is_ok()
}

impl std::fmt::Display for Address {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}://{}", if self.https { "https" } else { "http" }, self.authority)
    }
}

/// Whether a host is this one, so that nobody listens on the way to it.
pub fn is_loopback(host: &str) -> bool {
    host == "localhost"
        || host.ends_with(".localhost")
        || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_a_scheme_and_a_host() {
        let address = Address::parse(" HTTPS://Registry.example:5000/ ").unwrap();
        assert_eq!(
            (address.to_string().as_str(), address.host()),
            ("https://registry.example:5000", "registry.example")
        );
        for bad in [
            "registry.example",
            "ftp://a.b",
            "https://",
            "https://a.b/path",
            "https://u:p@a.b",
            "https://a.b:0",
            "https://a.b?q",
            "https://[::1]",
        ] {
            assert_eq!(Address::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn loopback_is_this_host() {
        for here in ["localhost", "127.0.0.1", "127.9.9.9", "registry.localhost"] {
            assert!(is_loopback(here), "{here}");
        }
        for there in ["localhost.example", "10.0.0.1", "registry.example", "128.0.0.1"] {
            assert!(!is_loopback(there), "{there}");
        }
    }
}
