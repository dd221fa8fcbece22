//! Gives what happened to the channels that want it: a notice becomes a delivery for each, all in one transaction.

use std::collections::BTreeSet;
use std::sync::Weak;
use std::time::Duration;

use model::channel::Notice;
use model::deployment::WaitingFor;
use model::id::ChannelId;
use model::time::Timestamp;

use super::{Channels, Context};
use crate::service::deployments::new_link;
use crate::store::channels::ChannelRow;
use crate::store::{StoreError, Transaction, channels, deliveries, notices};

/// Notices are looked for this often, whatever is told.
const LOOK: Duration = Duration::from_secs(15);
/// Notices of one transaction.
const AT_ONCE: u32 = 50;

pub async fn run(all: Weak<Channels>) {
    while let Some(channels) = all.upgrade() {
        let told = std::sync::Arc::clone(&channels.told);
        loop {
            match round(&channels.context).await {
                Ok(None) => break,
                Ok(Some(ids)) => ids.into_iter().for_each(|id| channels.wake(id)),
                Err(error) => {
                    tracing::warn!(%error, "notices cannot be given to channels; trying again");
                    break;
                }
            }
        }
        drop(channels);
        let _ = tokio::time::timeout(LOOK, told.notified()).await;
    }
}

/// The oldest notices; the channels that have something new, or `None` where there was no notice.
async fn round(context: &Context) -> Result<Option<BTreeSet<ChannelId>>, StoreError> {
    if notices::oldest(&mut *context.store.read().await?, 1).await?.is_empty() {
        return Ok(None);
    }
    let mut tx = context.store.begin().await?;
    let found = notices::oldest(&mut tx, AT_ONCE).await?;
    let Some((last, ..)) = found.last() else { return Ok(None) };
    let rows = channels::list(&mut tx).await?;
    let mut told = BTreeSet::new();
    for (_, notice, happened) in &found {
        for row in rows.iter().filter(|row| row.settings.wants(notice)) {
            let notice = with_answer(context, &mut tx, row, notice).await?;
            deliveries::enqueue(&mut tx, row.id, &notice, *happened).await?;
            told.insert(row.id);
        }
    }
    notices::delete_to(&mut tx, *last).await?;
    tx.commit().await?;
    Ok(Some(told))
}

/// A gate's notice with a link that answers it once, for this channel alone, where people can follow it.
async fn with_answer(
    context: &Context,
    tx: &mut Transaction,
    row: &ChannelRow,
    notice: &Notice,
) -> Result<Notice, StoreError> {
    let Notice::Approval { deployment, .. } = notice else { return Ok(notice.clone()) };
    let now: Timestamp = context.clock.now();
    let answer = match &deployment.waiting_for {
        Some(WaitingFor::Approval { step, until, .. }) if context.public_url.is_some() && now < *until => {
            tracing::debug!(channel = %row.settings.name, deployment = %deployment.id, "a link is made");
            new_link(tx, deployment.id, *step, *until, now).await?
        }
        _ => None,
    };
    Ok(Notice::Approval { deployment: deployment.clone(), answer })
}
