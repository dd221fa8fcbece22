//! How far reading has come, in memory: what is being read now is of no use to the next run of the console.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use model::id::RegistryId;
use model::registry::Progress;

/// By registry, and by repository where there is one.
#[derive(Debug, Default)]
pub struct Progresses(Mutex<HashMap<(RegistryId, Option<String>), Progress>>);

impl Progresses {
    pub fn of_registry(&self, id: RegistryId) -> Option<Progress> {
        self.get(&(id, None))
    }

    pub fn of_repository(&self, id: RegistryId, name: &str) -> Option<Progress> {
        self.get(&(id, Some(name.to_owned())))
    }

    /// `None` when it is done.
    pub fn set(&self, id: RegistryId, repository: Option<&str>, progress: Option<Progress>) {
        let key = (id, repository.map(str::to_owned));
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match progress {
            Some(progress) => all.insert(key, progress),
            None => all.remove(&key),
        };
    }

    pub fn forget(&self, id: RegistryId) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).retain(|(registry, _), _| *registry != id);
    }

    fn get(&self, key: &(RegistryId, Option<String>)) -> Option<Progress> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(key).copied()
    }
}
