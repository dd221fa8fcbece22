//! Shape, word and colour: of a deployment's state and of a check's standing.

use leptos::prelude::*;
use model::deployment::DeploymentState;

use crate::text::Locale;
use crate::text::deployment as t;

pub const GOOD: &str = "m3.5 8.5 3 3 6-7";
pub const BAD: &str = "M8 2.2 14.5 13.5h-13zM8 6.5v3M8 11.6v.1";
pub const TURNING: &str = "M13.5 8A5.5 5.5 0 1 1 8 2.5";
pub const CLOCK: &str = "M8 2a6 6 0 1 0 0 12A6 6 0 0 0 8 2M8 5v3.2l2 1.3";
pub const CROSS: &str = "M4 4l8 8M12 4l-8 8";
pub const QUESTION: &str =
    "M8 2a6 6 0 1 0 0 12A6 6 0 0 0 8 2M6.3 6.4a1.8 1.8 0 1 1 2.4 1.9c-.5.2-.7.5-.7 1M8 11.3v.1";

pub fn mark(class: &str, path: &'static str, word: String) -> AnyView {
    view! {
        <span class=format!("state {class}")>
            <svg class="icon" viewBox="0 0 16 16" aria-hidden="true">
                <path d=path></path>
            </svg>
            {word}
        </span>
    }
    .into_any()
}

pub fn state_mark(locale: Locale, state: DeploymentState) -> AnyView {
    let (class, path) = match state {
        DeploymentState::Succeeded => ("ok", GOOD),
        DeploymentState::Failed => ("bad", BAD),
        DeploymentState::Running | DeploymentState::RollingBack => ("busy", TURNING),
        DeploymentState::Paused => ("warn", "M5.5 4v8M10.5 4v8"),
        DeploymentState::Queued | DeploymentState::AwaitingApproval => ("warn", CLOCK),
        DeploymentState::RolledBack => ("warn", "M6 3 2.5 6.5 6 10M2.5 6.5h7a4 4 0 0 1 0 7H7"),
        DeploymentState::Aborted => ("idle", CROSS),
        DeploymentState::Superseded => ("idle", "M3 8h10M9 4l4 4-4 4"),
    };
    mark(class, path, t::state(locale, state).to_owned())
}
