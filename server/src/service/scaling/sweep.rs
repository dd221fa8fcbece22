//! Brings the counts of apps to what their autoscalers and calendars say.

use model::autoscale::{self, Decision, Interruption, ScaleReason, Situation, State, Target};
use model::deployment::DeploymentKind;
use model::id::{AppKey, InstanceId};
use model::live::Change as News;
use model::permission::Caller;
use model::problem::{Problem, ProblemCode};
use model::revision::Revision;
use model::rollout::Step;
use model::scaling::{Autoscaler, DecisionEntry};
use model::schedule::{Effect, Held, Memory, Occurrence, Settled, Source, held, settle};
use model::window::Tables;

use super::measure::{self, Readiness};
use crate::service::Core;
use crate::service::apps::{Change, bring_to};
use crate::store::apps::AppRow;
use crate::store::autoscalers::AutoscalerRow;
use crate::store::calendars::CalendarRow;
use crate::store::deployments::DeploymentRow;
use crate::store::{StoreError, Transaction, apps, autoscalers, calendars, deployments, revisions};

/// The names that the history shows.
const AUTOSCALER: &str = "autoscaler";
const SCHEDULE: &str = "schedule";

/// The rounds over all apps that scale by themselves.
#[derive(Debug, Default)]
pub struct Sweep {
    readiness: Readiness,
}

/// One app as a round finds it.
struct Found {
    key: AppKey,
    app: AppRow,
    active: Option<DeploymentRow>,
    autoscaler: Option<AutoscalerRow>,
    calendar: CalendarRow,
    revision: Revision,
}

/// What the autoscaler says, and what it is to remember.
struct Word {
    set: Autoscaler,
    decision: Decision,
    state: State,
}

impl Sweep {
    /// Looks at every app once. What stands against one app does not hold up the others.
    pub async fn round(&mut self, core: &Core) -> Result<(), StoreError> {
        let keys = autoscalers::scaled(&mut *core.store.read().await?).await?;
        let mut living: Vec<InstanceId> = Vec::new();
        for key in &keys {
            living.extend(core.sights.get(&key.environment).instances(&key.app).iter().map(|i| i.id.clone()));
            if let Some(found) = find(core, key).await?
                && let Err(problem) = Box::pin(self.one(core, found)).await
            {
                tracing::warn!(app = %key, problem = problem.detail, "its count could not be brought to what is due");
            }
        }
        self.readiness.keep(&living);
        Ok(())
    }

    async fn one(&mut self, core: &Core, found: Found) -> Result<(), Problem> {
        let held = if is_stopped_by_person(&found) {
            Held::default()
        } else {
            held(&found.calendar.calendar.schedules, &Tables, core.clock.now())
        };
        let word = match &found.autoscaler {
            Some(row) => Some(self.ask(core, &found, row, &held).await),
            None => None,
        };
        let counts = word.as_ref().filter(|word| word.set.policy.enabled && !word.set.policy.dry_run);
        let said = counts.map(|word| word.decision.figures().count);
        let settled = settle(found.calendar.memory.as_ref(), &held, found.app.wanted, said);
        // What came of it is remembered with the change itself: a crash between them would lose the count to go back to.
        if settled.count != found.app.wanted && may_change(&found) && !is_stopped_by_person(&found) {
            bring(core, &found, word, &held, settled).await
        } else {
            remember(core, &found, word, &settled).await
        }
    }

    async fn ask(&mut self, core: &Core, found: &Found, row: &AutoscalerRow, held: &Held) -> Word {
        let policy = match held.floor.as_ref().map(|floor| floor.effect) {
            Some(Effect::Floor(least)) => &row.autoscaler.policy.with_floor(least),
            _ => &row.autoscaler.policy,
        };
        let scheduled = held.exact.as_ref().map(|_| Interruption::Scheduled);
        let resources = &found.revision.definition.resources;
        let instances = measure::instances(core, &found.key, policy, resources, &mut self.readiness).await;
        let answers = measure::answers(core, &found.key, found.app.target.revision, policy).await;
        let situation = Situation {
            now: core.clock.now(),
            current: found.app.wanted,
            instances: &instances,
            answers: &answers,
            interruption: interruption(found).or(scheduled),
        };
        let (decision, state) = autoscale::decide(policy, &row.state, &situation);
        Word { set: row.autoscaler.clone(), decision, state }
    }
}

