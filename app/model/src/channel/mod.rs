//! Channels: where people are told of alerts, of how deployments ended and of gates that wait, and how each is reached.

mod delivery;
mod input;
mod notice;
#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};

pub use self::delivery::{
    Answered, ChannelTest, ChannelTrouble, Delivery, DeliveryState, KEPT_FOR, Next, Queued, TroubleCode, Try,
    WAITING_MAX, next,
};
pub use self::input::{ChannelInput, Mail, MailSecurity, Settings};
pub use self::notice::{AlertNotice, FiringAlert, Letter, Link, Notice, Tone, of_deployment};
use crate::alert::Severity;
use crate::id::{ChannelId, EnvironmentName};
use crate::time::Timestamp;

/// Who is spoken to, and so in which form.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum ChannelKind {
    /// Whoever takes a signed POST.
    #[default]
    Webhook,
    Slack,
    DingTalk,
    Feishu,
    WeCom,
    Email,
    /// Takes alerts alone.
    Alertmanager,
}

impl ChannelKind {
    pub const ALL: [Self; 7] = [
        Self::Webhook,
        Self::Slack,
        Self::DingTalk,
        Self::Feishu,
        Self::WeCom,
        Self::Email,
        Self::Alertmanager,
    ];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Webhook => "webhook",
            Self::Slack => "slack",
            Self::DingTalk => "ding_talk",
            Self::Feishu => "feishu",
            Self::WeCom => "we_com",
            Self::Email => "email",
            Self::Alertmanager => "alertmanager",
        }
    }

    /// Whether messages can be signed with a secret that both sides know.
    pub const fn signs(self) -> bool {
        matches!(self, Self::Webhook | Self::DingTalk | Self::Feishu)
    }

    /// Whether it is told of alerts alone.
    pub const fn alerts_only(self) -> bool {
        matches!(self, Self::Alertmanager)
    }
}

/// The language of a channel's messages.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum Language {
    #[default]
    #[serde(rename = "en")]
    English,
    #[serde(rename = "zh-Hans")]
    Chinese,
}

impl Language {
    pub const ALL: [Self; 2] = [Self::English, Self::Chinese];

    /// BCP 47 tag.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::Chinese => "zh-Hans",
        }
    }
}

/// Which results of deployments are told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = ChannelResults))]
#[serde(rename_all = "snake_case")]
pub enum Results {
    All,
    /// Those that failed or went back.
    Failed,
}

impl Results {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Failed => "failed",
        }
    }
}

/// What a channel is told of.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = ChannelWants))]
#[serde(deny_unknown_fields)]
pub struct Wants {
    /// Alerts of this severity and above; none when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alerts: Option<Severity>,
    /// How deployments ended; nothing when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deployments: Option<Results>,
    /// Gates that wait for a person.
    #[serde(default)]
    pub approvals: bool,
}

/// What is sealed as one, since the address of a chat's hook lets anybody in who knows it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Access {
    /// A web address, and what messages to it are signed with.
    Hook {
        url: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        secret: Option<String>,
    },
    /// The password of the mail server's user.
    Mail {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        password: Option<String>,
    },
}

impl std::fmt::Debug for Access {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Access { .. }")
    }
}

/// A channel as the API shows it: never its web address, its secret or its password.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Channel {
    pub id: ChannelId,
    #[serde(flatten)]
    pub settings: Settings,
    /// What was last tried, of whatever message.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last: Option<Try>,
    /// Messages that wait to be sent.
    pub waiting: u32,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

impl Settings {
    /// Whether a channel is to be told.
    pub fn wants(&self, notice: &Notice) -> bool {
        let here = |environment: &EnvironmentName| {
            self.environments.is_empty() || self.environments.contains(environment)
        };
        if !self.enabled {
            return false;
        }
        match notice {
            Notice::Test => true,
            Notice::Alert(alert) => self.wants_alerts(alert.severity, alert.environment()),
            Notice::Deployment(deployment) => {
                here(&deployment.environment)
                    && match self.wants.deployments {
                        None => false,
                        Some(Results::All) => true,
                        Some(Results::Failed) => notice::failed(deployment),
                    }
            }
            Notice::Approval { deployment, .. } => self.wants.approvals && here(&deployment.environment),
        }
    }

    /// Whether alerts of this severity are told here. What belongs to no environment, as an alert on the console itself, is
    /// told everywhere.
    pub fn wants_alerts(&self, severity: Severity, environment: Option<&str>) -> bool {
        let here = environment.is_none_or(|name| {
            self.environments.is_empty() || self.environments.iter().any(|known| known.as_str() == name)
        });
        self.enabled && here && self.wants.alerts.is_some_and(|least| severity >= least)
    }
}
