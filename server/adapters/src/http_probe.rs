//! Asks instances by HTTP for verification checks.
//!
//! The addresses come from an engine and the paths from a definition, so a question must not become a way into places that
//! only the console's host reaches: link-local addresses, where clouds keep their credentials, are never asked, whatever a
//! name resolves to, and a redirect is followed on the same host and port alone.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::{Duration, Instant};

use futures::StreamExt as _;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::redirect::{Attempt, Policy};
use reqwest::{Client, Url};
use thiserror::Error;

/// Bytes of an answer that are looked at.
const BODY_MAX: usize = 1 << 20;
const REDIRECTS_MAX: usize = 5;

/// A whole answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HttpAnswer {
    pub status: u16,
    /// At most 1 MiB of it, or what else was asked for.
    pub body: Vec<u8>,
    /// Until the whole answer was there.
    pub took: Duration,
}

#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum HttpProbeError {
    /// It does not answer as it should: refused, cut off, too late, no HTTP.
    #[error("{0}")]
    NoAnswer(String),
    /// The question cannot be asked.
    #[error("{0}")]
    CannotAsk(String),
}

/// Cheap to clone; keeps connections.
#[derive(Debug, Clone)]
pub struct HttpProbe {
    client: Client,
    body_max: usize,
}

impl HttpProbe {
    pub fn new() -> Result<Self, HttpProbeError> {
        crate::tls::choose();
        let client = Client::builder()
            // Only plain HTTP is asked: a host without certificates must not keep the console from starting.
            .tls_certs_only([])
            .user_agent(concat!("quarterdeck/", env!("CARGO_PKG_VERSION")))
            .no_proxy()
            .redirect(Policy::custom(same_host))
            .dns_resolver(Guarded)
            .pool_max_idle_per_host(1)
            .build()
            .map_err(|error| HttpProbeError::CannotAsk(error.to_string()))?;
        Ok(Self { client, body_max: BODY_MAX })
    }

    /// Reads so many bytes of an answer, instead of 1 MiB.
    #[must_use]
    pub const fn with_body_max(mut self, bytes: usize) -> Self {
        self.body_max = bytes;
        self
    }

    /// GET, bounded by `timeout` as a whole.
    pub async fn get(
        &self,
        host: &str,
        port: u16,
        path: &str,
        headers: &BTreeMap<String, String>,
        timeout: Duration,
    ) -> Result<HttpAnswer, HttpProbeError> {
        let url = url(host, port, path)?;
        let mut request = self.client.get(url);
        for (name, value) in headers {
            request = request.header(name, value);
        }
        let began = Instant::now();
        let exchange = async {
            let answer = request.send().await.map_err(|error| words(&error))?;
            let status = answer.status().as_u16();
            let mut body = Vec::new();
            let mut chunks = answer.bytes_stream();
            while let Some(chunk) = chunks.next().await {
                let chunk = chunk.map_err(|error| words(&error))?;
                let room = self.body_max - body.len();
                body.extend_from_slice(&chunk[..chunk.len().min(room)]);
                if body.len() == self.body_max {
                    break;
                }
            }
            Ok(HttpAnswer { status, body, took: began.elapsed() })
        };
        let late = |_| HttpProbeError::NoAnswer(format!("no answer within {} ms", timeout.as_millis()));
        tokio::time::timeout(timeout, exchange).await.map_err(late)?
    }
}

fn url(host: &str, port: u16, path: &str) -> Result<Url, HttpProbeError> {
    let place = match host.parse::<Ipv6Addr>() {
        Ok(address) => format!("http://[{address}]:{port}"),
        Err(_) => format!("http://{host}:{port}"),
    };
    let wrong = |error: &dyn std::fmt::Display| HttpProbeError::CannotAsk(format!("{place}{path}: {error}"));
    let base = Url::parse(&place).map_err(|error| wrong(&error))?;
    let url = base.join(path).map_err(|error| wrong(&error))?;
    // There are more ways than `//elsewhere` to name another host in a path.
    if (url.scheme(), url.host(), url.port_or_known_default())
        != (base.scheme(), base.host(), base.port_or_known_default())
        || !url.username().is_empty()
    {
        return Err(wrong(&"the path names another host"));
    }
    // What was written may be an address in another notation.
    let address = match url.host() {
        Some(url::Host::Ipv4(address)) => Some(IpAddr::V4(address)),
        Some(url::Host::Ipv6(address)) => Some(IpAddr::V6(address)),
        Some(url::Host::Domain(_)) | None => None,
    };
    match address.filter(|address| is_forbidden(*address)) {
        Some(address) => Err(wrong(&format!("{address} is never asked"))),
        None => Ok(url),
    }
}

fn words(error: &reqwest::Error) -> HttpProbeError {
    if error.is_builder() {
        return HttpProbeError::CannotAsk(error.to_string());
    }
    let mut cause: &dyn std::error::Error = error;
    while let Some(next) = cause.source() {
        cause = next;
    }
    HttpProbeError::NoAnswer(cause.to_string())
}

