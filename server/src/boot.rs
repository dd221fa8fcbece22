//! The composition root: the only place that names concrete types. From settings to a console that serves.

use std::ffi::OsString;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use adapters::artifact::{ArtifactError, ArtifactLimits, ArtifactSource, ArtifactStore};
use adapters::engine::docker::{self, DockerConfig, DockerEngine, Endpoint, Owner};
use adapters::engine::local::{self, LocalConfig, ShimCommand, StopAllError};
use adapters::engine::swarm::SwarmEngine;
use adapters::engine::{Credentials, Engine, EngineError};
use adapters::http_probe::{HttpProbe, HttpProbeError};
use adapters::lock::{DataLock, LockError};
use adapters::metrics::{MetricStore, Tsink};
use app::port::Ports;
use async_trait::async_trait;
use axum::serve::ListenerExt;
use model::environment::{EngineSettings, ReleaseRules, TlsFiles};
use model::id::EnvironmentName;
use model::metric::SourceSettings;
use thiserror::Error;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::adoption::Adoptions;
use crate::alerts::Evaluator;
use crate::auth::seal::{Seal, SealError};
use crate::auth::{AuthError, Authority};
use crate::clock::{Clock, SharedClock, SystemClock};
use crate::config::{Config, DockerPlace, without_password};
use crate::http::{self, Parts};
use crate::live::{Bus, Sights};
use crate::logs::{Keeper, LogStore};
use crate::metrics::scrape::Scraper;
use crate::metrics::statsd::{self, Addresses, ListenError, Standings, Statsd};
use crate::metrics::targets::Targets;
use crate::metrics::{MetricService, Sampler, Sources, Standing, own};
use crate::notify::Channels;
use crate::policy::Policies;
use crate::reconcile::{EngineFactory, Supervisor};
use crate::registry::{EngineCredentials, Registries};
use crate::service::Core;
use crate::service::artifacts::Artifacts;
use crate::site::SiteService;
use crate::store::environments::{self, EnvironmentRow};
use crate::store::{Store, StoreError};
use crate::watch::{Watch, Watcher};

/// Names of the environments that the first start makes.
const LOCAL_ENVIRONMENT: &str = "local";
const DOCKER_ENVIRONMENT: &str = "docker";
/// Longest that a first start looks for Docker.
const DOCKER_LOOK: Duration = Duration::from_millis(250);
/// Time that requests in flight have to end by themselves.
const DRAIN: Duration = Duration::from_secs(6);

