//! The decision itself.

use super::{Action, Command, ObservedSet, Rollout, RolloutState};
use crate::time::Timestamp;

/// Decides the next actions and the next state. `command` is a person's word since the last call.
pub fn plan(
    _rollout: &Rollout,
    state: &RolloutState,
    _sets: &[ObservedSet],
    _command: Option<&Command>,
    _now: Timestamp,
) -> (Vec<Action>, RolloutState) {
    (Vec::new(), state.clone())
}
