//! Follows the log of every app that has instances, and keeps its lines.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use adapters::engine::{Engine, EngineError, LogRequest};
use adapters::log::{Batch, Mark};
use futures::StreamExt;
use futures::stream::BoxStream;
use model::api::LogLine;
use model::id::{AppKey, InstanceId, RevisionNumber};
use model::time::Timestamp;
use thiserror::Error;
use tokio::task::JoinHandle;
use tokio::time::Instant;
use tokio_util::task::AbortOnDropHandle;

use super::pace::Pace;
use super::{LogSettings, LogStore};
use crate::service::Core;
use crate::store::apps;

/// Between two looks at which apps have instances.
const LOOK: Duration = Duration::from_secs(1);
/// An app without instances is followed so long still: its last lines may be on their way.
const GRACE: Duration = Duration::from_secs(20);
/// Between two looks at the disk and at the bounds of all.
const TRIM: Duration = Duration::from_secs(10);
/// Between two looks at what is old and whose app is gone.
const SWEEP: Duration = Duration::from_mins(1);
/// Pause before a stream that broke is opened again: at first, and at most.
const RETRY: Duration = Duration::from_millis(500);
const RETRY_MAX: Duration = Duration::from_secs(15);
/// Lines are gathered so long before they are written.
const GATHER: Duration = Duration::from_millis(100);
/// Bytes that are written together.
const BATCH: usize = 256 << 10;
/// Lines taken before others get their turn.
const TURN: usize = 4_096;
/// What a line takes besides its text.
const HEAD: usize = 64;

/// Running; ends when dropped. What was gathered and not yet written is told by the engines again.
pub struct Keeper(JoinHandle<()>);

impl Keeper {
    /// Starts following. Needs a tokio runtime.
    pub fn start(core: Core) -> Self {
        Self(tokio::spawn(run(core)))
    }
}

impl Drop for Keeper {
    fn drop(&mut self) {
        self.0.abort();
    }
}

struct Follower {
    engine: Arc<dyn Engine>,
    seen: Instant,
    _task: AbortOnDropHandle<()>,
}

async fn run(core: Core) {
    let mut followers: HashMap<AppKey, Follower> = HashMap::new();
    let mut look = tokio::time::interval(LOOK);
    look.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let (mut trimmed, mut swept) = (None::<Instant>, None::<Instant>);
    let due = |last: Option<Instant>, pause| last.is_none_or(|last: Instant| last.elapsed() >= pause);
    loop {
        look.tick().await;
        if due(trimmed, TRIM) {
            core.logs.ask_disk().await;
            core.logs.trim().await;
            trimmed = Some(Instant::now());
        }
        if due(swept, SWEEP) {
            sweep(&core, &followers).await;
            core.logs.tidy(core.clock.now()).await;
            swept = Some(Instant::now());
        }
        follow_all(&core, &mut followers);
    }
}

fn follow_all(core: &Core, followers: &mut HashMap<AppKey, Follower>) {
    for (environment, sight) in core.sights.all() {
        let Some(engine) = core.supervisor.engine(&environment) else { continue };
        for app in sight.apps.iter().filter(|(_, instances)| !instances.is_empty()).map(|(app, _)| app) {
            let key = AppKey { environment: environment.clone(), app: app.clone() };
            let known = followers.get_mut(&key).filter(|follower| Arc::ptr_eq(&follower.engine, &engine));
            if let Some(follower) = known {
                follower.seen = Instant::now();
                continue;
            }
            let task = follow(Arc::clone(&core.logs), Arc::clone(&engine), key.clone());
            let task = AbortOnDropHandle::new(tokio::spawn(task));
            let engine = Arc::clone(&engine);
            followers.insert(key, Follower { engine, seen: Instant::now(), _task: task });
        }
    }
    followers.retain(|_, follower| follower.seen.elapsed() < GRACE);
}

