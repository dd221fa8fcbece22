//! A service of a real swarm scaled and updated by the console, next to `docker service` doing the same to one of its own
//! at the same daemon.

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use reqwest::Method;
use serde_json::json;

use crate::console::Console;
use crate::report::{self, Report};

const NETWORK: &str = "10.159.77";
const LIMIT: Duration = Duration::from_mins(3);
const SCALE_TO: usize = 20;
const UPDATE: usize = 10;
const ROUNDS: usize = 3;
const IMAGES: [&str; 2] = ["qd/bench:1", "qd/bench:2"];
const THEIRS: &str = "theirs";
const APP: &str = "ours";

pub async fn measure(binary: &Path, report: &mut Report) {
    let Some(swarm) = Swarm::start().await else {
        report.add("scale and update on a swarm", "not measured: Docker's daemon is not here", "", "");
        return;
    };
    let mut console = Console::new(binary);
    console.start().await;
    let environment = json!({
        "name": "swarm",
        "engine": { "kind": "swarm", "endpoint": swarm.endpoint() },
        "rules": {},
    });
    console.post("/api/v1/environments", &environment).await;
    let mut ours = (Vec::new(), Vec::new());
    let mut theirs = (Vec::new(), Vec::new());
    // In turns, so that what the machine does meanwhile meets both.
    for _ in 0..ROUNDS {
        theirs.0.push(swarm.scaled().await);
        theirs.1.push(swarm.updated().await);
        ours.0.push(scaled(&console, &swarm).await);
        ours.1.push(updated(&console, &swarm).await);
    }
    report.add(
        "swarm: scale 1 → 20 by the console, all run",
        report::spread(&mut ours.0),
        "within 5 % of the engine",
        "from the request until the swarm itself says that 20 tasks run; 3 times, in turns with the next",
    );
    report.add(
        "swarm: the same by `docker service scale`",
        report::spread(&mut theirs.0),
        "",
        "same daemon, same image and command",
    );
    report.add(
        "swarm: rolling update of 10 by the console",
        report::spread(&mut ours.1),
        "within 5 % of the engine",
        "`ready_after` 0s, as Docker has it, one more at a time, none fewer; until 10 tasks of the new image and none of the old run; 3 times, in turns with the next",
    );
    report.add(
        "swarm: the same by `docker service update`",
        report::spread(&mut theirs.1),
        "",
        "`--update-order start-first --update-parallelism 1`",
    );
}

fn definition(image: &str, instances: usize) -> serde_json::Value {
    json!({
        "image": image,
        "command": ["sleep", "100000"],
        "instances": instances,
        "resources": { "cpus": 0.01, "memory_mb": 8 },
        "stop": { "signal": "SIGKILL", "grace": "1s" },
        // To Docker a task without a check counts as soon as it runs.
        "ready_after": "0s",
        "strategy": { "kind": "rolling", "max_surge": 1, "max_unavailable": 0, "progress_deadline": "5m" },
    })
}

