//! A whole project at a multiple of its counts for a time, and back.

use std::collections::BTreeMap;
use std::time::Duration;

use chrono::Timelike as _;
use model::environment::NodeResources;
use model::id::{AppKey, EnvironmentName, ProjectName};
use model::live::Change;
use model::permission::{Caller, Permission};
use model::problem::{Fault, FieldError, Problem, ProblemCode};
use model::scaling::{RunningSurge, SURGE_PREFIX, Surge, SurgePlan, SurgedApp};
use model::schedule::{LocalTime, Schedule, When, occurrences, parse_list};
use model::time::Timestamp;
use model::window::{Tables, UTC};
use serde_json::json;

use super::calendar::write;
use crate::service::Core;
use crate::service::apps::{capacity, resources};
use crate::store::apps::AppRow;
use crate::store::{AnyConnection, StoreError, apps, calendars, environments, revisions};

/// None lasts longer.
const LONGEST: Duration = Duration::from_hours(32 * 24);

/// The apps of a project in an environment.
async fn members(
    connection: &mut AnyConnection,
    environment: &EnvironmentName,
    project: &ProjectName,
) -> Result<Vec<AppRow>, Problem> {
    if environments::get(connection, environment).await?.is_none() {
        return Err(Problem::not_found("environment", environment));
    }
    let listed = apps::of_environment(connection, environment).await?;
    let members: Vec<AppRow> =
        listed.into_iter().map(|listed| listed.app).filter(|app| app.project == *project).collect();
    if members.is_empty() { Err(Problem::not_found("project", project)) } else { Ok(members) }
}

pub async fn plan(
    core: &Core,
    caller: &Caller,
    environment: &EnvironmentName,
    project: &ProjectName,
    surge: &Surge,
) -> Result<SurgePlan, Problem> {
    caller.require(Permission::ChangeApps)?;
    let mut reader = core.store.read().await?;
    let members = members(&mut reader, environment, project).await?;
    require_sound(surge, core.clock.now())?;
    Ok(planned(core, &mut reader, environment, surge, &members).await?)
}

/// The numbers and the name, which becomes that of an entry.
fn require_sound(surge: &Surge, now: Timestamp) -> Result<(), Problem> {
    let mut errors = surge.mistakes();
    let entry =
        Schedule { name: surge.name.clone(), ..entry(surge, now, now.plus(surge.length.duration()), 1) };
    let value = json!({ "schedules": [entry] });
    let named = parse_list(&value, &Tables).err().unwrap_or_default();
    let named = named.into_iter().filter(|error| error.path.ends_with("/name"));
    errors.extend(named.map(|error| FieldError::new("/name", error.fault)));
    if errors.is_empty() { Ok(()) } else { Err(Problem::invalid(errors)) }
}

async fn planned(
    core: &Core,
    connection: &mut AnyConnection,
    environment: &EnvironmentName,
    surge: &Surge,
    members: &[AppRow],
) -> Result<SurgePlan, StoreError> {
    let mut apps = Vec::new();
    let mut needed = NodeResources::default();
    for app in members.iter().filter(|app| !app.is_suspended()) {
        let then = surge.count(app.wanted);
        if let Some(revision) = revisions::get(connection, app.id, app.target.revision).await? {
            let more = resources(&revision.definition.resources, then.saturating_sub(app.wanted));
            needed.cpus += more.cpus;
            needed.memory_bytes = needed.memory_bytes.saturating_add(more.memory_bytes);
        }
        apps.push(SurgedApp { app: app.name.clone(), now: app.wanted, then });
    }
    Ok(SurgePlan {
        apps,
        until: core.clock.now().plus(surge.length.duration()),
        capacity: capacity(needed, &core.sights.get(environment)),
    })
}

/// By the clocks of UTC, to the second.
fn reading(at: Timestamp) -> LocalTime {
    let naive = at.datetime().naive_utc();
    LocalTime(naive.with_nanosecond(0).unwrap_or(naive))
}

