//! Real daemons for tests, each a host of its own: network, processes and mounts in namespaces, one bridge between them.
//!
//! A guardian holds them and takes everything away when its input ends, which it does however this process ends.

use std::io::{BufRead as _, BufReader, Write as _};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use adapters::engine::docker::Endpoint;
use bollard::{API_DEFAULT_VERSION, Docker};

const NEEDS: [&str; 8] =
    ["dockerd", "containerd", "ip", "iptables", "nsenter", "unshare", "busybox", "docker-registry"];

/// Why there can be no daemons here.
pub fn missing() -> Option<String> {
    if !nix::unistd::geteuid().is_root() {
        return Some("daemons need root".to_owned());
    }
    let path = std::env::var("PATH").unwrap_or_default();
    let places: Vec<&Path> = path
        .split(':')
        .chain(["/usr/sbin", "/sbin"])
        .filter(|place| !place.is_empty())
        .map(Path::new)
        .collect();
    let absent = NEEDS.iter().find(|program| !places.iter().any(|place| place.join(program).exists()));
    absent.map(|program| format!("{program} is not here"))
}

/// Some nodes on one network. Ends them when it is dropped, or with the process.
pub struct Hosts {
    folder: PathBuf,
    /// First three numbers of their network.
    network: String,
    guardian: Child,
    words: Mutex<Option<ChildStdin>>,
}

impl Hosts {
    /// Starts `count` nodes whose daemons have these flags, and waits until they answer.
    pub async fn start(count: usize, flags: &str) -> Self {
        Self::start_with(count, |_| flags.to_owned()).await
    }

    /// One node with a disk of that size, such as `64m`.
    pub async fn with_disk(size: &str) -> Self {
        Self::begin(1, |_| String::new(), Some(size)).await
    }

    /// The same, where the flags depend on the first three numbers of the network.
    pub async fn start_with(count: usize, flags: impl FnOnce(&str) -> String) -> Self {
        Self::begin(count, flags, None).await
    }

    async fn begin(count: usize, flags: impl FnOnce(&str) -> String, disk: Option<&str>) -> Self {
        static STARTED: std::sync::atomic::AtomicU32 = std::sync::atomic::AtomicU32::new(0);
        let number = STARTED.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let pid = std::process::id();
        // Names of links are short, and networks few: by the process, which no other test run shares at this moment.
        let mark = format!("{:x}{number}", pid & 0xffff);
        let network = format!("10.{}.{}", 200 + number % 40, pid % 250);
        let folder = std::env::temp_dir().join(format!("qd-hosts-{pid}-{number}"));
        std::fs::create_dir_all(&folder).expect("a folder");
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/engines/docker/guardian.sh");
        let flags = format!("--insecure-registry {network}.0/24 {}", flags(&network));
        let mut command = Command::new("sh");
        command.arg(script).arg(&folder).args([&mark, &network, &count.to_string(), &flags]);
        command.envs(disk.map(|size| ("QD_DISK", size)));
        // Not in the terminal's group: a Ctrl-C must not end it before it has cleaned.
        command.process_group(0).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut guardian = command.spawn().expect("a guardian");
        let mut line = String::new();
        let output = guardian.stdout.take().expect("piped");
        BufReader::new(output).read_line(&mut line).expect("a word");
        assert_eq!(line.trim(), "ready", "the guardian could not make the nodes");
        let words = Mutex::new(guardian.stdin.take());
        let hosts = Self { folder, network, guardian, words };
        for node in 1..=count {
            hosts.until_up(node).await;
        }
        hosts
    }

    pub fn socket(&self, node: usize) -> PathBuf {
        self.folder.join(format!("{node}/docker.sock"))
    }

    pub fn endpoint(&self, node: usize) -> Endpoint {
        Endpoint { url: format!("unix://{}", self.socket(node).display()), tls: None }
    }

    pub fn address(&self, node: usize) -> String {
        format!("{}.1{node}", self.network)
    }

    /// Where the nodes reach this process.
    pub fn gateway(&self) -> String {
        format!("{}.1", self.network)
    }

    async fn answers(&self, node: usize) -> bool {
        let path = self.socket(node);
        let path = path.to_str().expect("a path");
        match Docker::connect_with_unix(path, 60, API_DEFAULT_VERSION) {
            Ok(client) => client.ping().await.is_ok(),
            // There is no socket yet.
            Err(_) => false,
        }
    }

    /// A client that speaks the daemon's version.
    pub async fn negotiated(&self, node: usize) -> Docker {
        let path = self.socket(node);
        let path = path.to_str().expect("a path");
        let client = Docker::connect_with_unix(path, 60, API_DEFAULT_VERSION).expect("a client");
        client.negotiate_version().await.expect("an answer")
    }

    /// `start`, `end`, `kill` or `reboot`.
    pub fn tell(&self, node: usize, word: &str) {
        let mut words = self.words.lock().unwrap_or_else(PoisonError::into_inner);
        writeln!(words.as_mut().expect("open"), "{node} {word}").expect("told");
    }

    pub async fn until_up(&self, node: usize) {
        let deadline = Instant::now() + Duration::from_secs(30);
        while !self.answers(node).await {
            assert!(Instant::now() < deadline, "the daemon does not come up:\n{}", self.log(node));
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    pub async fn until_down(&self, node: usize) {
        let deadline = Instant::now() + Duration::from_secs(30);
        while self.answers(node).await {
            assert!(Instant::now() < deadline, "the daemon does not end");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// The end of a daemon's own log.
    fn log(&self, node: usize) -> String {
        let text = std::fs::read_to_string(self.folder.join(format!("{node}/log"))).unwrap_or_default();
        let lines: Vec<&str> = text.lines().collect();
        lines[lines.len().saturating_sub(20)..].join("\n")
    }
}

impl Drop for Hosts {
    fn drop(&mut self) {
        *self.words.lock().unwrap_or_else(PoisonError::into_inner) = None;
        let _ = self.guardian.wait();
    }
}
