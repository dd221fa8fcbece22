//! What decides the count of an app now, and what will.

use std::time::Duration;

use model::api::Capacity;
use model::definition::Resources;
use model::id::AppKey;
use model::permission::{Caller, Permission};
use model::problem::Problem;
use model::scaling::{ScalingStatus, Upcoming};
use model::schedule::{Effect, held, next_change, settle};
use model::window::Tables;

use super::calendar::all_between;
use super::sweep::named_source;
use crate::live::Sight;
use crate::service::apps::{capacity, resources};
use crate::service::{Core, no_app};
use crate::store::{apps, autoscalers, calendars, revisions};

/// How far the list of what is coming reaches, and how long it gets.
const AHEAD: Duration = Duration::from_hours(30 * 24);
const UPCOMING_MAX: usize = 100;

pub async fn status(core: &Core, caller: &Caller, key: &AppKey) -> Result<ScalingStatus, Problem> {
    caller.require(Permission::View)?;
    let mut reader = core.store.read().await?;
    let app = apps::get(&mut reader, key).await?.ok_or_else(|| no_app(key))?;
    let autoscaler = autoscalers::get(&mut reader, app.id).await?.map(|row| row.autoscaler);
    let calendar = calendars::get(&mut reader, app.id).await?;
    let revision = revisions::get(&mut reader, app.id, app.target.revision).await?;
    drop(reader);
    let now = core.clock.now();
    let schedules = &calendar.calendar.schedules;
    let held = held(schedules, &Tables, now);
    let decides = autoscaler.as_ref().is_some_and(|it| it.policy.enabled && !it.policy.dry_run);
    let settled = settle(calendar.memory.as_ref(), &held, app.wanted, decides.then_some(app.wanted));
    let enabled = schedules.iter().filter(|schedule| schedule.enabled);
    let upcoming = all_between(enabled, now, now.plus(AHEAD), UPCOMING_MAX);
    let sight = core.sights.get(&key.environment);
    let each = revision.map(|revision| revision.definition.resources);
    let upcoming = upcoming
        .into_iter()
        .map(|occurrence| {
            let (Effect::Instances(count) | Effect::Floor(count)) = occurrence.effect;
            let more = count.saturating_sub(app.wanted);
            Upcoming { capacity: room(each.as_ref(), more, &sight), occurrence }
        })
        .collect();
    Ok(ScalingStatus {
        wanted: app.wanted,
        source: named_source(&settled, &held),
        next_change: next_change(schedules, &Tables, now),
        held,
        autoscaler,
        calendar: calendar.calendar,
        upcoming,
    })
}

fn room(each: Option<&Resources>, more: u32, sight: &Sight) -> Capacity {
    capacity(each.map(|each| resources(each, more)).unwrap_or_default(), sight)
}
