//! The engines for Docker and Swarm on real daemons.

mod bad_days;
mod contract;
mod daemon;
mod foreign;
mod full_disk;
mod image;
mod nodes;
mod registry;
mod tls;
mod usage;

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use adapters::engine::contract::{Behaviour, Bench, set_id, until};
use adapters::engine::docker::{DockerConfig, DockerEngine, Endpoint, Owner};
use adapters::engine::swarm::SwarmEngine;
use adapters::engine::{Credential, Credentials, Engine, NoCredentials, ObservedReplicaSet, ReplicaSet};
use async_trait::async_trait;
use bollard::models::SwarmInitRequest;
use model::definition::Definition;
use model::id::{EnvironmentName, ReplicaSetId};
use model::instance::Instance;
use serde_json::{Value, json};
use tokio::sync::OnceCell;

use self::daemon::Hosts;
use self::image::BOX;

/// One host for all cases; what one leaves behind another does not see, for each has an owner of its own.
static HOST: OnceCell<Hosts> = OnceCell::const_new();
static MANAGER: OnceCell<Hosts> = OnceCell::const_new();

/// Says why there is no daemon; `true`: the test is over.
pub fn skip(name: &str) -> bool {
    let missing = daemon::missing();
    if let Some(reason) = &missing {
        println!("skipped {name}: {reason}");
    }
    missing.is_some()
}

async fn host() -> &'static Hosts {
    HOST.get_or_init(|| async {
        let hosts = Hosts::start(1, "--live-restore").await;
        image::bring(&hosts.negotiated(1).await).await;
        hosts
    })
    .await
}

/// Makes the first of some hosts the manager of a swarm.
async fn init(hosts: &Hosts) {
    let docker = hosts.negotiated(1).await;
    image::bring(&docker).await;
    let request = SwarmInitRequest {
        listen_addr: Some(format!("{}:2377", hosts.address(1))),
        advertise_addr: Some(hosts.address(1)),
        ..SwarmInitRequest::default()
    };
    docker.init_swarm(request).await.expect("a swarm");
}

async fn manager() -> &'static Hosts {
    MANAGER
        .get_or_init(|| async {
            let hosts = Hosts::start(1, "").await;
            init(&hosts).await;
            hosts
        })
        .await
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Docker,
    Swarm,
}

/// Credentials for one registry.
struct One {
    host: String,
    credential: Credential,
}

#[async_trait]
impl Credentials for One {
    async fn for_host(&self, host: &str) -> Option<Credential> {
        (host == self.host).then(|| self.credential.clone())
    }
}

/// An engine of its own owner.
pub struct Real {
    pub hosts: &'static Hosts,
    pub kind: Kind,
    config: DockerConfig,
    engine: Option<Arc<dyn Engine>>,
}

impl Real {
    pub async fn new(kind: Kind) -> Self {
        let hosts = match kind {
            Kind::Docker => host().await,
            Kind::Swarm => manager().await,
        };
        Self::on(hosts, kind)
    }

    pub fn on(hosts: &'static Hosts, kind: Kind) -> Self {
        static OWNERS: AtomicU32 = AtomicU32::new(0);
        let mark = format!("owner-{}", OWNERS.fetch_add(1, Ordering::Relaxed));
        let environment: EnvironmentName = "test".parse().expect("a name");
        let config = DockerConfig {
            owner: Owner { environment, mark },
            endpoint: hosts.endpoint(1),
            host_address: Some(hosts.address(1)),
            statsd: None,
            credentials: Arc::new(NoCredentials),
        };
        let mut real = Self { hosts, kind, config, engine: None };
        real.reopen();
        real
    }

    /// What a kill of the console and its next start are to the engine.
    pub fn reopen(&mut self) {
        self.engine = None;
        let config = self.config.clone();
        self.engine = Some(match self.kind {
            Kind::Docker => Arc::new(DockerEngine::open(config)),
            Kind::Swarm => Arc::new(SwarmEngine::open(config)),
        });
    }

