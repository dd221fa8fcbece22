//! What the console does by itself, where an app says so: taking new versions, and scaling.

use std::time::Duration;

use tokio::task::JoinSet;

use crate::service::scaling::Sweep;
use crate::service::{Core, releases};

/// What waits, such as for a release window, is looked at again after this.
const INTERVAL: Duration = Duration::from_secs(15);
/// Autoscalers decide, and calendars are looked at, so often.
const SCALING_INTERVAL: Duration = Duration::from_secs(5);

/// The running policies; they end when this is dropped.
pub struct Policies {
    _tasks: JoinSet<()>,
}

impl Policies {
    /// Starts looking. Needs a tokio runtime.
    pub fn start(core: Core) -> Self {
        let mut tasks = JoinSet::new();
        tasks.spawn(take_versions(core.clone()));
        tasks.spawn(scale(core));
        Self { _tasks: tasks }
    }
}

async fn take_versions(core: Core) {
    loop {
        if let Err(error) = releases::sweep(&core).await {
            tracing::warn!(%error, "the policies cannot be read; trying again");
        }
        let _ = tokio::time::timeout(INTERVAL, core.released.notified()).await;
    }
}

async fn scale(core: Core) {
    let mut sweep = Sweep::default();
    loop {
        if let Err(error) = sweep.round(&core).await {
            tracing::warn!(%error, "what apps scale by cannot be read; trying again");
        }
        let _ = tokio::time::timeout(SCALING_INTERVAL, core.scaled.notified()).await;
    }
}
