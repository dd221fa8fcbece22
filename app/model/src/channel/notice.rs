//! What people are told, before it is put into words.

use serde::{Deserialize, Serialize};

use crate::alert::{Labels, MessageKind, Severity};
use crate::deployment::{ActorKind, Deployment, DeploymentKind, DeploymentState};
use crate::duration::Span;
use crate::rollout::RolloutState;
use crate::time::Timestamp;

/// One thing to tell. Written down as it is until it is told, so nothing in it may be secret.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "type", content = "data", rename_all = "snake_case")]
pub enum Notice {
    /// Somebody tries the channel.
    Test,
    Alert(AlertNotice),
    /// A deployment has ended.
    Deployment(Box<Deployment>),
    /// A deployment waits for people.
    Approval {
        deployment: Box<Deployment>,
        /// Path of a page of this console that answers this gate once.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        answer: Option<String>,
    },
}

/// What is said of a group of alerts.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AlertNotice {
    pub kind: MessageKind,
    /// The worst of the group.
    pub severity: Severity,
    /// The labels by which the group is known.
    pub group: Labels,
    /// Those that fire and are not silenced.
    pub firing: Vec<FiringAlert>,
    /// Those that were said to fire and no longer do.
    pub resolved: Vec<Labels>,
    /// How often it is told again while it lasts.
    pub repeat: Span,
    /// Path of the page about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
}

impl AlertNotice {
    /// The environment that the group is about.
    pub fn environment(&self) -> Option<&str> {
        self.group.get("environment").map(String::as_str).filter(|name| !name.is_empty())
    }
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct FiringAlert {
    pub labels: Labels,
    pub since: Timestamp,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<f64>,
    /// The rule's line about it; may be empty.
    #[serde(default)]
    pub summary: String,
}

/// What kind of news a message is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    Good,
    Neutral,
    Asking,
    Bad,
}

/// A notice in words, as every channel but Alertmanager carries it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Letter {
    pub tone: Tone,
    pub title: String,
    pub lines: Vec<String>,
    pub links: Vec<Link>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    pub label: String,
    pub url: String,
}

impl Tone {
    const fn sign(self) -> &'static str {
        match self {
            Self::Good => "✅",
            Self::Neutral => "🔔",
            Self::Asking => "⏳",
            Self::Bad => "❌",
        }
    }
}

impl Letter {
    /// The title with a sign in front, for chats, where it is seen among many.
    pub fn headline(&self) -> String {
        format!("{} {}", self.tone.sign(), self.title)
    }

    /// The words below the title, each line by itself, the links as they are.
    pub fn text(&self) -> String {
        let links = self.links.iter().map(|link| format!("{}: {}", link.label, link.url));
        self.lines.iter().cloned().chain(links).collect::<Vec<_>>().join("\n")
    }
}

/// Whether it did not lead where it was to lead, other than by a person's word.
pub(super) const fn failed(deployment: &Deployment) -> bool {
    matches!(deployment.state, DeploymentState::Failed | DeploymentState::RolledBack)
}

/// What is to be told of a deployment that went on from `before`: that it ended, or that it waits at a gate it did not
/// wait at. One that a later one takes the place of is not told of, as the later one will be; nor is a scaling that the
/// console did by itself and that went well.
pub fn of_deployment(before: &RolloutState, after: &RolloutState, deployment: &Deployment) -> Option<Notice> {
    let whole = || Box::new(deployment.clone());
    match after.state {
        DeploymentState::AwaitingApproval => {
            let told = before.state == DeploymentState::AwaitingApproval && before.step == after.step;
            (!told).then(|| Notice::Approval { deployment: whole(), answer: None })
        }
        DeploymentState::Superseded => None,
        state if state.is_active() || !before.state.is_active() => None,
        state => {
            let routine = state == DeploymentState::Succeeded
                && deployment.kind == DeploymentKind::Scale
                && deployment.actor.kind == ActorKind::Policy;
            (!routine).then(|| Notice::Deployment(whole()))
        }
    }
}
