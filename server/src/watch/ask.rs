//! One question, asked once.

use std::collections::{HashMap, VecDeque};

use adapters::http_probe::{HttpProbe, HttpProbeError};
use futures::StreamExt;
use futures::stream;
use model::check::{Check, Expectation, Question, Threshold, Verdict};
use model::id::{AppKey, DeploymentId, InstanceId, RevisionNumber};
use model::instance::{Instance, ReasonCode};
use model::rollout::SetKey;
use model::time::Timestamp;
use model::verdict::{self, Judgement};
use regex::Regex;

use super::{expression, log, metric};
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
    /// Since when its step runs; `None` in the background.
    pub since: Option<Timestamp>,
    /// Since when there may be new instances.
    pub created_at: Timestamp,
}

/// What a check keeps from one question to the next.
pub struct Memory {
    /// Or why it can never be asked: refused when it was written, unless an older console let it pass.
    pattern: Option<Result<Regex, String>>,
    restarts: Restarts,
}

impl Memory {
    pub fn new(subject: &Subject) -> Self {
        let pattern = match &subject.check.question {
            Question::Log { pattern, .. } => {
                Some(expression::pattern(pattern).map_err(|mistake| mistake.reason))
            }
            _ => None,
        };
        Self { pattern, restarts: Restarts::default() }
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
        self.core.clock.now()
    }

    /// Whether a new instance is ready.
    pub fn anybody_ready(&self, subject: &Subject) -> bool {
        new_instances(&self.core.sights, subject).iter().any(Instance::is_ready)
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
                // The health check speaks for those that are not ready.
                let ready: Vec<Instance> = instances.into_iter().filter(Instance::is_ready).collect();
                if ready.is_empty() {
                    return None;
                }
                self.http(subject, &question, expect, ready).await
            }
            Question::Log { max, min, window, pattern } => {
                let asked = format!("/{pattern}/");
                let regex = match memory.pattern.as_ref()? {
                    Ok(regex) => regex,
                    Err(reason) => return Some((asked, error(reason.clone()))),
                };
                let Ok(engine) = self.core.engine(&subject.app.environment) else {
                    return Some((asked, error("the engine is not ready".to_owned())));
                };
                // What must appear is often said at the start, before anybody asked.
                let since = if min.is_some() { subject.created_at } else { now.minus(window.duration()) };
                let counted = log::count(engine.as_ref(), &subject.app, &instances, regex, since).await;
                (asked, log::judge(counted, *max, *min))
            }
            Question::Metric { query, condition } => {
                metric::ask(
                    self.core.sources.of(&subject.app.environment).as_ref(),
                    subject,
                    query,
                    condition,
                    now,
                )
                .await
            }
            Question::Restarts { max, window } => {
                let count = memory.restarts.count(&instances, now, now.minus(window.duration()));
                let allowed = Threshold { min: None, max: Some(f64::from(*max)) };
                let judged = verdict::within(allowed, &[f64::from(count)], subject.check.on_no_data);
                (format!("restarts in {window}"), judged)
            }
        })
    }

    /// Every new instance that is ready; the first that does not answer as expected decides.
    async fn http(
        &self,
        subject: &Subject,
        question: &HttpQuestion<'_>,
        expect: &Expectation,
        ready: Vec<Instance>,
    ) -> (String, Judgement) {
        let asked = match ready.as_slice() {
            [] => format!("GET {}", question.path),
            [one] => format!("GET {}", question.address(one)),
            [first, rest @ ..] => format!("GET {} (+{})", question.address(first), rest.len()),
        };
        let one = |instance: Instance| async move {
            let answer = self.http_of(question, expect, &instance).await;
            (instance.id, answer)
        };
        let mut answers = stream::iter(ready.into_iter().map(one)).buffered(AT_ONCE);
        let (mut slowest, mut unasked): (Option<f64>, Option<String>) = (None, None);
        while let Some((id, answer)) = answers.next().await {
            let failed = match answer {
                Ok((seconds, unmet)) => {
                    slowest = Some(slowest.map_or(seconds, |most| most.max(seconds)));
                    unmet
                }
                Err(HttpProbeError::NoAnswer(words)) => Some(words),
                Err(HttpProbeError::CannotAsk(words)) => {
                    unasked.get_or_insert_with(|| format!("{id}: {words}"));
                    None
                }
            };
            if let Some(words) = failed {
                return (asked, Judgement::new(Verdict::Fail, slowest, format!("{id}: {words}")));
            }
        }
        let judged = match (unasked, slowest) {
            (Some(words), _) => error(words),
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

/// Restarts of instances, as an engine counts them or as ends that it still shows.
#[derive(Debug, Default)]
struct Restarts {
    /// The engine's count for each instance at the last look.
    known: HashMap<InstanceId, u32>,
    /// How many more there were at each look.
    seen: VecDeque<(Timestamp, u32)>,
}

impl Restarts {
    /// How many there were since `from`. What an engine counted before the first look may be long ago and is left out,
    /// unless it still shows the end.
    fn count(&mut self, instances: &[Instance], now: Timestamp, from: Timestamp) -> u32 {
        let more = instances.iter().map(|instance| {
            let before = self.known.insert(instance.id.clone(), instance.restarts);
            instance.restarts.saturating_sub(before.unwrap_or(instance.restarts))
        });
        self.seen.push_back((now, more.fold(0, u32::saturating_add)));
        self.known.retain(|id, _| instances.iter().any(|instance| instance.id == *id));
        while self.seen.front().is_some_and(|(time, _)| *time < from) {
            self.seen.pop_front();
        }
        let counted = self.seen.iter().map(|(_, more)| *more).fold(0, u32::saturating_add);
        let ended = |instance: &&Instance| {
            !instance.state.is_active()
                && instance.ended_at.is_some_and(|at| at >= from)
                && instance.reason.as_ref().is_none_or(|reason| reason.code != ReasonCode::Stopped)
        };
        counted.max(instances.iter().filter(ended).count() as u32)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_millis(seconds * 1_000)
    }

    fn instance(id: &str, restarts: u32, ended: Option<i64>) -> Instance {
        let state = if ended.is_some() { "exited" } else { "running" };
        serde_json::from_value(serde_json::json!({
            "id": id, "app": "shop", "environment": "local", "revision": 2, "generation": 0,
            "state": state, "health": "healthy", "reason": null, "node": "here", "address": "127.0.0.1",
            "ports": [], "restarts": restarts, "started_at": null, "ended_at": ended.map(at), "exit_code": 1,
            "delayed_until": null, "usage": null
        }))
        .expect("an instance")
    }

    #[test]
    fn restarts_are_counted_within_the_window() {
        let mut memory = Restarts::default();
        let mut count =
            |so_far: u32, now: i64| memory.count(&[instance("a", so_far, None)], at(now), at(now - 60));
        assert_eq!(count(2, 100), 0, "nobody knows when those were");
        assert_eq!(count(3, 130), 1);
        assert_eq!(count(3, 165), 1);
        assert_eq!(count(3, 300), 0);
    }

    #[test]
    fn an_instance_that_another_replaced_has_ended_and_counts() {
        let mut memory = Restarts::default();
        let all = [instance("a", 0, Some(90)), instance("b", 1, None), instance("c", 0, Some(10))];
        assert_eq!(memory.count(&all, at(100), at(40)), 1);
    }
}
