//! Writes measurements down, many in one transaction, and tells those who wait for them.

use std::collections::HashSet;
use std::time::Duration;

use model::check::{CheckRun, Measurement};
use model::id::{AppKey, DeploymentId};
use model::live::Change;
use tokio::sync::mpsc;

use super::ask::Subject;
use crate::service::Core;
use crate::store::{StoreError, verification};

/// Answers that may wait for the database; who asks more waits.
const WAITING: usize = 1_024;
const BATCH: usize = 256;
const RETRY: Duration = Duration::from_secs(1);
/// Tries before a batch is given up: its checks will be asked again.
const TRIES: u32 = 10;

struct Answer {
    app: AppKey,
    deployment: DeploymentId,
    measurement: Measurement,
}

/// The way to the [`Recorder`].
#[derive(Clone)]
pub struct Record(mpsc::Sender<Answer>);

impl Record {
    pub async fn send(&self, subject: &Subject, measurement: Measurement) {
        let answer = Answer { app: subject.app.clone(), deployment: subject.deployment, measurement };
        // The recorder ends with the console only.
        let _ = self.0.send(answer).await;
    }
}

pub struct Recorder {
    core: Core,
    answers: mpsc::Receiver<Answer>,
}

impl Recorder {
    pub fn new(core: Core) -> (Record, Self) {
        let (sender, answers) = mpsc::channel(WAITING);
        (Record(sender), Self { core, answers })
    }

    pub async fn run(mut self) {
        let mut batch = Vec::with_capacity(BATCH);
        while self.answers.recv_many(&mut batch, BATCH).await > 0 {
            self.keep(&batch).await;
            batch.clear();
        }
    }

    async fn keep(&self, batch: &[Answer]) {
        for _ in 0..TRIES {
            match self.write(batch).await {
                Ok(written) => {
                    self.tell(batch, written);
                    return;
                }
                Err(error) => {
                    tracing::warn!(%error, "measurements cannot be written; trying again");
                    tokio::time::sleep(RETRY).await;
                }
            }
        }
        tracing::error!(measurements = batch.len(), "measurements were given up");
    }

    async fn write(&self, batch: &[Answer]) -> Result<Vec<(Measurement, CheckRun)>, StoreError> {
        let mut tx = self.core.store.begin().await?;
        let mut written = Vec::with_capacity(batch.len());
        for answer in batch {
            let measurement = answer.measurement.clone();
            written.push(verification::measured(&mut tx, answer.deployment, measurement).await?);
        }
        tx.commit().await?;
        Ok(written)
    }

    fn tell(&self, batch: &[Answer], written: Vec<(Measurement, CheckRun)>) {
        let told = batch.iter().zip(written).map(|(answer, (measurement, run))| Change::Measured {
            deployment: answer.deployment,
            measurement: Box::new(measurement),
            tally: run.tally,
        });
        self.core.bus.publish(told);
        let apps: HashSet<&AppKey> = batch.iter().map(|answer| &answer.app).collect();
        for app in apps {
            self.core.supervisor.wake(app);
        }
    }
}
