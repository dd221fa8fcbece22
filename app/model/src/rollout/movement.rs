//! How instances move between replica sets: the counts to set now, and how far it has come.

use super::{Action, Goal, ObservedSet, Rollout, RolloutState, SetKey};
use crate::definition::StrategyKind;
use crate::deployment::Progress;
use crate::instance::InstanceReason;

/// Above the number of instances that can exist at once, so that less to stop always measures more.
const MEASURE_BASE: u32 = 1 << 30;

/// How far a step lets instances move.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Bounds {
    /// Most instances of the goal.
    pub new: u32,
    pub old: Old,
}

/// How many of the previous set stand beside them. Sets of superseded rollouts are none of both and go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Old {
    /// As many as are missing to the wanted count.
    Rest,
    /// All there were.
    All,
}

/// What a movement waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stage {
    /// Instances of the goal to start or to turn healthy.
    Starting,
    /// Instances to end before others can start.
    Stopping,
    /// Only for instances to end: the goal itself holds.
    Lingering,
    /// Nothing.
    Complete,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) struct Movement {
    pub goal: Goal,
    pub actions: Vec<Action>,
    pub stage: Stage,
    /// Grows as long as it gets better; bounded.
    pub measure: u32,
    /// Ready instances of the goal's set.
    pub ready: u32,
    /// Instances that exist and should not.
    pub lingering: u32,
    /// Latest failure of the goal's set.
    pub failure: Option<InstanceReason>,
}

/// One set while the counts are worked out.
#[derive(Debug, Clone, Copy)]
struct Part {
    key: SetKey,
    before: u32,
    wanted: u32,
    existing: u32,
    ready: u32,
    broken: u32,
    /// Of those wanted, as many stay.
    kept: u32,
}

impl Part {
    fn of(set: &ObservedSet) -> Self {
        Self {
            key: set.key,
            before: set.wanted,
            wanted: set.wanted,
            existing: set.existing,
            ready: set.ready,
            broken: set.broken,
            kept: 0,
        }
    }

    const fn new(key: SetKey) -> Self {
        Self { key, before: 0, wanted: 0, existing: 0, ready: 0, broken: 0, kept: 0 }
    }

    /// Wanted beyond what stays.
    fn excess(&self) -> u32 {
        self.wanted.saturating_sub(self.kept)
    }

    /// Wanted, but broken or not even there. Those that nobody could ask yet are not among them, nor, to be careful, as
    /// many as are still stopping.
    fn useless(&self) -> u32 {
        let asked = self.ready.saturating_add(self.broken);
        let unknown = self.existing.saturating_sub(asked);
        (self.wanted - self.available()).saturating_sub(unknown)
    }

    /// Ready instances that stay so: an engine that has not heard of the latest count yet shows more.
    fn available(&self) -> u32 {
        self.ready.min(self.wanted)
    }

    /// Places it holds, those of instances that are still stopping included.
    fn places(&self) -> u32 {
        self.wanted.max(self.existing)
    }
}

fn sum(parts: &[Part], of: impl Fn(&Part) -> u32) -> u32 {
    parts.iter().map(of).fold(0, u32::saturating_add)
}

