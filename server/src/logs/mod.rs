//! Kept logs: a folder for each app, written by one follower each, looked through by many.
//!
//! A flood stays with its app: each has its own bounds, at most one piece of work at the disk at a time, and waits its
//! turn there like all others. See `docs/decisions/logs.md`.

mod keeper;
mod pace;

use std::collections::HashMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Duration;

use adapters::log::{AppLog, Limits, View};
use model::id::{AppKey, AppName, EnvironmentName, InstanceId};
use model::log::LogKeeping;
use model::time::Timestamp;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

pub use self::keeper::Keeper;

/// Pieces of work at the disk at one time, for all apps.
const WRITERS: usize = 4;
/// Searches at one time; each takes several threads.
const READERS: usize = 4;
/// Downloads at one time; each holds some pieces of a log.
const DOWNLOADS: usize = 8;
/// Names of instances that a form offers.
const SOURCES_MAX: usize = 100;

/// Bounds of keeping.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LogSettings {
    /// Of each app.
    pub app: Limits,
    /// Bytes on disk of all apps.
    pub total_bytes: u64,
    /// Bytes a second of one app, after a burst of 16 seconds' worth.
    pub rate: u64,
    /// Bytes that stay free on the disk: below, nothing is kept.
    pub free_bytes: u64,
}

impl LogSettings {
    /// Bytes on disk of each app and of all, and how long lines are kept.
    pub fn new(app_bytes: u64, total_bytes: u64, age: Duration) -> Self {
        Self { app: Limits::new(app_bytes, age), total_bytes, rate: 4 << 20, free_bytes: 256 << 20 }
    }
}

impl Default for LogSettings {
    fn default() -> Self {
        Self::new(256 << 20, 4 << 30, Duration::from_hours(15 * 24))
    }
}

/// The kept logs of all apps.
pub struct LogStore {
    root: PathBuf,
    settings: LogSettings,
    apps: Mutex<HashMap<AppKey, Arc<Kept>>>,
    writers: Arc<Semaphore>,
    readers: Arc<Semaphore>,
    downloads: Arc<Semaphore>,
    /// Less is free on the disk than has to be.
    full: AtomicBool,
}

/// What is kept of one app.
#[derive(Default)]
struct Kept {
    /// `None` until it is first needed. Held by who writes.
    log: Mutex<Option<AppLog>>,
    /// `None` as long as `log` is.
    view: RwLock<Option<View>>,
    trouble: RwLock<Option<String>>,
}

impl Kept {
    /// Blocks for the disk.
    fn with<T>(
        &self,
        folder: PathBuf,
        limits: Limits,
        work: impl FnOnce(&mut AppLog) -> io::Result<T>,
    ) -> io::Result<T> {
        let mut log = self.log.lock().unwrap_or_else(PoisonError::into_inner);
        let open = match &mut *log {
            Some(open) => open,
            None => log.insert(AppLog::open(folder, limits)?),
        };
        let done = work(open);
        *self.view.write().unwrap_or_else(PoisonError::into_inner) = Some(open.view());
        done
    }
}

impl LogStore {
    /// Nothing is read before it is needed.
    pub fn new(root: PathBuf, settings: LogSettings) -> Self {
        Self {
            root,
            settings,
            apps: Mutex::default(),
            writers: Arc::new(Semaphore::new(WRITERS)),
            readers: Arc::new(Semaphore::new(READERS)),
            downloads: Arc::new(Semaphore::new(DOWNLOADS)),
            full: AtomicBool::new(false),
        }
    }

    fn folder(&self, key: &AppKey) -> PathBuf {
        self.root.join(key.environment.as_str()).join(key.app.as_str())
    }

    fn kept(&self, key: &AppKey) -> Arc<Kept> {
        let mut apps = self.apps.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(apps.entry(key.clone()).or_default())
    }

