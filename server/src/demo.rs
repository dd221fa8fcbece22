//! `quarterdeck demo`: a small HTTP program to try health, charts and failures with, with nothing installed.

mod figures;

use std::fmt::Write as _;
use std::net::SocketAddr;
use std::process::ExitCode;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use axum::Router;
use axum::extract::{Query, State};
use axum::middleware::from_fn_with_state;
use axum::response::{Html, IntoResponse, Response};
use axum::routing::get;
use clap::Args;
use http::StatusCode;
use serde::Deserialize;

use self::figures::Figures;

/// Longest time that one request may burn CPU or hold memory.
const LONGEST: Duration = Duration::from_mins(10);
const MEMORY_MB_MAX: usize = 64 << 10;
const LINES_MAX: u64 = 10_000_000;

#[derive(Debug, Clone, Args)]
pub struct DemoArguments {
    /// Port to listen on.
    #[arg(long, env = "PORT", default_value_t = 8080)]
    pub port: u16,
    /// Name of the version, shown on the page: change it to have something to deploy.
    #[arg(long, env = "DEMO_VERSION", default_value = "1")]
    pub version_name: String,
    /// Milliseconds before it listens.
    #[arg(long, env = "DEMO_START_DELAY", default_value_t = 0)]
    pub start_delay: u64,
    /// /healthz answers 503 from the start.
    #[arg(long, env = "DEMO_UNHEALTHY")]
    pub unhealthy: bool,
    /// Milliseconds after which it exits with code 1.
    #[arg(long, env = "DEMO_EXIT_AFTER")]
    pub exit_after: Option<u64>,
    /// Ignore SIGTERM, so that only SIGKILL ends it.
    #[arg(long, env = "DEMO_IGNORE_TERM")]
    pub ignore_term: bool,
    /// /work answers 500 while /healthz stays well: a mistake that only a check of a release finds.
    #[arg(long, env = "DEMO_BROKEN")]
    pub broken: bool,
    /// Writes a line with ERROR every half second.
    #[arg(long, env = "DEMO_COMPLAIN")]
    pub complain: bool,
    /// MiB that it holds from the start.
    #[arg(long, env = "DEMO_MEMORY_MB", default_value_t = 0)]
    pub memory_mb: usize,
}

struct Demo {
    version: String,
    instance: String,
    started: Instant,
    health: Mutex<Sick>,
    broken: bool,
}

/// Until when /healthz answers 503.
#[derive(Clone, Copy)]
enum Sick {
    Never,
    Until(Instant),
    ForEver,
}

impl Demo {
    fn is_healthy(&self) -> bool {
        match *self.health.lock().unwrap_or_else(PoisonError::into_inner) {
            Sick::Never => true,
            Sick::Until(end) => Instant::now() >= end,
            Sick::ForEver => false,
        }
    }

    fn set_health(&self, sick: Sick) {
        *self.health.lock().unwrap_or_else(PoisonError::into_inner) = sick;
    }
}

