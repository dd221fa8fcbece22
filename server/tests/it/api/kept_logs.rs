//! Lines are kept as the engine tells them, and found again by what they say.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use futures::StreamExt;
use model::api::{LogLine, LogStream};
use model::id::{AppKey, InstanceId};
use model::problem::ProblemCode;
use model::time::Timestamp;
use reqwest::Method;
use serde_json::{Value, json};
use server::clock::{Clock, SystemClock};
use server::logs::LogSettings;

use crate::harness::{Console, send};

const DAY: Duration = Duration::from_hours(24);

fn key(app: &str) -> AppKey {
    AppKey { environment: "local".parse().expect("a name"), app: app.parse().expect("a name") }
}

/// An hour ago, and so many milliseconds.
fn at(base: Timestamp, number: i64) -> Timestamp {
    Timestamp::from_millis(base.as_millis() - 3_600_000 + number)
}

fn line(time: Timestamp, text: &str) -> LogLine {
    LogLine {
        time,
        instance: InstanceId("i1".to_owned()),
        revision: 1,
        stream: LogStream::Stdout,
        text: text.to_owned(),
        truncated: false,
    }
}

async fn found(console: &Console, app: &str, query: &str) -> Value {
    console.admin().get(&format!("/environments/local/apps/{app}/logs/search?{query}")).await.ok().await
}

fn count(page: &Value) -> usize {
    page["items"].as_array().map_or(0, Vec::len)
}

async fn until(console: &Console, app: &str, query: &str, wanted: usize) -> Value {
    let found = async {
        loop {
            let page = found(console, app, query).await;
            if count(&page) >= wanted {
                return page;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), found).await.expect("the lines are kept")
}

async fn running(console: &Console, app: &str) {
    console.admin().create(app, 1).await;
    console.admin().settled(app).await;
}

/// Text that does not compress to nothing.
fn noise(number: u64) -> String {
    let word =
        |n: u64| n.wrapping_mul(0x9E37_79B9_7F4A_7C15).rotate_left(31).wrapping_mul(0xD1B5_4A32_D192_ED03);
    let mut text = String::new();
    for part in 0..6 {
        let _ = write!(text, "{:016x}", word(number * 6 + part));
    }
    text
}

fn files(folder: &Path, ending: &str) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder.join("logs/local/shop")).expect("a folder of the app's log");
    let paths = entries.map(|entry| entry.expect("an entry").path());
    let mut paths: Vec<PathBuf> =
        paths.filter(|path| path.extension().is_some_and(|extension| extension == ending)).collect();
    paths.sort();
    paths
}

