//! One adoption as far as it goes now.

use std::sync::Arc;
use std::time::Duration;

use adapters::engine::{Engine, EngineError, Release};
use app::port::Apps;
use model::api::Reasoned;
use model::deployment::DeploymentEventKind;
use model::environment::Reachability;
use model::id::AppId;
use model::live::Change;
use model::permission::Caller;
use model::problem::ProblemCode;
use model::workload::AdoptionState;
use serde_json::json;

use super::standing::{Move, Standing, next, standing};
use crate::service::Core;
use crate::store::adoptions::{self, AdoptionRow};
use crate::store::apps::{self, AppRow};
use crate::store::audit::{self, NewEntry};
use crate::store::deployment_events::{self, NewEvent};
use crate::store::{AnyConnection, StoreError, Transaction, deployments};

/// The name that the history shows.
const ACTOR: &str = "adoption";
/// Longest wait for one answer of an engine.
const PATIENCE: Duration = Duration::from_secs(20);

/// What comes after.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// Nothing, until something changes.
    Nothing,
    /// The engine is at it: ask again soon.
    Soon,
    /// The engine refused: later, and later.
    Trouble,
}

struct Look {
    row: AdoptionRow,
    app: AppRow,
    standing: Standing,
}

impl Look {
    fn next(&self) -> Move {
        next(self.row.adoption.stops, self.row.adoption.state, self.standing)
    }
}

pub async fn step(core: &Core, app: AppId) -> Result<Next, StoreError> {
    loop {
        let Some(look) = look(core, &mut *core.store.read().await?, app).await? else {
            return Ok(Next::Nothing);
        };
        let mv = look.next();
        let done = match mv {
            Move::Stay => return Ok(Next::Nothing),
            Move::Stop => stop(core, &look).await?,
            Move::Release => release(core, &look).await?,
            Move::Clear => clear(core, &look).await?,
            Move::PutBack => put_back(core, &look).await?,
            Move::Finish => {
                decided(core, app, mv, |row| row.adoption.state = AdoptionState::TakenOver).await?
            }
            Move::Restore => {
                decided(core, app, mv, |row| row.adoption.state = AdoptionState::Restoring).await?
            }
            Move::End => decided(core, app, mv, |row| row.adoption.state = AdoptionState::Ended).await?,
        };
        if let Some(next) = done {
            return Ok(next);
        }
    }
}

async fn look(core: &Core, connection: &mut AnyConnection, id: AppId) -> Result<Option<Look>, StoreError> {
    let Some(row) = adoptions::get(connection, id).await? else { return Ok(None) };
    let Some(app) = apps::by_id(connection, id).await? else { return Ok(None) };
    let destroyed = apps::get(connection, &app.key()).await?.is_none_or(|living| living.id != id);
    let last = match app.last_deployment {
        Some(last) => deployments::get(connection, last).await?.map(|row| row.deployment),
        None => None,
    };
    let sight = core.sights.get(&app.environment);
    let seen = matches!(sight.reachability, Reachability::Reachable { .. });
    let runs = seen.then(|| sight.instances(&app.name).iter().any(|instance| instance.state.is_active()));
    let standing = standing(&app, destroyed, last.as_ref(), runs);
    Ok(Some(Look { row, app, standing }))
}

/// Reads how the old one is kept running, and writes it down before anything is stopped.
async fn stop(core: &Core, look: &Look) -> Result<Option<Next>, StoreError> {
    let id = look.row.adoption.workload_id.as_str();
    match bounded(async { engine(core, look)?.foreign_upkeep(id).await }).await {
        Ok(upkeep) => {
            let change = |row: &mut AdoptionRow| {
                row.upkeep = Some(upkeep);
                row.adoption.state = AdoptionState::Stopping;
            };
            decided(core, look.app.id, Move::Stop, change).await
        }
        // Somebody removed it: nothing stands in the way.
        Err(EngineError::NotFound(_)) => {
            decided(core, look.app.id, Move::Stop, |row| row.adoption.state = AdoptionState::Stopped).await
        }
        Err(error) => trouble(core, look, &error).await,
    }
}

async fn release(core: &Core, look: &Look) -> Result<Option<Next>, StoreError> {
    let id = look.row.adoption.workload_id.as_str();
    let (what, gone) = match bounded(async { engine(core, look)?.release_foreign(id).await }).await {
        Ok(Release::Stopped) => (AdoptionState::Stopped, false),
        Ok(Release::Stopping) => return Ok(Some(Next::Soon)),
        Err(EngineError::NotFound(_)) => (AdoptionState::Stopped, true),
        Err(error) => return trouble(core, look, &error).await,
    };
    let workload = look.row.adoption.workload.clone();
    let line = (!gone).then_some(DeploymentEventKind::WorkloadStopped { workload });
    told(core, look, what, line, gone).await
}

async fn put_back(core: &Core, look: &Look) -> Result<Option<Next>, StoreError> {
    let id = look.row.adoption.workload_id.as_str();
    let gone = match &look.row.upkeep {
        // It was gone before it could be stopped.
        None => true,
        Some(upkeep) => {
            match bounded(async { engine(core, look)?.restore_foreign(id, upkeep).await }).await {
                Ok(()) => false,
                Err(EngineError::NotFound(_)) => true,
                Err(error) => return trouble(core, look, &error).await,
            }
        }
    };
    let destroyed = look.standing == Standing::Destroyed;
    let state = if destroyed { AdoptionState::Ended } else { AdoptionState::Waiting };
    let workload = look.row.adoption.workload.clone();
    let line = (!gone).then_some(DeploymentEventKind::WorkloadRestored { workload });
    told(core, look, state, line, gone).await
}

