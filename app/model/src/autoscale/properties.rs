//! What holds for every policy, every past and every measurement.

use proptest::prelude::*;

use super::tests::{at, busy, policy};
use super::*;
use crate::definition::{Amount, Percent};

/// Any number, often one that should not be.
fn number() -> impl Strategy<Value = f64> {
    prop_oneof![
        4 => 0.0..400.0_f64,
        1 => any::<f64>(),
        1 => Just(f64::NAN),
        1 => Just(f64::INFINITY),
        1 => -100.0..0.0_f64,
    ]
}

prop_compose! {
    fn reading()(percent in number(), since in -600_i64..10) -> Reading {
        Reading { percent, since: at(since) }
    }
}

prop_compose! {
    fn seen()(
        stage in prop_oneof![Just(Stage::Pending), Just(Stage::Running), Just(Stage::Gone)],
        started in prop::option::of(-1_000_i64..10),
        changed in prop::option::of(-1_000_i64..10),
        ready in any::<bool>(),
        cpu in prop::option::of(reading()),
        memory in prop::option::of(reading()),
    ) -> Seen {
        Seen { stage, started_at: started.map(at), ready, ready_changed_at: changed.map(at), cpu, memory }
    }
}

fn target() -> impl Strategy<Value = Target> {
    prop_oneof![
        number().prop_map(|percent| Target::Cpu { percent }),
        number().prop_map(|percent| Target::Memory { percent }),
        (any::<bool>(), number()).prop_map(|(each, value)| Target::Query {
            query: "x".to_owned(),
            per: if each { Per::Instance } else { Per::Total },
            value
        }),
    ]
}

fn amount() -> impl Strategy<Value = Amount> {
    prop_oneof![(0_u32..20).prop_map(Amount::Count), (0_u8..=100).prop_map(|it| Amount::Percent(Percent(it)))]
}

prop_compose! {
    fn pace()(
        stabilisation in 0_u64..400,
        max_step in prop::collection::vec(amount(), 0..3),
        per in 1_u64..120,
    ) -> Pace {
        Pace { stabilisation: Span::from_secs(stabilisation), max_step, per: Span::from_secs(per) }
    }
}

prop_compose! {
    fn any_policy()(
        min in 0_u32..30,
        more in 0_u32..50,
        targets in prop::collection::vec(target(), 0..4),
        tolerance in 0.0..0.5_f64,
        scale_up in pace(),
        scale_down in pace(),
        cooldown in 0_u64..60,
    ) -> Policy {
        let cooldown = Span::from_secs(cooldown);
        Policy { min, max: min + more, targets, tolerance, scale_up, scale_down, cooldown, ..policy() }
    }
}

/// What is measured at one time, and how long after the one before.
type Moment = (i64, Vec<Seen>, Vec<Option<Vec<f64>>>);

