//! Apps: list, read, create and everything that changes them.

mod adoption;
mod change;
mod content;
mod create;
mod destroy;
mod instances;
mod list;
mod logs;
mod newer;
mod plan;
mod promote;
mod read;
mod restart;
mod resume;
mod rollback;
mod scale;
mod suspend;
mod update;
mod validate;

use app::port::{Answer, Apps};
use async_trait::async_trait;
use futures::stream::BoxStream;
use model::api::{
    Accepted, AppCounts, AppsQuery, CreateApp, LogLine, LogsQuery, Page, PageQuery, Plan, Reasoned, Restart,
    Rollback, Scale, UpdateApp,
};
use model::app::{App, AppSummary};
use model::deployment::Deployment;
use model::diff;
use model::id::{AppKey, EnvironmentName, InstanceId, RevisionNumber};
use model::instance::Instance;
use model::permission::Caller;
use model::release::{Promote, Promotion};
use model::revision::Revision;

pub use self::adoption::require_stoppable;
pub use self::change::{Change, Goal};
pub use self::create::{create_by, name as read_name};
pub use self::plan::{capacity, plan as plan_app, resources};
pub use self::scale::bring_to;
pub use self::update::update;
use super::Core;

/// The port [`Apps`].
#[derive(Clone)]
pub struct AppService {
    core: Core,
}

impl AppService {
    pub const fn new(core: Core) -> Self {
        Self { core }
    }
}

/// Lower-case hexadecimal.
pub(super) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[async_trait]
impl Apps for AppService {
    async fn list(&self, caller: &Caller, query: &AppsQuery) -> Answer<Page<AppSummary>> {
        list::list(&self.core, caller, query).await
    }

    async fn counts(&self, caller: &Caller, environment: Option<&EnvironmentName>) -> Answer<AppCounts> {
        list::counts(&self.core, caller, environment).await
    }

    async fn get(&self, caller: &Caller, key: &AppKey) -> Answer<App> {
        read::get(&self.core, caller, key).await
    }

    async fn create(
        &self,
        caller: &Caller,
        environment: &EnvironmentName,
        input: CreateApp,
    ) -> Answer<(App, Deployment)> {
        create::create(&self.core, caller, environment, input).await
    }

    async fn update(&self, caller: &Caller, key: &AppKey, input: UpdateApp) -> Answer<Accepted> {
        update(&self.core, caller, key, input).await
    }

    async fn plan(&self, caller: &Caller, key: &AppKey, input: UpdateApp) -> Answer<Plan> {
        plan_app(&self.core, caller, key, input).await
    }

    async fn scale(&self, caller: &Caller, key: &AppKey, input: Scale) -> Answer<Accepted> {
        scale::scale(&self.core, caller, key, input).await
    }

    async fn restart(&self, caller: &Caller, key: &AppKey, input: Restart) -> Answer<Accepted> {
        restart::restart(&self.core, caller, key, input).await
    }

    async fn suspend(&self, caller: &Caller, key: &AppKey, input: Reasoned) -> Answer<Accepted> {
        suspend::suspend(&self.core, caller, key, input).await
    }

    async fn resume(&self, caller: &Caller, key: &AppKey, input: Reasoned) -> Answer<Accepted> {
        resume::resume(&self.core, caller, key, input).await
    }

    async fn rollback(&self, caller: &Caller, key: &AppKey, input: Rollback) -> Answer<Accepted> {
        rollback::rollback(&self.core, caller, key, input).await
    }

    async fn promote(&self, caller: &Caller, key: &AppKey, input: Promote) -> Answer<Accepted> {
        promote::promote(&self.core, caller, key, input).await
    }

    async fn plan_promotion(&self, caller: &Caller, key: &AppKey, to: &EnvironmentName) -> Answer<Promotion> {
        promote::plan(&self.core, caller, key, to).await
    }

    async fn destroy(&self, caller: &Caller, key: &AppKey, input: Reasoned) -> Answer<Accepted> {
        destroy::destroy(&self.core, caller, key, input).await
    }

    async fn reset_delay(&self, caller: &Caller, key: &AppKey, input: Reasoned) -> Answer<()> {
        instances::reset_delay(&self.core, caller, key, input).await
    }

    async fn revisions(&self, caller: &Caller, key: &AppKey, page: &PageQuery) -> Answer<Page<Revision>> {
        read::revisions(&self.core, caller, key, page).await
    }

    async fn revision(&self, caller: &Caller, key: &AppKey, number: RevisionNumber) -> Answer<Revision> {
        read::revision(&self.core, caller, key, number).await
    }

    async fn diff(
        &self,
        caller: &Caller,
        key: &AppKey,
        from: RevisionNumber,
        to: RevisionNumber,
    ) -> Answer<Vec<diff::Change>> {
        read::diff(&self.core, caller, key, from, to).await
    }

    async fn instances(&self, caller: &Caller, key: &AppKey, page: &PageQuery) -> Answer<Page<Instance>> {
        instances::list(&self.core, caller, key, page).await
    }

    async fn stop_instance(
        &self,
        caller: &Caller,
        key: &AppKey,
        id: &InstanceId,
        input: Reasoned,
    ) -> Answer<()> {
        instances::stop(&self.core, caller, key, id, input).await
    }

    async fn logs(&self, caller: &Caller, key: &AppKey, query: &LogsQuery) -> Answer<Vec<LogLine>> {
        logs::logs(&self.core, caller, key, query).await
    }

    async fn follow_logs(
        &self,
        caller: &Caller,
        key: &AppKey,
        query: &LogsQuery,
    ) -> Answer<BoxStream<'static, Answer<LogLine>>> {
        logs::follow(&self.core, caller, key, query).await
    }
}
