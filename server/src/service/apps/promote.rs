//! Bring what is out in one environment to another: the same content, by digest.

use model::api::{Accepted, CreateApp, UpdateApp};
use model::definition::{Definition, to_json};
use model::deployment::DeploymentKind;
use model::id::{AppKey, EnvironmentName};
use model::permission::{Caller, Permission};
use model::problem::{Fault, FieldError, Problem};
use model::release::{Promote, Promotion, Version};
use model::revision::Revision;

use super::{create, plan, update};
use crate::service::{Core, no_app};
use crate::store::{apps, revisions};

/// What a promotion comes to.
struct Wish {
    there: AppKey,
    /// What is out at the source.
    source: Revision,
    /// What is out at the target, with its wanted count; absent where the app is made.
    target: Option<Revision>,
    definition: serde_json::Value,
}

/// Where the app is not there yet, it is created by the same definition; else only what runs is replaced.
pub async fn promote(
    core: &Core,
    caller: &Caller,
    key: &AppKey,
    input: Promote,
) -> Result<Accepted, Problem> {
    caller.require(Permission::ChangeApps)?;
    let wish = wish(core, key, &input.to).await?;
    let Some(target) = wish.target else {
        let creation = CreateApp {
            name: key.app.to_string(),
            definition: wish.definition,
            reason: input.reason,
            override_window: input.override_window,
            override_release: input.override_release,
        };
        let promote = DeploymentKind::Promote;
        let (_, deployment) = create::create_by(core, caller, &input.to, creation, promote, None).await?;
        return Ok(Accepted { deployment: Some(deployment) });
    };
    let change = UpdateApp {
        definition: Some(wish.definition),
        reason: input.reason,
        override_active: input.override_active,
        override_window: input.override_window,
        override_release: input.override_release,
        if_revision: Some(target.revision),
        ..UpdateApp::default()
    };
    update::update_by(core, caller, &wish.there, change, DeploymentKind::Promote).await
}

/// What [`promote`] would do.
pub async fn plan(
    core: &Core,
    caller: &Caller,
    key: &AppKey,
    to: &EnvironmentName,
) -> Result<Promotion, Problem> {
    caller.require(Permission::View)?;
    let Wish { there, source, target, definition } = wish(core, key, to).await?;
    let input = UpdateApp { definition: Some(definition), ..UpdateApp::default() };
    let plan = plan::plan(core, caller, &there, input).await?;
    let version = Version::of(&source.definition);
    let replaces = target.as_ref().and_then(|target| Version::of(&target.definition));
    let alike = matches!((&version, &replaces), (Some(new), Some(old)) if new.is_same(old));
    let same = target.is_some() && (alike || plan.new_revision.is_none());
    Ok(Promotion { version, revision: source.revision, creates: target.is_none(), replaces, same, plan })
}

async fn wish(core: &Core, key: &AppKey, to: &EnvironmentName) -> Result<Wish, Problem> {
    if *to == key.environment {
        let reason = "must be another environment".to_owned();
        return Err(Problem::invalid(vec![FieldError::new("/to", Fault::Other { reason })]));
    }
    let mut reader = core.store.read().await?;
    core.environment(&mut reader, to).await?;
    let app = apps::get(&mut reader, key).await?.ok_or_else(|| no_app(key))?;
    // What holds there, not what is still being tried.
    let out = app.stable.unwrap_or(app.target).revision;
    let source = revisions::get(&mut reader, app.id, out).await?.ok_or_else(Problem::internal)?;
    let there = AppKey { environment: to.clone(), app: key.app.clone() };
    let Some(target) = apps::get(&mut reader, &there).await? else {
        let definition = to_json(&source.definition, app.wanted.max(1));
        return Ok(Wish { there, source, target: None, definition });
    };
    let current = revisions::get(&mut reader, target.id, target.target.revision).await?;
    let current = current.ok_or_else(Problem::internal)?;
    let definition = with_version_of(&current.definition, &source.definition, target.wanted);
    Ok(Wish { there, source, target: Some(current), definition })
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
