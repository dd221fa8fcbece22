use super::simulator::World;
use super::*;
use crate::api::PlanStep;
use crate::deployment::{DeploymentState, Outcome, WaitingFor};
use crate::environment::NodeResources;
use crate::id::InstanceId;
use crate::instance::{Health, Instance, InstanceState};
use crate::rollout::{Action, Command, Preview, RolloutState, preview};

fn set(set: SetKey, count: u32) -> Action {
    Action::SetWanted { set, count }
}

fn go(rollout: &Rollout, sets: &[ObservedSet]) -> (Vec<Action>, RolloutState) {
    plan(rollout, &RolloutState::new(at(0)), sets, None, at(0))
}

fn abort() -> Command {
    Command::Abort { by: "ann".into(), reason: "wrong image".into() }
}

fn roll_back() -> Command {
    Command::RollBack { by: "ann".into(), reason: "errors".into() }
}

fn pause() -> Command {
    Command::Pause { by: "ann".into(), reason: "look".into() }
}

#[test]
fn a_new_app_starts_all_at_once() {
    let rollout = change(None, (R1, 3), rolling(1, 0));
    let (actions, state) = go(&rollout, &[]);
    assert_eq!(actions, [set(R1, 3)]);
    assert_eq!(state.state, DeploymentState::Running);
    assert_eq!(state.waiting_for, Some(WaitingFor::Healthy { until: at(DEADLINE) }));
    let (actions, state) = plan(&rollout, &state, &[seen(R1, 3, 3)], None, at(5));
    assert_eq!(actions, []);
    assert_eq!((state.state, state.outcome), (DeploymentState::Succeeded, Some(Outcome::Done)));
    assert_eq!((state.progress.step, state.progress.steps, state.progress.healthy), (1, 1, 3));
}

#[test]
fn an_app_of_no_instances_is_made_at_once() {
    let (actions, state) = go(&change(None, (R1, 0), rolling(1, 0)), &[]);
    assert_eq!((actions, state.state), (vec![set(R1, 0)], DeploymentState::Succeeded));
}

#[test]
fn an_update_starts_one_and_stops_one() {
    let rollout = change(Some((R1, 3)), (R2, 3), rolling(1, 0));
    let (actions, state) = go(&rollout, &[seen(R1, 3, 3)]);
    assert_eq!(actions, [set(R2, 1)]);
    let waits = [seen(R1, 3, 3), seen(R2, 1, 0)];
    let (actions, state) = plan(&rollout, &state, &waits, None, at(1));
    assert_eq!(actions, []);
    let (actions, state) = plan(&rollout, &state, &[seen(R1, 3, 3), seen(R2, 1, 1)], None, at(2));
    assert_eq!(actions, [set(R1, 2), set(R2, 2)]);
    assert_eq!((state.progress.step, state.progress.steps), (2, 3));
    assert_eq!((state.progress.old_healthy, state.progress.healthy), (3, 1));
}

#[test]
fn an_old_set_is_forgotten_when_nothing_of_it_runs() {
    let rollout = change(Some((R1, 1)), (R2, 1), rolling(1, 0));
    let mut old = seen(R1, 1, 1);
    let (actions, state) = go(&rollout, &[old.clone(), seen(R2, 1, 1)]);
    assert_eq!(actions, [set(R1, 0)]);
    assert_eq!(state.waiting_for, Some(WaitingFor::Stopped { until: at(DEADLINE) }));
    (old.wanted, old.ready) = (0, 0);
    let (actions, state) = plan(&rollout, &state, &[old.clone(), seen(R2, 1, 1)], None, at(1));
    assert_eq!((actions.len(), state.state), (0, DeploymentState::Running));
    old.existing = 0;
    let (actions, state) = plan(&rollout, &state, &[old, seen(R2, 1, 1)], None, at(2));
    assert_eq!((actions, state.state), (vec![Action::Remove { set: R1 }], DeploymentState::Succeeded));
    assert_eq!(state.waiting_for, None);
}

#[test]
fn broken_old_instances_go_first_and_cost_nothing() {
    let rollout = change(Some((R1, 6)), (R2, 6), rolling(1, 0));
    let old = ObservedSet { broken: 4, ..seen(R1, 6, 2) };
    assert_eq!(go(&rollout, &[old]).0, [set(R1, 2), set(R2, 5)]);
}

