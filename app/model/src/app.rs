//! An app as people see it: its status, derived from what is wanted and what is observed.

use serde::{Deserialize, Serialize};

use crate::definition::Definition;
use crate::deployment::Deployment;
use crate::id::{AppName, EnvironmentName, ProjectName, RevisionNumber};
use crate::instance::{Health, Instance, InstanceReason, InstanceState};
use crate::time::Timestamp;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum AppStatus {
    Running,
    Deploying,
    Suspended,
    Delayed,
    Waiting,
    Degraded,
    Unknown,
}

impl AppStatus {
    pub const ALL: [Self; 7] = [
        Self::Running,
        Self::Deploying,
        Self::Suspended,
        Self::Delayed,
        Self::Waiting,
        Self::Degraded,
        Self::Unknown,
    ];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Deploying => "deploying",
            Self::Suspended => "suspended",
            Self::Delayed => "delayed",
            Self::Waiting => "waiting",
            Self::Degraded => "degraded",
            Self::Unknown => "unknown",
        }
    }

    pub const fn needs_attention(self) -> bool {
        matches!(self, Self::Delayed | Self::Waiting | Self::Degraded | Self::Unknown)
    }
}

/// Why the status is what it is, for translation; `None` where there is nothing to add.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "code", rename_all = "snake_case")]
pub enum StatusReason {
    /// Backing off after crashes.
    DelayedUntil {
        until: Timestamp,
        cause: Option<InstanceReason>,
    },
    NoPlace {
        detail: String,
    },
    Unhealthy {
        count: u32,
        wanted: u32,
        cause: Option<InstanceReason>,
    },
    Missing {
        count: u32,
        wanted: u32,
    },
    EngineAway {
        since: Option<Timestamp>,
        detail: String,
    },
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct InstanceCounts {
    pub wanted: u32,
    pub running: u32,
    pub healthy: u32,
    pub unhealthy: u32,
    pub starting: u32,
}

impl InstanceCounts {
    pub fn of<'a>(wanted: u32, instances: impl IntoIterator<Item = &'a Instance>) -> Self {
        let mut counts = Self { wanted, ..Self::default() };
        for instance in instances {
            match instance.state {
                InstanceState::Running => {
                    counts.running += 1;
                    match instance.health {
                        Health::Healthy => counts.healthy += 1,
                        Health::Unhealthy => counts.unhealthy += 1,
                        Health::Unknown => counts.starting += 1,
                    }
                }
                InstanceState::Pending if instance.delayed_until.is_some() => {}
                InstanceState::Pending | InstanceState::Pulling | InstanceState::Starting => {
                    counts.starting += 1;
                }
                InstanceState::Stopping
                | InstanceState::Exited
                | InstanceState::Failed
                | InstanceState::Lost => {}
            }
        }
        counts
    }
}

/// What the engine's reachability means for a status.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EngineSight {
    Live,
    Away { since: Option<Timestamp>, detail: String },
}

/// Derives status and reason (domain.md section 4). `instances` are those of all replica sets of the app.
pub fn status(
    wanted: u32,
    suspended: bool,
    deploying: bool,
    instances: &[Instance],
    sight: &EngineSight,
) -> (AppStatus, Option<StatusReason>) {
    if let EngineSight::Away { since, detail } = sight {
        return (
            AppStatus::Unknown,
            Some(StatusReason::EngineAway { since: *since, detail: detail.clone() }),
        );
    }
    let counts = InstanceCounts::of(wanted, instances);
    let delayed = instances.iter().filter(|i| i.delayed_until.is_some()).min_by_key(|i| i.delayed_until);
    let delay = delayed.and_then(|i| {
        let until = i.delayed_until?;
        Some(StatusReason::DelayedUntil { until, cause: i.reason.clone() })
    });
    if deploying {
        return (AppStatus::Deploying, delay);
    }
    if suspended && counts.running == 0 {
        return (AppStatus::Suspended, None);
    }
    if counts.healthy < wanted && delay.is_some() {
        return (AppStatus::Delayed, delay);
    }
    let no_place = instances.iter().find_map(|i| {
        i.reason.as_ref().filter(|r| r.code == crate::instance::ReasonCode::NoPlace).map(|r| r.detail.clone())
    });
    if let (true, Some(detail)) = (counts.healthy < wanted, no_place) {
        return (AppStatus::Waiting, Some(StatusReason::NoPlace { detail }));
    }
    if counts.healthy < wanted {
        let reason = if counts.unhealthy > 0 {
            let cause =
                instances.iter().find(|i| i.health == Health::Unhealthy).and_then(|i| i.reason.clone());
            StatusReason::Unhealthy { count: counts.unhealthy, wanted, cause }
        } else {
            StatusReason::Missing { count: wanted - counts.healthy, wanted }
        };
        return (AppStatus::Degraded, Some(reason));
    }
    (AppStatus::Running, None)
}

/// The contract's app.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct App {
    #[serde(flatten)]
    pub summary: AppSummary,
    pub definition: Definition,
}

/// An app in a list: everything but the definition. Also the live event of an app.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AppSummary {
    pub environment: EnvironmentName,
    pub name: AppName,
    pub project: ProjectName,
    pub status: AppStatus,
    pub status_reason: Option<StatusReason>,
    pub revision: RevisionNumber,
    /// Image, artifact or command of the current revision: what a list shows as the version.
    pub image: Option<String>,
    #[serde(default)]
    pub version: String,
    pub instances: InstanceCounts,
    /// The active deployment.
    pub deployment: Option<Deployment>,
    /// The newest deployment, active or ended: the list's "last change".
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_deployment: Option<Deployment>,
    /// When the engine last told of this app; older than a few seconds means last known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub observed_at: Option<Timestamp>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}
