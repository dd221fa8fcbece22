//! Staged and blue/green rollouts, step by step.

use super::simulator::World;
use super::*;
use crate::api::PlanStep;
use crate::check::{Check, CheckRun, Question, Tally, Verdict};
use crate::definition::{Gate, OnTimeout, Percent, Strategy, StrategyStep};
use crate::deployment::{DeploymentState, Outcome, WaitingFor};
use crate::rollout::{Approval, SkipReason, Step, plan as decide, preview, steps};

fn staged(given: Vec<StrategyStep>, count: u32) -> Rollout {
    let kind =
        StrategyKind::Staged { steps: given, max_surge: Amount::Count(1), max_unavailable: Amount::Count(0) };
    let steps = steps(&Strategy { kind: kind.clone(), ..Strategy::default() }, count);
    Rollout { steps, checks: vec![errors()], ..change(Some((R1, count)), (R2, count), kind) }
}

fn canary(count: u32) -> Rollout {
    let verify = StrategyStep::Verify(Span::from_secs(60));
    staged(
        vec![StrategyStep::Set(Amount::Count(1)), verify, StrategyStep::Set(Amount::Percent(Percent(100)))],
        count,
    )
}

fn errors() -> Check {
    Check {
        name: "errors".to_owned(),
        question: Question::Restarts { max: 0, window: Span::from_secs(60) },
        interval: Span::from_secs(10),
        initial_delay: Span::from_secs(0),
        failure_limit: 1,
        inconclusive_limit: 0,
        error_limit: 1,
        on_no_data: crate::check::OnNoData::Inconclusive,
        observe_only: false,
        background: false,
    }
}

fn said(step: Option<u32>, verdicts: &[Verdict]) -> Evidence {
    let mut tally = Tally::default();
    for verdict in verdicts {
        tally.add(*verdict, "14.2 > 5", at(0));
    }
    Evidence { runs: vec![CheckRun { check: "errors".to_owned(), step, tally }], approvals: Vec::new() }
}

fn nothing() -> Evidence {
    Evidence::default()
}

/// Five old and one new, all healthy.
fn one_of_six() -> [ObservedSet; 2] {
    [seen(R1, 5, 5), seen(R2, 1, 1)]
}

fn at_verify() -> (Rollout, RolloutState) {
    let rollout = canary(6);
    let (_, state) = plan(&rollout, &RolloutState::new(at(0)), &one_of_six(), None, at(0));
    assert_eq!(state.waiting_for, Some(WaitingFor::Checks { until: at(60) }));
    (rollout, state)
}

#[test]
fn one_percent_of_six_is_one_and_the_end_is_all() {
    let resolved = staged(vec![StrategyStep::Set(Amount::Percent(Percent(1)))], 6).steps;
    let set = |count| Step::Set { count, beside: false };
    assert_eq!(resolved, [set(1), set(6)]);
    assert_eq!(staged(vec![StrategyStep::Set(Amount::Count(9))], 6).steps, [set(6)]);
}

#[test]
fn a_canary_takes_one_place_and_then_waits_for_its_checks() {
    let rollout = canary(6);
    let (actions, state) = plan(&rollout, &RolloutState::new(at(0)), &[seen(R1, 6, 6)], None, at(0));
    assert_eq!(actions, [Action::SetWanted { set: R2, count: 1 }]);
    let (actions, state) = plan(&rollout, &state, &[seen(R1, 6, 6), seen(R2, 1, 1)], None, at(5));
    assert_eq!(actions, [Action::SetWanted { set: R1, count: 5 }], "not one more");
    let (actions, state) = plan(&rollout, &state, &one_of_six(), None, at(6));
    assert_eq!((actions, state.state), (vec![], DeploymentState::Running));
    assert_eq!(state.waiting_for, Some(WaitingFor::Checks { until: at(65) }));
    assert_eq!((state.progress.step, state.progress.steps), (2, 3));
    assert_eq!(state.reached, [at(0), at(5)]);
}