#[tokio::test]
async fn lines_are_kept_searched_and_handed_out() {
    let console = Console::empty().await;
    running(&console, "shop").await;
    let (key, now) = (key("shop"), SystemClock.now());
    for number in 0..20 {
        let text = format!(r#"{{"level":"info","n":{number}}}"#);
        console.engine.push_log(key.clone(), line(at(now, number), &text));
    }
    console.engine.push_log(key.clone(), line(at(now, 20), "ERROR no stock"));
    let page = until(&console, "shop", "grep=no+STOCK", 1).await;
    let position = page["items"][0]["position"].as_str().expect("a position").to_owned();
    assert_eq!(page["items"][0]["hits"], json!([[6, 14]]), "{page}");
    let fields = found(&console, "shop", "field=n%3E%3D18+level%3Dinfo").await;
    assert_eq!(count(&fields), 2, "{fields}");
    // A stream that breaks off is opened anew, and nothing is kept twice.
    console.engine.set_fault(adapters::engine::fake::Fault::Unreachable);
    tokio::time::sleep(Duration::from_millis(300)).await;
    console.engine.push_log(key, line(at(now, 21), "after"));
    console.engine.set_fault(adapters::engine::fake::Fault::None);
    until(&console, "shop", "grep=after", 1).await;
    assert_eq!(count(&found(&console, "shop", "limit=2000").await), 22);
    let admin = console.admin();
    let base = "/environments/local/apps/shop/logs";
    let context = admin.get(&format!("{base}/context?at={position}&lines=1")).await.ok().await;
    assert_eq!(count(&context), 3, "{context}");
    assert_eq!((&context["more_before"], &context["more_after"]), (&true.into(), &false.into()));
    let wrong = admin.get(&format!("{base}/search?grep=%2F(%2F&field=x")).await;
    assert_eq!(wrong.0.status(), 422);
    let keeping = admin.get(&format!("{base}/keeping")).await.ok().await;
    assert_eq!((&keeping["dropped"], &keeping["instances"][0]), (&0.into(), &"i1".into()));
    let download = admin.get(&format!("{base}/download?grep=after")).await.0.text().await.expect("a text");
    assert_eq!(download.lines().count(), 1, "{download}");
}

#[tokio::test]
async fn kept_lines_are_there_after_a_restart_and_none_twice() {
    let console = Console::empty().await;
    running(&console, "shop").await;
    let now = SystemClock.now();
    for number in 0..50 {
        console.engine.push_log(key("shop"), line(at(now, number / 10), &format!("line {number}")));
    }
    until(&console, "shop", "limit=2000", 50).await;
    let console = console.restart(|_| {}, |_| {}).await;
    assert_eq!(count(&found(&console, "shop", "limit=2000").await), 50);
    console.engine.push_log(key("shop"), line(at(now, 4), "of the same moment"));
    console.engine.push_log(key("shop"), line(at(now, 9), "news"));
    until(&console, "shop", "grep=news", 1).await;
    let all = found(&console, "shop", "limit=2000").await;
    assert_eq!(count(&all), 52, "what the engine told before is not kept again: {all}");
}

#[tokio::test]
async fn a_damaged_segment_is_set_aside_and_said() {
    let small = |config: &mut server::config::Config| config.logs = LogSettings::new(1 << 20, 8 << 20, DAY);
    let console = Console::with(small).await;
    running(&console, "shop").await;
    let now = SystemClock.now();
    for number in 0..3_000 {
        let text = if number % 300 == 0 { format!("marked {number}") } else { noise(number) };
        console.engine.push_log(key("shop"), line(at(now, 0), &text));
    }
    until(&console, "shop", "grep=marked", 10).await;
    let damage = |folder: &Path| {
        let segment = files(folder, "zst").remove(0);
        let mut bytes = std::fs::read(&segment).expect("reads");
        bytes[1_000] ^= 0xff;
        std::fs::write(segment, bytes).expect("writes");
    };
    let console = console.restart(damage, small).await;
    let page = found(&console, "shop", "grep=marked").await;
    assert_eq!(page["damaged"], 1, "{page}");
    assert!((1..10).contains(&count(&page)), "the others are searched: {page}");
    assert_eq!(files(console.folder.path(), "damaged").len(), 1);
    let again = found(&console, "shop", "grep=marked").await;
    assert_eq!((&again["damaged"], count(&again)), (&Value::Null, count(&page)));
    let keeping = console.admin().get("/environments/local/apps/shop/logs/keeping").await.ok().await;
    assert_eq!(keeping["damaged"], 1, "{keeping}");
}

#[tokio::test]
async fn one_apps_flood_neither_slows_nor_evicts_anothers() {
    let small = |config: &mut server::config::Config| config.logs = LogSettings::new(4 << 20, 64 << 20, DAY);
    let console = Console::with(small).await;
    running(&console, "shop").await;
    running(&console, "flood").await;
    let now = SystemClock.now();
    for number in 0..100 {
        console.engine.push_log(key("shop"), line(at(now, number), &format!("quiet {number}")));
    }
    until(&console, "shop", "grep=quiet", 100).await;
    let engine = console.engine.clone();
    let flood = std::thread::spawn(move || {
        for number in 0..150_000 {
            engine.push_log(key("flood"), line(at(now, 0), &noise(number)));
        }
        engine.push_log(key("flood"), line(at(now, 0), "the flood is over"));
    });
    let (mut slowest, mut number) = (Duration::ZERO, 0);
    while count(&found(&console, "flood", "grep=the+flood+is+over").await) == 0 {
        assert!(number < 500, "the flood does not end");
        let began = Instant::now();
        console.engine.push_log(key("shop"), line(at(now, 1_000 + number), &format!("meanwhile-{number}-")));
        until(&console, "shop", &format!("grep=meanwhile-{number}-"), 1).await;
        slowest = slowest.max(began.elapsed());
        number += 1;
    }
    flood.join().expect("ends");
    assert!(slowest < Duration::from_secs(3), "a line of the quiet app took {slowest:?} to be found");
    assert_eq!(count(&found(&console, "shop", "grep=quiet").await), 100);
    let keeping = console.admin().get("/environments/local/apps/flood/logs/keeping").await.ok().await;
    let bytes = keeping["bytes"].as_u64().expect("bytes");
    assert!(bytes <= 4 << 20, "{keeping}");
    assert!(keeping["raw_bytes"].as_u64().expect("bytes") > bytes, "{keeping}");
}

/// Three segments at least, in small ones.
async fn filled(lines: u64) -> Console {
    let small = |config: &mut server::config::Config| config.logs = LogSettings::new(1 << 20, 8 << 20, DAY);
    let console = Console::with(small).await;
    running(&console, "shop").await;
    let now = SystemClock.now();
    for number in 0..lines {
        console.engine.push_log(key("shop"), line(at(now, 0), &noise(number)));
    }
    console.engine.push_log(key("shop"), line(at(now, 0), "the last"));
    until(&console, "shop", "grep=the+last", 1).await;
    console
}

#[tokio::test]
async fn who_takes_nothing_of_a_download_holds_up_no_search() {
    let console = filled(6_000).await;
    let (logs, caller) = (&console.running.ports.logs, model::permission::Caller::policy("test"));
    let download = || async { logs.download(&caller, &key("shop"), &model::log::LogSearch::default()).await };
    let mut open = Vec::new();
    for _ in 0..8 {
        open.push(download().await.expect("a download"));
    }
    let Err(refused) = download().await else { panic!("one too many") };
    assert_eq!(refused.code, ProblemCode::RateLimited);
    assert_eq!(count(&found(&console, "shop", "grep=the+last").await), 1);
    let lines = open.pop().expect("a stream").collect::<Vec<_>>().await;
    assert!(lines.iter().all(Result::is_ok));
    assert_eq!(lines.len(), 6_001, "what is taken late is whole");
    drop(open);
    let again = async {
        while download().await.is_err() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), again).await.expect("their places are free again");
}

