//! Settings of the console: flag before environment before `DIR/quarterdeck.toml` before default.

use std::net::{IpAddr, SocketAddr};
use std::num::NonZero;
use std::path::{Path, PathBuf};
use std::time::Duration;

use adapters::metrics::MetricLimits;
use clap::{Args, ValueEnum};
use model::duration::Span;
use model::environment::{DOCKER_SOCKET, TlsFiles};
use model::registry::Address;
use serde::Deserialize;
use thiserror::Error;

use crate::logs::LogSettings;
use crate::metrics::statsd::StatsdSetting;

/// Name of the settings file in the data folder.
pub const FILE_NAME: &str = "quarterdeck.toml";
const DEFAULT_DATA_DIR: &str = "quarterdeck-data";
const DEFAULT_LISTEN: &str = "127.0.0.1:3000";
const DEFAULT_RETENTION: Duration = Duration::from_hours(15 * 24);
const DEFAULT_ARTIFACT_MB: u64 = 1_024;
const DEFAULT_APP_LOGS_MB: u32 = 256;
const DEFAULT_APP_LOGS_TOTAL_MB: u32 = 4_096;
const DEFAULT_METRICS_MB: u32 = 4_096;

#[derive(Debug, Error)]
pub enum ConfigError {
    #[error("{} cannot be read: {source}", path.display())]
    Unreadable { path: PathBuf, source: std::io::Error },
    #[error("{}: {message}", path.display())]
    Invalid { path: PathBuf, message: String },
    #[error("the data folder {} cannot be made: {source}", path.display())]
    DataDir { path: PathBuf, source: std::io::Error },
}

/// Where the data is; every subcommand that touches it takes these.
#[derive(Debug, Clone, Default, Args)]
pub struct DataOptions {
    /// Folder for everything the console keeps.
    #[arg(long, env = "QUARTERDECK_DATA_DIR", value_name = "DIR")]
    pub data_dir: Option<PathBuf>,
    /// Database: sqlite:PATH or postgres://USER:PASSWORD@HOST/NAME [default: SQLite in the data folder]
    #[arg(long, env = "QUARTERDECK_DATABASE_URL", hide_env_values = true, value_name = "URL")]
    pub database_url: Option<String>,
}

/// Flags of `quarterdeck serve`; each also as `QUARTERDECK_...` and as a key of the settings file.
#[derive(Debug, Clone, Default, Args)]
pub struct ServeOptions {
    #[command(flatten)]
    pub data: DataOptions,
    /// Address and port to serve on; port 0 lets the system choose [default: 127.0.0.1:3000]
    #[arg(long, env = "QUARTERDECK_LISTEN", value_name = "ADDRESS:PORT")]
    pub listen: Option<SocketAddr>,
    /// Where people reach the console, such as https://quarterdeck.example; without it messages carry no links
    #[arg(long, env = "QUARTERDECK_PUBLIC_URL", value_name = "URL")]
    pub public_url: Option<PublicUrl>,
    /// Address of a reverse proxy whose X-Forwarded-For and X-Forwarded-Proto are believed
    #[arg(long, env = "QUARTERDECK_TRUSTED_PROXY", value_name = "ADDRESS", value_delimiter = ',')]
    pub trusted_proxy: Option<Vec<IpAddr>>,
    /// How long measurements are kept, such as 15d [default: 15d]
    #[arg(long, env = "QUARTERDECK_METRICS_RETENTION", value_name = "DURATION")]
    pub metrics_retention: Option<Span>,
    /// Bytes on disk for measurements, in MiB [default: 4096]
    #[arg(long, env = "QUARTERDECK_METRICS_MB", value_name = "MIB")]
    pub metrics_mb: Option<NonZero<u32>>,
    /// Bytes on disk for the kept log lines of one app, in MiB [default: 256]
    #[arg(long, env = "QUARTERDECK_APP_LOGS_MB", value_name = "MIB")]
    pub app_logs_mb: Option<NonZero<u32>>,
    /// The same for those of all apps together [default: 4096]
    #[arg(long, env = "QUARTERDECK_APP_LOGS_TOTAL_MB", value_name = "MIB")]
    pub app_logs_total_mb: Option<NonZero<u32>>,
    /// How long log lines of apps are kept, such as 15d [default: 15d]
    #[arg(long, env = "QUARTERDECK_APP_LOGS_RETENTION", value_name = "DURATION")]
    pub app_logs_retention: Option<Span>,
    /// Address and UDP port to receive StatsD on; port 0 lets the system choose, off switches it off [default: 127.0.0.1:0]
    #[arg(long, env = "QUARTERDECK_STATSD", value_name = "ADDRESS:PORT")]
    pub statsd: Option<StatsdSetting>,
    /// Largest artifact that can be uploaded, in MiB [default: 1024]
    #[arg(long, env = "QUARTERDECK_ARTIFACT_LIMIT_MB", value_name = "MIB")]
    pub artifact_limit_mb: Option<u64>,
    /// Whether the first start looks for a Docker daemon to make an environment for [default: auto]
    #[arg(long, env = "QUARTERDECK_DOCKER", value_name = "WHETHER")]
    pub docker: Option<DockerLook>,
    /// Form of the log lines [default: text]
    #[arg(long, env = "QUARTERDECK_LOG_FORMAT", value_name = "FORM")]
    pub log_format: Option<LogFormat>,
    /// What is logged, such as info or server=debug,warn [default: info]
    #[arg(long, env = "QUARTERDECK_LOG", value_name = "FILTER")]
    pub log: Option<String>,
    /// An administrator's token for automation; by environment or file only, since others see a command line.
    #[arg(skip = admin_token_from_environment())]
    pub admin_token: Option<String>,
    /// The key that secrets are sealed with; by environment or file only, for the same reason.
    #[arg(skip = secret_key_from_environment())]
    pub secret_key: Option<String>,
}

