//! The seven properties of the planner (architecture.md), over random crashes, delays, failures, commands and supersedings.

use proptest::prelude::*;

use super::simulator::{Nature, Phase, World};
use super::*;
use crate::check::{Check, CheckRun, Question, Tally, Verdict};
use crate::definition::{Gate, OnTimeout, Percent, StrategyStep};
use crate::deployment::{DeploymentState, Outcome};
use crate::rollout::{Approval, skipped, steps};

/// Seconds between two rounds; a deadline is 20 rounds.
const ROUND: u64 = DEADLINE / 20;

#[derive(Debug, Clone)]
enum Event {
    Quiet,
    Strike {
        which: u32,
        phase: Phase,
    },
    ForgetHealth,
    Hold(bool),
    EngineAway,
    Command(Command),
    Supersede {
        wanted: u32,
    },
    /// From now on the checks say this.
    Say(Verdict),
    Approve(u8),
}

fn word() -> impl Strategy<Value = Command> {
    prop_oneof![
        Just(Command::Pause { by: "ann".into(), reason: String::new() }),
        Just(Command::Continue),
        Just(Command::Continue),
        Just(Command::Abort { by: "ann".into(), reason: String::new() }),
        Just(Command::RollBack { by: "ann".into(), reason: String::new() }),
        Just(Command::Reject { by: "ann".into(), reason: String::new() }),
        Just(Command::Skip { by: "ann".into() }),
        Just(Command::Promote { by: "ann".into() }),
    ]
}

fn verdict() -> impl Strategy<Value = Verdict> {
    prop_oneof![
        6 => Just(Verdict::Pass),
        1 => Just(Verdict::Fail),
        1 => Just(Verdict::Inconclusive),
        1 => Just(Verdict::Error)
    ]
}

fn fault() -> impl Strategy<Value = Event> {
    let phase = prop_oneof![
        Just(Phase::Unknown),
        Just(Phase::Ready),
        Just(Phase::Unhealthy),
        Just(Phase::BackingOff)
    ];
    prop_oneof![
        6 => Just(Event::Quiet),
        4 => (any::<u32>(), phase).prop_map(|(which, phase)| Event::Strike { which, phase }),
        1 => Just(Event::ForgetHealth),
        1 => any::<bool>().prop_map(Event::Hold),
        1 => Just(Event::EngineAway),
    ]
}

fn event() -> impl Strategy<Value = Event> {
    prop_oneof![
        12 => fault(),
        1 => word().prop_map(Event::Command),
        1 => (0_u32..8).prop_map(|wanted| Event::Supersede { wanted }),
        1 => verdict().prop_map(Event::Say),
        1 => (0_u8..3).prop_map(Event::Approve),
    ]
}

fn amount() -> impl Strategy<Value = Amount> {
    prop_oneof![(0_u32..4).prop_map(Amount::Count), (0_u8..=100).prop_map(|p| Amount::Percent(Percent(p)))]
}

fn rolling_kind() -> impl Strategy<Value = StrategyKind> {
    (amount(), amount())
        .prop_map(|(max_surge, max_unavailable)| StrategyKind::Rolling { max_surge, max_unavailable })
}

fn gate() -> impl Strategy<Value = Gate> {
    (1_u32..3, any::<bool>()).prop_map(|(approvers, yes)| Gate {
        approvers,
        timeout: Span::from_secs(5 * ROUND),
        on_timeout: if yes { OnTimeout::Approve } else { OnTimeout::Reject },
        ..Gate::default()
    })
}

fn step() -> impl Strategy<Value = StrategyStep> {
    let set = prop_oneof![
        (1_u32..8).prop_map(Amount::Count),
        (1_u8..=100).prop_map(|p| Amount::Percent(Percent(p)))
    ];
    let time = (1_u64..5).prop_map(|rounds| Span::from_secs(rounds * ROUND));
    prop_oneof![
        3 => set.prop_map(StrategyStep::Set),
        2 => time.clone().prop_map(StrategyStep::Verify),
        1 => time.prop_map(StrategyStep::Wait),
        1 => gate().prop_map(StrategyStep::Approve),
    ]
}

