//! What the demo tells of itself: by StatsD where the console says, and at `/metrics`.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::net::UdpSocket;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use axum::extract::{MatchedPath, Request, State};
use axum::middleware::Next;
use axum::response::Response;
use http::header;

/// Requests by route and status, and the way to the console.
pub struct Figures {
    statsd: Option<UdpSocket>,
    requests: Mutex<BTreeMap<(String, u16), (u64, f64)>>,
}

impl Figures {
    /// `statsd`: host and port. Where nobody is to be reached, nothing is sent: figures must not keep a program from its work.
    pub fn new(statsd: Option<&str>) -> Self {
        let socket = statsd.and_then(|address| {
            let socket = UdpSocket::bind("0.0.0.0:0").ok()?;
            socket.connect(address).ok()?;
            socket.set_nonblocking(true).ok()?;
            Some(socket)
        });
        Self { statsd: socket, requests: Mutex::default() }
    }

    fn request(&self, route: &str, status: u16, seconds: f64) {
        if let Some(socket) = &self.statsd {
            let millis = seconds * 1_000.0;
            let tags = format!("route:{route},status:{status}");
            let _ = socket.send(
                format!("demo.requests:1|c|#{tags}\ndemo.request_seconds:{millis}|ms|#{tags}").as_bytes(),
            );
        }
        let mut requests = self.requests.lock().unwrap_or_else(PoisonError::into_inner);
        let (count, sum) = requests.entry((route.to_owned(), status)).or_default();
        *count += 1;
        *sum += seconds;
    }

    fn exposition(&self) -> String {
        let mut text = String::from("# TYPE demo_http_requests_total counter\n");
        let requests = self.requests.lock().unwrap_or_else(PoisonError::into_inner);
        for ((route, status), (count, _)) in requests.iter() {
            let _ =
                writeln!(text, "demo_http_requests_total{{route=\"{route}\",status=\"{status}\"}} {count}");
        }
        text.push_str("# TYPE demo_http_request_seconds_total counter\n");
        for ((route, status), (_, sum)) in requests.iter() {
            let _ = writeln!(
                text,
                "demo_http_request_seconds_total{{route=\"{route}\",status=\"{status}\"}} {sum}"
            );
        }
        text
    }
}

/// The layer that counts and measures.
pub async fn observe(State(figures): State<Arc<Figures>>, request: Request, next: Next) -> Response {
    let began = Instant::now();
    // Only routes that exist, so that nobody can make series at will.
    let route = request.extensions().get::<MatchedPath>().map_or("other", MatchedPath::as_str).to_owned();
    let response = next.run(request).await;
    figures.request(&route, response.status().as_u16(), began.elapsed().as_secs_f64());
    response
}

/// Prometheus' text format.
pub async fn metrics(
    State(figures): State<Arc<Figures>>,
) -> ([(header::HeaderName, &'static str); 1], String) {
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4")], figures.exposition())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_is_sent_and_counted() {
        let console = UdpSocket::bind("127.0.0.1:0").expect("a socket");
        let address = console.local_addr().expect("an address").to_string();
        let figures = Figures::new(Some(&address));
        figures.request("/work", 200, 0.25);
        let mut packet = [0; 500];
        let length = console.recv(&mut packet).expect("a packet");
        let lines: Vec<_> = adapters::metrics::statsd::parse::lines(&packet[..length]).flatten().collect();
        assert_eq!((lines.len(), lines[0].name, lines[1].name), (2, "demo.requests", "demo.request_seconds"));
        let exposed = adapters::metrics::read_exposition(&figures.exposition(), 10).expect("a text");
        assert_eq!((exposed[0].name.as_str(), exposed[0].value), ("demo_http_requests_total", 1.0));
    }
}
