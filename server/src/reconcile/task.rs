//! The loop of one environment: look, decide, commit, tell, wait.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use adapters::engine::{Engine, EngineError, EngineEvent};
use futures::stream::BoxStream;
use futures::{FutureExt, StreamExt};
use model::deployment::{DeploymentEventKind, DeploymentState, WaitingFor};
use model::environment::Reachability;
use model::id::{AppName, ReplicaSetId};
use model::live::Change;
use tokio::time::{Instant, sleep, sleep_until, timeout};
use tokio_util::sync::CancellationToken;

use super::commit::{Commit, commit};
use super::decide::{Step, decide};
use super::desired::Environment;
use super::observe::{self, Seen};
use super::tell::{Told, tell};
use super::wall::Wall;
use super::{Context, Signals, foreign, sampler};
use crate::live;
use crate::store::StoreError;
use crate::store::deployment_events::NewEvent;
use crate::store::environments::EnvironmentRow;

/// Events of an engine that come within this time are one.
const BURST: Duration = Duration::from_millis(5);
/// Between two commits that carry only numbers.
const PACE: Duration = Duration::from_millis(100);
/// Between two looks at an engine that says nothing.
const LOOK: Duration = Duration::from_secs(5);
/// The next look after the engine was told something.
const LOOK_AGAIN: Duration = Duration::from_millis(500);
/// Between two readings of everything from the database.
const RELOAD: Duration = Duration::from_secs(30);
/// Longest wait for an observation.
const PATIENCE: Duration = Duration::from_secs(15);
/// Between two tries at an engine or database that is away: at first, and at most.
const RETRY: Duration = Duration::from_millis(250);
const RETRY_MAX: Duration = Duration::from_secs(15);

/// Time that the round under way has when the console ends.
const GRACE: Duration = Duration::from_secs(2);

pub async fn run(
    context: Context,
    row: EnvironmentRow,
    signals: Arc<Signals>,
    slot: Arc<RwLock<Option<Arc<dyn Engine>>>>,
    cancel: CancellationToken,
) {
    let work = async {
        let engine = build(&context, &row).await;
        context.sights.update(&row.name, |sight| sight.capabilities = Some(engine.capabilities()));
        *slot.write().unwrap_or_else(PoisonError::into_inner) = Some(Arc::clone(&engine));
        engine
    };
    let engine = tokio::select! {
        () = cancel.cancelled() => return,
        engine = work => engine,
    };
    let sampling = sampler::run(context.clone(), row.name.clone(), Arc::clone(&engine), cancel.clone());
    let (of, heard) = (row.clone(), Arc::clone(&signals));
    let others = foreign::run(context.clone(), of, heard, Arc::clone(&engine), cancel.clone());
    let mut task = Task::new(context, row, signals, engine);
    tokio::join!(task.run(&cancel), sampling, others);
}

/// Tries until there is an engine.
async fn build(context: &Context, row: &EnvironmentRow) -> Arc<dyn Engine> {
    let mut pause = RETRY;
    loop {
        match context.factory.build(row).await {
            Ok(engine) => return engine,
            Err(error) => {
                tracing::warn!(environment = %row.name, %error, "the engine cannot be used; trying again");
                away(context, row, 0, &error.to_string());
                sleep(pause).await;
                pause = (pause * 2).min(RETRY_MAX);
            }
        }
    }
}

/// Remembers that the engine does not answer, since the first time it did not.
fn away(context: &Context, row: &EnvironmentRow, apps: u32, reason: &str) {
    let now = context.clock.now();
    let reason = reason.to_owned();
    let mut news = false;
    let sight = context.sights.update(&row.name, |sight| {
        if !matches!(sight.reachability, Reachability::Unreachable { .. }) {
            news = true;
            sight.reachability = Reachability::Unreachable { since: now, reason };
        }
    });
    if news {
        context.bus.publish([Change::Environment(Box::new(live::environment(row, apps, &sight, now)))]);
    }
}

