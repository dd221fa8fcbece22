//! Changes of channels: permission, every mistake at once, one transaction with its line in the audit log, then the word to
//! the channel's task. What lets one in is sealed as one before it is stored, and enters no other line.

use model::channel::{
    Access, Answered, Channel, ChannelInput, ChannelKind, ChannelTest, ChannelTrouble, Notice, Settings,
    TroubleCode,
};
use model::id::{ChannelId, ChannelName};
use model::permission::{Caller, Permission};
use model::problem::{Fault, FieldError, Problem, ProblemCode};
use serde_json::{Value, json};

use super::{row, shown};
use crate::notify::{access_owner, check, check_secret};
use crate::service::Core;
use crate::service::trouble::of_seal;
use crate::store::audit::{self, NewEntry};
use crate::store::channels::{self as rows, ChannelRow};
use crate::store::{Transaction, deliveries, environments};

/// Most channels of a console: each is a task.
const CHANNELS_MAX: usize = 100;

pub async fn create(core: &Core, caller: &Caller, input: ChannelInput) -> Result<Channel, Problem> {
    caller.require(Permission::Administer)?;
    let (settings, access) = read(&input, None)?;
    let access = access.ok_or_else(|| Problem::invalid(vec![FieldError::new("/url", Fault::Required)]))?;
    let id = ChannelId(core.clock.new_id());
    let now = core.clock.now();
    let access = seal(core, id, &access)?;
    let row = ChannelRow { id, settings, access, last: None, created_at: now, updated_at: now };
    let mut tx = core.store.begin().await?;
    let known = rows::list(&mut tx).await?;
    if known.iter().any(|other| other.settings.name == row.settings.name) {
        let name = &row.settings.name;
        return Err(Problem::new(ProblemCode::AlreadyExists, format!("There is a channel {name} already."))
            .with("what", "channel")
            .with("name", name));
    }
    if known.len() >= CHANNELS_MAX {
        let detail = format!("There are {CHANNELS_MAX} channels already; delete one first.");
        return Err(Problem::new(ProblemCode::WrongState, detail));
    }
    require_environments(&mut tx, &row.settings).await?;
    rows::insert(&mut tx, &row).await?;
    audit(core, &mut tx, caller, "channel.create", &row, detail(&row)).await?;
    let channel = shown(&mut tx, &row).await?;
    tx.commit().await?;
    core.channels.begin(&row);
    Ok(channel)
}

pub async fn update(
    core: &Core,
    caller: &Caller,
    name: &ChannelName,
    input: ChannelInput,
) -> Result<Channel, Problem> {
    caller.require(Permission::Administer)?;
    let mut tx = core.store.begin().await?;
    let before = row(&mut tx, name).await?;
    let (settings, access) = read(&input, Some(&before.settings))?;
    if settings.name != *name {
        let fault = Fault::Other { reason: "cannot be changed".to_owned() };
        return Err(Problem::invalid(vec![FieldError::new("/name", fault)]));
    }
    require_environments(&mut tx, &settings).await?;
    let now = core.clock.now();
    let changed = access.is_some();
    let access = access.map(|access| seal(core, before.id, &access)).transpose()?;
    let access = access.unwrap_or_else(|| before.access.clone());
    let after = ChannelRow { settings, access, updated_at: now, ..before };
    rows::update(&mut tx, &after).await?;
    if !after.settings.enabled {
        let waiting = deliveries::queued(&mut tx, after.id).await?;
        let detail = "the channel was switched off".to_owned();
        let trouble = ChannelTrouble { code: TroubleCode::SwitchedOff, detail };
        deliveries::give_up(&mut tx, after.id, &waiting, trouble, now).await?;
    }
    let mut detail = detail(&after);
    detail["access_changed"] = json!(changed);
    audit(core, &mut tx, caller, "channel.update", &after, detail).await?;
    let channel = shown(&mut tx, &after).await?;
    tx.commit().await?;
    core.channels.begin(&after);
    Ok(channel)
}

