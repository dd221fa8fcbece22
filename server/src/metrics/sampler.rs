//! Takes fresh usage figures from the reconciler and writes them into the metric source, off everybody's way.

use std::time::Instant;

use adapters::engine::UsageSample;
use adapters::metrics::{Sample, SharedStore};
use model::id::EnvironmentName;
use model::metric::{
    CPU, FILE_DESCRIPTORS, HEALTH_CHECK, MEMORY, NETWORK_RECEIVED, NETWORK_SENT, RESTARTS, THREADS,
};
use tokio::sync::mpsc;

/// Rounds that may wait for a slow disk; more are dropped, as charts can miss points and memory cannot.
const WAITING: usize = 32;

/// Writes what it is handed until all senders are gone.
pub struct Sampler {
    source: SharedStore,
    rounds: mpsc::Receiver<Vec<Sample>>,
}

/// Hands figures to the [`Sampler`]; never blocks.
#[derive(Debug, Clone)]
pub struct UsageSender(mpsc::Sender<Vec<Sample>>);

impl UsageSender {
    /// Figures of one environment.
    pub fn send(&self, _environment: &EnvironmentName, usage: &[UsageSample]) {
        let samples: Vec<Sample> = usage.iter().flat_map(samples).collect();
        if self.0.try_send(samples).is_err() {
            super::own::dropped();
        }
    }
}

impl Sampler {
    pub fn new(source: SharedStore) -> (UsageSender, Self) {
        let (sender, rounds) = mpsc::channel(WAITING);
        (UsageSender(sender), Self { source, rounds })
    }

    pub async fn run(mut self) {
        let mut complained = false;
        while let Some(samples) = self.rounds.recv().await {
            let (began, count) = (Instant::now(), samples.len());
            let result = self.source.write(samples).await;
            if let Err(error) = &result
                && !complained
            {
                tracing::warn!(%error, "measurements are not kept; instances are not affected");
            }
            complained = result.is_err();
            super::own::sampled(count, result.is_err(), began.elapsed());
        }
    }
}

/// The series of one instance.
fn samples(sample: &UsageSample) -> impl Iterator<Item = Sample> + use<> {
    let UsageSample { set, instance, time, usage, restarts } = sample;
    let time = *time;
    let labels = vec![
        ("environment".to_owned(), set.environment.to_string()),
        ("app".to_owned(), set.app.to_string()),
        ("revision".to_owned(), set.revision.to_string()),
        ("instance".to_owned(), instance.to_string()),
    ];
    let network = usage.network.map(|network| {
        [(NETWORK_RECEIVED, network.received_bytes as f64), (NETWORK_SENT, network.sent_bytes as f64)]
    });
    let values = [
        (CPU, usage.cpu_cores),
        (MEMORY, usage.memory_bytes as f64),
        (THREADS, f64::from(usage.threads)),
        (FILE_DESCRIPTORS, f64::from(usage.file_descriptors)),
        (RESTARTS, f64::from(*restarts)),
    ];
    let checked = usage.health_check_seconds.map(|seconds| (HEALTH_CHECK, seconds));
    values
        .into_iter()
        .chain(network.into_iter().flatten())
        .chain(checked)
        .map(move |(metric, value)| Sample { metric: metric.to_owned(), labels: labels.clone(), time, value })
}

#[cfg(test)]
mod tests {
    use model::id::{InstanceId, ReplicaSetId};
    use model::instance::{Network, Usage};
    use model::time::Timestamp;

    use super::*;

    #[test]
    fn an_instance_has_a_series_for_each_figure_that_is_known() {
        let set = ReplicaSetId {
            environment: "local".parse().expect("a name"),
            app: "shop".parse().expect("a name"),
            revision: 3,
            generation: 1,
        };
        let usage = Usage {
            cpu_cores: 0.5,
            memory_bytes: 1_024,
            threads: 2,
            file_descriptors: 7,
            ..Usage::default()
        };
        let instance = InstanceId("a".to_owned());
        let mut sample =
            UsageSample { set, instance, time: Timestamp::from_millis(1_000), usage, restarts: 1 };
        let series: Vec<Sample> = samples(&sample).collect();
        assert_eq!(series.len(), 5);
        assert_eq!((series[0].metric.as_str(), series[0].value), (CPU, 0.5));
        assert!(series.iter().all(|s| s.labels[2] == ("revision".to_owned(), "3".to_owned())));
        sample.usage.network = Some(Network { received_bytes: 3, sent_bytes: 4 });
        sample.usage.health_check_seconds = Some(0.25);
        let further: Vec<_> = samples(&sample).skip(5).map(|sample| (sample.metric, sample.value)).collect();
        let known = [(NETWORK_RECEIVED, 3.0), (NETWORK_SENT, 4.0), (HEALTH_CHECK, 0.25)];
        assert_eq!(further, known.map(|(metric, value)| (metric.to_owned(), value)));
    }
}
