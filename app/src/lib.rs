//! The front end. Pages are rendered on the server and are complete without JavaScript; only what must move in the
//! browser is an island. Pages read through [`port`], change through `actions`, and hold no text of their own.

#[cfg(feature = "ssr")]
pub mod actions;
#[cfg(feature = "ssr")]
mod bundle;
#[cfg(feature = "ssr")]
pub mod editor;
#[cfg(feature = "ssr")]
mod frame;
pub mod islands;
pub mod json;
pub mod live;
#[cfg(feature = "ssr")]
pub mod pages;
pub mod paths;
#[cfg(feature = "ssr")]
pub mod port;
#[cfg(feature = "ssr")]
pub mod posted;
pub mod request;
#[cfg(feature = "ssr")]
mod routes;
#[cfg(feature = "ssr")]
mod shell;
pub mod text;
#[cfg(feature = "ssr")]
mod trouble;
pub mod ui;

#[cfg(feature = "ssr")]
pub use self::routes::App;
#[cfg(feature = "ssr")]
pub use self::shell::shell;
#[cfg(feature = "ssr")]
pub use self::trouble::trouble;