fn moment() -> impl Strategy<Value = Moment> {
    let answer = prop::option::of(prop::collection::vec(number(), 0..3));
    (1_i64..60, prop::collection::vec(seen(), 0..12), prop::collection::vec(answer, 0..4))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn it_stays_within_its_bounds_and_steps_and_decides_the_same_again(
        policy in any_policy(),
        start in 0_u32..90,
        moments in prop::collection::vec(moment(), 1..12),
    ) {
        let (mut state, mut current, mut time) = (State::default(), start, 0);
        // Every change: when, from, to.
        let mut changes: Vec<(i64, u32, u32)> = Vec::new();
        for (pause, instances, answers) in &moments {
            time += pause;
            let now = Situation { now: at(time), current, instances, answers, interruption: None };
            let (decision, next) = decide(&policy, &state, &now);
            let again = decide(&policy, &state, &now);
            prop_assert_eq!(format!("{decision:?}"), format!("{:?}", again.0));
            prop_assert_eq!(&next, &again.1);
            let written = serde_json::to_string(&decision).unwrap();
            prop_assert!(serde_json::from_str::<Decision>(&written).is_ok());
            state = next;
            let figures = decision.figures();
            match &decision {
                Decision::Scale { why, .. } => {
                    prop_assert!((policy.min..=policy.max).contains(&figures.count));
                    prop_assert!(figures.count != current);
                    let largest = figures.targets.iter().filter_map(|figure| figure.recommended).max();
                    prop_assert_eq!(figures.recommended, largest);
                    if let ScaleReason::Target { .. } = why {
                        prop_assert!(within_step(&policy, &changes, time, current, figures.count));
                    }
                }
                Decision::Hold { .. } => prop_assert_eq!(figures.count, current),
            }
            if let Some(count) = decision.to_apply() {
                state.changed(at(time), current, count, &policy);
                changes.push((time, current, count));
                current = count;
            }
        }
    }

    #[test]
    fn noise_within_the_tolerance_changes_nothing(
        noise in prop::collection::vec(-0.099..0.099_f64, 1..40),
        count in 1_u32..50,
    ) {
        let mut state = State::default();
        for (step, noise) in (0_i64..).zip(&noise) {
            let instances = vec![busy(50.0 * (1.0 + noise)); count as usize];
            let now = at(step * 15);
            let now = Situation { now, current: count, instances: &instances, answers: &[], interruption: None };
            let (decision, next) = decide(&policy(), &state, &now);
            prop_assert_eq!(decision.to_apply(), None);
            state = next;
        }
    }

    #[test]
    fn constant_load_comes_to_rest_where_it_belongs(load in 1.0..3_000.0_f64, start in 1_u32..100) {
        // So much work in percent of one instance, shared by all alike.
        let policy = Policy { scale_down: Pace::down(), ..policy() };
        let (mut state, mut current, mut last_change) = (State::default(), start, 0);
        for step in 0..120_i64 {
            let instances = vec![busy(load / f64::from(current)); current as usize];
            let now = at(step * 15);
            let now = Situation { now, current, instances: &instances, answers: &[], interruption: None };
            let (decision, next) = decide(&policy, &state, &now);
            state = next;
            if let Some(count) = decision.to_apply() {
                state.changed(at(step * 15), current, count, &policy);
                (current, last_change) = (count, step);
            }
        }
        prop_assert!(last_change < 60, "still at {} after {} steps", current, last_change);
        let ideal = load / 50.0;
        let at_rest = f64::from(current);
        prop_assert!(at_rest + 1e-6 >= ideal / 1.1 && (at_rest <= ideal / 0.9 + 1.0), "{} for {}", current, ideal);
    }

    #[test]
    fn a_window_forgets_nothing_that_counts_and_stays_small(
        counts in prop::collection::vec((1_i64..20, 0_u32..40), 1..400),
    ) {
        let slow = Span::from_secs(600);
        let pace = Pace { stabilisation: slow, ..Pace::down() };
        let policy = Policy { scale_up: pace.clone(), scale_down: pace, ..policy() };
        let (mut state, mut time, mut all) = (State::default(), 0, Vec::new());
        for (pause, count) in counts {
            time += pause;
            state.recommend(at(time), count, &policy);
            all.push((time, count));
            let recent = || all.iter().filter(|(then, _)| time - then < 600).map(|(_, count)| *count);
            prop_assert_eq!(state.highest(at(time), slow), recent().max());
            prop_assert_eq!(state.lowest(at(time), slow), recent().min());
        }
        prop_assert!(state.len().0 <= 80);
    }
}

/// Whether a change keeps to the limit, by the count at the beginning of the period as the changes tell it.
fn within_step(policy: &Policy, changes: &[(i64, u32, u32)], now: i64, from: u32, to: u32) -> bool {
    let pace = if to > from { &policy.scale_up } else { &policy.scale_down };
    let per = i64::try_from(pace.per.duration().as_secs()).unwrap();
    let first = changes.iter().find(|(then, ..)| *then > now - per);
    let start = first.map_or(from, |(_, before, _)| *before);
    let moved = i64::from(to) - i64::from(start);
    pace.max_step.iter().any(|step| match *step {
        Amount::Count(count) => {
            moved.abs() <= i64::from(count) || moved.signum() != (i64::from(to) - i64::from(from)).signum()
        }
        Amount::Percent(Percent(percent)) => {
            let least = if start == 0 { 1.0 } else { 0.0 };
            let most = (f64::from(start) * f64::from(percent) / 100.0).ceil().max(least);
            moved.abs() as f64 <= most || moved.signum() != (i64::from(to) - i64::from(from)).signum()
        }
    })
}
