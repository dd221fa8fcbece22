//! What is kept of the apps' logs: searched, shown around a line, handed out.

use std::io;
use std::time::{Duration, Instant};

use adapters::log::{Matcher, View, Walk, newest};
use app::port::{Answer, Logs};
use async_trait::async_trait;
use futures::StreamExt;
use futures::stream::{self, BoxStream};
use model::id::AppKey;
use model::log::{KeptLine, LogContext, LogFilter, LogKeeping, LogPage, LogPosition, LogSearch};
use model::permission::{Caller, Permission};
use model::problem::{Problem, ProblemCode};
use tokio::sync::mpsc;
use tokio::sync::mpsc::error::SendTimeoutError;
use tokio_stream::wrappers::ReceiverStream;

use super::{Core, no_app};
use crate::logs::PATIENCE;
use crate::store::apps;

const CONTEXT_MAX: usize = 500;
/// Longest that an answer takes, with the wait for a turn.
const ANSWER: Duration = Duration::from_secs(10);
/// Longest that who downloads may take nothing.
const STALL: Duration = Duration::from_mins(1);

/// The port [`Logs`].
#[derive(Clone)]
pub struct LogService {
    core: Core,
}

impl LogService {
    pub const fn new(core: Core) -> Self {
        Self { core }
    }

    async fn require(&self, caller: &Caller, key: &AppKey) -> Answer<()> {
        caller.require(Permission::View)?;
        apps::get(&mut *self.core.store.read().await?, key).await?.ok_or_else(|| no_app(key))?;
        Ok(())
    }

    /// Reads what is kept, when it is our turn.
    async fn look<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> io::Result<T> + Send + 'static,
    ) -> Answer<T> {
        let looked = tokio::time::timeout(ANSWER, self.core.logs.look(work)).await;
        looked.map_err(|_| busy())?.map_err(unreadable)
    }

    async fn set_aside(&self, key: &AppKey, damaged: Vec<(u64, io::Error)>) {
        if !damaged.is_empty() {
            self.core.logs.set_aside(key, damaged).await;
        }
    }

    /// Each piece is read when the one before was taken, so that a slow client holds up nobody.
    async fn hand_out(&self, key: &AppKey, mut walk: Walk, to: &mpsc::Sender<Vec<KeptLine>>) -> Answer<()> {
        loop {
            let read = self.core.logs.look(move || {
                let lines = walk.next(usize::MAX)?;
                Ok((walk, lines))
            });
            let (next, lines) = read.await.map_err(unreadable)?;
            walk = next;
            self.set_aside(key, std::mem::take(&mut walk.damaged)).await;
            match lines {
                None => return Ok(()),
                Some(lines) if lines.is_empty() => {}
                Some(lines) => match to.send_timeout(lines, STALL).await {
                    Ok(()) => {}
                    // Nobody is there any more.
                    Err(SendTimeoutError::Closed(_)) => return Ok(()),
                    Err(SendTimeoutError::Timeout(_)) => return Err(busy()),
                },
            }
        }
    }
}

/// Others are looking through kept lines, as many as may at one time.
fn busy() -> Problem {
    Problem::new(ProblemCode::RateLimited, "Too many logs are read at the moment; try again soon.")
        .with("retry_after", ANSWER.as_secs())
}

fn matcher(filter: LogFilter) -> Answer<Matcher> {
    Matcher::new(filter).map_err(|error| Problem::invalid(vec![error]))
}

fn unreadable(error: io::Error) -> Problem {
    tracing::warn!(%error, "kept log lines cannot be read");
    match error.kind() {
        io::ErrorKind::StorageFull => Problem::new(ProblemCode::DiskFull, "The disk of the logs is full."),
        _ => Problem::internal(),
    }
}

