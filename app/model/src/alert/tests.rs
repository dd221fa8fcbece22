use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::deployment::ActorKind;
use crate::id::AlertId;
use crate::problem::FieldError;

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_millis(1_700_000_000_000 + seconds * 1_000)
}

fn labels(pairs: &[(&str, &str)]) -> Labels {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

/// Above 5 for a minute.
fn rule() -> Rule {
    Rule {
        name: "slow".to_owned(),
        enabled: true,
        environment: None,
        query: "latency".to_owned(),
        condition: Some(Condition { comparison: Comparison::Above, threshold: 5.0 }),
        hold: Span::from_secs(60),
        keep_firing_for: Span::from_secs(0),
        severity: Severity::Warning,
        labels: labels(&[("team", "orders")]),
        summary: "{{app}} takes {{ value }} s ({{nothing}})".to_owned(),
        on_no_data: OnNoData::Keep,
    }
}

fn bare() -> Rule {
    Rule { condition: None, ..rule() }
}

fn of_shop(value: f64) -> Answer {
    Answer::Series(vec![(labels(&[("__name__", "latency"), ("app", "shop")]), value)])
}

fn nothing() -> Answer {
    Answer::Series(Vec::new())
}

/// Lives through answers, each at its second, and says the states and the changes of each.
fn lived(rule: &Rule, answers: &[(i64, Answer)]) -> Vec<(Vec<State>, Vec<Transition>)> {
    let mut alerts = Vec::new();
    let mut story = Vec::new();
    for (seconds, answer) in answers {
        let (after, changes) = advance(rule, &alerts, answer, at(*seconds));
        let states = after.iter().map(|alert| alert.state).collect();
        story.push((states, changes.iter().map(|change| change.transition).collect()));
        alerts = after;
    }
    story
}

#[test]
fn it_is_pending_then_fires_then_is_resolved() {
    let story = lived(
        &rule(),
        &[
            (0, of_shop(1.0)),
            (10, of_shop(9.0)),
            (40, of_shop(9.0)),
            (70, of_shop(9.0)),
            (100, of_shop(1.0)),
            (130, of_shop(1.0)),
            (2_000, of_shop(1.0)),
        ],
    );
    let expected = [
        (vec![], vec![]),
        (vec![State::Pending], vec![Transition::Pending]),
        (vec![State::Pending], vec![]),
        (vec![State::Firing], vec![Transition::Firing]),
        (vec![State::Resolved], vec![Transition::Resolved]),
        (vec![State::Resolved], vec![]),
        (vec![], vec![]),
    ];
    assert_eq!(story, expected);
}

#[test]
fn a_break_begins_the_wait_anew() {
    let story = lived(
        &rule(),
        &[
            (0, of_shop(9.0)),
            (50, of_shop(1.0)),
            (60, of_shop(9.0)),
            (110, of_shop(9.0)),
            (120, of_shop(9.0)),
        ],
    );
    assert_eq!(story[1], (vec![], vec![Transition::Dropped]));
    assert_eq!(story[3].0, [State::Pending]);
    assert_eq!(story[4].0, [State::Firing]);
    let at_once = Rule { hold: Span::from_secs(0), ..rule() };
    assert_eq!(lived(&at_once, &[(0, of_shop(9.0))])[0], (vec![State::Firing], vec![Transition::Firing]));
    let again = lived(&at_once, &[(0, of_shop(9.0)), (10, of_shop(1.0)), (20, of_shop(9.0))]);
    assert_eq!(again[2], (vec![State::Firing], vec![Transition::Firing]));
}

#[test]
fn it_keeps_firing_for_a_time_after_it_was_bad() {
    let keep = Rule { hold: Span::from_secs(0), keep_firing_for: Span::from_secs(60), ..rule() };
    let story =
        lived(&keep, &[(0, of_shop(9.0)), (30, of_shop(1.0)), (59, of_shop(1.0)), (60, of_shop(1.0))]);
    let states: Vec<State> = story.iter().map(|(states, _)| states[0]).collect();
    assert_eq!(states, [State::Firing, State::Firing, State::Firing, State::Resolved]);
}

#[test]
fn without_data_it_is_as_the_rule_says() {
    let after = |on_no_data, rule: Rule, answer: Answer| {
        let rule = Rule { on_no_data, hold: Span::from_secs(0), ..rule };
        lived(&rule, &[(0, of_shop(9.0)), (30, answer)])[1].0.clone()
    };
    assert_eq!(after(OnNoData::Keep, rule(), nothing()), [State::Firing]);
    assert_eq!(after(OnNoData::Ok, rule(), nothing()), [State::Resolved]);
    assert_eq!(after(OnNoData::Alert, rule(), nothing()), [State::Firing, State::Firing]);
    // Without a condition, what is not in the answer is well.
    assert_eq!(after(OnNoData::Keep, bare(), nothing()), [State::Resolved]);
    // A source that is away says nothing.
    for on_no_data in [OnNoData::Keep, OnNoData::Ok, OnNoData::Alert] {
        assert_eq!(after(on_no_data, rule(), Answer::Unavailable), [State::Firing]);
        assert_eq!(after(on_no_data, bare(), Answer::Unavailable), [State::Firing]);
    }
    // The alert about nothing ends when there is something.
    let alert = Rule { on_no_data: OnNoData::Alert, hold: Span::from_secs(0), ..rule() };
    let story = lived(&alert, &[(0, nothing()), (30, of_shop(1.0))]);
    assert_eq!(
        (story[0].0.as_slice(), story[1].0.as_slice()),
        (&[State::Firing][..], &[State::Resolved][..])
    );
    let off = Rule { enabled: false, ..rule() };
    let (firing, _) = advance(&Rule { hold: Span::from_secs(0), ..rule() }, &[], &of_shop(9.0), at(0));
    assert_eq!(advance(&off, &firing, &of_shop(9.0), at(1)).0[0].state, State::Resolved);
}

#[test]
fn each_series_is_an_alert_with_its_labels_and_a_line() {
    let two = Answer::Series(vec![(labels(&[("app", "shop")]), 9.25), (labels(&[("app", "web")]), 1.0)]);
    let (alerts, _) = advance(&rule(), &[], &two, at(0));
    assert_eq!(alerts.len(), 1);
    let expected = [("alertname", "slow"), ("app", "shop"), ("severity", "warning"), ("team", "orders")];
    assert_eq!(alerts[0].labels, labels(&expected));
    assert_eq!(alerts[0].summary(&rule()), "shop takes 9.25 s ()");
    // Two that only the name told apart are one, and the bad one counts.
    let series = vec![(labels(&[("__name__", "a")]), 9.0), (labels(&[("__name__", "b")]), 1.0)];
    assert_eq!(advance(&rule(), &[], &Answer::Series(series), at(0)).0.len(), 1);
}

#[test]
fn a_query_that_is_a_mistake_does_not_drown_the_rest() {
    let many = |count: usize| {
        Answer::Series((0..count).map(|app| (labels(&[("app", &format!("{app:05}"))]), 9.0)).collect())
    };
    let (first, _) = advance(&rule(), &[], &many(2_000), at(0));
    assert_eq!(first.len(), 1_000);
    let (second, changes) = advance(&rule(), &first, &many(2_000), at(10));
    assert_eq!((second.len(), changes.len()), (1_000, 0));
}

#[test]
fn comparisons_are_as_in_promql() {
    let met = |comparison, value| Condition { comparison, threshold: 5.0 }.is_met(value);
    let all = [
        Comparison::Above,
        Comparison::AtLeast,
        Comparison::Below,
        Comparison::AtMost,
        Comparison::Equal,
        Comparison::NotEqual,
    ];
    let row = |value| all.map(|comparison| met(comparison, value));
    assert_eq!(row(4.0), [false, false, true, true, false, true]);
    assert_eq!(row(5.0), [false, true, false, true, true, false]);
    assert_eq!(row(6.0), [true, true, false, false, false, true]);
    assert_eq!(row(f64::NAN), [false, false, false, false, false, true]);
    let infinite = Condition { comparison: Comparison::Equal, threshold: f64::INFINITY };
    assert!(infinite.is_met(f64::INFINITY));
}

fn firing(pairs: &[(&str, &str)]) -> Alert {
    let alert = |labels| Alert {
        labels,
        state: State::Firing,
        since: at(0),
        bad_at: at(0),
        value: None,
        acknowledged: None,
    };
    alert(labels(pairs))
}

fn actor() -> Actor {
    Actor { kind: ActorKind::User, name: "lin".to_owned() }
}

#[test]
fn a_dead_node_is_one_message() {
    let alerts = [
        firing(&[
            ("alertname", "node-gone"),
            ("environment", "prod"),
            ("node", "n1"),
            ("severity", "critical"),
        ]),
        firing(&[
            ("alertname", "instance-lost"),
            ("environment", "prod"),
            ("node", "n1"),
            ("app", "shop"),
            ("severity", "info"),
        ]),
        firing(&[("alertname", "instance-lost"), ("environment", "prod"), ("node", "n1"), ("app", "web")]),
        firing(&[("alertname", "slow"), ("environment", "prod"), ("app", "shop")]),
        firing(&[("alertname", "errors"), ("environment", "prod"), ("app", "shop")]),
        firing(&[("alertname", "slow"), ("environment", "prod"), ("app", "web")]),
        firing(&[("alertname", "disk-full"), ("node", "")]),
    ];
    let groups = group(&alerts);
    let sizes: Vec<(usize, Vec<&str>)> = groups
        .iter()
        .map(|group| (group.alerts.len(), group.labels.values().map(String::as_str).collect()))
        .collect();
    let expected = [
        (1, vec!["disk-full"]),
        (2, vec!["shop", "prod"]),
        (1, vec!["web", "prod"]),
        (3, vec!["prod", "n1"]),
    ];
    assert_eq!(sizes, expected);
    assert_eq!(groups[3].severity(), Severity::Critical);
    let mut turned = alerts.to_vec();
    turned.reverse();
    assert_eq!(group(&turned), groups);
}

#[test]
fn people_are_told_once_and_reminded_until_someone_takes_care() {
    let hour = Span::from_secs(3_600);
    let alert = firing(&[("alertname", "slow"), ("app", "shop")]);
    let of = |alerts: Vec<Alert>| Group { labels: Labels::new(), alerts };
    let kind = |group: &Group, last: Option<&Sent>, seconds| {
        message(Audience::People, group, last, &[], hour, at(seconds)).map(|(it, _)| it.kind)
    };
    let group = of(vec![alert.clone()]);
    let (first, sent) = message(Audience::People, &group, None, &[], hour, at(0)).unwrap();
    assert_eq!((first.kind, first.firing.len()), (MessageKind::Firing, 1));
    assert_eq!(kind(&group, Some(&sent), 60), None);
    assert_eq!(kind(&group, Some(&sent), 3_600), Some(MessageKind::Reminder));
    let taken = of(vec![acknowledge(alert.clone(), actor(), at(30))]);
    assert_eq!(kind(&taken, Some(&sent), 3_600), None);
    let another = firing(&[("alertname", "errors"), ("app", "shop")]);
    let more = of(vec![alert.clone(), another.clone()]);
    assert_eq!(kind(&more, Some(&sent), 60), Some(MessageKind::Firing));
    // One of two is over: no message of its own. Both are: one message.
    let (_, both) = message(Audience::People, &more, Some(&sent), &[], hour, at(60)).unwrap();
    let over = |alert: &Alert| Alert { state: State::Resolved, ..alert.clone() };
    assert_eq!(kind(&of(vec![alert.clone(), over(&another)]), Some(&both), 90), None);
    let (last, end) =
        message(Audience::People, &of(vec![over(&alert), over(&another)]), Some(&both), &[], hour, at(90))
            .unwrap();
    assert_eq!((last.kind, last.resolved.len(), end.firing.len()), (MessageKind::Resolved, 2, 0));
    assert_eq!(kind(&of(vec![over(&alert)]), Some(&end), 7_200), None);
    // Acknowledging what does not fire does nothing, and a resolved alert has no acknowledgement left.
    assert_eq!(acknowledge(over(&alert), actor(), at(1)).acknowledged, None);
    let cared = acknowledge(
        firing(&[("alertname", "slow"), ("app", "shop"), ("severity", "warning"), ("team", "orders")]),
        actor(),
        at(1),
    );
    assert_eq!(advance(&rule(), &[cared], &of_shop(1.0), at(2)).0[0].acknowledged, None);
}

#[test]
fn a_silence_is_for_messages_only_and_ends() {
    let hour = Span::from_secs(3_600);
    let group =
        Group { labels: Labels::new(), alerts: vec![firing(&[("alertname", "slow"), ("app", "shop")])] };
    let silence = |pairs: &[(&str, &str)]| [Silence { labels: labels(pairs), until: at(100) }];
    let told = |silences: &[Silence], seconds| {
        message(Audience::People, &group, None, silences, hour, at(seconds)).is_some()
    };
    assert!(!told(&silence(&[("app", "shop")]), 0));
    assert!(told(&silence(&[("app", "shop")]), 100));
    assert!(told(&silence(&[("app", "web")]), 0));
    assert!(told(&silence(&[]), 0));
    // Silenced after it was told of: neither said to be over nor forgotten.
    let (_, sent) = message(Audience::People, &group, None, &[], hour, at(0)).unwrap();
    assert!(
        message(Audience::People, &group, Some(&sent), &silence(&[("app", "shop")]), hour, at(10)).is_none()
    );
    assert!(message(Audience::People, &group, Some(&sent), &[], hour, at(200)).is_none());
    // Its row may be gone before the silence is: still not said to be over, and said once nothing silences it any more.
    let gone = Group { labels: Labels::new(), alerts: Vec::new() };
    let shop = silence(&[("app", "shop")]);
    assert!(message(Audience::People, &gone, Some(&sent), &shop, hour, at(10)).is_none());
    let (over, _) = message(Audience::People, &gone, Some(&sent), &shop, hour, at(100)).unwrap();
    assert_eq!((over.kind, over.resolved.len()), (MessageKind::Resolved, 1));
}

#[test]
fn a_keeper_hears_of_each_alert_and_again_whoever_takes_care() {
    let hour = Span::from_secs(3_600);
    let one = firing(&[("alertname", "slow"), ("app", "shop")]);
    let two = firing(&[("alertname", "errors"), ("app", "shop")]);
    let of = |alerts: Vec<Alert>| Group { labels: Labels::new(), alerts };
    let both = of(vec![one.clone(), two.clone()]);
    let (_, sent) = message(Audience::Keeper, &both, None, &[], hour, at(0)).unwrap();
    let over = Alert { state: State::Resolved, ..two };
    let half = of(vec![one.clone(), over]);
    let (told, left) = message(Audience::Keeper, &half, Some(&sent), &[], hour, at(60)).unwrap();
    assert_eq!((told.kind, told.firing.len(), told.resolved.len()), (MessageKind::Resolved, 1, 1));
    let taken = of(vec![acknowledge(one, actor(), at(70))]);
    let kind = |audience, seconds| {
        message(audience, &taken, Some(&left), &[], hour, at(seconds)).map(|(message, _)| message.kind)
    };
    assert_eq!(kind(Audience::Keeper, 120), None);
    assert_eq!(kind(Audience::Keeper, 3_660), Some(MessageKind::Reminder));
    assert_eq!(kind(Audience::People, 3_660), None);
}

fn paths(errors: Vec<FieldError>) -> Vec<String> {
    errors.into_iter().map(|error| error.path).collect()
}

#[test]
fn a_rule_is_read_with_its_defaults_or_with_every_mistake() {
    let read = parse(&json!({"name": "down", "query": "up == 0", "for": "2m"})).unwrap();
    assert_eq!((read.condition, read.hold, read.severity), (None, Span::from_secs(120), Severity::Warning));
    let written = serde_json::to_value(rule()).unwrap();
    assert_eq!(written["condition"], json!({"comparison": ">", "threshold": 5.0}));
    assert_eq!(parse(&written).unwrap(), rule());
    assert_eq!(serde_json::from_value::<Rule>(written).unwrap(), rule());
    let wrong = json!({"name": "Down", "query": "up{app=\"{{app}}\"}", "condition": {"comparison": "~", "limit": 1},
        "for": "8d", "severity": "bad", "labels": {"severity": "x", "__a": "y", "1a": 1}, "summary": "a\nb", "colour": 1});
    let expected = [
        "/colour",
        "/query",
        "/name",
        "/condition/limit",
        "/condition/comparison",
        "/condition/threshold",
        "/for",
        "/severity",
        "/labels/1a",
        "/labels/1a",
        "/labels/__a",
        "/labels/severity",
        "/summary",
    ];
    assert_eq!(paths(parse(&wrong).unwrap_err()), expected);
}

#[test]
fn the_rules_of_every_console_are_valid_and_end_with_what_they_are_about() {
    let rules = builtin();
    let mut names: Vec<&str> = rules.iter().map(|rule| rule.name.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), rules.len());
    for rule in &rules {
        assert_eq!(parse(&json!(rule)).as_ref(), Ok(rule));
        assert!(rule.enabled && !rule.summary.is_empty());
        let at_once = Rule { hold: Span::from_secs(0), ..rule.clone() };
        // Below every threshold that is a floor, above every one that is a ceiling.
        let bad = if rule.condition.is_some_and(|condition| condition.is_met(0.0)) { 0.0 } else { 1.0 };
        let series = Answer::Series(vec![(labels(&[("environment", "prod")]), bad)]);
        let (firing, _) = advance(&at_once, &[], &series, at(0));
        assert_eq!(firing[0].state, State::Firing, "{}", rule.name);
        assert_eq!(advance(&at_once, &firing, &nothing(), at(1)).0[0].state, State::Resolved);
    }
}

