//! The words of Quarterdeck as types, and the decisions made with them.
//!
//! Pure: no I/O, no async, no clock, no randomness. Builds for the browser and for the server, so that a form and the
//! API refuse the same input with the same words. "Now" is a parameter wherever it matters.

pub mod alert;
pub mod api;
pub mod app;
pub mod auto_deploy;
pub mod autoscale;
pub mod can;
pub mod channel;
pub mod check;
pub mod definition;
pub mod deployment;
pub mod diff;
pub mod dora;
pub mod duration;
pub mod environment;
pub mod id;
pub mod image;
mod input;
pub mod instance;
pub mod live;
pub mod log;
pub mod metric;
pub mod newer;
#[cfg(feature = "openapi")]
mod openapi;
pub mod permission;
pub mod problem;
pub mod registry;
pub mod release;
pub mod revision;
pub mod rollout;
pub mod scaling;
pub mod schedule;
pub mod template;
pub mod time;
pub mod verdict;
pub mod window;
pub mod workload;