#[async_trait]
impl Logs for LogService {
    async fn search(&self, caller: &Caller, key: &AppKey, search: &LogSearch) -> Answer<LogPage> {
        self.require(caller, key).await?;
        let matcher = matcher(search.check().map_err(Problem::invalid)?)?;
        let began = Instant::now();
        let view = self.core.logs.view(key).await.map_err(unreadable)?;
        let found = self.look(move || newest(&view, &matcher, Instant::now() + PATIENCE)).await?;
        let damaged = u32::try_from(found.damaged.len()).unwrap_or(u32::MAX);
        self.set_aside(key, found.damaged).await;
        Ok(LogPage {
            items: found.lines,
            next: found.next,
            scanned_bytes: found.scanned,
            took_ms: u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX),
            partial: found.partial,
            damaged,
        })
    }

    async fn context(
        &self,
        caller: &Caller,
        key: &AppKey,
        at: LogPosition,
        lines: usize,
        same: bool,
    ) -> Answer<LogContext> {
        self.require(caller, key).await?;
        let lines = lines.clamp(1, CONTEXT_MAX);
        let view = self.core.logs.view(key).await.map_err(unreadable)?;
        let (found, damaged) = self.look(move || around(&view, at, lines, same)).await?;
        self.set_aside(key, damaged).await;
        found.ok_or_else(|| Problem::not_found("log line", at))
    }

    async fn download(
        &self,
        caller: &Caller,
        key: &AppKey,
        search: &LogSearch,
    ) -> Answer<BoxStream<'static, Answer<KeptLine>>> {
        self.require(caller, key).await?;
        let matcher = matcher(search.check().map_err(Problem::invalid)?)?;
        let turn = self.core.logs.download().ok_or_else(busy)?;
        let view = self.core.logs.view(key).await.map_err(unreadable)?;
        let walk =
            self.look(move || Walk::new(&view, matcher, LogPosition { segment: 0, offset: 0 })).await?;
        let (sender, arrived) = mpsc::channel(1);
        let (service, key) = (self.clone(), key.clone());
        let sending = tokio::spawn(async move {
            let _turn = turn;
            service.hand_out(&key, walk, &sender).await
        });
        // What ends too early must not look whole.
        let end = stream::once(sending).filter_map(|ended| async move {
            match ended {
                Ok(Ok(())) => None,
                Ok(Err(problem)) => Some(Err(problem)),
                Err(_) => Some(Err(Problem::internal())),
            }
        });
        let lines = ReceiverStream::new(arrived).flat_map(|some: Vec<KeptLine>| stream::iter(some).map(Ok));
        Ok(lines.chain(end).boxed())
    }

    async fn keeping(&self, caller: &Caller, key: &AppKey) -> Answer<LogKeeping> {
        self.require(caller, key).await?;
        self.core.logs.keeping(key).await.map_err(unreadable)
    }
}

/// Lines, where there are any, and the segments that could not be read on the way.
type Around = (Option<LogContext>, Vec<(u64, io::Error)>);

/// `None` where there is no such line any more.
fn around(view: &View, at: LogPosition, lines: usize, same: bool) -> io::Result<Around> {
    let ready = |filter| Matcher::new(filter).map_err(|error| io::Error::other(error.message));
    let mut here = Walk::new(view, ready(LogFilter::default())?, at)?;
    let Some(hit) = here.first(1)?.pop().filter(|line| line.position == at) else {
        return Ok((None, here.damaged));
    };
    let filter = LogFilter {
        instance: same.then(|| hit.line.instance.clone()),
        limit: lines + 1,
        before: Some(at),
        ..LogFilter::default()
    };
    // One more on each side tells whether there are more.
    let found = newest(view, &ready(filter.clone())?, Instant::now() + PATIENCE)?;
    let (mut items, mut damaged) = (found.lines, found.damaged);
    items.sort_by_key(|line| line.position);
    let more_before = items.len() > lines;
    items.drain(..items.len().saturating_sub(lines));
    let mut walk = Walk::new(view, ready(filter)?, at)?;
    let mut after = walk.first(lines + 2)?;
    damaged.append(&mut walk.damaged);
    let more_after = after.len() > lines + 1;
    after.truncate(lines + 1);
    items.extend(after);
    Ok((Some(LogContext { items, more_before, more_after }), damaged))
}