fn id(number: u128) -> AlertId {
    AlertId(uuid::Uuid::from_u128(number))
}

#[test]
fn an_alert_keeps_its_id_until_it_is_bad_again_after_it_was_resolved() {
    let mut last = 0;
    let mut known: Vec<(AlertId, Alert)> = Vec::new();
    let mut ids = Vec::new();
    for (seconds, value) in [(0, 9.0), (60, 9.0), (90, 1.0), (100, 1.0), (120, 9.0)] {
        let alerts: Vec<Alert> = known.iter().map(|(_, alert)| alert.clone()).collect();
        let (after, _) = advance(&rule(), &alerts, &of_shop(value), at(seconds));
        known = identified(&known, after, || {
            last += 1;
            id(last)
        });
        ids.push(known[0].0);
    }
    assert_eq!(ids, [id(1), id(1), id(1), id(1), id(2)]);
}

#[test]
fn an_environment_is_a_label_where_the_series_names_none() {
    let of_prod = Rule { environment: "prod".parse().ok(), hold: Span::from_secs(0), ..rule() };
    let series =
        vec![(labels(&[("app", "a")]), 9.0), (labels(&[("environment", "test"), ("app", "b")]), 9.0)];
    let (alerts, _) = advance(&of_prod, &[], &Answer::Series(series), at(0));
    let named: Vec<&str> = alerts.iter().map(|alert| alert.labels["environment"].as_str()).collect();
    assert_eq!(named, ["prod", "test"]);
    assert!(
        of_prod.is_another_than(&rule())
            && !rule().is_another_than(&Rule { summary: String::new(), ..rule() })
    );
}