#[test]
fn time_alone_does_not_verify() {
    let (rollout, state) = at_verify();
    let (_, waits) = decide(&rollout, &state, &one_of_six(), &nothing(), None, at(90));
    assert_eq!(waits.step, 1, "nothing was measured");
    let (_, waits) = decide(&rollout, &state, &one_of_six(), &said(Some(2), &[Verdict::Pass]), None, at(59));
    assert_eq!(waits.step, 1, "its time is not over");
    let passed = said(Some(2), &[Verdict::Pass, Verdict::Fail, Verdict::Pass]);
    let (actions, next) = decide(&rollout, &state, &one_of_six(), &passed, None, at(60));
    assert_eq!(actions, [Action::SetWanted { set: R2, count: 2 }]);
    assert_eq!((next.step, next.waiting_for), (2, Some(WaitingFor::Healthy { until: at(60 + DEADLINE) })));
}

#[test]
fn a_failed_check_goes_back_and_says_what_it_saw() {
    let (rollout, state) = at_verify();
    let (actions, next) =
        decide(&rollout, &state, &one_of_six(), &said(Some(2), &[Verdict::Fail; 2]), None, at(20));
    assert_eq!(actions, [Action::SetWanted { set: R1, count: 6 }]);
    assert_eq!(next.state, DeploymentState::RollingBack);
    let why = Outcome::CheckFailed {
        check: "errors".into(),
        step: Some(2),
        background: false,
        failed: 2,
        measured: 2,
        detail: "14.2 > 5".into(),
    };
    assert_eq!(next.back, Some(why));
}

#[test]
fn another_steps_measurements_do_not_count() {
    let (rollout, state) = at_verify();
    let (_, next) =
        decide(&rollout, &state, &one_of_six(), &said(Some(1), &[Verdict::Fail; 9]), None, at(20));
    assert_eq!(next.state, DeploymentState::Running);
}

#[test]
fn a_background_check_stops_it_in_any_step() {
    let mut rollout = canary(6);
    rollout.checks[0].background = true;
    let failed = said(None, &[Verdict::Fail; 2]);
    let sets = [seen(R1, 6, 6), seen(R2, 1, 0)];
    let (_, next) = decide(&rollout, &RolloutState::new(at(0)), &sets, &failed, None, at(20));
    assert_eq!(next.state, DeploymentState::RollingBack);
    let rolling = Rollout { checks: rollout.checks, ..change(Some((R1, 6)), (R2, 6), rolling(1, 0)) };
    let (_, next) = decide(&rolling, &RolloutState::new(at(0)), &sets, &failed, None, at(20));
    assert_eq!(next.state, DeploymentState::RollingBack, "rolling too");
}

#[test]
fn doubt_asks_a_person_who_may_go_on() {
    let (rollout, state) = at_verify();
    let doubt = said(Some(2), &[Verdict::Inconclusive]);
    let (_, paused) = decide(&rollout, &state, &one_of_six(), &doubt, None, at(20));
    assert_eq!(
        (paused.state, paused.waiting_for.clone()),
        (DeploymentState::Paused, Some(WaitingFor::Person))
    );
    let (_, next) = decide(&rollout, &paused, &one_of_six(), &doubt, Some(&Command::Continue), at(500));
    assert_eq!((next.state, next.step), (DeploymentState::Running, 2));
}

#[test]
fn a_check_that_cannot_be_asked_fails() {
    let (rollout, state) = at_verify();
    let (_, next) =
        decide(&rollout, &state, &one_of_six(), &said(Some(2), &[Verdict::Error; 2]), None, at(20));
    assert!(matches!(next.back, Some(Outcome::CheckErrored { errors: 2, .. })), "{next:?}");
}

#[test]
fn a_pause_does_not_count_as_verified() {
    let (rollout, state) = at_verify();
    let pause = Command::Pause { by: "ann".into(), reason: String::new() };
    let good = said(Some(2), &[Verdict::Pass]);
    let (_, paused) = decide(&rollout, &state, &one_of_six(), &good, Some(&pause), at(10));
    assert_eq!(rollout.asked(&paused), []);
    let (_, next) = decide(&rollout, &paused, &one_of_six(), &good, Some(&Command::Continue), at(1_000));
    assert_eq!(next.waiting_for, Some(WaitingFor::Checks { until: at(1_050) }));
}

#[test]
fn a_clock_that_was_set_ends_no_wait() {
    let (rollout, state) = at_verify();
    let hour = 3_600_000;
    let moved = state.clock_moved(hour);
    let good = said(Some(2), &[Verdict::Pass]);
    let (_, next) = decide(&rollout, &moved, &one_of_six(), &good, None, at(3_600 + 59));
    assert_eq!(next.waiting_for, Some(WaitingFor::Checks { until: at(3_660) }));
}

