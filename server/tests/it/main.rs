//! The one integration test binary: everything that needs more than one part of the console.

mod reconcile;
mod store;