#[test]
fn changes_stand_in_the_place_of_the_rules_of_every_console() {
    let changed = Rule { enabled: false, ..builtin()[1].clone() };
    let rules = merged(vec![rule(), changed.clone()]);
    assert_eq!(rules.len(), builtin().len() + 1);
    assert_eq!(rules[1], (changed, true));
    assert_eq!(rules.last(), Some(&(rule(), false)));
}

#[test]
fn what_fires_is_in_order_with_its_lines_and_silences() {
    let firing = |pairs: &[(&str, &str)]| Alert { value: Some(7.0), ..firing(pairs) };
    let known = vec![
        (
            id(1),
            firing(&[("alertname", "slow"), ("environment", "p"), ("app", "a"), ("severity", "warning")]),
        ),
        (
            id(2),
            firing(&[("alertname", "slow"), ("environment", "p"), ("app", "b"), ("severity", "critical")]),
        ),
        (
            id(3),
            firing(&[("alertname", "slow"), ("environment", "p"), ("app", "c"), ("severity", "critical")]),
        ),
        (id(4), Alert { state: State::Pending, ..firing(&[("alertname", "slow"), ("app", "d")]) }),
        (id(5), Alert { state: State::Resolved, ..firing(&[("alertname", "gone"), ("app", "d")]) }),
    ];
    let silence = |seconds| KnownSilence {
        id: crate::id::SilenceId(uuid::Uuid::nil()),
        labels: labels(&[("app", "b")]),
        until: at(seconds),
        reason: String::new(),
        by: actor(),
        at: at(0),
    };
    let all = alerts(&[rule()], known, &[silence(50), silence(90), silence(5)], at(10));
    let apps: Vec<&str> = all.firing.iter().map(|group| group.labels["app"].as_str()).collect();
    assert_eq!(apps, ["c", "a", "b"]);
    assert_eq!(all.firing[2].alerts[0].silenced_until, Some(at(90)));
    assert_eq!(all.firing[0].alerts[0].summary, "c takes 7 s ()");
    assert_eq!((all.pending.len(), all.resolved.len(), all.resolved[0].summary.as_str()), (1, 1, ""));
}

