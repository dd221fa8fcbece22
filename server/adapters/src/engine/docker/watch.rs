//! Following the daemon: its events, its silences, and everything anew after a gap.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, Weak};
use std::time::Duration;

use bollard::models::EventMessage;
use bollard::query_parameters::{EventsOptions, InspectContainerOptions, ListContainersOptions};
use futures::StreamExt as _;

use super::connection::{PATIENCE, is_away};
use super::convert;
use super::inner::{Contact, HostFacts, Inner};
use crate::engine::{EngineError, EngineEvent};

/// First and longest pause before the daemon is tried again.
const RETRY: Duration = Duration::from_millis(200);
const RETRY_MAX: Duration = Duration::from_secs(10);
/// A connection may break without a word: so often it is tried.
const HEARTBEAT: Duration = Duration::from_secs(10);
/// Containers asked for at one time.
const QUESTIONS: usize = 8;

/// Follows for as long as the engine is there.
pub async fn follow_for_ever(engine: Weak<Inner>) {
    let mut pause = RETRY;
    loop {
        let Some(inner) = engine.upgrade() else { return };
        match follow(&inner).await {
            Ok(()) => pause = RETRY,
            Err(Broken { error, after_a_while }) => {
                if !inner.is_away() {
                    tracing::warn!(environment = %inner.config.owner.environment, %error, "the daemon does not answer");
                }
                inner.set_contact(Contact::Away(cause(&error)));
                inner.connection.forget().await;
                inner.tell(EngineEvent::Resync);
                pause = if after_a_while { RETRY } else { (pause * 2).min(RETRY_MAX) };
            }
        }
        drop(inner);
        tokio::time::sleep(pause).await;
    }
}

/// The words that [`EngineError::Unreachable`] puts its own before.
fn cause(error: &EngineError) -> String {
    match error {
        EngineError::Unreachable(words) => words.clone(),
        other => other.to_string(),
    }
}

struct Broken {
    error: EngineError,
    /// It had answered before.
    after_a_while: bool,
}

/// Follows until the connection breaks.
async fn follow(inner: &Arc<Inner>) -> Result<(), Broken> {
    let broken = |after_a_while| move |error| Broken { error, after_a_while };
    let client = inner.connection.client().await.map_err(broken(false))?;
    // Listening begins before looking, so that nothing falls between.
    let filters = HashMap::from([
        ("type".to_owned(), vec!["container".to_owned()]),
        ("label".to_owned(), inner.config.owner.filter()),
    ]);
    let options = EventsOptions { filters: Some(filters), ..EventsOptions::default() };
    let mut events = std::pin::pin!(client.events(Some(options)));
    // The request goes out with the first look at the stream; an idle daemon then says nothing.
    let first = tokio::time::timeout(Duration::from_millis(50), events.next()).await;
    if let Ok(None | Some(Err(_))) = first {
        let words = "the stream of events ended at once".to_owned();
        return Err(Broken { error: EngineError::Unreachable(words), after_a_while: false });
    }
    inner.sync().await.map_err(broken(false))?;
    inner.set_contact(Contact::There);
    inner.tell(EngineEvent::Resync);
    let mut heartbeat = tokio::time::interval_at(tokio::time::Instant::now() + HEARTBEAT, HEARTBEAT);
    loop {
        tokio::select! {
            event = events.next() => match event {
                Some(Ok(event)) => take(inner, event).await.map_err(broken(true))?,
                Some(Err(error)) => return Err(broken(true)(super::connection::refusal(&error))),
                None => {
                    let words = "the stream of events ended".to_owned();
                    return Err(broken(true)(EngineError::Unreachable(words)));
                }
            },
            _ = heartbeat.tick() => {
                let answer = inner.connection.call(|client| async move { client.ping().await }).await;
                answer.map_err(broken(true))?;
            }
        }
    }
}

async fn take(inner: &Arc<Inner>, event: EventMessage) -> Result<(), EngineError> {
    let Some(container) = event.actor.and_then(|actor| actor.id) else { return Ok(()) };
    let action = event.action.unwrap_or_default();
    if action == "destroy" {
        inner.gone(&container);
        return Ok(());
    }
    let matters = ["start", "die", "oom", "restart", "pause", "unpause"].contains(&action.as_str())
        || action.starts_with("health_status");
    if !matters {
        return Ok(());
    }
    match inner.look_at(&container).await {
        Err(error) if !is_away(&error) => {
            tracing::warn!(container, %error, "a container cannot be asked about");
            Ok(())
        }
        other => other,
    }
}

impl Inner {
    /// Looks at everything of ours and takes it as it is.
    pub async fn sync(self: &Arc<Self>) -> Result<(), EngineError> {
        let info = self.connection.call(|client| async move { client.info().await }).await?;
        let version = self.connection.call(|client| async move { client.version().await }).await?;
        *self.host.lock().unwrap_or_else(PoisonError::into_inner) = HostFacts {
            name: info.name.unwrap_or_else(|| "docker".to_owned()),
            architecture: version.arch.unwrap_or_default(),
            cpus: info.ncpu.unwrap_or(0) as f64,
            memory_bytes: info.mem_total.and_then(|bytes| u64::try_from(bytes).ok()).unwrap_or(0),
            data_root: info.docker_root_dir.unwrap_or_default(),
        };
        let filters = HashMap::from([("label".to_owned(), self.config.owner.filter())]);
        let options =
            ListContainersOptions { all: true, filters: Some(filters), ..ListContainersOptions::default() };
        let listed =
            self.connection.call(|client| async move { client.list_containers(Some(options)).await }).await?;
        let client = self.connection.client().await?;
        let asked = futures::stream::iter(listed.into_iter().filter_map(|container| container.id))
            .map(|id| {
                let client = client.clone();
                async move {
                    let inspect = client.inspect_container(&id, None::<InspectContainerOptions>);
                    super::connection::bounded(PATIENCE, inspect).await
                }
            })
            .buffer_unordered(QUESTIONS);
        let answers: Vec<_> = asked.collect().await;
        let mut all = Vec::with_capacity(answers.len());
        for answer in answers {
            match answer {
                Ok(answer) => all.extend(convert::seen(&self.config.owner, answer)),
                // Removed in between.
                Err(EngineError::NotFound(_)) => {}
                Err(error) => return Err(error),
            }
        }
        self.apply_all(all);
        Ok(())
    }
}
