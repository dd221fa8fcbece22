//! Asks instances for their own figures, as Prometheus does, with its series `up` to tell how that went.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::{Duration, Instant};

use adapters::http_probe::HttpProbe;
use adapters::metrics::{Exposed, Sample, SharedStore, label_name, read_exposition};
use model::id::InstanceId;
use tokio::sync::Semaphore;
use tokio::task::{JoinHandle, JoinSet};

use super::targets::{Target, Targets};
use crate::clock::SharedClock;

const BODY_MAX: usize = 4 << 20;
const SAMPLES_MAX: usize = 5_000;
const TIMEOUT: Duration = Duration::from_secs(10);
/// Questions at once.
const AT_ONCE: usize = 16;
/// How soon a new instance is noticed.
const LOOK: Duration = Duration::from_secs(1);

const UP: &str = "up";
const SECONDS: &str = "scrape_duration_seconds";
const SCRAPED: &str = "scrape_samples_scraped";

/// Asks until it is dropped.
pub struct Scraper(JoinHandle<()>);

impl Drop for Scraper {
    fn drop(&mut self) {
        self.0.abort();
    }
}

struct Asker {
    probe: HttpProbe,
    source: SharedStore,
    clock: SharedClock,
    turns: Semaphore,
}

impl Scraper {
    pub fn start(targets: Targets, probe: HttpProbe, source: SharedStore, clock: SharedClock) -> Self {
        let probe = probe.with_body_max(BODY_MAX);
        let asker = Arc::new(Asker { probe, source, clock, turns: Semaphore::new(AT_ONCE) });
        Self(tokio::spawn(run(targets, asker)))
    }
}

async fn run(targets: Targets, asker: Arc<Asker>) {
    let mut due: HashMap<InstanceId, Instant> = HashMap::new();
    let mut questions = JoinSet::new();
    let mut ticker = tokio::time::interval(LOOK);
    ticker.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        ticker.tick().await;
        while questions.try_join_next().is_some() {}
        let all = match targets.all().await {
            Ok(all) => all,
            Err(error) => {
                tracing::debug!(%error, "what is to be scraped cannot be read");
                continue;
            }
        };
        let now = Instant::now();
        let mut next = HashMap::with_capacity(all.len());
        for target in all {
            let id = target.origin.instance.clone();
            let at = due.get(&id).copied().unwrap_or(now);
            if at > now {
                next.insert(id, at);
                continue;
            }
            // Of what was missed, nothing is made up for.
            let interval = target.interval.duration();
            let after = at + interval;
            next.insert(id, if after > now { after } else { now + interval });
            let asker = Arc::clone(&asker);
            questions.spawn(async move { asker.scrape(&target).await });
        }
        due = next;
    }
}

impl Asker {
    async fn scrape(&self, target: &Target) {
        let Ok(_turn) = self.turns.acquire().await else { return };
        let (time, began) = (self.clock.now(), Instant::now());
        let answer = self.ask(target).await;
        let took = began.elapsed().as_secs_f64();
        if let Err(reason) = &answer {
            tracing::debug!(app = %target.origin.app, instance = %target.origin.instance, reason, "not scraped");
        }
        let labels = target.origin.labels();
        let own =
            |metric: &str, value| Sample { metric: metric.to_owned(), labels: labels.clone(), time, value };
        let up = if answer.is_ok() { 1.0 } else { 0.0 };
        let exposed = answer.unwrap_or_default();
        let mut samples = vec![own(UP, up), own(SECONDS, took), own(SCRAPED, exposed.len() as f64)];
        samples.extend(exposed.into_iter().map(|Exposed { name, labels: theirs, value }| {
            let theirs = theirs.into_iter().map(|(name, value)| (label_name(&name), value));
            let labels = labels.iter().cloned().chain(theirs.filter(|(_, value)| !value.is_empty()));
            Sample { metric: name, labels: labels.collect(), time, value }
        }));
        if let Err(error) = self.source.write(samples).await {
            tracing::debug!(%error, "what was scraped is not kept");
        }
    }

    async fn ask(&self, target: &Target) -> Result<Vec<Exposed>, String> {
        let accept = ("accept".to_owned(), "text/plain;version=0.0.4;q=0.9,*/*;q=0.1".to_owned());
        let timeout = TIMEOUT.min(target.interval.duration());
        let headers = BTreeMap::from([accept]);
        let answer = self.probe.get(&target.host, target.port, &target.path, &headers, timeout).await;
        let answer = answer.map_err(|error| error.to_string())?;
        if answer.status != 200 {
            return Err(format!("it answered {}", answer.status));
        }
        if answer.body.len() >= BODY_MAX {
            return Err(format!("its answer is larger than {BODY_MAX} bytes"));
        }
        let text = str::from_utf8(&answer.body).map_err(|_| "its answer is no text".to_owned())?;
        read_exposition(text, SAMPLES_MAX).map_err(|error| error.to_string())
    }
}
