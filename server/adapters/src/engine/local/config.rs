//! What the embedded engine is opened with.

use std::ffi::OsString;
use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::sync::Arc;

use model::id::EnvironmentName;

use crate::artifact::ArtifactSource;

/// Ports handed out to instances: below Linux's ephemeral range, so that no outgoing connection takes one first.
pub const DEFAULT_PORTS: RangeInclusive<u16> = 20_000..=31_999;

/// Settings of one embedded engine. One engine serves one environment.
#[derive(Clone)]
pub struct LocalConfig {
    pub environment: EnvironmentName,
    /// The console's data folder; the engine keeps everything below `engine/<environment>` in it.
    pub data_dir: PathBuf,
    pub shim: ShimCommand,
    /// Resolves artifact references; `None`: definitions with an artifact fail as missing.
    pub artifacts: Option<Arc<dyn ArtifactSource>>,
    /// `host:port` that instances find in `QUARTERDECK_STATSD`.
    pub statsd: Option<String>,
    /// Name of this host as a node.
    pub node: String,
    /// Address under which other machines reach the instances' ports.
    pub address: String,
    pub ports: RangeInclusive<u16>,
    pub logs: LogLimits,
}

/// How the shim is started: `<program> <arguments...> <instance folder>`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShimCommand {
    pub program: PathBuf,
    pub arguments: Vec<OsString>,
}

/// Bounds of one instance's log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct LogLimits {
    /// Bytes of one file.
    pub file_bytes: u64,
    /// Files kept, the one being written included.
    pub files: u32,
    /// Longest line in bytes; the rest of a longer one is dropped.
    pub line_bytes: usize,
}

impl Default for LogLimits {
    fn default() -> Self {
        Self { file_bytes: 4 << 20, files: 4, line_bytes: 16 << 10 }
    }
}

impl LocalConfig {
    /// The defaults: this host's name, loopback, no artifacts, no StatsD.
    pub fn new(environment: EnvironmentName, data_dir: PathBuf, shim: ShimCommand) -> Self {
        let node = nix::unistd::gethostname().ok().and_then(|name| name.into_string().ok());
        Self {
            environment,
            data_dir,
            shim,
            artifacts: None,
            statsd: None,
            node: node.unwrap_or_else(|| "localhost".to_owned()),
            address: "127.0.0.1".to_owned(),
            ports: DEFAULT_PORTS,
            logs: LogLimits::default(),
        }
    }
}