fn admin_token_from_environment() -> Option<String> {
    std::env::var("QUARTERDECK_ADMIN_TOKEN").ok().filter(|token| !token.is_empty())
}

fn secret_key_from_environment() -> Option<String> {
    std::env::var("QUARTERDECK_SECRET_KEY").ok().filter(|key| !key.is_empty())
}

/// A web address without a slash at the end, a query or a name and password.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct PublicUrl(String);

impl std::str::FromStr for PublicUrl {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const WRONG: &str = "must be a web address such as https://quarterdeck.example";
        let text = text.trim();
        let plain = |c: char| c.is_ascii_graphic() && !"?#@\\\"<>|".contains(c);
        match Address::with_path(text) {
            Some(_) if text.chars().all(plain) => Ok(Self(text.trim_end_matches('/').to_owned())),
            _ => Err(WRONG),
        }
    }
}

impl TryFrom<String> for PublicUrl {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

/// Whether the first start looks for Docker.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DockerLook {
    /// Where DOCKER_HOST says, else at the usual socket.
    #[default]
    Auto,
    Off,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LogFormat {
    #[default]
    Text,
    Json,
}

/// The settings file. A key that is not here is refused by name.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    listen: Option<SocketAddr>,
    public_url: Option<PublicUrl>,
    database_url: Option<String>,
    trusted_proxy: Option<Vec<IpAddr>>,
    metrics_retention: Option<Span>,
    metrics_mb: Option<NonZero<u32>>,
    app_logs_mb: Option<NonZero<u32>>,
    app_logs_total_mb: Option<NonZero<u32>>,
    app_logs_retention: Option<Span>,
    statsd: Option<StatsdSetting>,
    artifact_limit_mb: Option<u64>,
    docker: Option<DockerLook>,
    log_format: Option<LogFormat>,
    log: Option<String>,
    admin_token: Option<String>,
    secret_key: Option<String>,
}

/// Where a Docker daemon may be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DockerPlace {
    pub endpoint: String,
    pub tls: Option<TlsFiles>,
}

/// Settings with everything decided.
#[derive(Clone)]
pub struct Config {
    pub listen: SocketAddr,
    /// Where people reach the console, without a slash at the end.
    pub public_url: Option<String>,
    pub data_dir: PathBuf,
    pub database_url: String,
    pub trusted_proxy: Vec<IpAddr>,
    pub metrics: MetricLimits,
    /// How much of the apps' logs is kept.
    pub logs: LogSettings,
    pub statsd: StatsdSetting,
    /// Bytes.
    pub artifact_limit: u64,
    /// Where the first start looks for a Docker daemon.
    pub docker: Option<DockerPlace>,
    pub log_format: LogFormat,
    pub log: String,
    pub admin_token: Option<String>,
    /// `None`: that of the data folder.
    pub secret_key: Option<String>,
}

