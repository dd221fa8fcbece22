//! The engine contract on every engine, and the embedded engine's days, good and bad, with real processes.

mod artifacts;
mod bad_days;
mod bench;
mod console;
mod contract;
mod docker;
mod limits;
mod logs;
