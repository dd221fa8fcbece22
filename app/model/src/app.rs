//! An app as people see it: its status, derived from what is wanted and what is observed.

use serde::{Deserialize, Serialize};

use crate::definition::Definition;
use crate::deployment::Deployment;
use crate::id::{AppName, EnvironmentName, ProjectName, RevisionNumber};
use crate::instance::{Health, Instance, InstanceReason, InstanceState};
use crate::newer::Newer;
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
    /// A newer tag of what it runs; on a list and on one app, not in events.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub newer: Option<Newer>,
    /// The digest that the tag it was deployed by stands for now, where that is another than runs. As `newer`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub moved: Option<String>,
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::InstanceId;
    use crate::instance::ReasonCode;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_millis(1_800_000_000_000 + seconds * 1_000)
    }

    fn instance(state: InstanceState, health: Health) -> Instance {
        Instance {
            id: InstanceId("shop-1".to_owned()),
            app: "shop".parse().unwrap(),
            environment: "local".parse().unwrap(),
            revision: 1,
            generation: 0,
            state,
            health,
            reason: None,
            node: "here".to_owned(),
            address: "127.0.0.1".to_owned(),
            ports: Vec::new(),
            restarts: 0,
            started_at: None,
            ended_at: None,
            exit_code: None,
            delayed_until: None,
            usage: None,
        }
    }

    fn healthy() -> Instance {
        instance(InstanceState::Running, Health::Healthy)
    }

    fn because(code: ReasonCode, detail: &str, instance: Instance) -> Instance {
        Instance { reason: Some(InstanceReason { code, detail: detail.to_owned() }), ..instance }
    }

    fn delayed(until: Timestamp) -> Instance {
        let waiting = instance(InstanceState::Pending, Health::Unknown);
        because(ReasonCode::ExitCode, "1", Instance { delayed_until: Some(until), ..waiting })
    }

    fn live(wanted: u32, deploying: bool, instances: &[Instance]) -> (AppStatus, Option<StatusReason>) {
        status(wanted, wanted == 0, deploying, instances, &EngineSight::Live)
    }

    #[test]
    fn as_many_healthy_as_wanted_is_running() {
        assert_eq!(live(2, false, &[healthy(), healthy()]), (AppStatus::Running, None));
        assert_eq!(live(1, false, &[healthy(), delayed(at(9))]), (AppStatus::Running, None));
    }

    #[test]
    fn nothing_wanted_and_nothing_running_is_suspended() {
        assert_eq!(live(0, false, &[]), (AppStatus::Suspended, None));
        let stopping = instance(InstanceState::Stopping, Health::Unknown);
        assert_eq!(live(0, false, &[stopping]), (AppStatus::Suspended, None));
        assert_eq!(live(0, true, &[healthy()]), (AppStatus::Deploying, None));
    }

    #[test]
    fn a_crash_loop_says_until_when_and_why() {
        let instances = [healthy(), delayed(at(30)), delayed(at(20))];
        let cause = Some(InstanceReason { code: ReasonCode::ExitCode, detail: "1".to_owned() });
        let reason = Some(StatusReason::DelayedUntil { until: at(20), cause });
        assert_eq!(live(3, false, &instances), (AppStatus::Delayed, reason.clone()));
        assert_eq!(live(3, true, &instances), (AppStatus::Deploying, reason), "during a deployment as well");
    }

    #[test]
    fn what_finds_no_place_waits() {
        let waiting = because(
            ReasonCode::NoPlace,
            "no node has 64 cores",
            instance(InstanceState::Pending, Health::Unknown),
        );
        let reason = StatusReason::NoPlace { detail: "no node has 64 cores".to_owned() };
        assert_eq!(live(1, false, &[waiting]), (AppStatus::Waiting, Some(reason)));
    }

    #[test]
    fn fewer_healthy_than_wanted_is_degraded() {
        let sick = because(
            ReasonCode::Unhealthy,
            "GET /healthz: 503",
            instance(InstanceState::Running, Health::Unhealthy),
        );
        let cause = sick.reason.clone();
        assert_eq!(
            live(2, false, &[healthy(), sick]),
            (AppStatus::Degraded, Some(StatusReason::Unhealthy { count: 1, wanted: 2, cause }))
        );
        assert_eq!(
            live(3, false, &[healthy()]),
            (AppStatus::Degraded, Some(StatusReason::Missing { count: 2, wanted: 3 }))
        );
    }

    #[test]
    fn without_the_engine_nothing_is_known() {
        let away = EngineSight::Away { since: Some(at(0)), detail: "no answer".to_owned() };
        let (state, reason) = status(1, false, true, &[healthy()], &away);
        assert_eq!(state, AppStatus::Unknown);
        assert_eq!(
            reason,
            Some(StatusReason::EngineAway { since: Some(at(0)), detail: "no answer".to_owned() })
        );
    }

    #[test]
    fn each_active_instance_counts_once() {
        let instances = [
            healthy(),
            instance(InstanceState::Running, Health::Unhealthy),
            instance(InstanceState::Running, Health::Unknown),
            instance(InstanceState::Starting, Health::Unknown),
            instance(InstanceState::Stopping, Health::Healthy),
            instance(InstanceState::Exited, Health::Unknown),
            delayed(at(5)),
        ];
        let expected = InstanceCounts { wanted: 6, running: 3, healthy: 1, unhealthy: 1, starting: 2 };
        assert_eq!(InstanceCounts::of(6, &instances), expected);
    }
}
