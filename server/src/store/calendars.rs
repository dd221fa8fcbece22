//! Apps that scale by the clock.

use model::deployment::Actor;
use model::id::AppId;
use model::scaling::Calendar;
use model::schedule::{Memory, Schedule};
use model::time::Timestamp;
use sqlx::AnyConnection;
use sqlx::any::AnyRow;

use super::row::{Fields, actor_kind, json};
use super::{StoreError, Transaction};

/// One with what is remembered while an entry holds.
#[derive(Debug, Clone, Default)]
pub struct CalendarRow {
    pub calendar: Calendar,
    pub memory: Option<Memory>,
}

fn read(row: &AnyRow) -> Result<CalendarRow, StoreError> {
    Ok(CalendarRow {
        calendar: Calendar {
            schedules: row.json("schedules")?,
            by: Some(row.actor("actor_kind", "actor")?),
            at: Some(row.time("updated_at")?),
        },
        memory: row.json_or_null("memory")?,
    })
}

/// An empty one where there is none.
pub async fn get(connection: &mut AnyConnection, app: AppId) -> Result<CalendarRow, StoreError> {
    let row = sqlx::query(
        "SELECT schedules, actor_kind, actor, updated_at, memory FROM calendars WHERE app_id = $1",
    )
    .bind(app.to_string())
    .fetch_optional(connection)
    .await?;
    row.as_ref().map_or_else(|| Ok(CalendarRow::default()), read)
}

/// What is remembered stays: it is what the count goes back to, also when the entry that holds is taken out.
pub async fn set(
    tx: &mut Transaction,
    app: AppId,
    schedules: &[Schedule],
    by: &Actor,
    at: Timestamp,
) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO calendars (app_id, schedules, actor_kind, actor, updated_at) VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (app_id) DO UPDATE SET schedules = $2, actor_kind = $3, actor = $4, updated_at = $5",
    )
    .bind(app.to_string())
    .bind(json(&schedules)?)
    .bind(actor_kind(by.kind))
    .bind(&by.name)
    .bind(at.as_millis())
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Keeps the memory of the calendar that was set at this time.
pub async fn remember(
    tx: &mut Transaction,
    app: AppId,
    set_at: Option<Timestamp>,
    memory: Option<&Memory>,
) -> Result<(), StoreError> {
    let Some(set_at) = set_at else { return Ok(()) };
    sqlx::query("UPDATE calendars SET memory = $3 WHERE app_id = $1 AND updated_at = $2")
        .bind(app.to_string())
        .bind(set_at.as_millis())
        .bind(memory.map(json).transpose()?)
        .execute(&mut **tx)
        .await?;
    Ok(())
}
