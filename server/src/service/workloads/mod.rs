//! What others run: seen, and taken over by an app.

mod adopt;

use std::time::Duration;

use adapters::engine::EngineError;
use app::port::{Answer, Workloads};
use async_trait::async_trait;
use model::app::App;
use model::deployment::Deployment;
use model::id::{AppKey, EnvironmentName};
use model::permission::{Caller, Permission};
use model::problem::Problem;
use model::workload::{Adopt, Adoption, AdoptionPlan, ForeignWorkload, KnownWorkloads, Workload};

use super::{Core, no_app, trouble};
use crate::store::{adoptions, apps};

/// Longest wait for an engine that has much to tell.
const PATIENCE: Duration = Duration::from_secs(10);
/// What was seen longer ago is read anew.
const FRESH: Duration = Duration::from_secs(10);

/// The port [`Workloads`].
#[derive(Clone)]
pub struct WorkloadService {
    core: Core,
}

impl WorkloadService {
    pub const fn new(core: Core) -> Self {
        Self { core }
    }

    /// Permission first, then that there is such a place.
    async fn open(&self, caller: &Caller, environment: &EnvironmentName) -> Answer<()> {
        caller.require(Permission::ChangeApps)?;
        self.core.environment(&mut *self.core.store.read().await?, environment).await?;
        Ok(())
    }

    /// By name, each with the app that takes its place.
    async fn joined(
        &self,
        environment: &EnvironmentName,
        mut found: Vec<ForeignWorkload>,
    ) -> Answer<Vec<Workload>> {
        let rows = adoptions::living_in(&mut *self.core.store.read().await?, environment).await?;
        found.sort_by(|one, other| one.name.cmp(&other.name));
        let joined = found.into_iter().map(|workload| {
            let row = rows.iter().find(|row| row.adoption.workload_id == workload.id);
            Workload { adoption: row.map(|row| row.adoption.clone()), workload }
        });
        Ok(joined.collect())
    }

    /// As it is at the engine now.
    async fn ask(&self, environment: &EnvironmentName, id: &str) -> Answer<ForeignWorkload> {
        let engine = self.core.engine(environment)?;
        let asked = tokio::time::timeout(PATIENCE, engine.foreign_workload(id)).await;
        let found = asked.unwrap_or(Err(EngineError::Timeout(PATIENCE)));
        let found = found.map_err(|error| trouble::problem(environment, error))?;
        found.ok_or_else(|| {
            let mut gone = Problem::not_found("workload", id);
            gone.detail =
                format!("There is no workload {id} in {environment} any more, or a console deployed it.");
            gone
        })
    }
}

#[async_trait]
impl Workloads for WorkloadService {
    async fn list(&self, caller: &Caller, environment: &EnvironmentName) -> Answer<Vec<Workload>> {
        self.open(caller, environment).await?;
        let engine = self.core.engine(environment)?;
        let asked = tokio::time::timeout(PATIENCE, engine.foreign()).await;
        let found = asked.unwrap_or(Err(EngineError::Timeout(PATIENCE)));
        self.joined(environment, found.map_err(|error| trouble::problem(environment, error))?).await
    }

    async fn known(&self, caller: &Caller, environment: &EnvironmentName) -> Answer<Option<KnownWorkloads>> {
        self.open(caller, environment).await?;
        let seen = self.core.sights.get(environment).workloads.clone();
        let now = self.core.clock.now();
        if seen.as_ref().is_none_or(|seen| now >= seen.read_at.plus(FRESH)) {
            self.core.supervisor.read_workloads(environment);
        }
        let Some(seen) = seen else { return Ok(None) };
        let items = self.joined(environment, seen.items.clone()).await?;
        Ok(Some(KnownWorkloads { items, read_at: seen.read_at, trouble: seen.trouble.clone() }))
    }

    async fn get(&self, caller: &Caller, environment: &EnvironmentName, id: &str) -> Answer<Workload> {
        self.open(caller, environment).await?;
        let found = self.ask(environment, id).await?;
        let mut joined = self.joined(environment, vec![found]).await?;
        joined.pop().ok_or_else(Problem::internal)
    }

    async fn plan(
        &self,
        caller: &Caller,
        environment: &EnvironmentName,
        id: &str,
        input: Adopt,
    ) -> Answer<AdoptionPlan> {
        self.open(caller, environment).await?;
        let workload = self.ask(environment, id).await?;
        adopt::plan(&self.core, caller, environment, workload, input).await
    }

    async fn adopt(
        &self,
        caller: &Caller,
        environment: &EnvironmentName,
        id: &str,
        input: Adopt,
    ) -> Answer<(App, Deployment)> {
        self.open(caller, environment).await?;
        let workload = self.ask(environment, id).await?;
        adopt::adopt(&self.core, caller, environment, &workload, input).await
    }

    async fn adoption(&self, caller: &Caller, key: &AppKey) -> Answer<Option<Adoption>> {
        caller.require(Permission::View)?;
        let mut reader = self.core.store.read().await?;
        let app = apps::get(&mut reader, key).await?.ok_or_else(|| no_app(key))?;
        Ok(adoptions::get(&mut reader, app.id).await?.map(|row| row.adoption))
    }
}
