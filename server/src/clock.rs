//! The one place that asks what time it is and makes identifiers; tests hand in a fixed one.

use std::sync::Arc;

use model::time::Timestamp;
use uuid::Uuid;

/// Time and identifiers as a parameter.
pub trait Clock: Send + Sync {
    fn now(&self) -> Timestamp;
    /// A UUIDv7 of this moment.
    fn new_id(&self) -> Uuid;
}

/// The host's clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is the clock")]
    fn now(&self) -> Timestamp {
        chrono::Utc::now().into()
    }

    #[expect(clippy::disallowed_methods, reason = "this is the source of identifiers")]
    fn new_id(&self) -> Uuid {
        Uuid::now_v7()
    }
}

pub type SharedClock = Arc<dyn Clock>;
