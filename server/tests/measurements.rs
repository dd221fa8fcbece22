//! What programs tell of themselves, from real instances on the embedded engine: StatsD of real clients, a scrape, and a
//! real Prometheus that finds the same instances by the console and measures the same.

#[expect(dead_code, reason = "the crash test needs more of it")]
mod console;

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use console::Console;
use reqwest::Method;
use serde_json::{Value, json};
use tokio::process::Command;

const LIMIT: Duration = Duration::from_mins(1);

async fn started() -> Console {
    let mut console = Console::new(env!("CARGO_BIN_EXE_quarterdeck"));
    console.start().await;
    console
}

async fn create(console: &Console, name: &str, definition: Value) {
    let body = json!({ "name": name, "definition": definition });
    console.post("/api/v1/environments/local/apps", &body).await;
}

fn demo(console: &Console) -> Value {
    json!({
        "command": [console.binary, "demo"],
        "instances": 2,
        "ports": [{ "name": "http" }],
        "health_checks": [{ "kind": "http", "path": "/healthz", "interval": "200ms" }],
        "metrics": { "port": "http", "path": "/metrics", "interval": "5s" },
    })
}

/// The instant answer's series.
async fn ask(base: &str, console: &Console, query: &str) -> Vec<Value> {
    let url = format!("{base}/api/v1/query");
    let form = format!("query={}", url_encoded(query));
    let request = if base == console.address {
        console.request(Method::POST, "/api/v1/query")
    } else {
        reqwest::Client::builder().no_proxy().build().expect("a client").post(url)
    };
    let request = request.header("content-type", "application/x-www-form-urlencoded").body(form);
    let answer: Value = request.send().await.expect("an answer").json().await.expect("JSON");
    assert_eq!(answer["status"], "success", "{query}: {answer}");
    answer["data"]["result"].as_array().expect("series").clone()
}

fn url_encoded(text: &str) -> String {
    use std::fmt::Write as _;
    text.bytes().fold(String::new(), |mut all, byte| {
        let _ = write!(all, "%{byte:02X}");
        all
    })
}

/// Asks until the series are as wanted.
async fn until(base: &str, console: &Console, query: &str, wanted: impl Fn(&[Value]) -> bool) -> Vec<Value> {
    let began = Instant::now();
    loop {
        let found = ask(base, console, query).await;
        if wanted(&found) {
            return found;
        }
        assert!(began.elapsed() < LIMIT, "{base}: {query}: {found:?}; {}", console.log());
        tokio::time::sleep(Duration::from_millis(300)).await;
    }
}

fn number(series: &Value) -> f64 {
    series["value"][1].as_str().and_then(|text| text.parse().ok()).expect("a number")
}

/// Where `cargo xtask test` puts a client; without it the test has nothing to show.
fn client(path: &str) -> Option<PathBuf> {
    let place = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/statsd-clients").join(path);
    if !place.exists() {
        println!("skipped: {path} is not installed; cargo xtask test does that");
        return None;
    }
    place.canonicalize().ok()
}