    /// From now on the daemon is asked there.
    pub fn at(&mut self, endpoint: Endpoint) {
        self.config.endpoint = endpoint;
        self.reopen();
    }

    /// From now on the console has credentials for a registry.
    pub fn sign_in(&mut self, host: &str, username: &str, password: &str) {
        let credential = Credential { username: username.to_owned(), password: password.to_owned() };
        self.config.credentials = Arc::new(One { host: host.to_owned(), credential });
        self.reopen();
    }

    /// Kills the console for now.
    pub fn close(&mut self) {
        self.engine = None;
    }

    pub fn id(&self, revision: u32) -> ReplicaSetId {
        // Services of one name clash, whosever they are.
        set_id(&self.environment(), &self.app(), revision)
    }

    fn app(&self) -> String {
        format!("shop-{}", self.config.owner.mark)
    }

    /// Runs a definition given as JSON, as revision 1.
    pub async fn run(&self, definition: Value, wanted: u32) -> ReplicaSetId {
        let id = self.id(1);
        let definition: Definition = serde_json::from_value(definition).expect("a definition");
        let set = ReplicaSet { id: id.clone(), definition: Arc::new(definition), wanted };
        self.engine().ensure(&set).await.expect("accepted");
        id
    }

    /// Waits for the first instance of revision 1 that is as wanted.
    pub async fn first(&self, what: &str, is_so: impl Fn(&Instance) -> bool) -> Instance {
        let found = |set: Option<&ObservedReplicaSet>| set?.instances.iter().find(|i| is_so(i)).cloned();
        let set = until(&*self.engine(), &self.id(1), what, |set| found(set).is_some()).await;
        found(set.as_ref()).expect("just seen")
    }

    pub async fn remove(&self) {
        let (engine, id) = (self.engine(), self.id(1));
        engine.remove(&id).await.expect("removed");
        until(&*engine, &id, "gone", |set| set.is_none()).await;
    }
}

#[async_trait]
impl Bench for Real {
    fn engine(&self) -> Arc<dyn Engine> {
        self.engine.clone().expect("open")
    }

    fn environment(&self) -> EnvironmentName {
        self.config.owner.environment.clone()
    }

    async fn definition(&self, behaviour: Behaviour, _set: &ReplicaSetId) -> Definition {
        serde_json::from_value(match behaviour {
            Behaviour::Steady => steady(),
            Behaviour::Crashing => shell("exit 3", json!({"restart": {"backoff": "1h", "max_delay": "1h"}})),
            Behaviour::Talking => shell("echo one; echo three >&2; echo two; exec sleep 1000", json!({})),
        })
        .expect("a definition")
    }

    fn skips(&self, case: &str) -> Option<&'static str> {
        match self.kind {
            Kind::Docker => None,
            Kind::Swarm => contract::SWARM_SKIPS.iter().find(|(name, _)| *name == case).map(|(_, why)| *why),
        }
    }
}

/// A server that turns healthy at once. The first process of a container hears no SIGTERM that it does not ask for.
pub fn steady() -> Value {
    json!({
        "image": BOX,
        "command": ["httpd", "-f", "-p", "$PORT", "-h", "/www"],
        "resources": {"cpus": 0.05, "memory_mb": 16},
        "network": {"mode": "bridge"},
        "ports": [{"name": "http", "container_port": 8080}],
        "health_checks": [{"kind": "http", "path": "/healthz"}],
        "stop": {"signal": "SIGKILL", "grace": "1s"},
    })
}

/// A line for the shell, with what else the definition has.
pub fn shell(line: &str, more: Value) -> Value {
    let mut definition = json!({
        "image": BOX,
        "command": ["sh", "-c", line],
        "resources": {"cpus": 0.05, "memory_mb": 16},
        "network": {"mode": "bridge"},
        "stop": {"signal": "SIGKILL", "grace": "1s"},
    });
    for (name, value) in more.as_object().expect("an object") {
        definition[name] = value.clone();
    }
    definition
}
