//! What autoscalers know of an app: its instances, what they use, and what queries answer.

use std::collections::HashMap;
use std::time::Duration;

use model::autoscale::{Policy, Reading, Seen, Stage, Target};
use model::definition::Resources;
use model::id::{AppKey, InstanceId, RevisionNumber};
use model::instance::{Instance, InstanceState};
use model::metric::{CPU, MEMORY, Series, fill, of_app};
use model::time::Timestamp;

use crate::service::Core;

/// Use of cores and memory is the mean of this time.
const WINDOW: Duration = Duration::from_mins(1);

/// Since when instances are ready, or are not.
#[derive(Debug, Default)]
pub struct Readiness(HashMap<InstanceId, (bool, Timestamp)>);

impl Readiness {
    /// When `instance` became what it is. One that is seen for the first time and has been there for long is thought to
    /// have been so all the time.
    pub fn changed_at(&mut self, instance: &Instance, now: Timestamp) -> Timestamp {
        let ready = instance.is_ready();
        let long = Duration::from_mins(5);
        let first = instance.started_at.filter(|at| at.plus(long) < now).unwrap_or(now);
        let known = self.0.entry(instance.id.clone()).or_insert((ready, first));
        if known.0 != ready {
            *known = (ready, now);
        }
        known.1
    }

    pub fn keep(&mut self, living: &[InstanceId]) {
        self.0.retain(|id, _| living.contains(id));
    }
}

/// The instances of an app with what each uses, in percent of what it may.
pub async fn instances(
    core: &Core,
    key: &AppKey,
    policy: &Policy,
    limits: &Resources,
    readiness: &mut Readiness,
) -> Vec<Seen> {
    let now = core.clock.now();
    let wants = |which: fn(&Target) -> bool| policy.targets.iter().any(which);
    let cores = if wants(|target| matches!(target, Target::Cpu { .. })) {
        means(core, key, CPU, now).await
    } else {
        HashMap::new()
    };
    let memory = if wants(|target| matches!(target, Target::Memory { .. })) {
        means(core, key, MEMORY, now).await
    } else {
        HashMap::new()
    };
    let memory_bytes = limits.memory_mb as f64 * 1024.0 * 1024.0;
    let reading = |means: &HashMap<String, f64>, id: &InstanceId, limit: f64| {
        let percent = means.get(&id.0)? / limit * 100.0;
        Some(Reading { percent, since: now.minus(WINDOW) })
    };
    let sight = core.sights.get(&key.environment);
    sight
        .instances(&key.app)
        .iter()
        .map(|instance| Seen {
            stage: stage(instance.state),
            started_at: instance.started_at,
            ready: instance.is_ready(),
            ready_changed_at: Some(readiness.changed_at(instance, now)),
            cpu: reading(&cores, &instance.id, limits.cpus),
            memory: reading(&memory, &instance.id, memory_bytes),
        })
        .collect()
}

const fn stage(state: InstanceState) -> Stage {
    match state {
        InstanceState::Pending | InstanceState::Pulling | InstanceState::Starting => Stage::Pending,
        InstanceState::Running => Stage::Running,
        InstanceState::Stopping | InstanceState::Exited | InstanceState::Failed | InstanceState::Lost => {
            Stage::Gone
        }
    }
}

/// By instance. Empty when nothing can be asked: that is no data.
async fn means(core: &Core, key: &AppKey, metric: &str, now: Timestamp) -> HashMap<String, f64> {
    let query = format!("avg_over_time({}[{}s])", of_app(metric, key), WINDOW.as_secs());
    let series = match core.sources.own().query(&query, now).await {
        Ok(series) => series,
        Err(error) => {
            tracing::debug!(app = %key, %error, "nothing is known of what instances use");
            return HashMap::new();
        }
    };
    let value = |series: Series| {
        let id = series.labels.get("instance")?.clone();
        Some((id, series.points.last()?.1))
    };
    series.into_iter().filter_map(value).collect()
}

/// For each target, the values of its query.
pub async fn answers(
    core: &Core,
    key: &AppKey,
    revision: RevisionNumber,
    policy: &Policy,
) -> Vec<Option<Vec<f64>>> {
    let (now, source) = (core.clock.now(), core.sources.of(&key.environment));
    let mut answers = Vec::new();
    for target in &policy.targets {
        let Target::Query { query, .. } = target else {
            answers.push(None);
            continue;
        };
        let answer = match source.query(&fill(query, key, revision), now).await {
            Ok(series) => {
                Some(series.iter().filter_map(|it| it.points.last()).map(|point| point.1).collect())
            }
            Err(error) => {
                tracing::debug!(app = %key, %error, "a target of the autoscaler has no answer");
                None
            }
        };
        answers.push(answer);
    }
    answers
}
