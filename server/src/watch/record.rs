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
/// Tries before an answer is given up: its check will be asked again.
const TRIES: u32 = 3;

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
            // One that cannot be written must not take the others with it.
            if !self.keep(&batch, 1).await {
                for answer in &batch {
                    if !self.keep(std::slice::from_ref(answer), TRIES).await {
                        let deployment = answer.deployment;
                        tracing::error!(%deployment, check = answer.measurement.check, "a measurement was given up");
                    }
                }
            }
            batch.clear();
        }
    }

    /// Whether it could be written.
    async fn keep(&self, batch: &[Answer], tries: u32) -> bool {
        for attempt in 1..=tries {
            match self.write(batch).await {
                Ok(written) => {
                    self.tell(batch, written);
                    return true;
                }
                Err(error) => tracing::warn!(%error, "measurements cannot be written; trying again"),
            }
            if attempt < tries {
                tokio::time::sleep(RETRY).await;
            }
        }
        false
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
