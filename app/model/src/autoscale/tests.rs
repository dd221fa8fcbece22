use serde_json::{Value, json};

use super::*;
use crate::problem::FieldError;
use crate::time::Timestamp;

pub(super) fn at(seconds: i64) -> Timestamp {
    Timestamp::from_millis(1_700_000_000_000 + seconds * 1_000)
}

/// Long since started and ready, with this use of cores and no word on memory.
pub(super) fn busy(percent: f64) -> Seen {
    Seen {
        stage: Stage::Running,
        started_at: Some(at(-7_200)),
        ready: true,
        ready_changed_at: Some(at(-7_100)),
        cpu: Some(Reading { percent, since: at(-30) }),
        memory: None,
    }
}

fn unmeasured() -> Seen {
    Seen { cpu: None, ..busy(0.0) }
}

/// Started a moment ago and not ready.
fn starting() -> Seen {
    Seen { started_at: Some(at(-20)), ready: false, ready_changed_at: Some(at(-20)), ..busy(5.0) }
}

pub(super) fn policy() -> Policy {
    Policy {
        enabled: true,
        dry_run: false,
        min: 1,
        max: 100,
        targets: vec![Target::Cpu { percent: 50.0 }],
        tolerance: 0.1,
        scale_up: Pace::up(),
        scale_down: Pace { stabilisation: Span::from_secs(0), ..Pace::down() },
        cooldown: Span::from_secs(0),
        on_no_data: OnNoData::Hold,
    }
}

fn query(per: Per, value: f64) -> Policy {
    let target = Target::Query { query: "sum(jobs)".to_owned(), per, value };
    Policy { targets: vec![target], ..policy() }
}

fn situation<'a>(
    seconds: i64,
    current: u32,
    instances: &'a [Seen],
    answers: &'a [Option<Vec<f64>>],
) -> Situation<'a> {
    Situation { now: at(seconds), current, instances, answers, interruption: None }
}

fn decided(policy: &Policy, instances: &[Seen]) -> Decision {
    decide(policy, &State::default(), &situation(0, instances.len() as u32, instances, &[])).0
}

fn recommended(policy: &Policy, instances: &[Seen]) -> Option<u32> {
    decided(policy, instances).figures().recommended
}

fn answered(policy: &Policy, current: u32, answer: Option<Vec<f64>>) -> Decision {
    let instances = vec![busy(0.0); current as usize];
    decide(policy, &State::default(), &situation(0, current, &instances, &[answer])).0
}

fn why(decision: &Decision) -> Option<Hold> {
    match decision {
        Decision::Hold { why, .. } => Some(*why),
        Decision::Scale { .. } => None,
    }
}

#[test]
fn the_count_follows_the_ratio() {
    // The example of Kubernetes' documentation: 200m where 100m are wanted doubles, 50m halves.
    assert_eq!(recommended(&policy(), &[busy(100.0); 3]), Some(6));
    assert_eq!(recommended(&policy(), &[busy(25.0); 4]), Some(2));
    assert_eq!(recommended(&policy(), &[busy(75.0), busy(85.0), busy(60.0)]), Some(5), "4.4 is rounded up");
    // 55 % is just within a tenth of 50 %.
    assert_eq!(recommended(&policy(), &[busy(55.0); 4]), Some(4));
    assert_eq!(why(&decided(&policy(), &[busy(55.0); 4])), Some(Hold::OnTarget));
    assert_eq!(recommended(&policy(), &[busy(56.0); 4]), Some(5));
    assert_eq!(decided(&policy(), &[busy(100.0); 3]).to_apply(), Some(6));
}

#[test]
fn a_missing_measurement_never_makes_it_faster() {
    // Up: 3 at 100 %, one missing counts as idle: 300 / 4 / 50 = 1.5, times 4.
    assert_eq!(recommended(&policy(), &[busy(100.0), busy(100.0), busy(100.0), unmeasured()]), Some(6));
    // Down: 3 at 10 %, one missing counts as 100 %: 130 / 4 / 50 = 0.65, times 4.
    assert_eq!(recommended(&policy(), &[busy(10.0), busy(10.0), busy(10.0), unmeasured()]), Some(3));
    // Down, but with what is missing it would be up: as it is.
    assert_eq!(recommended(&policy(), &[busy(30.0), unmeasured(), unmeasured()]), Some(3));
    // Exactly right with some missing.
    assert_eq!(recommended(&policy(), &[busy(50.0), unmeasured()]), Some(2));
    assert_eq!(why(&decided(&policy(), &[unmeasured(); 2])), Some(Hold::NoData));
    assert_eq!(why(&decided(&policy(), &[busy(f64::NAN), busy(-1.0)])), Some(Hold::NoData));
}

