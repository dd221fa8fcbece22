//! How apps, engines, nodes and the console itself stand, as series in the metric source: what rules, charts and Prometheus
//! ask by the names in [`model::metric`].

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use adapters::metrics::{Sample, SharedStore};
use adapters::tls;
use model::app::AppStatus;
use model::deployment::{Deployment, DeploymentState};
use model::environment::{EngineSettings, Node, NodeState, Reachability, TlsFiles};
use model::id::EnvironmentName;
use model::instance::{Instance, InstanceState};
use model::metric::{
    APP_DEGRADED, APP_DELAYED, APP_DEPLOYMENT_FAILED, APP_READY, APP_WANTED, CERTIFICATE_REMAINING,
    DISK_FREE, ENGINE_UP, NODE_UP,
};
use model::time::Timestamp;
use tokio::task::JoinHandle;

use crate::live::{Sight, status};
use crate::service::Core;
use crate::store::apps::{self, ListedApp};
use crate::store::{StoreError, environments};

/// Figures are taken this often.
const INTERVAL: Duration = Duration::from_secs(15);
/// After a round that could not be kept: the source opens in the background.
const AGAIN: Duration = Duration::from_secs(2);

/// Writes the figures until it is dropped.
pub struct Standing(JoinHandle<()>);

impl Standing {
    /// Needs a tokio runtime. `data_dir`: the folder whose disk is watched.
    pub fn start(core: Core, kept: SharedStore, data_dir: PathBuf) -> Self {
        Self(tokio::spawn(run(core, kept, data_dir)))
    }
}

impl Drop for Standing {
    fn drop(&mut self) {
        self.0.abort();
    }
}

async fn run(core: Core, store: SharedStore, data_dir: PathBuf) {
    let mut blamed = Blamed::new();
    loop {
        let kept = match round(&core, &data_dir, &mut blamed).await {
            Ok(samples) => {
                let written = store.write(samples).await;
                // A source that is away is complained of by the sampler of usage already.
                written.inspect_err(|error| tracing::debug!(%error, "how things stand is not kept")).is_ok()
            }
            Err(error) => {
                tracing::warn!(%error, "how things stand cannot be read; trying again");
                false
            }
        };
        tokio::time::sleep(if kept { INTERVAL } else { AGAIN }).await;
    }
}

/// All figures of this moment.
async fn round(core: &Core, data_dir: &Path, blamed: &mut Blamed) -> Result<Vec<Sample>, StoreError> {
    let mut figures = Figures { time: core.clock.now(), samples: Vec::new() };
    let mut degraded = Blamed::new();
    let mut reader = core.store.read().await?;
    let rows = environments::list(&mut reader).await?;
    let mut files = Vec::new();
    for row in &rows {
        let sight = core.sights.get(&row.name);
        figures.engine(&row.name, &sight);
        for listed in apps::of_environment(&mut reader, &row.name).await? {
            if let Some(node) = figures.app(&listed, &sight) {
                let app = &listed.app;
                degraded.insert((app.environment.to_string(), app.name.to_string()), node);
            }
        }
        files.extend(certificates(&row.engine).into_iter().map(|file| (row.name.clone(), file)));
    }
    drop(reader);
    figures.acquit(blamed, &degraded);
    *blamed = degraded;
    let (now, data_dir) = (figures.time, data_dir.to_owned());
    // Files may be on a disk that hangs.
    let here = tokio::task::spawn_blocking(move || (free_ratio(&data_dir), remaining(files, now))).await;
    if let Ok((free, remaining)) = here {
        if let Some(free) = free {
            figures.add(DISK_FREE, &[("path", "data")], free);
        }
        for (environment, file, seconds) in remaining {
            let labels = [("environment", environment.as_str()), ("file", file.as_str())];
            figures.add(CERTIFICATE_REMAINING, &labels, seconds);
        }
    }
    Ok(figures.samples)
}

/// The nodes that apps are degraded because of, by environment and name.
type Blamed = BTreeMap<(String, String), String>;

/// The samples of one moment.
struct Figures {
    time: Timestamp,
    samples: Vec<Sample>,
}

impl Figures {
    fn add(&mut self, metric: &str, labels: &[(&str, &str)], value: f64) {
        let labels = labels.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        self.samples.push(Sample { metric: metric.to_owned(), labels, time: self.time, value });
    }

