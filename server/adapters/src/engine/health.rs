//! When an instance's health is asked, and what the answers make of it.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use futures::stream::{FuturesUnordered, StreamExt as _};
use model::definition::{Definition, HealthCheck};
use model::instance::{Health, Usage};
use tokio::time::Instant;

use super::probe::{Target, ask};

const EARLIEST: Duration = Duration::from_millis(25);
/// Pause between early questions while an instance is young, and after that.
const YOUNG_PAUSE: Duration = Duration::from_millis(200);
const YOUNG: Duration = Duration::from_secs(10);
const EARLY_PAUSE: Duration = Duration::from_secs(1);

/// What the answers so far make of one check.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Verdict {
    passed: bool,
    failures: u32,
}

impl Verdict {
    /// Takes an answer that came `age` after the start; true when the instance is unhealthy now.
    fn take(&mut self, passed: bool, age: Duration, check: &HealthCheck) -> bool {
        if passed {
            *self = Self { passed: true, failures: 0 };
        } else if age >= check.grace.duration() {
            self.failures += 1;
        }
        self.failures >= check.max_failures.max(1)
    }
}

/// How long the latest answers took, known to whoever holds a copy.
#[derive(Debug, Clone, Default)]
pub struct Latency(Arc<AtomicU64>);

impl Latency {
    /// Seconds of the slowest check; `None` before the first answer.
    fn seconds(&self) -> Option<f64> {
        let microseconds = self.0.load(Ordering::Relaxed);
        (microseconds > 0).then(|| microseconds as f64 / 1e6)
    }

    /// The same figures with this one.
    pub fn shown_in(&self, usage: Usage) -> Usage {
        Usage { health_check_seconds: self.seconds(), ..usage }
    }

    fn set(&self, slowest: Duration) {
        let microseconds = u64::try_from(slowest.as_micros()).unwrap_or(u64::MAX);
        self.0.store(microseconds.max(1), Ordering::Relaxed);
    }

    fn clear(&self) {
        self.0.store(0, Ordering::Relaxed);
    }
}

/// Pause before the next question. Until the first success within the grace it is short, growing with the age, so that
/// an instance counts soon after it begins to listen.
fn pause(verdict: &Verdict, watched: Duration, age: Duration, check: &HealthCheck) -> Duration {
    let interval = check.interval.duration().max(EARLIEST);
    if verdict.passed || age >= check.grace.duration() {
        return interval;
    }
    let longest = if watched < YOUNG { YOUNG_PAUSE } else { EARLY_PAUSE };
    (watched / 4).clamp(EARLIEST, longest).min(interval)
}

