//! StatsD by UDP: what instances send is told apart by who sent it, and becomes series every ten seconds.

mod directory;
mod listener;
mod senders;
mod setting;

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use adapters::metrics::statsd::{Aggregator, Bounds, Refusal, Standing, sender};
use adapters::metrics::{Origin, SharedStore};
use model::id::AppKey;
use tokio::task::JoinHandle;

use self::directory::Directory;
use self::senders::Senders;
pub use self::setting::{Addresses, Listen, ListenError, StatsdSetting, listen};
use super::own;
use crate::clock::SharedClock;
use crate::live::Sights;

/// What the threads of the listener share.
struct Shared {
    port: u16,
    aggregator: Mutex<Aggregator>,
    senders: Mutex<Senders>,
    directory: Directory,
    ending: AtomicBool,
}

impl Shared {
    fn aggregator(&self) -> MutexGuard<'_, Aggregator> {
        self.aggregator.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn senders(&self) -> MutexGuard<'_, Senders> {
        self.senders.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The listener. It receives until [`Statsd::shutdown`].
pub struct Statsd {
    shared: Arc<Shared>,
    source: SharedStore,
    clock: SharedClock,
    flushing: JoinHandle<()>,
}

/// How apps stand to their bounds; cheap to clone.
#[derive(Clone)]
pub struct Standings(Option<Arc<Shared>>);

impl Standings {
    /// Where nothing listens.
    pub const fn none() -> Self {
        Self(None)
    }

    /// `None` where nothing listens.
    pub fn of(&self, app: &AppKey) -> Option<Standing> {
        self.0.as_ref().map(|shared| shared.aggregator().standing(Some(app)))
    }
}

impl Statsd {
    /// Begins to receive on the bound sockets. Needs a tokio runtime.
    pub fn start(
        listen: Listen,
        sights: Sights,
        source: SharedStore,
        clock: SharedClock,
    ) -> std::io::Result<Self> {
        let bounds = Bounds::default();
        let shared = Arc::new(Shared {
            port: listen.addresses.near.port(),
            aggregator: Mutex::new(Aggregator::new(bounds)),
            senders: Mutex::new(Senders::default()),
            directory: Directory::new(sights),
            ending: AtomicBool::new(false),
        });
        listener::start(&shared, listen.sockets)?;
        let flushing = tokio::spawn({
            let (shared, source, clock) = (Arc::clone(&shared), Arc::clone(&source), Arc::clone(&clock));
            async move {
                let mut ticker = tokio::time::interval(bounds.interval);
                ticker.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
                ticker.tick().await;
                loop {
                    ticker.tick().await;
                    flush(&shared, &source, &clock).await;
                }
            }
        });
        Ok(Self { shared, source, clock, flushing })
    }

    pub fn standings(&self) -> Standings {
        Standings(Some(Arc::clone(&self.shared)))
    }

    /// Receives no more and writes what came since the last flush.
    pub async fn shutdown(self) {
        self.shared.ending.store(true, Ordering::Relaxed);
        self.flushing.abort();
        flush(&self.shared, &self.source, &self.clock).await;
    }
}

async fn flush(shared: &Arc<Shared>, source: &SharedStore, clock: &SharedClock) {
    let (shared, time) = (Arc::clone(shared), clock.now());
    let gathered = tokio::task::spawn_blocking(move || {
        let sockets = sender::sockets();
        own::statsd_lost(sender::lost(shared.port));
        let index = shared.directory.fresh();
        let lives = |origin: &Origin| index.contains_key(&origin.instance.0);
        shared.senders().refresh(&sockets);
        shared.aggregator().flush(time, lives)
    });
    let Ok(samples) = gathered.await else { return };
    if !samples.is_empty()
        && let Err(error) = source.write(samples).await
    {
        tracing::warn!(%error, "what apps sent by StatsD is not kept");
    }
}

impl Shared {
    /// Takes a packet whose sender is decided.
    fn take(&self, packet: &[u8], sender: Option<&Origin>) {
        self.aggregator().packet(packet, sender, |id| self.directory.find(id));
    }

    fn lose(&self) {
        self.aggregator().lose(Refusal::Waiting);
    }
}