#[test]
fn a_silence_is_read_or_every_mistake_is_said() {
    let read = |value: Value| parse_silence(&value, at(0));
    let (silence, reason) =
        read(json!({"labels": {"alertname": "slow"}, "for": "2h", "reason": " move "})).unwrap();
    assert_eq!((silence.until, reason.as_str()), (at(7_200), "move"));
    let (silence, _) = read(json!({"labels": {"app": "a"}, "until": at(600).to_string()})).unwrap();
    assert_eq!(silence.until, at(600));
    assert_eq!(paths(read(json!({})).unwrap_err()), ["/labels", "/for"]);
    assert_eq!(paths(read(json!({"labels": {}, "for": "1s"})).unwrap_err()), ["/labels", "/for"]);
    let past = json!({"labels": {"a": "b"}, "until": at(-5).to_string(), "for": "1h"});
    assert_eq!(paths(read(past).unwrap_err()), ["/for", "/until"]);
    assert_eq!(
        paths(read(json!({"labels": {"a b": "c"}, "until": "soon"})).unwrap_err()),
        ["/labels/a b", "/until"]
    );
}

#[test]
fn a_rule_that_is_tried_says_what_its_alerts_would() {
    let asked = Asked { at: at(0), took: Span::from_millis(3), series: 2, error: None };
    let series = vec![(labels(&[("app", "a")]), 1.0), (labels(&[("app", "b")]), 9.0)];
    let test = RuleTest::of(&rule(), asked, series, 1);
    assert_eq!((test.series.len(), test.asked.series), (1, 2));
    let first = &test.series[0];
    assert_eq!(
        (first.bad, first.summary.as_str(), first.labels["team"].as_str()),
        (true, "b takes 9 s ()", "orders")
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn it_takes_any_answer_and_says_each_change_once(
        hold in 0_u64..60,
        keep in 0_u64..60,
        no_data in 0_usize..3,
        conditional in any::<bool>(),
        answers in prop::collection::vec((1_i64..60, prop::option::of(prop::collection::vec((0_u8..3, any::<f64>()), 0..4))), 1..30),
    ) {
        let rule = Rule {
            hold: Span::from_secs(hold),
            keep_firing_for: Span::from_secs(keep),
            on_no_data: [OnNoData::Keep, OnNoData::Ok, OnNoData::Alert][no_data],
            condition: if conditional { rule().condition } else { None },
            ..rule()
        };
        let (mut time, mut alerts) = (0, Vec::<Alert>::new());
        for (pause, answer) in answers {
            time += pause;
            let answer = answer.map_or(Answer::Unavailable, |series| Answer::Series(
                series.into_iter().map(|(app, value)| (labels(&[("app", &app.to_string())]), value)).collect()
            ));
            let (after, changes) = advance(&rule, &alerts, &answer, at(time));
            let state = |alerts: &[Alert], labels: &Labels| alerts.iter().find(|it| it.labels == *labels).map(|it| it.state);
            for change in &changes {
                let (was, is) = (state(&alerts, &change.alert.labels), state(&after, &change.alert.labels));
                let allowed = match change.transition {
                    Transition::Pending => was != Some(State::Firing) && is == Some(State::Pending),
                    Transition::Firing => was != Some(State::Firing) && is == Some(State::Firing),
                    Transition::Resolved => was == Some(State::Firing) && is == Some(State::Resolved),
                    Transition::Dropped => was == Some(State::Pending) && is.is_none(),
                };
                prop_assert!(allowed, "{:?}: {:?} to {:?}", change.transition, was, is);
            }
            let changed = |labels: &Labels| changes.iter().filter(|change| change.alert.labels == *labels).count();
            for alert in &after {
                let same = state(&alerts, &alert.labels) == Some(alert.state);
                prop_assert_eq!(changed(&alert.labels), usize::from(!same));
                prop_assert!(alert.since <= at(time) && alert.bad_at <= at(time));
            }
            if answer == Answer::Unavailable {
                prop_assert!(changes.is_empty());
            }
            alerts = after;
        }
    }
}
