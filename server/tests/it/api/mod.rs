//! The way in, over a real connection.

mod accounts;
mod approval_links;
mod apps;
mod artifacts;
mod boot;
mod events;
mod idempotency;
mod insight;
mod kept_logs;
mod problems;
mod releases;
mod scaling;
mod security;
mod sign_in;
mod trouble;
mod windows;
mod workloads;