struct Task {
    context: Context,
    row: EnvironmentRow,
    signals: Arc<Signals>,
    engine: Arc<dyn Engine>,
    events: BoxStream<'static, EngineEvent>,
    desired: Environment,
    seen: Seen,
    /// The engine's own counts as last seen.
    counts: HashMap<ReplicaSetId, u32>,
    told: Told,
    reachable: bool,
    wall: Wall,
    /// When to look at the engine next.
    look_at: Instant,
    /// When to read everything next.
    reload_at: Instant,
    /// Numbers wait until then.
    pace_until: Instant,
    /// Something is to be done then, whatever else happens.
    again_at: Option<Instant>,
    retry: Duration,
}

impl Task {
    fn new(context: Context, row: EnvironmentRow, signals: Arc<Signals>, engine: Arc<dyn Engine>) -> Self {
        let now = Instant::now();
        Self {
            events: engine.watch(),
            desired: Environment::new(row.name.clone()),
            wall: Wall::new(now, context.clock.now()),
            context,
            row,
            signals,
            engine,
            seen: Seen::new(),
            counts: HashMap::new(),
            told: Told::default(),
            reachable: false,
            look_at: now,
            reload_at: now,
            pace_until: now,
            again_at: None,
            retry: RETRY,
        }
    }

    async fn run(&mut self, cancel: &CancellationToken) {
        while !cancel.is_cancelled() {
            let done = tokio::select! {
                done = self.pass() => done,
                // Ending anywhere is safe; a little time spares the next start some work.
                () = async { cancel.cancelled().await; sleep(GRACE).await } => return,
            };
            match done {
                Ok(()) => {
                    if self.reachable {
                        self.retry = RETRY;
                    }
                    self.wait(cancel).await;
                }
                Err(error) => {
                    tracing::error!(environment = %self.row.name, %error, "reconciling failed; trying again");
                    self.reload_at = Instant::now();
                    tokio::select! {
                        () = cancel.cancelled() => return,
                        () = sleep(self.retry) => self.retry = (self.retry * 2).min(RETRY_MAX),
                    }
                }
            }
        }
    }

    /// One round. What it leaves undone it leaves a time for.
    async fn pass(&mut self) -> Result<(), StoreError> {
        self.again_at = None;
        self.read().await?;
        self.mind_the_clock();
        if self.look_at <= Instant::now() {
            self.look().await;
        }
        // A round that decides something may make the next decision possible at once.
        for _ in 0..4 {
            if !self.decide().await? {
                break;
            }
        }
        if self.reachable {
            self.tell().await?;
        }
        Ok(())
    }

    fn mind_the_clock(&mut self) {
        let now = self.context.clock.now();
        if let Some(millis) = self.wall.moved(Instant::now(), now) {
            tracing::warn!(environment = %self.row.name, millis, "the host's clock was set");
            self.desired.clock_moved(millis, now);
        }
    }

    /// Reads what is wanted, where it may have changed.
    async fn read(&mut self) -> Result<(), StoreError> {
        let dirty = self.signals.take_dirty();
        let now = self.context.clock.now();
        if self.reload_at <= Instant::now() {
            self.desired.load(&self.context.store, now).await?;
            self.reload_at = Instant::now() + RELOAD;
            return Ok(());
        }
        for app in dirty {
            if let Err(error) = self.desired.load_app(&self.context.store, &app, now).await {
                // The word was taken; only reading everything makes up for it.
                self.reload_at = Instant::now();
                return Err(error);
            }
        }
        Ok(())
    }

