//! Everything that speaks to the outside. Each port is a trait with a contract suite that every implementation passes.

pub mod artifact;
pub mod engine;
pub mod http_probe;
pub mod lock;
pub mod log;
pub mod metrics;
pub mod notify;
pub mod registry;
pub mod tls;
