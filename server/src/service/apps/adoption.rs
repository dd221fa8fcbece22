//! What an app's creation keeps of the workload whose place it takes.

use model::definition::Definition;
use model::id::EnvironmentName;
use model::problem::{Problem, ProblemCode};
use model::time::Timestamp;
use model::workload::{Adoption, AdoptionState, ForeignWorkload, Stops, clashes};

use crate::store::adoptions::{self, AdoptionRow};
use crate::store::apps::AppRow;
use crate::store::{AnyConnection, Transaction};

/// The history says where it comes from.
pub fn reason(old: &ForeignWorkload, given: &str) -> String {
    let given = given.trim();
    if given.is_empty() {
        format!("adopted from {}", old.name)
    } else {
        format!("adopted from {}: {given}", old.name)
    }
}

/// 409 for what cannot be stopped and kept.
pub fn require_stoppable(environment: &EnvironmentName, old: &ForeignWorkload) -> Result<(), Problem> {
    match &old.cannot_stop {
        None => Ok(()),
        Some(why) => {
            let detail = format!("{} cannot be taken over: {why}.", old.name);
            Err(Problem::new(ProblemCode::WrongState, detail).with("environment", environment))
        }
    }
}

/// 409 where another app takes its place already.
pub async fn require_free(
    connection: &mut AnyConnection,
    app: &AppRow,
    old: &ForeignWorkload,
) -> Result<(), Problem> {
    let all = adoptions::living_in(connection, &app.environment).await?;
    let Some(taken) = all.into_iter().find(|row| row.adoption.workload_id == old.id) else { return Ok(()) };
    let by = taken.adoption.app;
    let detail = format!("{} is taken over by the app {by} already.", old.name);
    Err(Problem::new(ProblemCode::WrongState, detail)
        .with("state", "adopted")
        .with("workload", &old.name)
        .with("app", by))
}

/// In the transaction of the creation, so that what is to be stopped is known as soon as the app is.
pub async fn record(
    tx: &mut Transaction,
    app: &AppRow,
    old: &ForeignWorkload,
    definition: &Definition,
    now: Timestamp,
) -> Result<(), Problem> {
    require_free(tx, app, old).await?;
    let adoption = Adoption {
        app: app.name.clone(),
        workload_id: old.id.clone(),
        workload: old.name.clone(),
        stops: Stops::of(&clashes(old, definition)),
        state: AdoptionState::Waiting,
        trouble: None,
        created_at: now,
        updated_at: now,
    };
    let row = AdoptionRow { app_id: app.id, environment: app.environment.clone(), adoption, upkeep: None };
    Ok(adoptions::insert(tx, &row).await?)
}