fn stepwise_kind() -> impl Strategy<Value = StrategyKind> {
    let staged = (prop::collection::vec(step(), 1..6), amount(), amount()).prop_map(
        |(steps, max_surge, max_unavailable)| StrategyKind::Staged { steps, max_surge, max_unavailable },
    );
    let time = || (0_u64..4).prop_map(|rounds| Span::from_secs(rounds * ROUND));
    let blue_green = (time(), prop::option::of(gate()), time())
        .prop_map(|(verify, approve, keep_old)| StrategyKind::BlueGreen { verify, approve, keep_old });
    prop_oneof![3 => staged, 1 => blue_green]
}

fn any_kind() -> impl Strategy<Value = StrategyKind> {
    prop_oneof![4 => rolling_kind(), 4 => stepwise_kind(), 1 => Just(StrategyKind::Recreate)]
}

fn check(name: &str, background: bool) -> Check {
    Check {
        name: name.to_owned(),
        question: Question::Restarts { max: 0, window: Span::from_secs(ROUND) },
        interval: Span::from_secs(ROUND),
        initial_delay: Span::from_secs(0),
        failure_limit: 1,
        inconclusive_limit: 1,
        error_limit: 2,
        on_no_data: crate::check::OnNoData::Inconclusive,
        observe_only: false,
        background,
    }
}

/// With the steps and checks that a service would give it.
fn with_steps(rollout: Rollout) -> Rollout {
    let strategy = crate::definition::Strategy { kind: rollout.strategy.clone(), ..Default::default() };
    let skip = skipped(rollout.previous, rollout.previous_wanted, false);
    if rollout.only_counts() || rollout.wanted == 0 || skip.is_some() {
        return rollout;
    }
    let checks = vec![check("asked", false), check("always", true)];
    Rollout { steps: steps(&strategy, rollout.wanted), checks, ..rollout }
}

fn any_rollout(kind: impl Strategy<Value = StrategyKind>) -> impl Strategy<Value = Rollout> {
    let on_failure = prop_oneof![Just(OnFailure::Rollback), Just(OnFailure::Pause), Just(OnFailure::Fail)];
    (kind, on_failure, 0_u32..8, 0_u32..8, 0_u8..8).prop_map(|(kind, on_failure, before, wanted, what)| {
        let rollout = match what {
            0 => change(None, (R1, wanted), kind),
            1 => change(Some((R1, before)), (R1, wanted), kind),
            2 => Rollout { destroy: true, ..change(Some((R1, before)), (R1, 0), kind) },
            _ => change(Some((R1, before)), (R2, wanted), kind),
        };
        with_steps(Rollout { on_failure, ..rollout })
    })
}

fn nature() -> impl Strategy<Value = Nature> {
    prop_oneof![4 => Just(Nature::Good), 1 => Just(Nature::Sick), 1 => Just(Nature::Impossible)]
}

/// A world with a rollout under way, and the checks that hold at every round.
struct Run {
    world: World,
    rollout: Rollout,
    state: RolloutState,
    round: u64,
    superseded: u32,
    says: Verdict,
    evidence: Evidence,
}

impl Run {
    fn new(rollout: &Rollout, natures: &[(SetKey, Nature)]) -> Self {
        let before = rollout.previous.map(|key| (key, rollout.previous_wanted));
        let mut world = World::new(before.as_slice());
        world.natures.extend(natures.iter().copied());
        Self {
            world,
            rollout: rollout.clone(),
            state: RolloutState::new(at(0)),
            round: 0,
            superseded: 0,
            says: Verdict::Pass,
            evidence: Evidence::default(),
        }
    }

