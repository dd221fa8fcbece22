//! What an open page hears: every committed change and every observation, numbered.

use serde::{Deserialize, Serialize};

use crate::app::AppSummary;
use crate::check::{Measurement, Tally};
use crate::deployment::{Deployment, DeploymentEvent};
use crate::environment::Environment;
use crate::id::{AppKey, DeploymentId, EnvironmentName, InstanceId, RegistryName};
use crate::instance::{Instance, Usage};
use crate::registry::{Registry, Repository};
use crate::release::Release;
use crate::time::Timestamp;

/// One numbered event. Numbers ascend within one run of the console; `epoch` tells runs apart, so the SSE id is
/// `<epoch>-<number>`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LiveEvent {
    pub number: u64,
    pub time: Timestamp,
    #[serde(flatten)]
    pub what: Change,
}

/// `event:` of the SSE message is the `kind`; `data:` is the whole [`LiveEvent`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "kind", content = "data", rename_all = "snake_case")]
pub enum Change {
    App(Box<AppSummary>),
    AppGone(AppKey),
    Deployment(Box<Deployment>),
    DeploymentEvent {
        environment: EnvironmentName,
        app: crate::id::AppName,
        event: Box<DeploymentEvent>,
    },
    /// A check of a running deployment was answered.
    Measured {
        deployment: DeploymentId,
        measurement: Box<Measurement>,
        tally: Tally,
    },
    Instance(Box<Instance>),
    InstanceGone {
        environment: EnvironmentName,
        app: crate::id::AppName,
        id: InstanceId,
    },
    Usage {
        environment: EnvironmentName,
        app: crate::id::AppName,
        instances: Vec<(InstanceId, Usage)>,
    },
    /// How an app scales by itself was changed, or a decision made.
    Scaling(AppKey),
    /// A release was added, or something of it changed.
    Release(Box<Release>),
    Environment(Box<Environment>),
    EnvironmentGone(EnvironmentName),
    Registry(Box<Registry>),
    RegistryGone(RegistryName),
    /// Its tags are other ones than before.
    Repository(Box<Repository>),
    /// An alert, a silence or a rule is another than before.
    Alerts {
        /// Alerts that fire.
        firing: u32,
    },
}

impl Change {
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::App(_) => "app",
            Self::AppGone(_) => "app_gone",
            Self::Deployment(_) => "deployment",
            Self::DeploymentEvent { .. } => "deployment_event",
            Self::Measured { .. } => "measured",
            Self::Instance(_) => "instance",
            Self::InstanceGone { .. } => "instance_gone",
            Self::Usage { .. } => "usage",
            Self::Scaling(_) => "scaling",
            Self::Release(_) => "release",
            Self::Environment(_) => "environment",
            Self::EnvironmentGone(_) => "environment_gone",
            Self::Registry(_) => "registry",
            Self::RegistryGone(_) => "registry_gone",
            Self::Repository(_) => "repository",
            Self::Alerts { .. } => "alerts",
        }
    }
}

/// What a reader asks for: `?topics=apps,app:local/shop,deployment:<id>`; no topics means everything.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Topic {
    /// Summaries of all apps, and their deployments.
    Apps,
    /// Everything about one app: summary, instances, usage, deployments and their events.
    App(AppKey),
    /// All deployments, without their events.
    Deployments,
    /// One deployment with its events; the instances come with its app's topic.
    Deployment(DeploymentId),
    Environments,
    /// Registries and their repositories.
    Registries,
    /// The app repository.
    Releases,
    /// Alerts, their silences and rules.
    Alerts,
}

impl Topic {
    pub fn parse(text: &str) -> Option<Self> {
        match text.split_once(':') {
            None => match text {
                "apps" => Some(Self::Apps),
                "deployments" => Some(Self::Deployments),
                "environments" => Some(Self::Environments),
                "registries" => Some(Self::Registries),
                "releases" => Some(Self::Releases),
                "alerts" => Some(Self::Alerts),
                _ => None,
            },
            Some(("app", key)) => {
                let (environment, app) = key.split_once('/')?;
                Some(Self::App(AppKey { environment: environment.parse().ok()?, app: app.parse().ok()? }))
            }
            Some(("deployment", id)) => id.parse().ok().map(Self::Deployment),
            Some(_) => None,
        }
    }

    pub fn wants(&self, change: &Change) -> bool {
        let is = |key: &AppKey, environment: &EnvironmentName, app: &crate::id::AppName| {
            key.environment == *environment && key.app == *app
        };
        match (self, change) {
            (Self::Apps, Change::App(_) | Change::AppGone(_))
            | (Self::Deployments, Change::Deployment(_))
            | (Self::Releases, Change::Release(_))
            | (Self::Alerts, Change::Alerts { .. })
            | (Self::Environments, Change::Environment(_) | Change::EnvironmentGone(_))
            | (Self::Registries, Change::Registry(_) | Change::RegistryGone(_) | Change::Repository(_)) => {
                true
            }
            (Self::App(key), Change::App(app)) => is(key, &app.environment, &app.name),
            (Self::App(key), Change::AppGone(named) | Change::Scaling(named)) => key == named,
            (Self::App(key), Change::Deployment(d)) => is(key, &d.environment, &d.app),
            (Self::App(key), Change::Instance(i)) => is(key, &i.environment, &i.app),
            (
                Self::App(key),
                Change::DeploymentEvent { environment, app, .. }
                | Change::InstanceGone { environment, app, .. }
                | Change::Usage { environment, app, .. },
            ) => is(key, environment, app),
            (Self::Deployment(id), Change::Deployment(d)) => d.id == *id,
            (Self::Deployment(id), Change::DeploymentEvent { event, .. }) => event.deployment == *id,
            (Self::Deployment(id), Change::Measured { deployment, .. }) => deployment == id,
            _ => false,
        }
    }
}

impl std::fmt::Display for Topic {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Apps => f.write_str("apps"),
            Self::App(key) => write!(f, "app:{key}"),
            Self::Deployments => f.write_str("deployments"),
            Self::Deployment(id) => write!(f, "deployment:{id}"),
            Self::Environments => f.write_str("environments"),
            Self::Registries => f.write_str("registries"),
            Self::Releases => f.write_str("releases"),
            Self::Alerts => f.write_str("alerts"),
        }
    }
}
