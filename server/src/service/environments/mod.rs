//! Environments: their engines, nodes, and the artifacts they can run.

use std::sync::Arc;
use std::time::Duration;

use app::port::{Answer, Environments};
use async_trait::async_trait;
use model::api::{Artifact, EnvironmentInput, Page, PageQuery};
use model::environment::{Environment, Node};
use model::id::{EnvironmentName, NAME_MAX, NameError};
use model::live::Change;
use model::log::{LogLink, check_links};
use model::metric::SourceTest;
use model::permission::{Caller, Permission};
use model::problem::{Fault, FieldError, Problem, ProblemCode};
use serde_json::json;

mod engine;
mod metrics;

use super::{Core, engine_name, trouble, window};
use crate::live;
use crate::store::audit::{self, NewEntry};
use crate::store::environments::{self as rows, EnvironmentRow};
use crate::store::{Transaction, artifacts};

/// Longest look at the nodes after one was told something.
const LOOK: Duration = Duration::from_secs(3);

/// The port [`Environments`].
#[derive(Clone)]
pub struct EnvironmentService {
    core: Core,
}

impl EnvironmentService {
    pub const fn new(core: Core) -> Self {
        Self { core }
    }

    async fn show(&self, row: &EnvironmentRow) -> Answer<Environment> {
        let counts = rows::app_counts(&mut *self.core.store.read().await?).await?;
        let apps = counts.iter().find(|(name, _)| *name == row.name).map_or(0, |(_, apps)| *apps);
        Ok(live::environment(row, apps, &self.core.sights.get(&row.name), self.core.clock.now()))
    }

    async fn audit(
        &self,
        tx: &mut Transaction,
        caller: &Caller,
        action: &str,
        target: &str,
        detail: serde_json::Value,
    ) -> Answer<()> {
        let time = self.core.clock.now();
        let entry = NewEntry { time, actor: &caller.actor, action, target, reason: "", detail };
        Ok(audit::insert(tx, entry).await?)
    }
}

/// Tidied; what was not sent stays as it is.
fn checked(links: Option<Vec<LogLink>>) -> Answer<Option<Vec<LogLink>>> {
    links.map(check_links).transpose().map_err(Problem::invalid)
}

#[async_trait]
impl Environments for EnvironmentService {
    async fn list(&self, caller: &Caller) -> Answer<Vec<Environment>> {
        caller.require(Permission::View)?;
        let mut reader = self.core.store.read().await?;
        let found = rows::list(&mut reader).await?;
        let counts = rows::app_counts(&mut reader).await?;
        let now = self.core.clock.now();
        Ok(found
            .iter()
            .map(|row| {
                let apps = counts.iter().find(|(name, _)| *name == row.name).map_or(0, |(_, n)| *n);
                live::environment(row, apps, &self.core.sights.get(&row.name), now)
            })
            .collect())
    }

    async fn get(&self, caller: &Caller, name: &EnvironmentName) -> Answer<Environment> {
        caller.require(Permission::View)?;
        let row = self.core.environment(&mut *self.core.store.read().await?, name).await?;
        self.show(&row).await
    }

    async fn create(&self, caller: &Caller, input: EnvironmentInput) -> Answer<Environment> {
        caller.require(Permission::Administer)?;
        let name: EnvironmentName = input.name.parse().map_err(|error| {
            let fault = match error {
                NameError::Empty => Fault::Required,
                NameError::TooLong => Fault::TooLong { max: NAME_MAX },
                NameError::NotDnsLabel => Fault::NotDnsLabel,
            };
            Problem::invalid(vec![FieldError::new("/name", fault)])
        })?;
        engine::check(&input.engine).await?;
        let rules = window::tidy(input.rules)?;
        let log_links = checked(input.log_links)?.unwrap_or_default();
        let (metrics, metrics_secret) = metrics::settle(&self.core, &name, input.metrics, None).await?;
        let now = self.core.clock.now();
        let mut tx = self.core.store.begin().await?;
        if rows::get(&mut tx, &name).await?.is_some() {
            let detail = format!("There is an environment {name} already.");
            return Err(Problem::new(ProblemCode::AlreadyExists, detail)
                .with("what", "environment")
                .with("name", &name));
        }
        let row = EnvironmentRow {
            name,
            engine: input.engine,
            protected: input.protected,
            rules,
            metrics,
            metrics_secret,
            log_links,
            created_at: now,
            updated_at: now,
        };
        rows::insert(&mut tx, &row).await?;
        let detail = json!({ "engine": engine_name(&row.engine), "protected": row.protected, "rules": row.rules,
                "metrics": row.metrics, "log_links": row.log_links });
        self.audit(&mut tx, caller, "environment.create", row.name.as_str(), detail).await?;
        tx.commit().await?;
        self.core.sources.set(&row).await;
        self.core.supervisor.begin(&row);
        let environment = self.show(&row).await?;
        self.core.bus.publish([Change::Environment(Box::new(environment.clone()))]);
        Ok(environment)
    }