/// Takes up what is there, and removes what is of no app any more.
async fn sweep(core: &Core, followers: &HashMap<AppKey, Follower>) {
    let living = async {
        let outlines = apps::outlines(&mut *core.store.read().await?, None).await?;
        let key = |app: apps::AppOutline| AppKey { environment: app.environment, app: app.name };
        Ok::<HashSet<AppKey>, crate::store::StoreError>(outlines.into_iter().map(key).collect())
    };
    // A database that does not answer says nothing of what is gone.
    if let Ok(living) = living.await {
        core.logs.sweep(|key| living.contains(key) || followers.contains_key(key)).await;
    }
}

#[derive(Debug, Error)]
enum Trouble {
    #[error("the disk has less than {} MiB left", .0 >> 20)]
    Full(u64),
    #[error(transparent)]
    Disk(#[from] std::io::Error),
    #[error(transparent)]
    Engine(#[from] EngineError),
}

/// Keeps an app's lines for ever; after any trouble it goes on where it was.
async fn follow(store: Arc<LogStore>, engine: Arc<dyn Engine>, key: AppKey) {
    let mut pause = RETRY;
    loop {
        let began = Instant::now();
        let ended = keep(&store, &*engine, &key).await;
        if began.elapsed() > RETRY_MAX {
            pause = RETRY;
        }
        if let Err(trouble) = ended {
            let text = trouble.to_string();
            if store.set_trouble(&key, Some(text.clone())) {
                tracing::warn!(app = %key, trouble = text, "log lines are not kept for now");
            }
        }
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(RETRY_MAX);
    }
}

/// Until the engine ends the stream, or something is in the way.
async fn keep(store: &LogStore, engine: &dyn Engine, key: &AppKey) -> Result<(), Trouble> {
    if store.is_full() {
        return Err(Trouble::Full(store.settings.free_bytes));
    }
    let marks = store.with(key, |log| Ok(log.marks().clone())).await?;
    let marks: HashMap<InstanceId, Mark> =
        marks.into_iter().map(|(id, mark)| (InstanceId(id), mark)).collect();
    let after = marks.iter().map(|(id, mark)| (id.clone(), Timestamp::from_millis(mark.millis))).collect();
    let request =
        LogRequest { follow: true, limit: 1, after: Some(Arc::new(after)), ..LogRequest::default() };
    let lines = engine.logs(key, &request).await?;
    let mut intake = Intake::new(marks, &store.settings);
    write(store, key, Batch::default()).await?;
    store.set_trouble(key, None);
    gather(store, key, lines, &mut intake).await
}

async fn gather(
    store: &LogStore,
    key: &AppKey,
    mut lines: BoxStream<'static, Result<LogLine, EngineError>>,
    intake: &mut Intake,
) -> Result<(), Trouble> {
    loop {
        let mut ended = None;
        match lines.next().await {
            Some(Ok(line)) => intake.take(&line).await,
            Some(Err(error)) => return Err(error.into()),
            None => return Ok(()),
        }
        let deadline = Instant::now() + GATHER;
        for _ in 0..TURN {
            if intake.batch.bytes.len() >= BATCH || Instant::now() >= deadline {
                break;
            }
            match tokio::time::timeout_at(deadline, lines.next()).await {
                Ok(Some(Ok(line))) => intake.take(&line).await,
                Ok(Some(Err(error))) => ended = Some(Err(error.into())),
                Ok(None) => ended = Some(Ok(())),
                Err(_) => break,
            }
            if ended.is_some() {
                break;
            }
        }
        write(store, key, intake.finish()).await?;
        if let Some(ended) = ended {
            return ended;
        }
        if store.is_full() {
            return Err(Trouble::Full(store.settings.free_bytes));
        }
        tokio::task::yield_now().await;
    }
}

async fn write(store: &LogStore, key: &AppKey, batch: Batch) -> std::io::Result<()> {
    store.with(key, move |log| log.append(&batch)).await
}

/// Lines on their way from an engine to the disk.
struct Intake {
    /// How far lines were kept before; an instance leaves it with its first new line.
    marks: HashMap<InstanceId, Mark>,
    pace: Pace,
    began: Timestamp,
    /// What is older leaves at once.
    oldest: Timestamp,
    batch: Batch,
    /// Lines of each instance that came too fast: the time of the last, and how many.
    dropped: HashMap<InstanceId, (Timestamp, RevisionNumber, u64)>,
}

impl Intake {
    fn new(marks: HashMap<InstanceId, Mark>, settings: &LogSettings) -> Self {
        let pace = Pace::new(settings.rate, Instant::now());
        let began = crate::clock::Clock::now(&crate::clock::SystemClock);
        let oldest = began.minus(settings.app.age);
        Self { marks, pace, began, oldest, batch: Batch::default(), dropped: HashMap::new() }
    }

    async fn take(&mut self, line: &LogLine) {
        if !is_new(&mut self.marks, line) || line.time < self.oldest {
            return;
        }
        let bytes = line.text.len() + HEAD;
        while !self.pace.take(bytes, Instant::now()) {
            // What was written before waits at the engine for its turn; only what comes now is too fast.
            if line.time >= self.began {
                let gap = self.dropped.entry(line.instance.clone()).or_insert((line.time, line.revision, 0));
                *gap = (line.time, line.revision, gap.2 + 1);
                return;
            }
            tokio::time::sleep(self.pace.wait(bytes)).await;
        }
        self.batch.push(line);
    }

    fn finish(&mut self) -> Batch {
        let mut batch = std::mem::take(&mut self.batch);
        for (instance, (time, revision, count)) in self.dropped.drain() {
            batch.gap(time, &instance, revision, count);
        }
        batch
    }
}

/// Whether a line that an engine tells after a break was not kept before it.
fn is_new(marks: &mut HashMap<InstanceId, Mark>, line: &LogLine) -> bool {
    let Some(mark) = marks.get_mut(&line.instance) else { return true };
    match line.time.as_millis().cmp(&mark.millis) {
        std::cmp::Ordering::Less => return false,
        std::cmp::Ordering::Equal if mark.count > 0 => {
            // All of that moment, where some were dropped.
            mark.count = if mark.count == u64::MAX { u64::MAX } else { mark.count - 1 };
            return false;
        }
        _ => {}
    }
    marks.remove(&line.instance);
    true
}

#[cfg(test)]
mod tests {
    use model::api::LogStream;

    use super::*;

    fn line(millis: i64, text: &str) -> LogLine {
        LogLine {
            time: Timestamp::from_millis(millis),
            instance: InstanceId("i1".to_owned()),
            revision: 1,
            stream: LogStream::Stdout,
            text: text.to_owned(),
            truncated: false,
        }
    }

    #[test]
    fn what_was_kept_before_a_break_is_not_kept_again() {
        let mark = Mark { millis: 7, count: 2 };
        let mut marks = HashMap::from([(InstanceId("i1".to_owned()), mark)]);
        let told = [(6, "a"), (7, "b"), (7, "b"), (7, "b"), (8, "c"), (7, "late")];
        let new: Vec<&str> =
            told.iter().filter(|(at, text)| is_new(&mut marks, &line(*at, text))).map(|(_, t)| *t).collect();
        assert_eq!(new, ["b", "c", "late"]);
    }

    #[tokio::test]
    async fn a_flood_is_bounded_and_counted_and_what_is_old_waits() {
        let mut intake = Intake::new(HashMap::new(), &LogSettings { rate: 1_000, ..LogSettings::default() });
        let now = intake.began.as_millis();
        for _ in 0..400 {
            intake.take(&line(now, &"x".repeat(36))).await;
        }
        let batch = intake.finish();
        assert_eq!((batch.summary.lines, batch.summary.dropped), (160, 240));
        let began = Instant::now();
        intake.take(&line(now - 60_000, &"x".repeat(36))).await;
        assert_eq!(intake.finish().summary.lines, 1);
        assert!(began.elapsed() >= Duration::from_millis(50), "{:?}", began.elapsed());
        intake.take(&line(now - 20 * 86_400_000, "older than what is kept")).await;
        assert!(intake.finish().is_empty());
    }
}
