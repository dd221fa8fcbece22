//! Log lines of containers and tasks: read from the end, merged in time order, and followed.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use bollard::Docker;
use bollard::container::LogOutput;
use bollard::errors::Error;
use bollard::query_parameters::LogsOptions;
use chrono::DateTime;
use futures::StreamExt as _;
use futures::future::BoxFuture;
use futures::stream::{self, BoxStream};
use model::api::{LogLine, LogStream};
use model::id::{InstanceId, RevisionNumber};
use model::time::Timestamp;
use tokio::sync::mpsc;
use tokio_util::task::AbortOnDropHandle;

use super::connection::{PATIENCE, refusal};
use crate::engine::{EngineError, LogRequest};

/// A daemon cuts longer lines into pieces of this size.
const PIECE: usize = 16 << 10;
/// Newest lines of an instance that are looked through for a pattern.
const SEARCHED: usize = 20_000;
/// Lines wait so long for earlier ones of other instances.
const GATHER: Duration = Duration::from_millis(100);
/// Pause between two looks for new instances.
const LOOK: Duration = Duration::from_millis(500);
/// The same for one that keeps the lines: there is one for every app.
const LOOK_KEPT: Duration = Duration::from_secs(2);
/// Instances read at one time.
const READERS: usize = 8;
const WAITING_LINES: usize = 1024;

pub type Lines = BoxStream<'static, Result<LogLine, EngineError>>;

/// Where one instance's lines are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    pub instance: InstanceId,
    pub revision: RevisionNumber,
    /// The container's or the task's id.
    pub name: String,
    /// More lines may come.
    pub alive: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Container,
    Task,
}

/// Tells which sources there are at this moment.
pub type Sources = Arc<dyn Fn() -> BoxFuture<'static, Result<Vec<Source>, EngineError>> + Send + Sync>;

struct Line {
    nanoseconds: i64,
    line: LogLine,
}

pub async fn logs(
    client: Docker,
    kind: Kind,
    sources: Sources,
    request: &LogRequest,
) -> Result<Lines, EngineError> {
    let now = sources().await?;
    if let Some(after) = &request.after {
        // All of that millisecond once more: who keeps lines knows which of them it has.
        let last = after.iter().map(|(id, time)| (id.clone(), time.as_millis() * 1_000_000 - 1)).collect();
        return Ok(follow(client, kind, sources, request.clone(), last).boxed());
    }
    let (lines, last) = tail(&client, kind, &now, request).await?;
    let old = stream::iter(lines.into_iter().map(Ok));
    if !request.follow {
        return Ok(old.boxed());
    }
    Ok(old.chain(follow(client, kind, sources, request.clone(), last)).boxed())
}

fn open(
    client: &Docker,
    kind: Kind,
    name: &str,
    options: LogsOptions,
) -> BoxStream<'static, Result<LogOutput, Error>> {
    let (client, name) = (client.clone(), name.to_owned());
    async_stream::stream! {
        match kind {
            Kind::Container => {
                let mut output = std::pin::pin!(client.logs(&name, Some(options)));
                while let Some(piece) = output.next().await {
                    yield piece;
                }
            }
            Kind::Task => {
                let mut output = std::pin::pin!(client.task_logs(&name, Some(options)));
                while let Some(piece) = output.next().await {
                    yield piece;
                }
            }
        }
    }
    .boxed()
}

fn options(since: Option<Timestamp>, tail: String, follow: bool) -> LogsOptions {
    let seconds = since.map_or(0, |since| since.as_millis().div_euclid(1000));
    LogsOptions {
        follow,
        stdout: true,
        stderr: true,
        since: i32::try_from(seconds).unwrap_or(0),
        until: 0,
        timestamps: true,
        tail,
    }
}

/// The newest lines of all, oldest first, and the time of each source's last.
async fn tail(
    client: &Docker,
    kind: Kind,
    sources: &[Source],
    request: &LogRequest,
) -> Result<(Vec<LogLine>, HashMap<InstanceId, i64>), EngineError> {
    let searched = request.grep.is_some() || request.until.is_some();
    let count = if searched { SEARCHED } else { request.limit.max(1) };
    let reads: Vec<_> = sources
        .iter()
        .map(|source| {
            let options = options(request.since, count.to_string(), false);
            read_to_end(open(client, kind, &source.name, options), source.clone())
        })
        .collect();
    let answers: Vec<_> = stream::iter(reads).buffer_unordered(READERS).collect().await;
    let (mut all, mut failure, mut answered) = (Vec::new(), None, false);
    for answer in answers {
        match answer {
            Ok(lines) => {
                answered = true;
                all.extend(lines);
            }
            // Removed in between.
            Err(EngineError::NotFound(_)) => {}
            Err(error) => failure = Some(error),
        }
    }
    if let (Some(error), false) = (failure, answered) {
        return Err(error);
    }
    let mut last = HashMap::new();
    for line in &all {
        let time = last.entry(line.line.instance.clone()).or_insert(line.nanoseconds);
        *time = (*time).max(line.nanoseconds);
    }
    all.retain(|line| is_asked_for(&line.line, request));
    // Stable: lines of one instance with one time keep their order.
    all.sort_by_key(|line| line.nanoseconds);
    let surplus = all.len().saturating_sub(request.limit.max(1));
    Ok((all.split_off(surplus).into_iter().map(|line| line.line).collect(), last))
}

