//! Change the definition, the count, or both.

use model::api::{Accepted, UpdateApp};
use model::definition::{Definition, to_json};
use model::deployment::DeploymentKind;
use model::id::AppKey;
use model::permission::{Caller, Permission};
use model::problem::{Fault, FieldError, Problem, ProblemCode};
use model::revision::Revision;
use model::rollout::SetKey;
use serde_json::Value;

use super::change::{self, Change, Goal};
use super::content;
use super::validate;
use crate::service::Core;
use crate::store::apps::AppRow;
use crate::store::revisions;

/// 412 when the app is at another revision than the caller read; no deployment when nothing would change.
pub async fn update(
    core: &Core,
    caller: &Caller,
    key: &AppKey,
    input: UpdateApp,
) -> Result<Accepted, Problem> {
    update_by(core, caller, key, input, DeploymentKind::Update).await
}

/// [`update`], where what brings a new version out is a deployment of kind `out`.
pub async fn update_by(
    core: &Core,
    caller: &Caller,
    key: &AppKey,
    mut input: UpdateApp,
    out: DeploymentKind,
) -> Result<Accepted, Problem> {
    caller.require(Permission::ChangeApps)?;
    let mut errors = match &input.definition {
        Some(value) => {
            let definition = validate::read(value, prefix(&input))?;
            validate::expressions(core, &key.environment, &definition, prefix(&input)).await
        }
        None => Vec::new(),
    };
    errors.extend(content::settle_update(core, &key.environment, &mut input).await?.errors);
    let mut change = Change::open(core, caller, key).await?;
    if input.revision.is_some() {
        let reason = "only a plan takes it; to go back use POST .../rollback".to_owned();
        return Err(Problem::invalid(vec![FieldError::new("/revision", Fault::Other { reason })]));
    }
    if let Some(expected) = input.if_revision
        && expected != change.app.target.revision
    {
        let now = change.app.target.revision;
        return Err(Problem::new(
            ProblemCode::Stale,
            format!("{key} is at revision {now} now; read it again and repeat your change on it."),
        )
        .with("revision", now));
    }
    let current = change.revision().await?;
    let definition = wanted_definition(&current.definition, change.app.wanted, &input)?;
    let place = core.environment(&mut change.tx, &key.environment).await?;
    let wanted = wanted_count(&change.app, &definition);
    errors
        .extend(validate::runnable(core, &mut change.tx, &place, &definition, wanted, prefix(&input)).await?);
    if !errors.is_empty() {
        return Err(Problem::invalid(errors));
    }
    let definition = definition.without_instances();
    let hash = change::hash(&definition);
    let same = hash == current.hash;
    let goes_back = change.active.as_ref().is_some_and(|row| row.rollout_state.back.is_some());
    // An app that never came up may be tried again as it is.
    let on_its_way = change.active.is_some() || change.app.stable.is_some();
    if same && wanted == change.app.wanted && !goes_back && on_its_way {
        return Ok(Accepted { deployment: None });
    }
    change.require_idle(input.override_active)?;
    let target = if same {
        change.app.target
    } else {
        change.app.last_revision += 1;
        change.app.project = definition.project.clone();
        change.app.image.clone_from(&definition.image);
        let revision = Revision {
            revision: change.app.last_revision,
            definition: definition.clone(),
            hash,
            author: caller.actor.clone(),
            reason: input.reason.trim().to_owned(),
            created_at: change.now,
        };
        revisions::insert(&mut change.tx, change.app.id, &revision).await?;
        SetKey { revision: change.app.last_revision, generation: change.app.last_generation }
    };
    let kind = if same && change.app.stable.is_some() { DeploymentKind::Scale } else { out };
    // A scale brings nothing out; the same definition again is as old as its revision.
    let written = if same { current.created_at } else { change.now };
    let before = (!same).then_some(&current.definition);
    let released_at = match kind {
        kind if kind == out => {
            Some(validate::released_at(&mut change.tx, before, &definition, written).await?)
        }
        _ => None,
    };
    let goal = Goal {
        kind,
        target,
        wanted,
        definition,
        recently_out: false,
        released_at,
        override_window: input.override_window,
        override_release: input.override_release,
    };
    change.deploy(core, caller, goal, &input.reason).await
}

/// Where the definition stands in the body, for the paths of errors.
pub const fn prefix(input: &UpdateApp) -> &'static str {
    if input.definition.is_some() { "/definition" } else { "" }
}

/// The whole definition given, or the present one with another image or artifact.
pub fn wanted_definition(
    current: &Definition,
    wanted: u32,
    input: &UpdateApp,
) -> Result<Definition, Problem> {
    let given = [input.definition.is_some(), input.image.is_some(), input.artifact.is_some()];
    match given.iter().filter(|given| **given).count() {
        0 => return Err(Problem::invalid(vec![FieldError::new("/definition", Fault::Required)])),
        1 => {}
        _ => {
            let reason = "only one of definition, image and artifact may be given".to_owned();
            return Err(Problem::invalid(vec![FieldError::new("", Fault::Other { reason })]));
        }
    }
    if let Some(definition) = &input.definition {
        return validate::read(definition, prefix(input));
    }
    let mut value = to_json(current, wanted);
    if let Some(object) = value.as_object_mut() {
        object.remove("instances");
        object.insert("image".to_owned(), input.image.clone().map_or(Value::Null, Value::String));
        object.insert("artifact".to_owned(), input.artifact.clone().map_or(Value::Null, Value::String));
    }
    validate::read(&value, prefix(input))
}

/// The count given, or the present one; an app that never came up gets the one it was made with.
pub fn wanted_count(app: &AppRow, definition: &Definition) -> u32 {
    definition.instances.unwrap_or(if app.stable.is_none() { app.resume_wanted } else { app.wanted })
}