#[test]
fn old_instances_of_unknown_health_are_kept_until_replaced() {
    let rollout = change(Some((R1, 6)), (R2, 6), rolling(1, 0));
    assert_eq!(go(&rollout, &[seen(R1, 6, 0)]).0, [set(R2, 1)], "as after a start of the console");
    assert_eq!(go(&rollout, &[seen(R1, 6, 0), seen(R2, 1, 1)]).0, [set(R1, 5), set(R2, 2)]);
}

#[test]
fn recreate_stops_all_before_it_starts_any() {
    let rollout = change(Some((R1, 2)), (R2, 3), StrategyKind::Recreate);
    let (actions, state) = go(&rollout, &[seen(R1, 2, 2)]);
    assert_eq!(actions, [set(R1, 0), set(R2, 0)]);
    assert_eq!(state.waiting_for, Some(WaitingFor::Stopped { until: at(DEADLINE) }));
    let stopping = ObservedSet { existing: 1, ..ObservedSet::empty(R1) };
    let (actions, state) = plan(&rollout, &state, &[stopping, seen(R2, 0, 0)], None, at(9));
    assert_eq!((actions, state.progress.step), (vec![], 1));
    let (actions, state) = plan(&rollout, &state, &[ObservedSet::empty(R1), seen(R2, 0, 0)], None, at(10));
    assert_eq!(actions, [set(R2, 3), Action::Remove { set: R1 }]);
    assert_eq!((state.progress.step, state.progress.steps), (2, 2));
}

#[test]
fn without_surge_a_stopping_instance_keeps_its_place() {
    let rollout = change(Some((R1, 1)), (R2, 1), rolling(0, 1));
    let (actions, state) = go(&rollout, &[seen(R1, 1, 1)]);
    assert_eq!(actions, [set(R1, 0), set(R2, 0)]);
    let gone = [ObservedSet::empty(R1), seen(R2, 0, 0)];
    assert_eq!(plan(&rollout, &state, &gone, None, at(1)).0, [set(R2, 1), Action::Remove { set: R1 }]);
}

#[test]
fn percentages_that_come_to_nothing_still_move() {
    let strategy = StrategyKind::Rolling {
        max_surge: Amount::Count(0),
        max_unavailable: Amount::Percent(crate::definition::Percent(10)),
    };
    let rollout = change(Some((R1, 3)), (R2, 3), strategy);
    assert_eq!(go(&rollout, &[seen(R1, 3, 3)]).0, [set(R1, 2), set(R2, 0)]);
}

#[test]
fn scaling_up_is_done_when_all_are_healthy() {
    let rollout = change(Some((R1, 2)), (R1, 5), rolling(1, 0));
    let (actions, state) = go(&rollout, &[seen(R1, 2, 2)]);
    assert_eq!((actions, state.state), (vec![set(R1, 5)], DeploymentState::Running));
    let (_, state) = plan(&rollout, &state, &[seen(R1, 5, 5)], None, at(3));
    assert_eq!(state.state, DeploymentState::Succeeded);
}

#[test]
fn scaling_down_a_broken_app_does_not_wait_for_health() {
    let rollout = change(Some((R1, 6)), (R1, 1), rolling(1, 0));
    let (actions, state) = go(&rollout, &[ObservedSet { broken: 6, ..seen(R1, 6, 0) }]);
    assert_eq!((actions, state.state), (vec![set(R1, 1)], DeploymentState::Running));
    let (_, state) = plan(&rollout, &state, &[seen(R1, 1, 0)], None, at(3));
    assert_eq!(state.state, DeploymentState::Succeeded);
}

