//! Real servers of others, with samples of one's own in them: Prometheus and Graphite as Debian has them.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

use reqwest::Client;
use tempfile::TempDir;
use tokio::process::{Child, Command};

use super::super::Sample;

/// Until one answers.
const READY: Duration = Duration::from_mins(1);

/// A server that ends with this.
pub struct Server {
    pub url: String,
    _child: Child,
    _folder: TempDir,
}

/// Whether a program can be run; where it has to be there, as in CI, it is an error that it is not.
async fn has(program: &str, arguments: &[&str], package: &str) -> bool {
    let mut command = Command::new(program);
    command.args(arguments).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    if command.status().await.is_ok_and(|status| status.success()) {
        return true;
    }
    assert!(std::env::var_os("CI").is_none(), "{package} is not here; install {package}");
    println!("skipped: {package} is not here; cargo xtask test installs it");
    false
}

/// A Prometheus that holds these samples and scrapes nothing. `None` where there is no Prometheus.
pub async fn prometheus(samples: &[Sample]) -> Option<Server> {
    if !has("prometheus", &["--version"], "prometheus").await
        || !has("promtool", &["--version"], "prometheus").await
    {
        return None;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let place = |name: &str| folder.path().join(name);
    std::fs::write(place("samples"), open_metrics(samples)).expect("written");
    std::fs::write(place("prometheus.yml"), "{}").expect("written");
    let mut blocks = Command::new("promtool");
    blocks.args(["tsdb", "create-blocks-from", "openmetrics", "samples", "data"]).current_dir(folder.path());
    let made = blocks.output().await.expect("promtool runs");
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    let port = free_port();
    let mut command = Command::new("prometheus");
    command
        .args(["--config.file=prometheus.yml", "--storage.tsdb.path=data"])
        .args(["--storage.tsdb.retention.time=10y", "--enable-feature=promql-at-modifier"])
        .arg(format!("--web.listen-address=127.0.0.1:{port}"));
    Some(started(command, folder, port, "/-/ready").await)
}

/// A Graphite whose Whisper files hold these samples, every five seconds of a day; a sample's labels are further parts of
/// its name. `None` where there is no Graphite.
pub async fn graphite(samples: &[Sample]) -> Option<Server> {
    if !has("/usr/bin/python3", &["-c", "import graphite, whisper"], "graphite-web").await {
        return None;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let place = |name: &str| folder.path().join(name);
    for name in ["whisper", "log"] {
        std::fs::create_dir(place(name)).expect("a folder");
    }
    std::fs::write(place("graphite_of_a_test.py"), SETTINGS).expect("written");
    std::fs::write(place("fill.py"), FILL).expect("written");
    std::fs::write(place("serve.py"), SERVE).expect("written");
    let mut files: BTreeMap<String, Vec<(i64, f64)>> = BTreeMap::new();
    for sample in samples {
        let parts = sample.labels.iter().map(|(_, value)| value.as_str());
        let name = std::iter::once(sample.metric.as_str()).chain(parts).collect::<Vec<_>>().join("/");
        files.entry(name).or_default().push((sample.time.as_millis() / 1_000, sample.value));
    }
    std::fs::write(place("samples.json"), serde_json::to_vec(&files).expect("JSON")).expect("written");
    let mut fill = Command::new("/usr/bin/python3");
    let filled = fill.arg("fill.py").current_dir(folder.path()).output().await.expect("python runs");
    assert!(filled.status.success(), "{}", String::from_utf8_lossy(&filled.stderr));
    let port = free_port();
    let mut command = Command::new("/usr/bin/python3");
    command.args(["serve.py", &port.to_string()]).env("PYTHONPATH", folder.path());
    Some(started(command, folder, port, "/version").await)
}

async fn started(mut command: Command, folder: TempDir, port: u16, ready: &str) -> Server {
    let log = folder.path().join("log.txt");
    command
        .current_dir(folder.path())
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(std::fs::File::create(&log).expect("a file"))
        .kill_on_drop(true);
    let child = command.spawn().expect("a server");
    let url = format!("http://127.0.0.1:{port}");
    crate::tls::choose();
    let client = Client::builder().no_proxy().tls_certs_only([]).build().expect("a client");
    let began = Instant::now();
    let is_ready = async || {
        let answer = client.get(format!("{url}{ready}")).send().await;
        answer.is_ok_and(|answer| answer.status().is_success())
    };
    while !is_ready().await {
        assert!(began.elapsed() < READY, "it is not ready: {}", read(&log));
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    Server { url, _child: child, _folder: folder }
}

fn read(log: &Path) -> String {
    std::fs::read_to_string(log).unwrap_or_default()
}

fn free_port() -> u16 {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    listener.local_addr().expect("an address").port()
}

/// The text from which promtool makes blocks.
fn open_metrics(samples: &[Sample]) -> String {
    let mut text = String::new();
    for Sample { metric, labels, time, value } in samples {
        let labels: Vec<String> = labels.iter().map(|(name, value)| format!("{name}={value:?}")).collect();
        let millis = time.as_millis();
        let _ = writeln!(
            text,
            "{metric}{{{}}} {value} {}.{:03}",
            labels.join(","),
            millis.div_euclid(1_000),
            millis.rem_euclid(1_000)
        );
    }
    text.push_str("# EOF\n");
    text
}

const SETTINGS: &str = "
import os
from graphite.settings import *
here = os.path.dirname(os.path.abspath(__file__))
SECRET_KEY = 'for a test'
LOG_DIR = here + '/log'
STORAGE_DIR = here
WHISPER_DIR = here + '/whisper'
STANDARD_DIRS = [WHISPER_DIR]
INDEX_FILE = here + '/index'
DATABASES = {'default': {'ENGINE': 'django.db.backends.sqlite3', 'NAME': here + '/graphite.db'}}
ALLOWED_HOSTS = ['*']
LOG_ROTATION = False
";

const FILL: &str = "
import json, os, whisper
for name, points in json.load(open('samples.json')).items():
    path = 'whisper/' + name + '.wsp'
    os.makedirs(os.path.dirname(path), exist_ok=True)
    whisper.create(path, [(5, 17280)])
    whisper.update_many(path, points)
";

const SERVE: &str = "
import os, sys
os.environ['DJANGO_SETTINGS_MODULE'] = 'graphite_of_a_test'
from django.core.management import execute_from_command_line
execute_from_command_line(['manage', 'migrate', '--run-syncdb', '-v0'])
from wsgiref.simple_server import make_server
from django.core.wsgi import get_wsgi_application
make_server('127.0.0.1', int(sys.argv[1]), get_wsgi_application()).serve_forever()
";
