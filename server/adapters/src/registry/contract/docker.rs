//! A real registry, `docker-registry` of Debian, in a folder of its own on a free port of this host.

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

/// How long it may take to start.
const PATIENCE: Duration = Duration::from_secs(20);
/// The account of [`Auth::Basic`].
pub const USER: &str = "robot";
pub const PASSWORD: &str = "a-password-that-must-not-leak";
/// [`USER`] and [`PASSWORD`] as `htpasswd -B` writes them.
const HTPASSWD: &str = "robot:$2y$05$abcdefghijklmnopqrstuuMPJnPsmhAc1SN1J0E.CkF/fxossGlp2\n";

/// What it asks for.
#[derive(Debug, Clone, Default)]
pub enum Auth {
    #[default]
    None,
    Basic,
    /// A token of the server at `realm`, signed by a key of `certificates`.
    Token {
        realm: String,
        service: String,
        issuer: String,
        certificates: String,
    },
}

#[derive(Debug, Clone, Default)]
pub struct Options {
    pub auth: Auth,
    /// Certificate and key in PEM form; without them it speaks plain HTTP.
    pub tls: Option<(String, String)>,
    /// Where it sends its notifications, with the value of their header `Authorization`.
    pub notify: Option<(String, String)>,
    /// A port that was free before; a new one when absent.
    pub port: Option<u16>,
}

/// Ends when dropped, with all that was pushed.
#[derive(Debug)]
pub struct DockerRegistry {
    child: Child,
    port: u16,
    tls: bool,
    _folder: TempDir,
}

/// Why there is none here, if there is none.
pub fn missing() -> Option<&'static str> {
    let there = std::env::var_os("PATH").is_some_and(|path| {
        std::env::split_paths(&path).any(|folder| folder.join("docker-registry").is_file())
    });
    (!there).then_some("`docker-registry` is not here; install docker-registry")
}

pub fn free_port() -> u16 {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    listener.local_addr().expect("an address").port()
}

impl DockerRegistry {
    /// Returns once it answers.
    pub async fn start(options: Options) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let port = options.port.unwrap_or_else(free_port);
        let path = folder.path().join("config.yml");
        std::fs::write(&path, configuration(&options, port, folder.path())).expect("written");
        let child = Command::new("docker-registry")
            .arg("serve")
            .arg(&path)
            .env("OTEL_TRACES_EXPORTER", "none")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("started");
        let mut registry = Self { child, port, tls: options.tls.is_some(), _folder: folder };
        let started = Instant::now();
        while tokio::net::TcpStream::connect(("127.0.0.1", port)).await.is_err() {
            let ended = registry.child.try_wait().expect("a child");
            assert!(ended.is_none(), "docker-registry ended: {ended:?}");
            assert!(started.elapsed() < PATIENCE, "docker-registry does not answer");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        registry
    }

    /// `127.0.0.1:5000`; by TLS `localhost:5000`, as that is whose certificate it shows.
    pub fn host(&self) -> String {
        format!("{}:{}", if self.tls { "localhost" } else { "127.0.0.1" }, self.port)
    }

    pub fn url(&self) -> String {
        format!("{}://{}", if self.tls { "https" } else { "http" }, self.host())
    }

    pub fn port(&self) -> u16 {
        self.port
    }
}

impl Drop for DockerRegistry {
    fn drop(&mut self) {
        // It has nothing to finish.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn configuration(options: &Options, port: u16, folder: &Path) -> String {
    let place = |name: &str, text: &str| {
        let path = folder.join(name);
        std::fs::write(&path, text).expect("written");
        path.display().to_string()
    };
    let mut parts = vec![format!(
        "version: 0.1\nlog: {{ level: error, accesslog: {{ disabled: true }} }}\n\
         storage: {{ filesystem: {{ rootdirectory: {} }}, delete: {{ enabled: true }} }}\n\
         http:\n  addr: 127.0.0.1:{port}\n",
        folder.join("data").display()
    )];
    if let Some((certificate, key)) = &options.tls {
        let (certificate, key) = (place("certificate.pem", certificate), place("key.pem", key));
        parts.push(format!("  tls: {{ certificate: {certificate}, key: {key} }}\n"));
    }
    match &options.auth {
        Auth::None => {}
        Auth::Basic => {
            let path = place("htpasswd", HTPASSWD);
            parts.push(format!("auth: {{ htpasswd: {{ realm: test, path: {path} }} }}\n"));
        }
        Auth::Token { realm, service, issuer, certificates } => {
            let path = place("issuers.pem", certificates);
            parts.push(format!(
                "auth: {{ token: {{ realm: \"{realm}\", service: {service}, issuer: {issuer}, rootcertbundle: {path} }} }}\n"
            ));
        }
    }
    if let Some((url, secret)) = &options.notify {
        parts.push(format!(
            "notifications:\n  endpoints:\n    - name: console\n      url: {url}\n      \
             headers: {{ Authorization: [\"{secret}\"] }}\n      timeout: 2s\n      threshold: 3\n      backoff: 1s\n"
        ));
    }
    parts.concat()
}