    /// One round. Checks the properties that hold of every decision.
    fn round(&mut self, event: &Event) {
        self.round += 1;
        let now = at(self.round * ROUND);
        let mut command = None;
        match event {
            Event::Quiet => {}
            Event::Strike { which, phase } => self.world.strike(*which, *phase),
            Event::ForgetHealth => self.world.forget_health(),
            Event::Hold(held) => self.world.held = *held,
            Event::EngineAway => {
                self.state = self.state.engine_away(now);
                return;
            }
            Event::Command(word) => command = Some(word),
            Event::Supersede { wanted } => self.supersede(*wanted, now),
            Event::Say(verdict) => self.says = *verdict,
            Event::Approve(who) => self.approve(*who, now),
        }
        self.world.turn();
        self.measure(now);
        let sets = self.world.observe();
        let (actions, next) = self.plan(&self.state, &sets, command, now);
        let again = self.plan(&self.state, &sets, command, now);
        assert_eq!((&actions, &next), (&again.0, &again.1), "the same input gives the same output");
        assert!(
            next.state == self.state.state || self.state.state.may_become(next.state),
            "{:?} must not become {:?}",
            self.state.state,
            next.state
        );
        self.check_capacity(&sets, &actions, &next);
        self.check_surge(&sets, &actions, &next);
        self.world.apply(&actions);
        self.check_asking_again(&sets, &next, now);
        self.state = next;
    }

    fn plan(
        &self,
        state: &RolloutState,
        sets: &[ObservedSet],
        command: Option<&Command>,
        now: Timestamp,
    ) -> (Vec<Action>, RolloutState) {
        crate::rollout::plan(&self.rollout, state, sets, &self.evidence, command, now)
    }

    /// Every check that is asked answers once a round.
    fn measure(&mut self, now: Timestamp) {
        for asked in self.rollout.asked(&self.state) {
            let known = |run: &CheckRun| run.check == asked.check.name && run.step == asked.step;
            if !self.evidence.runs.iter().any(known) {
                let (check, step) = (asked.check.name.clone(), asked.step);
                self.evidence.runs.push(CheckRun { check, step, tally: Tally::default() });
            }
            if let Some(run) = self.evidence.runs.iter_mut().find(|run| known(run)) {
                run.tally.add(self.says, "said", now);
            }
        }
    }

    fn approve(&mut self, who: u8, time: Timestamp) {
        let (step, by) = (self.state.step + 1, who.to_string());
        if self.evidence.approvals.iter().all(|a| (a.step, &a.by) != (step, &by)) {
            self.evidence.approvals.push(Approval { step, by, reason: String::new(), time });
        }
    }

    /// Another target takes the place of the running one, as the service does it.
    fn supersede(&mut self, wanted: u32, now: Timestamp) {
        if !self.state.state.is_active() || self.rollout.destroy {
            return;
        }
        self.superseded += 1;
        let target = SetKey { revision: 10 + self.superseded, generation: 0 };
        let (steps, checks) = (Vec::new(), Vec::new());
        self.rollout = with_steps(Rollout { target, wanted, steps, checks, ..self.rollout.clone() });
        self.state = RolloutState::new(now);
        self.evidence = Evidence::default();
    }

    /// What both counts promise, less what may be missing: worked out here on its own.
    fn floor(&self, next: &RolloutState) -> u32 {
        let count = next.goal(&self.rollout).count;
        let (missing, stuck) = match (&self.rollout.strategy, self.rollout.previous) {
            (
                StrategyKind::Rolling { max_surge, max_unavailable }
                | StrategyKind::Staged { max_surge, max_unavailable, .. },
                Some(_),
            ) => {
                let missing = max_unavailable.of_rounded_down(count);
                (missing, max_surge.of_rounded_up(count) == 0 && missing == 0)
            }
            (StrategyKind::BlueGreen { .. }, Some(_)) => (0, false),
            (StrategyKind::Recreate, _) | (_, None) => return 0,
        };
        let promised = self.rollout.wanted.min(self.rollout.previous_wanted);
        promised.saturating_sub(missing + u32::from(stuck))
    }

    fn check_capacity(&self, sets: &[ObservedSet], actions: &[Action], next: &RolloutState) {
        if self.rollout.strategy == StrategyKind::Recreate {
            return;
        }
        let available = |wanted: &dyn Fn(&ObservedSet) -> u32| -> u32 {
            sets.iter().map(|set| set.ready.min(wanted(set))).sum()
        };
        let before = available(&|set| set.wanted);
        let after = available(&|set| wanted_after(set, actions));
        let floor = self.floor(next);
        assert!(after >= before.min(floor), "{before} available became {after}, floor {floor}: {actions:?}");
    }