    /// Of an engine that was not asked yet nothing is said.
    fn engine(&mut self, environment: &EnvironmentName, sight: &Sight) {
        let up = match sight.reachability {
            Reachability::Reachable { .. } => 1.0,
            Reachability::Unreachable { .. } => 0.0,
            Reachability::Unknown => return,
        };
        self.add(ENGINE_UP, &[("environment", environment.as_str())], up);
        // What an engine said of its nodes before it went away is no news of them.
        if up > 0.0 {
            for node in sight.nodes.iter() {
                let labels = [("environment", environment.as_str()), ("node", node.name.as_str())];
                self.add(NODE_UP, &labels, flag(node.state != NodeState::Down));
            }
        }
    }

    /// Returns the node that it is degraded because of.
    fn app(&mut self, listed: &ListedApp, sight: &Sight) -> Option<String> {
        let app = &listed.app;
        let labels = [("environment", app.environment.as_str()), ("app", app.name.as_str())];
        self.add(APP_WANTED, &labels, f64::from(app.wanted));
        let failed = listed.last.as_ref().is_some_and(has_failed);
        self.add(APP_DEPLOYMENT_FAILED, &labels, flag(failed));
        // What runs is not known while the engine is away; the engine's own figure says so.
        if !matches!(sight.reachability, Reachability::Reachable { .. }) {
            return None;
        }
        let instances = sight.instances(&app.name);
        let ready = instances.iter().filter(|instance| instance.is_ready()).count();
        let delayed = instances.iter().filter(|instance| instance.delayed_until.is_some()).count();
        let active = listed.last.as_ref().is_some_and(|last| last.state.is_active());
        let (status, _) = status(&app.name, app.wanted, active, sight);
        let degraded = matches!(status, AppStatus::Degraded | AppStatus::Delayed | AppStatus::Waiting);
        self.add(APP_READY, &labels, ready as f64);
        self.add(APP_DELAYED, &labels, delayed as f64);
        let node = if degraded { lost_with(instances, &sight.nodes) } else { None };
        // With the node it is another series; an old value of the plain one must not stand beside it.
        self.add(APP_DEGRADED, &labels, flag(degraded && node.is_none()));
        if let Some(node) = node {
            self.add(APP_DEGRADED, &[labels[0], labels[1], ("node", node)], 1.0);
        }
        node.map(str::to_owned)
    }

    /// Ends the series of the nodes that nothing is degraded because of any more.
    fn acquit(&mut self, before: &Blamed, now: &Blamed) {
        for (key, node) in before.iter().filter(|(key, node)| now.get(*key) != Some(*node)) {
            let labels = [("environment", key.0.as_str()), ("app", key.1.as_str()), ("node", node.as_str())];
            self.add(APP_DEGRADED, &labels, 0.0);
        }
    }
}

/// The node that is down and took with it every instance that is lost, unless others are broken by themselves.
fn lost_with<'n>(instances: &[Instance], nodes: &'n [Node]) -> Option<&'n str> {
    let mut lost = instances.iter().filter(|instance| instance.state == InstanceState::Lost);
    let node = &lost.next()?.node;
    let down = nodes.iter().find(|it| it.name == *node && it.state == NodeState::Down)?;
    let only = lost.all(|instance| instance.node == *node) && !instances.iter().any(Instance::is_broken);
    only.then_some(down.name.as_str())
}

fn flag(is: bool) -> f64 {
    f64::from(u8::from(is))
}

/// Whether a deployment ended without what was asked for. One that a person ended or replaced has not failed.
fn has_failed(last: &Deployment) -> bool {
    matches!(last.state, DeploymentState::Failed | DeploymentState::RolledBack)
}

/// The certificates that an engine is spoken to with.
fn certificates(engine: &EngineSettings) -> Vec<String> {
    match engine {
        EngineSettings::Docker { tls: Some(files), .. } | EngineSettings::Swarm { tls: Some(files), .. } => {
            let TlsFiles { ca, certificate, .. } = files;
            vec![ca.clone(), certificate.clone()]
        }
        EngineSettings::Local {} | EngineSettings::Docker { .. } | EngineSettings::Swarm { .. } => Vec::new(),
    }
}