#[tokio::test]
async fn the_page_says_what_is_wrong_and_finds_without_a_script() {
    let console = Console::empty().await;
    running(&console, "shop").await;
    let otto = console.operator().await;
    let page = async |query: &str| {
        let answer =
            send(otto.raw(Method::GET, &format!("/environments/local/apps/shop/logs?{query}"))).await;
        (answer.0.status().as_u16(), answer.text().await.replace("<!>", ""))
    };
    let (status, empty) = page("kept=yes").await;
    assert!(status == 200 && empty.contains("Nothing is kept yet"), "{status} {empty}");
    let now = SystemClock.now();
    console.engine.push_log(key("shop"), line(at(now, 0), "5 < 7 & <script>alert(1)</script>"));
    until(&console, "shop", "grep=script", 1).await;
    let (status, hit) = page("kept=yes&grep=SCRIPT%3E").await;
    assert!(status == 200 && hit.contains("<mark>script&gt;</mark>"), "{status} {hit}");
    assert!(!hit.contains("<script>alert"), "{hit}");
    let (status, bad) = page("kept=yes&grep=(&regex=yes&field=level").await;
    assert_eq!(status, 422, "{bad}");
    assert!(bad.contains("must be tests of fields"), "{bad}");
    let (status, bad) = page("kept=yes&grep=(&regex=yes").await;
    assert!(status == 422 && bad.contains("is not a regular expression: unclosed group"), "{status} {bad}");
    let (status, minute) = page(&format!("at={}", at(now, 0).as_millis())).await;
    assert!(status == 200 && minute.contains(r#"id="here""#), "{status} {minute}");
    let (status, gone) = page("around=77-0").await;
    assert!(status == 404 && gone.contains("There is no log line 77-0"), "{status} {gone}");
}

#[tokio::test]
async fn links_to_logs_elsewhere_are_checked_and_stay_where_they_are_left_out() {
    let console = Console::empty().await;
    let admin = console.admin();
    let before = admin.get("/environments/local").await.ok().await;
    let put = async |links: Value| {
        let mut body = json!({ "name": "local", "engine": before["engine"], "rules": before["rules"] });
        if !links.is_null() {
            body["log_links"] = links;
        }
        admin.put("/environments/local", body).await
    };
    let refused = put(json!([{ "name": "", "url": "https://{{app}}.example" }])).await;
    assert_eq!(refused.0.status(), 422);
    let refused: Value = refused.0.json().await.expect("a problem");
    let paths: Vec<&str> =
        refused["errors"].as_array().expect("errors").iter().filter_map(|e| e["path"].as_str()).collect();
    assert_eq!(paths, ["/log_links/0/name", "/log_links/0/url"]);
    let links = json!([{ "name": "Loki", "url": "https://loki.example/?app={{app}}&to={{until_ms}}" }]);
    assert_eq!(put(links.clone()).await.ok().await["log_links"], links);
    assert_eq!(put(Value::Null).await.ok().await["log_links"], links);
    running(&console, "shop").await;
    let otto = console.operator().await;
    let page = send(otto.raw(Method::GET, "/environments/local/apps/shop/logs")).await.text().await;
    assert!(page.contains("https://loki.example/?app=shop&amp;to="), "{page}");
    assert_eq!(put(json!([])).await.ok().await["log_links"], json!([]));
}