#[test]
fn an_instance_that_falls_ill_while_it_is_verified_meets_the_deadline() {
    let (rollout, state) = at_verify();
    let ill = [seen(R1, 5, 5), ObservedSet { broken: 1, ..seen(R2, 1, 0) }];
    let good = said(Some(2), &[Verdict::Pass; 9]);
    let (_, waits) = decide(&rollout, &state, &ill, &good, None, at(70));
    assert_eq!(waits.waiting_for, Some(WaitingFor::Healthy { until: at(70 + DEADLINE) }));
    let (_, next) = decide(&rollout, &waits, &ill, &good, None, at(70 + DEADLINE));
    assert!(matches!(next.back, Some(Outcome::DeadlineExceeded { .. })), "{next:?}");
}

fn gated(gate: Gate) -> (Rollout, RolloutState) {
    let steps = vec![StrategyStep::Set(Amount::Count(1)), StrategyStep::Approve(gate)];
    let rollout = staged(steps, 6);
    let (_, state) = plan(&rollout, &RolloutState::new(at(0)), &one_of_six(), None, at(0));
    assert_eq!(state.state, DeploymentState::AwaitingApproval);
    (rollout, state)
}

fn yes(by: &[&str]) -> Evidence {
    let approval = |by: &&str| Approval { step: 2, by: (*by).to_owned(), reason: String::new(), time: at(1) };
    Evidence { runs: Vec::new(), approvals: by.iter().map(approval).collect() }
}

#[test]
fn a_gate_waits_for_as_many_as_it_asks_for() {
    let (rollout, state) = gated(Gate { approvers: 2, ..Gate::default() });
    let (_, waits) = decide(&rollout, &state, &one_of_six(), &yes(&["ann"]), None, at(9));
    let Some(WaitingFor::Approval { approvers: 2, by, until, .. }) = &waits.waiting_for else {
        panic!("{waits:?}")
    };
    assert_eq!((by.as_slice(), *until), (&["ann".to_owned()][..], at(86_400)));
    let (_, next) = decide(&rollout, &waits, &one_of_six(), &yes(&["ann", "bob"]), None, at(10));
    assert_eq!((next.state, next.step), (DeploymentState::Running, 2));
}

#[test]
fn a_no_or_nobodys_answer_goes_back_unless_it_means_yes() {
    let (rollout, state) = gated(Gate { timeout: Span::from_secs(100), ..Gate::default() });
    let no = Command::Reject { by: "bob".into(), reason: "not today".into() };
    let (_, next) = decide(&rollout, &state, &one_of_six(), &nothing(), Some(&no), at(9));
    assert!(matches!(next.back, Some(Outcome::Rejected { step: 2, .. })), "{next:?}");
    let (_, next) = decide(&rollout, &state, &one_of_six(), &nothing(), None, at(100));
    assert!(matches!(next.back, Some(Outcome::ApprovalTimedOut { approvers: 1, .. })), "{next:?}");
    let (rollout, state) =
        gated(Gate { timeout: Span::from_secs(100), on_timeout: OnTimeout::Approve, ..Gate::default() });
    let (_, next) = decide(&rollout, &state, &one_of_six(), &nothing(), None, at(100));
    assert_eq!((next.back, next.step), (None, 2));
}

#[test]
fn a_gate_that_was_refused_and_paused_is_asked_again() {
    let (rollout, state) = gated(Gate::default());
    let rollout = Rollout { on_failure: OnFailure::Pause, ..rollout };
    let no = Command::Reject { by: "bob".into(), reason: String::new() };
    let (_, paused) = decide(&rollout, &state, &one_of_six(), &nothing(), Some(&no), at(9));
    assert_eq!(paused.state, DeploymentState::Paused);
    let (_, next) = decide(&rollout, &paused, &one_of_six(), &nothing(), Some(&Command::Continue), at(50));
    assert_eq!(next.state, DeploymentState::AwaitingApproval);
}

#[test]
fn a_person_may_skip_a_step_or_all_of_them() {
    let (rollout, state) = at_verify();
    let (_, next) = plan(&rollout, &state, &one_of_six(), Some(&Command::Skip { by: "ann".into() }), at(5));
    assert_eq!(next.step, 2);
    let promote = Command::Promote { by: "ann".into() };
    let (rollout, state) = gated(Gate { approvers: 20, ..Gate::default() });
    let (actions, next) = plan(&rollout, &state, &one_of_six(), Some(&promote), at(5));
    assert_eq!(actions, [Action::SetWanted { set: R2, count: 2 }]);
    assert_eq!((next.step, next.promoted), (2, true));
}

