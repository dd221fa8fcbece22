//! Create an app and deploy its first revision.

use model::api::CreateApp;
use model::app::App;
use model::deployment::{Deployment, DeploymentKind};
use model::id::{AppId, AppKey, AppName, DeploymentId, EnvironmentName, NAME_MAX, NameError};
use model::permission::{Caller, Permission};
use model::problem::{Fault, FieldError, Problem, ProblemCode};
use model::revision::Revision;
use model::rollout::SetKey;
use model::workload::ForeignWorkload;
use serde_json::json;

use super::adoption;
use super::change::{self, Goal};
use super::content;
use super::validate;
use crate::live::summary;
use crate::service::overrides::Override;
use crate::service::releases::guard;
use crate::service::{Core, idempotency, window};
use crate::store::apps::{AppRow, ListedApp};
use crate::store::{apps, audit, deployment_events, deployments, revisions};

/// Count where the definition names none.
const INSTANCES: u32 = 1;

/// 409 when the name is taken; 422 naming every invalid field.
pub async fn create(
    core: &Core,
    caller: &Caller,
    environment: &EnvironmentName,
    input: CreateApp,
) -> Result<(App, Deployment), Problem> {
    create_by(core, caller, environment, input, DeploymentKind::Create, None).await
}

/// [`create`], as a deployment of this kind; of an app that takes the place of `adopts`.
pub async fn create_by(
    core: &Core,
    caller: &Caller,
    environment: &EnvironmentName,
    input: CreateApp,
    kind: DeploymentKind,
    adopts: Option<&ForeignWorkload>,
) -> Result<(App, Deployment), Problem> {
    caller.require(Permission::ChangeApps)?;
    let name = name(&input.name);
    let definition = validate::read(&input.definition, "/definition");
    let (name, mut definition) = match (name, definition) {
        (Ok(name), Ok(definition)) => (name, definition),
        (name, definition) => {
            let mut errors: Vec<FieldError> = name.err().into_iter().collect();
            errors.extend(definition.err().map(|problem| problem.errors).unwrap_or_default());
            return Err(Problem::invalid(errors));
        }
    };
    let mut errors = validate::expressions(core, environment, &definition, "/definition").await;
    if let Some(image) = &mut definition.image {
        errors.extend(content::settle(core, environment, image, "/definition/image").await?.errors);
    }
    let mut tx = core.store.begin().await?;
    let place = core.environment(&mut tx, environment).await?;
    let count = definition.instances.unwrap_or(1);
    errors.extend(validate::runnable(core, &mut tx, &place, &definition, count, "/definition").await?);
    if !errors.is_empty() {
        return Err(Problem::invalid(errors));
    }
    let key = AppKey { environment: environment.clone(), app: name };
    if apps::get(&mut tx, &key).await?.is_some() {
        return Err(taken(&key));
    }
    let now = core.clock.now();
    let wanted = definition.instances.unwrap_or(INSTANCES);
    let definition = definition.without_instances();
    let generation = apps::next_generation(&mut tx, &key).await?;
    let target = SetKey { revision: 1, generation };
    let mut app = AppRow {
        id: AppId(core.clock.new_id()),
        environment: key.environment.clone(),
        name: key.app.clone(),
        project: definition.project.clone(),
        version: definition.version_label(),
        image: definition.image.clone(),
        target,
        wanted,
        resume_wanted: wanted.max(INSTANCES),
        stable: None,
        stable_wanted: 0,
        last_revision: 1,
        last_generation: generation,
        last_number: 0,
        last_deployment: None,
        created_at: now,
        updated_at: now,
    };
    let window = window::require_open(&place, caller, kind, input.override_window, &input.reason, now)?;
    let released_at = validate::released_at(&mut tx, None, &definition, now).await?;
    let goal = Goal {
        kind,
        target,
        wanted,
        definition: definition.clone(),
        recently_out: false,
        released_at: Some(released_at),
        override_window: input.override_window,
        override_release: input.override_release,
    };
    let release = guard::require_allowed(&mut tx, &app, &goal, &input.reason).await?;
    let overridden: Vec<Override> = window.into_iter().chain(release).collect();
    guard::remember(core, &mut tx, &goal, &caller.actor).await?;
    let id = DeploymentId(core.clock.new_id());
    let reason = adopts.map_or_else(|| input.reason.clone(), |old| adoption::reason(old, &input.reason));
    let row = change::record(&mut app, id, goal, caller, &reason, now);
    let revision = Revision {
        revision: 1,
        hash: change::hash(&definition),
        definition,
        author: caller.actor.clone(),
        reason: row.deployment.reason.clone(),
        created_at: now,
    };
    apps::insert(&mut tx, &app).await?;
    revisions::insert(&mut tx, app.id, &revision).await?;
    deployments::insert(&mut tx, &row).await?;
    let at = key.to_string();
    let mut entry = change::audit_entry(&row, &at, &overridden, now);
    if let Some(old) = adopts {
        entry.detail["adopts"] = json!({ "id": old.id, "name": old.name });
        adoption::record(&mut tx, &app, old, &revision.definition, now).await?;
    }
    audit::insert(&mut tx, entry).await?;
    let events = deployment_events::insert(&mut tx, change::first_lines(&row, &overridden)).await?;
    let listed = ListedApp { app, last: Some(row.deployment.clone()) };
    let summary = summary(&listed, &core.sights.get(environment));
    let mut definition = revision.definition;
    definition.instances = Some(wanted);
    let created = App { summary, definition };
    idempotency::keep(&mut tx, 201, &json!({ "app": created, "deployment": row.deployment })).await?;
    tx.commit().await?;
    change::announce(core, &listed.app, &row.deployment, Vec::new(), events);
    Ok((created, row.deployment))
}

/// The name as given in a body.
pub fn name(text: &str) -> Result<AppName, FieldError> {
    text.parse::<AppName>().map_err(|error| {
        let fault = match error {
            NameError::Empty => Fault::Required,
            NameError::TooLong => Fault::TooLong { max: NAME_MAX },
            NameError::NotDnsLabel => Fault::NotDnsLabel,
        };
        FieldError::new("/name", fault)
    })
}

fn taken(key: &AppKey) -> Problem {
    Problem::new(
        ProblemCode::AlreadyExists,
        format!("There is an app {} in {} already.", key.app, key.environment),
    )
    .with("what", "app")
    .with("name", key)
}
