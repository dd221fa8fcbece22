//! The one integration test binary: everything that needs more than one part of the console.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod api;
mod authz;
mod channels;
mod command_line;
mod harness;
mod pages;
mod reconcile;
mod registries;
mod store;
mod version_pages;