/// Seconds until each certificate ends, negative afterwards. A file that cannot be read has no figure: its engine says why.
fn remaining(files: Vec<(EnvironmentName, String)>, now: Timestamp) -> Vec<(EnvironmentName, String, f64)> {
    let seconds = |file: &str| {
        let pem = std::fs::read(file).ok()?;
        let ends = tls::expires_at(&pem).inspect_err(|error| tracing::debug!(file, %error, "certificate"));
        Some((ends.ok()?.as_millis() - now.as_millis()) as f64 / 1_000.0)
    };
    files
        .into_iter()
        .filter_map(|(environment, file)| seconds(&file).map(|seconds| (environment, file, seconds)))
        .collect()
}

/// The share of a disk that the console may still fill.
fn free_ratio(folder: &Path) -> Option<f64> {
    let disk = nix::sys::statvfs::statvfs(folder);
    let disk = disk.inspect_err(|error| tracing::debug!(%error, "the disk cannot be asked")).ok()?;
    (disk.blocks() > 0).then(|| disk.blocks_available() as f64 / disk.blocks() as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_disk_has_a_share_that_is_free() {
        let folder = tempfile::tempdir().expect("a folder");
        let free = free_ratio(folder.path()).expect("a share");
        assert!((0.0..=1.0).contains(&free), "{free}");
        assert_eq!(free_ratio(Path::new("/nowhere/at/all")), None);
    }

    fn on(node: &str, state: &str, health: &str) -> Instance {
        let instance = serde_json::json!({
            "id": "a", "app": "shop", "environment": "prod", "revision": 1, "state": state, "health": health,
            "node": node, "address": "", "ports": [], "restarts": 0,
        });
        serde_json::from_value(instance).expect("an instance")
    }

    fn node(name: &str, state: NodeState) -> Node {
        let none = model::environment::NodeResources::default();
        let address = String::new();
        Node {
            name: name.to_owned(),
            address,
            state,
            capacity: none,
            allocated: none,
            used: none,
            instances: 0,
        }
    }

    #[test]
    fn a_node_is_blamed_for_what_went_with_it_alone() {
        let nodes = [node("n1", NodeState::Down), node("n2", NodeState::Ready), node("n3", NodeState::Down)];
        let blamed = |instances: &[Instance]| lost_with(instances, &nodes);
        let (lost, well) = (on("n1", "lost", "unknown"), on("n2", "running", "healthy"));
        assert_eq!(blamed(&[lost.clone(), well.clone(), lost.clone()]), Some("n1"));
        assert_eq!(blamed(std::slice::from_ref(&well)), None);
        assert_eq!(blamed(&[on("n2", "lost", "unknown"), well]), None);
        assert_eq!(blamed(&[lost.clone(), on("n3", "lost", "unknown")]), None);
        assert_eq!(blamed(&[lost, on("n2", "running", "unhealthy")]), None);
    }

    #[test]
    fn a_node_is_acquitted_once() {
        let key = || ("prod".to_owned(), "shop".to_owned());
        let (before, none) = (Blamed::from([(key(), "n1".to_owned())]), Blamed::new());
        let mut figures = Figures { time: Timestamp::from_millis(0), samples: Vec::new() };
        figures.acquit(&before, &before);
        assert!(figures.samples.is_empty());
        figures.acquit(&before, &none);
        let sample = &figures.samples[0];
        assert_eq!((figures.samples.len(), sample.labels[2].1.as_str()), (1, "n1"));
        assert!(sample.value.abs() < f64::EPSILON);
    }

    #[test]
    fn only_engines_over_tls_have_certificates_and_unreadable_ones_no_figure() {
        let files = TlsFiles { ca: "/a".to_owned(), certificate: "/b".to_owned(), key: "/c".to_owned() };
        let swarm = EngineSettings::Swarm { endpoint: "tcp://build:2376".to_owned(), tls: Some(files) };
        assert_eq!(certificates(&swarm), ["/a", "/b"]);
        assert!(certificates(&EngineSettings::Local {}).is_empty());
        let environment: EnvironmentName = "local".parse().expect("a name");
        let missing = vec![(environment, "/nowhere/at/all".to_owned())];
        assert!(remaining(missing, Timestamp::from_millis(0)).is_empty());
    }
}
