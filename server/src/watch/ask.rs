//! One question, asked once.

use std::collections::VecDeque;

use adapters::http_probe::{HttpProbe, HttpProbeError};
use futures::StreamExt;
use futures::stream;
use model::check::{Check, Expectation, Question, Threshold, Verdict};
use model::id::{AppKey, DeploymentId, RevisionNumber};
use model::instance::{Instance, InstanceState};
use model::rollout::SetKey;
use model::time::Timestamp;
use model::verdict::{self, Judgement};
use regex::Regex;

use super::{expression, log, metric};
use crate::clock::SharedClock;
use crate::live::Sights;
use crate::service::Core;

/// Instances that are asked at once by one check.
const AT_ONCE: usize = 16;

/// Whom a check asks about what.
#[derive(Debug, Clone)]
pub struct Subject {
    pub app: AppKey,
    pub deployment: DeploymentId,
    /// The new instances.
    pub target: SetKey,
    /// The old revision, for comparisons.
    pub previous: Option<RevisionNumber>,
    pub check: Check,
    pub step: Option<u32>,
    /// Since when it is asked.
    pub since: Timestamp,
}

/// What a check keeps from one question to the next.
pub struct Memory {
    pattern: Option<Regex>,
    /// Restarts so far, by time.
    restarts: VecDeque<(Timestamp, u32)>,
}

impl Memory {
    /// The error says why it can never be asked.
    pub fn new(subject: &Subject) -> Result<Self, Judgement> {
        let pattern = match &subject.check.question {
            Question::Log { pattern, .. } => {
                Some(expression::pattern(pattern).map_err(|mistake| error(mistake.reason))?)
            }
            _ => None,
        };
        Ok(Self { pattern, restarts: VecDeque::new() })
    }
}

fn error(detail: String) -> Judgement {
    Judgement::new(Verdict::Error, None, detail)
}

/// Everything that questions are put to.
pub struct Asker {
    core: Core,
    http: HttpProbe,
}

impl Asker {
    pub const fn new(core: Core, http: HttpProbe) -> Self {
        Self { core, http }
    }

    pub fn now(&self) -> Timestamp {
        let clock: &SharedClock = &self.core.clock;
        clock.now()
    }

    /// What was asked, and the answer; `None` while there is nobody to ask yet.
    pub async fn ask(
        &self,
        subject: &Subject,
        memory: &mut Memory,
        now: Timestamp,
    ) -> Option<(String, Judgement)> {
        let instances = new_instances(&self.core.sights, subject);
        if instances.is_empty() {
            return None;
        }
        Some(match &subject.check.question {
            Question::Http { port, path, headers, timeout, expect } => {
                let question =
                    HttpQuestion { port: port.as_deref(), path, headers, timeout: timeout.duration() };
                self.http(subject, &question, expect, &instances).await
            }
            Question::Log { max, min, window, pattern } => {
                let Ok(engine) = self.core.engine(&subject.app.environment) else {
                    return Some((pattern.clone(), error("the engine is not ready".to_owned())));
                };
                // What must appear may have been said at any time since the beginning.
                let since = if min.is_some() { subject.since } else { now.minus(window.duration()) };
                let pattern_text = format!("/{pattern}/");
                let Some(regex) = memory.pattern.as_ref() else { return None };
                let counted = log::count(engine.as_ref(), &subject.app, &instances, regex, since).await;
                (pattern_text, log::judge(counted, *max, *min))
            }
            Question::Metric { query, condition } => {
                metric::ask(self.core.metrics.as_ref(), subject, query, condition, now).await
            }
            Question::Restarts { max, window } => {
                let count = restarts(memory, &instances, now, now.minus(window.duration()));
                let allowed = Threshold { min: None, max: Some(f64::from(*max)) };
                let judged = verdict::within(allowed, &[f64::from(count)], subject.check.on_no_data);
                (format!("restarts in {window}"), judged)
            }
        })
    }

