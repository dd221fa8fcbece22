//! Keeps the store within so many bytes on the disk: it knows an age beyond which it forgets, and that is made shorter.

use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, Instant};

use ::tsink::Storage;

use super::{MetricLimits, PATIENCE, State, build};

/// Between two looks at the folder.
const LOOK: Duration = Duration::from_mins(5);
/// Kept in any case.
const LEAST: Duration = Duration::from_hours(1);

/// Looks for as long as it is polled.
pub(super) async fn keep(state: Arc<RwLock<State>>, folder: PathBuf, limits: MetricLimits) {
    let mut age = limits.age;
    loop {
        tokio::time::sleep(LOOK).await;
        age = fit(&state, &folder, limits.bytes, age).await;
    }
}

/// Makes the age shorter until the store fits; the age that holds now.
pub(super) async fn fit(state: &Arc<RwLock<State>>, folder: &Path, most: u64, mut age: Duration) -> Duration {
    loop {
        let place = folder.to_owned();
        let taken = tokio::task::spawn_blocking(move || bytes_in(&place)).await.unwrap_or_default();
        if taken <= most || age <= LEAST {
            return age;
        }
        let shorter = (age * 3 / 4).max(LEAST);
        let hours = shorter.as_secs() / 3_600;
        tracing::warn!(
            taken,
            most,
            hours,
            "measurements take more room than they may; older ones are forgotten"
        );
        if !reopen(state, folder, shorter).await {
            return age;
        }
        age = shorter;
    }
}

/// Opens the store again; false where it was not open or is not any more.
async fn reopen(state: &Arc<RwLock<State>>, folder: &Path, age: Duration) -> bool {
    let before = {
        let mut state = state.write().unwrap_or_else(PoisonError::into_inner);
        let State::Ready(storage) = &*state else { return false };
        let storage = Arc::clone(storage);
        *state = State::Opening;
        storage
    };
    let folder = folder.to_owned();
    let opened = tokio::task::spawn_blocking(move || again(before, &folder, age)).await;
    let (next, done) = match opened.unwrap_or_else(|error| Err(error.to_string())) {
        Ok(storage) => (State::Ready(storage), true),
        Err(reason) => {
            tracing::error!(reason, "no measurements are kept");
            (State::Unavailable(reason), false)
        }
    };
    let late = {
        let mut state = state.write().unwrap_or_else(PoisonError::into_inner);
        if matches!(*state, State::Opening) {
            *state = next;
            None
        } else {
            Some(next)
        }
    };
    // The console ends.
    if let Some(State::Ready(storage)) = late {
        let _ = tokio::task::spawn_blocking(move || storage.close()).await;
        return false;
    }
    done
}

fn again(before: Arc<dyn Storage>, folder: &Path, age: Duration) -> Result<Arc<dyn Storage>, String> {
    let begun = Instant::now();
    // Questions that are being answered.
    while Arc::strong_count(&before) > 1 && begun.elapsed() < PATIENCE {
        std::thread::sleep(Duration::from_millis(10));
    }
    close(&*before);
    drop(before);
    // What is too old goes when a store is closed.
    close(&*build(folder, age)?);
    build(folder, age)
}

fn close(storage: &dyn Storage) {
    if let Err(error) = storage.close() {
        tracing::warn!(%error, "the measurements were not closed cleanly");
    }
}

pub(super) fn bytes_in(folder: &Path) -> u64 {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let size = |entry: std::fs::DirEntry| match entry.metadata() {
        Ok(about) if about.is_dir() => bytes_in(&entry.path()),
        Ok(about) => about.len(),
        Err(_) => 0,
    };
    entries.map(size).sum()
}
