//! The store on both databases.

mod accounts;
mod aggregates;
mod database;
mod history;
mod migrations;
mod sample;
mod transactions;