/// Ends what does not come up in the old one's place: both could not run at a time.
async fn clear(core: &Core, seen: &Look) -> Result<Option<Next>, StoreError> {
    // What was read outside of a transaction may be of two moments, and an app that has just come up must not be ended.
    let mut tx = core.store.begin().await?;
    let now = look(core, &mut tx, seen.app.id).await?;
    drop(tx);
    let Some(look) = now.filter(|now| now.next() == Move::Clear) else { return Ok(None) };
    let reason = format!("{} is put back", look.row.adoption.workload);
    let input = Reasoned { reason, ..Reasoned::default() };
    let done = core.apps().suspend(&Caller::policy(ACTOR), &look.app.key(), input).await;
    Ok(Some(match done {
        Ok(_) => Next::Soon,
        // Somebody else changes it just now.
        Err(problem) if problem.code == ProblemCode::DeploymentActive => Next::Soon,
        Err(problem) => {
            tracing::warn!(app = %look.app.key(), %problem, "what failed cannot be suspended; trying again");
            Next::Trouble
        }
    }))
}

fn engine(core: &Core, look: &Look) -> Result<Arc<dyn Engine>, EngineError> {
    let engine = core.engine(&look.app.environment);
    engine.map_err(|_| EngineError::Unreachable("it is not ready yet".to_owned()))
}

async fn bounded<T>(answer: impl Future<Output = Result<T, EngineError>>) -> Result<T, EngineError> {
    tokio::time::timeout(PATIENCE, answer).await.unwrap_or(Err(EngineError::Timeout(PATIENCE)))
}

/// Writes a decision, unless it is not one any more.
async fn decided(
    core: &Core,
    id: AppId,
    decision: Move,
    change: impl FnOnce(&mut AdoptionRow) + Send,
) -> Result<Option<Next>, StoreError> {
    let mut tx = core.store.begin().await?;
    let Some(mut look) = look(core, &mut tx, id).await? else { return Ok(Some(Next::Nothing)) };
    if look.next() != decision {
        return Ok(None);
    }
    change(&mut look.row);
    look.row.adoption.trouble = None;
    let action = match look.row.adoption.state {
        AdoptionState::Stopping => Some("workload.stop"),
        AdoptionState::Restoring => Some("workload.restore"),
        _ => None,
    };
    if let Some(action) = action {
        note(core, &mut tx, &look, action).await?;
    }
    write(core, tx, &look, None).await?;
    Ok(None)
}

/// Writes what the engine did. `gone`: there was nothing that it could have done it to.
async fn told(
    core: &Core,
    seen: &Look,
    state: AdoptionState,
    line: Option<DeploymentEventKind>,
    gone: bool,
) -> Result<Option<Next>, StoreError> {
    let mut tx = core.store.begin().await?;
    let Some(mut look) = look(core, &mut tx, seen.app.id).await? else { return Ok(Some(Next::Nothing)) };
    if look.row.adoption.state != seen.row.adoption.state {
        return Ok(None);
    }
    look.row.adoption.state = state;
    look.row.adoption.trouble = None;
    if gone || state != AdoptionState::Stopped {
        look.row.upkeep = None;
    }
    write(core, tx, &look, line).await?;
    Ok(None)
}

async fn trouble(core: &Core, look: &Look, error: &EngineError) -> Result<Option<Next>, StoreError> {
    let app = look.app.key();
    tracing::warn!(%app, workload = look.row.adoption.workload, %error, "the old one cannot be changed; trying again");
    let words = error.to_string();
    if look.row.adoption.trouble.as_deref() != Some(words.as_str()) {
        let mut tx = core.store.begin().await?;
        let now = adoptions::get(&mut tx, look.app.id).await?;
        if let Some(mut row) = now.filter(|row| row.adoption.state == look.row.adoption.state) {
            row.adoption.trouble = Some(words);
            let look = Look { row, app: look.app.clone(), standing: look.standing };
            write(core, tx, &look, None).await?;
        }
    }
    Ok(Some(Next::Trouble))
}

async fn note(core: &Core, tx: &mut Transaction, look: &Look, action: &str) -> Result<(), StoreError> {
    let adoption = &look.row.adoption;
    let entry = NewEntry {
        time: core.clock.now(),
        actor: &Caller::policy(ACTOR).actor,
        action,
        target: &format!("{}/{}", look.row.environment, adoption.workload),
        reason: "",
        detail: json!({ "id": adoption.workload_id, "app": look.app.key() }),
    };
    audit::insert(tx, entry).await
}

async fn write(
    core: &Core,
    mut tx: Transaction,
    look: &Look,
    line: Option<DeploymentEventKind>,
) -> Result<(), StoreError> {
    let now = core.clock.now();
    adoptions::update(&mut tx, &look.row, now).await?;
    let mut news = Vec::new();
    if let Some(id) = look.app.last_deployment {
        let line = line.map(|what| NewEvent { deployment: id, time: now, actor: None, what });
        let events = deployment_events::insert(&mut tx, line.into_iter().collect()).await?;
        news.extend(events.into_iter().map(|event| Change::DeploymentEvent {
            environment: look.app.environment.clone(),
            app: look.app.name.clone(),
            event: Box::new(event),
        }));
        // The page of the deployment says how far it is.
        let row = deployments::get(&mut tx, id).await?;
        news.extend(row.map(|row| Change::Deployment(Box::new(row.deployment))));
    }
    tx.commit().await?;
    core.bus.publish(news);
    core.supervisor.wake(&look.app.key());
    Ok(())
}