#[test]
fn instances_that_start_do_not_count_down_and_are_idle_up() {
    // Up: 2 at 100 %, 2 starting: 200 / 4 / 50 = 1, as it is.
    assert_eq!(recommended(&policy(), &[busy(100.0), busy(100.0), starting(), starting()]), Some(4));
    // Down: 2 at 20 %: 0.4 of the two that are ready.
    assert_eq!(recommended(&policy(), &[busy(20.0), busy(20.0), starting()]), Some(1));
    let pending = Seen { stage: Stage::Pending, cpu: None, ..busy(0.0) };
    assert_eq!(recommended(&policy(), &[busy(100.0), busy(100.0), pending, pending]), Some(4));
    let gone = Seen { stage: Stage::Gone, ..busy(100.0) };
    assert_eq!(recommended(&policy(), &[busy(50.0), gone]), Some(2));
    // Ready for a moment only, measured from before: still starting.
    let fresh = Seen { ready: true, ready_changed_at: Some(at(-10)), ..starting() };
    assert_eq!(decided(&policy(), &[busy(100.0), fresh]).figures().targets[0].unready, 1);
    let settled = Seen { cpu: Some(Reading { percent: 50.0, since: at(-5) }), ..fresh };
    assert_eq!(decided(&policy(), &[busy(100.0), settled]).figures().targets[0].unready, 0);
    // Memory is what it is, ready or not.
    let memory = Policy { targets: vec![Target::Memory { percent: 50.0 }], ..policy() };
    let full = Seen { memory: Some(Reading { percent: 100.0, since: at(0) }), ..starting() };
    assert_eq!(recommended(&memory, &[full, full]), Some(4));
}

#[test]
fn queries_count_for_each_instance_or_in_all() {
    let count = |policy: &Policy, current, answer: &[f64]| {
        answered(policy, current, Some(answer.to_vec())).figures().recommended
    };
    assert_eq!(count(&query(Per::Instance, 100.0), 3, &[250.0, 250.0]), Some(5));
    assert_eq!(count(&query(Per::Instance, 100.0), 5, &[520.0]), Some(5), "within the tolerance");
    assert_eq!(count(&query(Per::Total, 0.2), 4, &[0.3]), Some(6));
    let zero = Policy { min: 0, ..query(Per::Instance, 10.0) };
    assert_eq!(answered(&zero, 0, Some(vec![25.0])).to_apply(), Some(3));
    assert_eq!(answered(&zero, 2, Some(vec![0.0])).to_apply(), Some(0));
    for nothing in [None, Some(vec![]), Some(vec![f64::NAN]), Some(vec![f64::INFINITY])] {
        assert_eq!(why(&answered(&zero, 3, nothing)), Some(Hold::NoData));
    }
    let instances = [starting(); 2];
    let answers = [Some(vec![9.0])];
    let none_ready =
        decide(&query(Per::Total, 1.0), &State::default(), &situation(0, 2, &instances, &answers)).0;
    assert_eq!(none_ready.figures().targets[0].unknown, Some(Unknown::NoneReady));
}

#[test]
fn of_several_targets_the_largest_counts_and_one_without_data_holds_only_what_goes_down() {
    let target = Target::Query { query: "sum(jobs)".to_owned(), per: Per::Instance, value: 10.0 };
    let both = Policy { targets: vec![Target::Cpu { percent: 50.0 }, target], ..policy() };
    let decide = |percent, answer: Option<f64>| {
        let instances = [busy(percent); 4];
        let answers = [None, answer.map(|value| vec![value])];
        decide(&both, &State::default(), &situation(0, 4, &instances, &answers)).0
    };
    let up = decide(75.0, Some(80.0));
    assert_eq!((up.figures().recommended, up.to_apply()), (Some(8), Some(8)));
    assert!(matches!(up, Decision::Scale { why: ScaleReason::Target { target: 1 }, .. }));
    assert_eq!(decide(75.0, None).to_apply(), Some(6));
    assert_eq!(why(&decide(25.0, None)), Some(Hold::PartialData));
    assert_eq!(decide(25.0, Some(10.0)).figures().recommended, Some(2));
}

