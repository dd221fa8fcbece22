//! A console without HTTP that can be killed and begun anew.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use adapters::engine::fake::FakeEngine;
use adapters::engine::{Engine, EngineError};
use adapters::metrics::{MetricLimits, Tsink};
use app::port::{Apps, Deployments};
use async_trait::async_trait;
use futures::StreamExt;
use model::api::{Accepted, CreateApp, PageQuery, Reasoned, Restart, Scale, UpdateApp};
use model::deployment::{Deployment, DeploymentEvent, DeploymentState};
use model::environment::EngineSettings;
use model::id::{AppKey, DeploymentId, EnvironmentName, ReplicaSetId};
use model::permission::Caller;
use model::time::Timestamp;
use serde_json::{Value, json};
use server::adoption::Adoptions;
use server::auth::seal::Seal;
use server::clock::{Clock, SharedClock, SystemClock};
use server::live::{Bus, Delivery, Sights};
use server::metrics::Sources;
use server::notify::Channels;
use server::reconcile::{EngineFactory, Supervisor};
use server::registry::Registries;
use server::service::{AppService, Core};
use server::store::Store;
use server::store::environments::{self, EnvironmentRow};
use server::watch::{Watch, Watcher};

use crate::store::database::Database;

/// Longest wait for anything a test waits for.
const PATIENCE: Duration = Duration::from_secs(20);

pub struct Factory(pub FakeEngine);

#[async_trait]
impl EngineFactory for Factory {
    async fn build(&self, _: &EnvironmentRow) -> Result<Arc<dyn Engine>, EngineError> {
        Ok(Arc::new(self.0.clone()))
    }
}

pub struct Console {
    pub engine: FakeEngine,
    pub core: Core,
    pub caller: Caller,
    pub url: String,
    pub clock: Arc<MovableClock>,
    watch: Watch,
    adoptions: Adoptions,
    metrics: tempfile::TempDir,
    _database: Database,
}

pub fn place() -> EnvironmentName {
    "local".parse().unwrap()
}

pub fn key(app: &str) -> AppKey {
    AppKey { environment: place(), app: app.parse().unwrap() }
}

pub fn set(app: &str, revision: u32, generation: u32) -> ReplicaSetId {
    ReplicaSetId { environment: place(), app: app.parse().unwrap(), revision, generation }
}

/// A definition that differs by `version`.
pub fn definition(version: &str, instances: u32) -> Value {
    json!({
        "image": format!("registry.example/shop:{version}"),
        "instances": instances,
        "strategy": { "kind": "rolling", "progress_deadline": "2s" },
    })
}

pub fn again(reason: &str) -> Restart {
    Restart { reason: reason.to_owned(), ..Restart::default() }
}

pub fn because(reason: &str) -> Reasoned {
    Reasoned { reason: reason.to_owned(), ..Reasoned::default() }
}

/// The host's clock, which a test can set.
#[derive(Debug, Default)]
pub struct MovableClock(AtomicI64);

impl MovableClock {
    pub fn set_ahead(&self, by: Duration) {
        self.0.fetch_add(i64::try_from(by.as_millis()).unwrap(), Ordering::Relaxed);
    }
}

impl Clock for MovableClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(SystemClock.now().as_millis() + self.0.load(Ordering::Relaxed))
    }

    fn new_id(&self) -> uuid::Uuid {
        SystemClock.new_id()
    }
}

