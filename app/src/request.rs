//! What the server knows of a request, put into the Leptos context of every page and server function.

use model::permission::Caller;
use serde::{Deserialize, Serialize};

use crate::text::Locale;

/// Name of the session cookie.
pub const SESSION_COOKIE: &str = "qd_session";
/// Name of the cookie that holds [`Locale::tag`].
pub const LOCALE_COOKIE: &str = "qd_locale";
/// Name of the cookie that holds [`Theme::as_str`].
pub const THEME_COOKIE: &str = "qd_theme";
/// Name of the cookie that holds the environment chosen at the top; empty or absent for all.
pub const ENVIRONMENT_COOKIE: &str = "qd_environment";

/// Header of [`Request::regions`].
pub const REGIONS_HEADER: &str = "x-regions";

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Theme {
    #[default]
    System,
    Light,
    Dark,
}

impl Theme {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }
}

/// Made by the server for every request; authoritative, unlike anything in the request's body.
#[derive(Debug, Clone, PartialEq)]
pub struct Request {
    pub caller: Option<Caller>,
    /// Secret of the session cookie, for signing out.
    pub session: Option<String>,
    /// Peer address, for rate limits.
    pub address: String,
    /// Reached over TLS, so that cookies get `Secure`.
    pub secure: bool,
    pub locale: Locale,
    pub theme: Theme,
    /// Environment chosen at the top, from the cookie; not checked for existence.
    pub environment: Option<String>,
    /// Path and query as asked for.
    pub path: String,
    /// The parts of the page that are asked for, as `app/src/live/region.js` names them; all of it when empty.
    pub regions: Vec<String>,
}

/// Names of the built files, which change with their content; the server reads them from the built site.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Assets {
    /// File name of the style sheet under `/pkg/`: `style.<hash>.css`.
    pub css: String,
    /// Of the scripts and modules in each bundle's folder: `/pkg/<bundle>/<this>.js`.
    pub output_name: String,
}
