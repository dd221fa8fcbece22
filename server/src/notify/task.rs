//! The task of one channel: sends what waits for it, one at a time, and writes down what came of it.

use std::sync::Arc;
use std::time::Duration;

use adapters::notify::Sender;
use model::channel::{ChannelTrouble, Delivery, Next, Settings, next};
use model::id::ChannelId;
use tokio::sync::Notify;

use super::{Context, Tried};
use crate::store::{StoreError, channels, deliveries};

/// The database is looked at this often, whatever is told.
const LOOK: Duration = Duration::from_secs(15);
/// Between two tries when our own database does not answer.
const STORE_PAUSE: Duration = Duration::from_secs(5);

pub struct Task {
    pub context: Context,
    pub id: ChannelId,
    pub settings: Settings,
    pub sender: Result<Arc<dyn Sender>, ChannelTrouble>,
    pub look: Arc<Notify>,
}

impl Task {
    pub async fn run(self) {
        loop {
            match self.step().await {
                Ok(None) => {}
                Ok(Some(wait)) => {
                    let _ = tokio::time::timeout(wait, self.look.notified()).await;
                }
                Err(error) => {
                    tracing::warn!(channel = %self.settings.name, %error, "deliveries cannot be read; trying again");
                    tokio::time::sleep(STORE_PAUSE).await;
                }
            }
        }
    }

    /// Sends the message whose turn it is; how long to wait where there is none.
    async fn step(&self) -> Result<Option<Duration>, StoreError> {
        let mut reader = self.context.store.read().await?;
        let waiting = deliveries::queued(&mut reader, self.id).await?;
        let now = self.context.clock.now();
        let id = match next(&waiting, now) {
            Next::Send(id) => id,
            Next::Wait(until) => return Ok(Some(until.map_or(LOOK, |until| until.since(now).min(LOOK)))),
        };
        let Some(delivery) = deliveries::get(&mut reader, self.id, id).await? else { return Ok(None) };
        drop(reader);
        let name = format!("msg_{id}_{}", delivery.created_at.as_millis());
        let tried = self.context.send(&self.settings, &self.sender, &name, &delivery.notice).await;
        // It must not be sent again because it could not be written down.
        while let Err(error) = self.conclude(id, &tried).await {
            tracing::warn!(channel = %self.settings.name, %error, "a delivery cannot be written down; trying again");
            tokio::time::sleep(STORE_PAUSE).await;
        }
        Ok(None)
    }

    async fn conclude(&self, id: i64, tried: &Tried) -> Result<(), StoreError> {
        let mut tx = self.context.store.begin().await?;
        let found: Option<Delivery> = deliveries::get(&mut tx, self.id, id).await?;
        let Some(mut delivery) = found else { return Ok(()) };
        delivery.conclude(tried.attempt.clone(), tried.retry_after, rand::random());
        deliveries::update(&mut tx, &delivery).await?;
        channels::set_last(&mut tx, self.id, &tried.attempt).await?;
        deliveries::expire(&mut tx, self.id, tried.attempt.at).await?;
        tx.commit().await
    }
}
