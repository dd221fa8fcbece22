//! What an open page hears, and what the console sees of its engines right now.
//!
//! [`Bus`] numbers every committed change and observation; [`Sights`] holds the last observation of each environment, so
//! that pages never wait for an engine; [`summary`] joins what is stored with what is seen.

mod bus;
mod sight;
mod summary;

pub use self::bus::{Bus, Delivery, EventId, Numbered};
pub use self::sight::{SeenWorkloads, Sight, Sights};
pub use self::summary::{environment, instances, status, summary};
