//! What can be done with the console, one file per verb: permission, validation, one transaction with desired state,
//! history, audit and event, then the word to the reconciler and to the open pages. Nothing happens elsewhere; HTTP
//! handlers and server functions only translate.

mod alerts;
pub mod apps;
pub mod artifacts;
mod channels;
pub mod deployments;
pub mod environments;
mod find;
pub mod idempotency;
mod logs;
pub mod overrides;
mod panels;
pub mod registries;
pub mod releases;
pub mod scaling;
mod trouble;
pub mod window;
mod workloads;

use std::sync::Arc;

use adapters::engine::Engine;
use model::environment::EngineSettings;
use model::id::{AppKey, EnvironmentName};
use model::problem::{Problem, ProblemCode};
use tokio::sync::Notify;

pub use self::alerts::AlertService;
pub use self::apps::AppService;
pub use self::channels::ChannelService;
pub use self::deployments::DeploymentService;
pub use self::environments::EnvironmentService;
pub use self::idempotency::Idempotency;
pub use self::logs::LogService;
pub use self::panels::PanelService;
pub use self::registries::{Hooks, RegistryService};
pub use self::releases::ReleaseService;
pub use self::scaling::ScalingService;
pub use self::workloads::WorkloadService;
use crate::alerts::Board;
use crate::clock::SharedClock;
use crate::live::{Bus, Sights};
use crate::logs::LogStore;
use crate::metrics::Sources;
use crate::notify::Channels;
use crate::reconcile::Supervisor;
use crate::registry::Registries;
use crate::store::environments::EnvironmentRow;
use crate::store::{AnyConnection, Store, environments as environment_rows};

/// What every service works with. Cheap to clone.
#[derive(Clone)]
pub struct Core {
    pub store: Store,
    pub bus: Arc<Bus>,
    pub sights: Sights,
    pub supervisor: Arc<Supervisor>,
    pub clock: SharedClock,
    pub sources: Sources,
    /// Told when there may be something for an app that follows new versions.
    pub released: Arc<Notify>,
    /// Told when what an app scales by was changed.
    pub scaled: Arc<Notify>,
    pub registries: Arc<Registries>,
    pub channels: Arc<Channels>,
    /// How the alerting rules do.
    pub alerts: Arc<Board>,
    pub logs: Arc<LogStore>,
}

impl Core {
    pub fn apps(&self) -> AppService {
        AppService::new(self.clone())
    }

    pub fn deployments(&self) -> DeploymentService {
        DeploymentService::new(self.clone())
    }

    pub fn environments(&self) -> EnvironmentService {
        EnvironmentService::new(self.clone())
    }

    pub fn workloads(&self) -> WorkloadService {
        WorkloadService::new(self.clone())
    }

    pub fn releases(&self) -> ReleaseService {
        ReleaseService::new(self.clone())
    }

    pub fn scaling(&self) -> ScalingService {
        ScalingService::new(self.clone())
    }

    pub fn panels(&self) -> PanelService {
        PanelService::new(self.clone())
    }

    pub fn alerts(&self) -> AlertService {
        AlertService::new(self.clone())
    }

    pub fn registries(&self) -> RegistryService {
        RegistryService::new(self.clone())
    }

    pub fn channels(&self) -> ChannelService {
        ChannelService::new(self.clone())
    }

    pub fn logs(&self) -> LogService {
        LogService::new(self.clone())
    }

    pub fn hooks(&self) -> Hooks {
        Hooks::new(self.clone())
    }

    pub fn idempotency(&self) -> Idempotency {
        Idempotency::new(self.store.clone(), Arc::clone(&self.clock))
    }

    async fn environment(
        &self,
        connection: &mut AnyConnection,
        name: &EnvironmentName,
    ) -> Result<EnvironmentRow, Problem> {
        environment_rows::get(connection, name).await?.ok_or_else(|| Problem::not_found("environment", name))
    }

    /// The engine of an environment; 503 while it could not be built yet.
    pub fn engine(&self, environment: &EnvironmentName) -> Result<Arc<dyn Engine>, Problem> {
        self.supervisor.engine(environment).ok_or_else(|| {
            Problem::new(
                ProblemCode::EngineUnreachable,
                format!("The engine of {environment} is not ready; try again in a moment."),
            )
            .with("environment", environment)
        })
    }
}

fn no_app(key: &AppKey) -> Problem {
    Problem::not_found("app", key)
}

/// What an engine is called in a message.
const fn engine_name(settings: &EngineSettings) -> &'static str {
    settings.kind().as_str()
}
