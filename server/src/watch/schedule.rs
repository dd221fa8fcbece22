//! When one check is asked: after its delay, then at its interval, as long as there is something to ask.

use std::sync::Arc;
use std::time::Duration;

use model::check::Measurement;
use model::time::Timestamp;
use model::verdict::Judgement;

use super::ask::{Asker, Memory, Subject};
use super::record::Record;

/// How often it is looked whether a first new instance is ready.
const LOOK: Duration = Duration::from_millis(500);

/// Asks one check until the task is ended.
pub async fn run(asker: Arc<Asker>, subject: Subject, record: Record) {
    let interval = subject.check.interval.duration();
    let mut memory = Memory::new(&subject);
    // In the background it begins with the first new instance that is ready; before that, health is the question.
    let since = if let Some(since) = subject.since {
        since
    } else {
        while !asker.anybody_ready(&subject) {
            tokio::time::sleep(LOOK).await;
        }
        asker.now()
    };
    let mut due = since.plus(subject.check.initial_delay.duration());
    loop {
        let now = asker.now();
        if due > now {
            tokio::time::sleep(due.since(now)).await;
        }
        let time = asker.now();
        if let Some((asked, judgement)) = asker.ask(&subject, &mut memory, time).await {
            record.send(&subject, measurement(&subject, time, asked, judgement)).await;
        }
        due = next(due, interval, asker.now());
    }
}

/// The time of the next question: at its interval, and from now on where that was missed or the clock was set.
fn next(due: Timestamp, interval: Duration, now: Timestamp) -> Timestamp {
    let regular = due.plus(interval);
    let from_now = now.plus(interval);
    if regular <= now || regular > from_now { from_now } else { regular }
}

fn measurement(subject: &Subject, time: Timestamp, asked: String, judgement: Judgement) -> Measurement {
    Measurement {
        id: 0,
        check: subject.check.name.clone(),
        step: subject.step,
        time,
        verdict: judgement.verdict,
        value: judgement.value.filter(|value| value.is_finite()),
        baseline: judgement.baseline.filter(|value| value.is_finite()),
        asked,
        detail: one_line(&judgement.detail),
    }
}

/// Programs write what they like; a history keeps one short line of it.
fn one_line(detail: &str) -> String {
    const MOST: usize = 300;
    detail.chars().take(MOST).map(|letter| if letter.is_control() { ' ' } else { letter }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_missed_is_not_made_up_and_a_clock_that_was_set_back_is_not_waited_for() {
        let at = |seconds: i64| Timestamp::from_millis(seconds * 1_000);
        let ten = Duration::from_secs(10);
        assert_eq!(next(at(100), ten, at(101)), at(110));
        assert_eq!(next(at(100), ten, at(125)), at(135));
        assert_eq!(next(at(3_700), ten, at(100)), at(110));
    }

    #[test]
    fn a_detail_is_one_line_that_every_database_takes() {
        assert_eq!(one_line("a\0b\nc"), "a b c");
    }
}
