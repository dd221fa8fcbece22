//! What a change went past: said with a reason, and kept in its timeline and the audit log.

use model::deployment::DeploymentEventKind;
use model::problem::{Fault, FieldError, Problem};
use model::window::Closed;
use serde_json::{Value, json};

use super::window;

#[derive(Debug, Clone)]
pub enum Override {
    /// The environment was closed.
    Window { closed: Closed, reason: String },
    /// The release is marked as bad, or the app is pinned to another.
    Release { release: String, bad: bool, reason: String },
}

impl Override {
    pub fn event(&self) -> DeploymentEventKind {
        match self {
            Self::Window { closed, reason } => DeploymentEventKind::WindowOverridden {
                window: window::name(closed).to_owned(),
                reason: reason.clone(),
            },
            Self::Release { release, bad, reason } => DeploymentEventKind::ReleaseOverridden {
                release: release.clone(),
                bad: *bad,
                reason: reason.clone(),
            },
        }
    }

    /// Adds itself to the detail of the audit log.
    pub fn note(&self, detail: &mut Value) {
        match self {
            Self::Window { closed, .. } => detail["window_overridden"] = json!(closed),
            Self::Release { release, bad, .. } => {
                detail["release_overridden"] = json!({ "release": release, "bad": bad });
            }
        }
    }
}

/// Nobody goes past anything without saying why.
pub fn reason(text: &str) -> Result<String, Problem> {
    let reason = text.trim();
    if reason.is_empty() {
        return Err(Problem::invalid(vec![FieldError::new("/reason", Fault::Required)]));
    }
    Ok(reason.to_owned())
}
