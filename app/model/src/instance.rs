//! One running copy of an app, as its engine reports it.

use serde::{Deserialize, Serialize};

use crate::definition::Protocol;
use crate::id::{AppName, EnvironmentName, InstanceId, RevisionNumber};
use crate::time::Timestamp;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum InstanceState {
    /// Not placed or not started yet, or waiting out its back-off.
    Pending,
    Pulling,
    Starting,
    Running,
    Stopping,
    /// Ended by itself; `exit_code` says how.
    Exited,
    /// Could not run or was killed; `reason` says why.
    Failed,
    /// The engine no longer knows it, or its node is gone.
    Lost,
}

impl InstanceState {
    /// Uses resources now or will in a moment.
    pub const fn is_active(self) -> bool {
        matches!(self, Self::Pending | Self::Pulling | Self::Starting | Self::Running | Self::Stopping)
    }
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Health {
    /// Not asked yet, or within its grace.
    #[default]
    Unknown,
    Healthy,
    Unhealthy,
}

/// Why an instance is as it is. `code` is translated; `detail` holds the engine's own words, a code or a number.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct InstanceReason {
    pub code: ReasonCode,
    #[serde(default)]
    pub detail: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum ReasonCode {
    /// `detail`: the program.
    CommandNotFound,
    /// `detail`: the program.
    NotExecutable,
    /// `detail`: the port.
    PortTaken,
    /// `detail`: exit code.
    ExitCode,
    /// `detail`: the signal's name.
    Signal,
    OutOfMemory,
    /// `detail`: the check and its answer, such as `GET /healthz: 503`.
    Unhealthy,
    ArtifactMissing,
    ArtifactCorrupt,
    /// The image is in no registry and not on the host; `detail`: its reference.
    ImageMissing,
    /// The image could not be fetched; `detail`: the registry's words.
    ImageRefused,
    /// The image is for other processors; `detail`: whose, and the host's.
    WrongArchitecture,
    DiskFull,
    /// `detail`: the limit.
    FileDescriptorsExhausted,
    /// Ended by a person or a deployment.
    Stopped,
    /// The process is gone and nobody saw it end (a reboot, a kill of the shim).
    Vanished,
    /// Waits before the next start; `detail`: RFC 3339 time of it.
    BackOff,
    /// The engine found no place; `detail`: its words.
    NoPlace,
    /// Anything else; `detail`: the engine's words.
    Engine,
}

impl ReasonCode {
    /// Another start of the same definition on the same host will end the same way.
    pub const fn is_permanent(self) -> bool {
        matches!(
            self,
            Self::CommandNotFound
                | Self::NotExecutable
                | Self::ArtifactMissing
                | Self::ArtifactCorrupt
                | Self::WrongArchitecture
        )
    }

    /// Something went wrong, unlike an end that was asked for or a wait.
    pub const fn is_failure(self) -> bool {
        !matches!(self, Self::Stopped | Self::BackOff)
    }

    pub const fn sentence(self) -> &'static str {
        match self {
            Self::CommandNotFound => "command not found",
            Self::NotExecutable => "not executable",
            Self::PortTaken => "port already in use",
            Self::ExitCode => "exited with code",
            Self::Signal => "ended by signal",
            Self::OutOfMemory => "ran out of its memory limit",
            Self::Unhealthy => "failed its health check",
            Self::ArtifactMissing => "the artifact is gone",
            Self::ArtifactCorrupt => "the artifact is corrupt",
            Self::ImageMissing => "no such image",
            Self::ImageRefused => "the image cannot be fetched",
            Self::WrongArchitecture => "the image is for other processors",
            Self::DiskFull => "the disk is full",
            Self::FileDescriptorsExhausted => "no file descriptors left",
            Self::Stopped => "stopped",
            Self::Vanished => "vanished while the console was away",
            Self::BackOff => "waits until",
            Self::NoPlace => "no place",
            Self::Engine => "engine",
        }
    }
}

impl std::fmt::Display for InstanceReason {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.code.sentence())?;
        if self.detail.is_empty() { Ok(()) } else { write!(f, ": {}", self.detail) }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct InstancePort {
    pub name: String,
    pub container_port: u16,
    pub host_port: u16,
    pub protocol: Protocol,
}

/// Use of the whole process tree at one moment.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Usage {
    pub cpu_cores: f64,
    pub memory_bytes: u64,
    #[serde(default)]
    pub threads: u32,
    #[serde(default)]
    pub file_descriptors: u32,
    /// Absent where the engine cannot tell an instance's traffic from others', as of processes that share their host's network.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub network: Option<Network>,
    /// How long the latest health checks took to be answered, in seconds: the longest of them. Absent without such checks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub health_check_seconds: Option<f64>,
}

/// Bytes over all interfaces since the instance's start.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Network {
    pub received_bytes: u64,
    pub sent_bytes: u64,
}

/// The contract's instance.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Instance {
    pub id: InstanceId,
    pub app: AppName,
    pub environment: EnvironmentName,
    pub revision: RevisionNumber,
    #[serde(default)]
    pub generation: u32,
    pub state: InstanceState,
    pub health: Health,
    pub reason: Option<InstanceReason>,
    pub node: String,
    pub address: String,
    pub ports: Vec<InstancePort>,
    /// How often this place was started again after an end.
    pub restarts: u32,
    pub started_at: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exit_code: Option<i32>,
    /// When the next start is tried, while it backs off.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delayed_until: Option<Timestamp>,
    pub usage: Option<Usage>,
}

impl Instance {
    /// Running, and healthy or without a check to ask. Engines report `Healthy` for a running instance without checks.
    pub fn is_ready(&self) -> bool {
        self.state == InstanceState::Running && self.health == Health::Healthy
    }

    /// Wanted, but known not to serve: unhealthy, or waiting out its back-off.
    pub fn is_broken(&self) -> bool {
        self.state.is_active()
            && self.state != InstanceState::Stopping
            && (self.health == Health::Unhealthy || self.delayed_until.is_some())
    }
}
