//! Which instances tell their own figures, and where.

use std::collections::HashMap;
use std::net::Ipv6Addr;
use std::sync::{Arc, Mutex, PoisonError};

use adapters::metrics::Origin;
use model::definition::{MetricsEndpoint, Protocol};
use model::duration::Span;
use model::id::{AppKey, EnvironmentName, ReplicaSetId};
use model::instance::{Instance, InstanceState};

use crate::live::Sights;
use crate::store::{Store, StoreError, apps, revisions};

/// One place to ask.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    pub origin: Origin,
    pub host: String,
    pub port: u16,
    pub path: String,
    pub interval: Span,
}

impl Target {
    /// Host and port, as an address is written.
    pub fn address(&self) -> String {
        match self.host.parse::<Ipv6Addr>() {
            Ok(six) => format!("[{six}]:{}", self.port),
            Err(_) => format!("{}:{}", self.host, self.port),
        }
    }
}

/// Finds targets. Cheap to clone; revisions never change, so each is read once.
#[derive(Clone)]
pub struct Targets {
    store: Store,
    sights: Sights,
    known: Arc<Mutex<HashMap<ReplicaSetId, Option<MetricsEndpoint>>>>,
}

impl Targets {
    pub fn new(store: Store, sights: Sights) -> Self {
        Self { store, sights, known: Arc::default() }
    }

    /// Of all environments. What belongs to apps that are gone is forgotten.
    pub async fn all(&self) -> Result<Vec<Target>, StoreError> {
        let mut all = Vec::new();
        let sights = self.sights.all();
        for (environment, _) in &sights {
            all.extend(self.of(environment).await?);
        }
        let runs = |set: &ReplicaSetId| {
            sights.iter().filter(|(environment, _)| *environment == set.environment).any(|(_, sight)| {
                let mut instances = sight.instances(&set.app).iter();
                instances.any(|instance| {
                    (instance.revision, instance.generation) == (set.revision, set.generation)
                })
            })
        };
        self.known.lock().unwrap_or_else(PoisonError::into_inner).retain(|set, _| runs(set));
        Ok(all)
    }

    /// The running instances of an environment that have a place to ask.
    pub async fn of(&self, environment: &EnvironmentName) -> Result<Vec<Target>, StoreError> {
        let sight = self.sights.get(environment);
        let mut found = Vec::new();
        for (app, instances) in &sight.apps {
            let app = AppKey { environment: environment.clone(), app: app.clone() };
            for instance in instances.iter().filter(|instance| instance.state == InstanceState::Running) {
                if let Some(endpoint) = self.endpoint(&app, instance).await? {
                    found.extend(target(&app, instance, endpoint));
                }
            }
        }
        found.sort_by(|a, b| {
            (&a.origin.app, &a.origin.instance.0).cmp(&(&b.origin.app, &b.origin.instance.0))
        });
        Ok(found)
    }

    async fn endpoint(
        &self,
        app: &AppKey,
        instance: &Instance,
    ) -> Result<Option<MetricsEndpoint>, StoreError> {
        let set = ReplicaSetId {
            environment: app.environment.clone(),
            app: app.app.clone(),
            revision: instance.revision,
            generation: instance.generation,
        };
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner).get(&set).cloned();
        if let Some(endpoint) = known {
            return Ok(endpoint);
        }
        let mut connection = self.store.read().await?;
        let Some(row) = apps::get(&mut connection, app).await? else { return Ok(None) };
        let definition = revisions::definition(&mut connection, row.id, instance.revision).await?;
        let endpoint = definition.and_then(|definition| definition.metrics);
        self.known.lock().unwrap_or_else(PoisonError::into_inner).insert(set, endpoint.clone());
        Ok(endpoint)
    }
}

fn target(app: &AppKey, instance: &Instance, endpoint: MetricsEndpoint) -> Option<Target> {
    let mut ports = instance.ports.iter().filter(|port| port.protocol == Protocol::Tcp);
    let port = match &endpoint.port {
        Some(name) => ports.find(|port| port.name == *name),
        None => ports.next(),
    }?;
    Some(Target {
        origin: Origin { app: app.clone(), revision: instance.revision, instance: instance.id.clone() },
        host: instance.address.clone(),
        port: port.host_port,
        path: endpoint.path,
        interval: endpoint.interval,
    })
}
