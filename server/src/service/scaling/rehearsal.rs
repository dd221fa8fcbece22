//! What a policy would have done over the last day.

use std::collections::BTreeMap;
use std::time::Duration;

use adapters::metrics::SharedSource;
use model::autoscale::{Policy, Target};
use model::id::AppKey;
use model::metric::{CPU, MEMORY, Range, Series, fill, of_app};
use model::permission::{Caller, Permission};
use model::problem::{Problem, ProblemCode};
use model::scaling::{Limits, Observed, Rehearsal};
use model::time::Timestamp;
use serde_json::Value;

use super::autoscaler::checked;
use crate::service::{Core, no_app};
use crate::store::{apps, revisions};

const BACK: Duration = Duration::from_hours(24);
const STEP: Duration = Duration::from_mins(1);

pub async fn rehearse(
    core: &Core,
    caller: &Caller,
    key: &AppKey,
    value: &Value,
) -> Result<Rehearsal, Problem> {
    caller.require(Permission::ChangeApps)?;
    let policy = checked(core, &key.environment, value).await?;
    let mut reader = core.store.read().await?;
    let app = apps::get(&mut reader, key).await?.ok_or_else(|| no_app(key))?;
    let revision = revisions::get(&mut reader, app.id, app.target.revision).await?;
    drop(reader);
    let revision = revision.ok_or_else(Problem::internal)?;
    let resources = &revision.definition.resources;
    let limits = Limits { cpus: resources.cpus, memory_bytes: resources.memory_mb as f64 * 1024.0 * 1024.0 };
    let observed = observed(core, key, &policy, app.target.revision).await?;
    let played =
        tokio::task::spawn_blocking(move || model::scaling::rehearse(&policy, limits, &observed)).await;
    played.map_err(|_| Problem::internal())
}

async fn observed(
    core: &Core,
    key: &AppKey,
    policy: &Policy,
    revision: model::id::RevisionNumber,
) -> Result<Vec<Observed>, Problem> {
    let end = core.clock.now();
    let range = Range { start: end.minus(BACK), end, step_ms: STEP.as_millis() as u64 };
    let (own, source) = (core.sources.own(), core.sources.of(&key.environment));
    let mean = |metric: &str| format!("avg_over_time({}[2m])", of_app(metric, key));
    let counts = summed(&own, &format!("count({})", mean(CPU)), range).await?;
    let cores = summed(&own, &format!("sum({})", mean(CPU)), range).await?;
    let memory = summed(&own, &format!("sum({})", mean(MEMORY)), range).await?;
    let mut answers = Vec::new();
    for target in &policy.targets {
        answers.push(match target {
            Target::Query { query, .. } => Some(summed(&source, &fill(query, key, revision), range).await?),
            Target::Cpu { .. } | Target::Memory { .. } => None,
        });
    }
    Ok(counts
        .iter()
        .map(|(at, count)| Observed {
            at: Timestamp::from_millis(*at),
            count: count.round().max(0.0) as u32,
            cpu_cores: cores.get(at).copied(),
            memory_bytes: memory.get(at).copied(),
            answers: answers.iter().map(|sums| sums.as_ref()?.get(at).copied()).collect(),
        })
        .collect())
}

/// The sum of all series at each moment.
async fn summed(source: &SharedSource, query: &str, range: Range) -> Result<BTreeMap<i64, f64>, Problem> {
    let series: Vec<Series> = source.query_range(query, range).await.map_err(|error| {
        tracing::warn!(%error, "a rehearsal");
        Problem::new(ProblemCode::MetricsUnavailable, format!("The measurements cannot be read: {error}."))
            .with("reason", error)
    })?;
    let mut sums = BTreeMap::new();
    for (at, value) in series.iter().flat_map(|series| &series.points) {
        *sums.entry(*at).or_insert(0.0) += value;
    }
    Ok(sums)
}
