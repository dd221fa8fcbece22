//! Deployments: the history, its evidence, and a person's word to one that runs.

mod command;
mod link;
mod read;
mod token;

use app::port::{Answer, Deployments};
use async_trait::async_trait;
use model::api::{
    AppAt, ApprovalLink, AtQuery, DeploymentCommand, DeploymentsQuery, DoraQuery, LinkedGate,
    MeasurementsQuery, NewApprovalLink, Page, PageQuery, Reasoned, Verification,
};
use model::check::Measurement;
use model::deployment::{Deployment, DeploymentEvent};
use model::diff::Change;
use model::dora::Dora;
use model::id::DeploymentId;
use model::permission::Caller;

pub use self::link::new_link;
use super::Core;

/// The port [`Deployments`].
#[derive(Clone)]
pub struct DeploymentService {
    core: Core,
}

impl DeploymentService {
    pub const fn new(core: Core) -> Self {
        Self { core }
    }
}

#[async_trait]
impl Deployments for DeploymentService {
    async fn list(&self, caller: &Caller, query: &DeploymentsQuery) -> Answer<Page<Deployment>> {
        read::list(&self.core, caller, query).await
    }

    async fn get(&self, caller: &Caller, id: DeploymentId) -> Answer<Deployment> {
        read::get(&self.core, caller, id).await
    }

    async fn at(&self, caller: &Caller, query: &AtQuery) -> Answer<Page<AppAt>> {
        read::at(&self.core, caller, query).await
    }

    async fn dora(&self, caller: &Caller, query: &DoraQuery) -> Answer<Dora> {
        read::dora(&self.core, caller, query).await
    }

    async fn events(
        &self,
        caller: &Caller,
        id: DeploymentId,
        page: &PageQuery,
    ) -> Answer<Page<DeploymentEvent>> {
        read::events(&self.core, caller, id, page).await
    }

    async fn verification(&self, caller: &Caller, id: DeploymentId) -> Answer<Verification> {
        read::verification(&self.core, caller, id).await
    }

    async fn measurements(
        &self,
        caller: &Caller,
        id: DeploymentId,
        query: &MeasurementsQuery,
    ) -> Answer<Page<Measurement>> {
        read::measurements(&self.core, caller, id, query).await
    }

    async fn changes(&self, caller: &Caller, id: DeploymentId) -> Answer<Vec<Change>> {
        read::changes(&self.core, caller, id).await
    }

    async fn compare(&self, caller: &Caller, a: DeploymentId, b: DeploymentId) -> Answer<Vec<Change>> {
        read::compare(&self.core, caller, a, b).await
    }

    async fn command(
        &self,
        caller: &Caller,
        id: DeploymentId,
        command: DeploymentCommand,
        input: Reasoned,
    ) -> Answer<Deployment> {
        command::command(&self.core, caller, id, command, input, None).await
    }

    async fn approval_link(
        &self,
        caller: &Caller,
        id: DeploymentId,
        input: NewApprovalLink,
    ) -> Answer<ApprovalLink> {
        link::create(&self.core, caller, id, input).await
    }

    async fn linked(&self, caller: &Caller, token: &str) -> Answer<LinkedGate> {
        link::get(&self.core, caller, token).await
    }

    async fn answer_link(
        &self,
        caller: &Caller,
        token: &str,
        yes: bool,
        input: Reasoned,
    ) -> Answer<Deployment> {
        link::answer(&self.core, caller, token, yes, input).await
    }
}
