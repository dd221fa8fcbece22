//! Asks the checks of running deployments and writes down what they answer; the reconciler weighs it.
//!
//! Which checks are asked follows from what is stored, so a console that was killed goes on with them. One task asks one
//! check; their answers are written together.

mod ask;
pub mod expression;
mod log;
mod metric;
mod record;
mod schedule;

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use adapters::http_probe::{HttpProbe, HttpProbeError};
use futures::StreamExt;
use model::deployment::{Deployment, DeploymentState};
use model::id::{AppKey, DeploymentId};
use model::live::{Change, Topic};
use tokio::task::JoinHandle;

use self::ask::{Asker, Subject};
use self::record::{Record, Recorder};
use crate::live::Delivery;
use crate::service::Core;
use crate::store::{StoreError, deployments};

/// Between two tries to read what is under way.
const RETRY: Duration = Duration::from_secs(2);

/// Follows the deployments and keeps a task for each check that is to be asked.
pub struct Watcher {
    core: Core,
    asker: Arc<Asker>,
    record: Record,
    watched: HashMap<DeploymentId, Watched>,
    /// Something could not be read: all is looked at again soon.
    again: bool,
}

/// One deployment and the tasks for it.
struct Watched {
    /// Where it stood when the tasks were chosen.
    mark: Option<(DeploymentState, u32)>,
    /// By check and step.
    tasks: HashMap<(String, Option<u32>), Task>,
}

/// Ends with its owner.
struct Task(JoinHandle<()>);

impl Drop for Task {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// A running watcher; ends when dropped.
pub struct Watch {
    _watcher: Task,
    _recorder: Task,
}

impl Watcher {
    /// Starts watching. Needs a tokio runtime.
    pub fn start(core: Core) -> Result<Watch, HttpProbeError> {
        let asker = Arc::new(Asker::new(core.clone(), HttpProbe::new()?));
        let (record, recorder) = Recorder::new(core.clone());
        let mut watcher = Self { core, asker, record, watched: HashMap::new(), again: false };
        Ok(Watch {
            _watcher: Task(tokio::spawn(async move { watcher.run().await })),
            _recorder: Task(tokio::spawn(recorder.run())),
        })
    }

    async fn run(&mut self) {
        let mut heard = self.core.bus.subscribe(vec![Topic::Deployments], None);
        self.read_all().await;
        loop {
            let delivery = tokio::select! {
                delivery = heard.next() => delivery,
                () = tokio::time::sleep(RETRY), if self.again => Some(Delivery::Reset(self.core.bus.position())),
            };
            match delivery {
                None => return,
                Some(Delivery::Reset(_)) => self.read_all().await,
                Some(Delivery::Event(numbered)) => {
                    if let Change::Deployment(deployment) = &numbered.event.what {
                        self.look(deployment).await;
                    }
                }
            }
        }
    }

    /// Takes up everything that is under way, and lets go of what is not.
    async fn read_all(&mut self) {
        loop {
            match self.active().await {
                Ok(active) => {
                    let ids: HashSet<DeploymentId> = active.iter().map(|deployment| deployment.id).collect();
                    self.watched.retain(|id, _| ids.contains(id));
                    self.again = false;
                    for deployment in &active {
                        self.look(deployment).await;
                    }
                    return;
                }
                Err(error) => {
                    tracing::warn!(%error, "what is under way cannot be read; trying again");
                    tokio::time::sleep(RETRY).await;
                }
            }
        }
    }

    async fn active(&self) -> Result<Vec<Deployment>, StoreError> {
        deployments::active(&mut *self.core.store.read().await?).await
    }

    /// Chooses the tasks anew where a deployment has come further.
    async fn look(&mut self, deployment: &Deployment) {
        if !deployment.state.is_active() {
            self.watched.remove(&deployment.id);
            return;
        }
        let mark = (deployment.state, deployment.progress.step);
        if self.watched.get(&deployment.id).is_some_and(|watched| watched.mark == Some(mark)) {
            return;
        }
        if let Err(error) = self.choose(deployment, mark).await {
            // What is asked goes on; where it stood is forgotten, so that it is looked at again.
            if let Some(watched) = self.watched.get_mut(&deployment.id) {
                watched.mark = None;
            }
            self.again = true;
            tracing::warn!(deployment = %deployment.id, %error, "its checks cannot be read; trying again");
        }
    }

    async fn choose(
        &mut self,
        deployment: &Deployment,
        mark: (DeploymentState, u32),
    ) -> Result<(), StoreError> {
        let row = deployments::get(&mut *self.core.store.read().await?, deployment.id).await?;
        let Some(row) = row else { return Ok(()) };
        let watched = self
            .watched
            .entry(deployment.id)
            .or_insert_with(|| Watched { mark: None, tasks: HashMap::new() });
        watched.mark = Some(mark);
        let asked = row.rollout.asked(&row.rollout_state);
        let names = |check: &str, step: Option<u32>| {
            asked.iter().any(|asked| asked.check.name == check && asked.step == step)
        };
        watched.tasks.retain(|(check, step), task| names(check, *step) && !task.0.is_finished());
        for asked in asked {
            let key = (asked.check.name.clone(), asked.step);
            if watched.tasks.contains_key(&key) {
                continue;
            }
            let subject = Subject {
                app: AppKey { environment: deployment.environment.clone(), app: deployment.app.clone() },
                deployment: deployment.id,
                target: row.rollout.target,
                previous: row.rollout.previous.map(|set| set.revision),
                check: asked.check.clone(),
                step: asked.step,
                since: asked.since,
                created_at: deployment.created_at,
            };
            let work = schedule::run(Arc::clone(&self.asker), subject, self.record.clone());
            watched.tasks.insert(key, Task(tokio::spawn(work)));
        }
        Ok(())
    }
}