async fn read_to_end(
    output: BoxStream<'static, Result<LogOutput, Error>>,
    source: Source,
) -> Result<Vec<Line>, EngineError> {
    let pieces = output.collect::<Vec<_>>();
    // A task's node may be away; the others' lines are shown all the same.
    let Ok(pieces) = tokio::time::timeout(PATIENCE / 3, pieces).await else {
        return Err(EngineError::Timeout(PATIENCE / 3));
    };
    let pieces: Vec<LogOutput> = pieces.into_iter().collect::<Result<_, _>>().map_err(|e| refusal(&e))?;
    Ok(pieces.iter().filter_map(|piece| line(&source, piece)).collect())
}

fn is_asked_for(line: &LogLine, request: &LogRequest) -> bool {
    request.since.is_none_or(|since| line.time >= since)
        && request.until.is_none_or(|until| line.time <= until)
        && request.grep.as_ref().is_none_or(|grep| grep.is_match(&line.text))
}

fn follow(
    client: Docker,
    kind: Kind,
    sources: Sources,
    request: LogRequest,
    mut last: HashMap<InstanceId, i64>,
) -> impl futures::Stream<Item = Result<LogLine, EngineError>> + Send + 'static {
    async_stream::stream! {
        let (sender, mut arrived) = mpsc::channel::<Line>(WAITING_LINES);
        let mut readers: HashMap<InstanceId, AbortOnDropHandle<()>> = HashMap::new();
        let mut look = tokio::time::interval(if request.after.is_some() { LOOK_KEPT } else { LOOK });
        look.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                _ = look.tick() => {
                    // While the daemon is away nothing new can be read; it is asked again.
                    let Ok(there) = sources().await else { continue };
                    readers.retain(|id, _| there.iter().any(|source| source.instance == *id));
                    for source in there {
                        let reads = readers.get(&source.instance).is_some_and(|reader| !reader.is_finished());
                        let read_once = readers.contains_key(&source.instance);
                        if reads || (read_once && !source.alive) {
                            continue;
                        }
                        let after = last.get(&source.instance).copied();
                        let reader = read(client.clone(), kind, source.clone(), after, sender.clone());
                        readers.insert(source.instance, AbortOnDropHandle::new(tokio::spawn(reader)));
                    }
                }
                Some(first) = arrived.recv() => {
                    tokio::time::sleep(GATHER).await;
                    let mut lines = vec![first];
                    while let Ok(line) = arrived.try_recv() {
                        lines.push(line);
                    }
                    lines.sort_by_key(|line| line.nanoseconds);
                    for line in lines {
                        last.insert(line.line.instance.clone(), line.nanoseconds);
                        if is_asked_for(&line.line, &request) {
                            yield Ok(line.line);
                        }
                    }
                }
            }
        }
    }
}

/// Reads one source until it ends.
async fn read(client: Docker, kind: Kind, source: Source, after: Option<i64>, sender: mpsc::Sender<Line>) {
    let since = after.map(|nanoseconds| Timestamp::from_millis(nanoseconds / 1_000_000));
    let mut output = open(&client, kind, &source.name, options(since, "all".to_owned(), true));
    while let Some(Ok(piece)) = output.next().await {
        let Some(line) = line(&source, &piece) else { continue };
        if after.is_none_or(|after| line.nanoseconds > after) && sender.send(line).await.is_err() {
            return;
        }
    }
}

/// `2026-01-31T12:00:00.000000000Z text`, as a daemon writes it.
fn line(source: &Source, piece: &LogOutput) -> Option<Line> {
    let stream = match piece {
        LogOutput::StdErr { .. } => LogStream::Stderr,
        LogOutput::StdOut { .. } | LogOutput::StdIn { .. } | LogOutput::Console { .. } => LogStream::Stdout,
    };
    let text = String::from_utf8_lossy(piece.as_ref());
    let (time, text) = text.split_once(' ').unwrap_or((text.trim_end(), ""));
    let time = DateTime::parse_from_rfc3339(time).ok()?;
    let text = text.strip_suffix('\n').unwrap_or(text);
    let text = text.strip_suffix('\r').unwrap_or(text);
    Some(Line {
        nanoseconds: time.timestamp_nanos_opt()?,
        line: LogLine {
            time: Timestamp::from_millis(time.timestamp_millis()),
            instance: source.instance.clone(),
            revision: source.revision,
            stream,
            text: text.to_owned(),
            truncated: text.len() >= PIECE,
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_read_as_a_daemon_writes_it() {
        let source =
            Source { instance: InstanceId("i1".to_owned()), revision: 2, name: String::new(), alive: true };
        let piece = |text: &'static str| LogOutput::StdErr { message: text.into() };
        let read = line(&source, &piece("2026-11-24T21:42:35.000000007Z hello there\r\n")).expect("a line");
        assert_eq!(read.line.text, "hello there");
        assert_eq!(read.line.stream, LogStream::Stderr);
        assert_eq!(read.nanoseconds % 1000, 7);
        let empty = line(&source, &piece("2026-11-24T21:42:35.000000007Z \n")).expect("a line");
        assert_eq!(empty.line.text, "");
        assert!(line(&source, &piece("no time at all")).is_none());
    }
}