    fn check_surge(&self, sets: &[ObservedSet], actions: &[Action], next: &RolloutState) {
        let goal = next.goal(&self.rollout);
        let before: u32 = sets.iter().map(|set| set.wanted).sum();
        let known = |key| sets.iter().any(|set| set.key == key);
        let new: u32 = actions
            .iter()
            .map(|action| match action {
                Action::SetWanted { set, count } if !known(*set) => *count,
                _ => 0,
            })
            .sum();
        let after = new + sets.iter().map(|set| wanted_after(set, actions)).sum::<u32>();
        let surge = match self.rollout.strategy {
            StrategyKind::Rolling { max_surge, .. } | StrategyKind::Staged { max_surge, .. } => {
                max_surge.of_rounded_up(goal.count)
            }
            StrategyKind::BlueGreen { .. } => self.rollout.wanted.max(self.rollout.previous_wanted),
            StrategyKind::Recreate => 0,
        };
        assert!(
            after <= before.max(goal.count + surge),
            "{before} wanted became {after}, of {} + {surge}: {actions:?}",
            goal.count
        );
        if self.rollout.strategy == StrategyKind::Recreate {
            let grows = actions.iter().any(|a| matches!(a, Action::SetWanted { count, .. } if *count > 0));
            let others: u32 = sets.iter().filter(|set| set.key != goal.set).map(|set| set.existing).sum();
            assert!(!grows || others == 0, "started beside {others} others: {actions:?}");
        }
    }

    /// A console that was killed after the commit, before the engine heard of it, asks again and must not act twice.
    fn check_asking_again(&self, sets: &[ObservedSet], next: &RolloutState, now: Timestamp) {
        // Instances that were given up and not stopped yet are taken back: seeing that, more can go at once.
        let goal = next.goal(&self.rollout).set;
        let taken_back = |key: SetKey| key == goal || Some(key) == self.rollout.previous;
        if sets.iter().any(|set| taken_back(set.key) && set.existing > set.wanted) {
            return;
        }
        let committed = self.world.observe();
        let stale: Vec<ObservedSet> = committed
            .iter()
            .map(|set| {
                let seen = sets.iter().find(|old| old.key == set.key);
                ObservedSet {
                    wanted: set.wanted,
                    ..seen.cloned().unwrap_or_else(|| ObservedSet::empty(set.key))
                }
            })
            .collect();
        let (actions, _) = self.plan(next, &stale, None, now);
        let only_removes = actions.iter().all(|action| matches!(action, Action::Remove { .. }));
        assert!(
            only_removes,
            "asked again it went on: {actions:?}\nfirst saw {sets:?}\nthen {stale:?}\n{next:?}"
        );
    }

    /// Quiet rounds until it ends or asks a person, or far too many of them.
    fn settle(&mut self, faults: &[Event], rounds: usize) {
        for index in 0..rounds {
            if !self.state.state.is_active() || self.state.state == DeploymentState::Paused {
                return;
            }
            self.round(faults.get(index % faults.len().max(1)).unwrap_or(&Event::Quiet));
        }
        panic!("still {:?} after {rounds} rounds: {:?}", self.state.state, self.state);
    }
}

fn wanted_after(set: &ObservedSet, actions: &[Action]) -> u32 {
    let mut wanted = set.wanted;
    for action in actions {
        match action {
            Action::SetWanted { set: key, count } if *key == set.key => wanted = *count,
            Action::Remove { set: key } if *key == set.key => wanted = 0,
            _ => {}
        }
    }
    wanted
}

