//! The instances that are seen now, by their id.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use adapters::metrics::Origin;
use model::id::AppKey;

use crate::live::Sights;

/// Shortest time between two looks for an id that is not there.
const PAUSE: Duration = Duration::from_millis(200);

pub(super) type Index = HashMap<String, Origin>;

/// An index over the sights, made anew when an id is missing.
pub(super) struct Directory {
    sights: Sights,
    index: Mutex<(Arc<Index>, Option<Instant>)>,
}

impl Directory {
    pub fn new(sights: Sights) -> Self {
        Self { sights, index: Mutex::default() }
    }

    fn lock(&self) -> MutexGuard<'_, (Arc<Index>, Option<Instant>)> {
        self.index.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn find(&self, id: &str) -> Option<Origin> {
        let (index, made) = self.lock().clone();
        if let Some(origin) = index.get(id) {
            return Some(origin.clone());
        }
        if made.is_some_and(|made| made.elapsed() < PAUSE) {
            return None;
        }
        self.fresh().get(id).cloned()
    }

    /// The index of this moment.
    pub fn fresh(&self) -> Arc<Index> {
        let mut index = Index::new();
        for (environment, sight) in self.sights.all() {
            for (app, instances) in &sight.apps {
                let app = AppKey { environment: environment.clone(), app: app.clone() };
                index.extend(instances.iter().filter(|instance| instance.state.is_active()).map(
                    |instance| {
                        let (app, revision) = (app.clone(), instance.revision);
                        (instance.id.0.clone(), Origin { app, revision, instance: instance.id.clone() })
                    },
                ));
            }
        }
        let index = Arc::new(index);
        *self.lock() = (Arc::clone(&index), Some(Instant::now()));
        index
    }
}
