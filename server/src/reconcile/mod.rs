//! Makes what is wanted so: one task for each environment that looks at what is, asks the planner, commits what it decides
//! and only then tells the engine.
//!
//! Level-triggered: it acts on what it finds in the database and at the engine, never on what it remembers, so that it may
//! be ended at any moment and begun anew.

mod commit;
mod decide;
mod desired;
mod foreign;
mod observe;
mod sampler;
mod task;
mod tell;
mod timeline;
mod wall;

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use adapters::engine::{Engine, EngineError, UsageSample};
use async_trait::async_trait;
use model::id::{AppKey, AppName, EnvironmentName};
use tokio::sync::Notify;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::clock::SharedClock;
use crate::live::{Bus, Sights};
use crate::store::environments::EnvironmentRow;
use crate::store::{Store, StoreError, environments};

/// Makes the engine of an environment; only `boot` names concrete types.
#[async_trait]
pub trait EngineFactory: Send + Sync {
    async fn build(&self, environment: &EnvironmentRow) -> Result<Arc<dyn Engine>, EngineError>;
}

/// Where fresh usage figures go besides the open pages: the time-series store. Must not block.
pub type UsageSink = Arc<dyn Fn(&EnvironmentName, &[UsageSample]) + Send + Sync>;

/// What every task works with.
#[derive(Clone)]
struct Context {
    store: Store,
    bus: Arc<Bus>,
    sights: Sights,
    clock: SharedClock,
    factory: Arc<dyn EngineFactory>,
    usage: UsageSink,
    /// Told when there is something to tell people.
    told: Arc<Notify>,
}

/// The tasks of all environments.
pub struct Supervisor {
    context: Context,
    tasks: Mutex<HashMap<EnvironmentName, Running>>,
}

struct Running {
    signals: Arc<Signals>,
    engine: Arc<RwLock<Option<Arc<dyn Engine>>>>,
    cancel: CancellationToken,
    handle: JoinHandle<()>,
}

/// How the rest of the console speaks to a task.
#[derive(Default)]
struct Signals {
    notify: Notify,
    dirty: Mutex<HashSet<AppName>>,
    /// Somebody wants to know what else runs.
    workloads: Notify,
}

impl Signals {
    fn take_dirty(&self) -> HashSet<AppName> {
        std::mem::take(&mut *self.dirty.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Supervisor {
    /// Starts a task for every environment in the store.
    pub async fn start(
        store: Store,
        bus: Arc<Bus>,
        sights: Sights,
        clock: SharedClock,
        factory: Arc<dyn EngineFactory>,
        usage: UsageSink,
        told: Arc<Notify>,
    ) -> Result<Arc<Self>, StoreError> {
        let rows = environments::list(&mut *store.read().await?).await?;
        let context = Context { store, bus, sights, clock, factory, usage, told };
        let supervisor = Arc::new(Self { context, tasks: Mutex::default() });
        for row in &rows {
            supervisor.begin(row);
        }
        Ok(supervisor)
    }

    /// Starts the task of a new environment. Does nothing when it runs.
    pub fn begin(&self, environment: &EnvironmentRow) {
        let mut tasks = self.tasks.lock().unwrap_or_else(PoisonError::into_inner);
        if tasks.contains_key(&environment.name) {
            return;
        }
        let signals = Arc::new(Signals::default());
        let engine = Arc::new(RwLock::new(None));
        let cancel = CancellationToken::new();
        let handle = tokio::spawn(task::run(
            self.context.clone(),
            environment.clone(),
            Arc::clone(&signals),
            Arc::clone(&engine),
            cancel.clone(),
        ));
        tasks.insert(environment.name.clone(), Running { signals, engine, cancel, handle });
    }

    /// Ends the task of an environment and forgets what it saw; what runs there goes on.
    pub async fn end(&self, environment: &EnvironmentName) {
        let running = self.tasks.lock().unwrap_or_else(PoisonError::into_inner).remove(environment);
        if let Some(running) = running {
            running.cancel.cancel();
            let _ = running.handle.await;
            self.context.sights.remove(environment);
        }
    }

    /// Something about this app was committed: act on it now.
    pub fn wake(&self, app: &AppKey) {
        let tasks = self.tasks.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(running) = tasks.get(&app.environment) {
            let mut dirty = running.signals.dirty.lock().unwrap_or_else(PoisonError::into_inner);
            dirty.insert(app.app.clone());
            running.signals.notify.notify_one();
        }
    }

    /// Somebody looks at what else runs there: read it in the background.
    pub fn read_workloads(&self, environment: &EnvironmentName) {
        let tasks = self.tasks.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(running) = tasks.get(environment) {
            running.signals.workloads.notify_one();
        }
    }

    /// The engine of an environment; `None` until it could be built.
    pub fn engine(&self, environment: &EnvironmentName) -> Option<Arc<dyn Engine>> {
        let tasks = self.tasks.lock().unwrap_or_else(PoisonError::into_inner);
        let engine = tasks.get(environment)?.engine.read().unwrap_or_else(PoisonError::into_inner);
        engine.clone()
    }

    /// Ends all tasks after what they are at; what runs goes on.
    pub async fn shutdown(&self) {
        let tasks = std::mem::take(&mut *self.tasks.lock().unwrap_or_else(PoisonError::into_inner));
        for running in tasks.values() {
            running.cancel.cancel();
        }
        for (_, running) in tasks {
            let _ = running.handle.await;
        }
    }

    /// Ends all tasks at once, wherever they are: what a kill of the process would do. For tests of just that.
    pub fn abort(&self) {
        let tasks = std::mem::take(&mut *self.tasks.lock().unwrap_or_else(PoisonError::into_inner));
        for (_, running) in tasks {
            running.handle.abort();
        }
    }
}
