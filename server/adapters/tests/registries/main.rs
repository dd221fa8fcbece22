//! The registry contract on real registries, and their bad days.

mod bad_days;
mod certificates;
mod contract;
mod harbor;
mod token;
