//! A real Alertmanager takes alerts, and they end by themselves.

use std::process::Stdio;
use std::time::Duration;

use adapters::registry::contract::docker::free_port;
use model::alert::{MessageKind, Severity};
use model::channel::{AlertNotice, FiringAlert, Notice};
use model::duration::Span;
use model::time::Timestamp;
use serde_json::{Value, json};
use server::clock::{Clock as _, SystemClock};
use server::store::{Store, notices};
use tokio::process::{Child, Command};

use crate::harness::{Console, config};

const PROGRAM: &str = "prometheus-alertmanager";

struct Server {
    url: String,
    _child: Child,
    _folder: tempfile::TempDir,
}

/// `None`, with the reason printed, where there is none.
async fn start() -> Option<Server> {
    adapters::tls::choose();
    let there = std::env::var_os("PATH")
        .is_some_and(|path| std::env::split_paths(&path).any(|folder| folder.join(PROGRAM).is_file()));
    if !there {
        eprintln!("skipped: `{PROGRAM}` is not here; install {PROGRAM}");
        return None;
    }
    let folder = tempfile::tempdir().unwrap();
    let settings = "route: { receiver: none }\nreceivers: [{ name: none }]\n";
    std::fs::write(folder.path().join("alertmanager.yml"), settings).unwrap();
    let port = free_port();
    let child = Command::new(PROGRAM)
        .current_dir(folder.path())
        .args(["--config.file=alertmanager.yml", "--storage.path=data", "--cluster.listen-address="])
        .arg(format!("--web.listen-address=127.0.0.1:{port}"))
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let url = format!("http://127.0.0.1:{port}");
    let ready = async {
        while reqwest::get(format!("{url}/-/ready")).await.is_err() {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), ready).await.expect("it answers");
    Some(Server { url, _child: child, _folder: folder })
}

/// The alerts it has, once there are so many.
async fn alerts(server: &Server, count: usize) -> Vec<Value> {
    let mut last = Vec::new();
    for _ in 0..300 {
        let answer = reqwest::get(format!("{}/api/v2/alerts", server.url)).await.unwrap();
        last = answer.json::<Vec<Value>>().await.unwrap();
        if last.len() == count {
            return last;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("there are {last:#?}");
}

#[tokio::test]
async fn it_takes_a_test_and_alerts_and_is_told_that_they_are_over() {
    let Some(server) = start().await else { return };
    let console = Console::with(|config| config.public_url = Some("https://q.example".to_owned())).await;
    let channel =
        json!({ "name": "am", "kind": "alertmanager", "url": server.url, "wants": { "alerts": "warning" } });
    console.add_channel(channel).await;
    let tested = console.test_channel("am").await;
    assert_eq!(tested["ok"], true, "{tested}");
    assert_eq!(alerts(&server, 1).await[0]["labels"]["alertname"], "QuarterdeckTest");
    let labels = |app: &str| -> model::alert::Labels {
        [("alertname", "down"), ("environment", "local"), ("app", app), ("severity", "critical")]
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .into()
    };
    let now = SystemClock.now();
    let mut notice = AlertNotice {
        kind: MessageKind::Firing,
        severity: Severity::Critical,
        group: [("environment".to_owned(), "local".to_owned())].into(),
        firing: ["shop", "cart"]
            .map(|app| FiringAlert {
                labels: labels(app),
                since: now,
                value: Some(0.0),
                summary: format!("{app} is down"),
            })
            .into(),
        resolved: Vec::new(),
        repeat: Span::from_secs(3_600),
        path: Some("/alerts".to_owned()),
    };
    let store = Store::open(&config(console.folder.path()).database_url).await.unwrap();
    tell(&store, &notice).await;
    // A deployment has the console look for what is to be told; an Alertmanager is not told of it.
    console.admin().create("one", 1).await;
    let found = alerts(&server, 3).await;
    let shop = found.iter().find(|alert| alert["labels"]["app"] == "shop").expect("the alert");
    assert_eq!(shop["annotations"]["summary"], "shop is down");
    assert_eq!(shop["generatorURL"], "https://q.example/alerts");
    let ends: Timestamp = shop["endsAt"].as_str().unwrap().parse().unwrap();
    let left = ends.since(now).as_secs();
    assert!((7_100..=7_300).contains(&left), "{left}");
    notice.kind = MessageKind::Resolved;
    notice.resolved = notice.firing.drain(..).map(|firing| firing.labels).collect();
    tell(&store, &notice).await;
    console.admin().create("two", 1).await;
    alerts(&server, 1).await;
}

async fn tell(store: &Store, notice: &AlertNotice) {
    let mut tx = store.begin().await.unwrap();
    notices::insert(&mut tx, &Notice::Alert(notice.clone()), SystemClock.now()).await.unwrap();
    tx.commit().await.unwrap();
}
