//! What an update or a creation would do, without doing it.

use model::api::{Capacity, Plan, UpdateApp};
use model::definition::{Definition, Resources, to_json};
use model::deployment::DeploymentKind;
use model::diff::diff;
use model::environment::NodeResources;
use model::id::{AppKey, RevisionNumber};
use model::permission::{Caller, Permission};
use model::problem::{Fault, FieldError, Problem};
use model::rollout::{ObservedSet, Rollout, SetKey, preview};
use serde_json::Value;

use super::{change, content, rollback, update, validate};
use crate::live::Sight;
use crate::service::{Core, window};
use crate::store::apps::AppRow;
use crate::store::{AnyConnection, apps, deployments, replica_sets, revisions};

pub async fn plan(core: &Core, caller: &Caller, key: &AppKey, mut input: UpdateApp) -> Result<Plan, Problem> {
    caller.require(Permission::View)?;
    // What is asked of others comes before and after what is asked of our own store.
    let settled = content::settle_update(core, &key.environment, &mut input).await?;
    let goes_back = input.revision.is_some();
    let mut plan = from_store(core, key, input).await?;
    plan.errors.splice(0..0, settled.errors);
    plan.warnings = settled.warnings;
    if let Some(image) = plan.definition.get("image").and_then(Value::as_str).filter(|_| goes_back) {
        plan.warnings.extend(content::warnings_of_return(core, image).await?);
    }
    Ok(plan)
}

async fn from_store(core: &Core, key: &AppKey, input: UpdateApp) -> Result<Plan, Problem> {
    let mut reader = core.store.read().await?;
    let place = core.environment(&mut reader, &key.environment).await?;
    let sight = core.sights.get(&key.environment);
    let Some(app) = apps::get(&mut reader, key).await? else {
        let value = input
            .definition
            .as_ref()
            .ok_or_else(|| Problem::invalid(vec![FieldError::new("/definition", Fault::Required)]))?;
        let definition = validate::read(value, "/definition")?;
        let count = definition.instances.unwrap_or(1);
        let mut errors = validate::expressions(core, &key.environment, &definition, "/definition").await;
        errors
            .extend(validate::runnable(core, &mut reader, &place, &definition, count, "/definition").await?);
        let closed = window::closed(&place.rules, core.clock.now());
        return Ok(Plan { closed, ..creation(&definition, &sight, errors) });
    };
    let current =
        revisions::get(&mut reader, app.id, app.target.revision).await?.ok_or_else(Problem::internal)?;
    let (definition, recently_out) = match input.revision {
        None => (update::wanted_definition(&current.definition, app.wanted, &input)?, false),
        Some(number) => {
            let revision = revisions::get(&mut reader, app.id, number)
                .await?
                .ok_or_else(|| Problem::not_found("revision", number))?;
            let recent = rollback::recently_out(&mut reader, app.id, number, core.clock.now()).await?;
            (revision.definition, recent)
        }
    };
    let wanted = update::wanted_count(&app, &definition);
    let prefix = update::prefix(&input);
    let mut errors = validate::expressions(core, &key.environment, &definition, prefix).await;
    errors.extend(validate::runnable(core, &mut reader, &place, &definition, wanted, prefix).await?);
    let definition = definition.without_instances();
    let same = change::hash(&definition) == current.hash;
    let next: RevisionNumber = app.last_revision + 1;
    let target = match input.revision {
        Some(number) => rollback::target(&mut reader, &app, number).await?,
        None if same => app.target,
        None => SetKey { revision: next, generation: app.last_generation },
    };
    let kind = match input.revision {
        Some(_) => DeploymentKind::Rollback,
        None if same => DeploymentKind::Scale,
        None => DeploymentKind::Update,
    };
    let rollout = change::rollout(&app, target, wanted, &definition, kind, recently_out);
    let active = deployments::active_of(&mut reader, app.id).await?.is_some();
    let sets = sets(&mut reader, &app, &sight).await?;
    let nothing = same && wanted == app.wanted && !active;
    let (steps, capacity) = if nothing {
        (Vec::new(), capacity(NodeResources::default(), &sight))
    } else {
        foresee(&rollout, &sets, &current.definition, &definition, &sight)
    };
    let closed = window::closed(&place.rules, core.clock.now());
    Ok(Plan {
        kind,
        changes: diff(&current.definition, &definition),
        new_revision: (!same).then_some(input.revision.unwrap_or(next)),
        from_instances: app.wanted,
        to_instances: wanted,
        steps,
        skip: rollout.skip,
        capacity,
        definition: to_json(&definition, wanted),
        errors,
        warnings: Vec::new(),
        closed: closed.filter(|_| !nothing && model::window::forbids(kind)),
    })
}