#[test]
fn a_scale_that_misses_its_deadline_fails_and_keeps_its_count() {
    let mut rollout = change(Some((R1, 1)), (R1, 3), rolling(1, 0));
    for on_failure in [OnFailure::Rollback, OnFailure::Pause, OnFailure::Fail] {
        rollout.on_failure = on_failure;
        let (_, state) = go(&rollout, &[seen(R1, 1, 1)]);
        let (actions, state) = plan(&rollout, &state, &[seen(R1, 3, 2)], None, at(9));
        assert_eq!((actions, state.state), (vec![], DeploymentState::Running));
        let (_, state) = plan(&rollout, &state, &[seen(R1, 3, 2)], None, at(9 + DEADLINE - 1));
        assert_eq!(state.state, DeploymentState::Running);
        let (actions, state) = plan(&rollout, &state, &[seen(R1, 3, 2)], None, at(9 + DEADLINE));
        assert_eq!((actions, state.state), (vec![], DeploymentState::Failed));
        let outcome = Outcome::DeadlineExceeded { deadline: "10m".into(), ready: 2, wanted: 3, cause: None };
        assert_eq!(state.outcome, Some(outcome));
        assert_eq!(state.goal(&rollout).count, 3);
    }
}

#[test]
fn suspend_keeps_the_set_and_destroy_forgets_it() {
    let mut rollout = change(Some((R1, 2)), (R1, 0), rolling(1, 0));
    let (actions, state) = go(&rollout, &[seen(R1, 2, 2)]);
    assert_eq!(actions, [set(R1, 0)]);
    let (actions, end) = plan(&rollout, &state, &[ObservedSet::empty(R1)], None, at(1));
    assert_eq!((actions, end.state), (vec![], DeploymentState::Succeeded));
    rollout.destroy = true;
    let (actions, end) = plan(&rollout, &state, &[ObservedSet::empty(R1)], None, at(1));
    assert_eq!((actions, end.state), (vec![Action::Remove { set: R1 }], DeploymentState::Succeeded));
    let (actions, end) = go(&rollout, &[]);
    assert_eq!((actions, end.state), (vec![], DeploymentState::Succeeded), "nothing was there");
}

#[test]
fn destroy_says_what_does_not_end() {
    let rollout = Rollout { destroy: true, ..change(Some((R1, 2)), (R1, 0), rolling(1, 0)) };
    let (_, state) = go(&rollout, &[seen(R1, 2, 2)]);
    let stuck = ObservedSet { existing: 1, ..ObservedSet::empty(R1) };
    let (_, state) = plan(&rollout, &state, std::slice::from_ref(&stuck), None, at(5));
    let (_, state) = plan(&rollout, &state, &[stuck], None, at(5 + DEADLINE));
    assert_eq!(state.state, DeploymentState::Failed);
    assert_eq!(state.outcome, Some(Outcome::NotStopped { deadline: "10m".into(), left: 1 }));
}

#[test]
fn restart_moves_to_the_next_generation() {
    let next = SetKey { generation: 1, ..R1 };
    let rollout = change(Some((R1, 2)), (next, 2), rolling(1, 0));
    assert_eq!(go(&rollout, &[seen(R1, 2, 2)]).0, [set(next, 1)]);
}

#[test]
fn what_cannot_run_fails_at_once_and_goes_back() {
    let rollout = change(Some((R1, 2)), (R2, 2), rolling(1, 0));
    let (_, state) = go(&rollout, &[seen(R1, 2, 2)]);
    let cause = because(ReasonCode::CommandNotFound);
    let broken = ObservedSet { broken: 1, failure: Some(cause.clone()), ..seen(R2, 1, 0) };
    let (actions, state) = plan(&rollout, &state, &[seen(R1, 2, 2), broken], None, at(1));
    assert_eq!((actions, state.state), (vec![set(R2, 0)], DeploymentState::RollingBack));
    assert_eq!(state.outcome, Some(Outcome::CannotRun { cause: cause.clone() }));
    let (actions, end) = plan(&rollout, &state, &[seen(R1, 2, 2), seen(R2, 0, 0)], None, at(2));
    assert_eq!((actions, end.state), (vec![Action::Remove { set: R2 }], DeploymentState::RolledBack));
    assert_eq!(end.outcome, Some(Outcome::CannotRun { cause }));
    assert_eq!(end.goal(&rollout).set, R1);
}

