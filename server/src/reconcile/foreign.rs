//! What else runs in one environment, read when somebody looks: to memory, and a word to the open pages.

use std::sync::Arc;
use std::time::Duration;

use adapters::engine::{Engine, EngineError};
use model::live::Change;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use super::{Context, Signals};
use crate::live::{self, SeenWorkloads};
use crate::store::environments::{self, EnvironmentRow};

/// Longest wait for an engine that has much to tell.
const PATIENCE: Duration = Duration::from_secs(30);

pub async fn run(
    context: Context,
    row: EnvironmentRow,
    signals: Arc<Signals>,
    engine: Arc<dyn Engine>,
    cancel: CancellationToken,
) {
    loop {
        tokio::select! {
            () = cancel.cancelled() => return,
            () = signals.workloads.notified() => {}
        }
        tokio::select! {
            () = cancel.cancelled() => return,
            () = read(&context, &row, engine.as_ref()) => {}
        }
    }
}

async fn read(context: &Context, row: &EnvironmentRow, engine: &dyn Engine) {
    let answer = timeout(PATIENCE, engine.foreign()).await.unwrap_or(Err(EngineError::Timeout(PATIENCE)));
    let now = context.clock.now();
    let sight = context.sights.update(&row.name, |sight| {
        let before = sight.workloads.take();
        let (items, trouble) = match answer {
            Ok(items) => (items, None),
            Err(error) => {
                (before.map(|before| before.items.clone()).unwrap_or_default(), Some(error.to_string()))
            }
        };
        sight.workloads = Some(Arc::new(SeenWorkloads { items, read_at: now, trouble }));
    });
    let apps = async {
        let mut reader = context.store.read().await?;
        environments::app_counts(&mut reader).await
    };
    let apps = apps.await.unwrap_or_default().into_iter().find(|(name, _)| *name == row.name);
    let apps = apps.map_or(0, |(_, apps)| apps);
    context.bus.publish([Change::Environment(Box::new(live::environment(row, apps, &sight, now)))]);
}
