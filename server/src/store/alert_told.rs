//! What channels were told of groups of alerts last.

use model::alert::{Labels, Sent};
use model::id::ChannelId;
use sqlx::AnyConnection;
use sqlx::any::AnyRow;

use super::row::{Fields, json};
use super::{StoreError, Transaction};

/// What one channel was told of one group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    pub channel: ChannelId,
    /// Those by which the group is known.
    pub group: Labels,
    pub sent: Sent,
}

pub async fn all(connection: &mut AnyConnection) -> Result<Vec<Told>, StoreError> {
    let rows = sqlx::query("SELECT channel, labels, sent FROM alert_told ORDER BY channel, labels")
        .fetch_all(connection)
        .await?;
    let read = |row: &AnyRow| {
        Ok(Told { channel: row.parsed("channel")?, group: row.json("labels")?, sent: row.json("sent")? })
    };
    rows.iter().map(read).collect()
}

/// In place of what it was told before.
pub async fn set(tx: &mut Transaction, told: &Told) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO alert_told (channel, labels, sent) VALUES ($1, $2, $3)
         ON CONFLICT (channel, labels) DO UPDATE SET sent = $3",
    )
    .bind(told.channel.to_string())
    .bind(json(&told.group)?)
    .bind(json(&told.sent)?)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

pub async fn remove(tx: &mut Transaction, channel: ChannelId, group: &Labels) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM alert_told WHERE channel = $1 AND labels = $2")
        .bind(channel.to_string())
        .bind(json(group)?)
        .execute(&mut **tx)
        .await?;
    Ok(())
}