    /// Works on an app's folder, one at a time, off the caller's thread.
    async fn with<T: Send + 'static>(
        &self,
        key: &AppKey,
        work: impl FnOnce(&mut AppLog) -> io::Result<T> + Send + 'static,
    ) -> io::Result<T> {
        let (kept, folder, limits) = (self.kept(key), self.folder(key), self.settings.app);
        let turn = Arc::clone(&self.writers).acquire_owned().await.map_err(io::Error::other)?;
        let done = tokio::task::spawn_blocking(move || {
            let _turn = turn;
            kept.with(folder, limits, work)
        });
        done.await.map_err(io::Error::other)?
    }

    /// What is kept of an app now.
    pub async fn view(&self, key: &AppKey) -> io::Result<View> {
        let kept = self.kept(key);
        let view = kept.view.read().unwrap_or_else(PoisonError::into_inner).clone();
        match view {
            Some(view) => Ok(view),
            None => self.with(key, |log| Ok(log.view())).await,
        }
    }

    /// Reads what is kept, off the caller's thread and a few at a time.
    pub async fn look<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> io::Result<T> + Send + 'static,
    ) -> io::Result<T> {
        let turn = Arc::clone(&self.readers).acquire_owned().await.map_err(io::Error::other)?;
        let done = tokio::task::spawn_blocking(move || {
            let _turn = turn;
            work()
        });
        done.await.map_err(io::Error::other)?
    }

    /// The right to download, until it is dropped; `None` where as many as may do already.
    pub fn download(&self) -> Option<OwnedSemaphorePermit> {
        Arc::clone(&self.downloads).try_acquire_owned().ok()
    }

    /// Sets segments aside that turned out to be damaged.
    pub async fn set_aside(&self, key: &AppKey, damaged: Vec<(u64, io::Error)>) {
        let done = self.with(key, move |log| {
            damaged.iter().try_for_each(|(number, error)| log.set_aside(*number, error))
        });
        if let Err(error) = done.await {
            tracing::warn!(app = %key, %error, "a damaged segment of a log cannot be set aside");
        }
    }

    pub async fn keeping(&self, key: &AppKey) -> io::Result<LogKeeping> {
        // Why nothing is kept is worth more than that the folder cannot be opened.
        let trouble = self.kept(key).trouble.read().unwrap_or_else(PoisonError::into_inner).clone();
        let view = match self.view(key).await {
            Ok(view) => view,
            Err(_) if trouble.is_some() => View::default(),
            Err(error) => return Err(error),
        };
        let times = view.times();
        let (instances, revisions) = view.sources();
        Ok(LogKeeping {
            bytes: view.bytes,
            bytes_max: self.settings.app.bytes,
            raw_bytes: view.raw_bytes(),
            age_max_s: self.settings.app.age.as_secs(),
            oldest: times.map(|(first, _)| Timestamp::from_millis(first)),
            newest: times.map(|(_, last)| Timestamp::from_millis(last)),
            dropped: view.dropped(),
            rate_max: self.settings.rate,
            damaged: view.damaged,
            trouble,
            instances: instances.into_iter().take(SOURCES_MAX).map(InstanceId).collect(),
            revisions,
        })
    }

    /// True where that is news.
    fn set_trouble(&self, key: &AppKey, trouble: Option<String>) -> bool {
        let kept = self.kept(key);
        let mut known = kept.trouble.write().unwrap_or_else(PoisonError::into_inner);
        let is_new = *known != trouble;
        *known = trouble;
        is_new
    }

    fn is_full(&self) -> bool {
        self.full.load(Ordering::Relaxed)
    }

    /// Asks the disk how much is free.
    async fn ask_disk(&self) {
        let (root, least) = (self.root.clone(), self.settings.free_bytes);
        let free = tokio::task::spawn_blocking(move || free(&root)).await;
        // A disk that cannot be asked says so itself when it is written to.
        let full = matches!(free, Ok(Ok(free)) if free < least);
        self.full.store(full, Ordering::Relaxed);
    }

    /// Lets time and the bounds of all apps together do their work.
    async fn tidy(&self, now: Timestamp) {
        for key in self.known() {
            if let Err(error) = self.with(&key, move |log| log.age(now)).await {
                tracing::warn!(app = %key, %error, "old log lines cannot be removed");
            }
        }
    }

    fn known(&self) -> Vec<AppKey> {
        self.apps.lock().unwrap_or_else(PoisonError::into_inner).keys().cloned().collect()
    }

    /// Removes old segments until all fit: of the app that takes the most, so that nobody's flood evicts another's lines.
    async fn trim(&self) {
        loop {
            let views: Vec<(AppKey, View)> = {
                let apps = self.apps.lock().unwrap_or_else(PoisonError::into_inner);
                let view = |kept: &Kept| kept.view.read().unwrap_or_else(PoisonError::into_inner).clone();
                apps.iter().filter_map(|(key, kept)| Some((key.clone(), view(kept)?))).collect()
            };
            let total: u64 = views.iter().map(|(_, view)| view.bytes).sum();
            if total <= self.settings.total_bytes {
                return;
            }
            let removable = views.iter().filter(|(_, view)| !view.sealed.is_empty() || view.damaged > 0);
            let Some((key, _)) = removable.max_by_key(|(_, view)| view.bytes) else { return };
            match self.with(key, AppLog::remove_oldest).await {
                Ok(freed) if freed > 0 => {}
                Ok(_) => return,
                Err(error) => {
                    tracing::warn!(app = %key, %error, "old log lines cannot be removed");
                    return;
                }
            }
        }
    }

    /// Takes up every folder there is; those of apps that `lives` does not know are removed.
    async fn sweep(&self, lives: impl Fn(&AppKey) -> bool) {
        let root = self.root.clone();
        let listed = tokio::task::spawn_blocking(move || folders(&root)).await;
        let Ok(Ok(keys)) = listed else { return };
        for key in keys {
            if lives(&key) {
                self.kept(&key);
                continue;
            }
            let folder = self.folder(&key);
            let kept = self.apps.lock().unwrap_or_else(PoisonError::into_inner).remove(&key);
            let removed = tokio::task::spawn_blocking(move || {
                drop(kept);
                std::fs::remove_dir_all(folder)
            });
            if let Ok(Err(error)) = removed.await {
                tracing::warn!(app = %key, %error, "the log of an app that is gone cannot be removed");
            }
        }
    }
}

