//! Services and reconciler together, on a real store and the fake engine.

mod adoption;
mod changes;
mod clock;
mod commands;
mod console;
mod crash;
mod engine_away;
mod environments;
mod idempotency;
mod lists;
mod staged;
