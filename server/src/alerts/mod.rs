//! Asks the alerting rules again and again, and keeps what their answers mean.
//!
//! Every rule is a task of its own and is asked once at a time, so that a slow one holds up no other. What is pending,
//! fires or is acknowledged stands in the store, so that a console that was killed goes on with it.

mod ask;
mod board;
mod tell;
mod write;

use std::collections::HashMap;
use std::time::Duration;

use model::alert::{Alert, Answer, Labels, Rule, State, Transition, advance, identified, merged};
use model::id::AlertId;
use model::live::Change;
use tokio::task::{AbortHandle, JoinHandle, JoinSet};

pub use self::ask::{ask, series};
pub use self::board::Board;
pub use self::write::{forget, resolve};
use crate::metrics::own;
use crate::service::Core;
use crate::store::{AnyConnection, StoreError, alert_rules, alerts, environments};

/// Rules are asked this often.
pub const INTERVAL: Duration = Duration::from_secs(10);
/// An alert that goes on as it was is written this often, for the sake of its value.
const REFRESH: Duration = Duration::from_mins(1);

/// Asks the rules until it is dropped.
pub struct Evaluator(JoinHandle<()>);

impl Evaluator {
    /// Needs a tokio runtime.
    pub fn start(core: Core) -> Self {
        Self(tokio::spawn(run(core)))
    }
}

impl Drop for Evaluator {
    fn drop(&mut self) {
        self.0.abort();
    }
}

async fn run(core: Core) {
    // What goes on since before a restart is no change.
    announce(&core).await;
    let mut tasks = JoinSet::new();
    let mut asking: HashMap<String, AbortHandle> = HashMap::new();
    loop {
        // Of what came of the last round: its answers are in by now.
        if let Err(error) = tell::tell(&core, INTERVAL).await {
            tracing::warn!(%error, "what alerts are to be told of cannot be kept; trying again");
        }
        while tasks.try_join_next().is_some() {}
        asking.retain(|_, task| !task.is_finished());
        match round(&core).await {
            Ok(rules) => {
                core.alerts.keep(rules.iter().map(|rule| rule.name.as_str()));
                for rule in rules {
                    asking.entry(rule.name.clone()).or_insert_with(|| tasks.spawn(one(core.clone(), rule)));
                }
            }
            Err(error) => tracing::warn!(%error, "the alerting rules cannot be read; trying again"),
        }
        let _ = tokio::time::timeout(INTERVAL, core.alerts.changed()).await;
    }
}

/// The rules that hold. Alerts of those that do not any more, such as of another version of the console, are let go.
async fn round(core: &Core) -> Result<Vec<Rule>, StoreError> {
    let mut reader = core.store.read().await?;
    let rules = rules(&mut reader).await?;
    let known = alerts::rules(&mut reader).await?;
    drop(reader);
    let lost: Vec<&String> =
        known.iter().filter(|name| rules.iter().all(|rule| rule.name != **name)).collect();
    if !lost.is_empty() {
        let mut tx = core.store.begin().await?;
        for name in lost {
            forget(&mut tx, name, core.clock.now()).await?;
        }
        tx.commit().await?;
        announce(core).await;
    }
    Ok(rules)
}

/// The rules that hold: those of every console as they were changed, and those of people.
pub async fn rules(connection: &mut AnyConnection) -> Result<Vec<Rule>, StoreError> {
    let kept = alert_rules::list(connection).await?.into_iter().map(|row| row.rule).collect();
    Ok(merged(kept).into_iter().map(|(rule, _)| rule).collect())
}

/// Asks one rule once.
async fn one(core: Core, rule: Rule) {
    let answer = if rule.enabled {
        let (asked, answer) = ask(&core, &rule).await;
        core.alerts.note(&rule.name, asked);
        answer
    } else {
        core.alerts.forget(&rule.name);
        Answer::Unavailable
    };
    match keep(&core, &rule, &answer).await {
        Ok(true) => announce(&core).await,
        Ok(false) => {}
        Err(error) => tracing::warn!(rule = rule.name, %error, "its alerts cannot be kept; trying again"),
    }
}

/// Writes down what an answer means; whether that is news.
async fn keep(core: &Core, rule: &Rule, answer: &Answer) -> Result<bool, StoreError> {
    let before = alerts::of_rule(&mut *core.store.read().await?, &rule.name).await?;
    if !Step::of(core, rule, &before, answer).is_worth_writing(rule, &before) {
        return Ok(false);
    }
    let mut tx = core.store.begin().await?;
    // Somebody changed the rule while it was asked: what was answered is not about it.
    if !rules(&mut tx).await?.contains(rule) {
        return Ok(false);
    }
    // Its environment went meanwhile, and its alerts with it.
    if let Some(name) = &rule.environment
        && environments::get(&mut tx, name).await?.is_none()
    {
        return Ok(false);
    }
    let before = alerts::of_rule(&mut tx, &rule.name).await?;
    let step = Step::of(core, rule, &before, answer);
    write::write(&mut tx, rule, &before, &step.after, &step.changes).await?;
    tx.commit().await?;
    for (transition, labels) in &step.changes {
        match transition {
            Transition::Firing => tracing::warn!(rule = rule.name, ?labels, "an alert fires"),
            Transition::Resolved => tracing::info!(rule = rule.name, ?labels, "an alert is resolved"),
            Transition::Pending | Transition::Dropped => {}
        }
    }
    Ok(!step.changes.is_empty() || step.after.len() != before.len())
}

/// The alerts of a rule after an answer.
struct Step {
    after: Vec<(AlertId, Alert)>,
    changes: Vec<(Transition, Labels)>,
}

impl Step {
    fn of(core: &Core, rule: &Rule, before: &[(AlertId, Alert)], answer: &Answer) -> Self {
        let known: Vec<Alert> = before.iter().map(|(_, alert)| alert.clone()).collect();
        let (after, changes) = advance(rule, &known, answer, core.clock.now());
        let after = identified(before, after, || AlertId(core.clock.new_id()));
        let changes = changes.into_iter().map(|change| (change.transition, change.alert.labels)).collect();
        Self { after, changes }
    }

    /// That an alert goes on as before is written now and then only.
    fn is_worth_writing(&self, rule: &Rule, before: &[(AlertId, Alert)]) -> bool {
        let precise = !rule.keep_firing_for.duration().is_zero();
        let goes_on = |(id, is): &(AlertId, Alert)| {
            before.iter().find(|(known, _)| known == id).is_some_and(|(_, was)| {
                was.bad_at.plus(REFRESH) > is.bad_at && (was.bad_at == is.bad_at || !precise)
            })
        };
        !self.changes.is_empty() || self.after.len() != before.len() || !self.after.iter().all(goes_on)
    }
}

/// Tells the open pages and `/metrics` that alerts, silences or rules changed.
pub async fn announce(core: &Core) {
    match count(core).await {
        Ok(firing) => {
            own::alerts_firing(firing);
            core.bus.publish([Change::Alerts { firing }]);
        }
        Err(error) => tracing::warn!(%error, "how many alerts fire cannot be read"),
    }
}

async fn count(core: &Core) -> Result<u32, StoreError> {
    let counts = alerts::counts(&mut *core.store.read().await?).await?;
    Ok(counts.iter().filter(|count| count.state == State::Firing).map(|count| count.alerts).sum())
}