fn entry(surge: &Surge, now: Timestamp, until: Timestamp, wanted: u32) -> Schedule {
    Schedule {
        name: surge.entry_name(),
        enabled: true,
        when: When::Once { from: reading(now), to: reading(until) },
        time_zone: UTC.to_owned(),
        effect: surge.effect(wanted),
        warm_up: model::duration::Span::from_secs(0),
    }
}

/// All of its apps, or none.
pub async fn begin(
    core: &Core,
    caller: &Caller,
    environment: &EnvironmentName,
    project: &ProjectName,
    surge: &Surge,
) -> Result<SurgePlan, Problem> {
    caller.require(Permission::ChangeApps)?;
    let now = core.clock.now();
    let mut tx = core.store.begin().await?;
    let members = members(&mut tx, environment, project).await?;
    require_sound(surge, now)?;
    let plan = planned(core, &mut tx, environment, surge, &members).await?;
    for app in members.iter().filter(|app| !app.is_suspended()) {
        let mut schedules = calendars::get(&mut tx, app.id).await?.calendar.schedules;
        if schedules.iter().any(|known| known.name == surge.entry_name()) {
            return Err(Problem::invalid(vec![FieldError::new(
                "/name",
                Fault::Duplicate { value: surge.name.clone() },
            )]));
        }
        schedules.push(entry(surge, now, plan.until, app.wanted));
        // What the calendar has no room for is refused by its own rules.
        let value = json!({ "schedules": schedules });
        if let Err(errors) = parse_list(&value, &Tables) {
            return Err(Problem::invalid(errors).with("app", &app.name));
        }
        write(core, caller, &mut tx, app, schedules, "app.surge").await?;
    }
    tx.commit().await?;
    announce(core, &members);
    Ok(plan)
}

/// Takes its entries out of all apps that have them; the counts go back to what they were.
pub async fn end(
    core: &Core,
    caller: &Caller,
    environment: &EnvironmentName,
    project: &ProjectName,
    name: &str,
) -> Result<(), Problem> {
    caller.require(Permission::ChangeApps)?;
    let named = format!("{SURGE_PREFIX}{name}");
    let mut tx = core.store.begin().await?;
    let members = members(&mut tx, environment, project).await?;
    let mut found = false;
    for app in &members {
        let mut schedules = calendars::get(&mut tx, app.id).await?.calendar.schedules;
        let before = schedules.len();
        schedules.retain(|entry| entry.name != named);
        if schedules.len() < before {
            found = true;
            write(core, caller, &mut tx, app, schedules, "app.surge_end").await?;
        }
    }
    if !found {
        return Err(Problem::new(ProblemCode::NotFound, format!("There is no surge {name} in {project}.")));
    }
    tx.commit().await?;
    announce(core, &members);
    Ok(())
}

/// Those that are not over, by name.
pub async fn running(
    core: &Core,
    caller: &Caller,
    environment: &EnvironmentName,
    project: &ProjectName,
) -> Result<Vec<RunningSurge>, Problem> {
    caller.require(Permission::View)?;
    let now = core.clock.now();
    let mut reader = core.store.read().await?;
    let mut found: BTreeMap<String, RunningSurge> = BTreeMap::new();
    for app in members(&mut reader, environment, project).await? {
        for entry in calendars::get(&mut reader, app.id).await?.calendar.schedules {
            let Some(name) = entry.name.strip_prefix(SURGE_PREFIX) else { continue };
            let Some(holds) = occurrences(&entry, &Tables, now, now.plus(LONGEST), 1).pop() else { continue };
            let known = found.entry(name.to_owned()).or_insert_with(|| RunningSurge {
                name: name.to_owned(),
                until: holds.to,
                apps: 0,
            });
            known.apps += 1;
        }
    }
    Ok(found.into_values().collect())
}

fn announce(core: &Core, apps: &[AppRow]) {
    let keys: Vec<AppKey> = apps.iter().map(AppRow::key).collect();
    core.bus.publish(keys.into_iter().map(Change::Scaling).collect::<Vec<_>>());
    core.scaled.notify_one();
}