async fn core(store: Store, engine: &FakeEngine, clock: SharedClock, metrics: &Path) -> Core {
    let bus = Arc::new(Bus::new(Arc::clone(&clock)));
    let sights = Sights::default();
    let factory = Arc::new(Factory(engine.clone()));
    let told = Arc::default();
    let supervisor = Supervisor::start(
        store.clone(),
        Arc::clone(&bus),
        sights.clone(),
        Arc::clone(&clock),
        factory,
        Arc::new(|_, _| {}),
        Arc::clone(&told),
    )
    .await
    .unwrap();
    let seal = Arc::new(Seal::open(metrics.parent().unwrap(), None).unwrap());
    let kept = metrics.with_file_name("logs");
    let metrics = Arc::new(Tsink::open(
        metrics.to_owned(),
        MetricLimits { age: Duration::from_hours(1), bytes: u64::MAX },
    ));
    let sources = Sources::open(&store, metrics, Arc::clone(&seal)).await.unwrap();
    let channels = Channels::start(store.clone(), Arc::clone(&clock), Arc::clone(&seal), None, told);
    let channels = channels.await.unwrap();
    let registries =
        Registries::start(store.clone(), Arc::clone(&bus), Arc::clone(&clock), seal, Arc::default())
            .await
            .unwrap();
    Core {
        store,
        bus,
        sights,
        supervisor,
        clock,
        sources,
        registries,
        channels,
        logs: Arc::new(server::logs::LogStore::new(kept, server::logs::LogSettings::default())),
        released: Arc::default(),
        scaled: Arc::default(),
        alerts: Arc::default(),
    }
}

impl Console {
    pub async fn start() -> Self {
        Self::start_on(crate::store::database::sqlite().await).await
    }

    pub async fn start_on(database: Database) -> Self {
        let (store, url) = (database.store.clone(), database.url.clone());
        let now = SystemClock.now();
        let mut tx = store.begin().await.unwrap();
        let row = EnvironmentRow {
            name: place(),
            engine: EngineSettings::Local {},
            protected: false,
            rules: model::environment::ReleaseRules::default(),
            metrics: model::metric::SourceSettings::default(),
            metrics_secret: None,
            log_links: Vec::new(),
            created_at: now,
            updated_at: now,
        };
        environments::insert(&mut tx, &row).await.unwrap();
        tx.commit().await.unwrap();
        let engine = FakeEngine::new();
        let clock = Arc::new(MovableClock::default());
        let metrics = tempfile::tempdir().unwrap();
        let core = core(store, &engine, clock.clone(), &metrics.path().join("metrics")).await;
        let watch = Watcher::start(core.clone()).unwrap();
        let adoptions = Adoptions::start(core.clone());
        let caller = Caller::policy("test");
        let console =
            Self { engine, core, caller, url, clock, watch, adoptions, metrics, _database: database };
        console.ready().await;
        console
    }

    /// Ends the reconciler wherever it is, as a kill would, and opens the same database anew.
    pub async fn kill_and_start(&mut self) {
        self.core.supervisor.abort();
        self.core.store.close().await;
        let store = Store::open(&self.url).await.unwrap();
        self.metrics = tempfile::tempdir().unwrap();
        let folder = self.metrics.path().join("metrics");
        self.core = core(store, &self.engine, self.clock.clone(), &folder).await;
        self.watch = Watcher::start(self.core.clone()).unwrap();
        self.adoptions = Adoptions::start(self.core.clone());
        self.ready().await;
    }

    /// The environment counts the author of a deployment among those who approve it.
    pub async fn let_authors_approve(&self) {
        let mut tx = self.core.store.begin().await.unwrap();
        let mut row = environments::get(&mut tx, &place()).await.unwrap().unwrap();
        row.rules.author_may_approve = true;
        environments::update(&mut tx, &row).await.unwrap();
        tx.commit().await.unwrap();
    }

    async fn ready(&self) {
        // Queries are checked by asking the store, which opens in the background.
        while self.core.sources.own().query("1", SystemClock.now()).await.is_err() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        self.until("the engine is there", || self.core.supervisor.engine(&place()).is_some()).await;
    }

    pub fn apps(&self) -> AppService {
        self.core.apps()
    }

    pub async fn create(&self, app: &str, definition: Value) -> Deployment {
        let input = CreateApp {
            name: app.to_owned(),
            definition,
            reason: "first".to_owned(),
            override_window: false,
            override_release: false,
        };
        self.apps().create(&self.caller, &place(), input).await.unwrap().1
    }

