//! Every text a person reads, as functions of the [`Locale`]. Matches are exhaustive, so that a missing translation does
//! not compile.

use serde::{Deserialize, Serialize};

/// Texts without a blank: `name: "English", "中文";` becomes `pub const fn name(locale: Locale) -> &'static str`.
macro_rules! texts {
    ($($name:ident: $en:literal, $zh:literal;)*) => {
        $(pub const fn $name(locale: $crate::text::Locale) -> &'static str {
            match locale {
                $crate::text::Locale::En => $en,
                $crate::text::Locale::Zh => $zh,
            }
        })*
    };
}
#[cfg(feature = "base")]
pub mod account;
#[cfg(feature = "ssr")]
pub mod alert_line;
#[cfg(feature = "ssr")]
pub mod alerts;
pub mod app;
#[cfg(feature = "ssr")]
pub mod approval;
pub mod apps;
#[cfg(feature = "ssr")]
pub mod channels;
pub mod check;
pub mod deployment;
#[cfg(feature = "ssr")]
pub mod editor;
pub mod fault;
#[cfg(feature = "ssr")]
pub mod images;
pub mod insight;
#[cfg(feature = "ssr")]
pub mod kept;
#[cfg(feature = "ssr")]
pub mod metrics;
pub mod nodes;
#[cfg(feature = "ssr")]
pub mod notice;
#[cfg(feature = "palette")]
pub mod palette;
#[cfg(feature = "ssr")]
pub mod plan;
pub mod registries;
#[cfg(feature = "ssr")]
pub mod release;
pub mod rollout;
#[cfg(feature = "ssr")]
pub mod scaling;
pub mod settings;
pub mod shell;
#[cfg(feature = "ssr")]
pub mod template;
pub mod time;
#[cfg(feature = "editor")]
pub mod upload;
#[cfg(feature = "ssr")]
pub mod versions;
pub mod window;
#[cfg(feature = "ssr")]
pub mod workloads;

/// The languages of the interface.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Locale {
    #[default]
    #[serde(rename = "en")]
    En,
    #[serde(rename = "zh-Hans")]
    Zh,
}

impl Locale {
    pub const ALL: [Self; 2] = [Self::En, Self::Zh];

    /// BCP 47 tag, as in `<html lang>` and in the cookie `qd_locale`.
    pub const fn tag(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::Zh => "zh-Hans",
        }
    }
}
