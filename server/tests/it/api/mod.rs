//! The way in, over a real connection.

mod accounts;
mod apps;
mod artifacts;
mod boot;
mod events;
mod idempotency;
mod insight;
mod problems;
mod security;
mod sign_in;
mod trouble;
mod windows;
