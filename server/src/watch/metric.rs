//! Asking a metric source for a check.

use adapters::metrics::{MetricError, MetricSource};
use model::check::{Baseline, MetricCondition, Verdict};
use model::metric::{Range, Series, fill};
use model::time::Timestamp;
use model::verdict::{self, Judgement};

use super::ask::Subject;

/// Points that a comparison of two series takes of each at most.
const POINTS: u64 = 120;
const STEP_MIN_MS: u64 = 1_000;

/// What was asked, with the new revision, and the answer.
pub async fn ask(
    source: &dyn MetricSource,
    subject: &Subject,
    query: &str,
    condition: &MetricCondition,
    now: Timestamp,
) -> (String, Judgement) {
    let new = fill(query, &subject.app, subject.target.revision);
    let judged = match condition {
        MetricCondition::Threshold(threshold) => source
            .query(&new, now)
            .await
            .map(|series| verdict::within(*threshold, &latest(&series), subject.check.on_no_data)),
        // A restart has no old revision to be compared with.
        MetricCondition::Baseline(baseline) => {
            match subject.previous.filter(|it| *it != subject.target.revision) {
                Some(revision) => {
                    let old = fill(query, &subject.app, revision);
                    compared(source, &new, &old, *baseline, subject, now).await
                }
                None => Ok(verdict::no_data(subject.check.on_no_data)),
            }
        }
    };
    let failed = |error: MetricError| Judgement::new(Verdict::Error, None, error.to_string());
    (new, judged.unwrap_or_else(failed))
}

async fn compared(
    source: &dyn MetricSource,
    new: &str,
    old: &str,
    baseline: Baseline,
    subject: &Subject,
    now: Timestamp,
) -> Result<Judgement, MetricError> {
    let (new, old) = match baseline {
        Baseline::Ratio { .. } => {
            (latest(&source.query(new, now).await?), latest(&source.query(old, now).await?))
        }
        Baseline::MannWhitney { window, .. } => {
            let range = Range {
                start: now.minus(window.duration()),
                end: now,
                step_ms: (window.as_millis() / POINTS).max(STEP_MIN_MS),
            };
            (all(&source.query_range(new, range).await?), all(&source.query_range(old, range).await?))
        }
    };
    Ok(verdict::against(baseline, &new, &old, subject.check.on_no_data))
}

fn latest(series: &[Series]) -> Vec<f64> {
    series.iter().filter_map(|series| series.points.last()).map(|(_, value)| *value).collect()
}

fn all(series: &[Series]) -> Vec<f64> {
    series.iter().flat_map(|series| series.points.iter().map(|(_, value)| *value)).collect()
}
