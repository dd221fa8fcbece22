use model::duration::Span;

use super::*;

fn set_id() -> ReplicaSetId {
    ReplicaSetId {
        environment: "test".parse().expect("a name"),
        app: "shop".parse().expect("a name"),
        revision: 1,
        generation: 0,
    }
}

fn definition() -> Definition {
    serde_json::from_value(serde_json::json!({"command": "sleep 60"})).expect("a definition")
}

fn here(now: i64) -> Here<'static> {
    Here { node: "n", address: "127.0.0.1", now: Timestamp::from_millis(now) }
}

impl Hold for () {}

struct Bench {
    state: Roster<()>,
    ids: u32,
}

impl Bench {
    fn new() -> Self {
        Self { state: Roster::default(), ids: 0 }
    }

    fn ensure(&mut self, wanted: u32, now: i64) -> Vec<String> {
        let set = self.state.sets.entry(set_id()).or_default();
        set.definition = Some(Arc::new(definition()));
        set.wanted = wanted;
        set.removed = false;
        self.settle(now)
    }

    fn settle(&mut self, now: i64) -> Vec<String> {
        let ids = &mut self.ids;
        let settled = self.state.settle(&set_id(), here(now), || {
            *ids += 1;
            InstanceId(format!("i{ids}"))
        });
        settled.begun.into_iter().map(|id| id.0).collect()
    }

    fn managed(&mut self, id: &str) -> &mut Managed<()> {
        self.state.managed(&set_id(), &InstanceId(id.to_owned())).expect("an instance")
    }

    fn run(&mut self, id: &str, healthy: bool, now: i64) {
        let managed = self.managed(id);
        managed.view.state = InstanceState::Running;
        managed.view.delayed_until = None;
        if healthy {
            managed.view.health = Health::Healthy;
            managed.ready_at = Some(Timestamp::from_millis(now));
        }
    }

    fn end(&mut self, id: &str, crashed: bool, now: i64) -> Vec<String> {
        let reason = InstanceReason { code: ReasonCode::ExitCode, detail: "1".to_owned() };
        let at = Timestamp::from_millis(now);
        let end = End { at, state: InstanceState::Exited, reason, exit_code: Some(1), crashed };
        self.state.end(&set_id(), &InstanceId(id.to_owned()), end);
        self.settle(now)
    }

    fn delay(&mut self, id: &str, now: i64) -> Option<u128> {
        let until = self.managed(id).view.delayed_until;
        until.map(|until| until.since(Timestamp::from_millis(now)).as_millis())
    }
}

#[test]
fn scaling_down_takes_the_waiting_then_the_unready_then_the_youngest() {
    let mut bench = Bench::new();
    assert_eq!(bench.ensure(4, 0), ["i1", "i2", "i3", "i4"]);
    for (id, healthy) in [("i1", false), ("i2", true), ("i3", true), ("i4", true)] {
        bench.run(id, healthy, 0);
    }
    assert_eq!(bench.end("i2", true, 100), ["i5"]);
    bench.ensure(3, 200);
    assert!(
        bench.state.managed(&set_id(), &InstanceId("i5".to_owned())).is_none(),
        "waited, so it went first"
    );
    bench.ensure(2, 300);
    assert_eq!(bench.managed("i1").view.state, InstanceState::Stopping);
    bench.ensure(1, 400);
    assert_eq!(bench.managed("i4").view.state, InstanceState::Stopping);
    assert_eq!(bench.managed("i3").view.state, InstanceState::Running);
    assert_eq!(bench.end("i4", false, 500), [""; 0], "what was retired is not replaced");
}

