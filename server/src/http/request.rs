//! What every request gets: an id, a line in the log, its place in the metrics, and who sent it from where.

use std::net::{IpAddr, SocketAddr};
use std::time::Instant;

use axum::extract::{ConnectInfo, MatchedPath, Request, State};
use axum::middleware::Next;
use axum::response::Response;
use http::{HeaderMap, HeaderName, HeaderValue, header};
use tracing::Instrument;

use super::Web;

pub const ID_HEADER: HeaderName = HeaderName::from_static("x-request-id");

tokio::task_local! {
    static ID: String;
}

/// Id of the request that this task serves.
pub fn id() -> Option<String> {
    ID.try_with(Clone::clone).ok()
}

/// Where a request comes from, as far as it can be believed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    pub address: IpAddr,
    /// Reached over TLS.
    pub secure: bool,
}

/// The outermost layer: id, span, origin, line in the log.
pub async fn observe(State(web): State<Web>, mut request: Request, next: Next) -> Response {
    let id = web.clock().new_id().simple().to_string();
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|info| info.0.ip());
    let origin = origin(peer, request.headers(), web.trusted_proxy());
    let method = request.method().clone();
    let span = tracing::info_span!("request", id, %method, path = request.uri().path());
    request.extensions_mut().insert(origin.clone());
    let began = Instant::now();
    let mut response = ID.scope(id.clone(), next.run(request)).instrument(span.clone()).await;
    let took = began.elapsed();
    let status = response.status().as_u16();
    span.in_scope(|| {
        if status >= 500 {
            tracing::warn!(status, ?took, address = %origin.address, "answered");
        } else {
            tracing::debug!(status, ?took, address = %origin.address, "answered");
        }
    });
    if let Ok(value) = HeaderValue::from_str(&id) {
        response.headers_mut().insert(ID_HEADER, value);
    }
    response
}

/// The innermost layer, where the route is known: time and count.
pub async fn measure(request: Request, next: Next) -> Response {
    let route = request.extensions().get::<MatchedPath>();
    let route = route.map_or_else(|| "other".to_owned(), |path| path.as_str().to_owned());
    let method = request.method().clone();
    let began = Instant::now();
    let response = next.run(request).await;
    crate::metrics::own::request(&method, &route, response.status().as_u16(), began.elapsed());
    response
}

/// Believes the forwarding headers only from the proxies that were named.
fn origin(peer: Option<IpAddr>, headers: &HeaderMap, trusted: &[IpAddr]) -> Origin {
    let peer = peer.map_or(IpAddr::from([0, 0, 0, 0]), |ip| ip.to_canonical());
    if !trusted.contains(&peer) {
        return Origin { address: peer, secure: false };
    }
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let secure = text("x-forwarded-proto").is_some_and(|proto| proto.trim().eq_ignore_ascii_case("https"));
    // Each proxy appends whom it saw: the last that is not one of ours is the client.
    let hops = text("x-forwarded-for").unwrap_or_default().rsplit(',');
    let address = hops.filter_map(|hop| hop.trim().parse().ok()).find(|hop| !trusted.contains(hop));
    Origin { address: address.unwrap_or(peer), secure }
}

/// The value of a cookie.
pub fn cookie<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|line| line.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(key, _)| *key == name)
        .map(|(_, value)| value.trim_matches('"'))
        .filter(|value| !value.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        pairs.iter().map(|(n, v)| (HeaderName::from_static(n), HeaderValue::from_static(v))).collect()
    }

    #[test]
    fn forwarding_headers_count_only_from_named_proxies() {
        let proxy = IpAddr::from([10, 0, 0, 1]);
        let sent =
            headers(&[("x-forwarded-for", "1.1.1.1, 203.0.113.9, 10.0.0.1"), ("x-forwarded-proto", "https")]);
        let believed = origin(Some(proxy), &sent, &[proxy]);
        assert_eq!(believed, Origin { address: IpAddr::from([203, 0, 113, 9]), secure: true });
        let stranger = origin(Some(IpAddr::from([192, 0, 2, 7])), &sent, &[proxy]);
        assert_eq!(stranger, Origin { address: IpAddr::from([192, 0, 2, 7]), secure: false });
    }

    #[test]
    fn cookies_are_found_by_their_whole_name() {
        let sent = headers(&[("cookie", "xqd_session=no; qd_session=yes; a=b")]);
        assert_eq!(cookie(&sent, "qd_session"), Some("yes"));
        assert_eq!(cookie(&sent, "session"), None);
    }
}
