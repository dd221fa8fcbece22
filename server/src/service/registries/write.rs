//! Changes of registries: permission, every mistake at once, one transaction with its line in the audit log, then the word
//! to the reader and the open pages. What is secret is sealed before it is stored and enters no other line.

use model::id::{RegistryId, RegistryName};
use model::live::Change;
use model::permission::{Caller, Permission};
use model::problem::{Fault, FieldError, Problem, ProblemCode};
use model::registry::{CreatedRegistry, Registry, RegistryInput, RegistryState, Settings};
use serde_json::{Value, json};

use super::row;
use crate::auth::secret;
use crate::registry::{hook_owner, password_owner};
use crate::service::Core;
use crate::service::trouble::of_seal;
use crate::store::audit::{self, NewEntry};
use crate::store::registries::{self as rows, RegistryRow};
use crate::store::{Transaction, registry_repositories};

pub async fn create(core: &Core, caller: &Caller, input: RegistryInput) -> Result<CreatedRegistry, Problem> {
    caller.require(Permission::Administer)?;
    let settings = check(&input)?;
    let id = RegistryId(core.clock.new_id());
    let hook_secret = secret::generate();
    let now = core.clock.now();
    let row = RegistryRow {
        id,
        password: sealed_password(core, id, &settings, &input, None)?,
        hook_secret: seal(core, &hook_owner(id), &hook_secret)?,
        settings,
        state: RegistryState::Unknown,
        synced_at: None,
        created_at: now,
        updated_at: now,
    };
    let mut tx = core.store.begin().await?;
    if rows::get(&mut tx, &row.settings.name).await?.is_some() {
        return Err(taken("registry", row.settings.name.as_str()));
    }
    require_free_host(&mut tx, &row).await?;
    rows::insert(&mut tx, &row).await?;
    note_by_hand(&mut tx, &row, &[]).await?;
    audit(core, &mut tx, caller, "registry.create", &row, detail(&row)).await?;
    tx.commit().await?;
    core.registries.begin(&row);
    let registry = announce(core, &row);
    Ok(CreatedRegistry { registry, hook_secret })
}

pub async fn update(
    core: &Core,
    caller: &Caller,
    name: &RegistryName,
    input: RegistryInput,
) -> Result<Registry, Problem> {
    caller.require(Permission::Administer)?;
    let settings = check(&input)?;
    if settings.name != *name {
        let fault = Fault::Other { reason: "cannot be changed".to_owned() };
        return Err(Problem::invalid(vec![FieldError::new("/name", fault)]));
    }
    let mut tx = core.store.begin().await?;
    let before = row(&mut tx, name).await?;
    let after = RegistryRow {
        password: sealed_password(core, before.id, &settings, &input, Some(&before))?,
        settings,
        updated_at: core.clock.now(),
        ..before.clone()
    };
    require_free_host(&mut tx, &after).await?;
    rows::update(&mut tx, &after).await?;
    note_by_hand(&mut tx, &after, &before.settings.repositories).await?;
    let mut detail = detail(&after);
    detail["password_changed"] = json!(after.password != before.password);
    audit(core, &mut tx, caller, "registry.update", &after, detail).await?;
    tx.commit().await?;
    core.registries.begin(&after);
    Ok(announce(core, &after))
}

pub async fn delete(core: &Core, caller: &Caller, name: &RegistryName) -> Result<(), Problem> {
    caller.require(Permission::Administer)?;
    let mut tx = core.store.begin().await?;
    let row = row(&mut tx, name).await?;
    // Nothing may be written of it any more, or what is read now would stay behind.
    core.registries.end(row.id);
    rows::delete(&mut tx, row.id).await?;
    audit(core, &mut tx, caller, "registry.delete", &row, json!({})).await?;
    tx.commit().await.inspect_err(|_| core.registries.begin(&row))?;
    core.bus.publish([Change::RegistryGone(name.clone())]);
    Ok(())
}

