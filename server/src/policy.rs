//! What the console does by itself, where an app says so: at present, taking new versions.

use std::time::Duration;

use tokio::task::JoinHandle;

use crate::service::{Core, releases};

/// What waits, such as for a release window, is looked at again after this.
const INTERVAL: Duration = Duration::from_secs(15);

/// A running policy; ends when dropped.
pub struct Policies(JoinHandle<()>);

impl Policies {
    /// Starts looking. Needs a tokio runtime.
    pub fn start(core: Core) -> Self {
        Self(tokio::spawn(async move {
            loop {
                if let Err(error) = releases::sweep(&core).await {
                    tracing::warn!(%error, "the policies cannot be read; trying again");
                }
                let _ = tokio::time::timeout(INTERVAL, core.released.notified()).await;
            }
        }))
    }
}

impl Drop for Policies {
    fn drop(&mut self) {
        self.0.abort();
    }
}
