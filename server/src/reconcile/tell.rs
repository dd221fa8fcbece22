//! Tells the engine what is committed, and only that.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use adapters::engine::{Engine, EngineError, ReplicaSet};
use futures::StreamExt;
use model::id::{AppName, ReplicaSetId};
use tokio::time::Instant;

use super::desired::Environment;
use crate::store::{Store, StoreError};

/// Calls to one engine at a time.
const AT_ONCE: usize = 16;
/// What was accepted is not said again for this long: the engine may not show it yet.
const ACCEPTED: Duration = Duration::from_secs(3);
/// What was refused is tried again after this long.
const REFUSED: Duration = Duration::from_secs(2);

/// A wanted count, or nothing at all.
type Order = Option<u32>;

/// What the engine was told lately.
#[derive(Default)]
pub struct Told(HashMap<ReplicaSetId, (Order, Instant)>);

impl Told {
    /// Everything may be said again: what the engine knew is uncertain.
    pub fn forget(&mut self) {
        self.0.clear();
    }

    /// Until when an order is not said again.
    fn quiet_until(&self, id: &ReplicaSetId, order: Order) -> Option<Instant> {
        self.0.get(id).filter(|(told, _)| *told == order).map(|(_, until)| *until)
    }
}

/// What came of it.
#[derive(Default)]
pub struct Answers {
    /// Something was accepted: look again soon.
    pub told: bool,
    /// The app and the engine's words.
    pub refused: Vec<(AppName, EngineError)>,
    pub accepted: Vec<AppName>,
    /// When something that the engine does not show yet may be said again.
    pub again_at: Option<Instant>,
}

/// Compares what is wanted with what the engine was last seen to want, and tells the difference. `observed`: the engine's
/// own counts.
pub async fn tell(
    store: &Store,
    engine: &Arc<dyn Engine>,
    environment: &mut Environment,
    observed: &HashMap<ReplicaSetId, u32>,
    told: &mut Told,
) -> Result<Answers, StoreError> {
    let now = Instant::now();
    told.0.retain(|_, (_, until)| now < *until);
    let mut answers = Answers::default();
    let mut orders: Vec<(ReplicaSetId, Order)> = Vec::new();
    let mut order = |id: &ReplicaSetId, order: Order| match told.quiet_until(id, order) {
        Some(until) => answers.again_at = Some(answers.again_at.map_or(until, |at| at.min(until))),
        None => orders.push((id.clone(), order)),
    };
    let mut wanted_ids = HashSet::new();
    for (name, desired) in &environment.apps {
        for (key, wanted) in &desired.sets {
            let id = environment.set_id(name, *key);
            let seen = observed.get(&id).copied();
            // What waits for its place starts nothing; who frees it says so.
            let waits = desired.held_back && *wanted > seen.unwrap_or(0);
            if !waits && seen.map_or(*wanted > 0, |seen| seen != *wanted) {
                order(&id, Some(*wanted));
            }
            wanted_ids.insert(id);
        }
    }
    for id in observed.keys().filter(|id| id.environment == environment.name) {
        if !wanted_ids.contains(id) {
            order(id, None);
        }
    }
    let mut calls = Vec::with_capacity(orders.len());
    for (id, order) in orders {
        let set = match order {
            Some(wanted) => {
                let Some(app) = environment.apps.get(&id.app).map(|desired| desired.app.id) else { continue };
                let Some(definition) = environment.definition(store, app, id.revision).await? else {
                    continue;
                };
                Some(ReplicaSet { id: id.clone(), definition, wanted })
            }
            None => None,
        };
        let engine = Arc::clone(engine);
        calls.push(async move {
            let answer = match &set {
                Some(set) => engine.ensure(set).await,
                None => engine.remove(&id).await,
            };
            (id, order, answer)
        });
    }
    let mut calls = futures::stream::iter(calls).buffer_unordered(AT_ONCE);
    while let Some((id, order, answer)) = calls.next().await {
        let quiet = if answer.is_ok() { ACCEPTED } else { REFUSED };
        let until = Instant::now() + quiet;
        answers.again_at = Some(answers.again_at.map_or(until, |at| at.min(until)));
        told.0.insert(id.clone(), (order, until));
        match answer {
            Ok(()) => {
                answers.told = true;
                answers.accepted.push(id.app);
            }
            Err(error) => answers.refused.push((id.app, error)),
        }
    }
    Ok(answers)
}