    /// Looks at the engine and tells the open pages what is new.
    async fn look(&mut self) {
        let first = !self.reachable;
        let seen = async {
            let info = if first { Some(self.engine.probe().await?) } else { None };
            Ok::<_, EngineError>((info, self.engine.observe().await?))
        };
        let answer = timeout(PATIENCE, seen).await.unwrap_or(Err(EngineError::Timeout(PATIENCE)));
        let (info, observation) = match answer {
            Ok(answer) => answer,
            Err(error) => {
                self.lose(&error);
                return;
            }
        };
        let now = self.context.clock.now();
        self.look_at = Instant::now() + LOOK;
        self.retry = RETRY;
        self.reachable = true;
        self.counts = observation.sets.iter().map(|set| (set.id.clone(), set.wanted)).collect();
        let seen = observe::group(&observation, &self.seen);
        let changed = observe::changed(&self.seen, &seen);
        let before = std::mem::replace(&mut self.seen, seen);
        let capabilities = self.engine.capabilities();
        let sight = self.context.sights.update(&self.row.name, |sight| {
            sight.observed_at = Some(now);
            sight.capabilities = Some(capabilities);
            sight.apps.clone_from(&self.seen);
            if let Some(info) = &info {
                sight.reachability = Reachability::Reachable { version: info.version.clone() };
            }
        });
        let mut changes = Vec::new();
        for app in &changed {
            let was = before.get(app).map_or(&[][..], |instances| instances.as_slice());
            let is = self.seen.get(app).map_or(&[][..], |instances| instances.as_slice());
            observe::tell(&self.row.name, app, was, is, &mut changes);
        }
        for (name, desired) in &mut self.desired.apps {
            // The first look at a deployment may find what nobody saw, so it looks at all.
            if let Some(timeline) = &mut desired.timeline
                && (first || changed.contains(name))
            {
                let was = before.get(name).map_or(&[][..], |instances| instances.as_slice());
                let is = self.seen.get(name).map_or(&[][..], |instances| instances.as_slice());
                desired.unsaved.extend(timeline.observe(was, is, now));
            }
        }
        if first {
            self.told.forget();
            let apps = u32::try_from(self.desired.apps.len()).unwrap_or(u32::MAX);
            changes.push(Change::Environment(Box::new(live::environment(&self.row, apps, &sight, now))));
        }
        self.context.bus.publish(changes);
        self.show(if first { None } else { Some(&changed) });
    }

    /// The engine does not answer: what was last seen stays, and it is tried again later and later.
    fn lose(&mut self, error: &EngineError) {
        self.look_at = Instant::now() + self.retry;
        self.retry = (self.retry * 2).min(RETRY_MAX);
        let apps = u32::try_from(self.desired.apps.len()).unwrap_or(u32::MAX);
        away(&self.context, &self.row, apps, &error.to_string());
        if self.reachable {
            tracing::warn!(environment = %self.row.name, %error, "the engine does not answer");
            self.reachable = false;
        }
        self.show(None);
    }

    /// Tells the summaries that differ from what was told; of all apps without `only`.
    fn show(&mut self, only: Option<&[AppName]>) {
        let sight = self.context.sights.get(&self.row.name);
        let mut changes = Vec::new();
        for (name, desired) in &mut self.desired.apps {
            if only.is_some_and(|only| !only.contains(name)) {
                continue;
            }
            let mut summary = live::summary(&desired.listed(), &sight);
            // That it was looked at again is no news.
            summary.observed_at = None;
            if desired.shown.as_ref() != Some(&summary) {
                desired.shown = Some(summary.clone());
                summary.observed_at = sight.observed_at;
                changes.push(Change::App(Box::new(summary)));
            }
        }
        self.context.bus.publish(changes);
    }

    /// Asks the planner about every app and commits its answers. Returns whether there were any.
    async fn decide(&mut self) -> Result<bool, StoreError> {
        let now = self.context.clock.now();
        let paced = Instant::now() < self.pace_until;
        let mut steps: Vec<(AppName, Step)> = Vec::new();
        let mut held_back = false;
        for (name, desired) in &self.desired.apps {
            let seen = self.seen.get(name).map_or(&[][..], |instances| instances.as_slice());
            let step = decide(desired, seen, !self.reachable, now);
            let lines = !desired.unsaved.is_empty();
            match step {
                Some(step) if step.urgent || !paced => steps.push((name.clone(), step)),
                Some(_) => held_back = true,
                None => held_back |= lines,
            }
        }
        if steps.is_empty() && (!held_back || paced) {
            if held_back {
                self.again_by(Some(self.pace_until));
            }
            return Ok(false);
        }
        let touched: Vec<AppName> = steps.iter().map(|(name, _)| name.clone()).collect();
        match commit(&self.context.store, &mut self.desired, steps, now).await? {
            Commit::Done { changes, told } => {
                if told {
                    self.context.told.notify_one();
                }
                self.pace_until = Instant::now() + PACE;
                self.context.bus.publish(changes);
                self.show(Some(&touched));
                Ok(!touched.is_empty())
            }
            Commit::Stale(app) => {
                self.desired.load_app(&self.context.store, &app, now).await?;
                Ok(true)
            }
        }
    }