/// Asks `checks` of an instance for ever and keeps `latency`; reports once that it is healthy, and returns the failing check's answer once it
/// is not. `age` is the time since its start at the moment of the call; `definition` says how old it is at least to count.
pub async fn watch(
    definition: &Definition,
    checks: &[HealthCheck],
    target: Arc<Target>,
    age: Duration,
    latency: &Latency,
    mut report: impl FnMut(Health),
) -> String {
    latency.clear();
    let begin = Instant::now();
    let counts_from = begin + definition.ready_after().duration().saturating_sub(age);
    let question = |index: usize, wait: Duration| {
        let (check, target) = (&checks[index], Arc::clone(&target));
        async move {
            tokio::time::sleep(wait).await;
            let asked = Instant::now();
            let answer = ask(&check.probe, check.timeout.duration(), &target).await;
            (index, answer, asked.elapsed())
        }
    };
    let mut verdicts = vec![Verdict::default(); checks.len()];
    let mut took = vec![Duration::ZERO; checks.len()];
    let mut questions: FuturesUnordered<_> = (0..checks.len()).map(|i| question(i, Duration::ZERO)).collect();
    let mut healthy = false;
    loop {
        let passed = verdicts.iter().all(|verdict| verdict.passed);
        let (index, answer, taken) = tokio::select! {
            () = tokio::time::sleep_until(counts_from), if passed && !healthy => {
                healthy = true;
                report(Health::Healthy);
                continue;
            }
            Some(answered) = questions.next() => answered,
            else => return std::future::pending().await,
        };
        took[index] = taken;
        latency.set(took.iter().max().copied().unwrap_or_default());
        let (check, verdict) = (&checks[index], &mut verdicts[index]);
        let watched = begin.elapsed();
        let age = age + watched;
        let unhealthy = verdict.take(answer.is_ok(), age, check);
        if let (true, Err(detail)) = (unhealthy, answer) {
            return detail;
        }
        questions.push(question(index, pause(verdict, watched, age, check)));
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::path::PathBuf;

    use model::definition::Probe;
    use model::duration::Span;
    use serde_json::{Value, json};

    use super::*;

    fn check() -> HealthCheck {
        HealthCheck {
            probe: Probe::Tcp { port: None },
            interval: Span::from_secs(10),
            timeout: Span::from_secs(5),
            grace: Span::from_secs(30),
            max_failures: 3,
        }
    }

    #[test]
    fn failures_count_after_the_grace_and_in_a_row_only() {
        let check = check();
        let mut verdict = Verdict::default();
        let late = Duration::from_secs(31);
        for _ in 0..10 {
            assert!(!verdict.take(false, Duration::from_secs(29), &check));
        }
        assert!(!verdict.take(false, late, &check));
        assert!(!verdict.take(false, late, &check));
        assert!(!verdict.take(true, late, &check));
        assert!(!verdict.take(false, late, &check));
        assert!(!verdict.take(false, late, &check));
        assert!(verdict.take(false, late, &check));
    }

    #[test]
    fn the_first_questions_come_quickly_and_the_later_ones_as_asked() {
        let check = check();
        let young = Verdict::default();
        let at = |millis| {
            let age = Duration::from_millis(millis);
            pause(&young, age, age, &check).as_millis()
        };
        assert_eq!([at(0), at(400), at(5000), at(15_000), at(40_000)], [25, 100, 200, 1000, 10_000]);
        let passed = Verdict { passed: true, failures: 0 };
        let second = Duration::from_secs(1);
        assert_eq!(pause(&passed, second, second, &check), Duration::from_secs(10));
    }

    /// How long after its start an instance of this definition counts, when it passes at once.
    async fn counts_after(definition: Value) -> Duration {
        let definition = model::definition::parse(&definition).unwrap();
        let target = Target {
            address: None,
            ports: Vec::new(),
            variables: BTreeMap::new(),
            folder: PathBuf::from("/"),
        };
        let begun = Instant::now();
        let (told, mut heard) = tokio::sync::mpsc::unbounded_channel();
        let report = |health| told.send((health, begun.elapsed())).unwrap();
        let latency = Latency::default();
        let checks = definition.health_checks.clone();
        tokio::select! {
            answer = watch(&definition, &checks, Arc::new(target), Duration::ZERO, &latency, report) => panic!("{answer}"),
            told = heard.recv() => {
                let (health, after) = told.unwrap();
                assert_eq!(health, Health::Healthy);
                after
            }
        }
    }

    #[tokio::test(start_paused = true)]
    async fn an_instance_counts_when_it_is_old_enough() {
        let millis = |duration: Duration| duration.as_millis();
        assert_eq!(millis(counts_after(json!({ "command": "x" })).await), 1_000);
        assert_eq!(millis(counts_after(json!({ "command": "x", "ready_after": "0s" })).await), 0);
        assert_eq!(millis(counts_after(json!({ "command": "x", "ready_after": "20s" })).await), 20_000);
    }

    #[tokio::test]
    async fn the_slowest_of_the_latest_answers_is_known() {
        let check = |line: &str| json!({ "kind": "command", "command": line, "interval": "1s" });
        let checks = [check("sleep 0.3"), check("true")];
        let definition = json!({ "command": "x", "health_checks": checks, "ready_after": "0s" });
        let definition = model::definition::parse(&definition).unwrap();
        let variables = BTreeMap::from([("PATH".to_owned(), "/usr/bin:/bin".to_owned())]);
        let target = Target { address: None, ports: Vec::new(), variables, folder: PathBuf::from("/") };
        let latency = Latency::default();
        assert_eq!(latency.seconds(), None);
        let (told, mut healthy) = tokio::sync::mpsc::unbounded_channel();
        let report = |health| told.send(health).unwrap();
        let checks = definition.health_checks.clone();
        tokio::select! {
            answer = watch(&definition, &checks, Arc::new(target), Duration::ZERO, &latency, report) => panic!("{answer}"),
            told = healthy.recv() => assert_eq!(told, Some(Health::Healthy)),
        }
        assert!(latency.seconds().is_some_and(|seconds| seconds >= 0.3), "{latency:?}");
    }

    #[tokio::test]
    async fn an_instance_that_passes_counts_when_it_is_old_enough_too() {
        let definition = |ready_after: &str| {
            let check = json!({ "kind": "command", "command": ["true"] });
            json!({ "command": "x", "health_checks": [check], "ready_after": ready_after })
        };
        assert!(counts_after(definition("2s")).await >= Duration::from_secs(2));
        assert!(counts_after(definition("0s")).await < Duration::from_secs(2));
    }
}