#[test]
fn ends_in_a_row_wait_longer_and_a_stable_run_forgives() {
    let mut bench = Bench::new();
    bench.ensure(1, 0);
    bench.run("i1", true, 0);
    assert_eq!(bench.end("i1", true, 1000), ["i2"]);
    assert_eq!(bench.delay("i2", 1000), Some(1000));
    assert_eq!(bench.managed("i2").view.restarts, 1);
    assert_eq!(bench.managed("i2").view.reason.as_ref().map(|r| r.code), Some(ReasonCode::ExitCode));
    bench.run("i2", true, 2000);
    bench.end("i2", true, 2100);
    assert_eq!(bench.delay("i3", 2100), Some(1150));
    bench.run("i3", true, 4000);
    bench.end("i3", true, 4000 + 10_000);
    assert_eq!(bench.delay("i4", 14_000), Some(1000));
    bench.run("i4", true, 15_000);
    bench.end("i4", false, 15_100);
    assert_eq!(bench.delay("i5", 15_100), None, "stopped by a person: replaced at once");
}

#[test]
fn a_set_that_nobody_ensured_is_seen_and_left_alone() {
    let mut bench = Bench::new();
    bench.ensure(2, 0);
    bench.run("i1", true, 0);
    bench.run("i2", true, 0);
    bench.state.sets.get_mut(&set_id()).expect("the set").definition = None;
    assert_eq!(bench.end("i1", true, 100), [""; 0]);
    let seen = bench.state.observe();
    assert_eq!((seen.sets.len(), seen.sets[0].wanted, seen.sets[0].instances.len()), (1, 1, 2));
    assert_eq!(bench.ensure(2, 200), ["i3"], "ensured again, what ended is replaced");
    assert_eq!(bench.managed("i3").view.restarts, 1);
    assert_eq!(bench.managed("i3").place, 0);
}

#[test]
fn a_removed_set_is_over_when_its_last_instance_is() {
    let mut bench = Bench::new();
    bench.ensure(1, 0);
    bench.run("i1", true, 0);
    bench.state.sets.get_mut(&set_id()).expect("the set").removed = true;
    bench.settle(10);
    assert_eq!(bench.state.observe().sets[0].instances[0].state, InstanceState::Stopping);
    assert_eq!(bench.end("i1", false, 20), [""; 0]);
    assert_eq!(bench.state.observe().sets.len(), 0);
    assert_eq!(bench.state.of_app(&set_id().key()).count(), 1, "its logs can still be read");
    bench.state.prune(&set_id(), Timestamp::from_millis(25 * 3_600_000));
    assert!(bench.state.sets.is_empty());
}

#[test]
fn what_is_kept_for_its_logs_goes_when_there_is_no_room() {
    let mut bench = Bench::new();
    bench.ensure(2, 0);
    bench.run("i1", true, 0);
    bench.run("i2", true, 0);
    bench.end("i2", true, 10);
    assert_eq!(bench.state.make_room().len(), 0, "what is wanted stays");
    bench.state.sets.get_mut(&set_id()).expect("the set").removed = true;
    bench.settle(20);
    assert_eq!(bench.state.make_room().len(), 0, "one still runs");
    bench.end("i1", false, 30);
    assert!(bench.state.make_room().len() >= 2 && bench.state.sets.is_empty());
}

#[test]
fn no_more_ended_instances_are_kept_than_promised() {
    let mut bench = Bench::new();
    bench.ensure(1, 0);
    for round in 1..=30 {
        let id = format!("i{round}");
        bench.run(&id, false, round);
        bench.end(&id, true, round * 1000);
    }
    let seen = bench.state.observe();
    assert_eq!(seen.sets[0].instances.len(), ENDED_MAX + 1);
    let delay = bench.delay("i31", 30_000).expect("it waits");
    assert!(delay > 50_000 && delay <= u128::from(Span::from_secs(300).as_millis()), "{delay}");
}

#[test]
fn a_clock_that_was_set_back_lengthens_no_delay() {
    let mut bench = Bench::new();
    bench.ensure(1, 1_000_000);
    bench.run("i1", false, 1_000_000);
    let reason = InstanceReason { code: ReasonCode::ExitCode, detail: "1".to_owned() };
    let at = Timestamp::from_millis(1_000_000);
    let end = End { at, state: InstanceState::Exited, reason, exit_code: Some(1), crashed: true };
    bench.state.end(&set_id(), &InstanceId("i1".to_owned()), end);
    bench.settle(400_000);
    assert_eq!(bench.delay("i2", 400_000), Some(1000));
}
