//! The checks of a deployment as they are measured. The rest of its page is drawn by the server.

pub mod checks;
pub mod mark;

use leptos::prelude::*;
use model::check::{Measurement, Tally};
use model::id::DeploymentId;
use model::live::Topic;
use serde::{Deserialize, Serialize};

use self::checks::{Card, Stage, checks};
pub use self::mark::state_mark;
use crate::islands::Given;
use crate::live::{Heard, Kind, kinds, listen};
use crate::text::Locale;
use crate::{islands, json};

/// What it hears of.
const TOLD: [Kind<Told>; 2] = [
    Kind { name: "deployment", read: stage },
    Kind {
        name: "measured",
        read: |text| json::read::<kinds::Data<_>>(text).map(|event| Told::Measured(event.data)),
    },
];

enum Told {
    Stage(DeploymentId, Stage),
    Measured(Measured),
}

#[derive(Deserialize)]
struct Measured {
    deployment: DeploymentId,
    measurement: Box<Measurement>,
    tally: Tally,
}

/// Of a deployment only what its checks show.
fn stage(text: &str) -> Option<Told> {
    #[derive(Deserialize)]
    struct Brief {
        id: DeploymentId,
        state: String,
        steps: Vec<Step>,
        reached: Vec<String>,
    }
    #[derive(Deserialize)]
    struct Step {
        step: String,
    }

    let Brief { id, state, steps, reached } = json::read::<kinds::Data<Brief>>(text)?.data;
    let step = reached.len().checked_sub(1).and_then(|index| steps.get(index));
    let verify = step.is_some_and(|step| step.step == "verify");
    Some(Told::Stage(id, Stage::of(&state, reached.len(), verify)))
}

/// All that the island begins with.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Start {
    pub locale: Locale,
    pub id: DeploymentId,
    pub stage: Stage,
    pub cards: Vec<Card>,
    pub position: String,
}

#[island]
pub fn DeploymentChecks(start: Given<Start>) -> impl IntoView {
    let Start { locale, id, stage, cards, position } = start.0;
    let cards: Vec<RwSignal<Card>> = cards.into_iter().map(RwSignal::new).collect();
    let shown = RwSignal::new(stage);
    let cursor = RwSignal::new(None::<i64>);
    let view = checks(locale, &cards, shown, cursor);
    listen(vec![Topic::Deployment(id)], &TOLD, &position, move |heard| match heard {
        Heard::Reset => islands::reload(),
        Heard::Event(Told::Stage(which, stage)) if which == id => {
            shown.try_set(stage);
        }
        Heard::Event(Told::Measured(new)) if new.deployment == id => {
            let named =
                |card: &&RwSignal<Card>| card.try_with_untracked(|card| card.name == new.measurement.check);
            if let Some(card) = cards.iter().find(|card| named(card) == Some(true)) {
                card.try_update(|card| card.hear(*new.measurement, new.tally));
            }
        }
        Heard::Event(_) => {}
    });
    view
}

#[cfg(test)]
mod tests {
    use model::deployment::DeploymentState;
    use model::duration::Span;
    use model::rollout::Step;
    use serde_json::json;

    use super::*;

    /// What the server writes of a deployment is read as the stage that it would begin the page with.
    #[test]
    fn reads_the_stage_of_a_deployment() {
        let id = DeploymentId(uuid::Uuid::nil());
        let steps = [Step::Set { count: 1, beside: false }, Step::Verify { time: Span::from_secs(60) }];
        for (state, at) in
            [(DeploymentState::Running, 2), (DeploymentState::RollingBack, 2), (DeploymentState::Queued, 0)]
        {
            let reached = vec!["2026-11-01T00:00:00.000Z"; at];
            let event = json!({ "data": { "id": id, "state": state, "steps": steps, "reached": reached } });
            let Some(Told::Stage(which, stage)) = stage(&event.to_string()) else { panic!("no stage") };
            let verify = at.checked_sub(1).is_some_and(|index| matches!(steps[index], Step::Verify { .. }));
            assert_eq!((which, stage), (id, Stage::of(state.as_str(), at, verify)));
            assert_eq!(stage.verifying, state == DeploymentState::Running);
        }
    }
}