#[test]
fn what_stands_against_it_holds_it() {
    let instances = [busy(100.0); 2];
    let held = |interruption| {
        let now = Situation { interruption: Some(interruption), ..situation(0, 2, &instances, &[]) };
        why(&decide(&policy(), &State::default(), &now).0)
    };
    for by in
        [Interruption::Suspended, Interruption::Deploying, Interruption::Verifying, Interruption::Scheduled]
    {
        assert_eq!(held(by), Some(Hold::Interrupted { by }));
    }
    let lifted = Policy { min: 2, max: 4, ..policy() }.with_floor(6);
    assert_eq!((lifted.min, lifted.max), (6, 6));
    let off = Policy { enabled: false, ..policy() };
    assert_eq!(why(&decided(&off, &instances)), Some(Hold::Off));
    assert_eq!(why(&decided(&policy(), &[])), Some(Hold::ScaledToZero));
    let dry = Policy { dry_run: true, ..policy() };
    let decision = decided(&dry, &instances);
    assert_eq!((decision.figures().count, decision.to_apply()), (4, None));
    // Out of bounds is set right at once, whatever the targets say.
    let few = Policy { min: 5, ..policy() };
    assert!(matches!(decided(&few, &instances), Decision::Scale { why: ScaleReason::BelowMin, .. }));
    let low = Policy { max: 1, ..policy() };
    assert_eq!(decided(&low, &instances).to_apply(), Some(1));
    let full = Policy { max: 2, ..policy() };
    assert_eq!(why(&decided(&full, &instances)), Some(Hold::AtMax));
}

/// Lives through steps of 15 s with these uses of cores, and says the count after each.
fn lived(policy: &Policy, start: u32, uses: &[f64]) -> Vec<u32> {
    let (mut state, mut current, mut counts) = (State::default(), start, Vec::new());
    for (step, percent) in (0_i64..).zip(uses) {
        let instances = vec![busy(*percent); current as usize];
        let seconds = step * 15;
        let (decision, next) = decide(policy, &state, &situation(seconds, current, &instances, &[]));
        state = next;
        if let Some(count) = decision.to_apply() {
            state.changed(at(seconds), current, count, policy);
            current = count;
        }
        counts.push(current);
    }
    counts
}

#[test]
fn it_goes_down_only_to_the_highest_of_its_window() {
    let slow = Pace { stabilisation: Span::from_secs(60), ..Pace::down() };
    let slow = Policy { scale_down: slow, ..policy() };
    assert_eq!(lived(&slow, 10, &[10.0, 10.0, 10.0, 10.0, 10.0]), [10, 10, 10, 10, 2]);
    assert_eq!(lived(&slow, 10, &[10.0, 30.0, 10.0, 10.0, 10.0, 10.0])[3..], [10, 6, 2]);
    // And up only to the lowest of its own.
    let careful = Pace { stabilisation: Span::from_secs(45), ..Pace::up() };
    let careful = Policy { scale_up: careful, ..policy() };
    assert_eq!(lived(&careful, 4, &[100.0, 75.0, 100.0, 100.0]), [4, 4, 4, 6]);
}