#[test]
fn going_back_from_a_canary_stops_it_without_touching_the_old_ones() {
    let (rollout, state) = at_verify();
    let back = Command::RollBack { by: "ann".into(), reason: String::new() };
    let (_, next) = plan(&rollout, &state, &[seen(R1, 6, 6), seen(R2, 1, 1)], Some(&back), at(5));
    let (actions, _) = plan(&rollout, &next, &[seen(R1, 6, 6), seen(R2, 1, 1)], None, at(6));
    assert_eq!(actions, [Action::SetWanted { set: R2, count: 0 }]);
}

fn blue_green() -> Rollout {
    let kind = StrategyKind::BlueGreen {
        verify: Span::from_secs(60),
        approve: None,
        keep_old: Span::from_secs(300),
    };
    let steps = steps(&Strategy { kind: kind.clone(), ..Strategy::default() }, 3);
    Rollout { steps, ..change(Some((R1, 3)), (R2, 3), kind) }
}

#[test]
fn blue_and_green_stand_beside_each_other_until_the_old_are_let_go() {
    let rollout = blue_green();
    let both = [seen(R1, 3, 3), seen(R2, 3, 3)];
    let (actions, state) = plan(&rollout, &RolloutState::new(at(0)), &[seen(R1, 3, 3)], None, at(0));
    assert_eq!(actions, [Action::SetWanted { set: R2, count: 3 }]);
    let (actions, state) = plan(&rollout, &state, &both, None, at(10));
    assert_eq!((actions, state.waiting_for.clone()), (vec![], Some(WaitingFor::Checks { until: at(70) })));
    let (actions, state) = plan(&rollout, &state, &both, None, at(70));
    assert_eq!((actions, state.waiting_for.clone()), (vec![], Some(WaitingFor::OldKept { until: at(370) })));
    let (actions, _) = plan(&rollout, &state, &both, None, at(370));
    assert_eq!(actions, [Action::SetWanted { set: R1, count: 0 }]);
    let back = Command::RollBack { by: "ann".into(), reason: String::new() };
    let (actions, _) = plan(&rollout, &state, &both, Some(&back), at(100));
    assert_eq!(actions, [Action::SetWanted { set: R2, count: 0 }], "going back is one step");
}

#[test]
fn the_first_deployment_and_a_quick_way_back_go_without_steps() {
    let definition = crate::definition::parse(&serde_json::json!({
        "command": ["./api"],
        "strategy": { "kind": "staged", "steps": [{ "set": 1 }, { "verify": "60s" }] },
        "checks": [{ "kind": "restarts", "max": 0 }]
    }))
    .unwrap();
    let kind = definition.strategy.kind.clone();
    let first = change(None, (R1, 3), kind.clone()).with_steps(&definition, false);
    assert_eq!(
        (first.skip, first.steps.len(), first.checks.len()),
        (Some(SkipReason::FirstDeployment), 0, 0)
    );
    let update = change(Some((R1, 3)), (R2, 3), kind.clone());
    let quick = update.clone().with_steps(&definition, true);
    assert_eq!((quick.skip, quick.steps.len()), (Some(SkipReason::RecentlyOut), 0));
    let whole = update.with_steps(&definition, false);
    assert_eq!((whole.skip, whole.steps.len(), whole.checks.len()), (None, 3, 1));
    let scale = change(Some((R1, 3)), (R1, 5), kind).with_steps(&definition, false);
    assert_eq!((scale.skip, scale.steps.len()), (None, 0));
}

#[test]
fn the_plan_shows_its_steps_with_counts_and_times() {
    let told = preview(&canary(3), &[seen(R1, 3, 3)]).steps;
    assert_eq!(
        told,
        [
            PlanStep::Start { count: 1, total: 1 },
            PlanStep::Stop { count: 1, left: 2 },
            PlanStep::Verify { time: Span::from_secs(60), checks: vec!["errors".into()] },
            PlanStep::Start { count: 1, total: 2 },
            PlanStep::Stop { count: 1, left: 1 },
            PlanStep::Repeat { times: 1 },
        ]
    );
    let told = preview(&blue_green(), &[seen(R1, 3, 3)]).steps;
    assert_eq!(told.first(), Some(&PlanStep::Start { count: 3, total: 3 }));
    assert_eq!(told.last(), Some(&PlanStep::Stop { count: 3, left: 0 }));
    assert!(told.contains(&PlanStep::Switch { keep_old: Span::from_secs(300) }));
}