impl Config {
    /// Makes the data folder when it is absent, so that its settings file can be looked for.
    pub fn load(options: ServeOptions) -> Result<Self, ConfigError> {
        let data_dir = options.data.data_dir.unwrap_or_else(|| PathBuf::from(DEFAULT_DATA_DIR));
        let data_dir = prepare(&data_dir)?;
        let file = read(&data_dir.join(FILE_NAME))?;
        let database_url = options.data.database_url.or(file.database_url);
        let listen = options.listen.or(file.listen);
        Ok(Self {
            listen: match listen {
                Some(address) => address,
                None => DEFAULT_LISTEN.parse().map_err(|_| ConfigError::Invalid {
                    path: data_dir.join(FILE_NAME),
                    message: "there is no default address".to_owned(),
                })?,
            },
            public_url: options.public_url.or(file.public_url).map(|url| url.0),
            database_url: database_url
                .unwrap_or_else(|| format!("sqlite:{}", data_dir.join("quarterdeck.db").display())),
            trusted_proxy: options.trusted_proxy.or(file.trusted_proxy).unwrap_or_default(),
            metrics: MetricLimits {
                age: options
                    .metrics_retention
                    .or(file.metrics_retention)
                    .map_or(DEFAULT_RETENTION, Span::duration),
                bytes: bytes(options.metrics_mb.or(file.metrics_mb), DEFAULT_METRICS_MB),
            },
            logs: LogSettings::new(
                bytes(options.app_logs_mb.or(file.app_logs_mb), DEFAULT_APP_LOGS_MB),
                bytes(options.app_logs_total_mb.or(file.app_logs_total_mb), DEFAULT_APP_LOGS_TOTAL_MB),
                options
                    .app_logs_retention
                    .or(file.app_logs_retention)
                    .map_or(DEFAULT_RETENTION, Span::duration),
            ),
            statsd: options.statsd.or(file.statsd).unwrap_or_default(),
            artifact_limit: options
                .artifact_limit_mb
                .or(file.artifact_limit_mb)
                .unwrap_or(DEFAULT_ARTIFACT_MB)
                .saturating_mul(1_024 * 1_024),
            docker: match options.docker.or(file.docker).unwrap_or_default() {
                DockerLook::Auto => Some(docker_of(|name| std::env::var(name).ok())),
                DockerLook::Off => None,
            },
            log_format: options.log_format.or(file.log_format).unwrap_or_default(),
            log: options.log.or(file.log).unwrap_or_else(|| "info".to_owned()),
            admin_token: options.admin_token.or(file.admin_token),
            secret_key: options.secret_key.or(file.secret_key),
            data_dir,
        })
    }
}

fn bytes(mebibytes: Option<NonZero<u32>>, default: u32) -> u64 {
    u64::from(mebibytes.map_or(default, NonZero::get)) << 20
}

/// Where Docker's own command line would look.
fn docker_of(variable: impl Fn(&str) -> Option<String>) -> DockerPlace {
    let given = |name: &str| variable(name).filter(|value| !value.is_empty());
    let endpoint = given("DOCKER_HOST").unwrap_or_else(|| DOCKER_SOCKET.to_owned());
    let folder = given("DOCKER_CERT_PATH").filter(|_| given("DOCKER_TLS_VERIFY").is_some());
    let tls = folder.filter(|_| endpoint.starts_with("tcp://")).map(|folder| {
        let file = |name: &str| format!("{folder}/{name}");
        TlsFiles { ca: file("ca.pem"), certificate: file("cert.pem"), key: file("key.pem") }
    });
    DockerPlace { endpoint, tls }
}

/// Makes the folder, readable for its owner only, and returns its whole path.
fn prepare(data_dir: &Path) -> Result<PathBuf, ConfigError> {
    use std::os::unix::fs::DirBuilderExt;
    let failed = |source| ConfigError::DataDir { path: data_dir.to_owned(), source };
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(data_dir).map_err(failed)?;
    data_dir.canonicalize().map_err(failed)
}

fn read(path: &Path) -> Result<File, ConfigError> {
    match std::fs::read_to_string(path) {
        Ok(text) => toml::from_str(&text).map_err(|error| ConfigError::Invalid {
            path: path.to_owned(),
            message: sentence(&text, &error),
        }),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(File::default()),
        Err(source) => Err(ConfigError::Unreadable { path: path.to_owned(), source }),
    }
}

/// One line for a mistake in the file, without the line's content: it may hold a password.
fn sentence(text: &str, error: &toml::de::Error) -> String {
    let line = error.span().map(|span| text.get(..span.start).unwrap_or_default().matches('\n').count() + 1);
    let message = error.message().lines().next().unwrap_or("not readable");
    line.map_or_else(|| message.to_owned(), |line| format!("line {line}: {message}"))
}

