//! Hold an app at a version.

use model::id::AppKey;
use model::permission::{Caller, Permission};
use model::problem::{Problem, ProblemCode};
use model::release::{NewPin, Pin, Version};
use serde_json::json;

use crate::service::{Core, no_app};
use crate::store::audit::{self, NewEntry};
use crate::store::{apps, pins, releases, revisions};

pub async fn get(core: &Core, caller: &Caller, key: &AppKey) -> Result<Option<Pin>, Problem> {
    caller.require(Permission::View)?;
    let mut reader = core.store.read().await?;
    let app = apps::get(&mut reader, key).await?.ok_or_else(|| no_app(key))?;
    Ok(pins::get(&mut reader, app.id).await?)
}

/// At the release named, or at what the app is to run now.
pub async fn set(core: &Core, caller: &Caller, key: &AppKey, input: NewPin) -> Result<Pin, Problem> {
    caller.require(Permission::ChangeApps)?;
    let mut tx = core.store.begin().await?;
    let app = apps::get(&mut tx, key).await?.ok_or_else(|| no_app(key))?;
    let version = if let Some(id) = input.release {
        let release = releases::get(&mut tx, id).await?;
        release.ok_or_else(|| Problem::not_found("release", id))?.version
    } else {
        let revision = revisions::get(&mut tx, app.id, app.target.revision).await?;
        let revision = revision.ok_or_else(Problem::internal)?;
        Version::of(&revision.definition).ok_or_else(|| nothing_to_hold(key))?
    };
    let reason = input.reason.trim();
    let now = core.clock.now();
    let pin = Pin { version, by: caller.actor.clone(), at: now, reason: reason.to_owned() };
    pins::set(&mut tx, app.id, &pin).await?;
    let detail = json!({ "version": pin.version.to_string() });
    let target = key.to_string();
    let entry =
        NewEntry { time: now, actor: &caller.actor, action: "app.pin", target: &target, reason, detail };
    audit::insert(&mut tx, entry).await?;
    tx.commit().await?;
    Ok(pin)
}

/// Fine where there is none.
pub async fn remove(core: &Core, caller: &Caller, key: &AppKey, reason: &str) -> Result<(), Problem> {
    caller.require(Permission::ChangeApps)?;
    let mut tx = core.store.begin().await?;
    let app = apps::get(&mut tx, key).await?.ok_or_else(|| no_app(key))?;
    if pins::remove(&mut tx, app.id).await? {
        let target = key.to_string();
        let entry = NewEntry {
            time: core.clock.now(),
            actor: &caller.actor,
            action: "app.unpin",
            target: &target,
            reason: reason.trim(),
            detail: json!({}),
        };
        audit::insert(&mut tx, entry).await?;
    }
    tx.commit().await?;
    Ok(())
}

fn nothing_to_hold(key: &AppKey) -> Problem {
    Problem::new(
        ProblemCode::WrongState,
        format!("{key} runs a command alone, which has no versions to be held at."),
    )
    .with("state", "command")
    .with("action", "pin")
}
