//! Messages to channels: those that wait, and what came of the others for a while.

use std::collections::HashMap;

use model::api::{Page, PageQuery};
use model::channel::{
    Answered, ChannelTrouble, Delivery, DeliveryState, KEPT_FOR, Notice, Queued, TroubleCode, Try,
    WAITING_MAX,
};
use model::duration::Span;
use model::id::ChannelId;
use model::time::Timestamp;
use sqlx::any::AnyRow;
use sqlx::{AnyConnection, AssertSqlSafe, Row};

use super::row::{Fields, json};
use super::{StoreError, Transaction, cursor};

/// Ended deliveries that are kept of one channel.
const KEPT: i64 = 500;
const COLUMNS: &str = "id, notice, state, attempts, next_at, tries, created_at, ended_at";

fn read(row: &AnyRow) -> Result<Delivery, StoreError> {
    Ok(Delivery {
        id: row.integer("id")?,
        notice: row.json("notice")?,
        state: row.word("state")?,
        attempts: row.count("attempts")?,
        next_at: row.time_or_null("next_at")?,
        tries: row.json("tries")?,
        created_at: row.time("created_at")?,
        ended_at: row.time_or_null("ended_at")?,
    })
}

/// Adds a message for a channel. It is sent once the transaction is committed and the channel woken
/// ([`crate::notify::Channels::wake`]), some seconds later without that. Where too many wait already, the oldest is given up.
/// Returns the delivery's id.
pub async fn enqueue(
    tx: &mut Transaction,
    channel: ChannelId,
    notice: &Notice,
    now: Timestamp,
) -> Result<i64, StoreError> {
    let mut waiting = queued(tx, channel).await?;
    waiting.truncate((waiting.len() + 1).saturating_sub(WAITING_MAX as usize));
    let detail = format!("more than {WAITING_MAX} newer messages wait");
    give_up(tx, channel, &waiting, ChannelTrouble { code: TroubleCode::Crowded, detail }, now).await?;
    insert(tx, channel, notice, now).await
}

/// Ends messages that wait, with the reason.
pub async fn give_up(
    tx: &mut Transaction,
    channel: ChannelId,
    waiting: &[Queued],
    trouble: ChannelTrouble,
    now: Timestamp,
) -> Result<(), StoreError> {
    for queued in waiting {
        let Some(mut delivery) = get(tx, channel, queued.id).await? else { continue };
        let answer = Answered::Refused(trouble.clone());
        delivery.give_up(Try { at: now, took: Span::from_millis(0), answer });
        update(tx, &delivery).await?;
    }
    Ok(())
}

/// Adds a message that waits; its id.
pub async fn insert(
    tx: &mut Transaction,
    channel: ChannelId,
    notice: &Notice,
    now: Timestamp,
) -> Result<i64, StoreError> {
    // Writers take turns, so the next id is ours.
    let last: i64 = sqlx::query("SELECT COALESCE(MAX(id), 0) AS last FROM deliveries")
        .fetch_one(&mut **tx)
        .await?
        .try_get("last")?;
    let id = last + 1;
    sqlx::query(
        "INSERT INTO deliveries (id, channel, notice, state, attempts, next_at, tries, created_at)
         VALUES ($1, $2, $3, $4, 0, $5, '[]', $5)",
    )
    .bind(id)
    .bind(channel.to_string())
    .bind(json(notice)?)
    .bind(DeliveryState::Waiting.as_str())
    .bind(now.as_millis())
    .execute(&mut **tx)
    .await?;
    Ok(id)
}

pub async fn get(
    connection: &mut AnyConnection,
    channel: ChannelId,
    id: i64,
) -> Result<Option<Delivery>, StoreError> {
    let text = format!("SELECT {COLUMNS} FROM deliveries WHERE channel = $1 AND id = $2");
    let row = sqlx::query(AssertSqlSafe(text))
        .bind(channel.to_string())
        .bind(id)
        .fetch_optional(connection)
        .await?;
    row.as_ref().map(read).transpose()
}

/// Of one channel, newest first.
pub async fn page(
    connection: &mut AnyConnection,
    channel: ChannelId,
    page: &PageQuery,
) -> Result<Page<Delivery>, StoreError> {
    let before = cursor::decode::<i64>(page.cursor.as_deref())?.unwrap_or(i64::MAX);
    let limit = page.limit();
    let text =
        format!("SELECT {COLUMNS} FROM deliveries WHERE channel = $1 AND id < $2 ORDER BY id DESC LIMIT $3");
    let rows = sqlx::query(AssertSqlSafe(text))
        .bind(channel.to_string())
        .bind(before)
        .bind(i64::from(limit) + 1)
        .fetch_all(connection)
        .await?;
    let found = rows.iter().map(read).collect::<Result<Vec<_>, StoreError>>()?;
    Ok(cursor::page(found, limit, |delivery| delivery.id))
}

/// Those of one channel that wait, oldest first.
pub async fn queued(connection: &mut AnyConnection, channel: ChannelId) -> Result<Vec<Queued>, StoreError> {
    let rows = sqlx::query(
        "SELECT id, attempts, COALESCE(next_at, created_at) AS next_at FROM deliveries
         WHERE channel = $1 AND state = 'waiting' ORDER BY id",
    )
    .bind(channel.to_string())
    .fetch_all(connection)
    .await?;
    let queued = |row: &AnyRow| {
        Ok(Queued { id: row.integer("id")?, attempts: row.count("attempts")?, next_at: row.time("next_at")? })
    };
    rows.iter().map(queued).collect()
}

/// How many wait for each channel that any wait for.
pub async fn waiting(connection: &mut AnyConnection) -> Result<HashMap<ChannelId, u32>, StoreError> {
    let rows = sqlx::query(
        "SELECT channel, COUNT(*) AS waiting FROM deliveries WHERE state = 'waiting' GROUP BY channel",
    )
    .fetch_all(connection)
    .await?;
    rows.iter().map(|row| Ok((row.parsed("channel")?, row.count("waiting")?))).collect()
}

/// Writes what came of a try.
pub async fn update(tx: &mut Transaction, delivery: &Delivery) -> Result<(), StoreError> {
    sqlx::query(
        "UPDATE deliveries SET state = $2, attempts = $3, next_at = $4, tries = $5, ended_at = $6 WHERE id = $1",
    )
    .bind(delivery.id)
    .bind(delivery.state.as_str())
    .bind(i64::from(delivery.attempts))
    .bind(delivery.next_at.map(Timestamp::as_millis))
    .bind(json(&delivery.tries)?)
    .bind(delivery.ended_at.map(Timestamp::as_millis))
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Forgets what ended long ago, and all but the newest of what ended.
pub async fn expire(tx: &mut Transaction, channel: ChannelId, now: Timestamp) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM deliveries WHERE channel = $1 AND state <> 'waiting' AND ended_at < $2")
        .bind(channel.to_string())
        .bind(now.minus(KEPT_FOR).as_millis())
        .execute(&mut **tx)
        .await?;
    sqlx::query(
        "DELETE FROM deliveries WHERE channel = $1 AND state <> 'waiting' AND id <=
             (SELECT id FROM deliveries WHERE channel = $1 ORDER BY id DESC LIMIT 1 OFFSET $2)",
    )
    .bind(channel.to_string())
    .bind(KEPT)
    .execute(&mut **tx)
    .await?;
    Ok(())
}
