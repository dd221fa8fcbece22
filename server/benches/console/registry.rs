//! A repository of 5,000 tags at a real registry: read the first time, and opened after that.

use std::path::Path;
use std::time::{Duration, Instant};

use adapters::registry::contract::docker::{self, DockerRegistry, Options};
use adapters::registry::contract::push::{Image, Pusher};
use reqwest::Method;
use serde_json::json;

use crate::console::Console;
use crate::report::{self, Report};

const TAGS: usize = 5_000;
const LIMIT: Duration = Duration::from_mins(10);

pub async fn measure(binary: &Path, report: &mut Report) {
    if let Some(reason) = docker::missing() {
        report.add("tags of a registry", format!("not measured: {reason}"), "", "");
        return;
    }
    let registry = DockerRegistry::start(Options::default()).await;
    let pusher = Pusher::new(&registry.url());
    // One after the other: the registry loses writes to one repository that come at once.
    for tag in 0..TAGS {
        let image =
            Image::of("amd64").label("org.opencontainers.image.revision", &format!("{:07x}", tag / 10));
        pusher.push("shop/api", &format!("1.{tag}.0"), &image).await;
    }
    let mut console = Console::new(binary);
    console.start().await;
    let begun = Instant::now();
    console.post("/api/v1/registries", &json!({ "name": "hub", "url": registry.url(), "poll": "1h" })).await;
    let path = "/api/v1/registries/hub/repositories";
    while console.get(path).await["items"][0]["synced_at"].is_null() {
        assert!(begun.elapsed() < LIMIT, "{}", console.log());
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    report.add(
        "5,000 tags read the first time",
        format!("{:.1} s", begun.elapsed().as_secs_f64()),
        "",
        "in the background, of a real registry on the same machine: 500 images, their digests, sizes and labels",
    );
    let tags = format!("{path}/shop/api/tags?limit=100");
    let mut times = Vec::new();
    for _ in 0..100 {
        let asked = Instant::now();
        let answer = console.request(Method::GET, &tags).send().await.expect("an answer");
        assert!(answer.status().is_success(), "{tags}: {}", answer.status());
        answer.bytes().await.expect("all of it");
        times.push(asked.elapsed());
    }
    report.add(
        "the newest 100 of 5,000 tags by the API",
        report::spread(&mut times),
        "under 100 ms",
        "100 times, over loopback",
    );
}