/// Decides the counts for one direction, as far as `bounds` allow. Only what is seen matters, so asking twice changes
/// nothing.
pub(super) fn movement(
    rollout: &Rollout,
    back: bool,
    sets: &[ObservedSet],
    bounds: Option<Bounds>,
) -> Movement {
    let goal = rollout.goal(back);
    let seen = sets.iter().find(|set| set.key == goal.set);
    let mut main = seen.map_or(Part::new(goal.set), Part::of);
    let mut others: Vec<Part> = sets.iter().filter(|s| s.key != goal.set).map(Part::of).collect();
    // What is kept longest stands last: leftovers go first, and what a rollback would come back to goes at the end.
    others.sort_by_key(|part| (Some(part.key) == rollout.previous || part.key == rollout.target, part.key));

    main.wanted = main.wanted.min(goal.count);
    // What a superseded deployment brought further already does not shrink again.
    let most = bounds.map_or(goal.count, |bounds| bounds.new.max(main.wanted).min(goal.count));
    let kept = match bounds.map(|bounds| bounds.old) {
        None => 0,
        Some(Old::Rest) => goal.count - most,
        Some(Old::All) => rollout.previous_wanted,
    };
    keep(rollout.previous.filter(|key| *key != goal.set), kept, &mut others);
    match rollout.strategy {
        StrategyKind::Recreate => recreate(goal, &mut main, &mut others),
        StrategyKind::Rolling { .. } | StrategyKind::Staged { .. } | StrategyKind::BlueGreen { .. } => {
            roll(Room::of(rollout, goal), goal, most, &mut main, &mut others);
        }
    }

    let lingering = sum(&others, |p| p.existing).saturating_add(main.existing.saturating_sub(goal.count));
    let to_stop = sum(&others, |p| p.places().saturating_sub(p.kept))
        .saturating_add(main.places().saturating_sub(goal.count));
    let unreplaced = others.iter().any(|p| p.excess() > 0);
    let standing = sum(&others, |p| p.available().min(p.kept));
    let ready = main.available();
    let holds = main.wanted == most && !unreplaced && (ready == most || shrinks_only(rollout, back));
    let stage = match (holds, lingering) {
        (true, 0) => Stage::Complete,
        // Old ones go on serving in this step: whether some have ended yet is not its matter.
        (true, _) if bounds.is_some() => Stage::Complete,
        (true, _) => Stage::Lingering,
        (false, _) if main.wanted < most && ready == main.wanted => Stage::Stopping,
        (false, _) => Stage::Starting,
    };
    let mut movement = Movement {
        goal,
        actions: Vec::new(),
        stage,
        measure: ready.saturating_add(standing).saturating_add(MEASURE_BASE.saturating_sub(to_stop)),
        ready: main.ready.min(goal.count),
        lingering,
        failure: seen.and_then(|set| set.failure.clone()),
    };
    let leave = rollout.destroy && !back;
    movement.actions = actions(&main, &others, seen.is_none(), leave && stage == Stage::Complete);
    movement
}

/// Fewer of the same: whether those that stay are healthy is not this deployment's matter.
fn shrinks_only(rollout: &Rollout, back: bool) -> bool {
    let (from, to) = if back {
        (rollout.wanted, rollout.previous_wanted)
    } else {
        (rollout.previous_wanted, rollout.wanted)
    };
    rollout.only_counts() && to < from
}

/// Stops all others, waits until none exists, starts all.
fn recreate(goal: Goal, main: &mut Part, others: &mut [Part]) {
    for other in others.iter_mut() {
        other.wanted = 0;
    }
    // Its own instances that are still stopping cannot stand beside new ones either.
    if others.iter().all(|o| o.existing == 0) && main.existing <= main.wanted {
        main.wanted = goal.count;
    }
}

/// Says how many of `previous` stay; it is brought back where it is gone.
fn keep(previous: Option<SetKey>, kept: u32, others: &mut Vec<Part>) {
    let Some(key) = previous.filter(|_| kept > 0) else { return };
    match others.iter_mut().find(|part| part.key == key) {
        Some(part) => part.kept = kept,
        None => others.push(Part { kept, ..Part::new(key) }),
    }
}

/// Moves as many at once as surge and availability allow: up to `most` of the goal, others to what is kept of them.
fn roll(room: Room, goal: Goal, most: u32, main: &mut Part, others: &mut [Part]) {
    // What is broken serves nobody: it goes first and costs nothing.
    for other in others.iter_mut() {
        other.wanted -= other.useless().min(other.excess());
    }
    // What is not ready yet may turn out to serve: it goes as long as enough others could. What is only asked for could not.
    let possible = main.available().saturating_add(sum(others, |p| p.wanted.min(p.existing)));
    let mut spare = possible.saturating_sub(room.floor);
    for other in others.iter_mut() {
        let cut = (other.wanted - other.available()).min(other.excess()).min(spare);
        other.wanted -= cut;
        spare -= cut;
    }
    // What serves goes only when enough others do.
    let available = main.available().saturating_add(sum(others, Part::available));
    let mut spare = available.saturating_sub(room.floor);
    for other in others.iter_mut() {
        let cut = other.excess().min(spare);
        other.wanted -= cut;
        spare -= cut;
    }
    // Without surge there is no room for an instance beside one that is still stopping.
    let taken = if room.surge > 0 {
        sum(others, |p| p.wanted)
    } else if main.existing > main.wanted {
        return;
    } else {
        sum(others, Part::places)
    };
    let most_at_once = goal.count.saturating_add(room.surge);
    let mut free = most_at_once.saturating_sub(taken.saturating_add(main.wanted));
    // What is known to be good comes before what is to be tried.
    for other in others.iter_mut().filter(|p| room.surge > 0 || p.existing <= p.wanted) {
        let more = other.kept.saturating_sub(other.wanted).min(free);
        other.wanted += more;
        free -= more;
    }
    main.wanted = main.wanted.saturating_add(free).min(most);
}