#[test]
fn what_may_recover_is_given_time() {
    let rollout = change(Some((R1, 1)), (R2, 1), rolling(1, 0));
    let (_, state) = go(&rollout, &[seen(R1, 1, 1)]);
    let cause = because(ReasonCode::ExitCode);
    let crashed = ObservedSet { broken: 1, failure: Some(cause.clone()), ..seen(R2, 1, 0) };
    let sets = [seen(R1, 1, 1), crashed];
    let (_, state) = plan(&rollout, &state, &sets, None, at(DEADLINE - 1));
    assert_eq!(state.state, DeploymentState::Running);
    let (actions, state) = plan(&rollout, &state, &sets, None, at(DEADLINE));
    assert_eq!((actions, state.state), (vec![set(R2, 0)], DeploymentState::RollingBack));
    let why = Outcome::DeadlineExceeded { deadline: "10m".into(), ready: 0, wanted: 1, cause: Some(cause) };
    assert_eq!(state.outcome, Some(why));
}

#[test]
fn on_failure_decides_between_going_back_a_pause_and_a_failed_end() {
    let cause = because(ReasonCode::NotExecutable);
    let broken = ObservedSet { broken: 1, failure: Some(cause), ..seen(R2, 1, 0) };
    let sets = [seen(R1, 1, 1), broken];
    let back = [seen(R1, 1, 1), seen(R2, 0, 0)];
    let mut rollout = change(Some((R1, 1)), (R2, 1), rolling(1, 0));

    rollout.on_failure = OnFailure::Fail;
    let (_, state) = go(&rollout, &sets);
    assert_eq!(state.state, DeploymentState::RollingBack);
    assert_eq!(plan(&rollout, &state, &back, None, at(1)).1.state, DeploymentState::Failed);

    rollout.on_failure = OnFailure::Pause;
    let (actions, state) = go(&rollout, &sets);
    assert_eq!((actions, state.state), (vec![], DeploymentState::Paused));
    assert_eq!(state.waiting_for, Some(WaitingFor::Person));
    let (_, later) = plan(&rollout, &state, &sets, None, at(10 * DEADLINE));
    assert_eq!(later, state, "a pause has no deadline");
    let (_, on) = plan(&rollout, &state, &sets, Some(&Command::Continue), at(10 * DEADLINE));
    assert_eq!(on.state, DeploymentState::Running, "the person mended it");
    let (_, again) = plan(&rollout, &on, &sets, None, at(11 * DEADLINE));
    assert_eq!(again.state, DeploymentState::Paused);
    let (_, back) = plan(&rollout, &again, &sets, Some(&roll_back()), at(11 * DEADLINE));
    assert_eq!(back.state, DeploymentState::RollingBack);
}

#[test]
fn a_create_that_fails_leaves_the_engine_trying() {
    let rollout = change(None, (R1, 2), rolling(1, 0));
    let (_, state) = go(&rollout, &[]);
    let (actions, state) = plan(&rollout, &state, &[seen(R1, 2, 0)], None, at(DEADLINE));
    assert_eq!((actions, state.state), (vec![], DeploymentState::Failed));
    assert_eq!(state.goal(&rollout).count, 2);
}

#[test]
fn aborting_a_create_stops_what_it_started() {
    let rollout = change(None, (R1, 2), rolling(1, 0));
    let (_, state) = go(&rollout, &[]);
    let (actions, state) = plan(&rollout, &state, &[seen(R1, 2, 1)], Some(&abort()), at(1));
    assert_eq!((actions, state.state), (vec![set(R1, 0)], DeploymentState::RollingBack));
    let (actions, state) = plan(&rollout, &state, &[ObservedSet::empty(R1)], None, at(2));
    assert_eq!((actions, state.state), (vec![], DeploymentState::Aborted));
    let unmoved = go(&rollout, &[]).1;
    assert_eq!(plan(&rollout, &unmoved, &[], Some(&roll_back()), at(0)).1.state, DeploymentState::Running);
}

#[test]
fn a_person_ends_a_rollout_in_two_ways() {
    for (command, end) in [(abort(), DeploymentState::Aborted), (roll_back(), DeploymentState::RolledBack)] {
        let rollout = change(Some((R1, 3)), (R2, 3), rolling(1, 0));
        let mut world = World::new(&[(R1, 3)]);
        let mut state = RolloutState::new(at(0));
        for second in 0..3 {
            state = world.step(&rollout, &state, None, at(second));
        }
        state = world.step(&rollout, &state, Some(&command), at(3));
        assert_eq!(state.state, DeploymentState::RollingBack);
        for second in 4..20 {
            state = world.step(&rollout, &state, None, at(second));
        }
        assert_eq!(state.state, end);
        assert_eq!(world.counts(), [(R1, 3)]);
    }
}

