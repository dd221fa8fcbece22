//! A whole project at a multiple of its counts for a time: an entry in the calendar of each of its apps.

use serde::{Deserialize, Serialize};

use crate::api::Capacity;
use crate::definition::INSTANCES_MAX;
use crate::duration::Span;
use crate::id::AppName;
use crate::problem::{Fault, FieldError};
use crate::schedule::Effect;
use crate::time::Timestamp;

/// What the names of its entries begin with.
pub const PREFIX: &str = "surge-";

const FACTOR_MIN: f64 = 0.1;
const FACTOR_MAX: f64 = 100.0;
const LENGTH_MIN: Span = Span::from_secs(60);
const LENGTH_MAX: Span = Span::from_secs(31 * 86_400);

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Surge {
    /// DNS label, unique among those of the project; its entries are named `surge-` and this.
    pub name: String,
    /// 2 doubles every count, 0.5 halves it.
    pub factor: f64,
    /// How long it lasts.
    #[serde(rename = "for")]
    pub length: Span,
}

impl Surge {
    pub fn entry_name(&self) -> String {
        format!("{PREFIX}{}", self.name)
    }

    /// What is wrong with the numbers; the name is looked at with the entry it becomes.
    pub fn mistakes(&self) -> Vec<FieldError> {
        let mut errors = Vec::new();
        if !(FACTOR_MIN..=FACTOR_MAX).contains(&self.factor) {
            errors.push(FieldError::new("/factor", Fault::OutOfRange { min: FACTOR_MIN, max: FACTOR_MAX }));
        }
        if self.length < LENGTH_MIN || self.length > LENGTH_MAX {
            let fault =
                Fault::DurationOutOfRange { min: LENGTH_MIN.to_string(), max: LENGTH_MAX.to_string() };
            errors.push(FieldError::new("/for", fault));
        }
        errors
    }

    /// The count of an app that has `now`, rounded up. An app never goes to none.
    pub fn count(&self, now: u32) -> u32 {
        let count = (f64::from(now) * self.factor).ceil().clamp(1.0, f64::from(INSTANCES_MAX));
        count as u32
    }

    /// More is a least count, which an autoscaler may go above; fewer is exact.
    pub fn effect(&self, now: u32) -> Effect {
        if self.factor >= 1.0 { Effect::Floor(self.count(now)) } else { Effect::Instances(self.count(now)) }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SurgedApp {
    pub app: AppName,
    pub now: u32,
    pub then: u32,
}

/// What one would do, or did. Suspended apps are left as they are.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SurgePlan {
    pub apps: Vec<SurgedApp>,
    pub until: Timestamp,
    /// Of all new instances together, by what the nodes have free now.
    pub capacity: Capacity,
}

/// One that is not over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RunningSurge {
    pub name: String,
    pub until: Timestamp,
    /// How many apps have its entry.
    pub apps: u32,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn surge(factor: f64) -> Surge {
        Surge { name: "sale".to_owned(), factor, length: Span::from_secs(3_600) }
    }

    #[test]
    fn counts_are_rounded_up_and_never_none() {
        let counts = |factor: f64| [1, 2, 3, 7].map(|now| surge(factor).count(now));
        assert_eq!(counts(2.0), [2, 4, 6, 14]);
        assert_eq!(counts(1.5), [2, 3, 5, 11]);
        assert_eq!(counts(0.5), [1, 1, 2, 4]);
        assert_eq!(surge(100.0).count(9_999), INSTANCES_MAX);
        assert_eq!(surge(2.0).effect(3), Effect::Floor(6));
        assert_eq!(surge(0.5).effect(3), Effect::Instances(2));
    }

    #[test]
    fn what_is_too_much_or_too_long_is_named() {
        assert_eq!(surge(2.0).mistakes(), Vec::new());
        let wrong = Surge { length: Span::from_secs(1), ..surge(f64::NAN) };
        let paths: Vec<String> = wrong.mistakes().into_iter().map(|error| error.path).collect();
        assert_eq!(paths, ["/factor", "/for"]);
    }
}
