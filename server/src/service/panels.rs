//! Charts that people add to an app's own.

use adapters::metrics::check_query;
use app::port::{Answer, Panels};
use async_trait::async_trait;
use model::id::AppKey;
use model::metric::{self, Language, Panel, fill, mistakes};
use model::permission::{Caller, Permission};
use model::problem::{Fault, FieldError, Problem};
use serde_json::json;

use super::{Core, no_app};
use crate::store::audit::{self, NewEntry};
use crate::store::{apps, panels as rows};

/// The port [`Panels`].
#[derive(Clone)]
pub struct PanelService {
    core: Core,
}

impl PanelService {
    pub const fn new(core: Core) -> Self {
        Self { core }
    }
}

#[async_trait]
impl Panels for PanelService {
    async fn get(&self, caller: &Caller, key: &AppKey) -> Answer<metric::Panels> {
        caller.require(Permission::View)?;
        let mut reader = self.core.store.read().await?;
        let app = apps::get(&mut reader, key).await?.ok_or_else(|| no_app(key))?;
        Ok(rows::get(&mut reader, app.id).await?)
    }

    async fn set(&self, caller: &Caller, key: &AppKey, panels: Vec<Panel>) -> Answer<metric::Panels> {
        caller.require(Permission::ChangeApps)?;
        let mut found = mistakes(&panels);
        if found.is_empty() && self.core.sources.of(&key.environment).kind().language() == Language::PromQl {
            found = unreadable(&panels, key);
        }
        if !found.is_empty() {
            return Err(Problem::invalid(found));
        }
        let mut tx = self.core.store.begin().await?;
        let app = apps::get(&mut tx, key).await?.ok_or_else(|| no_app(key))?;
        let now = self.core.clock.now();
        rows::set(&mut tx, app.id, &panels, &caller.actor, now).await?;
        let target = key.to_string();
        let entry = NewEntry {
            time: now,
            actor: &caller.actor,
            action: "app.panels",
            target: &target,
            reason: "",
            detail: json!(panels),
        };
        audit::insert(&mut tx, entry).await?;
        tx.commit().await?;
        Ok(metric::Panels { panels, by: Some(caller.actor.clone()), at: Some(now) })
    }
}

/// Queries that are no PromQL.
fn unreadable(panels: &[Panel], key: &AppKey) -> Vec<FieldError> {
    let wrong = |(place, panel): (usize, &Panel)| {
        let reason = check_query(&fill(&panel.query, key, 1)).err()?.to_string();
        Some(FieldError::new(format!("/{place}/query"), Fault::Other { reason }))
    };
    panels.iter().enumerate().filter_map(wrong).collect()
}
