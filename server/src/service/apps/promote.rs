//! Bring what is out in one environment to another: the same content, by digest.

use model::api::{Accepted, CreateApp, UpdateApp};
use model::definition::{Definition, to_json};
use model::deployment::DeploymentKind;
use model::id::AppKey;
use model::permission::{Caller, Permission};
use model::problem::{Fault, FieldError, Problem};
use model::release::Promote;

use super::{create, update};
use crate::service::{Core, no_app};
use crate::store::{apps, revisions};

/// Where the app is not there yet, it is created by the same definition; else only what runs is replaced.
pub async fn promote(
    core: &Core,
    caller: &Caller,
    key: &AppKey,
    input: Promote,
) -> Result<Accepted, Problem> {
    caller.require(Permission::ChangeApps)?;
    if input.to == key.environment {
        let reason = "must be another environment".to_owned();
        return Err(Problem::invalid(vec![FieldError::new("/to", Fault::Other { reason })]));
    }
    let mut reader = core.store.read().await?;
    core.environment(&mut reader, &input.to).await?;
    let app = apps::get(&mut reader, key).await?.ok_or_else(|| no_app(key))?;
    // What holds there, not what is still being tried.
    let out = app.stable.unwrap_or(app.target).revision;
    let revision = revisions::get(&mut reader, app.id, out).await?.ok_or_else(Problem::internal)?;
    let there = AppKey { environment: input.to.clone(), app: key.app.clone() };
    let target = apps::get(&mut reader, &there).await?;
    let Some(target) = target else {
        drop(reader);
        let creation = CreateApp {
            name: key.app.to_string(),
            definition: to_json(&revision.definition, app.wanted.max(1)),
            reason: input.reason,
            override_window: input.override_window,
            override_release: input.override_release,
        };
        let promote = DeploymentKind::Promote;
        let (_, deployment) = create::create_by(core, caller, &input.to, creation, promote).await?;
        return Ok(Accepted { deployment: Some(deployment) });
    };
    let current = revisions::get(&mut reader, target.id, target.target.revision).await?;
    let current = current.ok_or_else(Problem::internal)?;
    drop(reader);
    let definition = with_version_of(&current.definition, &revision.definition, target.wanted);
    let change = UpdateApp {
        definition: Some(definition),
        reason: input.reason,
        override_active: input.override_active,
        override_window: input.override_window,
        override_release: input.override_release,
        if_revision: Some(target.target.revision),
        ..UpdateApp::default()
    };
    update::update_by(core, caller, &there, change, DeploymentKind::Promote).await
}

/// The definition of `target` with what runs in `source`. A bare command is itself what runs.
pub fn with_version_of(target: &Definition, source: &Definition, wanted: u32) -> serde_json::Value {
    let mut definition = target.clone();
    definition.image.clone_from(&source.image);
    definition.artifact.clone_from(&source.artifact);
    let bare = |each: &Definition| each.image.is_none() && each.artifact.is_none();
    if bare(source) || bare(target) {
        definition.command.clone_from(&source.command);
    }
    let mut value = to_json(&definition, wanted);
    if let Some(object) = value.as_object_mut() {
        object.remove("instances");
    }
    value
}
