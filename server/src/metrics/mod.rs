//! Measurements: what instances use goes from the engines into the console's store and to the open pages; PromQL questions
//! come back; and the console's own figures.

pub mod own;
mod query;
mod sampler;
pub mod scrape;
mod sources;
mod standing;
pub mod statsd;
pub mod targets;

pub use self::query::MetricService;
pub use self::sampler::{Sampler, UsageSender};
pub use self::sources::{Sources, certificates};
pub use self::standing::Standing;
