//! Asking one rule.

use std::time::{Duration, Instant};

use model::alert::{Answer, Asked, Labels, Rule};
use model::duration::Span;
use model::time::Timestamp;

use crate::service::Core;
use crate::store::environments;

/// Longest that an answer is waited for.
const LONGEST: Duration = Duration::from_secs(15);

/// Asks the source of a rule once.
pub async fn ask(core: &Core, rule: &Rule) -> (Asked, Answer) {
    let (asked, found) = series(core, rule).await;
    (asked, found.map_or(Answer::Unavailable, Answer::Series))
}

/// The latest value of each series, or `None` where there is no answer; the first of the two says why.
pub async fn series(core: &Core, rule: &Rule) -> (Asked, Option<Vec<(Labels, f64)>>) {
    let (at, began) = (core.clock.now(), Instant::now());
    let found = tokio::time::timeout(LONGEST, query(core, rule, at))
        .await
        .unwrap_or_else(|_| Err(format!("there was no answer within {} s", LONGEST.as_secs())));
    let took = Span::from_millis(u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX));
    match found {
        Ok(found) => {
            let series = u32::try_from(found.len()).unwrap_or(u32::MAX);
            (Asked { at, took, series, error: None }, Some(found))
        }
        Err(error) => (Asked { at, took, series: 0, error: Some(error) }, None),
    }
}

async fn query(core: &Core, rule: &Rule, at: Timestamp) -> Result<Vec<(Labels, f64)>, String> {
    let source = match &rule.environment {
        None => core.sources.own(),
        Some(name) => {
            let mut reader = core.store.read().await.map_err(|error| error.to_string())?;
            let found = environments::get(&mut reader, name).await.map_err(|error| error.to_string())?;
            found.ok_or_else(|| format!("there is no environment {name}"))?;
            core.sources.of(name)
        }
    };
    let series = source.query(&rule.query, at).await.map_err(|error| error.to_string())?;
    Ok(series.into_iter().filter_map(|it| Some((it.labels, it.points.last()?.1))).collect())
}
