//! The entries by which an app scales by the clock.

use model::id::AppKey;
use model::live::Change;
use model::permission::{Caller, Permission};
use model::problem::Problem;
use model::scaling::Calendar;
use model::schedule::{OCCURRENCES_MAX, Occurrence, Schedule, occurrences, parse_list};
use model::time::Timestamp;
use model::window::Tables;
use serde_json::{Value, json};

use crate::service::{Core, no_app};
use crate::store::apps::AppRow;
use crate::store::audit::{self, NewEntry};
use crate::store::{StoreError, Transaction, apps, calendars as rows};

pub async fn get(core: &Core, caller: &Caller, key: &AppKey) -> Result<Calendar, Problem> {
    caller.require(Permission::View)?;
    let mut reader = core.store.read().await?;
    let app = apps::get(&mut reader, key).await?.ok_or_else(|| no_app(key))?;
    Ok(rows::get(&mut reader, app.id).await?.calendar)
}

pub async fn set(core: &Core, caller: &Caller, key: &AppKey, value: &Value) -> Result<Calendar, Problem> {
    caller.require(Permission::ChangeApps)?;
    let schedules = parse_list(value, &Tables).map_err(Problem::invalid)?;
    let mut tx = core.store.begin().await?;
    let app = apps::get(&mut tx, key).await?.ok_or_else(|| no_app(key))?;
    let calendar = write(core, caller, &mut tx, &app, schedules, "app.schedules").await?;
    tx.commit().await?;
    core.bus.publish([Change::Scaling(key.clone())]);
    core.scaled.notify_one();
    Ok(calendar)
}

/// Sets the entries, and says so in the audit log.
pub async fn write(
    core: &Core,
    caller: &Caller,
    tx: &mut Transaction,
    app: &AppRow,
    schedules: Vec<Schedule>,
    action: &str,
) -> Result<Calendar, StoreError> {
    let (now, actor) = (core.clock.now(), &caller.actor);
    rows::set(tx, app.id, &schedules, actor, now).await?;
    let target = app.key().to_string();
    let detail = json!({ "schedules": schedules });
    audit::insert(tx, NewEntry { time: now, actor, action, target: &target, reason: "", detail }).await?;
    Ok(Calendar { schedules, by: Some(actor.clone()), at: Some(now) })
}

pub async fn occurrences_of(
    core: &Core,
    caller: &Caller,
    key: &AppKey,
    from: Timestamp,
    to: Timestamp,
) -> Result<Vec<Occurrence>, Problem> {
    let calendar = get(core, caller, key).await?;
    Ok(all_between(calendar.schedules.iter(), from, to, OCCURRENCES_MAX))
}

/// Of several entries, in the order of time.
pub fn all_between<'a>(
    schedules: impl Iterator<Item = &'a Schedule>,
    from: Timestamp,
    to: Timestamp,
    most: usize,
) -> Vec<Occurrence> {
    let mut all: Vec<Occurrence> =
        schedules.flat_map(|schedule| occurrences(schedule, &Tables, from, to, most)).collect();
    all.sort_by(|a, b| (a.begins, &a.schedule).cmp(&(b.begins, &b.schedule)));
    all.truncate(most);
    all
}
