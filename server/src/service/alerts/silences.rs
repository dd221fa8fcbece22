//! Silences: begun and ended by people, in one transaction with their line in the audit log.

use model::alert::{KnownSilence, parse_silence};
use model::id::SilenceId;
use model::permission::{Caller, Permission};
use model::problem::{Problem, ProblemCode};
use serde_json::{Value, json};

use crate::alerts::announce;
use crate::service::Core;
use crate::store::alert_silences as rows;
use crate::store::audit::{self, NewEntry};

/// Silences that hold at once.
const MOST: usize = 500;

pub async fn begin(core: &Core, caller: &Caller, value: &Value) -> Result<KnownSilence, Problem> {
    caller.require(Permission::ChangeApps)?;
    let now = core.clock.now();
    let (silence, reason) = parse_silence(value, now).map_err(Problem::invalid)?;
    let silence = KnownSilence {
        id: SilenceId(core.clock.new_id()),
        labels: silence.labels,
        until: silence.until,
        reason,
        by: caller.actor.clone(),
        at: now,
    };
    let mut tx = core.store.begin().await?;
    if rows::holding(&mut tx, now).await?.len() >= MOST {
        let detail = format!("There are {MOST} silences already; end some of them first.");
        return Err(Problem::new(ProblemCode::WrongState, detail));
    }
    rows::insert(&mut tx, &silence).await?;
    let entry = NewEntry {
        time: now,
        actor: &caller.actor,
        action: "alert.silence",
        target: &silence.id.to_string(),
        reason: &silence.reason,
        detail: json!({ "labels": silence.labels, "until": silence.until }),
    };
    audit::insert(&mut tx, entry).await?;
    tx.commit().await?;
    announce(core).await;
    Ok(silence)
}

pub async fn end(core: &Core, caller: &Caller, id: SilenceId) -> Result<(), Problem> {
    caller.require(Permission::ChangeApps)?;
    let now = core.clock.now();
    let mut tx = core.store.begin().await?;
    let found = rows::get(&mut tx, id).await?.filter(|silence| silence.until > now);
    let silence = found.ok_or_else(|| Problem::not_found("silence", id))?;
    rows::end(&mut tx, id, now).await?;
    let entry = NewEntry {
        time: now,
        actor: &caller.actor,
        action: "alert.silence_end",
        target: &id.to_string(),
        reason: "",
        detail: json!({ "labels": silence.labels }),
    };
    audit::insert(&mut tx, entry).await?;
    tx.commit().await?;
    announce(core).await;
    Ok(())
}
