//! Writes what became of the alerts of a rule, and its history, in one transaction.

use model::alert::{Alert, Answer, Labels, Rule, State, Transition, advance};
use model::id::AlertId;
use model::time::Timestamp;

use crate::store::{StoreError, Transaction, alert_history, alerts};

pub async fn write(
    tx: &mut Transaction,
    rule: &Rule,
    before: &[(AlertId, Alert)],
    after: &[(AlertId, Alert)],
    changes: &[(Transition, Labels)],
) -> Result<(), StoreError> {
    for (id, _) in before.iter().filter(|(id, _)| after.iter().all(|(kept, _)| kept != id)) {
        alerts::remove(tx, *id).await?;
    }
    for known in after.iter().filter(|known| !before.contains(known)) {
        alerts::set(tx, known.0, &known.1).await?;
    }
    for (transition, labels) in changes {
        let Some((id, alert)) = after.iter().find(|(_, alert)| alert.labels == *labels) else { continue };
        match transition {
            Transition::Firing => alert_history::fired(tx, *id, alert, &alert.summary(rule)).await?,
            Transition::Resolved => alert_history::resolved(tx, *id, alert.since).await?,
            Transition::Pending | Transition::Dropped => {}
        }
    }
    if changes.iter().any(|(transition, _)| *transition == Transition::Firing) {
        alert_history::trim(tx).await?;
    }
    Ok(())
}

/// Ends all alerts of a rule that will ask something else, or nothing.
pub async fn resolve(tx: &mut Transaction, rule: &Rule, now: Timestamp) -> Result<(), StoreError> {
    let before = alerts::of_rule(tx, &rule.name).await?;
    let known: Vec<Alert> = before.iter().map(|(_, alert)| alert.clone()).collect();
    let off = Rule { enabled: false, ..rule.clone() };
    let (after, changes) = advance(&off, &known, &Answer::Unavailable, now);
    let id_of = |labels: &Labels| before.iter().find(|(_, alert)| alert.labels == *labels).map(|(id, _)| *id);
    let after: Vec<(AlertId, Alert)> =
        after.into_iter().filter_map(|alert| Some((id_of(&alert.labels)?, alert))).collect();
    let changes: Vec<(Transition, Labels)> =
        changes.into_iter().map(|change| (change.transition, change.alert.labels)).collect();
    write(tx, &off, &before, &after, &changes).await
}

/// Ends all alerts of a rule that is no more, and lets them go.
pub async fn forget(tx: &mut Transaction, rule: &str, now: Timestamp) -> Result<(), StoreError> {
    for (id, alert) in alerts::of_rule(tx, rule).await? {
        if alert.state == State::Firing {
            alert_history::resolved(tx, id, now).await?;
        }
        alerts::remove(tx, id).await?;
    }
    Ok(())
}