fn superseding(rollout: Rollout, target: SetKey) -> Rollout {
    Rollout { target, ..rollout }
}

#[test]
fn a_superseded_version_goes_while_the_old_one_takes_its_place() {
    let rollout = superseding(canary(6), R3);
    let mut world = World::new(&[(R1, 1), (R2, 5)]);
    let mut state = RolloutState::new(at(0));
    for second in 1..40 {
        state = world.step(&rollout, &state, None, at(second));
        assert!(world.ready() >= 6, "{:?}", world.counts());
    }
    assert_eq!(world.counts(), [(R1, 5), (R3, 1)]);
    assert!(matches!(state.waiting_for, Some(WaitingFor::Checks { .. })), "{state:?}");
}

#[test]
fn blue_and_green_can_be_superseded_by_another() {
    let rollout = superseding(blue_green(), R3);
    let mut world = World::new(&[(R1, 3), (R2, 3)]);
    let mut state = RolloutState::new(at(0));
    for second in 1..2_000 {
        state = world.step(&rollout, &state, None, at(second));
        assert!(world.ready() >= 3, "{:?}", world.counts());
    }
    assert_eq!((state.state, world.counts()), (DeploymentState::Succeeded, vec![(R3, 3)]));
}

#[test]
fn scaled_up_in_a_canary_the_old_version_carries_the_load() {
    let steps = steps(&Strategy { kind: canary(6).strategy, ..Strategy::default() }, 12);
    let rollout = Rollout { wanted: 12, steps, ..canary(6) };
    let mut world = World::new(&[(R1, 5), (R2, 1)]);
    let mut state = RolloutState::new(at(0));
    for second in 1..10 {
        state = world.step(&rollout, &state, None, at(second));
    }
    assert_eq!((state.step, world.counts()), (1, vec![(R1, 11), (R2, 1)]));
}

#[test]
fn a_canary_that_flaps_is_verified_anew() {
    let (rollout, state) = at_verify();
    let ill = [seen(R1, 5, 5), ObservedSet { broken: 1, ..seen(R2, 1, 0) }];
    let good = said(Some(2), &[Verdict::Pass; 9]);
    let (_, waits) = decide(&rollout, &state, &ill, &good, None, at(55));
    let (_, next) = decide(&rollout, &waits, &one_of_six(), &good, None, at(60));
    assert_eq!(next.waiting_for, Some(WaitingFor::Checks { until: at(120) }));
}

#[test]
fn a_verification_that_nobody_answers_ends() {
    let (rollout, state) = at_verify();
    let (_, waits) = decide(&rollout, &state, &one_of_six(), &nothing(), None, at(60 + DEADLINE));
    assert_eq!(waits.state, DeploymentState::Running);
    let late = at(60 + 10 + DEADLINE);
    let (_, next) = decide(&rollout, &waits, &one_of_six(), &nothing(), None, late);
    assert!(matches!(next.back, Some(Outcome::CheckErrored { errors: 0, .. })), "{next:?}");
}

#[test]
fn what_is_only_asked_for_lets_nothing_go_yet() {
    let leftover = SetKey { revision: 9, generation: 0 };
    let asked = |key, wanted| ObservedSet { wanted, ..ObservedSet::empty(key) };
    let unready = ObservedSet { existing: 1, ..asked(leftover, 1) };
    let rollout = Rollout { previous_wanted: 1, ..canary(2) };
    let (actions, state) =
        plan(&rollout, &RolloutState::new(at(0)), std::slice::from_ref(&unready), None, at(0));
    let set = |set, count| Action::SetWanted { set, count };
    assert_eq!(actions, [set(R1, 1), set(R2, 1)]);
    // Committed, but the engine has not heard of it.
    let committed = [asked(R1, 1), unready, asked(R2, 1)];
    let (actions, _) = plan(&rollout, &state, &committed, None, at(0));
    assert_eq!(actions, [], "the one that may serve stays until another could");
}
