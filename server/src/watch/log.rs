//! Counting lines of the new instances that match.

use std::time::Duration;

use adapters::engine::{Engine, EngineError, LogRequest};
use futures::{StreamExt, stream};
use model::check::Verdict;
use model::id::AppKey;
use model::instance::Instance;
use model::time::Timestamp;
use model::verdict::Judgement;
use regex::Regex;

/// Most matches of one instance that are counted.
const LINES_MAX: usize = 5_000;
const AT_ONCE: usize = 8;
const PATIENCE: Duration = Duration::from_secs(10);
/// Characters of a matching line that are quoted.
const QUOTE_MAX: usize = 120;

/// Matches, and the latest line that did.
pub struct Counted {
    pub matches: u32,
    pub latest: Option<String>,
}

pub async fn count(
    engine: &dyn Engine,
    app: &AppKey,
    instances: &[Instance],
    pattern: &Regex,
    since: Timestamp,
) -> Result<Counted, EngineError> {
    let one = |instance: &Instance| {
        let request = LogRequest {
            instance: Some(instance.id.clone()),
            since: Some(since),
            grep: Some(pattern.clone()),
            limit: LINES_MAX,
            ..LogRequest::default()
        };
        async move {
            let mut lines = match engine.logs(app, &request).await {
                Ok(lines) => lines,
                // It ended and its log is gone: it says nothing any more.
                Err(EngineError::NotFound(_)) => return Ok((0, None)),
                Err(error) => return Err(error),
            };
            let (mut matches, mut latest) = (0_u32, None);
            while let Some(line) = lines.next().await {
                matches = matches.saturating_add(1);
                latest = Some(line?);
            }
            Ok((matches, latest))
        }
    };
    let work = async {
        let mut counts = stream::iter(instances.iter().map(one)).buffer_unordered(AT_ONCE);
        let (mut matches, mut newest) = (0_u32, None::<model::api::LogLine>);
        while let Some(counted) = counts.next().await {
            let (more, latest) = counted?;
            matches = matches.saturating_add(more);
            if let Some(latest) = latest
                && newest.as_ref().is_none_or(|newest| latest.time > newest.time)
            {
                newest = Some(latest);
            }
        }
        Ok(Counted { matches, latest: newest.map(|line| line.text.chars().take(QUOTE_MAX).collect()) })
    };
    tokio::time::timeout(PATIENCE, work).await.map_err(|_| EngineError::Timeout(PATIENCE))?
}

/// `min` waits for its line: not yet is neither yes nor no.
pub fn judge(counted: Result<Counted, EngineError>, max: Option<u32>, min: Option<u32>) -> Judgement {
    let counted = match counted {
        Ok(counted) => counted,
        Err(error) => return Judgement::new(Verdict::Error, None, error.to_string()),
    };
    let quoted = counted.latest.map(|line| format!(": {line}")).unwrap_or_default();
    let value = Some(f64::from(counted.matches));
    let judged = |verdict, sign: &str, limit: u32| {
        Judgement::new(verdict, value, format!("{} {sign} {limit}{quoted}", counted.matches))
    };
    match (max, min) {
        (Some(max), _) if counted.matches > max => judged(Verdict::Fail, ">", max),
        (Some(max), _) => judged(Verdict::Pass, "≤", max),
        (None, min) => {
            let least = min.unwrap_or(1);
            if counted.matches >= least {
                judged(Verdict::Pass, "≥", least)
            } else {
                judged(Verdict::Inconclusive, "<", least)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counted(matches: u32) -> Counted {
        Counted { matches, latest: (matches > 0).then(|| "ERROR no stock".to_owned()) }
    }

    #[test]
    fn too_many_matches_fail_and_quote_the_latest() {
        let judged = judge(Ok(counted(7)), Some(0), None);
        assert_eq!((judged.verdict, judged.detail.as_str()), (Verdict::Fail, "7 > 0: ERROR no stock"));
        assert_eq!(judge(Ok(counted(0)), Some(0), None).verdict, Verdict::Pass);
    }

    #[test]
    fn what_must_appear_is_waited_for() {
        assert_eq!(judge(Ok(counted(0)), None, Some(1)).verdict, Verdict::Inconclusive);
        assert_eq!(judge(Ok(counted(1)), None, Some(1)).verdict, Verdict::Pass);
        let away = Err(EngineError::Timeout(PATIENCE));
        assert_eq!(judge(away, None, Some(1)).verdict, Verdict::Error);
    }
}
