//! The console: what can be done (`service`), what is kept (`store`), what makes it so (`reconcile`), and how people and
//! programs reach it (`http`, `cli`). Only `boot` names concrete types.

pub mod adoption;
pub mod alerts;
pub mod auth;
pub mod boot;
pub mod cli;
pub mod clock;
pub mod config;
pub mod demo;
pub mod http;
pub mod live;
pub mod logs;
pub mod metrics;
pub mod notify;
pub mod policy;
pub mod reconcile;
pub mod registry;
pub mod service;
pub mod site;
pub mod store;
pub mod telemetry;
pub mod watch;
