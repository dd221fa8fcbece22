//! The task of one registry: reads everything on a clock, and single repositories when it is told to.

use std::collections::BTreeMap;
use std::sync::Arc;

use adapters::registry::{Registry as Client, RegistryError};
use model::id::RegistryId;
use model::live::Change;
use model::registry::{Progress, RegistryState, RegistryTrouble};
use model::time::Timestamp;
use thiserror::Error;
use tokio::time::Instant;

use super::pace::pause;
use super::repository::Reading;
use super::{Context, Signals, Told};
use crate::store::registries::RegistryRow;
use crate::store::{StoreError, registries, registry_repositories as repositories};

/// Between two tries when our own database does not answer.
const STORE_PAUSE: std::time::Duration = std::time::Duration::from_secs(5);

/// Before a repository that was told of is read again, and how often that is tried after a failure.
const AGAIN: std::time::Duration = std::time::Duration::from_secs(3);
const TRIES: u32 = 5;

/// Why reading ended early.
#[derive(Debug, Error)]
pub enum ReadError {
    #[error(transparent)]
    Registry(#[from] RegistryError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

pub struct Task {
    pub context: Context,
    pub id: RegistryId,
    pub client: Result<Arc<dyn Client>, RegistryTrouble>,
    pub signals: Arc<Signals>,
}

impl Task {
    pub async fn run(self) {
        let client = match &self.client {
            Ok(client) => Arc::clone(client),
            // Nothing will help but other settings, which begin another task.
            Err(trouble) => {
                let failing = failing(self.context.clock.now(), trouble.clone(), None);
                while self.note(&failing, None).await.is_err() {
                    tokio::time::sleep(STORE_PAUSE).await;
                }
                return;
            }
        };
        let mut failures = 0;
        loop {
            let (row, read) = match self.everything(client.as_ref()).await {
                Ok((Some(row), read)) => (row, read),
                Ok((None, _)) => return,
                Err(error) => {
                    tracing::warn!(%error, "a registry's readings cannot be kept; trying again");
                    tokio::time::sleep(STORE_PAUSE).await;
                    continue;
                }
            };
            let error = read.err();
            failures = if error.is_some() { failures + 1 } else { 0 };
            let wait = pause(row.settings.poll.duration(), failures, error.as_ref());
            self.conclude(&row, error, wait).await;
            self.until(client.as_ref(), Instant::now() + wait).await;
        }
    }

    /// Waits for the clock, and reads single repositories meanwhile; returns early when everything is wanted.
    async fn until(&self, client: &dyn Client, due: Instant) {
        let mut again: Vec<Told> = Vec::new();
        let mut tries = 0;
        loop {
            let soon = Instant::now() + AGAIN;
            let (next, is_due) = if again.is_empty() || due < soon { (due, true) } else { (soon, false) };
            tokio::select! {
                () = tokio::time::sleep_until(next) => if is_due { return },
                () = self.signals.notify.notified() => tries = 0,
            }
            let wanted = self.signals.take();
            if wanted.everything {
                return;
            }
            let mut by_repository: BTreeMap<String, Vec<Told>> = BTreeMap::new();
            for told in again.drain(..).chain(wanted.told) {
                by_repository.entry(told.repository.clone()).or_default().push(told);
            }
            tries += 1;
            for (repository, told) in by_repository {
                match self.one(client, &repository, &told).await {
                    // The Distribution registry tells of a push a moment before its tag is written.
                    Ok(()) => again.extend(told.into_iter().filter(|told| tries == 1 && told.tag.is_some())),
                    Err(error) => {
                        tracing::warn!(%repository, %error, "a repository that was told of cannot be read");
                        // After some tries it is read with everything, a poll interval later at most.
                        again.extend(told.into_iter().filter(|_| tries < TRIES));
                    }
                }
            }
        }
    }

    /// All repositories. The inner result is the registry's, the outer one that of our own store.
    async fn everything(
        &self,
        client: &dyn Client,
    ) -> Result<(Option<RegistryRow>, Result<(), RegistryError>), StoreError> {
        // What was told until now is part of everything.
        let told = self.signals.take().told;
        let row = registries::by_id(&mut *self.context.store.read().await?, self.id).await?;
        let Some(row) = row else { return Ok((None, Ok(()))) };
        let read = self.repositories(client, &row, &told).await;
        self.context.progress.set(self.id, None, None);
        match read {
            Ok(()) => Ok((Some(row), Ok(()))),
            Err(ReadError::Registry(error)) => Ok((Some(row), Err(error))),
            Err(ReadError::Store(error)) => Err(error),
        }
    }

    async fn repositories(
        &self,
        client: &dyn Client,
        row: &RegistryRow,
        told: &[Told],
    ) -> Result<(), ReadError> {
        let names = self.names(client, row).await?;
        let of = u32::try_from(names.len()).unwrap_or(u32::MAX);
        let mut first_error = None;
        for (done, name) in (0..).zip(&names) {
            self.context.progress.set(self.id, None, Some(Progress { done, of }));
            let told: Vec<Told> = told.iter().filter(|told| told.repository == *name).cloned().collect();
            match self.one(client, name, &told).await {
                Ok(()) => {}
                // Only this repository is in trouble: the others are read all the same.
                Err(ReadError::Registry(error @ (RegistryError::Denied(_) | RegistryError::Protocol(_)))) => {
                    tracing::warn!(repository = %name, %error, "a repository cannot be read");
                    first_error.get_or_insert(error);
                }
                Err(error) => return Err(error),
            }
        }
        first_error.map_or(Ok(()), |error| Err(error.into()))
    }

    /// The repositories to read: those of the catalogue and those by hand. The store learns which are new and which went.
    async fn names(&self, client: &dyn Client, row: &RegistryRow) -> Result<Vec<String>, ReadError> {
        let catalogue = match client.repositories().await {
            Ok(names) => Some(names),
            Err(RegistryError::NoCatalogue) => None,
            Err(error) => return Err(error.into()),
        };
        let known = repositories::listed(&mut *self.context.store.read().await?, self.id).await?;
        let by_hand = &row.settings.repositories;
        // Without a catalogue, those that notifications told of stay beside those by hand.
        let mut names = catalogue.unwrap_or_else(|| known.clone());
        names.extend(by_hand.iter().cloned());
        names.sort();
        names.dedup();
        let new = names.iter().filter(|name| known.binary_search(name).is_err());
        let gone = known.iter().filter(|name| names.binary_search(name).is_err());
        let changes: Vec<(&String, bool)> =
            new.map(|name| (name, true)).chain(gone.map(|name| (name, false))).collect();
        for some in changes.chunks(500) {
            let mut tx = self.context.store.begin().await?;
            for (name, listed) in some {
                repositories::set_listed(&mut tx, self.id, name, *listed).await?;
            }
            tx.commit().await?;
        }
        Ok(names)
    }

    async fn one(&self, client: &dyn Client, repository: &str, told: &[Told]) -> Result<(), ReadError> {
        let reading = Reading { context: &self.context, id: self.id, client, repository };
        let read = reading.run(told).await;
        self.context.progress.set(self.id, Some(repository), None);
        if read? {
            self.context.released.notify_one();
            let mut reader = self.context.store.read().await?;
            if let Some(found) = repositories::get(&mut reader, self.id, repository).await? {
                self.context.publish(Change::Repository(Box::new(found)));
            }
        }
        Ok(())
    }

    /// Writes down how it went and tells the open pages.
    async fn conclude(&self, row: &RegistryRow, error: Option<RegistryError>, wait: std::time::Duration) {
        let now = self.context.clock.now();
        let (state, synced_at) = match error {
            None => (RegistryState::Reachable, Some(now)),
            Some(error) => {
                tracing::warn!(registry = %row.settings.name, %error, "a registry cannot be read");
                let since = match &row.state {
                    RegistryState::Failing { since, .. } => *since,
                    RegistryState::Unknown | RegistryState::Reachable => now,
                };
                (failing(since, error.trouble(), Some(now.plus(wait))), None)
            }
        };
        if let Err(error) = self.note(&state, synced_at).await {
            tracing::warn!(registry = %row.settings.name, %error, "how a registry is cannot be kept");
        }
    }

    async fn note(&self, state: &RegistryState, synced_at: Option<Timestamp>) -> Result<(), StoreError> {
        let mut tx = self.context.store.begin().await?;
        registries::set_state(&mut tx, self.id, state, synced_at).await?;
        let row = registries::by_id(&mut tx, self.id).await?;
        tx.commit().await?;
        if let Some(row) = row {
            self.context.publish(Change::Registry(Box::new(self.context.show(&row))));
        }
        Ok(())
    }
}

fn failing(since: Timestamp, trouble: RegistryTrouble, retry_at: Option<Timestamp>) -> RegistryState {
    RegistryState::Failing { since, trouble, retry_at }
}
