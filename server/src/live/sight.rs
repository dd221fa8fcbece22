//! The last observation of each environment, in memory.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use model::app::EngineSight;
use model::environment::{Capabilities, Node, Reachability};
use model::id::{AppName, EnvironmentName, InstanceId};
use model::instance::{Instance, Usage};
use model::time::Timestamp;
use model::workload::ForeignWorkload;

/// What is seen of one environment. A new observation replaces it as a whole; readers keep theirs.
#[derive(Debug, Clone)]
pub struct Sight {
    pub reachability: Reachability,
    /// When the engine last told what it runs; `None` before the first time.
    pub observed_at: Option<Timestamp>,
    /// `None` until the engine was built.
    pub capabilities: Option<Capabilities>,
    /// Instances of all replica sets of each app, oldest first.
    pub apps: HashMap<AppName, Arc<Vec<Instance>>>,
    pub usage: Arc<HashMap<InstanceId, Usage>>,
    pub nodes: Arc<Vec<Node>>,
    /// `None` until somebody looked.
    pub workloads: Option<Arc<SeenWorkloads>>,
}

/// What others run there, as last read.
#[derive(Debug, Clone)]
pub struct SeenWorkloads {
    pub items: Vec<ForeignWorkload>,
    pub read_at: Timestamp,
    /// The engine's words, where it could not be read then; the items are those of before.
    pub trouble: Option<String>,
}

impl Default for Sight {
    fn default() -> Self {
        Self {
            reachability: Reachability::Unknown,
            observed_at: None,
            capabilities: None,
            apps: HashMap::new(),
            usage: Arc::default(),
            nodes: Arc::default(),
            workloads: None,
        }
    }
}

impl Sight {
    pub fn engine(&self) -> EngineSight {
        match &self.reachability {
            Reachability::Reachable { .. } => EngineSight::Live,
            Reachability::Unreachable { since, reason } => {
                EngineSight::Away { since: Some(*since), detail: reason.clone() }
            }
            Reachability::Unknown => EngineSight::Away { since: None, detail: String::new() },
        }
    }

    pub fn instances(&self, app: &AppName) -> &[Instance] {
        self.apps.get(app).map_or(&[], |instances| instances.as_slice())
    }
}

/// The sights of all environments. Cheap to clone and to read.
#[derive(Debug, Clone, Default)]
pub struct Sights(Arc<RwLock<HashMap<EnvironmentName, Arc<Sight>>>>);

impl Sights {
    /// An environment that nobody watches yet is seen as unknown.
    pub fn get(&self, environment: &EnvironmentName) -> Arc<Sight> {
        let sights = self.0.read().unwrap_or_else(PoisonError::into_inner);
        sights.get(environment).cloned().unwrap_or_default()
    }

    /// The sights of all environments that are watched.
    pub fn all(&self) -> Vec<(EnvironmentName, Arc<Sight>)> {
        let sights = self.0.read().unwrap_or_else(PoisonError::into_inner);
        sights.iter().map(|(environment, sight)| (environment.clone(), Arc::clone(sight))).collect()
    }

    pub fn update(&self, environment: &EnvironmentName, change: impl FnOnce(&mut Sight)) -> Arc<Sight> {
        let mut sights = self.0.write().unwrap_or_else(PoisonError::into_inner);
        let sight = sights.entry(environment.clone()).or_default();
        change(Arc::make_mut(sight));
        Arc::clone(sight)
    }

    pub fn remove(&self, environment: &EnvironmentName) {
        self.0.write().unwrap_or_else(PoisonError::into_inner).remove(environment);
    }
}
