//! The router and its layers.

pub mod page_post;
