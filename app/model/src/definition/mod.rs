//! How an app runs: the definition that the form edits and the API takes (domain.md section 3).
//!
//! [`parse`] is the one validator: it reports every mistake at once, each with its JSON pointer. A [`Definition`] that
//! came from it is whole: defaults filled, names valid, references resolved within the definition.

mod capability;
mod count;
mod json;
mod metrics;
mod parse;
mod strategy;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

pub use self::capability::check as check_capabilities;
pub use self::count::check_count;
use self::count::fixed_port_errors;
pub use self::json::{canonical_json, to_json};
pub use self::metrics::MetricsEndpoint;
pub use self::parse::{parse, parse_text};
pub use self::strategy::{Amount, Gate, OnFailure, OnTimeout, Percent, Strategy, StrategyKind, StrategyStep};
use crate::check::Check;
use crate::duration::Span;
use crate::id::ProjectName;

pub const INSTANCES_MAX: u32 = 10_000;
pub const CPUS_MIN: f64 = 0.01;
pub const CPUS_MAX: f64 = 1_024.0;
pub const MEMORY_MB_MIN: u64 = 4;
pub const MEMORY_MB_MAX: u64 = 16 * 1_024 * 1_024;
pub const PORTS_MAX: usize = 64;
pub const CHECKS_MAX: usize = 16;
pub const VARIABLES_MAX: usize = 256;
/// Largest definition as JSON, in bytes.
pub const JSON_MAX: usize = 1_048_576;

/// Everything about how an app runs. A revision stores it with `instances` left out.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Definition {
    #[serde(default)]
    pub project: ProjectName,
    /// OCI image reference. Exactly one of `image`, `artifact` or a bare `command` says what runs.
    #[serde(default)]
    pub image: Option<String>,
    #[serde(default)]
    pub artifact: Option<ArtifactReference>,
    #[serde(default)]
    pub command: Option<Command>,
    /// Wanted count, in an input only: it belongs to the app, not to the revision.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub instances: Option<u32>,
    #[serde(default)]
    pub resources: Resources,
    #[serde(default)]
    pub ports: Vec<Port>,
    #[serde(default)]
    pub network: Network,
    #[serde(default)]
    pub env: BTreeMap<String, EnvValue>,
    #[serde(default)]
    pub config_sets: Vec<String>,
    #[serde(default)]
    pub volumes: Vec<Volume>,
    #[serde(default)]
    pub constraints: Vec<Constraint>,
    #[serde(default)]
    pub labels: BTreeMap<String, String>,
    #[serde(default)]
    pub health_checks: Vec<HealthCheck>,
    /// Instances count as healthy at the earliest this long after their start. Absent: a second where nothing is asked of
    /// them, else at once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ready_after: Option<Span>,
    #[serde(default)]
    pub stop: Stop,
    #[serde(default)]
    pub restart: Restart,
    #[serde(default)]
    pub strategy: Strategy,
    /// Questions asked of a new revision while it takes the old one's place.
    #[serde(default)]
    pub checks: Vec<Check>,
    /// Where instances tell their own figures; left out where they do not, so that older revisions keep their hash.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub metrics: Option<MetricsEndpoint>,
}

impl Definition {
    /// The definition as it is stored in a revision: without the count.
    #[must_use]
    pub fn without_instances(mut self) -> Self {
        self.instances = None;
        self
    }

    /// How long an instance has run at least when it counts as healthy. Without a question a program that ends at once
    /// would count as well.
    pub fn ready_after(&self) -> Span {
        self.ready_after.unwrap_or(if self.health_checks.is_empty() {
            Span::from_secs(1)
        } else {
            Span::from_secs(0)
        })
    }

    /// Image, artifact or first word of the command: what a list shows as the version.
    pub fn version_label(&self) -> String {
        if let Some(image) = &self.image {
            return image.clone();
        }
        if let Some(artifact) = &self.artifact {
            return artifact.to_string();
        }
        match &self.command {
            Some(Command::Vector(words)) => words.join(" "),
            Some(Command::Shell(line)) => line.clone(),
            None => String::new(),
        }
    }
}

/// An uploaded artifact, written `name/version`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ArtifactReference {
    pub name: String,
    pub version: String,
}

impl std::fmt::Display for ArtifactReference {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", self.name, self.version)
    }
}

impl From<ArtifactReference> for String {
    fn from(reference: ArtifactReference) -> Self {
        reference.to_string()
    }
}

impl TryFrom<String> for ArtifactReference {
    type Error = &'static str;
    /// `name` is a DNS label; `version` is 1 to 128 of letters, digits, `.`, `_`, `-`, `+`, not starting with a dot.
    fn try_from(text: String) -> Result<Self, Self::Error> {
        let (name, version) = text.split_once('/').ok_or("must be written name/version")?;
        if crate::id::check_name(name).is_err() {
            return Err("the name before the slash must be lower-case letters, digits and hyphens");
        }
        let allowed = |b: u8| b.is_ascii_alphanumeric() || b"._-+".contains(&b);
        if version.is_empty()
            || version.len() > 128
            || version.starts_with('.')
            || !version.bytes().all(allowed)
        {
            return Err("the version after the slash must be 1 to 128 letters, digits or . _ - +");
        }
        Ok(Self { name: name.to_owned(), version: version.to_owned() })
    }
}