async fn settled(console: &Console) {
    let begun = Instant::now();
    loop {
        let app = console.get(&format!("/api/v1/environments/swarm/apps/{APP}")).await;
        if app["deployment"].is_null() && app["instances"]["healthy"] == app["instances"]["wanted"] {
            return;
        }
        assert!(begun.elapsed() < LIMIT, "{app:#}\n{}", console.log());
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

async fn scaled(console: &Console, swarm: &Swarm) -> Duration {
    let body = json!({ "name": APP, "definition": definition(IMAGES[0], 1), "reason": "benchmark" });
    console.post("/api/v1/environments/swarm/apps", &body).await;
    settled(console).await;
    let begun = Instant::now();
    let body = json!({ "instances": SCALE_TO, "reason": "benchmark" });
    console.post(&format!("/api/v1/environments/swarm/apps/{APP}/scale"), &body).await;
    swarm.until(&format!("swarm-{APP}-"), IMAGES[0], SCALE_TO, begun).await
}

async fn updated(console: &Console, swarm: &Swarm) -> Duration {
    settled(console).await;
    let path = format!("/api/v1/environments/swarm/apps/{APP}");
    let scale = json!({ "instances": UPDATE, "reason": "benchmark" });
    console.post(&format!("{path}/scale"), &scale).await;
    settled(console).await;
    swarm.until(&format!("swarm-{APP}-"), IMAGES[0], UPDATE, Instant::now()).await;
    let begun = Instant::now();
    let body = json!({ "definition": definition(IMAGES[1], UPDATE), "reason": "benchmark" });
    let (status, answer) = console.ask(Method::PUT, &path, Some(&body), None).await.expect("an answer");
    assert!(status.is_success(), "{status} {answer}");
    let time = swarm.until(&format!("swarm-{APP}-"), IMAGES[1], UPDATE, begun).await;
    settled(console).await;
    let end = json!({ "reason": "benchmark" });
    console.ask(Method::DELETE, &path, Some(&end), None).await.expect("an answer");
    while !swarm.services().is_empty() {
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    time
}

/// One node in namespaces of its own.
struct Swarm {
    folder: tempfile::TempDir,
    guardian: Child,
}

impl Swarm {
    async fn start() -> Option<Self> {
        Command::new("dockerd").arg("--version").stdout(Stdio::null()).status().ok()?;
        let folder = tempfile::tempdir().expect("a folder");
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("adapters/tests/engines/docker/guardian.sh");
        let mut guardian = Command::new("sh")
            .arg(script)
            .arg(folder.path().join("hosts"))
            .args(["b0", NETWORK, "1", ""])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("a guardian");
        let mut line = String::new();
        BufReader::new(guardian.stdout.take().expect("piped")).read_line(&mut line).expect("a word");
        assert_eq!(line.trim(), "ready", "the guardian could not make the node");
        let swarm = Self { folder, guardian };
        let begun = Instant::now();
        while !swarm.docker(&["version"]).0 {
            assert!(begun.elapsed() < LIMIT, "the daemon does not answer");
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        let address = format!("{NETWORK}.11");
        swarm.run(&[
            "swarm",
            "init",
            "--listen-addr",
            &format!("{address}:2377"),
            "--advertise-addr",
            &address,
        ]);
        swarm.bring();
        Some(swarm)
    }

    fn socket(&self) -> PathBuf {
        self.folder.path().join("hosts/1/docker.sock")
    }

    fn endpoint(&self) -> String {
        format!("unix://{}", self.socket().display())
    }

    fn docker(&self, words: &[&str]) -> (bool, String) {
        let output =
            Command::new("docker").arg("-H").arg(self.endpoint()).args(words).output().expect("docker");
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        (
            output.status.success(),
            if output.status.success() { text } else { String::from_utf8_lossy(&output.stderr).into_owned() },
        )
    }

    fn run(&self, words: &[&str]) -> String {
        let (done, text) = self.docker(words);
        assert!(done, "docker {words:?}: {text}");
        text
    }

    /// Two images that differ in nothing but their name.
    fn bring(&self) {
        let root = self.folder.path().join("root");
        std::fs::create_dir_all(root.join("bin")).expect("a folder");
        std::fs::copy("/bin/busybox", root.join("bin/sleep")).expect("busybox-static");
        let archive = self.folder.path().join("image.tar");
        let packed = Command::new("tar").arg("-cf").arg(&archive).arg("-C").arg(&root).arg(".").status();
        assert!(packed.is_ok_and(|status| status.success()), "tar");
        for (number, image) in IMAGES.iter().enumerate() {
            let label = format!("LABEL number={number}");
            self.run(&[
                "import",
                "--change",
                "ENV PATH=/bin",
                "--change",
                &label,
                &archive.to_string_lossy(),
                image,
            ]);
        }
    }

    fn services(&self) -> String {
        self.run(&["service", "ls", "--quiet"])
    }

    /// Waits until that many tasks of an image run in the services of a name, and no other.
    async fn until(&self, name: &str, image: &str, count: usize, begun: Instant) -> Duration {
        let format = "{{.Name}} {{.Image}} {{.CurrentState}}";
        let filter = format!("name={name}");
        loop {
            let services = self.run(&["service", "ls", "--quiet", "--filter", &filter]);
            let mut words = vec!["service", "ps", "--filter", "desired-state=running", "--format", format];
            words.extend(services.lines());
            // A service may go between the two questions.
            let (done, text) = if words.len() > 6 { self.docker(&words) } else { (false, String::new()) };
            let all = text.lines().count();
            let as_wanted =
                text.lines().filter(|line| line.contains(image) && line.contains(" Running ")).count();
            if done && all == count && as_wanted == count {
                return begun.elapsed();
            }
            assert!(begun.elapsed() < LIMIT, "{name}: {text}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    async fn scaled(&self) -> Duration {
        self.run(&[
            "service",
            "create",
            "--detach",
            "--name",
            THEIRS,
            "--replicas",
            "1",
            "--limit-cpu",
            "0.01",
            "--limit-memory",
            "8m",
            "--stop-grace-period",
            "1s",
            "--stop-signal",
            "SIGKILL",
            "--update-order",
            "start-first",
            "--update-parallelism",
            "1",
            "--no-resolve-image",
            IMAGES[0],
            "sleep",
            "100000",
        ]);
        self.until(THEIRS, IMAGES[0], 1, Instant::now()).await;
        let begun = Instant::now();
        self.run(&["service", "scale", "--detach", &format!("{THEIRS}={SCALE_TO}")]);
        self.until(THEIRS, IMAGES[0], SCALE_TO, begun).await
    }

    async fn updated(&self) -> Duration {
        self.run(&["service", "scale", "--detach", &format!("{THEIRS}={UPDATE}")]);
        self.until(THEIRS, IMAGES[0], UPDATE, Instant::now()).await;
        let begun = Instant::now();
        self.run(&["service", "update", "--detach", "--no-resolve-image", "--image", IMAGES[1], THEIRS]);
        let time = self.until(THEIRS, IMAGES[1], UPDATE, begun).await;
        self.run(&["service", "rm", THEIRS]);
        time
    }
}

impl Drop for Swarm {
    fn drop(&mut self) {
        // It takes everything away when its input ends.
        drop(self.guardian.stdin.take());
        let _ = self.guardian.wait();
    }
}