    /// Every new instance that runs; the first that does not answer as expected decides.
    async fn http(
        &self,
        subject: &Subject,
        question: &HttpQuestion<'_>,
        expect: &Expectation,
        instances: &[Instance],
    ) -> (String, Judgement) {
        let running: Vec<&Instance> =
            instances.iter().filter(|instance| instance.state == InstanceState::Running).collect();
        let asked = match running.as_slice() {
            [] => format!("GET {}", question.path),
            [one] => format!("GET {}", question.address(one)),
            [first, rest @ ..] => format!("GET {} (+{})", question.address(first), rest.len()),
        };
        let one = |instance: Instance| async move {
            let answer = self.http_of(question, expect, &instance).await;
            (instance.id, answer)
        };
        let owned: Vec<Instance> = running.into_iter().cloned().collect();
        let mut answers = stream::iter(owned.into_iter().map(one)).buffered(AT_ONCE);
        let (mut slowest, mut worst): (Option<f64>, Option<Judgement>) = (None, None);
        while let Some((id, answer)) = answers.next().await {
            let named = |words: String| format!("{id}: {words}");
            let (verdict, detail) = match answer {
                Ok((seconds, unmet)) => {
                    slowest = Some(slowest.map_or(seconds, |most| most.max(seconds)));
                    match unmet {
                        None => continue,
                        Some(unmet) => (Verdict::Fail, named(unmet)),
                    }
                }
                Err(HttpProbeError::NoAnswer(words)) => (Verdict::Fail, named(words)),
                Err(HttpProbeError::CannotAsk(words)) => (Verdict::Error, named(words)),
            };
            // A no is worth more than a question that could not be asked.
            if worst.as_ref().is_none_or(|worst| worst.verdict == Verdict::Error && verdict == Verdict::Fail)
            {
                worst = Some(Judgement::new(verdict, None, detail));
            }
        }
        let judged = match (worst, slowest) {
            (Some(worst), _) => Judgement { value: slowest, ..worst },
            (None, Some(seconds)) => {
                Judgement::new(Verdict::Pass, slowest, format!("{} s", verdict::number(seconds)))
            }
            (None, None) => verdict::no_data(subject.check.on_no_data),
        };
        (asked, judged)
    }

    /// Seconds, and what is not as expected.
    async fn http_of(
        &self,
        question: &HttpQuestion<'_>,
        expect: &Expectation,
        instance: &Instance,
    ) -> Result<(f64, Option<String>), HttpProbeError> {
        let port = question
            .port_of(instance)
            .ok_or_else(|| HttpProbeError::CannotAsk("it has no such port".to_owned()))?;
        let (headers, timeout) = (question.headers, question.timeout);
        let answer = self.http.get(&instance.address, port, question.path, headers, timeout).await?;
        let unmet = verdict::unmet(expect, answer.status, &answer.body, answer.took);
        Ok((answer.took.as_secs_f64(), unmet))
    }
}

struct HttpQuestion<'a> {
    port: Option<&'a str>,
    path: &'a str,
    headers: &'a std::collections::BTreeMap<String, String>,
    timeout: std::time::Duration,
}

impl HttpQuestion<'_> {
    fn port_of(&self, instance: &Instance) -> Option<u16> {
        let mut ports = instance.ports.iter();
        let port = match self.port {
            Some(name) => ports.find(|port| port.name == name),
            None => ports.next(),
        };
        port.map(|port| port.host_port)
    }

    fn address(&self, instance: &Instance) -> String {
        format!("http://{}:{}{}", instance.address, self.port_of(instance).unwrap_or_default(), self.path)
    }
}

/// All instances of the new set, those that ended lately included.
fn new_instances(sights: &Sights, subject: &Subject) -> Vec<Instance> {
    let sight = sights.get(&subject.app.environment);
    let of_target = |instance: &&Instance| {
        (instance.revision, instance.generation) == (subject.target.revision, subject.target.generation)
    };
    sight.instances(&subject.app.app).iter().filter(of_target).cloned().collect()
}

/// Restarts since `from`, as far as they were seen.
fn restarts(memory: &mut Memory, instances: &[Instance], now: Timestamp, from: Timestamp) -> u32 {
    let total =
        instances.iter().filter(|i| i.state.is_active()).map(|i| i.restarts).fold(0, u32::saturating_add);
    memory.restarts.push_back((now, total));
    // The newest count from before the window is what it began with.
    while memory.restarts.get(1).is_some_and(|(time, _)| *time <= from) {
        memory.restarts.pop_front();
    }
    match memory.restarts.front() {
        Some((time, before)) if *time <= from => total.saturating_sub(*before),
        _ => total,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_millis(seconds * 1_000)
    }

    fn instance(restarts: u32) -> Instance {
        serde_json::from_value(serde_json::json!({
            "id": "shop-1", "app": "shop", "environment": "local", "revision": 2, "generation": 0,
            "state": "running", "health": "healthy", "reason": null, "node": "here", "address": "127.0.0.1",
            "ports": [], "restarts": restarts, "started_at": null, "ended_at": null, "exit_code": null,
            "delayed_until": null, "usage": null
        }))
        .expect("an instance")
    }

    #[test]
    fn restarts_are_counted_within_the_window() {
        let mut memory = Memory { pattern: None, restarts: VecDeque::new() };
        let mut count = |restarts_so_far: u32, now: i64| {
            restarts(&mut memory, &[instance(restarts_so_far)], at(now), at(now - 60))
        };
        assert_eq!(count(2, 100), 2, "all there were before anybody looked");
        assert_eq!(count(3, 130), 3);
        assert_eq!(count(3, 165), 1, "the two are longer ago than a minute");
        assert_eq!(count(3, 300), 0);
    }
}