/// The bounds of a rolling change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Room {
    /// How many more than the goal's count may be wanted at once.
    pub surge: u32,
    /// How many fewer may be available by our doing.
    pub unavailable: u32,
    /// Available instances that we never go below: what both counts promise, less `unavailable`.
    pub floor: u32,
}

impl Room {
    pub fn of(rollout: &Rollout, goal: Goal) -> Self {
        let (surge, mut unavailable) = match rollout.strategy {
            StrategyKind::Recreate => return Self { surge: 0, unavailable: goal.count, floor: 0 },
            StrategyKind::Rolling { max_surge, max_unavailable }
            | StrategyKind::Staged { max_surge, max_unavailable, .. } => (
                max_surge.of_rounded_up(goal.count),
                max_unavailable.of_rounded_down(goal.count).min(goal.count),
            ),
            // All beside all.
            StrategyKind::BlueGreen { .. } => (rollout.wanted.max(rollout.previous_wanted), 0),
        };
        // Percentages of a small count can both come to nothing, and then nothing could ever be replaced.
        if surge == 0 && unavailable == 0 {
            unavailable = 1;
        }
        let promised = match rollout.previous {
            Some(_) => rollout.wanted.min(rollout.previous_wanted),
            None => goal.count,
        };
        Self { surge, unavailable, floor: promised.saturating_sub(unavailable) }
    }
}

/// Less first, then more, then what can be forgotten.
fn actions(main: &Part, others: &[Part], unseen: bool, leave: bool) -> Vec<Action> {
    let mut actions = Vec::new();
    for part in others {
        if part.wanted != part.before {
            actions.push(Action::SetWanted { set: part.key, count: part.wanted });
        }
    }
    if leave {
        if !unseen {
            actions.push(Action::Remove { set: main.key });
        }
    } else if main.wanted != main.before || unseen {
        actions.push(Action::SetWanted { set: main.key, count: main.wanted });
    }
    for part in others {
        if part.wanted == 0 && part.existing == 0 && part.kept == 0 {
            actions.push(Action::Remove { set: part.key });
        }
    }
    actions
}

impl Rollout {
    /// Instances that a rolling change moves at once.
    fn batch(&self) -> u32 {
        let room = Room::of(self, self.goal(false));
        room.surge.saturating_add(room.unavailable).clamp(1, self.wanted.max(1))
    }

    fn replaces(&self) -> bool {
        !self.only_counts() && self.previous.is_some() && self.previous_wanted > 0 && self.wanted > 0
    }

    /// Steps it takes: those of its strategy, batches of a rolling change, stop and start of `recreate`, otherwise one.
    pub(super) fn step_count(&self) -> u32 {
        match self.strategy {
            _ if !self.steps.is_empty() => self.steps.len() as u32,
            _ if !self.replaces() => 1,
            StrategyKind::Recreate => 2,
            StrategyKind::Rolling { .. } | StrategyKind::Staged { .. } | StrategyKind::BlueGreen { .. } => {
                self.wanted.div_ceil(self.batch())
            }
        }
    }

    /// The step it is at, from 1.
    pub(super) fn step_number(&self, state: &RolloutState, progress: &Progress) -> u32 {
        let done = match self.strategy {
            _ if !self.steps.is_empty() => state.step,
            _ if !self.replaces() => 0,
            StrategyKind::Recreate => u32::from(progress.old == 0),
            StrategyKind::Rolling { .. } | StrategyKind::Staged { .. } | StrategyKind::BlueGreen { .. } => {
                progress.healthy / self.batch()
            }
        };
        done.saturating_add(1).min(self.step_count())
    }
}