/// The apps with a folder.
fn folders(root: &Path) -> io::Result<Vec<AppKey>> {
    let mut keys = Vec::new();
    let names = |path: &Path| -> io::Result<Vec<String>> {
        let entries = match std::fs::read_dir(path) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(error),
        };
        Ok(entries.flatten().filter_map(|entry| entry.file_name().into_string().ok()).collect())
    };
    for environment in names(root)? {
        let Ok(place) = environment.parse::<EnvironmentName>() else { continue };
        for app in names(&root.join(&environment))? {
            if let Ok(app) = app.parse::<AppName>() {
                keys.push(AppKey { environment: place.clone(), app });
            }
        }
    }
    Ok(keys)
}

/// Bytes free on the disk of a folder, or of the nearest above that is there.
fn free(folder: &Path) -> io::Result<u64> {
    let there = folder.ancestors().find(|path| path.exists()).unwrap_or(folder);
    let stat = nix::sys::statvfs::statvfs(there)?;
    Ok(stat.blocks_available() * stat.fragment_size())
}

/// Longest that a search looks before it answers with what it has.
pub const PATIENCE: Duration = Duration::from_secs(5);

#[cfg(test)]
mod tests {
    use adapters::log::Batch;
    use model::api::{LogLine, LogStream};

    use super::*;

    fn key(app: &str) -> AppKey {
        AppKey { environment: "local".parse().expect("a name"), app: app.parse().expect("a name") }
    }

    async fn keep(store: &LogStore, app: &str, times: std::ops::Range<i64>) {
        for number in times {
            let mut batch = Batch::default();
            batch.push(&LogLine {
                time: Timestamp::from_millis(number),
                instance: InstanceId("i1".to_owned()),
                revision: 1,
                stream: LogStream::Stdout,
                text: "x".repeat(10_000),
                truncated: false,
            });
            let add = move |log: &mut AppLog| {
                log.append(&batch)?;
                log.seal()
            };
            store.with(&key(app), add).await.expect("keeps");
        }
    }

    #[tokio::test]
    async fn the_bound_of_all_is_kept_by_who_takes_the_most() {
        let folder = tempfile::tempdir().expect("a folder");
        let store = LogStore::new(folder.path().to_owned(), LogSettings::default());
        keep(&store, "quiet", 0..3).await;
        let quiet = store.view(&key("quiet")).await.expect("a view");
        keep(&store, "flood", 100..150).await;
        let settings = LogSettings { total_bytes: quiet.bytes * 3, ..store.settings };
        let store = LogStore::new(folder.path().to_owned(), settings);
        store.sweep(|_| true).await;
        store.tidy(Timestamp::from_millis(200)).await;
        store.trim().await;
        let (quiet, before) = (store.view(&key("quiet")).await.expect("a view"), quiet);
        assert_eq!(quiet.bytes, before.bytes, "the older lines of the quiet app stay");
        let flood = store.view(&key("flood")).await.expect("a view");
        assert!(flood.bytes > 0 && flood.bytes + quiet.bytes <= settings.total_bytes, "{}", flood.bytes);
    }
}
