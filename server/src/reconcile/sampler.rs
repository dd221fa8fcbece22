//! Fresh usage figures and nodes of one environment: to memory, to the open pages, to the time-series store.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use adapters::engine::{Engine, EngineEvent};
use futures::StreamExt;
use model::id::{AppName, EnvironmentName, InstanceId};
use model::instance::Usage;
use model::live::Change;
use tokio::time::{Instant, timeout};
use tokio_util::sync::CancellationToken;

use super::Context;

/// Between two looks where the engine does not say when it has fresh figures.
const TICK: Duration = Duration::from_secs(10);
/// Longest wait for one answer.
const PATIENCE: Duration = Duration::from_secs(5);
/// Nodes change slowly.
const NODES: Duration = Duration::from_secs(10);

pub async fn run(
    context: Context,
    environment: EnvironmentName,
    engine: Arc<dyn Engine>,
    cancel: CancellationToken,
) {
    // Nothing here is worth waiting for when the console ends.
    tokio::select! {
        () = cancel.cancelled() => {}
        () = follow(context, environment, engine) => {}
    }
}

async fn follow(context: Context, environment: EnvironmentName, engine: Arc<dyn Engine>) {
    let mut events = engine.watch();
    let mut nodes_due = Instant::now();
    loop {
        if nodes_due <= Instant::now() {
            if let Ok(Ok(nodes)) = timeout(PATIENCE, engine.nodes()).await {
                context.sights.update(&environment, |sight| sight.nodes = Arc::new(nodes));
            }
            nodes_due = Instant::now() + NODES;
        }
        sample(&context, &environment, engine.as_ref()).await;
        let tick = tokio::time::sleep(TICK);
        tokio::pin!(tick);
        loop {
            tokio::select! {
                () = &mut tick => break,
                event = events.next() => match event {
                    Some(EngineEvent::Usage) => break,
                    Some(EngineEvent::Changed(_) | EngineEvent::Resync) => {}
                    None => {
                        tokio::time::sleep(Duration::from_secs(1)).await;
                        events = engine.watch();
                    }
                },
            }
        }
    }
}

async fn sample(context: &Context, environment: &EnvironmentName, engine: &dyn Engine) {
    let Ok(Ok(samples)) = timeout(PATIENCE, engine.usage()).await else { return };
    if samples.is_empty() {
        return;
    }
    (context.usage)(environment, &samples);
    let mut by_app: HashMap<AppName, Vec<(InstanceId, Usage)>> = HashMap::new();
    for sample in &samples {
        by_app.entry(sample.set.app.clone()).or_default().push((sample.instance.clone(), sample.usage));
    }
    let usage = Arc::new(samples.into_iter().map(|sample| (sample.instance, sample.usage)).collect());
    context.sights.update(environment, |sight| sight.usage = usage);
    context.bus.publish(by_app.into_iter().map(|(app, instances)| Change::Usage {
        environment: environment.clone(),
        app,
        instances,
    }));
}
