//! The design system: small views over native elements. It knows no pages and asks for nothing.

pub mod badge;
pub mod bar;
pub mod chart;
pub mod closed;
pub mod empty;
#[cfg(feature = "ssr")]
pub mod field;
pub mod icon;
pub mod length;
pub mod newer;
pub mod plot;
pub mod stepper;
pub mod time;
pub mod version;
