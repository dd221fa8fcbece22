//! How a new revision takes the old one's place.

use serde::{Deserialize, Serialize};

use crate::duration::Span;
use crate::permission::Role;

/// How a new revision takes the old one's place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Strategy {
    #[serde(flatten)]
    pub kind: StrategyKind,
    /// A rollout without progress for this long has failed.
    #[serde(default = "default_deadline")]
    pub progress_deadline: Span,
    #[serde(default)]
    pub on_failure: OnFailure,
}

impl Default for Strategy {
    fn default() -> Self {
        Self {
            kind: StrategyKind::default(),
            progress_deadline: default_deadline(),
            on_failure: OnFailure::default(),
        }
    }
}

pub(super) const fn default_deadline() -> Span {
    Span::from_secs(600)
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum StrategyKind {
    /// A few at a time; at most `max_surge` above and `max_unavailable` below the wanted count.
    Rolling {
        #[serde(default = "default_surge")]
        max_surge: Amount,
        #[serde(default = "default_unavailable")]
        max_unavailable: Amount,
    },
    /// Step by step: some new instances, time and checks and people between, then more.
    Staged {
        steps: Vec<StrategyStep>,
        #[serde(default = "default_surge")]
        max_surge: Amount,
        #[serde(default = "default_unavailable")]
        max_unavailable: Amount,
    },
    /// All new beside all old, then a look, then the switch; the old ones stay for a while.
    BlueGreen {
        /// How long the new ones are watched before the switch.
        #[serde(default = "default_verify")]
        verify: Span,
        /// Who must agree to the switch; nobody without it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        approve: Option<Gate>,
        /// How long the old ones run on after it.
        #[serde(default = "default_keep_old")]
        keep_old: Span,
    },
    /// Stop all, then start all: for what cannot run twice.
    Recreate,
}

/// One step of a staged release.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum StrategyStep {
    /// This many new instances, of the wanted count; goes on when they are healthy.
    Set(Amount),
    /// Asks the checks for this long.
    Verify(Span),
    /// Waits for people.
    Approve(Gate),
    /// Waits for time.
    Wait(Span),
}

/// Who must agree before a release goes on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Gate {
    /// How many different people.
    #[serde(default = "default_approvers")]
    pub approvers: u32,
    /// The least role that counts.
    #[serde(default = "default_role")]
    pub role: Role,
    #[serde(default = "default_gate_timeout")]
    pub timeout: Span,
    #[serde(default)]
    pub on_timeout: OnTimeout,
}

impl Default for Gate {
    fn default() -> Self {
        Self {
            approvers: default_approvers(),
            role: default_role(),
            timeout: default_gate_timeout(),
            on_timeout: OnTimeout::default(),
        }
    }
}

/// What nobody's answer means.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum OnTimeout {
    /// No: as if a check had failed.
    #[default]
    Reject,
    /// Yes.
    Approve,
}

const fn default_approvers() -> u32 {
    1
}

const fn default_role() -> Role {
    Role::Operator
}

const fn default_gate_timeout() -> Span {
    Span::from_secs(86_400)
}

pub(super) const fn default_verify() -> Span {
    Span::from_secs(60)
}

pub(super) const fn default_keep_old() -> Span {
    Span::from_secs(600)
}

impl Default for StrategyKind {
    fn default() -> Self {
        Self::Rolling { max_surge: default_surge(), max_unavailable: default_unavailable() }
    }
}

pub(super) const fn default_surge() -> Amount {
    Amount::Count(1)
}

pub(super) const fn default_unavailable() -> Amount {
    Amount::Count(0)
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum OnFailure {
    /// Goes back to the previous revision and ends `rolled_back`.
    #[default]
    Rollback,
    /// Stays as it is and asks a person.
    Pause,
    /// Goes back as well, so that one revision is left and not two, but ends `failed`.
    Fail,
}

/// A number, or a percentage of the wanted count: `2` or `"25%"`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(untagged)]
pub enum Amount {
    Count(u32),
    Percent(Percent),
}

impl Amount {
    pub const fn is_zero(self) -> bool {
        matches!(self, Self::Count(0) | Self::Percent(Percent(0)))
    }

    /// Rounded up: for surge, and for canaries, where 1 % of 6 is 1.
    pub fn of_rounded_up(self, wanted: u32) -> u32 {
        match self {
            Self::Count(count) => count,
            Self::Percent(Percent(percent)) => (wanted * u32::from(percent)).div_ceil(100),
        }
    }

    /// Rounded down: for what may be missing.
    pub fn of_rounded_down(self, wanted: u32) -> u32 {
        match self {
            Self::Count(count) => count,
            Self::Percent(Percent(percent)) => wanted * u32::from(percent) / 100,
        }
    }
}

/// 0 to 100, written `"25%"`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(value_type = String))]
#[serde(try_from = "String", into = "String")]
pub struct Percent(pub u8);

impl TryFrom<String> for Percent {
    type Error = &'static str;
    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.strip_suffix('%')
            .and_then(|number| number.trim().parse::<u8>().ok())
            .filter(|percent| *percent <= 100)
            .map(Self)
            .ok_or("must be a number or a percentage such as \"25%\"")
    }
}

impl From<Percent> for String {
    fn from(percent: Percent) -> Self {
        format!("{}%", percent.0)
    }
}