pub async fn delete(core: &Core, caller: &Caller, name: &ChannelName) -> Result<(), Problem> {
    caller.require(Permission::Administer)?;
    let mut tx = core.store.begin().await?;
    let row = row(&mut tx, name).await?;
    rows::delete(&mut tx, row.id).await?;
    audit(core, &mut tx, caller, "channel.delete", &row, json!({})).await?;
    tx.commit().await?;
    core.channels.end(row.id);
    Ok(())
}

/// Sends a message now, and writes it into the history; a test that fails is not tried again by itself.
pub async fn test(core: &Core, caller: &Caller, name: &ChannelName) -> Result<ChannelTest, Problem> {
    caller.require(Permission::Administer)?;
    let row = row(&mut *core.store.read().await?, name).await?;
    let attempt = core.channels.test(&row).await;
    let mut tx = core.store.begin().await?;
    // It may have been deleted meanwhile.
    let row = super::row(&mut tx, name).await?;
    let id = deliveries::insert(&mut tx, row.id, &Notice::Test, attempt.at).await?;
    let found = deliveries::get(&mut tx, row.id, id).await?;
    let mut delivery = found.ok_or_else(Problem::internal)?;
    delivery.give_up(attempt.clone());
    deliveries::update(&mut tx, &delivery).await?;
    rows::set_last(&mut tx, row.id, &attempt).await?;
    deliveries::expire(&mut tx, row.id, attempt.at).await?;
    audit(core, &mut tx, caller, "channel.test", &row, json!({ "delivery": id })).await?;
    tx.commit().await?;
    let ok = matches!(attempt.answer, Answered::Accepted { .. });
    Ok(ChannelTest { ok, took: attempt.took, delivery: id, trouble: attempt.answer.trouble().cloned() })
}

fn read(input: &ChannelInput, before: Option<&Settings>) -> Result<(Settings, Option<Access>), Problem> {
    let (settings, access) = input.check(before).map_err(Problem::invalid)?;
    let Some(given) = &access else { return Ok((settings, access)) };
    let refuse = |path: &str, reason: String| {
        Err(Problem::invalid(vec![FieldError::new(path, Fault::Other { reason })]))
    };
    if let (ChannelKind::Webhook, Access::Hook { secret: Some(secret), .. }) = (settings.kind, given)
        && !check_secret(secret)
    {
        return refuse("/secret", "begins with whsec_ and is no base64 behind it".to_owned());
    }
    // What only the sender can tell.
    if let Err(error) = check(&settings, given) {
        let path = if settings.kind == ChannelKind::Email { "/mail" } else { "/url" };
        return refuse(path, format!("cannot be used: {error}"));
    }
    Ok((settings, access))
}

async fn require_environments(tx: &mut Transaction, settings: &Settings) -> Result<(), Problem> {
    let known = environments::list(tx).await?;
    let mut errors = Vec::new();
    for (index, name) in settings.environments.iter().enumerate() {
        if !known.iter().any(|row| row.name == *name) {
            let fault = Fault::NoSuch { what: "environment".to_owned(), name: name.to_string() };
            errors.push(FieldError::new(format!("/environments/{index}"), fault));
        }
    }
    if errors.is_empty() { Ok(()) } else { Err(Problem::invalid(errors)) }
}

fn seal(core: &Core, id: ChannelId, access: &Access) -> Result<String, Problem> {
    // Two texts cannot fail to be written.
    let text = serde_json::to_string(access).map_err(|_| Problem::internal())?;
    core.channels.seal().seal(&access_owner(id), &text).map_err(of_seal)
}

/// What the audit log keeps: never what lets one in.
fn detail(row: &ChannelRow) -> Value {
    let settings = &row.settings;
    json!({
        "kind": settings.kind, "enabled": settings.enabled, "language": settings.language, "wants": settings.wants,
        "environments": settings.environments, "address": settings.address, "insecure": settings.insecure,
        "mail": settings.mail,
    })
}

pub async fn audit(
    core: &Core,
    tx: &mut Transaction,
    caller: &Caller,
    action: &str,
    row: &ChannelRow,
    detail: Value,
) -> Result<(), Problem> {
    let (time, target) = (core.clock.now(), row.settings.name.as_str());
    let entry = NewEntry { time, actor: &caller.actor, action, target, reason: "", detail };
    Ok(audit::insert(tx, entry).await?)
}