fn creation(definition: &Definition, sight: &Sight, errors: Vec<FieldError>) -> Plan {
    let wanted = definition.instances.unwrap_or(1);
    let definition = definition.clone().without_instances();
    let rollout = Rollout {
        target: SetKey { revision: 1, generation: 0 },
        previous: None,
        wanted,
        previous_wanted: 0,
        strategy: definition.strategy.kind.clone(),
        progress_deadline: definition.strategy.progress_deadline,
        on_failure: definition.strategy.on_failure,
        destroy: false,
        steps: Vec::new(),
        checks: Vec::new(),
        skip: None,
    }
    .with_steps(&definition, false);
    let (steps, capacity) = foresee(&rollout, &[], &definition, &definition, sight);
    Plan {
        kind: DeploymentKind::Create,
        changes: Vec::new(),
        new_revision: Some(1),
        from_instances: 0,
        to_instances: wanted,
        steps,
        skip: rollout.skip,
        capacity,
        definition: to_json(&definition, wanted),
        errors,
        warnings: Vec::new(),
        closed: None,
    }
}

fn foresee(
    rollout: &Rollout,
    sets: &[ObservedSet],
    old: &Definition,
    new: &Definition,
    sight: &Sight,
) -> (Vec<model::api::PlanStep>, Capacity) {
    let foreseen = preview(rollout, sets);
    let needed = foreseen.needed(resources(&old.resources, 1), resources(&new.resources, 1));
    (foreseen.steps, capacity(needed, sight))
}

/// Of so many instances.
pub fn resources(resources: &Resources, count: u32) -> NodeResources {
    NodeResources {
        cpus: resources.cpus * f64::from(count),
        memory_bytes: resources.memory_mb.saturating_mul(1024 * 1024).saturating_mul(count.into()),
        disk_bytes: 0,
    }
}

/// Where no node is known yet, nothing speaks against it.
pub fn capacity(needed: NodeResources, sight: &Sight) -> Capacity {
    let mut free = NodeResources::default();
    for node in sight.nodes.iter().filter(|n| n.state == model::environment::NodeState::Ready) {
        free.cpus += (node.capacity.cpus - node.allocated.cpus).max(0.0);
        free.memory_bytes += node.capacity.memory_bytes.saturating_sub(node.allocated.memory_bytes);
        free.disk_bytes += node.capacity.disk_bytes.saturating_sub(node.used.disk_bytes);
    }
    let fits =
        sight.nodes.is_empty() || (needed.cpus <= free.cpus && needed.memory_bytes <= free.memory_bytes);
    Capacity { needed, free, fits }
}

/// The app's sets as a change would find them now.
async fn sets(
    connection: &mut AnyConnection,
    app: &AppRow,
    sight: &Sight,
) -> Result<Vec<ObservedSet>, Problem> {
    let rows = replica_sets::wanted_of_app(connection, app.id).await?;
    Ok(rows
        .into_iter()
        .map(|(key, wanted)| {
            let of_set =
                |i: &&model::instance::Instance| i.revision == key.revision && i.generation == key.generation;
            let instances = sight.instances(&app.name).iter().filter(of_set);
            ObservedSet::observe(key, wanted, instances, app.updated_at)
        })
        .collect())
}