pub async fn renew_hook_secret(
    core: &Core,
    caller: &Caller,
    name: &RegistryName,
) -> Result<CreatedRegistry, Problem> {
    caller.require(Permission::Administer)?;
    let hook_secret = secret::generate();
    let mut tx = core.store.begin().await?;
    let before = row(&mut tx, name).await?;
    let hook = seal(core, &hook_owner(before.id), &hook_secret)?;
    let after = RegistryRow { hook_secret: hook, updated_at: core.clock.now(), ..before };
    rows::update(&mut tx, &after).await?;
    audit(core, &mut tx, caller, "registry.renew_secret", &after, json!({})).await?;
    tx.commit().await?;
    Ok(CreatedRegistry { registry: announce(core, &after), hook_secret })
}

fn check(input: &RegistryInput) -> Result<Settings, Problem> {
    let settings = input.check().map_err(Problem::invalid)?;
    // Whether certificates can be read, only the client knows.
    if let Some(pem) = &settings.ca
        && let Err(error) = adapters::registry::check_certificates(pem)
    {
        let reason = format!("cannot be read: {error}");
        return Err(Problem::invalid(vec![FieldError::new("/ca", Fault::Other { reason })]));
    }
    Ok(settings)
}

/// The password that is given, or the one that is kept. It is never sent to another address than the one it was given for.
fn sealed_password(
    core: &Core,
    id: RegistryId,
    settings: &Settings,
    input: &RegistryInput,
    before: Option<&RegistryRow>,
) -> Result<Option<String>, Problem> {
    if settings.username.is_none() {
        return Ok(None);
    }
    match input.password.as_deref() {
        Some("") => Ok(None),
        Some(password) => Ok(Some(seal(core, &password_owner(id), password)?)),
        None => match before.and_then(|row| row.password.as_ref().map(|password| (row, password))) {
            Some((row, _)) if row.settings.url != settings.url => {
                Err(Problem::invalid(vec![FieldError::new("/password", Fault::NeededAgain)]))
            }
            kept => Ok(kept.map(|(_, password)| password.clone())),
        },
    }
}

fn seal(core: &Core, owner: &str, secret: &str) -> Result<String, Problem> {
    core.registries.seal().seal(owner, secret).map_err(of_seal)
}

/// Repositories by hand are shown before the registry was first asked, and those taken off the list no longer.
async fn note_by_hand(tx: &mut Transaction, row: &RegistryRow, before: &[String]) -> Result<(), Problem> {
    let now = &row.settings.repositories;
    for name in before.iter().filter(|name| !now.contains(name)) {
        registry_repositories::set_listed(tx, row.id, name, false).await?;
    }
    for name in now {
        registry_repositories::set_listed(tx, row.id, name, true).await?;
    }
    Ok(())
}

async fn require_free_host(tx: &mut Transaction, row: &RegistryRow) -> Result<(), Problem> {
    let other = rows::by_host(tx, &row.settings.host).await?.filter(|other| other.id != row.id);
    other.map_or(Ok(()), |other| {
        let reason = format!("is that of the registry {} already", other.settings.name);
        Err(Problem::invalid(vec![FieldError::new("/host", Fault::Other { reason })]))
    })
}

fn taken(what: &str, name: &str) -> Problem {
    Problem::new(ProblemCode::AlreadyExists, format!("There is a {what} {name} already."))
        .with("what", what)
        .with("name", name)
}

/// What the audit log keeps: never a secret.
fn detail(row: &RegistryRow) -> Value {
    let settings = &row.settings;
    json!({
        "kind": settings.kind, "url": settings.url, "host": settings.host, "username": settings.username,
        "own_ca": settings.ca.is_some(), "insecure": settings.insecure, "repositories": settings.repositories,
        "poll": settings.poll,
    })
}

async fn audit(
    core: &Core,
    tx: &mut Transaction,
    caller: &Caller,
    action: &str,
    row: &RegistryRow,
    detail: Value,
) -> Result<(), Problem> {
    let (time, target) = (core.clock.now(), row.settings.name.as_str());
    let entry = NewEntry { time, actor: &caller.actor, action, target, reason: "", detail };
    Ok(audit::insert(tx, entry).await?)
}

fn announce(core: &Core, row: &RegistryRow) -> Registry {
    let registry = core.registries.show(row);
    core.bus.publish([Change::Registry(Box::new(registry.clone()))]);
    registry
}
