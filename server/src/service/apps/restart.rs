//! Replace every instance by a new one of the same revision.

use model::api::{Accepted, Restart};
use model::deployment::DeploymentKind;
use model::id::AppKey;
use model::permission::Caller;
use model::problem::{Problem, ProblemCode};
use model::rollout::SetKey;

use super::change::{Change, Goal};
use crate::service::Core;

pub async fn restart(
    core: &Core,
    caller: &Caller,
    key: &AppKey,
    input: Restart,
) -> Result<Accepted, Problem> {
    let mut change = Change::open(core, caller, key).await?;
    change.require_idle(input.override_active)?;
    if change.app.is_suspended() {
        let detail = format!("{key} is suspended; resume it instead.");
        return Err(Problem::new(ProblemCode::WrongState, detail)
            .with("state", "suspended")
            .with("action", "restart"));
    }
    let revision = change.revision().await?;
    change.app.last_generation += 1;
    let goal = Goal {
        kind: DeploymentKind::Restart,
        target: SetKey { revision: revision.revision, generation: change.app.last_generation },
        wanted: change.app.wanted,
        definition: revision.definition,
        recently_out: false,
        released_at: None,
        override_window: input.override_window,
        override_release: false,
    };
    change.deploy(core, caller, goal, &input.reason).await
}
