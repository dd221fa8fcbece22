//! Taking a workload over: what is asked for, what would happen, and how far it is.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Clash, ForeignWorkload};
use crate::api::Plan;
use crate::id::{AppName, NAME_MAX};
use crate::time::Timestamp;

/// Makes an app of a workload.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Adopt {
    /// Of the app.
    pub name: String,
    /// In place of the definition's.
    #[serde(default)]
    pub project: Option<String>,
    /// In place of the one that was derived from the workload.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<Object>))]
    pub definition: Option<Value>,
    #[serde(default)]
    pub reason: String,
    /// Needs the permission and a reason.
    #[serde(default)]
    pub override_window: bool,
    /// Needs a reason.
    #[serde(default)]
    pub override_release: bool,
}

/// When the old one stops.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Stops {
    /// Before the first instance starts: both need the same. Nothing answers in between.
    First,
    /// Once the instances are healthy.
    After,
}

impl Stops {
    pub const fn of(clashes: &[Clash]) -> Self {
        if clashes.is_empty() { Self::After } else { Self::First }
    }

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::First => "first",
            Self::After => "after",
        }
    }
}

/// How far it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum AdoptionState {
    /// The old one runs on.
    Waiting,
    /// It is being stopped.
    Stopping,
    /// It is stopped, and the app does not run yet.
    Stopped,
    /// The app does not run: the old one is being put back.
    Restoring,
    /// The app runs; the old one is stopped and kept.
    TakenOver,
    /// The app was destroyed before it ran; the old one is as it was.
    Ended,
}

impl AdoptionState {
    pub const ALL: [Self; 6] =
        [Self::Waiting, Self::Stopping, Self::Stopped, Self::Restoring, Self::TakenOver, Self::Ended];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Stopping => "stopping",
            Self::Stopped => "stopped",
            Self::Restoring => "restoring",
            Self::TakenOver => "taken_over",
            Self::Ended => "ended",
        }
    }

    /// There is still something to be done.
    pub const fn is_open(self) -> bool {
        !matches!(self, Self::TakenOver | Self::Ended)
    }
}

/// An app that takes a workload's place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Adoption {
    pub app: AppName,
    /// The engine's own.
    pub workload_id: String,
    pub workload: String,
    pub stops: Stops,
    pub state: AdoptionState,
    /// The engine's words to the last try; it is tried again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trouble: Option<String>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

/// What adopting would do.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AdoptionPlan {
    /// As it is now, with what its definition cannot say.
    pub workload: ForeignWorkload,
    pub stops: Stops,
    /// What both need, so that the old one stops first.
    pub clashes: Vec<Clash>,
    /// Of the deployment that creates the app.
    pub plan: Plan,
}

/// How a workload is kept running, to put it back as it was.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Upkeep {
    /// `restart` is the name of the daemon's restart policy.
    Container {
        running: bool,
        restart: String,
        retries: Option<i64>,
    },
    Service {
        replicas: i64,
    },
}

/// A name for the app: the workload's as a DNS label.
pub fn app_name(workload: &str) -> String {
    let mut name = String::with_capacity(workload.len());
    for character in workload.chars() {
        if character.is_ascii_alphanumeric() {
            name.push(character.to_ascii_lowercase());
        } else if !name.is_empty() && !name.ends_with('-') {
            name.push('-');
        }
    }
    name.truncate(NAME_MAX);
    let name = name.trim_matches('-');
    if name.parse::<AppName>().is_ok() { name.to_owned() } else { "app".to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_workload_has_a_name_for_an_app() {
        let long = "a".repeat(NAME_MAX + 9);
        for (workload, name) in [
            ("web-1", "web-1"),
            ("Shop_web.1", "shop-web-1"),
            ("--x__y--", "x-y"),
            ("面包店", "app"),
            ("", "app"),
            (long.as_str(), &long[..NAME_MAX]),
        ] {
            assert_eq!(app_name(workload), name, "{workload}");
            assert!(app_name(workload).parse::<AppName>().is_ok(), "{workload}");
        }
    }

    #[test]
    fn names_are_those_of_the_contract() {
        for state in AdoptionState::ALL {
            assert_eq!(serde_json::to_value(state).unwrap(), state.as_str());
        }
        for stops in [Stops::First, Stops::After] {
            assert_eq!(serde_json::to_value(stops).unwrap(), stops.as_str());
        }
    }
}