/// A database URL that may be shown: `postgres://anna:...@db/quarterdeck`.
pub fn without_password(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else { return url.to_owned() };
    let (authority, path) = rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()));
    let path = path.split('?').next().unwrap_or_default();
    match authority.rsplit_once('@') {
        Some((who, host)) => {
            let name = who.split(':').next().unwrap_or_default();
            format!("{scheme}://{name}:...@{host}{path}")
        }
        None => format!("{scheme}://{authority}{path}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options(data_dir: &Path) -> ServeOptions {
        let data = DataOptions { data_dir: Some(data_dir.to_owned()), database_url: None };
        ServeOptions { data, ..ServeOptions::default() }
    }

    #[test]
    fn docker_is_looked_for_where_its_command_line_would() {
        let with = |set: &[(&str, &str)]| {
            docker_of(|name| set.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned()))
        };
        assert_eq!(with(&[]), DockerPlace { endpoint: DOCKER_SOCKET.to_owned(), tls: None });
        let socket =
            with(&[("DOCKER_HOST", "unix:///run/user/1000/docker.sock"), ("DOCKER_TLS_VERIFY", "1")]);
        assert_eq!(socket.endpoint, "unix:///run/user/1000/docker.sock");
        let build = with(&[
            ("DOCKER_HOST", "tcp://build:2376"),
            ("DOCKER_TLS_VERIFY", "1"),
            ("DOCKER_CERT_PATH", "/certs"),
        ]);
        assert_eq!(build.endpoint, "tcp://build:2376");
        assert_eq!(build.tls.map(|files| files.key), Some("/certs/key.pem".to_owned()));
        let folder = tempfile::tempdir().expect("a folder");
        let off = ServeOptions { docker: Some(DockerLook::Off), ..options(folder.path()) };
        assert_eq!(Config::load(off).expect("a config").docker, None);
    }

    #[test]
    fn flags_go_before_the_file_and_the_file_before_defaults() {
        let folder = tempfile::tempdir().expect("a folder");
        let text = "listen = \"127.0.0.1:4000\"\nmetrics_retention = \"2d\"\nmetrics_mb = 8\napp_logs_mb = 16\napp_logs_retention = \"3d\"\n";
        std::fs::write(folder.path().join(FILE_NAME), text).expect("a file");
        let listen = "127.0.0.1:5000".parse().ok();
        let config = Config::load(ServeOptions { listen, ..options(folder.path()) }).expect("a config");
        assert_eq!(config.listen.port(), 5000);
        assert_eq!(config.metrics, MetricLimits { age: Duration::from_hours(2 * 24), bytes: 8 << 20 });
        assert_eq!(config.artifact_limit, 1_024 * 1_024 * 1_024);
        assert_eq!(config.logs, LogSettings::new(16 << 20, 4 << 30, Duration::from_hours(3 * 24)));
        assert!(config.database_url.starts_with("sqlite:/"), "{}", config.database_url);
    }

    #[test]
    fn the_address_for_links_has_no_slash_at_the_end() {
        let folder = tempfile::tempdir().expect("a folder");
        let given = |text: &str| text.parse::<PublicUrl>();
        let with = |url| ServeOptions { public_url: Some(url), ..options(folder.path()) };
        let config =
            Config::load(with(given("https://q.example/deck/").expect("an address"))).expect("a config");
        assert_eq!(config.public_url.as_deref(), Some("https://q.example/deck"));
        for wrong in [
            "q.example",
            "ftp://q.example",
            "https://q.example/?a",
            "https://a:b@q.example",
            "https://q.example/ a",
        ] {
            assert!(given(wrong).is_err(), "{wrong}");
        }
        std::fs::write(folder.path().join(FILE_NAME), "public_url = \"q.example\"\n").expect("a file");
        let Err(error) = Config::load(options(folder.path())) else { panic!("must be refused") };
        assert!(error.to_string().contains("web address"), "{error}");
    }

    #[test]
    fn an_unknown_key_is_refused_by_name() {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::write(folder.path().join(FILE_NAME), "\nlissten = \"x\"\n").expect("a file");
        let Err(error) = Config::load(options(folder.path())) else { panic!("must be refused") };
        let text = error.to_string();
        assert!(text.contains("lissten") && text.contains("line 2"), "{text}");
    }

    #[test]
    fn a_mistake_in_the_file_does_not_repeat_its_secrets() {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::write(folder.path().join(FILE_NAME), "admin_token = \"geheim\" x\n").expect("a file");
        let Err(error) = Config::load(options(folder.path())) else { panic!("must be refused") };
        assert!(!error.to_string().contains("geheim"), "{error}");
    }

    #[test]
    fn a_shown_database_url_has_no_password() {
        assert_eq!(
            without_password("postgres://anna:se@cret@db:5432/q?x=y"),
            "postgres://anna:...@db:5432/q"
        );
        assert_eq!(without_password("postgres://db/q"), "postgres://db/q");
        assert_eq!(without_password("sqlite:/data/quarterdeck.db"), "sqlite:/data/quarterdeck.db");
    }
}
