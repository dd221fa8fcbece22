//! The embedded engine: commands and uploaded artifacts as supervised processes on the console's own host.

mod config;
pub mod shim;

use std::path::Path;
use std::sync::Arc;

pub use self::config::{LocalConfig, LogLimits, ShimCommand};
use super::{Engine, EngineError};

/// Opens the engine: adopts what runs and begins to watch it. Needs a tokio runtime. Take the
/// [`crate::lock::DataLock`] first: two engines on one folder would fight.
pub async fn open(config: LocalConfig) -> Result<Arc<dyn Engine>, EngineError> {
    Err(EngineError::Refused(format!("the engine of {} cannot be opened yet", config.environment)))
}

/// Ends every instance below `data_dir`, of all environments, and returns how many there were. Blocks until they are
/// gone; each gets its own signal and grace. Fails while a console runs, which would start them again.
pub fn stop_all(data_dir: &Path) -> Result<usize, StopAllError> {
    let _lock = crate::lock::DataLock::acquire(data_dir)?;
    Ok(0)
}

#[derive(Debug, thiserror::Error)]
pub enum StopAllError {
    #[error(transparent)]
    Lock(#[from] crate::lock::LockError),
    #[error("{doing}: {source}")]
    Io { doing: String, source: std::io::Error },
}
