//! StatsD: what programs send by UDP becomes series.
//!
//! [`parse`] reads packets, [`Aggregator`] gathers them by app and turns them into samples, and [`sender`] finds out whose
//! socket a packet came from. None of them receives anything: the listener is the console's.

mod aggregate;
mod book;
mod measure;
pub mod parse;
pub mod sender;

pub use self::aggregate::{Aggregator, Lost, Standing, TAG_INSTANCE, instance_of};
pub use self::book::{Bounds, Refusal};
