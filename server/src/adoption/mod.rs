//! Takes over what others ran: stops the old one when the app in its place is to start or runs, and puts it back where
//! that comes to nothing. Level-triggered: what is wanted is written down first, then the engine is told, then it is
//! written down that it did, so a console that was killed goes on where it was. See `docs/decisions/adoption.md`.

mod standing;
mod step;

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use futures::StreamExt;
use model::id::AppId;
use model::live::Topic;
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::Instant;

use self::step::{Next, step};
use crate::service::Core;
use crate::store::{StoreError, adoptions};

/// Between two looks while something is left to do; what changes a deployment is heard at once.
const LOOK: Duration = Duration::from_secs(2);
/// The same while nothing is.
const IDLE: Duration = Duration::from_secs(30);
/// Between two tries at an engine that refuses: at first, and at most.
const RETRY: Duration = Duration::from_millis(500);
const RETRY_MAX: Duration = Duration::from_mins(1);

/// Running; ends when dropped.
pub struct Adoptions(JoinHandle<()>);

impl Adoptions {
    /// Starts looking. Needs a tokio runtime.
    pub fn start(core: Core) -> Self {
        let mut work = Work {
            core,
            busy: HashSet::new(),
            stale: HashSet::new(),
            waits: HashMap::new(),
            tasks: JoinSet::new(),
        };
        Self(tokio::spawn(async move { work.run().await }))
    }
}

impl Drop for Adoptions {
    fn drop(&mut self) {
        self.0.abort();
    }
}

struct Work {
    core: Core,
    /// One at a time is done for each app.
    busy: HashSet<AppId>,
    /// Those of them that something was heard of meanwhile.
    stale: HashSet<AppId>,
    /// Pauses, and until when; none where only news are waited for.
    waits: HashMap<AppId, (Duration, Instant)>,
    tasks: JoinSet<(AppId, Next)>,
}

impl Work {
    async fn run(&mut self) {
        let mut heard = self.core.bus.subscribe(vec![Topic::Deployments], None);
        loop {
            let pause = match self.look().await {
                Ok(0) => IDLE,
                Ok(_) => self.pause(),
                Err(error) => {
                    tracing::warn!(%error, "what is to be taken over cannot be read; trying again");
                    LOOK
                }
            };
            tokio::select! {
                delivery = heard.next() => {
                    if delivery.is_none() {
                        return;
                    }
                    self.waits.retain(|_, (pause, _)| !pause.is_zero());
                    self.stale.extend(self.busy.iter().copied());
                }
                Some(done) = self.tasks.join_next(), if !self.tasks.is_empty() => match done {
                    Ok((app, next)) => self.done(app, next),
                    Err(error) => {
                        tracing::error!(%error, "an adoption ended oddly");
                        self.busy.clear();
                    }
                },
                () = tokio::time::sleep(pause) => {}
            }
        }
    }

    /// Begins what is due; how many there are.
    async fn look(&mut self) -> Result<usize, StoreError> {
        let open = adoptions::open(&mut *self.core.store.read().await?).await?;
        let now = Instant::now();
        for row in &open {
            let waits = self.waits.get(&row.app_id).is_some_and(|(_, until)| now < *until);
            if waits || !self.busy.insert(row.app_id) {
                continue;
            }
            let (core, app) = (self.core.clone(), row.app_id);
            self.tasks.spawn(async move {
                let next = step(&core, app).await.unwrap_or_else(|error| {
                    tracing::warn!(%error, "an adoption cannot be read or written; trying again");
                    Next::Trouble
                });
                (app, next)
            });
        }
        self.waits.retain(|app, _| open.iter().any(|row| row.app_id == *app));
        Ok(open.len())
    }

    /// Until the first of those that wait is due.
    fn pause(&self) -> Duration {
        let waiting = self.waits.iter().filter(|(app, _)| !self.busy.contains(*app));
        let now = Instant::now();
        waiting.map(|(_, (_, until))| until.saturating_duration_since(now)).fold(LOOK, Duration::min)
    }

    fn done(&mut self, app: AppId, next: Next) {
        self.busy.remove(&app);
        let stale = self.stale.remove(&app);
        let before = self.waits.remove(&app).map_or(Duration::ZERO, |(pause, _)| pause);
        let (pause, wait) = match next {
            Next::Nothing if stale => return,
            Next::Nothing => (Duration::ZERO, LOOK),
            Next::Soon => (RETRY, RETRY),
            Next::Trouble => {
                let pause = (before * 2).clamp(RETRY, RETRY_MAX);
                (pause, pause)
            }
        };
        self.waits.insert(app, (pause, Instant::now() + wait));
    }
}