#[test]
fn steps_are_limited_within_their_time() {
    let pace = |step: Vec<Amount>| Pace {
        stabilisation: Span::from_secs(0),
        max_step: step,
        per: Span::from_secs(60),
    };
    let two = Policy { scale_up: pace(vec![Amount::Count(2)]), ..policy() };
    assert_eq!(lived(&two, 4, &[500.0; 6]), [6, 6, 6, 6, 8, 8]);
    let half = Policy { scale_up: pace(vec![Amount::Count(1), Amount::Percent(Percent(50))]), ..policy() };
    assert_eq!(lived(&half, 4, &[500.0; 5]), [6, 6, 6, 6, 9]);
    let tenth = Policy { scale_down: pace(vec![Amount::Percent(Percent(10))]), ..policy() };
    assert_eq!(lived(&tenth, 20, &[1.0; 6]), [18, 18, 18, 18, 16, 16]);
    let never = Policy { scale_down: pace(vec![Amount::Count(0)]), ..policy() };
    assert_eq!(lived(&never, 20, &[1.0; 3]), [20; 3]);
    let instances = vec![busy(1.0); 20];
    assert_eq!(why(&decided(&never, &instances)), Some(Hold::StepUsedUp));
    let rest = Policy { cooldown: Span::from_secs(40), ..policy() };
    assert_eq!(lived(&rest, 1, &[100.0; 5]), [2, 2, 2, 4, 4]);
}

#[test]
fn decisions_and_states_are_written_and_read() {
    let (decision, mut state) =
        decide(&policy(), &State::default(), &situation(0, 2, &[busy(100.0); 2], &[]));
    let written = serde_json::to_value(&decision).unwrap();
    assert_eq!(written["action"], "scale");
    assert_eq!(written["why"], json!({"code": "target", "target": 0}));
    assert_eq!(written["figures"]["targets"][0]["ratio"], 2.0);
    assert_eq!(serde_json::from_value::<Decision>(written).unwrap(), decision);
    state.changed(at(0), 2, 4, &policy());
    let text = serde_json::to_string(&state).unwrap();
    assert_eq!(serde_json::from_str::<State>(&text).unwrap(), state);
}

fn paths(errors: Vec<FieldError>) -> Vec<String> {
    errors.into_iter().map(|error| error.path).collect()
}

#[test]
fn a_policy_is_read_with_its_defaults_or_with_every_mistake() {
    let given = json!({
        "enabled": true, "min": 2, "max": 20,
        "targets": [{"kind": "cpu", "percent": 70},
            {"kind": "query", "query": "sum(x{app=\"{{app}}\"})", "per": "instance", "value": 50}],
        "scale_up": {"max_step": "50%"},
        "scale_down": {"stabilisation": "10m", "max_step": [1, "10%"], "per": "1m"},
    });
    let policy = parse(&given).unwrap();
    assert_eq!((policy.tolerance, policy.scale_up.per), (0.1, Span::from_secs(15)));
    assert_eq!(policy.scale_up.max_step, [Amount::Percent(Percent(50))]);
    let written = serde_json::to_value(&policy).unwrap();
    assert_eq!(written["scale_down"]["max_step"], json!([1, "10%"]));
    assert_eq!(parse(&written).unwrap(), policy, "what is written can be read");
    assert_eq!(serde_json::from_value::<Policy>(written).unwrap(), policy);

    let wrong = json!({
        "min": 5, "max": 3, "tolerence": 1,
        "targets": [{"kind": "cpu", "percent": 0}, {"kind": "cpu", "percent": 50}, {"kind": "cpu", "percent": 60},
            {"kind": "query", "query": "{{node}}", "per": "minute", "value": 0}, {"kind": "load"}, 7],
        "scale_up": {"max_step": "lots", "per": "0s"}, "scale_down": {"max_step": []},
        "cooldown": "soon", "on_no_data": "panic",
    });
    let expected = [
        "/tolerence",
        "/max",
        "/targets/0/percent",
        "/targets/2/kind",
        "/targets/3/query",
        "/targets/3/per",
        "/targets/3/value",
        "/targets/4/kind",
        "/targets/5/kind",
        "/enabled",
        "/scale_up/max_step",
        "/scale_up/per",
        "/scale_down/max_step",
        "/cooldown",
        "/on_no_data",
    ];
    assert_eq!(paths(parse(&wrong).unwrap_err()), expected);
    let zero = json!({"enabled": true, "min": 0, "max": 3, "targets": [{"kind": "memory", "percent": 80}]});
    assert_eq!(paths(parse(&zero).unwrap_err()), ["/min"]);
    assert!(paths(parse(&Value::Null).unwrap_err()).contains(&String::new()));
}
