//! Following a swarm: the daemon tells of services and nodes by events, of tasks only when it is asked.

use std::collections::HashMap;
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

use bollard::query_parameters::EventsOptions;
use futures::{FutureExt as _, StreamExt as _};
use model::id::InstanceId;

use super::convert;
use super::inner::{Inner, Used, bound, pause};
use crate::engine::docker::usage::{Known, sample};
use crate::engine::{EngineError, EngineEvent};

/// First and longest pause before the daemon is tried again.
const RETRY: Duration = Duration::from_millis(200);
const RETRY_MAX: Duration = Duration::from_secs(10);
/// Events come in bursts.
const BURST: Duration = Duration::from_millis(20);
const USAGE: Duration = Duration::from_secs(5);

/// Follows for as long as the engine is there.
pub async fn follow_for_ever(engine: Weak<Inner>) {
    let mut wait = RETRY;
    let mut away = false;
    loop {
        let Some(inner) = engine.upgrade() else { return };
        let Err((error, had_answered)) = follow(&inner, away).await;
        if !away || had_answered {
            tracing::warn!(environment = %inner.config.owner.environment, %error, "the swarm's manager does not answer");
        }
        wait = if had_answered { RETRY } else { (wait * 2).min(RETRY_MAX) };
        away = true;
        inner.connection.forget().await;
        inner.tell(EngineEvent::Resync);
        drop(inner);
        tokio::time::sleep(wait).await;
    }
}

/// Follows until the manager does not answer; says whether it had before.
async fn follow(inner: &Arc<Inner>, was_away: bool) -> Result<std::convert::Infallible, (EngineError, bool)> {
    let client = inner.connection.client().await.map_err(|error| (error, false))?;
    let kinds = ["service", "node", "container"].map(str::to_owned).to_vec();
    let filters = HashMap::from([("type".to_owned(), kinds)]);
    let options = EventsOptions { filters: Some(filters), ..EventsOptions::default() };
    let mut events = std::pin::pin!(client.events(Some(options)));
    let mut had_answered = false;
    loop {
        let begin = Instant::now();
        let look = inner.look().await.map_err(|error| (error, had_answered))?;
        inner.take(&look);
        if was_away && !had_answered {
            inner.tell(EngineEvent::Resync);
        }
        had_answered = true;
        let took = begin.elapsed();
        tokio::select! {
            () = tokio::time::sleep(pause(inner.is_moving(), took)) => continue,
            event = events.next() => heard(event)?,
        }
        tokio::time::sleep(bound(BURST, took)).await;
        // One look answers all that has come meanwhile.
        while let Some(event) = events.next().now_or_never() {
            heard(event)?;
        }
    }
}

fn heard<T, E>(event: Option<Result<T, E>>) -> Result<(), (EngineError, bool)> {
    match event {
        Some(Ok(_)) => Ok(()),
        _ => Err((EngineError::Unreachable("the stream of events ended".to_owned()), true)),
    }
}

/// Samples every five seconds what runs on the node that is asked; Swarm has no figures of the others.
pub async fn sample_for_ever(engine: Weak<Inner>) {
    let mut known = Known::new();
    let mut ticker = tokio::time::interval(USAGE);
    ticker.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        ticker.tick().await;
        let Some(inner) = engine.upgrade() else { return };
        match used(&inner, &mut known).await {
            Ok(used) => inner.set_used(used),
            Err(error) => tracing::debug!(%error, "no usage of a swarm's tasks"),
        }
    }
}

async fn used(inner: &Arc<Inner>, known: &mut Known) -> Result<Used, EngineError> {
    let here = inner.here().await?;
    let look = inner.latest().await?;
    let seen = inner.take(&look);
    let mut containers = HashMap::new();
    for set in &seen.sets {
        for instance in set.instances.iter().filter(|i| i.state == model::instance::InstanceState::Running) {
            let task = look.tasks.iter().find(|task| task.id.as_deref() == Some(instance.id.0.as_str()));
            let Some(task) = task.filter(|task| task.node_id == here) else { continue };
            let status = task.status.as_ref().and_then(|status| status.container_status.as_ref());
            if let Some(container) = status.and_then(|status| status.container_id.clone()) {
                containers.insert(container, (set.id.clone(), instance.id.clone(), instance.restarts));
            }
        }
    }
    let client = inner.connection.client().await?;
    let usage = sample(&client, containers.keys().cloned().collect(), known).await;
    let used = usage.into_iter().filter_map(|(container, usage)| {
        let (set, id, restarts) = containers.remove(&container)?;
        Some((id, (set, usage, restarts)))
    });
    Ok(used.collect())
}

/// Waits until none of these tasks is there or all have ended.
pub async fn until_gone(inner: &Inner, tasks: &[InstanceId], within: Duration) -> Result<(), EngineError> {
    let deadline = Instant::now() + within;
    loop {
        let there = inner.tasks().await?;
        let left = there.iter().any(|task| {
            let ours = task.id.as_ref().is_some_and(|id| tasks.iter().any(|each| each.0 == *id));
            ours && !convert::is_over(task)
        });
        if !left || Instant::now() > deadline {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}
