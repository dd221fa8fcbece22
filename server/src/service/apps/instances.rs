//! The running copies of an app, as last seen, and what can be done to one.

use std::cmp::Reverse;

use model::api::{Page, PageQuery, Reasoned};
use model::id::{AppKey, InstanceId};
use model::instance::Instance;
use model::permission::{Caller, Permission};
use model::problem::Problem;
use serde_json::json;

use crate::live;
use crate::service::{Core, no_app, trouble};
use crate::store::audit::{self, NewEntry};
use crate::store::{apps, cursor};

/// Newest revision first, then by id.
pub async fn list(
    core: &Core,
    caller: &Caller,
    key: &AppKey,
    page: &PageQuery,
) -> Result<Page<Instance>, Problem> {
    caller.require(Permission::View)?;
    apps::get(&mut *core.store.read().await?, key).await?.ok_or_else(|| no_app(key))?;
    let after = cursor::decode::<(u32, u32, String)>(page.cursor.as_deref())?;
    let limit = page.limit();
    let mut instances = live::instances(&key.app, &core.sights.get(&key.environment));
    let place = |i: &Instance| (Reverse(i.revision), Reverse(i.generation), i.id.0.clone());
    instances.sort_by_cached_key(place);
    if let Some((revision, generation, id)) = after {
        let after = (Reverse(revision), Reverse(generation), id);
        instances.retain(|instance| place(instance) > after);
    }
    Ok(cursor::page(instances, limit, |i| (i.revision, i.generation, i.id.0.clone())))
}

/// Ends one instance; the engine replaces it.
pub async fn stop(
    core: &Core,
    caller: &Caller,
    key: &AppKey,
    id: &InstanceId,
    input: Reasoned,
) -> Result<(), Problem> {
    caller.require(Permission::ChangeApps)?;
    let known = core.sights.get(&key.environment).instances(&key.app).iter().any(|i| i.id == *id);
    if !known {
        return Err(Problem::not_found("instance", format!("{id} of {key}")));
    }
    let engine = core.engine(&key.environment)?;
    record(core, caller, key, "instance.stop", json!({ "instance": id }), &input).await?;
    engine.stop_instance(id).await.map_err(|error| trouble::problem(&key.environment, error))
}

/// Starts at once what waits after crashes.
pub async fn reset_delay(core: &Core, caller: &Caller, key: &AppKey, input: Reasoned) -> Result<(), Problem> {
    caller.require(Permission::ChangeApps)?;
    let engine = core.engine(&key.environment)?;
    record(core, caller, key, "app.reset_delay", json!({}), &input).await?;
    engine.reset_delay(key).await.map_err(|error| trouble::problem(&key.environment, error))
}

async fn record(
    core: &Core,
    caller: &Caller,
    key: &AppKey,
    action: &str,
    detail: serde_json::Value,
    input: &Reasoned,
) -> Result<(), Problem> {
    let mut tx = core.store.begin().await?;
    apps::get(&mut tx, key).await?.ok_or_else(|| no_app(key))?;
    let entry = NewEntry {
        time: core.clock.now(),
        actor: &caller.actor,
        action,
        target: &key.to_string(),
        reason: input.reason.trim(),
        detail,
    };
    audit::insert(&mut tx, entry).await?;
    tx.commit().await?;
    Ok(())
}