#[test]
fn a_rollback_that_cannot_be_done_ends_and_goes_on_tidying() {
    let rollout = change(Some((R1, 2)), (R2, 2), rolling(1, 0));
    let (_, state) = go(&rollout, &[seen(R1, 2, 2)]);
    let sets = [seen(R1, 1, 0), seen(R2, 1, 1)];
    let (actions, state) = plan(&rollout, &state, &sets, Some(&roll_back()), at(1));
    assert_eq!(actions, [set(R1, 2)]);
    let sets = [seen(R1, 2, 0), seen(R2, 1, 1)];
    let (_, state) = plan(&rollout, &state, &sets, None, at(2));
    let (_, state) = plan(&rollout, &state, &sets, None, at(2 + DEADLINE));
    assert_eq!(state.state, DeploymentState::Failed);
    assert!(matches!(state.outcome, Some(Outcome::RollbackFailed { ready: 0, wanted: 2, .. })));
    assert_eq!(plan(&rollout, &state, &sets, None, at(2000)).0, [], "what serves is not stopped");
    let sets = [seen(R1, 2, 2), seen(R2, 1, 1)];
    let (actions, after) = plan(&rollout, &state, &sets, None, at(3000));
    assert_eq!((actions, after), (vec![set(R2, 0)], state));
}

#[test]
fn paused_time_does_not_count() {
    let rollout = change(Some((R1, 1)), (R2, 1), rolling(1, 0));
    let sets = [seen(R1, 1, 1), seen(R2, 1, 0)];
    let (_, state) = go(&rollout, &sets);
    let (actions, paused) = plan(&rollout, &state, &sets, Some(&pause()), at(100));
    assert_eq!((actions, paused.state), (vec![], DeploymentState::Paused));
    let (_, on) = plan(&rollout, &paused, &sets, Some(&Command::Continue), at(5_000));
    assert_eq!((on.state, &on.outcome), (DeploymentState::Running, &None));
    assert_eq!(on.waiting_for, Some(WaitingFor::Healthy { until: at(5_000 + DEADLINE - 100) }));
}

#[test]
fn a_pause_while_going_back_continues_going_back() {
    let rollout = change(Some((R1, 1)), (R2, 1), rolling(1, 0));
    let sets = [seen(R1, 1, 0), seen(R2, 1, 1)];
    let (_, state) = go(&rollout, &sets);
    let (_, back) = plan(&rollout, &state, &sets, Some(&abort()), at(1));
    let (_, paused) = plan(&rollout, &back, &sets, Some(&pause()), at(2));
    assert_eq!(paused.state, DeploymentState::Paused);
    let (_, on) = plan(&rollout, &paused, &sets, Some(&Command::Continue), at(3));
    assert_eq!((on.state, on.outcome), (DeploymentState::RollingBack, back.outcome));
}

#[test]
fn the_time_without_an_engine_does_not_count() {
    let rollout = change(None, (R1, 1), rolling(1, 0));
    let (_, state) = go(&rollout, &[]);
    let away = state.engine_away(at(100)).engine_away(at(200));
    assert_eq!(away.waiting_for, Some(WaitingFor::Engine));
    let (_, state) = plan(&rollout, &away, &[seen(R1, 1, 0)], None, at(1_100));
    assert_eq!(state.waiting_for, Some(WaitingFor::Healthy { until: at(1_000 + DEADLINE) }));
    let later = at(9_000);
    assert_eq!(state.console_restarted(&rollout, later).progressed_at, later);
}

#[test]
fn an_old_instance_that_does_not_end_fails_nothing_that_runs() {
    let rollout = change(Some((R1, 1)), (R2, 1), rolling(1, 0));
    let stuck = ObservedSet { existing: 1, ..ObservedSet::empty(R1) };
    let sets = [stuck, seen(R2, 1, 1)];
    let (_, state) = go(&rollout, &sets);
    let (_, state) = plan(&rollout, &state, &sets, None, at(DEADLINE));
    assert_eq!(state.state, DeploymentState::Failed);
    assert_eq!(state.goal(&rollout).set, R2, "the app stays at what runs");
    let gone = [ObservedSet::empty(R1), seen(R2, 1, 1)];
    assert_eq!(plan(&rollout, &state, &gone, None, at(5_000)).0, [Action::Remove { set: R1 }]);
}