    /// Tells the engine what is committed.
    async fn tell(&mut self) -> Result<(), StoreError> {
        let now = self.context.clock.now();
        // Before a set that nobody wants is removed, the database is asked once more: another console may have made it.
        let strangers: Vec<AppName> =
            self.counts.keys().filter(|id| !self.wants(id)).map(|id| id.app.clone()).collect();
        for app in strangers {
            self.desired.load_app(&self.context.store, &app, now).await?;
        }
        let (store, engine) = (&self.context.store, &self.engine);
        let answers = tell(store, engine, &mut self.desired, &self.counts, &mut self.told).await?;
        self.again_by(answers.again_at);
        if answers.told {
            self.look_at = self.look_at.min(Instant::now() + LOOK_AGAIN);
        }
        for app in answers.accepted {
            if let Some(desired) = self.desired.apps.get_mut(&app) {
                desired.trouble = None;
            }
        }
        let mut lines = false;
        for (app, error) in answers.refused {
            tracing::warn!(environment = %self.row.name, %app, %error, "the engine refused");
            if matches!(error, EngineError::Unreachable(_) | EngineError::Timeout(_)) {
                self.look_at = Instant::now() + RETRY;
                continue;
            }
            let Some(desired) = self.desired.apps.get_mut(&app) else { continue };
            let detail = error.to_string();
            if desired.trouble.as_ref() != Some(&detail)
                && desired.is_active()
                && let Some(row) = &desired.rollout
            {
                desired.unsaved.push(NewEvent {
                    deployment: row.deployment.id,
                    time: now,
                    actor: None,
                    what: DeploymentEventKind::EngineTrouble { detail: detail.clone() },
                });
                lines = true;
            }
            desired.trouble = Some(detail);
        }
        if lines {
            self.again_by(Some(Instant::now() + PACE));
        }
        Ok(())
    }

    fn again_by(&mut self, at: Option<Instant>) {
        self.again_at = match (self.again_at, at) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        };
    }

    fn wants(&self, id: &ReplicaSetId) -> bool {
        let desired = self.desired.apps.get(&id.app);
        desired.is_some_and(|desired| {
            desired.sets.keys().any(|key| key.revision == id.revision && key.generation == id.generation)
        })
    }

    /// Waits for a word, for news of the engine, or for the next time something is due.
    async fn wait(&mut self, cancel: &CancellationToken) {
        let due = self.due();
        let signals = Arc::clone(&self.signals);
        tokio::select! {
            () = cancel.cancelled() => {}
            () = signals.notify.notified() => {}
            () = sleep_until(due) => {}
            () = news(&mut self.events, self.engine.as_ref()) => {
                // An engine that is away is tried at its time.
                if self.reachable {
                    self.look_at = Instant::now();
                    sleep(BURST).await;
                    while let Some(Some(_)) = self.events.next().now_or_never() {}
                } else {
                    self.look_at = self.look_at.min(Instant::now() + RETRY);
                }
            }
        }
    }

    fn due(&self) -> Instant {
        let mut due = self.look_at.min(self.reload_at);
        if let Some(again) = self.again_at {
            due = due.min(again);
        }
        if !self.reachable {
            return due;
        }
        let now = self.context.clock.now();
        for desired in self.desired.apps.values() {
            let Some(row) = desired.rollout.as_ref() else { continue };
            let state = &row.rollout_state;
            let moves = matches!(
                state.state,
                DeploymentState::Running | DeploymentState::RollingBack | DeploymentState::AwaitingApproval
            );
            // A verification past its time waits for answers, and those wake by themselves.
            let answers = matches!(state.waiting_for, Some(WaitingFor::Checks { until }) if until <= now);
            if moves
                && !answers
                && let Some(until) = state.waiting_for.as_ref().and_then(WaitingFor::until)
            {
                let left = until.since(now).max(Duration::from_millis(5));
                due = due.min(Instant::now() + left);
            }
        }
        due
    }
}

/// Ends when the engine has news other than usage.
async fn news(events: &mut BoxStream<'static, EngineEvent>, engine: &dyn Engine) {
    loop {
        match events.next().await {
            Some(EngineEvent::Usage) => {}
            Some(EngineEvent::Changed(_) | EngineEvent::Resync) => return,
            None => {
                sleep(Duration::from_secs(1)).await;
                *events = engine.watch();
                return;
            }
        }
    }
}
