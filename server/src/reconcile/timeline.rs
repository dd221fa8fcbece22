//! What happened to instances during a deployment, worked out from one observation to the next.

use std::collections::{HashMap, HashSet};

use model::deployment::{Deployment, DeploymentEventKind};
use model::id::DeploymentId;
use model::instance::{Health, Instance, InstanceReason, InstanceState, ReasonCode};
use model::time::Timestamp;

use crate::store::deployment_events::NewEvent;

/// Lines about instances in one timeline; a crash loop of thousands must not fill the database.
const LINES_MAX: usize = 5_000;

/// What one deployment's timeline says of instances so far.
pub struct Timeline {
    deployment: DeploymentId,
    since: Timestamp,
    started: HashSet<String>,
    healthy: HashSet<String>,
    /// Restarts at the latest failure told.
    failed: HashMap<String, u32>,
    stopped: HashSet<String>,
    lines: usize,
}

impl Timeline {
    pub fn new(deployment: &Deployment) -> Self {
        Self {
            deployment: deployment.id,
            since: deployment.created_at,
            started: HashSet::new(),
            healthy: HashSet::new(),
            failed: HashMap::new(),
            stopped: HashSet::new(),
            lines: 0,
        }
    }

    pub const fn deployment(&self) -> DeploymentId {
        self.deployment
    }

    /// Takes in a line that is stored already.
    pub fn recall(&mut self, line: &DeploymentEventKind) {
        match line {
            DeploymentEventKind::InstanceStarted { instance, .. } => self.started.insert(instance.clone()),
            DeploymentEventKind::InstanceHealthy { instance, .. } => self.healthy.insert(instance.clone()),
            DeploymentEventKind::InstanceStopped { instance, .. } => self.stopped.insert(instance.clone()),
            DeploymentEventKind::InstanceFailed { instance, .. } => {
                self.failed.insert(instance.clone(), u32::MAX).is_none()
            }
            _ => return,
        };
        self.lines += 1;
    }

    /// New lines, from what was seen before to what is seen now.
    pub fn observe(&mut self, before: &[Instance], now: &[Instance], time: Timestamp) -> Vec<NewEvent> {
        let mut lines = Vec::new();
        let seen: HashMap<&str, &Instance> = now.iter().map(|i| (i.id.0.as_str(), i)).collect();
        let ran = |i: &&Instance| i.state.is_active() && i.state != InstanceState::Pending;
        for instance in before.iter().filter(ran) {
            let gone =
                seen.get(instance.id.0.as_str()).is_none_or(|i| !i.state.is_active() && failure(i).is_none());
            if gone && self.stopped.insert(instance.id.0.clone()) {
                lines.push(DeploymentEventKind::InstanceStopped {
                    instance: instance.id.0.clone(),
                    revision: instance.revision,
                });
            }
        }
        for instance in now {
            // Waiting in the place of one that ended is not another failure.
            let successor = instance.delayed_until.is_some() && now.iter().any(|i| replaced_by(i, instance));
            self.look_at(instance, successor, time, &mut lines);
        }
        lines.truncate(LINES_MAX.saturating_sub(self.lines));
        self.lines += lines.len();
        let deployment = self.deployment;
        lines.into_iter().map(|what| NewEvent { deployment, time, actor: None, what }).collect()
    }

    fn look_at(
        &mut self,
        instance: &Instance,
        successor: bool,
        time: Timestamp,
        lines: &mut Vec<DeploymentEventKind>,
    ) {
        let (id, revision) = (&instance.id.0, instance.revision);
        let began = instance.started_at.filter(|at| *at >= self.since);
        let new = began.is_some() || self.started.contains(id);
        if began.is_some() && self.started.insert(id.clone()) {
            lines.push(DeploymentEventKind::InstanceStarted {
                instance: id.clone(),
                revision,
                node: instance.node.clone(),
            });
        }
        if new && instance.is_ready() && self.healthy.insert(id.clone()) {
            let after = began.map_or(0, |at| time.since(at).as_millis());
            lines.push(DeploymentEventKind::InstanceHealthy {
                instance: id.clone(),
                revision,
                after_ms: u64::try_from(after).unwrap_or(u64::MAX),
            });
        }
        if !successor
            && let Some(cause) = failure(instance)
            && instance.ended_at.is_none_or(|at| at >= self.since)
            && self.failed.get(id).is_none_or(|told| *told < instance.restarts)
        {
            self.failed.insert(id.clone(), instance.restarts);
            lines.push(DeploymentEventKind::InstanceFailed {
                instance: id.clone(),
                revision,
                cause: cause.clone(),
            });
        }
    }
}

/// Whether `ended` failed in the set in which `waiting` waits.
fn replaced_by(ended: &Instance, waiting: &Instance) -> bool {
    !ended.state.is_active()
        && (ended.revision, ended.generation) == (waiting.revision, waiting.generation)
        && failure(ended).is_some()
}

/// Why an instance is not well, if by its own doing.
pub fn failure(instance: &Instance) -> Option<&InstanceReason> {
    let reason = instance.reason.as_ref().filter(|reason| reason.code != ReasonCode::Stopped)?;
    let ended = matches!(instance.state, InstanceState::Exited | InstanceState::Failed | InstanceState::Lost);
    let waits = instance.state == InstanceState::Pending
        && (instance.delayed_until.is_some() || reason.code == ReasonCode::NoPlace);
    (ended || waits || instance.health == Health::Unhealthy).then_some(reason)
}
