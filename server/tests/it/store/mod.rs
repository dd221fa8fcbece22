//! The store on both databases.

mod accounts;
mod adoptions;
mod aggregates;
mod alerts;
mod channels;
pub mod database;
mod history;
mod insight;
mod migrations;
mod registries;
mod releases;
mod sample;
mod transactions;
mod verification;
