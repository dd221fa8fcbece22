//! An embedded engine on a folder of its own, and what the tests ask of it.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use adapters::artifact::{ArtifactLimits, ArtifactSource, ArtifactStore};
use adapters::engine::contract::{Behaviour, Bench, set_id, until};
use adapters::engine::local::{LocalConfig, LogLimits, ShimCommand, open};
use adapters::engine::{Engine, ObservedReplicaSet, ReplicaSet};
use async_trait::async_trait;
use model::definition::{ArtifactReference, Definition};
use model::id::{EnvironmentName, ReplicaSetId};
use model::instance::Instance;
use serde_json::{Value, json};

pub const PROGRAM: &str = env!("CARGO_BIN_EXE_test-shim");

/// The engine and its folder. Dropping it ends what still runs.
pub struct Local {
    engine: Option<Arc<dyn Engine>>,
    pub folder: tempfile::TempDir,
    pub artifacts: Arc<Artifacts>,
    logs: LogLimits,
}

/// References that name a digest as it is: `x/<64 hex digits>`.
pub struct Artifacts(pub ArtifactStore);

#[async_trait]
impl ArtifactSource for Artifacts {
    async fn digest(&self, reference: &ArtifactReference) -> Result<Option<String>, String> {
        Ok((reference.name != "missing").then(|| format!("sha256:{}", reference.version)))
    }

    fn path(&self, digest: &str) -> Option<PathBuf> {
        self.0.file(digest)
    }
}

impl Local {
    pub async fn new() -> Self {
        Self::with_logs(LogLimits::default()).await
    }

    pub async fn with_logs(logs: LogLimits) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let store = ArtifactStore::open(folder.path().join("artifacts"), ArtifactLimits::default());
        let artifacts = Arc::new(Artifacts(store.expect("a store")));
        let mut bench = Self { engine: None, folder, artifacts, logs };
        bench.reopen().await;
        bench
    }

    /// What a kill of the console and its next start are to the engine.
    pub async fn reopen(&mut self) {
        self.engine = None;
        let shim = ShimCommand { program: PROGRAM.into(), arguments: vec!["shim".into()] };
        let mut config = LocalConfig::new(self.environment(), self.folder.path().to_owned(), shim);
        config.artifacts = Some(self.artifacts.clone());
        config.statsd = Some("127.0.0.1:8125".to_owned());
        config.logs = self.logs;
        self.engine = Some(open(config).await.expect("opens"));
    }

    /// Kills the console for now.
    pub fn close(&mut self) {
        self.engine = None;
    }

    pub fn id(&self, revision: u32) -> ReplicaSetId {
        set_id(&self.environment(), "shop", revision)
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
        let id = self.id(1);
        let set = until(&*self.engine(), &id, what, |set| found(set).is_some()).await;
        found(set.as_ref()).expect("just seen")
    }

    pub async fn ready(&self) -> Instance {
        self.first("ready", Instance::is_ready).await
    }

    /// The first end that is seen.
    pub async fn end(&self) -> Instance {
        self.first("ended", |instance| instance.ended_at.is_some()).await
    }

    /// Waits until something ready has taken an instance's place; returns both.
    pub async fn replaced(&self, old: &Instance) -> (Instance, Instance) {
        let engine = self.engine();
        let new = |set: &ObservedReplicaSet| {
            set.instances.iter().find(|instance| instance.is_ready() && instance.id != old.id).cloned()
        };
        let id = self.id(1);
        let set = until(&*engine, &id, "replaced", |set| set.and_then(new).is_some()).await;
        let set = set.expect("just seen");
        let old = set.instances.iter().find(|instance| instance.id == old.id).expect("still shown");
        (old.clone(), new(&set).expect("just seen"))
    }

    pub fn instance_folder(&self, instance: &Instance) -> PathBuf {
        self.folder.path().join("engine/test").join(&instance.id.0)
    }

    pub fn record(&self, instance: &Instance, name: &str) -> Value {
        let text = std::fs::read(self.instance_folder(instance).join(name)).expect("a record");
        serde_json::from_slice(&text).expect("JSON")
    }

    /// Process id of an instance's shim.
    pub fn shim_pid(&self, instance: &Instance) -> i32 {
        pid(&self.record(instance, "shim.json")["pid"])
    }

    pub fn program_pid(&self, instance: &Instance) -> i32 {
        pid(&self.record(instance, "started.json")["process"]["pid"])
    }
}

fn pid(value: &Value) -> i32 {
    i32::try_from(value.as_i64().expect("a number")).expect("a process id")
}

/// A running process; a zombie is not.
pub fn is_alive(pid: i32) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    stat.rsplit_once(')').is_some_and(|(_, rest)| !rest.trim_start().starts_with('Z'))
}

pub fn kill(pid: i32) {
    let pid = nix::unistd::Pid::from_raw(pid);
    nix::sys::signal::kill(pid, nix::sys::signal::Signal::SIGKILL).expect("killed");
}

/// Ids of living processes with this text in their command line.
pub fn processes_with(text: &str) -> Vec<i32> {
    let entries = std::fs::read_dir("/proc").expect("lists").flatten();
    let ids = entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    ids.filter(|pid: &i32| {
        let line = std::fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
        String::from_utf8_lossy(&line).contains(text) && is_alive(*pid)
    })
    .collect()
}

/// Waits for something that no event tells of.
pub async fn eventually(what: &str, mut is_so: impl FnMut() -> bool) {
    for _ in 0..3000 {
        if is_so() {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    panic!("not within 30 s: {what}");
}

impl Drop for Local {
    fn drop(&mut self) {
        self.engine = None;
        if let Err(error) = adapters::engine::local::stop_all(self.folder.path()) {
            eprintln!("instances of {} stay: {error}", path(self.folder.path()));
        }
    }
}

fn path(path: &Path) -> String {
    path.display().to_string()
}

#[async_trait]
impl Bench for Local {
    fn engine(&self) -> Arc<dyn Engine> {
        self.engine.clone().expect("open")
    }

    fn environment(&self) -> EnvironmentName {
        "test".parse().expect("a name")
    }

    async fn definition(&self, behaviour: Behaviour, _set: &ReplicaSetId) -> Definition {
        serde_json::from_value(match behaviour {
            Behaviour::Steady => steady(),
            Behaviour::Crashing => {
                json!({"command": "exit 3", "restart": {"backoff": "1h", "max_delay": "1h"}})
            }
            Behaviour::Talking => json!({"command": "echo one; echo three >&2; echo two; exec sleep 1000"}),
        })
        .expect("a definition")
    }

    fn skips(&self, _case: &str) -> Option<&'static str> {
        None
    }
}

/// A server that turns healthy at once.
pub fn steady() -> Value {
    json!({
        "command": [PROGRAM, "serve"],
        "ports": [{"name": "http"}],
        "health_checks": [{"kind": "http", "path": "/healthz"}],
    })
}
