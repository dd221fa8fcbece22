//! The way in, over a real connection.

mod accounts;
mod alerts;
mod approval_links;
mod apps;
mod artifacts;
mod boot;
mod events;
mod idempotency;
mod insight;
mod kept_logs;
mod panels;
mod problems;
mod releases;
mod scaling;
mod security;
mod sign_in;
mod trouble;
mod windows;
mod workloads;
