//! Stop all instances and remember how many there were.

use model::api::{Accepted, Reasoned};
use model::deployment::DeploymentKind;
use model::id::AppKey;
use model::permission::Caller;
use model::problem::{Problem, ProblemCode};

use super::change::{Change, Goal};
use crate::service::Core;

pub async fn suspend(
    core: &Core,
    caller: &Caller,
    key: &AppKey,
    input: Reasoned,
) -> Result<Accepted, Problem> {
    let mut change = Change::open(core, caller, key).await?;
    change.require_idle(input.override_active)?;
    if change.app.is_suspended() {
        let detail = format!("{key} is suspended already.");
        return Err(Problem::new(ProblemCode::WrongState, detail)
            .with("state", "suspended")
            .with("action", "suspend"));
    }
    let target = change.target_of_none();
    let revision = change.revision_of(target.revision).await?;
    let goal = Goal {
        kind: DeploymentKind::Suspend,
        target,
        wanted: 0,
        definition: revision.definition,
        recently_out: false,
        released_at: None,
        override_window: false,
        override_release: false,
    };
    change.deploy(core, caller, goal, &input.reason).await
}