    pub async fn created(&self, app: &str, definition: Value) -> Deployment {
        let deployment = self.create(app, definition).await;
        let ended = self.ended(deployment.id).await;
        assert_eq!(ended.state, DeploymentState::Succeeded, "{ended:#?}");
        ended
    }

    pub async fn update(&self, app: &str, definition: Value) -> Deployment {
        let input = UpdateApp { definition: Some(definition), ..UpdateApp::default() };
        accepted(self.apps().update(&self.caller, &key(app), input).await.unwrap())
    }

    pub async fn scale(&self, app: &str, instances: u32) -> Deployment {
        let input = Scale { instances: Some(instances), ..Scale::default() };
        accepted(self.apps().scale(&self.caller, &key(app), input).await.unwrap())
    }

    pub async fn deployment(&self, id: DeploymentId) -> Deployment {
        self.core.deployments().get(&self.caller, id).await.unwrap()
    }

    pub async fn events(&self, id: DeploymentId) -> Vec<DeploymentEvent> {
        let page = PageQuery { limit: Some(500), cursor: None };
        self.core.deployments().events(&self.caller, id, &page).await.unwrap().items
    }

    /// Waits until the deployment has ended.
    pub async fn ended(&self, id: DeploymentId) -> Deployment {
        self.reaches(id, |deployment| !deployment.state.is_active()).await
    }

    pub async fn reaches(&self, id: DeploymentId, enough: impl Fn(&Deployment) -> bool) -> Deployment {
        let mut heard = self.core.bus.subscribe(Vec::new(), None);
        let wait = async {
            loop {
                let deployment = self.deployment(id).await;
                if enough(&deployment) {
                    return deployment;
                }
                match heard.next().await {
                    Some(Delivery::Event(_) | Delivery::Reset(_)) => {}
                    None => panic!("the bus ended"),
                }
            }
        };
        match tokio::time::timeout(PATIENCE, wait).await {
            Ok(deployment) => deployment,
            Err(tokio::time::error::Elapsed { .. }) => panic!(
                "not in time: {:#?}\n{:#?}\n{:?}",
                self.deployment(id).await,
                self.events(id).await,
                self.engine.calls()
            ),
        }
    }

    /// Waits until something holds; asked again after every event and now and then.
    pub async fn until(&self, what: &str, holds: impl Fn() -> bool) {
        let mut heard = self.core.bus.subscribe(Vec::new(), None);
        let wait = async {
            while !holds() {
                let _ = tokio::time::timeout(Duration::from_millis(20), heard.next()).await;
            }
        };
        assert!(
            tokio::time::timeout(PATIENCE, wait).await.is_ok(),
            "not in time: {what}; {:?}",
            self.engine.calls()
        );
    }

    /// Waits until the engine runs just this.
    pub async fn until_running(&self, sets: &[&str]) {
        let wait = async {
            while self.running().await != sets {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        let done = tokio::time::timeout(PATIENCE, wait).await;
        assert!(done.is_ok(), "not in time: {sets:?}; {:?}", self.running().await);
    }

    /// What the engine runs: `r1.g0 2` for two active instances of revision 1.
    pub async fn running(&self) -> Vec<String> {
        let observation = self.engine.observe().await.unwrap();
        let mut sets: Vec<String> = observation
            .sets
            .iter()
            .filter_map(|set| {
                let active = set.instances.iter().filter(|i| i.state.is_active()).count();
                (active > 0).then(|| format!("{} {active}", set.id))
            })
            .collect();
        sets.sort();
        sets
    }
}

pub fn accepted(accepted: Accepted) -> Deployment {
    accepted.deployment.expect("a deployment")
}

/// The names of events in order: `requested`, `started` ...
pub fn names(events: &[DeploymentEvent]) -> Vec<String> {
    events
        .iter()
        .map(|event| serde_json::to_value(&event.what).unwrap()["event"].as_str().unwrap().to_owned())
        .collect()
}
