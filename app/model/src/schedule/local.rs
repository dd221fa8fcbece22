//! A reading of clocks: date and time without an offset.

use std::fmt;
use std::str::FromStr;

use chrono::NaiveDateTime;
use serde::{Deserialize, Serialize};

/// `2026-11-27T18:00`, on the clocks of a zone named elsewhere; seconds may follow.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(value_type = String))]
#[serde(try_from = "String", into = "String")]
pub struct LocalTime(pub NaiveDateTime);

const WITH_SECONDS: &str = "%Y-%m-%dT%H:%M:%S";
const WITHOUT_SECONDS: &str = "%Y-%m-%dT%H:%M";

impl FromStr for LocalTime {
    type Err = &'static str;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        [WITHOUT_SECONDS, WITH_SECONDS]
            .iter()
            .find_map(|format| NaiveDateTime::parse_from_str(text.trim(), format).ok())
            // Four digits of a year: what is further away has another meaning in some zones' tables, and none to people.
            .filter(|time| {
                text.trim().as_bytes().get(4) == Some(&b'-') && time.format("%Y").to_string().len() == 4
            })
            .map(Self)
            .ok_or("must be a date and time such as 2026-11-27T18:00")
    }
}

impl fmt::Display for LocalTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        use chrono::Timelike;
        let format = if self.0.second() == 0 { WITHOUT_SECONDS } else { WITH_SECONDS };
        self.0.format(format).fmt(f)
    }
}

impl TryFrom<String> for LocalTime {
    type Error = &'static str;
    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<LocalTime> for String {
    fn from(time: LocalTime) -> Self {
        time.to_string()
    }
}