    async fn update(
        &self,
        caller: &Caller,
        name: &EnvironmentName,
        input: EnvironmentInput,
    ) -> Answer<Environment> {
        caller.require(Permission::Administer)?;
        if input.name != name.as_str() {
            let fault = Fault::Other { reason: "cannot be changed".to_owned() };
            return Err(Problem::invalid(vec![FieldError::new("/name", fault)]));
        }
        engine::check(&input.engine).await?;
        let rules = window::tidy(input.rules)?;
        let log_links = checked(input.log_links)?;
        let (mut tx, before, (metrics, metrics_secret)) = loop {
            let known = self.core.environment(&mut *self.core.store.read().await?, name).await?;
            let settled = metrics::settle(&self.core, name, input.metrics.clone(), Some(&known)).await?;
            let mut tx = self.core.store.begin().await?;
            let before = self.core.environment(&mut tx, name).await?;
            // A secret is for the server it was given for: somebody else may have named another meanwhile.
            if before.metrics == known.metrics && before.metrics_secret == known.metrics_secret {
                break (tx, before, settled);
            }
        };
        let row = EnvironmentRow {
            engine: input.engine,
            protected: input.protected,
            rules,
            metrics,
            metrics_secret,
            log_links: log_links.unwrap_or_else(|| before.log_links.clone()),
            updated_at: self.core.clock.now(),
            ..before.clone()
        };
        rows::update(&mut tx, &row).await?;
        let detail = json!({ "engine": engine_name(&row.engine), "protected": row.protected, "rules": row.rules,
                "metrics": row.metrics, "log_links": row.log_links });
        self.audit(&mut tx, caller, "environment.update", name.as_str(), detail).await?;
        tx.commit().await?;
        // Also where nothing differs: a file of certificates may be another one.
        self.core.sources.set(&row).await;
        if row.engine != before.engine {
            self.core.supervisor.end(name).await;
            self.core.supervisor.begin(&row);
        }
        let environment = self.show(&row).await?;
        self.core.bus.publish([Change::Environment(Box::new(environment.clone()))]);
        Ok(environment)
    }

    async fn delete(&self, caller: &Caller, name: &EnvironmentName) -> Answer<()> {
        caller.require(Permission::Administer)?;
        let mut tx = self.core.store.begin().await?;
        self.core.environment(&mut tx, name).await?;
        let counts = rows::app_counts(&mut tx).await?;
        if let Some((_, apps)) = counts.iter().find(|(place, _)| place == name) {
            let detail = format!("{name} still has {apps} apps; destroy them first.");
            return Err(Problem::new(ProblemCode::EnvironmentInUse, detail)
                .with("environment", name)
                .with("apps", apps));
        }
        // Nobody can ask any more whether they are over.
        for rule in
            crate::alerts::rules(&mut tx).await?.iter().filter(|it| it.environment.as_ref() == Some(name))
        {
            crate::alerts::resolve(&mut tx, rule, self.core.clock.now()).await?;
        }
        rows::delete(&mut tx, name).await?;
        self.audit(&mut tx, caller, "environment.delete", name.as_str(), json!({})).await?;
        tx.commit().await?;
        self.core.sources.remove(name);
        self.core.supervisor.end(name).await;
        self.core.bus.publish([Change::EnvironmentGone(name.clone())]);
        crate::alerts::announce(&self.core).await;
        Ok(())
    }

    async fn test_metrics(&self, caller: &Caller, name: &EnvironmentName) -> Answer<SourceTest> {
        caller.require(Permission::Administer)?;
        self.core.environment(&mut *self.core.store.read().await?, name).await?;
        Ok(metrics::test(&self.core, name).await)
    }

    async fn nodes(&self, caller: &Caller, name: &EnvironmentName) -> Answer<Vec<Node>> {
        caller.require(Permission::View)?;
        self.core.environment(&mut *self.core.store.read().await?, name).await?;
        Ok(self.core.sights.get(name).nodes.to_vec())
    }

    async fn drain(&self, caller: &Caller, name: &EnvironmentName, node: &str, active: bool) -> Answer<()> {
        caller.require(Permission::Administer)?;
        let engine = self.core.engine(name)?;
        let action = if active { "node.activate" } else { "node.drain" };
        let mut tx = self.core.store.begin().await?;
        self.core.environment(&mut tx, name).await?;
        self.audit(&mut tx, caller, action, &format!("{name}/{node}"), json!({})).await?;
        tx.commit().await?;
        let done = if active { engine.activate(node).await } else { engine.drain(node).await };
        done.map_err(|error| trouble::problem(name, error))?;
        // Who told it looks at once; where it cannot be asked now the sampler asks again.
        if let Ok(Ok(nodes)) = tokio::time::timeout(LOOK, engine.nodes()).await {
            self.core.sights.update(name, |sight| sight.nodes = Arc::new(nodes));
        }
        Ok(())
    }

    async fn artifacts(&self, caller: &Caller, page: &PageQuery) -> Answer<Page<Artifact>> {
        caller.require(Permission::View)?;
        Ok(artifacts::list(&mut *self.core.store.read().await?, page).await?)
    }
}
