//! Reads registries in the background, one task for each: what is new on a clock, and at once when a registry tells.
//!
//! What is read goes into the store, and pages read the store alone: a registry that is slow, full or away holds nobody up.
//! What was known stays, with its age, until the registry says something else.

mod credentials;
mod pace;
mod progress;
mod repository;
mod task;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use adapters::registry::{Credentials, Registry as Client, RegistrySettings, open};
use model::id::RegistryId;
use model::image::DEFAULT_REGISTRY;
use model::live::Change;
use model::registry::{Registry, RegistryTrouble, Repository, TroubleCode};
use model::time::Timestamp;
use tokio::sync::Notify;
use tokio::task::JoinHandle;

pub use self::credentials::EngineCredentials;
use self::progress::Progresses;
use crate::auth::seal::Seal;
use crate::clock::SharedClock;
use crate::live::Bus;
use crate::store::registries::{self, RegistryRow};
use crate::store::{Store, StoreError};

/// What every task works with.
#[derive(Clone)]
struct Context {
    store: Store,
    bus: Arc<Bus>,
    clock: SharedClock,
    seal: Arc<Seal>,
    progress: Arc<Progresses>,
    /// Told when there are new tags, which an app may follow.
    released: Arc<Notify>,
}

/// The tasks of all registries.
pub struct Registries {
    context: Context,
    tasks: Mutex<HashMap<RegistryId, Running>>,
}

struct Running {
    client: Result<Arc<dyn Client>, RegistryTrouble>,
    signals: Arc<Signals>,
    handle: JoinHandle<()>,
}

impl Drop for Running {
    fn drop(&mut self) {
        self.handle.abort();
    }
}

/// What a registry told of one repository.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    pub repository: String,
    /// `None` where it told of a digest, or of no tag at all.
    pub tag: Option<String>,
    pub time: Timestamp,
}

/// How the rest of the console speaks to a task.
#[derive(Default)]
struct Signals {
    notify: Notify,
    wanted: Mutex<Wanted>,
}

/// What is to be read before the clock says so.
#[derive(Default)]
struct Wanted {
    everything: bool,
    told: Vec<Told>,
}

impl Signals {
    fn take(&self) -> Wanted {
        std::mem::take(&mut *self.wanted.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// What the registry of an image is kept under: the default registry has several names.
pub fn host_of(named: &str) -> String {
    match named {
        "index.docker.io" | "registry-1.docker.io" => DEFAULT_REGISTRY.to_owned(),
        host => host.to_ascii_lowercase(),
    }
}

/// What a registry's password belongs to when it is sealed.
pub fn password_owner(id: RegistryId) -> String {
    format!("registry/{id}/password")
}

/// What the secret of its notifications belongs to.
pub fn hook_owner(id: RegistryId) -> String {
    format!("registry/{id}/hook")
}

impl Registries {
    /// Begins to read every registry there is.
    pub async fn start(
        store: Store,
        bus: Arc<Bus>,
        clock: SharedClock,
        seal: Arc<Seal>,
        released: Arc<Notify>,
    ) -> Result<Arc<Self>, StoreError> {
        let rows = registries::list(&mut *store.read().await?).await?;
        let context = Context { store, bus, clock, seal, progress: Arc::default(), released };
        let all = Arc::new(Self { context, tasks: Mutex::default() });
        for row in &rows {
            all.begin(row);
        }
        Ok(all)
    }

    pub fn seal(&self) -> &Seal {
        &self.context.seal
    }

    /// Begins to read a registry, or begins anew with other settings.
    pub fn begin(&self, row: &RegistryRow) {
        let client = self.client_of(row, None);
        let signals = Arc::new(Signals::default());
        let task = task::Task {
            context: self.context.clone(),
            id: row.id,
            client: client.clone(),
            signals: Arc::clone(&signals),
        };
        let handle = tokio::spawn(task.run());
        self.lock().insert(row.id, Running { client, signals, handle });
    }

    pub fn end(&self, id: RegistryId) {
        self.lock().remove(&id);
        self.context.progress.forget(id);
    }

    /// A client with these settings, with a password that is not stored yet where one is given.
    pub fn client_of(
        &self,
        row: &RegistryRow,
        password: Option<&str>,
    ) -> Result<Arc<dyn Client>, RegistryTrouble> {
        let kept = match (password, &row.password) {
            (None, Some(sealed)) => {
                let opened = self.context.seal.unseal(&password_owner(row.id), sealed);
                Some(opened.map_err(|error| {
                    let detail = format!("its password cannot be opened: {error}; or enter it again");
                    RegistryTrouble { code: TroubleCode::Sealed, detail }
                })?)
            }
            (given, _) => given.map(str::to_owned),
        };
        let username = row.settings.username.clone();
        let credentials =
            username.map(|username| Credentials { username, password: kept.unwrap_or_default() });
        let settings = RegistrySettings {
            kind: row.settings.kind,
            url: row.settings.url.clone(),
            credentials,
            ca: row.settings.ca.clone(),
            insecure: row.settings.insecure,
        };
        open(&settings).map_err(|error| error.trouble())
    }

    /// The client of a registry that is being read; `None` when it is not ours any more.
    pub fn client(&self, id: RegistryId) -> Option<Result<Arc<dyn Client>, RegistryTrouble>> {
        self.lock().get(&id).map(|running| running.client.clone())
    }

    /// Everything is to be read now.
    pub fn wake(&self, id: RegistryId) {
        self.tell(id, |wanted| wanted.everything = true);
    }

    /// These repositories are to be read now.
    pub fn told(&self, id: RegistryId, told: Vec<Told>) {
        /// More than these at once, and everything is read instead.
        const MANY: usize = 500;
        self.tell(id, |wanted| {
            wanted.told.extend(told);
            if wanted.told.len() > MANY {
                wanted.told.clear();
                wanted.everything = true;
            }
        });
    }

    fn tell(&self, id: RegistryId, change: impl FnOnce(&mut Wanted)) {
        if let Some(running) = self.lock().get(&id) {
            change(&mut running.signals.wanted.lock().unwrap_or_else(PoisonError::into_inner));
            running.signals.notify.notify_one();
        }
    }

    /// A registry as the API shows it.
    pub fn show(&self, row: &RegistryRow) -> Registry {
        self.context.show(row)
    }

    /// With how far reading it has come.
    pub fn with_progress(&self, id: RegistryId, repository: Repository) -> Repository {
        self.context.with_progress(id, repository)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<RegistryId, Running>> {
        self.tasks.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Context {
    fn show(&self, row: &RegistryRow) -> Registry {
        let settings = row.settings.clone();
        Registry {
            id: row.id,
            name: settings.name,
            kind: settings.kind,
            url: settings.url,
            host: settings.host,
            username: settings.username,
            has_password: row.password.is_some(),
            ca: settings.ca,
            insecure: settings.insecure,
            repositories: settings.repositories,
            poll: settings.poll,
            hook: format!("/api/v1/hooks/registry/{}", row.id),
            state: row.state.clone(),
            synced_at: row.synced_at,
            syncing: self.progress.of_registry(row.id),
            created_at: row.created_at,
            updated_at: row.updated_at,
        }
    }

    fn with_progress(&self, id: RegistryId, mut repository: Repository) -> Repository {
        repository.syncing = self.progress.of_repository(id, &repository.name);
        repository
    }

    fn publish(&self, change: Change) {
        self.bus.publish([change]);
    }
}
