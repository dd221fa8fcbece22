//! The store on both databases.

mod database;
mod migrations;
