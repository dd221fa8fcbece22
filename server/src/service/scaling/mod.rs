//! Scaling without a person: by what is measured, and by the clock.

mod autoscaler;
mod calendar;
mod measure;
mod rehearsal;
mod status;
mod surge;
mod sweep;

use app::port::{Answer, Scaling};
use async_trait::async_trait;
use model::api::{Page, PageQuery};
use model::id::{AppKey, EnvironmentName, ProjectName};
use model::permission::{Caller, Permission};
use model::scaling::{
    Autoscaler, Calendar, DecisionEntry, Rehearsal, RunningSurge, ScalingStatus, Surge, SurgePlan,
};
use model::schedule::Occurrence;
use model::time::Timestamp;
use serde_json::Value;

pub use self::sweep::Sweep;
use super::{Core, no_app};
use crate::store::{apps, autoscalers};

/// The port [`Scaling`].
#[derive(Clone)]
pub struct ScalingService {
    core: Core,
}

impl ScalingService {
    pub const fn new(core: Core) -> Self {
        Self { core }
    }
}

#[async_trait]
impl Scaling for ScalingService {
    async fn status(&self, caller: &Caller, key: &AppKey) -> Answer<ScalingStatus> {
        status::status(&self.core, caller, key).await
    }

    async fn autoscaler(&self, caller: &Caller, key: &AppKey) -> Answer<Option<Autoscaler>> {
        autoscaler::get(&self.core, caller, key).await
    }

    async fn set_autoscaler(&self, caller: &Caller, key: &AppKey, policy: Value) -> Answer<Autoscaler> {
        autoscaler::set(&self.core, caller, key, &policy).await
    }

    async fn remove_autoscaler(&self, caller: &Caller, key: &AppKey) -> Answer<()> {
        autoscaler::remove(&self.core, caller, key).await
    }

    async fn rehearse(&self, caller: &Caller, key: &AppKey, policy: Value) -> Answer<Rehearsal> {
        rehearsal::rehearse(&self.core, caller, key, &policy).await
    }

    async fn calendar(&self, caller: &Caller, key: &AppKey) -> Answer<Calendar> {
        calendar::get(&self.core, caller, key).await
    }

    async fn set_calendar(&self, caller: &Caller, key: &AppKey, schedules: Value) -> Answer<Calendar> {
        calendar::set(&self.core, caller, key, &schedules).await
    }

    async fn occurrences(
        &self,
        caller: &Caller,
        key: &AppKey,
        from: Timestamp,
        to: Timestamp,
    ) -> Answer<Vec<Occurrence>> {
        calendar::occurrences_of(&self.core, caller, key, from, to).await
    }

    async fn decisions(
        &self,
        caller: &Caller,
        key: &AppKey,
        page: &PageQuery,
    ) -> Answer<Page<DecisionEntry>> {
        caller.require(Permission::View)?;
        let mut reader = self.core.store.read().await?;
        let app = apps::get(&mut reader, key).await?.ok_or_else(|| no_app(key))?;
        Ok(autoscalers::decisions(&mut reader, app.id, page).await?)
    }

    async fn surges(
        &self,
        caller: &Caller,
        environment: &EnvironmentName,
        project: &ProjectName,
    ) -> Answer<Vec<RunningSurge>> {
        surge::running(&self.core, caller, environment, project).await
    }

    async fn plan_surge(
        &self,
        caller: &Caller,
        environment: &EnvironmentName,
        project: &ProjectName,
        input: &Surge,
    ) -> Answer<SurgePlan> {
        surge::plan(&self.core, caller, environment, project, input).await
    }

    async fn begin_surge(
        &self,
        caller: &Caller,
        environment: &EnvironmentName,
        project: &ProjectName,
        input: &Surge,
    ) -> Answer<SurgePlan> {
        surge::begin(&self.core, caller, environment, project, input).await
    }

    async fn end_surge(
        &self,
        caller: &Caller,
        environment: &EnvironmentName,
        project: &ProjectName,
        name: &str,
    ) -> Answer<()> {
        surge::end(&self.core, caller, environment, project, name).await
    }
}
