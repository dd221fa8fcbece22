//! When one check is asked: after its delay, then at its interval, as long as there is something to ask.

use std::sync::Arc;

use model::check::Measurement;

use super::ask::{Asker, Memory, Subject};
use super::record::Record;

/// Asks one check until the task is ended.
pub async fn run(asker: Arc<Asker>, subject: Subject, record: Record) {
    let interval = subject.check.interval.duration();
    let mut memory = match Memory::new(&subject) {
        Ok(memory) => memory,
        Err(judgement) => {
            // Refused when it was written; an older console may have let it pass.
            let now = asker.now();
            record.send(&subject, measurement(&subject, now, String::new(), judgement)).await;
            return;
        }
    };
    let mut due = subject.since.plus(subject.check.initial_delay.duration());
    loop {
        let now = asker.now();
        if due > now {
            tokio::time::sleep(due.since(now)).await;
        }
        let time = asker.now();
        if let Some((asked, judgement)) = asker.ask(&subject, &mut memory, time).await {
            record.send(&subject, measurement(&subject, time, asked, judgement)).await;
        }
        // What was missed while an answer was waited for is not made up.
        due = due.plus(interval).max(asker.now());
    }
}

fn measurement(
    subject: &Subject,
    time: model::time::Timestamp,
    asked: String,
    judgement: model::verdict::Judgement,
) -> Measurement {
    Measurement {
        id: 0,
        check: subject.check.name.clone(),
        step: subject.step,
        time,
        verdict: judgement.verdict,
        value: judgement.value.filter(|value| value.is_finite()),
        baseline: judgement.baseline.filter(|value| value.is_finite()),
        asked,
        detail: judgement.detail,
    }
}