fn same_host(attempt: Attempt) -> reqwest::redirect::Action {
    let first = attempt.previous().first();
    let same = first.is_some_and(|first| {
        first.host() == attempt.url().host()
            && first.port_or_known_default() == attempt.url().port_or_known_default()
    });
    // Where it leads elsewhere, the redirect itself is the answer.
    if same && attempt.previous().len() <= REDIRECTS_MAX { attempt.follow() } else { attempt.stop() }
}

/// Where clouds answer with credentials: link-local, and the addresses that some use beside it.
fn is_forbidden(address: IpAddr) -> bool {
    /// Alibaba, Azure, Oracle.
    const V4: [[u8; 4]; 3] = [[100, 100, 100, 200], [168, 63, 129, 16], [192, 0, 0, 192]];
    /// AWS, Google.
    const V6: [Ipv6Addr; 2] = [
        Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254),
        Ipv6Addr::new(0xfd20, 0xce, 0, 0, 0, 0, 0, 0x254),
    ];
    match address {
        IpAddr::V4(address) => address.is_link_local() || V4.contains(&address.octets()),
        IpAddr::V6(address) => {
            address.is_unicast_link_local()
                || V6.contains(&address)
                || embedded(address).is_some_and(|inner| is_forbidden(IpAddr::V4(inner)))
        }
    }
}

/// The IPv4 address that an IPv6 address leads to: mapped, compatible, NAT64, 6to4.
fn embedded(address: Ipv6Addr) -> Option<Ipv4Addr> {
    let join = |high: u16, low: u16| {
        let ([one, two], [three, four]) = (high.to_be_bytes(), low.to_be_bytes());
        Ipv4Addr::new(one, two, three, four)
    };
    match address.segments() {
        [0, 0, 0, 0, 0, 0 | 0xffff, high, low] | [0x64, 0xff9b, 0, 0, 0, 0, high, low] => {
            Some(join(high, low))
        }
        [0x2002, high, low, ..] => Some(join(high, low)),
        _ => None,
    }
}

/// Resolves names and leaves out what must not be asked.
struct Guarded;

impl Resolve for Guarded {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let allowed: Vec<SocketAddr> = found.filter(|address| !is_forbidden(address.ip())).collect();
            if allowed.is_empty() {
                return Err(format!("{} has no address that may be asked", name.as_str()).into());
            }
            let addresses: Addrs = Box::new(allowed.into_iter());
            Ok(addresses)
        })
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::TcpListener;

    use super::*;

    const PATIENCE: Duration = Duration::from_secs(5);

    /// Gives the same answer to every connection; returns its port.
    async fn answers(answer: String) -> u16 {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let port = listener.local_addr().expect("an address").port();
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let answer = answer.clone();
                tokio::spawn(async move {
                    let _ = stream.read(&mut [0; 4_096]).await;
                    let _ = stream.write_all(answer.as_bytes()).await;
                });
            }
        });
        port
    }

    async fn ask(port: u16, path: &str) -> Result<HttpAnswer, HttpProbeError> {
        HttpProbe::new().expect("a probe").get("127.0.0.1", port, path, &BTreeMap::new(), PATIENCE).await
    }

    #[tokio::test]
    async fn an_answer_has_status_body_and_time() {
        let port =
            answers("HTTP/1.1 503 No\r\nContent-Length: 4\r\nConnection: close\r\n\r\ndown".into()).await;
        let answer = ask(port, "/healthz").await.expect("an answer");
        assert_eq!((answer.status, answer.body.as_slice()), (503, &b"down"[..]));
    }

    #[tokio::test]
    async fn a_redirect_to_another_host_is_not_followed() {
        let port = answers(
            "HTTP/1.1 302 Found\r\nLocation: http://169.254.169.254/latest\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
                .into(),
        )
        .await;
        assert_eq!(ask(port, "/").await.expect("an answer").status, 302);
    }

    #[tokio::test]
    async fn metadata_addresses_are_never_asked() {
        let probe = HttpProbe::new().expect("a probe");
        for host in
            ["169.254.169.254", "fd00:ec2::254", "fe80::1", "::ffff:169.254.169.254", "100.100.100.200"]
        {
            let answer = probe.get(host, 80, "/", &BTreeMap::new(), PATIENCE).await;
            assert!(matches!(answer, Err(HttpProbeError::CannotAsk(_))), "{host}: {answer:?}");
        }
        for path in
            ["//169.254.169.254/", "/\\169.254.169.254/", "/\t/127.0.0.1:2/", "http://127.0.0.1:2/", "//a@b/"]
        {
            assert!(matches!(ask(1, path).await, Err(HttpProbeError::CannotAsk(_))), "{path}");
        }
    }

    #[tokio::test]
    async fn silence_is_no_answer() {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let probe = HttpProbe::new().expect("a probe");
        let short = Duration::from_millis(50);
        let answer = probe.get("127.0.0.1", port, "/", &BTreeMap::new(), short).await;
        assert_eq!(answer, Err(HttpProbeError::NoAnswer("no answer within 50 ms".to_owned())));
        drop(listener);
        assert!(matches!(ask(port, "/").await, Err(HttpProbeError::NoAnswer(_))));
    }
}