#[derive(Debug, Error)]
pub enum BootError {
    #[error(transparent)]
    Lock(#[from] LockError),
    #[error("the database {url} cannot be used: {source}")]
    Store { url: String, source: StoreError },
    #[error(transparent)]
    Auth(#[from] AuthError),
    #[error("artifacts cannot be kept: {0}")]
    Artifacts(#[from] ArtifactError),
    #[error("{address} is in use by another program; choose another with --listen")]
    AddressInUse { address: SocketAddr },
    #[error("{address} cannot be listened on: {source}")]
    Listen { address: SocketAddr, source: std::io::Error },
    #[error(transparent)]
    Statsd(#[from] ListenError),
    #[error("StatsD cannot be received: {0}")]
    StatsdThreads(std::io::Error),
    #[error("the console's own program cannot be found: {0}")]
    Executable(std::io::Error),
    #[error(transparent)]
    StopAll(#[from] StopAllError),
    #[error("the key for secrets cannot be used: {0}")]
    Seal(#[from] SealError),
    #[error("instances cannot be asked by HTTP: {0}")]
    HttpProbe(#[from] HttpProbeError),
}

/// A console that serves.
pub struct Running {
    pub address: SocketAddr,
    /// While there is no user: where the first one is made. Works once.
    pub set_up_link: Option<String>,
    /// What the handlers and pages ask, for who runs a console in process.
    pub ports: Ports,
    ending: CancellationToken,
    server: JoinHandle<()>,
    sampler: JoinHandle<()>,
    statsd: Option<Statsd>,
    scraper: Scraper,
    supervisor: Arc<Supervisor>,
    watch: Watch,
    policies: Policies,
    standing: Standing,
    evaluator: Evaluator,
    adoptions: Adoptions,
    channels: Arc<Channels>,
    keeper: Keeper,
    metrics: Arc<Tsink>,
    store: Store,
    _lock: DataLock,
}

impl Running {
    /// Address for a browser.
    pub fn url(&self) -> String {
        url(self.address)
    }

    /// Ends: no new requests, those in flight finish, event streams close, instances keep running.
    pub async fn shutdown(self) {
        self.ending.cancel();
        let abort = self.server.abort_handle();
        if tokio::time::timeout(DRAIN, self.server).await.is_err() {
            tracing::warn!("some requests did not end in time and were cut off");
            abort.abort();
        }
        drop(self.policies);
        drop(self.standing);
        drop(self.evaluator);
        drop(self.adoptions);
        drop(self.keeper);
        drop(self.watch);
        drop(self.scraper);
        self.channels.shutdown();
        self.supervisor.shutdown().await;
        self.sampler.abort();
        if let Some(statsd) = self.statsd {
            statsd.shutdown().await;
        }
        self.metrics.close().await;
        self.store.close().await;
    }
}

/// Starts a console and returns once it serves. Needs a tokio runtime.
pub async fn start(config: Config) -> Result<Running, BootError> {
    start_with(config, Arc::new(SystemClock), None).await
}

/// [`start`] with a clock and, for tests, engines of one's own.
pub async fn start_with(
    config: Config,
    clock: SharedClock,
    factory: Option<Arc<dyn EngineFactory>>,
) -> Result<Running, BootError> {
    let lock = DataLock::acquire(&config.data_dir)?;
    // Before anything runs: a taken port must change nothing.
    let listener = listen(config.listen).await?;
    let address = listener.local_addr().unwrap_or(config.listen);
    let statsd = statsd::listen(config.statsd, &config.data_dir)?;
    let statsd_addresses = statsd.as_ref().map(|listen| listen.addresses);
    let store = open_store(&config).await?;
    let own_metrics = own::install();
    let place = config.docker.as_ref();
    make_first_environments(&store, clock.as_ref(), place)
        .await
        .map_err(|source| store_error(&config, source))?;

    let limits = ArtifactLimits { archive_bytes: config.artifact_limit, ..ArtifactLimits::default() };
    let archives = ArtifactStore::open(config.data_dir.join("artifacts"), limits)?;
    let artifacts = Arc::new(Artifacts::new(store.clone(), archives, Arc::clone(&clock)));
    let seal = Arc::new(Seal::open(&config.data_dir, config.secret_key.as_deref())?);
    let factory = match factory {
        Some(factory) => factory,
        None => Arc::new(Engines {
            data_dir: config.data_dir.clone(),
            program: std::env::current_exe().map_err(BootError::Executable)?,
            artifacts: Arc::clone(&artifacts) as Arc<dyn ArtifactSource>,
            statsd: statsd_addresses,
            credentials: Arc::new(EngineCredentials::new(store.clone(), Arc::clone(&seal))),
        }),
    };

    let metrics = Arc::new(Tsink::open(config.data_dir.join("metrics"), config.metrics));
    let kept: Arc<dyn MetricStore> = metrics.clone();
    let (usage, sampler) = Sampler::new(Arc::clone(&kept));
    let sampler = tokio::spawn(sampler.run());

    let bus = Arc::new(Bus::new(Arc::clone(&clock)));
    let sights = Sights::default();
    let statsd = statsd
        .map(|listen| {
            let Addresses { near, bridge, far } = listen.addresses;
            let (bridge, far) = (bridge.map(tracing::field::display), far.map(tracing::field::display));
            tracing::info!(%near, bridge, far, "receiving StatsD");
            Statsd::start(listen, sights.clone(), Arc::clone(&kept), Arc::clone(&clock))
        })
        .transpose()
        .map_err(BootError::StatsdThreads)?;
    let standings = statsd.as_ref().map_or(Standings::none(), Statsd::standings);
    let sink = Arc::new(move |environment: &EnvironmentName, samples: &[_]| usage.send(environment, samples));
    let told = Arc::default();
    let supervisor = Supervisor::start(
        store.clone(),
        Arc::clone(&bus),
        sights.clone(),
        Arc::clone(&clock),
        factory,
        sink,
        Arc::clone(&told),
    );
    let supervisor = supervisor.await.map_err(|source| store_error(&config, source))?;

    let authority = Authority::new(store.clone(), Arc::clone(&clock), config.admin_token.as_deref())?;
    let authority = Arc::new(authority);
    let link = authority.new_set_up_link().await.map_err(|source| store_error(&config, source))?;
    let released = Arc::default();
    let sources = Sources::open(&store, metrics.clone(), Arc::clone(&seal)).await;
    let sources = sources.map_err(|source| store_error(&config, source))?;
    let public_url = config.public_url.clone();
    let channels = Channels::start(store.clone(), Arc::clone(&clock), Arc::clone(&seal), public_url, told);
    let channels = channels.await.map_err(|source| store_error(&config, source))?;
    let registries =
        Registries::start(store.clone(), Arc::clone(&bus), Arc::clone(&clock), seal, Arc::clone(&released));
    let registries = registries.await.map_err(|source| store_error(&config, source))?;
    let core = Core {
        store: store.clone(),
        bus: Arc::clone(&bus),
        sights,
        supervisor: Arc::clone(&supervisor),
        clock: Arc::clone(&clock),
        sources: sources.clone(),
        released,
        scaled: Arc::default(),
        registries,
        channels: Arc::clone(&channels),
        alerts: Arc::default(),
        logs: Arc::new(LogStore::new(config.data_dir.join("logs"), config.logs)),
    };
    let policies = Policies::start(core.clone());
    let standing = Standing::start(core.clone(), Arc::clone(&kept), config.data_dir.clone());
    let evaluator = Evaluator::start(core.clone());
    let adoptions = Adoptions::start(core.clone());
    let keeper = Keeper::start(core.clone());
    let watch = Watcher::start(core.clone())?;
    let targets = Targets::new(core.store.clone(), core.sights.clone());
    let scraper = Scraper::start(targets.clone(), HttpProbe::new()?, kept, Arc::clone(&clock));
    let ports = Ports {
        apps: Arc::new(core.apps()),
        logs: Arc::new(core.logs()),
        deployments: Arc::new(core.deployments()),
        releases: Arc::new(core.releases()),
        environments: Arc::new(core.environments()),
        workloads: Arc::new(core.workloads()),
        registries: Arc::new(core.registries()),
        channels: Arc::new(core.channels()),
        scaling: Arc::new(core.scaling()),
        panels: Arc::new(core.panels()),
        alerts: Arc::new(core.alerts()),
        metrics: Arc::new(MetricService::new(sources, Arc::clone(&clock), standings, targets)),
        accounts: authority.clone(),
        site: Arc::new(SiteService::new(core.clone(), config.data_dir.clone())),
    };
    let ending = CancellationToken::new();
    let router = http::router(Parts {
        ports: ports.clone(),
        authority,
        clock,
        bus,
        artifacts,
        idempotency: core.idempotency(),
        hooks: core.hooks(),
        own_metrics,
        trusted_proxy: config.trusted_proxy.clone(),
        ending: ending.clone(),
    });
    let server = serve(listener, router, ending.clone());
    tracing::info!(%address, data_dir = %config.data_dir.display(), database = store.name(), "serving");
    let set_up_link = link.map(|link| format!("{}/set-up?link={link}", url(address)));
    Ok(Running {
        address,
        set_up_link,
        ports,
        ending,
        server,
        sampler,
        statsd,
        scraper,
        supervisor,
        watch,
        policies,
        standing,
        evaluator,
        adoptions,
        channels,
        keeper,
        metrics,
        store,
        _lock: lock,
    })
}

/// Users and tokens of a data folder, for the command line. Works beside a running console.
pub async fn authority(config: &Config) -> Result<Authority, BootError> {
    let store = open_store(config).await?;
    Ok(Authority::new(store, Arc::new(SystemClock), None)?)
}

/// Ends all instances of the embedded engines of a data folder; returns how many there were.
pub async fn stop_instances(config: &Config) -> Result<usize, BootError> {
    let data_dir = config.data_dir.clone();
    let stopped = tokio::task::spawn_blocking(move || local::stop_all(&data_dir)).await;
    Ok(stopped.map_err(|error| StopAllError::Io {
        doing: "stopping the instances".to_owned(),
        source: std::io::Error::other(error),
    })??)
}

async fn open_store(config: &Config) -> Result<Store, BootError> {
    Store::open(&config.database_url).await.map_err(|source| store_error(config, source))
}

fn store_error(config: &Config, source: StoreError) -> BootError {
    BootError::Store { url: without_password(&config.database_url), source }
}

async fn listen(address: SocketAddr) -> Result<TcpListener, BootError> {
    TcpListener::bind(address).await.map_err(|source| match source.kind() {
        std::io::ErrorKind::AddrInUse => BootError::AddressInUse { address },
        _ => BootError::Listen { address, source },
    })
}

/// Loopback for a browser where every address is listened on.
fn url(address: SocketAddr) -> String {
    if address.ip().is_unspecified() {
        format!("http://localhost:{}", address.port())
    } else {
        format!("http://{address}")
    }
}

/// So that a newcomer has a place to run things, and one for images where a Docker daemon answers.
async fn make_first_environments(
    store: &Store,
    clock: &dyn Clock,
    place: Option<&DockerPlace>,
) -> Result<(), StoreError> {
    if !environments::list(&mut *store.read().await?).await?.is_empty() {
        return Ok(());
    }
    let mut first = vec![(LOCAL_ENVIRONMENT, EngineSettings::Local {})];
    if let Some(DockerPlace { endpoint, tls }) = place.cloned()
        && docker::answers(Endpoint { url: endpoint.clone(), tls: tls.clone() }, DOCKER_LOOK).await
    {
        first.push((DOCKER_ENVIRONMENT, EngineSettings::Docker { endpoint, tls, host_address: None }));
    }
    let mut tx = store.begin().await?;
    // Another console on the same database may have been first.
    if environments::list(&mut tx).await?.is_empty() {
        for (name, engine) in first {
            let Ok(name) = name.parse() else { continue };
            let now = clock.now();
            let rules = ReleaseRules::default();
            let row = EnvironmentRow {
                name,
                engine,
                protected: false,
                rules,
                metrics: SourceSettings::default(),
                metrics_secret: None,
                log_links: Vec::new(),
                created_at: now,
                updated_at: now,
            };
            environments::insert(&mut tx, &row).await?;
        }
    }
    tx.commit().await
}

fn serve(listener: TcpListener, router: axum::Router, ending: CancellationToken) -> JoinHandle<()> {
    // Streamed pages and events are small writes; Nagle's algorithm would hold each back for 40 ms.
    let listener = listener.tap_io(|stream| {
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "a connection answers slower than it could");
        }
    });
    let service = router.into_make_service_with_connect_info::<SocketAddr>();
    tokio::spawn(async move {
        let serving = axum::serve(listener, service).with_graceful_shutdown(ending.cancelled_owned());
        if let Err(error) = serving.await {
            tracing::error!(%error, "serving ended");
        }
    })
}

/// Makes the engine of each environment by its settings.
struct Engines {
    data_dir: PathBuf,
    program: PathBuf,
    artifacts: Arc<dyn ArtifactSource>,
    /// Where StatsD is received.
    statsd: Option<Addresses>,
    credentials: Arc<dyn Credentials>,
}

#[async_trait]
impl EngineFactory for Engines {
    async fn build(&self, environment: &EnvironmentRow) -> Result<Arc<dyn Engine>, EngineError> {
        let daemon = |endpoint: &str, tls: &Option<TlsFiles>, host_address: Option<&String>| {
            let endpoint = Endpoint { url: endpoint.to_owned(), tls: tls.clone() };
            let statsd = self.statsd.and_then(|addresses| addresses.of_containers(endpoint.is_socket()));
            DockerConfig {
                owner: Owner {
                    environment: environment.name.clone(),
                    // In the database, so it stays with the environment through upgrades, moves and restores.
                    mark: environment.created_at.as_millis().to_string(),
                },
                endpoint,
                host_address: host_address.cloned(),
                statsd: statsd.map(|at| at.to_string()),
                credentials: Arc::clone(&self.credentials),
            }
        };
        match &environment.engine {
            EngineSettings::Local {} => {
                let shim =
                    ShimCommand { program: self.program.clone(), arguments: vec![OsString::from("shim")] };
                let config = LocalConfig::new(environment.name.clone(), self.data_dir.clone(), shim);
                local::open(LocalConfig {
                    artifacts: Some(Arc::clone(&self.artifacts)),
                    statsd: self.statsd.map(|addresses| addresses.near.to_string()),
                    ..config
                })
                .await
            }
            EngineSettings::Docker { endpoint, tls, host_address } => {
                Ok(Arc::new(DockerEngine::open(daemon(endpoint, tls, host_address.as_ref()))))
            }
            EngineSettings::Swarm { endpoint, tls } => {
                Ok(Arc::new(SwarmEngine::open(daemon(endpoint, tls, None))))
            }
        }
    }
}