async fn find(core: &Core, key: &AppKey) -> Result<Option<Found>, StoreError> {
    let mut reader = core.store.read().await?;
    let Some(app) = apps::get(&mut reader, key).await? else { return Ok(None) };
    let Some(revision) = revisions::get(&mut reader, app.id, app.target.revision).await? else {
        return Ok(None);
    };
    Ok(Some(Found {
        key: key.clone(),
        active: deployments::active_of(&mut reader, app.id).await?,
        autoscaler: autoscalers::get(&mut reader, app.id).await?,
        calendar: calendars::get(&mut reader, app.id).await?,
        revision,
        app,
    }))
}

/// A person suspended it: neither a metric nor the clock starts it again. A calendar's own 0 is another matter.
fn is_stopped_by_person(found: &Found) -> bool {
    let by_calendar = found.calendar.memory.as_ref().is_some_and(|memory| memory.set == 0);
    let by_autoscaler = found.autoscaler.as_ref().is_some_and(|row| row.autoscaler.policy.min == 0);
    found.app.is_suspended() && !by_calendar && !by_autoscaler
}

fn interruption(found: &Found) -> Option<Interruption> {
    if is_stopped_by_person(found) {
        return Some(Interruption::Suspended);
    }
    let active = found.active.as_ref()?;
    let step = active.rollout.steps.get(active.rollout_state.step as usize);
    if matches!(step, Some(Step::Verify { .. })) {
        Some(Interruption::Verifying)
    } else if active.deployment.kind == DeploymentKind::Scale {
        None
    } else {
        Some(Interruption::Deploying)
    }
}

/// Where a count comes from, with the floor named that is why it is no lower.
pub fn named_source(settled: &Settled, held: &Held) -> Source {
    match &held.floor {
        Some(floor)
            if settled.source == Source::Autoscaler && floor.effect == Effect::Floor(settled.count) =>
        {
            Source::Schedule { name: floor.schedule.clone() }
        }
        _ => settled.source.clone(),
    }
}

fn may_change(found: &Found) -> bool {
    interruption(found).is_none()
}

async fn bring(
    core: &Core,
    found: &Found,
    word: Option<Word>,
    held: &Held,
    settled: Settled,
) -> Result<(), Problem> {
    let (actor, reason) = match &named_source(&settled, held) {
        Source::Autoscaler => (AUTOSCALER, word.as_ref().map(reason).unwrap_or_default()),
        Source::Schedule { name } => (SCHEDULE, entry_reason(name, held)),
        Source::Person => (SCHEDULE, "back to the count before".to_owned()),
    };
    let caller = Caller::policy(actor);
    let mut change = Change::open(core, &caller, &found.key).await?;
    // Somebody was quicker: the next round sees what is there then.
    if change.app.wanted != found.app.wanted || (change.active.is_some() && !change.only_counts()) {
        return Ok(());
    }
    let now = core.clock.now();
    let word = word.map(|mut word| {
        if settled.source == Source::Autoscaler {
            word.state.changed(now, found.app.wanted, settled.count, &word.set.policy);
        }
        word
    });
    write(core, &mut change.tx, found, word.as_ref(), settled.memory.as_ref()).await?;
    match bring_to(change, core, &caller, settled.count, &reason).await {
        Ok(_) => {
            tracing::info!(app = %found.key, from = found.app.wanted, to = settled.count, reason, "scaled by {actor}");
            core.bus.publish([News::Scaling(found.key.clone())]);
            Ok(())
        }
        Err(problem) if problem.code == ProblemCode::DeploymentActive => Ok(()),
        Err(problem) => Err(problem),
    }
}

