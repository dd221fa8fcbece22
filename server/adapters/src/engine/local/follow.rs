//! Log lines of an app: merged over its instances, and followed over rotation and new instances.

use std::collections::HashMap;
use std::sync::{Arc, Weak};
use std::time::Duration;

use futures::StreamExt as _;
use futures::stream::{self, BoxStream};
use model::api::LogLine;
use model::id::{AppKey, InstanceId};
use model::instance::Instance;
use model::time::Timestamp;

use super::inner::Inner;
use super::log::{Position, Source};
use crate::engine::{EngineError, LogRequest};

/// Pause between two looks for new lines, for each follower.
const LOOK: Duration = Duration::from_millis(150);
/// The longest for one that keeps the lines, where none come.
const LOOK_MAX: Duration = Duration::from_millis(1_200);

type Positions = HashMap<InstanceId, Position>;
type Lines = BoxStream<'static, Result<LogLine, EngineError>>;

pub async fn logs(inner: &Arc<Inner>, app: &AppKey, request: &LogRequest) -> Result<Lines, EngineError> {
    let sources = sources(inner, app, request);
    if let (Some(id), true) = (&request.instance, sources.is_empty())
        && !inner.lock().of_app(app).any(|managed| managed.view.id == *id)
    {
        return Err(EngineError::NotFound(format!("instance {id}")));
    }
    let asked = request.clone();
    if let Some(after) = request.after.clone() {
        let positions = blocking(move || starts(&sources, &after)).await?;
        return Ok(follow(Arc::downgrade(inner), app.clone(), asked, positions).boxed());
    }
    let (lines, positions) = blocking(move || tail(&sources, &asked)).await?;
    let old = stream::iter(lines.into_iter().map(Ok));
    if !request.follow {
        return Ok(old.boxed());
    }
    let news = follow(Arc::downgrade(inner), app.clone(), request.clone(), positions);
    Ok(old.chain(news).boxed())
}

fn sources(inner: &Inner, app: &AppKey, request: &LogRequest) -> Vec<Source> {
    let wanted = |view: &Instance| request.instance.as_ref().is_none_or(|id| *id == view.id);
    let state = inner.lock();
    let with_folder = state.of_app(app).filter(|managed| wanted(&managed.view)).filter_map(|managed| {
        Some(Source {
            instance: managed.view.id.clone(),
            revision: managed.view.revision,
            folder: managed.hold.folder.as_ref()?.logs(),
        })
    });
    with_folder.collect()
}

fn tail(sources: &[Source], request: &LogRequest) -> std::io::Result<(Vec<LogLine>, Positions)> {
    let mut lines = Vec::new();
    let mut positions = Positions::new();
    for source in sources {
        let (found, position) = source.tail(request)?;
        lines.extend(found);
        positions.insert(source.instance.clone(), position);
    }
    // Stable: lines of one instance with one time keep their order.
    lines.sort_by_key(|line| line.time);
    let surplus = lines.len().saturating_sub(request.limit.max(1));
    Ok((lines.split_off(surplus), positions))
}

/// Where to go on with those that were read before; the others are read from their start.
fn starts(sources: &[Source], after: &HashMap<InstanceId, Timestamp>) -> std::io::Result<Positions> {
    let known = sources.iter().filter_map(|source| Some((source, *after.get(&source.instance)?)));
    known.map(|(source, since)| Ok((source.instance.clone(), source.start(since)?))).collect()
}

fn follow(
    engine: Weak<Inner>,
    app: AppKey,
    request: LogRequest,
    mut positions: Positions,
) -> impl futures::Stream<Item = Result<LogLine, EngineError>> + Send + 'static {
    async_stream::stream! {
        let mut pause = LOOK;
        loop {
            tokio::time::sleep(pause).await;
            let Some(inner) = engine.upgrade() else { return };
            let sources = sources(&inner, &app, &request);
            drop(inner);
            positions.retain(|id, _| sources.iter().any(|source| source.instance == *id));
            let (asked, known) = (request.clone(), std::mem::take(&mut positions));
            match blocking(move || news(&sources, known, &asked)).await {
                Ok((lines, known)) => {
                    positions = known;
                    pause = match request.after {
                        Some(_) if lines.is_empty() => (pause * 3 / 2).min(LOOK_MAX),
                        _ => LOOK,
                    };
                    for line in lines {
                        yield Ok(line);
                    }
                }
                Err(error) => {
                    yield Err(error);
                    return;
                }
            }
        }
    }
}

fn news(
    sources: &[Source],
    mut positions: Positions,
    request: &LogRequest,
) -> std::io::Result<(Vec<LogLine>, Positions)> {
    let mut lines = Vec::new();
    for source in sources {
        let position = positions.entry(source.instance.clone()).or_default();
        lines.extend(source.news(position, request)?);
    }
    lines.sort_by_key(|line| line.time);
    Ok((lines, positions))
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> std::io::Result<T> + Send + 'static,
) -> Result<T, EngineError> {
    match tokio::task::spawn_blocking(work).await {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(source)) => Err(EngineError::Host { doing: "reading the logs".to_owned(), source }),
        Err(panic) => Err(EngineError::Protocol(panic.to_string())),
    }
}
