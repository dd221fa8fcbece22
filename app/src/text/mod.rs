//! Every text a person reads, as functions of the [`Locale`]. Matches are exhaustive, so that a missing translation does
//! not compile.

use serde::{Deserialize, Serialize};

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