/// Keeps what was decided where the count stays.
async fn remember(core: &Core, found: &Found, word: Option<Word>, settled: &Settled) -> Result<(), Problem> {
    // What an entry wants to set but cannot yet is not set: the memory of before must not take it for a person's count.
    let memory = settled.memory.clone().filter(|memory| memory.set == found.app.wanted);
    let memory = if settled.count == found.app.wanted { memory } else { found.calendar.memory.clone() };
    if word.is_none() && memory == found.calendar.memory {
        return Ok(());
    }
    let news = word.as_ref().is_some_and(is_news);
    let mut tx = core.store.begin().await?;
    write(core, &mut tx, found, word.as_ref(), memory.as_ref()).await?;
    tx.commit().await?;
    if news {
        core.bus.publish([News::Scaling(found.key.clone())]);
    }
    Ok(())
}

async fn write(
    core: &Core,
    tx: &mut Transaction,
    found: &Found,
    word: Option<&Word>,
    memory: Option<&Memory>,
) -> Result<(), StoreError> {
    if let Some(word) = word {
        autoscalers::decided(tx, found.app.id, word.set.at, &word.decision, &word.state).await?;
        if is_news(word) {
            let id = core.clock.new_id().to_string();
            autoscalers::note(tx, found.app.id, &DecisionEntry { id, decision: word.decision.clone() })
                .await?;
        }
    }
    if memory != found.calendar.memory.as_ref() {
        calendars::remember(tx, found.app.id, found.calendar.calendar.at, memory).await?;
    }
    Ok(())
}

/// A change, or another reason to stay than before.
fn is_news(word: &Word) -> bool {
    let Some(last) = &word.set.last else { return true };
    match (&word.decision, last) {
        // One that is only tried is decided again and again.
        (Decision::Scale { figures, .. }, Decision::Scale { figures: before, .. }) => {
            (figures.current, figures.count) != (before.current, before.count)
        }
        (Decision::Scale { .. }, _) | (Decision::Hold { .. }, Decision::Scale { .. }) => true,
        (Decision::Hold { why, .. }, Decision::Hold { why: before, .. }) => {
            std::mem::discriminant(why) != std::mem::discriminant(before)
        }
    }
}

/// For the history, in a line.
fn reason(word: &Word) -> String {
    let Decision::Scale { why, figures } = &word.decision else { return String::new() };
    let policy = &word.set.policy;
    match why {
        ScaleReason::AboveMax => format!("at most {}", policy.max),
        ScaleReason::BelowMin => format!("at least {}", policy.min),
        ScaleReason::Target { target } => {
            let measured = figures.targets.iter().find(|figure| figure.target == *target);
            let (value, goal) = measured.map_or((0.0, 0.0), |it| (it.value.unwrap_or_default(), it.goal));
            match policy.targets.get(*target) {
                Some(Target::Cpu { .. }) => format!("CPU at {value:.0} %, target {goal:.0} %"),
                Some(Target::Memory { .. }) => format!("memory at {value:.0} %, target {goal:.0} %"),
                Some(Target::Query { query, .. }) => format!("{query} is {value:.4}, target {goal}"),
                None => String::new(),
            }
        }
    }
}

fn entry_reason(name: &str, held: &Held) -> String {
    let named = |it: &&Occurrence| it.schedule == name;
    match held.exact.as_ref().filter(named).or_else(|| held.floor.as_ref().filter(named)) {
        Some(it) => match it.effect {
            Effect::Instances(count) => format!("{name}: {count} instances until {}", it.to),
            Effect::Floor(count) => format!("{name}: at least {count} instances until {}", it.to),
        },
        None => name.to_owned(),
    }
}
