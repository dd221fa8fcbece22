//! States as shape, word and colour.

use leptos::prelude::*;
use model::app::AppStatus;
use model::deployment::DeploymentState;
use model::instance::{Health, Instance, InstanceState};

use super::icon::{Icon, icon};
use crate::text::{Locale, apps, deployment};

/// The five tones of the interface, each with its class and its shape.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    Good,
    Bad,
    Warning,
    Busy,
    Idle,
}

impl Tone {
    pub const fn class(self) -> &'static str {
        match self {
            Self::Good => "state ok",
            Self::Bad => "state bad",
            Self::Warning => "state warn",
            Self::Busy => "state busy",
            Self::Idle => "state idle",
        }
    }

    const fn icon(self) -> Icon {
        match self {
            Self::Good => Icon::Check,
            Self::Bad => Icon::Alert,
            Self::Warning => Icon::Clock,
            Self::Busy => Icon::Busy,
            Self::Idle => Icon::Pause,
        }
    }
}

pub const fn app_tone(status: AppStatus) -> Tone {
    match status {
        AppStatus::Running => Tone::Good,
        AppStatus::Deploying => Tone::Busy,
        AppStatus::Suspended => Tone::Idle,
        AppStatus::Delayed | AppStatus::Waiting | AppStatus::Unknown => Tone::Warning,
        AppStatus::Degraded => Tone::Bad,
    }
}

pub const fn deployment_tone(state: DeploymentState) -> Tone {
    match state {
        DeploymentState::Succeeded => Tone::Good,
        DeploymentState::Failed => Tone::Bad,
        DeploymentState::Paused | DeploymentState::AwaitingApproval | DeploymentState::RolledBack => {
            Tone::Warning
        }
        DeploymentState::Queued | DeploymentState::Running | DeploymentState::RollingBack => Tone::Busy,
        DeploymentState::Aborted | DeploymentState::Superseded => Tone::Idle,
    }
}

/// How one instance is, health before state while it runs.
pub fn instance_tone(instance: &Instance) -> Tone {
    match (instance.state, instance.health) {
        (InstanceState::Running, Health::Healthy) => Tone::Good,
        (InstanceState::Running, Health::Unhealthy) | (InstanceState::Failed | InstanceState::Lost, _) => {
            Tone::Bad
        }
        (InstanceState::Pending, _) if instance.delayed_until.is_some() => Tone::Warning,
        (InstanceState::Stopping | InstanceState::Exited, _) => Tone::Idle,
        _ => Tone::Busy,
    }
}

pub fn badge(tone: Tone, word: impl Into<String>) -> AnyView {
    view! { <span class=tone.class()>{icon(tone.icon())} {word.into()}</span> }.into_any()
}

pub fn app_badge(locale: Locale, status: AppStatus) -> AnyView {
    badge(app_tone(status), apps::status_word(locale, status))
}

pub fn deployment_badge(locale: Locale, state: DeploymentState) -> AnyView {
    badge(deployment_tone(state), deployment::state(locale, state))
}

pub fn instance_badge(locale: Locale, instance: &Instance) -> AnyView {
    let word = match instance.state {
        InstanceState::Running => apps::health_word(locale, instance.health),
        InstanceState::Pending if instance.delayed_until.is_some() => {
            apps::status_word(locale, AppStatus::Delayed)
        }
        state => apps::instance_state(locale, state),
    };
    badge(instance_tone(instance), word)
}