/// An app whose instance runs a script that sends and then waits.
fn script(words: &[&str], variables: Value) -> Value {
    json!({ "command": words, "instances": 1, "env": variables })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_first_app_shows_its_requests_and_its_latency_without_set_up() {
    let console = started().await;
    create(&console, "shop", demo(&console)).await;
    // Health checks are requests too.
    let rising = |found: &[Value]| found.len() == 2 && found.iter().all(|series| number(series) > 0.0);
    let query = r#"demo_requests{environment="local",app="shop",revision="1",route="/healthz",status="200"}"#;
    let found = until(&console.address, &console, query, rising).await;
    assert_ne!(found[0]["metric"]["instance"], found[1]["metric"]["instance"], "each instance has its own");
    let rate = r#"sum(rate(demo_requests{app="shop"}[1m]))"#;
    until(&console.address, &console, rate, |found| found.len() == 1 && number(&found[0]) > 1.0).await;
    let latency = r#"demo_request_seconds{app="shop",route="/healthz",quantile="0.95"}"#;
    let found = until(&console.address, &console, latency, |found| found.len() == 2).await;
    assert!(number(&found[0]) < 5.0, "in seconds: {found:?}");
    // What was scraped beside.
    let up = r#"up{app="shop"} == 1"#;
    until(&console.address, &console, up, |found| found.len() == 2).await;
    until(&console.address, &console, r#"demo_http_requests_total{app="shop",route="/healthz"}"#, rising)
        .await;
    let intake = console.get("/api/v1/environments/local/apps/shop/metrics/intake").await;
    assert_eq!((&intake["bounded"], &intake["dropped"]), (&json!(false), &json!({})), "{intake}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_python_client_is_understood_and_a_flood_of_series_is_bounded() {
    let Some(place) = client("python") else { return };
    let console = started().await;
    let text = "
import os, time, statsd
host, port = os.environ['QUARTERDECK_STATSD'].rsplit(':', 1)
c = statsd.StatsClient(host, int(port), prefix='py')
for ms in range(1, 101): c.timing('checkout', ms * 10)
for _ in range(30): c.incr('orders')
c.incr('orders', 5)
c.gauge('depth', 10); c.gauge('depth', -3, delta=True)
for who in ('anna', 'otto', 'anna'): c.set('people', who)
with c.pipeline() as p:
    for _ in range(20): p.incr('piped')
for n in range(1500): c.incr('flood.%d' % n)
print('sent', flush=True)
time.sleep(600)
";
    create(&console, "py", script(&["python3", "-c", text], json!({ "PYTHONPATH": place }))).await;
    let is =
        |wanted: f64| move |found: &[Value]| found.len() == 1 && (number(&found[0]) - wanted).abs() < 1e-9;
    let base = console.address.clone();
    until(&base, &console, r#"py_orders{app="py",environment="local",revision="1"}"#, is(35.0)).await;
    until(&base, &console, r#"py_depth{app="py"}"#, is(7.0)).await;
    until(&base, &console, r#"py_piped{app="py"}"#, is(20.0)).await;
    until(&base, &console, r#"max_over_time(py_people{app="py"}[5m])"#, is(2.0)).await;
    until(&base, &console, r#"py_checkout_count{app="py"}"#, is(100.0)).await;
    until(&base, &console, r#"max_over_time(py_checkout{app="py",quantile="0.95"}[5m])"#, is(0.95)).await;
    let intake = console.get("/api/v1/environments/local/apps/py/metrics/intake").await;
    assert_eq!((&intake["series"], &intake["bounded"]), (&json!(1000), &json!(true)), "{intake}");
    assert!(intake["dropped"]["too_many_series"].as_u64().is_some_and(|lines| lines > 400), "{intake}");
    until(&base, &console, r#"quarterdeck_statsd_dropped_total{app="py"}"#, |found| found.len() == 1).await;
    let page = console.request(Method::GET, "/environments/local/apps/py").send().await.expect("a page");
    let page = page.text().await.expect("a page");
    assert!(page.contains("1000 of 1000 series"), "the page says so");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_node_client_is_understood_with_its_tags() {
    let Some(place) = client("node/node_modules/hot-shots") else { return };
    let console = started().await;
    let text = "
const [host, port] = process.env.QUARTERDECK_STATSD.split(':');
const StatsD = require(process.env.CLIENT);
const c = new StatsD({ host, port: Number(port), prefix: 'js.', globalTags: { team: 'web' }, maxBufferSize: 800 });
for (let n = 0; n < 200; n++) c.increment('orders', 1, { kind: n % 2 ? 'odd' : 'even' });
for (let n = 1; n <= 50; n++) { c.timing('render', n); c.histogram('size', n); c.distribution('spread', n); }
c.gauge('depth', 4); c.set('people', 'anna'); c.event('deployed', 'nothing to keep');
setTimeout(() => {}, 600000);
";
    create(&console, "js", script(&["node", "-e", text], json!({ "CLIENT": place }))).await;
    let is =
        |wanted: f64| move |found: &[Value]| found.len() == 1 && (number(&found[0]) - wanted).abs() < 1e-9;
    let base = console.address.clone();
    until(&base, &console, r#"js_orders{app="js",kind="odd",team="web"}"#, is(100.0)).await;
    until(&base, &console, r#"js_render_sum{app="js"}"#, is(1.275)).await;
    until(&base, &console, r#"js_size_count{app="js"}"#, is(50.0)).await;
    until(&base, &console, r#"max_over_time(js_spread{app="js",quantile="0.5"}[5m])"#, is(25.0)).await;
    until(&base, &console, r#"js_depth{app="js"}"#, is(4.0)).await;
    let intake = console.get("/api/v1/environments/local/apps/js/metrics/intake").await;
    assert_eq!(intake["dropped"], json!({ "unsupported": 1 }), "{intake}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_prometheus_finds_the_instances_and_measures_the_same() {
    if Command::new("prometheus")
        .arg("--version")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .await
        .is_err()
    {
        assert!(std::env::var_os("CI").is_none(), "prometheus is not here; install prometheus");
        println!("skipped: prometheus is not here; cargo xtask test installs it");
        return;
    }
    let console = started().await;
    let mut definition = demo(&console);
    // Asked by nobody but the test, so that the numbers stand still.
    definition["health_checks"] = json!([]);
    create(&console, "shop", definition).await;
    until(&console.address, &console, r#"up{app="shop"}"#, |found| found.len() == 2).await;
    let discovered = console.get("/api/v1/environments/local/targets").await;
    assert_eq!(discovered.as_array().map(Vec::len), Some(2), "{discovered}");
    assert_eq!(discovered[0]["labels"]["__metrics_path__"], "/metrics");
    for (group, times) in discovered.as_array().expect("groups").iter().zip([3, 7]) {
        let address = group["targets"][0].as_str().expect("an address");
        let client = reqwest::Client::builder().no_proxy().build().expect("a client");
        for _ in 0..times {
            let answer = client.get(format!("http://{address}/")).send().await.expect("an answer");
            assert!(answer.status().is_success());
        }
    }

    let folder = tempfile::tempdir().expect("a folder");
    let port = free_port();
    let token = console.request(Method::GET, "/").build().expect("a request");
    let token =
        token.headers()["authorization"].to_str().expect("text").trim_start_matches("Bearer ").to_owned();
    let settings = json!({
        "global": { "scrape_interval": "5s" },
        "scrape_configs": [{
            "job_name": "quarterdeck",
            "http_sd_configs": [{
                "url": format!("{}/api/v1/environments/local/targets", console.address),
                "refresh_interval": "5s",
                // Some versions take no type for granted here.
                "authorization": { "type": "Bearer", "credentials": token },
            }],
        }],
    });
    // JSON is YAML.
    std::fs::write(folder.path().join("prometheus.yml"), settings.to_string()).expect("written");
    let mut prometheus = Command::new("prometheus");
    prometheus
        .current_dir(folder.path())
        .args(["--config.file=prometheus.yml", "--storage.tsdb.path=data"])
        .arg(format!("--web.listen-address=127.0.0.1:{port}"))
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(std::fs::File::create(folder.path().join("log")).expect("a file"))
        .kill_on_drop(true);
    let _prometheus = prometheus.spawn().expect("a Prometheus");
    let base = format!("http://127.0.0.1:{port}");
    let client = reqwest::Client::builder().no_proxy().build().expect("a client");
    let began = Instant::now();
    while !client.get(format!("{base}/-/ready")).send().await.is_ok_and(|answer| answer.status().is_success())
    {
        let log = || std::fs::read_to_string(folder.path().join("log")).unwrap_or_default();
        assert!(began.elapsed() < LIMIT, "Prometheus is not ready: {}", log());
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let queries = [
        r#"sort(demo_http_requests_total{app="shop",route="/"})"#,
        r#"sum by (instance) (demo_http_requests_total{route="/",status="200"})"#,
        r#"count(up{environment="local"} == 1)"#,
    ];
    for query in queries {
        let there = |found: &[Value]| {
            let total: f64 = found.iter().map(number).sum();
            (total - if query.starts_with("count") { 2.0 } else { 10.0 }).abs() < 1e-9
        };
        let mine = until(&console.address, &console, query, there).await;
        let theirs = until(&base, &console, query, there).await;
        let of = |found: &[Value]| {
            let mut all: Vec<(String, String)> = found
                .iter()
                .map(|series| {
                    let mut labels = series["metric"].clone();
                    // Prometheus names its own job.
                    labels.as_object_mut().expect("labels").remove("job");
                    (labels.to_string(), series["value"][1].to_string())
                })
                .collect();
            all.sort();
            all
        };
        assert_eq!(of(&mine), of(&theirs), "{query}");
    }
    assert_same_shapes(&console, &base, &client).await;
}

/// What a data source of Grafana asks beside values.
async fn assert_same_shapes(console: &Console, base: &str, client: &reqwest::Client) {
    let both = async |path: &str| -> (Value, Value) {
        let mine = console.request(Method::GET, path).send().await.expect("an answer");
        let theirs = client.get(format!("{base}{path}")).send().await.expect("an answer");
        assert_eq!(mine.status(), theirs.status(), "{path}");
        (mine.json().await.expect("JSON"), theirs.json().await.expect("JSON"))
    };
    let metric = "/api/v1/label/route/values?match[]=demo_http_requests_total";
    let (mine, theirs) = both(metric).await;
    assert_eq!(mine, theirs);
    let (mine, theirs) = both("/api/v1/query?query=1%2B1&time=1700000000").await;
    for part in ["/data/resultType", "/data/result/1"] {
        assert_eq!(mine.pointer(part), theirs.pointer(part), "{mine}");
    }
    let (mine, theirs) = both("/api/v1/series?match[]=demo_http_requests_total%7Broute%3D%22/%22%7D").await;
    let instances = |answer: &Value| {
        let mut all: Vec<String> = answer["data"]
            .as_array()
            .expect("a list")
            .iter()
            .map(|labels| labels["instance"].to_string())
            .collect();
        all.sort();
        all
    };
    assert_eq!(instances(&mine), instances(&theirs));
    assert_eq!(mine["data"][0]["__name__"], "demo_http_requests_total");
    let (mine, theirs) = both("/api/v1/labels?match[]=demo_http_requests_total").await;
    let theirs: Vec<&Value> =
        theirs["data"].as_array().expect("a list").iter().filter(|name| **name != "job").collect();
    assert_eq!(mine["data"].as_array().expect("a list").iter().collect::<Vec<_>>(), theirs);
    for bad in [
        "/api/v1/query?query=sum(",
        "/api/v1/query",
        "/api/v1/series",
        "/api/v1/query_range?query=up&start=1&end=2&step=0",
    ] {
        let (mine, theirs) = both(bad).await;
        assert_eq!(
            (&mine["status"], &mine["errorType"]),
            (&theirs["status"], &theirs["errorType"]),
            "{bad}: {mine}"
        );
        assert!(mine["error"].is_string(), "{mine}");
    }
}

/// A network of its own, as a container has it, with one way to this host.
struct Boxed {
    name: String,
    here: String,
}

impl Boxed {
    /// `None`, with the reason printed, where this process may not make one.
    fn new(mark: u32) -> Option<Self> {
        let name = format!("qdbox{}", mark % 10_000);
        let (here, there) = (format!("10.197.{}.1", mark % 250), format!("10.197.{}.2", mark % 250));
        let run = |line: String| {
            let done = std::process::Command::new("sh").args(["-c", &line]).stderr(Stdio::null()).status();
            done.is_ok_and(|status| status.success())
        };
        let made = run(format!("ip netns add {name}"));
        let boxed = Self { name: name.clone(), here: here.clone() };
        let wired = made
            && run(format!("ip link add {name} type veth peer name eth0 netns {name}"))
            && run(format!("ip addr add {here}/30 dev {name} && ip link set {name} up"))
            && run(format!("ip -n {name} addr add {there}/30 dev eth0 && ip -n {name} link set eth0 up"));
        if !wired {
            println!("skipped: networks cannot be made here; that takes root and iproute2");
            return None;
        }
        Some(boxed)
    }

    /// Sends one line from an instance's process in it, which has ended when the packet is looked at; another lives on.
    fn send(&self, instance: &str, to: &str, line: &str) -> tokio::process::Child {
        let (host, port) = to.rsplit_once(':').expect("a port");
        let script = format!("bash -c 'printf %s \"{line}\" > /dev/udp/{host}/{port}'; exec sleep 100");
        Command::new("ip")
            .args(["netns", "exec", &self.name, "sh", "-c", &script])
            .env("QUARTERDECK_INSTANCE", instance)
            .kill_on_drop(true)
            .spawn()
            .expect("a process")
    }
}

impl Drop for Boxed {
    fn drop(&mut self) {
        let _ = std::process::Command::new("ip").args(["netns", "del", &self.name]).status();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_container_is_told_by_its_address() {
    let Some(boxed) = Boxed::new(std::process::id()) else { return };
    let mut console = Console::new(env!("CARGO_BIN_EXE_quarterdeck"));
    console.settings.push(("QUARTERDECK_STATSD", format!("{}:0", boxed.here)));
    console.start().await;
    create(&console, "boxed", json!({ "command": ["sleep", "600"], "instances": 1 })).await;
    let began = Instant::now();
    let instance = loop {
        let found = console.get("/api/v1/environments/local/apps/boxed/instances").await;
        if let Some(id) = found["items"][0]["id"].as_str() {
            break id.to_owned();
        }
        assert!(began.elapsed() < LIMIT, "no instance");
        tokio::time::sleep(Duration::from_millis(50)).await;
    };
    let port = std::fs::read_to_string(console.data().join("statsd.port")).expect("the port");
    let at = format!("{}:{}", boxed.here, port.trim());
    let _sender = boxed.send(&instance, &at, "boxed_orders:3|c");
    let query =
        format!(r#"boxed_orders{{app="boxed",environment="local",revision="1",instance="{instance}"}}"#);
    let found = until(&console.address, &console, &query, |found| found.len() == 1).await;
    assert!((number(&found[0]) - 3.0).abs() < 1e-9, "{found:?}");
}

fn free_port() -> u16 {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    listener.local_addr().expect("an address").port()
}
