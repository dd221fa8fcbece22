//! The policy by which an app scales itself.

use model::autoscale::{self, Policy, Target};
use model::id::{AppKey, EnvironmentName};
use model::live::Change;
use model::permission::{Caller, Permission};
use model::problem::{FieldError, Problem};
use model::scaling::Autoscaler;
use serde_json::{Value, json};

use crate::service::{Core, no_app};
use crate::store::audit::{self, NewEntry};
use crate::store::{apps, autoscalers as rows};
use crate::watch::expression::readable;

pub async fn get(core: &Core, caller: &Caller, key: &AppKey) -> Result<Option<Autoscaler>, Problem> {
    caller.require(Permission::View)?;
    let mut reader = core.store.read().await?;
    let app = apps::get(&mut reader, key).await?.ok_or_else(|| no_app(key))?;
    Ok(rows::get(&mut reader, app.id).await?.map(|row| row.autoscaler))
}

/// A policy without a mistake, the queries' syntax included.
pub async fn checked(core: &Core, environment: &EnvironmentName, value: &Value) -> Result<Policy, Problem> {
    let policy = autoscale::parse(value).map_err(Problem::invalid)?;
    let source = core.sources.of(environment);
    let mut errors = Vec::new();
    for (index, target) in policy.targets.iter().enumerate() {
        if let Target::Query { query, .. } = target
            && let Err(fault) = readable(query, &*source, core.clock.now()).await
        {
            errors.push(FieldError::new(format!("/targets/{index}/query"), fault));
        }
    }
    if errors.is_empty() { Ok(policy) } else { Err(Problem::invalid(errors)) }
}

pub async fn set(core: &Core, caller: &Caller, key: &AppKey, value: &Value) -> Result<Autoscaler, Problem> {
    caller.require(Permission::ChangeApps)?;
    let policy = checked(core, &key.environment, value).await?;
    let mut tx = core.store.begin().await?;
    let app = apps::get(&mut tx, key).await?.ok_or_else(|| no_app(key))?;
    let now = core.clock.now();
    let autoscaler = Autoscaler { policy, by: caller.actor.clone(), at: now, last: None };
    rows::set(&mut tx, app.id, &autoscaler).await?;
    let target = key.to_string();
    let detail = json!(autoscaler.policy);
    let actor = &caller.actor;
    let entry = NewEntry { time: now, actor, action: "app.autoscaler", target: &target, reason: "", detail };
    audit::insert(&mut tx, entry).await?;
    tx.commit().await?;
    core.bus.publish([Change::Scaling(key.clone())]);
    core.scaled.notify_one();
    Ok(autoscaler)
}

/// Fine where there is none.
pub async fn remove(core: &Core, caller: &Caller, key: &AppKey) -> Result<(), Problem> {
    caller.require(Permission::ChangeApps)?;
    let mut tx = core.store.begin().await?;
    let app = apps::get(&mut tx, key).await?.ok_or_else(|| no_app(key))?;
    if rows::remove(&mut tx, app.id).await? {
        let target = key.to_string();
        let entry = NewEntry {
            time: core.clock.now(),
            actor: &caller.actor,
            action: "app.autoscaler_off",
            target: &target,
            reason: "",
            detail: json!({}),
        };
        audit::insert(&mut tx, entry).await?;
    }
    tx.commit().await?;
    core.bus.publish([Change::Scaling(key.clone())]);
    Ok(())
}