/// Serves until it is told to end.
pub fn run(arguments: DemoArguments) -> ExitCode {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    match runtime.and_then(|runtime| runtime.block_on(serve(arguments))) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("demo: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn serve(arguments: DemoArguments) -> std::io::Result<()> {
    // Taken over before anything else, so that no SIGTERM of the first moment ends a program told to ignore it.
    let ended = end_signal(arguments.ignore_term)?;
    tokio::time::sleep(Duration::from_millis(arguments.start_delay)).await;
    let listener = tokio::net::TcpListener::bind(SocketAddr::from(([0, 0, 0, 0], arguments.port))).await?;
    let demo = Arc::new(Demo {
        version: arguments.version_name,
        instance: std::env::var("QUARTERDECK_INSTANCE").unwrap_or_else(|_| "none".to_owned()),
        started: Instant::now(),
        health: Mutex::new(if arguments.unhealthy { Sick::ForEver } else { Sick::Never }),
        broken: arguments.broken,
    });
    // Written to, or the kernel would never give it.
    let held = vec![1_u8; arguments.memory_mb.min(MEMORY_MB_MAX) << 20];
    if arguments.complain {
        tokio::spawn(complain());
    }
    println!("demo version {} listens on port {}", demo.version, listener.local_addr()?.port());
    if let Some(delay) = arguments.exit_after {
        tokio::spawn(async move {
            tokio::time::sleep(Duration::from_millis(delay)).await;
            eprintln!("demo: exits after {delay} ms, as told");
            std::process::exit(1);
        });
    }
    let figures = Arc::new(Figures::new(std::env::var("QUARTERDECK_STATSD").ok().as_deref()));
    axum::serve(listener, router(demo, figures)).with_graceful_shutdown(ended).await?;
    drop(held);
    println!("demo: ends");
    Ok(())
}

async fn complain() {
    loop {
        eprintln!("ERROR demo: complains, as told");
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
}

/// Done when SIGTERM or SIGINT comes; never for SIGTERM when it is to be ignored.
fn end_signal(ignore_term: bool) -> std::io::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut term = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    Ok(async move {
        loop {
            tokio::select! {
                _ = interrupt.recv() => return,
                _ = term.recv() => {
                    if !ignore_term {
                        return;
                    }
                    eprintln!("demo: ignores SIGTERM, as told");
                }
            }
        }
    })
}

fn router(demo: Arc<Demo>, figures: Arc<Figures>) -> Router {
    Router::new()
        .route("/", get(front))
        .route("/healthz", get(healthz))
        .route("/work", get(work))
        .route("/memory", get(memory))
        .route("/fail", get(fail))
        .route("/exit", get(exit))
        .route("/log", get(log))
        .with_state(demo)
        .route("/metrics", get(figures::metrics).with_state(Arc::clone(&figures)))
        .layer(from_fn_with_state(figures, figures::observe))
}

async fn front(State(demo): State<Arc<Demo>>) -> Html<String> {
    let mut page = String::new();
    let _ = write!(
        page,
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Quarterdeck demo</title>\
         <h1>Quarterdeck demo, version {}</h1>\
         <dl><dt>Instance<dd>{}<dt>Process<dd>{}<dt>Uptime<dd>{} s<dt>Health<dd>{}</dl>\
         <h2>Try</h2><ul>\
         <li><a href=\"/healthz\">/healthz</a>: the health check's answer\
         <li><a href=\"/work?ms=10000\">/work?ms=10000</a>: burn one core for that long\
         <li><a href=\"/memory?mb=64&amp;seconds=60\">/memory?mb=64&amp;seconds=60</a>: hold memory\
         <li><a href=\"/fail?seconds=60\">/fail?seconds=60</a>: answer 503 on /healthz for that long; 0 is for ever\
         <li><a href=\"/exit?code=1\">/exit?code=1</a>: end with this code\
         <li><a href=\"/metrics\">/metrics</a>: what it tells Prometheus; it sends the same by StatsD\
         <li><a href=\"/log?lines=100&amp;bytes=80\">/log?lines=100&amp;bytes=80</a>: print\
         </ul></html>",
        escape(&demo.version),
        escape(&demo.instance),
        std::process::id(),
        demo.started.elapsed().as_secs(),
        if demo.is_healthy() { "healthy" } else { "failing, as told" },
    );
    Html(page)
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

async fn healthz(State(demo): State<Arc<Demo>>) -> Response {
    if demo.is_healthy() {
        "ok\n".into_response()
    } else {
        (StatusCode::SERVICE_UNAVAILABLE, "failing, as told\n").into_response()
    }
}

#[derive(Deserialize)]
struct Work {
    #[serde(default = "second")]
    ms: u64,
}

const fn second() -> u64 {
    1000
}

async fn work(State(demo): State<Arc<Demo>>, Query(query): Query<Work>) -> Response {
    if demo.broken {
        return (StatusCode::INTERNAL_SERVER_ERROR, "broken, as told\n").into_response();
    }
    let time = Duration::from_millis(query.ms).min(LONGEST);
    let burnt = tokio::task::spawn_blocking(move || burn(time)).await;
    format!("{} rounds in {} ms\n", burnt.unwrap_or_default(), time.as_millis()).into_response()
}

fn burn(time: Duration) -> u64 {
    let start = Instant::now();
    let mut rounds = 0_u64;
    let mut value = 1_u64;
    while start.elapsed() < time {
        for _ in 0..10_000 {
            value = std::hint::black_box(value.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1));
        }
        rounds += 1;
    }
    rounds
}

#[derive(Deserialize)]
struct Memory {
    #[serde(default = "some_megabytes")]
    mb: usize,
    #[serde(default = "minute")]
    seconds: u64,
}

const fn some_megabytes() -> usize {
    64
}

const fn minute() -> u64 {
    60
}

async fn memory(Query(query): Query<Memory>) -> String {
    let megabytes = query.mb.min(MEMORY_MB_MAX);
    let time = Duration::from_secs(query.seconds).min(LONGEST);
    tokio::spawn(async move {
        // Written to, or the kernel would never give it.
        let held = tokio::task::spawn_blocking(move || vec![1_u8; megabytes << 20]).await;
        tokio::time::sleep(time).await;
        drop(held);
    });
    format!("holds {megabytes} MiB for {} s\n", time.as_secs())
}

#[derive(Deserialize)]
struct Fail {
    #[serde(default = "minute")]
    seconds: u64,
}

async fn fail(State(demo): State<Arc<Demo>>, Query(query): Query<Fail>) -> String {
    let sick = match query.seconds {
        0 => Sick::ForEver,
        seconds => Sick::Until(Instant::now() + Duration::from_secs(seconds).min(LONGEST)),
    };
    demo.set_health(sick);
    match query.seconds {
        0 => "answers 503 on /healthz from now on\n".to_owned(),
        seconds => format!("answers 503 on /healthz for {seconds} s\n"),
    }
}

#[derive(Deserialize)]
struct Exit {
    #[serde(default)]
    code: i32,
}

async fn exit(Query(query): Query<Exit>) -> String {
    tokio::spawn(async move {
        // Time for the answer to leave.
        tokio::time::sleep(Duration::from_millis(50)).await;
        std::process::exit(query.code);
    });
    format!("exits with code {}\n", query.code)
}

#[derive(Deserialize)]
struct Log {
    #[serde(default = "hundred")]
    lines: u64,
    #[serde(default = "eighty")]
    bytes: usize,
}

const fn hundred() -> u64 {
    100
}

const fn eighty() -> usize {
    80
}

async fn log(Query(query): Query<Log>) -> String {
    let lines = query.lines.min(LINES_MAX);
    let printed = tokio::task::spawn_blocking(move || {
        use std::io::Write as _;
        let filler = "x".repeat(query.bytes.min(1 << 20));
        let mut out = std::io::stdout().lock();
        for line in 1..=lines {
            let text = format!("line {line} of {lines} {filler}");
            let end = query.bytes.max(1).min(text.len());
            writeln!(out, "{}", &text[..end])?;
        }
        out.flush()
    });
    match printed.await {
        Ok(Ok(())) => format!("printed {lines} lines\n"),
        Ok(Err(error)) => format!("could not print: {error}\n"),
        Err(error) => format!("could not print: {error}\n"),
    }
}

#[cfg(test)]
mod tests {
    use axum::body::Body;
    use http::Request;
    use http_body_util::BodyExt as _;
    use tower::ServiceExt as _;

    use super::*;

    async fn ask(demo: &Arc<Demo>, path: &str) -> (StatusCode, String) {
        let request = Request::builder().uri(path).body(Body::empty()).expect("a request");
        let answer =
            router(demo.clone(), Arc::new(Figures::new(None))).oneshot(request).await.expect("an answer");
        let status = answer.status();
        let body = answer.into_body().collect().await.expect("a body").to_bytes();
        (status, String::from_utf8_lossy(&body).into_owned())
    }

    #[tokio::test]
    async fn tells_its_version_and_fails_when_told() {
        let demo = Arc::new(Demo {
            version: "<2>".to_owned(),
            instance: "i1".to_owned(),
            started: Instant::now(),
            health: Mutex::new(Sick::Never),
            broken: true,
        });
        let (status, page) = ask(&demo, "/").await;
        assert_eq!(status, StatusCode::OK);
        assert!(page.contains("version &lt;2&gt;") && page.contains("i1"), "{page}");
        assert_eq!(ask(&demo, "/healthz").await.0, StatusCode::OK);
        ask(&demo, "/fail?seconds=0").await;
        assert_eq!(ask(&demo, "/healthz").await.0, StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(ask(&demo, "/work?ms=1").await.0, StatusCode::INTERNAL_SERVER_ERROR);
    }
}
