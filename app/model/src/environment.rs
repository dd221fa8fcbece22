//! Environments and what their engines can do.

use serde::{Deserialize, Serialize};

use crate::definition::NetworkMode;
use crate::id::EnvironmentName;
use crate::log::LogLink;
use crate::metric::SourceSettings;
use crate::time::Timestamp;
use crate::window::{Closed, Freeze, Window};

/// The orchestrators there are adapters for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum EngineKind {
    Local,
    Docker,
    Swarm,
}

impl EngineKind {
    pub const ALL: [Self; 3] = [Self::Local, Self::Docker, Self::Swarm];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Local => "local",
            Self::Docker => "docker",
            Self::Swarm => "swarm",
        }
    }

    /// Whether it has nodes that can be drained and activated.
    pub const fn drains_nodes(self) -> bool {
        match self {
            Self::Local | Self::Docker => false,
            Self::Swarm => true,
        }
    }
}

/// Settings of an engine, by kind: `{"kind":"local"}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum EngineSettings {
    /// Supervised processes on the console's own host.
    Local {},
    /// Containers on one host.
    Docker {
        #[serde(default = "default_endpoint")]
        endpoint: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        tls: Option<TlsFiles>,
        /// Where the published ports are reached; absent: this host for a socket, else the endpoint's host.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        host_address: Option<String>,
    },
    /// Services of a Docker Swarm, asked of one of its managers.
    Swarm {
        #[serde(default = "default_endpoint")]
        endpoint: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        tls: Option<TlsFiles>,
    },
}

/// Where Docker listens on a host of its own.
pub const DOCKER_SOCKET: &str = "unix:///var/run/docker.sock";

fn default_endpoint() -> String {
    DOCKER_SOCKET.to_owned()
}

/// Certificates of a client, as files on the console's host: no key enters the database.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct TlsFiles {
    /// Who signed the engine's certificate.
    pub ca: String,
    pub certificate: String,
    pub key: String,
}

impl EngineSettings {
    pub const fn kind(&self) -> EngineKind {
        match self {
            Self::Local {} => EngineKind::Local,
            Self::Docker { .. } => EngineKind::Docker,
            Self::Swarm { .. } => EngineKind::Swarm,
        }
    }
}

/// Which definitions an engine can run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Capabilities {
    pub images: bool,
    pub artifacts: bool,
    /// A bare command without image or artifact.
    pub commands: bool,
    pub volumes: bool,
    pub constraints: bool,
    pub network_modes: Vec<NetworkMode>,
    pub udp_ports: bool,
    pub secrets: bool,
    pub config_sets: bool,
    pub cpu_limit: Enforcement,
    pub memory_limit: Enforcement,
}

/// How a resource limit is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Enforcement {
    /// By the kernel's control groups, over the whole process tree.
    ControlGroup,
    /// By `RLIMIT_DATA`, per process: private memory that can be written to.
    ProcessLimit,
    /// By the orchestrator.
    Orchestrator,
    /// Not at all: the number only counts for planning.
    None,
}

/// Whether the engine answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum Reachability {
    Reachable {
        version: String,
    },
    Unreachable {
        since: Timestamp,
        reason: String,
    },
    /// Not asked yet.
    Unknown,
}

/// When and by whom may be deployed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct ReleaseRules {
    /// Whoever asks for a deployment counts among those who approve it.
    #[serde(default)]
    pub author_may_approve: bool,
    /// IANA name of the zone whose clocks the windows follow: `Europe/Berlin`. Absent: UTC.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time_zone: Option<String>,
    /// When may be deployed; none: always.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub windows: Vec<Window>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub freezes: Vec<Freeze>,
}

/// An environment as the API shows it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Environment {
    pub name: EnvironmentName,
    pub engine: EngineSettings,
    /// Production-like: the interface tints its edge and asks twice.
    pub protected: bool,
    #[serde(default)]
    pub rules: ReleaseRules,
    /// What keeps new versions out at this moment.
    #[serde(default)]
    pub closed: Option<Closed>,
    /// Where its measurements are asked; without the secret.
    #[serde(default)]
    pub metrics: SourceSettings,
    /// Where else its apps' logs are kept.
    #[serde(default)]
    pub log_links: Vec<LogLink>,
    pub capabilities: Capabilities,
    pub reachability: Reachability,
    pub apps: u32,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

/// One machine of an environment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Node {
    pub name: String,
    pub address: String,
    pub state: NodeState,
    pub capacity: NodeResources,
    /// Sum of what the definitions of the instances on it ask for.
    pub allocated: NodeResources,
    pub used: NodeResources,
    pub instances: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum NodeState {
    Ready,
    Draining,
    Down,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NodeResources {
    pub cpus: f64,
    pub memory_bytes: u64,
    pub disk_bytes: u64,
}