#[test]
fn leftovers_of_a_superseded_rollout_go_before_what_a_rollback_needs() {
    let rollout = change(Some((R1, 3)), (R3, 3), rolling(1, 0));
    let sets = [seen(R1, 2, 2), seen(R2, 2, 2)];
    assert_eq!(go(&rollout, &sets).0, [set(R2, 1), set(R3, 1)]);
}

#[test]
fn preview_tells_the_steps_once() {
    let steps = |from, to, strategy| {
        preview(&change(Some((R1, from)), (R2, to), strategy), &[seen(R1, from, from)]).steps
    };
    let start = |count, total| PlanStep::Start { count, total };
    let stop = |count, left| PlanStep::Stop { count, left };
    assert_eq!(steps(6, 6, rolling(1, 0)), [start(1, 1), stop(1, 5), PlanStep::Repeat { times: 5 }]);
    assert_eq!(
        steps(5, 5, rolling(2, 0)),
        [start(2, 2), stop(2, 3), PlanStep::Repeat { times: 1 }, start(1, 5), stop(1, 0)]
    );
    assert_eq!(steps(1, 1, rolling(1, 0)), [start(1, 1), stop(1, 0)]);
    assert_eq!(steps(2, 2, StrategyKind::Recreate), [stop(2, 0), start(2, 2)]);
    let scale =
        |from, to| preview(&change(Some((R1, from)), (R1, to), rolling(1, 0)), &[seen(R1, from, from)]);
    assert_eq!(scale(2, 6).steps, [start(4, 6)]);
    assert_eq!(scale(6, 2).steps, [stop(4, 2)]);
    assert_eq!(scale(2, 2).steps, [PlanStep::Nothing]);
    assert_eq!((scale(2, 6).extra(), scale(6, 2).extra()), (4, 0));
}

#[test]
fn preview_knows_what_is_needed_at_the_peak() {
    let each = |cpus, memory_bytes| NodeResources { cpus, memory_bytes, disk_bytes: 0 };
    let shown: Preview = preview(&change(Some((R1, 4)), (R2, 4), rolling(1, 0)), &[seen(R1, 4, 4)]);
    assert_eq!(shown.extra(), 1);
    assert_eq!(shown.needed(each(0.5, 100), each(0.5, 100)), each(0.5, 100));
    assert_eq!(shown.needed(each(0.5, 100), each(1.0, 50)), each(2.5, 50));
}

#[test]
fn a_set_is_counted_from_its_instances() {
    let base = Instance {
        id: InstanceId("shop-1".to_owned()),
        app: "shop".parse().unwrap(),
        environment: "local".parse().unwrap(),
        revision: 1,
        generation: 0,
        state: InstanceState::Running,
        health: Health::Healthy,
        reason: None,
        node: "here".to_owned(),
        address: "127.0.0.1".to_owned(),
        ports: Vec::new(),
        restarts: 0,
        started_at: Some(at(0)),
        ended_at: None,
        exit_code: None,
        delayed_until: None,
        usage: None,
    };
    let failed = |code, ended| Instance {
        state: InstanceState::Failed,
        health: Health::Unknown,
        reason: Some(because(code)),
        ended_at: Some(at(ended)),
        ..base.clone()
    };
    let instances = [
        base.clone(),
        Instance { state: InstanceState::Stopping, ..base.clone() },
        Instance { health: Health::Unhealthy, ..base.clone() },
        Instance { health: Health::Unknown, ..base.clone() },
        failed(ReasonCode::CommandNotFound, 90),
        failed(ReasonCode::ExitCode, 120),
        failed(ReasonCode::OutOfMemory, 110),
        failed(ReasonCode::Stopped, 130),
    ];
    let set = ObservedSet::observe(R1, 5, &instances, at(100));
    let expected = ObservedSet {
        wanted: 5,
        existing: 4,
        ready: 1,
        broken: 1,
        failure: Some(because(ReasonCode::ExitCode)),
        ..ObservedSet::empty(R1)
    };
    assert_eq!(set, expected, "the latest failure since the rollout began");
}