/// What is executed. `$NAME` and `${NAME}` in a vector's words are replaced by the instance's variables.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(untagged)]
pub enum Command {
    Vector(Vec<String>),
    /// Runs through `sh -c`.
    Shell(String),
}

#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Resources {
    /// Cores an instance may use.
    #[serde(default = "default_cpus")]
    pub cpus: f64,
    /// MiB an instance may use.
    #[serde(default = "default_memory_mb")]
    pub memory_mb: u64,
}

const fn default_cpus() -> f64 {
    0.5
}

const fn default_memory_mb() -> u64 {
    256
}

impl Default for Resources {
    fn default() -> Self {
        Self { cpus: default_cpus(), memory_mb: default_memory_mb() }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Port {
    /// DNS label, unique in the definition.
    pub name: String,
    /// Port inside the container; unused by the embedded engine, whose programs listen on `$PORT`.
    #[serde(default)]
    pub container_port: u16,
    /// Port on the host; 0 lets the engine choose.
    #[serde(default)]
    pub host_port: u16,
    #[serde(default)]
    pub protocol: Protocol,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Protocol {
    #[default]
    Tcp,
    Udp,
}

#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Network {
    #[serde(default)]
    pub mode: NetworkMode,
    #[serde(default)]
    pub name: Option<String>,
}

/// How instances are connected. `parse` fills `bridge` for images and `host` for everything else.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum NetworkMode {
    #[default]
    Host,
    Bridge,
    Overlay,
    None,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(untagged)]
pub enum EnvValue {
    Plain(String),
    Secret { secret: String },
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Volume {
    /// Volume name, or host path when `kind` is `host`.
    pub name: String,
    #[serde(default)]
    pub kind: VolumeKind,
    /// Absolute path inside the instance.
    pub mount: String,
    #[serde(default)]
    pub read_only: bool,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum VolumeKind {
    #[default]
    Named,
    Host,
    Tmpfs,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Constraint {
    /// `node.name` or `node.labels.<key>`.
    pub attribute: String,
    pub operator: ConstraintOperator,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum ConstraintOperator {
    Is,
    IsNot,
    Unique,
    Spread,
}

/// A question about an instance that is asked always; an instance that fails it is replaced.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct HealthCheck {
    #[serde(flatten)]
    pub probe: Probe,
    #[serde(default = "default_interval")]
    pub interval: Span,
    #[serde(default = "default_timeout")]
    pub timeout: Span,
    /// Failures within this time after the start do not count.
    #[serde(default = "default_grace")]
    pub grace: Span,
    /// Failures in a row that make an instance unhealthy.
    #[serde(default = "default_max_failures")]
    pub max_failures: u32,
}

const fn default_interval() -> Span {
    Span::from_secs(10)
}

const fn default_timeout() -> Span {
    Span::from_secs(5)
}

const fn default_grace() -> Span {
    Span::from_secs(30)
}

const fn default_max_failures() -> u32 {
    3
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Probe {
    /// GET; 200 to 399 is healthy.
    Http {
        /// Name of a port of the definition; absent: the first.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        port: Option<String>,
        #[serde(default = "default_path")]
        path: String,
    },
    /// Connects; accepted is healthy.
    Tcp {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        port: Option<String>,
    },
    /// Runs beside the instance with its variables; exit code 0 is healthy.
    Command { command: Command },
}

fn default_path() -> String {
    "/".to_owned()
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Stop {
    #[serde(default)]
    pub signal: Signal,
    /// Time between the signal and SIGKILL.
    #[serde(default = "default_stop_grace")]
    pub grace: Span,
}

impl Default for Stop {
    fn default() -> Self {
        Self { signal: Signal::default(), grace: default_stop_grace() }
    }
}

const fn default_stop_grace() -> Span {
    Span::from_secs(10)
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum Signal {
    #[default]
    #[serde(rename = "SIGTERM")]
    Term,
    #[serde(rename = "SIGINT")]
    Int,
    #[serde(rename = "SIGQUIT")]
    Quit,
    #[serde(rename = "SIGHUP")]
    Hup,
    #[serde(rename = "SIGUSR1")]
    Usr1,
    #[serde(rename = "SIGUSR2")]
    Usr2,
    #[serde(rename = "SIGKILL")]
    Kill,
}

/// Waiting time before an ended instance is started again: `backoff`, times `factor` for each end in a row.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Restart {
    #[serde(default = "default_backoff")]
    pub backoff: Span,
    #[serde(default = "default_factor")]
    pub factor: f64,
    #[serde(default = "default_max_delay")]
    pub max_delay: Span,
}

impl Default for Restart {
    fn default() -> Self {
        Self { backoff: default_backoff(), factor: default_factor(), max_delay: default_max_delay() }
    }
}

const fn default_backoff() -> Span {
    Span::from_secs(1)
}

const fn default_factor() -> f64 {
    1.15
}

const fn default_max_delay() -> Span {
    Span::from_secs(300)
}

impl Restart {
    /// Delay before start number `ends` in a row is tried again; the first end (1) waits `backoff`.
    pub fn delay(&self, ends: u32) -> std::time::Duration {
        let exponent = i32::try_from(ends.saturating_sub(1)).unwrap_or(i32::MAX);
        let seconds = self.backoff.duration().as_secs_f64() * self.factor.powi(exponent);
        let max = self.max_delay.duration();
        if seconds.is_finite() && seconds < max.as_secs_f64() {
            std::time::Duration::from_secs_f64(seconds.max(0.0))
        } else {
            max
        }
    }
}