fn natures() -> impl Strategy<Value = Vec<(SetKey, Nature)>> {
    (nature(), nature()).prop_map(|(one, two)| vec![(R1, one), (R2, two)])
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    /// The checks of every round: capacity by our doing, surge, determinism, asking again, legal states.
    #[test]
    fn capacity_and_surge_hold_whatever_happens(
        rollout in any_rollout(any_kind()), natures in natures(), events in prop::collection::vec(event(), 1..120)
    ) {
        let mut run = Run::new(&rollout, &natures);
        for event in &events {
            run.round(event);
        }
    }

    #[test]
    fn capacity_never_falls_below_what_the_strategy_allows_by_our_doing(
        rollout in any_rollout(rolling_kind()),
        bad in nature(),
        events in prop::collection::vec(prop_oneof![
            8 => Just(Event::Quiet),
            1 => any::<bool>().prop_map(Event::Hold),
            1 => word().prop_map(Event::Command),
            1 => (0_u32..8).prop_map(|wanted| Event::Supersede { wanted }),
        ], 1..120),
    ) {
        // Nothing crashes by itself here, so whatever stops serving was stopped by us.
        let mut run = Run::new(&rollout, &[(R2, bad)]);
        for event in &events {
            // Those that an engine on hold has not stopped yet are gone already.
            let allowed: u32 = run.world.observe().iter().map(|set| set.ready.min(set.wanted)).sum();
            run.round(event);
            let floor = run.floor(&run.state);
            let ready = run.world.ready();
            prop_assert!(ready >= allowed.min(floor), "{} ready, {} before, floor {}", ready, allowed, floor);
        }
    }

    #[test]
    fn never_more_than_surge_allows(
        before in 0_u32..8, wanted in 0_u32..8, kind in rolling_kind(), bad in nature(),
    ) {
        let rollout = change(Some((R1, before)), (R2, wanted), kind.clone());
        let mut run = Run::new(&rollout, &[(R2, bad)]);
        for _ in 0..100 {
            run.round(&Event::Quiet);
            let StrategyKind::Rolling { max_surge, .. } = kind else { continue };
            let total: u32 = run.world.counts().iter().map(|(_, count)| count).sum();
            let most = before.max(wanted).max(before + max_surge.of_rounded_up(before))
                .max(wanted + max_surge.of_rounded_up(wanted));
            prop_assert!(total <= most, "{} wanted at once, at most {}", total, most);
            if max_surge.is_zero() {
                let existing: u32 = run.world.observe().iter().map(|set| set.existing).sum();
                prop_assert!(existing <= before.max(wanted), "{} exist at once without surge", existing);
            }
        }
    }

    #[test]
    fn it_always_ends_or_waits_for_a_person_and_says_why(
        rollout in any_rollout(any_kind()),
        natures in natures(),
        events in prop::collection::vec(event(), 0..60),
        faults in prop::collection::vec(fault(), 1..40),
    ) {
        let mut run = Run::new(&rollout, &natures);
        for event in &events {
            run.round(event);
        }
        // Without an engine it rightly waits for one.
        let faults: Vec<Event> = faults.into_iter().filter(|f| !matches!(f, Event::EngineAway)).collect();
        run.settle(&faults, 5_000);
        let state = &run.state;
        prop_assert!(state.outcome.is_some(), "{state:?}");
        prop_assert_eq!(state.waiting_for.is_some(), state.state.is_active());
        if state.state == DeploymentState::Succeeded {
            prop_assert_eq!(&state.outcome, &Some(Outcome::Done));
        } else {
            prop_assert!(state.outcome != Some(Outcome::Done), "{state:?}");
        }
    }

    /// Good versions go out whatever they take the place of, and nothing of those is left.
    #[test]
    fn a_good_release_that_supersedes_others_succeeds(
        kind in prop_oneof![rolling_kind(), stepwise_kind()], count in 1_u32..8, next in 1_u32..8,
        rounds in prop::collection::vec(0_usize..12, 1..4),
    ) {
        let mut run = Run::new(&with_steps(change(Some((R1, count)), (R2, next), kind)), &[]);
        for quiet in rounds {
            for round in 0..quiet {
                run.round(&Event::Approve(round as u8 % 3));
            }
            if !run.state.state.is_active() {
                break;
            }
            run.round(&Event::Supersede { wanted: next });
        }
        for round in 0..5_000 {
            if !run.state.state.is_active() {
                break;
            }
            run.round(&Event::Approve(round as u8 % 3));
        }
        prop_assert_eq!(run.state.state, DeploymentState::Succeeded, "{:?}", run.state);
        prop_assert_eq!(run.world.counts(), vec![(run.rollout.target, run.rollout.wanted)]);
    }

    #[test]
    fn the_same_input_gives_the_same_output(
        rollout in any_rollout(any_kind()), natures in natures(), events in prop::collection::vec(event(), 1..60)
    ) {
        let play = || {
            let mut run = Run::new(&rollout, &natures);
            for event in &events {
                run.round(event);
            }
            (run.world.counts(), run.state)
        };
        prop_assert_eq!(play(), play());
    }

    #[test]
    fn a_healthy_old_instance_is_never_stopped_without_its_replacement(
        count in 1_u32..8, surge in 1_u32..4, bad in nature(),
        events in prop::collection::vec(fault(), 1..120),
    ) {
        let rollout = change(Some((R1, count)), (R2, count), rolling(surge, 0));
        let mut run = Run::new(&rollout, &[(R2, bad)]);
        // An engine that hears of a count late may stop what was not the last to serve when it was decided.
        for event in events.iter().filter(|event| !matches!(event, Event::Hold(_))) {
            let stopping = run.world.stopped_while_ready(R1);
            run.round(event);
            if run.state.back.is_some() || !run.state.state.is_active() {
                break;
            }
            if run.world.stopped_while_ready(R1) > stopping {
                prop_assert!(run.world.ready() >= count, "{} of {} serve", run.world.ready(), count);
            }
        }
    }

    #[test]
    fn a_rollback_reuses_what_runs(
        count in 1_u32..8, kind in prop_oneof![rolling_kind(), stepwise_kind()], rounds in 0_usize..30,
        bad in nature(),
    ) {
        let rollout = with_steps(change(Some((R1, count)), (R2, count), kind));
        let mut run = Run::new(&rollout, &[(R2, bad)]);
        let mut fewest = count;
        for index in 0..200 {
            let word = Command::RollBack { by: "ann".into(), reason: String::new() };
            run.round(&if index == rounds { Event::Command(word) } else { Event::Quiet });
            if !run.state.state.is_active() {
                break;
            }
            let wanted = run.world.counts().iter().find(|(key, _)| *key == R1).map_or(0, |(_, count)| *count);
            fewest = fewest.min(wanted);
        }
        prop_assert!(!run.state.state.is_active());
        if run.state.state == DeploymentState::RolledBack {
            let first = run.world.ready_ids(R1).into_iter().filter(|id| *id < count).count();
            prop_assert_eq!(first as u32, fewest, "instances that were never stopped still run");
            prop_assert_eq!(run.world.counts(), vec![(R1, count)]);
        }
    }

    #[test]
    fn an_abandoned_rollout_leaves_one_revision_not_two(
        rollout in any_rollout(any_kind()),
        bad in nature(),
        events in prop::collection::vec(event(), 0..60),
    ) {
        let mut run = Run::new(&rollout, &[(R2, bad)]);
        for event in &events {
            run.round(event);
        }
        run.world.held = false;
        run.settle(&[], 2_000);
        if run.state.state == DeploymentState::Paused {
            run.round(&Event::Command(Command::Abort { by: "ann".into(), reason: String::new() }));
            run.settle(&[], 2_000);
        }
        // After a failed end what is left over goes as soon as what stays can replace it.
        if run.state.state == DeploymentState::Failed {
            run.world.natures.clear();
            for _ in 0..100 {
                run.round(&Event::Quiet);
            }
        }
        let goal = run.state.goal(&run.rollout);
        let left = run.world.counts();
        if run.rollout.destroy && run.state.back.is_none() {
            prop_assert_eq!(left, vec![]);
        } else if goal.count > 0 || !left.is_empty() {
            prop_assert_eq!(left, vec![(goal.set, goal.count)], "{:?}", run.state);
        }
    }
}
