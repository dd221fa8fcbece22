//! Change the wanted count.

use model::api::{Accepted, Scale};
use model::definition::{INSTANCES_MAX, check_count};
use model::deployment::DeploymentKind;
use model::id::AppKey;
use model::permission::Caller;
use model::problem::{Fault, FieldError, Problem};

use super::change::{Change, Goal};
use crate::service::Core;

/// A scale that runs is superseded by the next one: clicking twice is never refused.
pub async fn scale(core: &Core, caller: &Caller, key: &AppKey, input: Scale) -> Result<Accepted, Problem> {
    let change = Change::open(core, caller, key).await?;
    let wanted = wanted(change.app.wanted, &input)?;
    if wanted == change.app.wanted {
        return Ok(Accepted { deployment: None });
    }
    change.require_idle(input.override_active || change.only_counts())?;
    bring_to(change, core, caller, wanted, &input.reason).await
}

/// The deployment that brings an app to this count.
pub async fn bring_to(
    mut change: Change,
    core: &Core,
    caller: &Caller,
    wanted: u32,
    reason: &str,
) -> Result<Accepted, Problem> {
    let target = if wanted == 0 { change.target_of_none() } else { change.app.target };
    let revision = change.revision_of(target.revision).await?;
    let errors = check_count(&revision.definition, wanted);
    if !errors.is_empty() {
        return Err(Problem::invalid(errors));
    }
    let goal = Goal {
        kind: DeploymentKind::Scale,
        target,
        wanted,
        definition: revision.definition,
        recently_out: false,
        released_at: None,
        override_window: false,
        override_release: false,
    };
    change.deploy(core, caller, goal, reason).await
}

/// Exactly one of `instances` and `by`; `by` counts from what is wanted now and stops at 0.
fn wanted(now: u32, input: &Scale) -> Result<u32, Problem> {
    let (path, count) = match (input.instances, input.by) {
        (Some(count), None) => ("/instances", i64::from(count)),
        (None, Some(by)) => ("/by", i64::from(now).saturating_add(by).max(0)),
        (None, None) => return Err(Problem::invalid(vec![FieldError::new("/instances", Fault::Required)])),
        (Some(_), Some(_)) => {
            let fault = Fault::Other { reason: "give instances or by, not both".to_owned() };
            return Err(Problem::invalid(vec![FieldError::new("/by", fault)]));
        }
    };
    u32::try_from(count).ok().filter(|count| *count <= INSTANCES_MAX).ok_or_else(|| {
        let fault = Fault::OutOfRange { min: 0.0, max: f64::from(INSTANCES_MAX) };
        Problem::invalid(vec![FieldError::new(path, fault)])
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn by(by: i64) -> Scale {
        Scale { by: Some(by), ..Scale::default() }
    }

    #[test]
    fn counts_are_absolute_or_relative() {
        assert_eq!(wanted(3, &Scale { instances: Some(7), ..Scale::default() }), Ok(7));
        assert_eq!(wanted(3, &by(2)), Ok(5));
        assert_eq!(wanted(3, &by(-5)), Ok(0));
        assert_eq!(wanted(3, &by(i64::MIN)), Ok(0));
        assert!(wanted(3, &by(i64::MAX)).is_err());
        assert!(wanted(3, &Scale { instances: Some(INSTANCES_MAX + 1), ..Scale::default() }).is_err());
        assert!(wanted(3, &Scale::default()).is_err());
        assert!(wanted(3, &Scale { instances: Some(1), ..by(1) }).is_err());
    }
}
