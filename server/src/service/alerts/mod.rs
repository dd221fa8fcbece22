//! Alerts: what fires, who takes care of it, what is silenced, and the rules.

mod rules;
mod silences;

use app::port::{Alerting, Answer};
use async_trait::async_trait;
use model::alert::{
    Acknowledgement, AlertRecord, Alerts, HistoryQuery, KnownRule, KnownSilence, LiveAlert, RuleTest, State,
    acknowledge, alerts,
};
use model::api::Page;
use model::id::{AlertId, SilenceId};
use model::permission::{Caller, Permission};
use model::problem::{Problem, ProblemCode};
use serde_json::{Value, json};

use super::Core;
use crate::alerts::{announce, rules as rules_of};
use crate::store::audit::{self, NewEntry};
use crate::store::{alert_history, alert_silences, alerts as rows};

/// Most alerts that are shown at once.
const SHOWN: u32 = 2_000;

/// The port [`Alerting`].
#[derive(Clone)]
pub struct AlertService {
    core: Core,
}

impl AlertService {
    pub const fn new(core: Core) -> Self {
        Self { core }
    }

    async fn take_care(&self, caller: &Caller, id: AlertId) -> Answer<LiveAlert> {
        caller.require(Permission::ChangeApps)?;
        let core = &self.core;
        let now = core.clock.now();
        let mut tx = core.store.begin().await?;
        let alert = rows::get(&mut tx, id).await?.ok_or_else(|| Problem::not_found("alert", id))?;
        if alert.state != State::Firing {
            let state = alert.state.as_str();
            let detail = format!("Only an alert that fires can be acknowledged; this one is {state}.");
            return Err(Problem::new(ProblemCode::WrongState, detail)
                .with("state", state)
                .with("action", "acknowledge"));
        }
        let alert = acknowledge(alert, caller.actor.clone(), now);
        rows::set(&mut tx, id, &alert).await?;
        let by = Acknowledgement { by: caller.actor.clone(), at: now };
        alert_history::acknowledged(&mut tx, id, &by).await?;
        let entry = NewEntry {
            time: now,
            actor: &caller.actor,
            action: "alert.acknowledge",
            target: alert.name(),
            reason: "",
            detail: json!(alert.labels),
        };
        audit::insert(&mut tx, entry).await?;
        let (rules, silences) = (rules_of(&mut tx).await?, alert_silences::holding(&mut tx, now).await?);
        tx.commit().await?;
        announce(core).await;
        let shown = alerts(&rules, vec![(id, alert)], &silences, now).firing.pop();
        shown.and_then(|mut group| group.alerts.pop()).ok_or_else(Problem::internal)
    }
}

#[async_trait]
impl Alerting for AlertService {
    async fn now(&self, caller: &Caller) -> Answer<Alerts> {
        caller.require(Permission::View)?;
        let now = self.core.clock.now();
        let mut reader = self.core.store.read().await?;
        let known = rows::all(&mut reader, SHOWN).await?;
        let silences = alert_silences::holding(&mut reader, now).await?;
        Ok(alerts(&rules_of(&mut reader).await?, known, &silences, now))
    }

    async fn count(&self, caller: &Caller) -> Answer<u32> {
        caller.require(Permission::View)?;
        let now = self.core.clock.now();
        let mut reader = self.core.store.read().await?;
        let firing = rows::firing(&mut reader, SHOWN).await?;
        if firing.is_empty() {
            return Ok(0);
        }
        let silences = alert_silences::holding(&mut reader, now).await?;
        let silences: Vec<_> = silences.iter().map(KnownSilence::silence).collect();
        let heard =
            firing.iter().filter(|(_, alert)| !silences.iter().any(|it| it.covers(&alert.labels, now)));
        Ok(u32::try_from(heard.count()).unwrap_or(u32::MAX))
    }

    async fn history(&self, caller: &Caller, query: &HistoryQuery) -> Answer<Page<AlertRecord>> {
        caller.require(Permission::View)?;
        Ok(alert_history::page(&mut *self.core.store.read().await?, query).await?)
    }

    async fn acknowledge(&self, caller: &Caller, id: AlertId) -> Answer<LiveAlert> {
        self.take_care(caller, id).await
    }

    async fn rules(&self, caller: &Caller) -> Answer<Vec<KnownRule>> {
        caller.require(Permission::View)?;
        rules::all(&self.core).await
    }

    async fn rule(&self, caller: &Caller, name: &str) -> Answer<KnownRule> {
        caller.require(Permission::View)?;
        rules::one(&self.core, name).await
    }

    async fn create_rule(&self, caller: &Caller, rule: &Value) -> Answer<KnownRule> {
        rules::create(&self.core, caller, rule).await
    }

    async fn set_rule(&self, caller: &Caller, name: &str, rule: &Value) -> Answer<KnownRule> {
        rules::set(&self.core, caller, name, rule).await
    }

    async fn remove_rule(&self, caller: &Caller, name: &str) -> Answer<()> {
        rules::remove(&self.core, caller, name).await
    }

    async fn test_rule(&self, caller: &Caller, rule: &Value) -> Answer<RuleTest> {
        rules::test(&self.core, caller, rule).await
    }

    async fn silences(&self, caller: &Caller) -> Answer<Vec<KnownSilence>> {
        caller.require(Permission::View)?;
        Ok(alert_silences::holding(&mut *self.core.store.read().await?, self.core.clock.now()).await?)
    }

    async fn silence(&self, caller: &Caller, silence: &Value) -> Answer<KnownSilence> {
        silences::begin(&self.core, caller, silence).await
    }

    async fn end_silence(&self, caller: &Caller, id: SilenceId) -> Answer<()> {
        silences::end(&self.core, caller, id).await
    }
}
