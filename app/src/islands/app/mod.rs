//! What moves on an app's page.

pub mod charts;
pub mod header;
pub mod instances;
mod log_buffer;
mod log_stream;
pub mod logs;
pub mod now;
pub mod scale;
#[cfg(all(test, feature = "ssr"))]
mod tests;
