use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::problem::FieldError;
use crate::window::Tables;

/// `2026-03-29T01:00` in UTC.
fn at(text: &str) -> Timestamp {
    format!("{text}:00Z").parse().unwrap()
}

fn entry(value: Value) -> Schedule {
    let mut whole = json!({"name": "peak", "time_zone": "UTC"});
    whole.as_object_mut().unwrap().extend(value.as_object().unwrap().clone());
    parse(&whole, &Tables).unwrap()
}

fn recurring(zone: &str, cron: &str, duration: &str) -> Schedule {
    entry(json!({"kind": "recurring", "time_zone": zone, "cron": cron, "duration": duration, "floor": 5}))
}

fn once(zone: &str, from: &str, to: &str) -> Schedule {
    entry(json!({"kind": "once", "time_zone": zone, "from": from, "to": to, "instances": 9}))
}

fn begins(schedule: &Schedule, from: &str, to: &str) -> Vec<String> {
    let all = occurrences(schedule, &Tables, at(from), at(to), 100);
    all.iter().map(|it| it.from.to_string()[..16].to_owned()).collect()
}

#[test]
fn a_reading_that_is_skipped_is_the_moment_after_the_gap() {
    let berlin = recurring("Europe/Berlin", "30 2 * * *", "10m");
    let days = begins(&berlin, "2026-03-28T00:00", "2026-03-31T00:00");
    assert_eq!(days, ["2026-03-28T01:30", "2026-03-29T01:00", "2026-03-30T00:30"]);
    let new_york = recurring("America/New_York", "30 2 * * *", "10m");
    let days = begins(&new_york, "2026-03-07T00:00", "2026-03-10T00:00");
    assert_eq!(days, ["2026-03-07T07:30", "2026-03-08T07:00", "2026-03-09T06:30"]);
    // Half an hour is skipped here: 02:00 to 02:30.
    let lord_howe = recurring("Australia/Lord_Howe", "15 2 * * *", "10m");
    let days = begins(&lord_howe, "2026-10-02T00:00", "2026-10-05T00:00");
    assert_eq!(days, ["2026-10-02T15:45", "2026-10-03T15:30", "2026-10-04T15:15"]);
    // Several that are skipped are one moment, and so is one that is written there.
    let often = recurring("Europe/Berlin", "0,20,40 2,3 * * *", "5m");
    let night = begins(&often, "2026-03-29T00:00", "2026-03-29T12:00");
    assert_eq!(night, ["2026-03-29T01:00", "2026-03-29T01:20", "2026-03-29T01:40"]);
    // The hour before the gap is as ever.
    let before = recurring("Europe/London", "0 0 * * *", "5m");
    let night = begins(&before, "2026-03-28T12:00", "2026-03-29T12:00");
    assert_eq!(night, ["2026-03-29T00:00"]);
}

#[test]
fn a_reading_that_comes_twice_is_the_first() {
    let berlin = recurring("Europe/Berlin", "30 2 * * *", "10m");
    let days = begins(&berlin, "2026-10-24T12:00", "2026-10-26T12:00");
    assert_eq!(days, ["2026-10-25T00:30", "2026-10-26T01:30"]);
    let new_york = recurring("America/New_York", "30 1 * * *", "10m");
    let days = begins(&new_york, "2026-10-31T12:00", "2026-11-02T12:00");
    assert_eq!(days, ["2026-11-01T05:30", "2026-11-02T06:30"]);
    let lord_howe = recurring("Australia/Lord_Howe", "45 1 * * *", "10m");
    let days = begins(&lord_howe, "2026-04-04T00:00", "2026-04-06T00:00");
    assert_eq!(days, ["2026-04-04T14:45", "2026-04-05T15:15"]);
    let often = recurring("Europe/Berlin", "*/30 * * * *", "5m");
    let night = begins(&often, "2026-10-24T23:50", "2026-10-25T02:10");
    assert_eq!(night, ["2026-10-25T00:00", "2026-10-25T00:30", "2026-10-25T02:00"]);
    // Within the second time round, what came in the first still holds, and does not begin anew.
    let hour = recurring("Europe/Berlin", "50 2 * * *", "30m");
    assert!(held(std::slice::from_ref(&hour), &Tables, at("2026-10-25T01:05")).floor.is_some());
    assert!(held(std::slice::from_ref(&hour), &Tables, at("2026-10-25T01:25")).floor.is_none());
    assert_eq!(next_change(&[hour], &Tables, at("2026-10-25T01:25")), Some(at("2026-10-26T01:50")));
}

#[test]
fn without_summer_time_every_day_is_alike() {
    let shanghai = recurring("Asia/Shanghai", "30 9 * * mon-fri", "8h");
    let year = occurrences(&shanghai, &Tables, at("2026-01-01T00:00"), at("2027-01-01T00:00"), 1_000);
    assert_eq!(year.len(), 261);
    assert!(year.iter().all(|it| it.from.to_string().ends_with("T01:30:00.000Z")));
}

#[test]
fn once_is_from_one_reading_to_another() {
    let friday = once("Europe/Berlin", "2026-11-27T00:00", "2026-11-28T00:00");
    let all = occurrences(&friday, &Tables, at("2026-01-01T00:00"), at("2027-01-01T00:00"), 10);
    assert_eq!((all.len(), all[0].from, all[0].to), (1, at("2026-11-26T23:00"), at("2026-11-27T23:00")));
    let holds = |now: &str| held(std::slice::from_ref(&friday), &Tables, at(now)).exact.is_some();
    assert!(!holds("2026-11-26T22:59") && holds("2026-11-26T23:00"));
    assert!(holds("2026-11-27T22:59") && !holds("2026-11-27T23:00"));
    // A whole night in spring is an hour shorter.
    let night = once("Europe/Berlin", "2026-03-29T01:30", "2026-03-29T03:30");
    let night = &occurrences(&night, &Tables, at("2026-03-28T00:00"), at("2026-03-30T00:00"), 10)[0];
    assert_eq!((night.from, night.to), (at("2026-03-29T00:30"), at("2026-03-29T01:30")));
    let nothing = once("Europe/Berlin", "2026-03-29T02:10", "2026-03-29T02:50");
    assert!(begins(&nothing, "2026-03-28T00:00", "2026-03-30T00:00").is_empty());
}

#[test]
fn the_warm_up_comes_before() {
    let early = Schedule { warm_up: Span::from_secs(600), ..recurring("UTC", "0 9 * * *", "1h") };
    let schedules = [early];
    let holds = |now: &str| held(&schedules, &Tables, at(now)).floor.map(|it| it.from);
    assert_eq!(holds("2026-11-27T08:49"), None);
    assert_eq!(holds("2026-11-27T08:50"), Some(at("2026-11-27T09:00")));
    assert_eq!(holds("2026-11-27T09:59"), Some(at("2026-11-27T09:00")));
    assert_eq!(holds("2026-11-27T10:00"), None);
    let change = |now: &str| next_change(&schedules, &Tables, at(now));
    assert_eq!(change("2026-11-27T00:00"), Some(at("2026-11-27T08:50")));
    assert_eq!(change("2026-11-27T08:50"), Some(at("2026-11-27T10:00")));
    assert_eq!(change("2026-11-27T10:00"), Some(at("2026-11-28T08:50")));
    let off = [Schedule { enabled: false, ..schedules[0].clone() }];
    assert_eq!(
        (next_change(&off, &Tables, at("2026-11-27T00:00")), held(&off, &Tables, at("2026-11-27T09:00"))),
        (None, Held::default())
    );
}

fn occurrence(name: &str, effect: Effect) -> Occurrence {
    let (from, to) = (at("2026-11-27T00:00"), at("2026-11-28T00:00"));
    Occurrence { schedule: name.to_owned(), begins: from, from, to, effect }
}

fn exact(count: u32) -> Held {
    Held { exact: Some(occurrence("exact", Effect::Instances(count))), floor: None }
}

fn floor(count: u32) -> Held {
    Held { exact: None, floor: Some(occurrence("floor", Effect::Floor(count))) }
}

/// Settles one after the other; a person may set a count between.
fn counts(steps: &[(Held, Option<u32>, Option<u32>)], start: u32) -> Vec<u32> {
    let (mut memory, mut wanted, mut counts) = (None, start, Vec::new());
    for (held, person, autoscaler) in steps {
        wanted = person.unwrap_or(wanted);
        let settled = settle(memory.as_ref(), held, wanted, *autoscaler);
        (memory, wanted) = (settled.memory, settled.count);
        counts.push(wanted);
    }
    counts
}

#[test]
fn after_the_end_it_is_as_before() {
    let none = Held::default;
    assert_eq!(
        counts(&[(exact(20), None, None), (exact(20), None, None), (none(), None, None)], 4),
        [20, 20, 4]
    );
    assert_eq!(counts(&[(floor(6), None, None), (none(), None, None)], 4), [6, 4]);
    assert_eq!(counts(&[(floor(6), None, None), (none(), None, None)], 9), [9, 9]);
    // From one entry to the next, and with the floor over the exact count.
    let both = Held { floor: floor(8).floor, ..exact(3) };
    assert_eq!(counts(&[(exact(20), None, None), (both, None, None), (none(), None, None)], 4), [20, 8, 4]);
}

#[test]
fn a_person_is_right() {
    let none = Held::default;
    let during =
        [(exact(20), None, None), (exact(20), Some(30), None), (exact(20), None, None), (none(), None, None)];
    assert_eq!(counts(&during, 4), [20, 30, 30, 30]);
    // Another exact entry is news to the person.
    let other = Held { exact: Some(occurrence("other", Effect::Instances(7))), floor: None };
    let next =
        [(exact(20), None, None), (exact(20), Some(30), None), (other, None, None), (none(), None, None)];
    assert_eq!(counts(&next, 4), [20, 30, 7, 30]);
    // Under a floor the count goes back to the person's, and is never below the floor.
    let low =
        [(floor(6), None, None), (floor(6), Some(2), None), (floor(6), None, None), (none(), None, None)];
    assert_eq!(counts(&low, 4), [6, 6, 6, 2]);
    let high = [(floor(6), None, None), (floor(6), Some(12), None), (none(), None, None)];
    assert_eq!(counts(&high, 4), [6, 12, 12]);
    // At the very end.
    assert_eq!(counts(&[(exact(20), None, None), (none(), Some(15), None)], 4), [20, 15]);
}

#[test]
fn the_autoscaler_goes_on_above_a_floor_and_is_overridden_by_an_exact_count() {
    let none = Held::default;
    let steps = [
        (floor(6), None, Some(3)),
        (floor(6), None, Some(8)),
        (exact(20), None, Some(9)),
        (none(), None, Some(5)),
    ];
    assert_eq!(counts(&steps, 4), [6, 8, 20, 5]);
    let settled = settle(None, &floor(6), 4, Some(8));
    assert_eq!(settled.source, Source::Autoscaler);
    assert_eq!(settle(None, &exact(6), 4, Some(8)).source, Source::Schedule { name: "exact".to_owned() });
}

#[test]
fn of_several_the_largest_holds() {
    let of = |name: &str, effect: (&str, u32)| {
        let mut value = json!({"name": name, "kind": "recurring", "cron": "0 9 * * *", "duration": "1h"});
        value[effect.0] = effect.1.into();
        entry(value)
    };
    let mut all = vec![
        of("a", ("instances", 3)),
        of("b", ("instances", 7)),
        of("c", ("floor", 4)),
        of("d", ("floor", 2)),
    ];
    let now = held(&all, &Tables, at("2026-11-27T09:30"));
    assert_eq!(now.exact.as_ref().map(|it| it.schedule.as_str()), Some("b"));
    assert_eq!(now.floor.as_ref().map(|it| it.schedule.as_str()), Some("c"));
    all.reverse();
    assert_eq!(held(&all, &Tables, at("2026-11-27T09:30")), now);
}

fn paths(errors: Vec<FieldError>) -> Vec<String> {
    errors.into_iter().map(|error| error.path).collect()
}

#[test]
fn an_entry_is_read_whole_or_with_every_mistake() {
    let peak = recurring("Europe/Berlin", "0 9 * * mon-fri", "8h");
    let written = serde_json::to_value(&peak).unwrap();
    assert_eq!(written["floor"], 5);
    assert_eq!(parse(&written, &Tables).unwrap(), peak);
    assert_eq!(serde_json::from_value::<Schedule>(written).unwrap(), peak);
    let sale = once("Asia/Shanghai", "2026-11-11T00:00", "2026-11-12T00:00:30");
    let written = serde_json::to_value(&sale).unwrap();
    assert_eq!(
        (&written["from"], &written["to"]),
        (&json!("2026-11-11T00:00"), &json!("2026-11-12T00:00:30"))
    );
    assert_eq!(serde_json::from_value::<Schedule>(written).unwrap(), sale);

    let wrong = json!({"name": "Peak", "kind": "recurring", "cron": "0 25 * * *", "duration": "1s", "from": "x",
        "time_zone": "Mars/Olympus", "instances": 1, "floor": 2, "warmup": "1h"});
    let expected = ["/warmup", "/time_zone", "/name", "/from", "/cron", "/duration", "/floor"];
    assert_eq!(paths(parse(&wrong, &Tables).unwrap_err()), expected);
    let wrong = json!({"name": "a", "kind": "once", "from": "2026-11-11T09:00Z", "to": "tomorrow", "time_zone": "UTC"});
    assert_eq!(paths(parse(&wrong, &Tables).unwrap_err()), ["/from", "/to", ""]);
    let backwards = json!({"name": "a", "kind": "once", "from": "2026-11-11T09:00", "to": "2026-11-11T09:00",
        "time_zone": "UTC", "instances": 0});
    assert_eq!(paths(parse(&backwards, &Tables).unwrap_err()), ["/to"]);
    let list = json!({"schedules": [peak, peak, null]});
    let errors = paths(parse_list(&list, &Tables).unwrap_err());
    assert!(errors.contains(&"/schedules/1/name".to_owned()) && errors.contains(&"/schedules/2".to_owned()));
}

#[test]
fn cron_expressions_have_five_fields_and_come_at_some_time() {
    for good in ["0 9 * * 1-5", "*/15 8-18 * * MON,WED", "0 0 1 1 *", "0 0 29 2 *", "@daily", "0 12 L * *"] {
        assert!(Pattern::parse(good).is_ok(), "{good}");
    }
    for bad in ["", "* * * *", "0 0 9 * * *", "60 * * * *", "0 9 * * xyz", "hourly", "0 9 * * * 2026"] {
        assert!(matches!(Pattern::parse(bad), Err(PatternError::Syntax(_))), "{bad}");
    }
    assert_eq!(Pattern::parse("0 0 30 2 *").unwrap_err(), PatternError::Never);
}

const ZONES: [&str; 6] =
    ["Europe/Berlin", "America/New_York", "Asia/Shanghai", "Australia/Lord_Howe", "Pacific/Apia", "UTC"];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_text_is_read_or_refused(text in "[-0-9*/,LW#a-z @?]{0,30}|.{0,20}") {
        let _ = Pattern::parse(&text);
        let _ = text.parse::<LocalTime>();
    }

    #[test]
    fn the_calendar_and_what_holds_say_the_same(
        zone in 0_usize..6,
        minute in 0_u32..60,
        hours in prop_oneof![Just("*".to_owned()), (0_u32..24).prop_map(|hour| hour.to_string()), Just("1-3".to_owned())],
        length in 1_u64..200,
        warm_up in 0_u64..60,
        start in 1_767_225_600_i64..1_798_761_600,
        minutes in prop::collection::vec(0_i64..2_880, 1..20),
    ) {
        let cron = format!("{minute} {hours} * * *");
        let schedule = recurring(ZONES[zone], &cron, &format!("{length}m"));
        let schedule = Schedule { warm_up: Span::from_secs(warm_up * 60), ..schedule };
        let start = Timestamp::from_millis(start / 60 * 60_000);
        let end = start.plus(std::time::Duration::from_hours(48));
        let all = occurrences(&schedule, &Tables, start, end, OCCURRENCES_MAX);
        prop_assert!(all.windows(2).all(|pair| pair[0].from < pair[1].from));
        let schedules = [schedule];
        for minute in minutes {
            let now = Timestamp::from_millis(start.as_millis() + minute * 60_000);
            let holds = all.iter().any(|it| it.holds(now));
            prop_assert_eq!(held(&schedules, &Tables, now).floor.is_some(), holds, "{} at {}", cron, now);
            // Until the next change nothing changes.
            let change = next_change(&schedules, &Tables, now).unwrap();
            prop_assert!(change > now);
            let last = Timestamp::from_millis(change.as_millis() - 1);
            prop_assert_eq!(held(&schedules, &Tables, last).floor.is_some(), holds);
            let (first, later) = (begin_or_end(&all, now), change);
            prop_assert!(first.is_none_or(|first| first >= later));
        }
    }

    #[test]
    fn a_count_is_that_of_someone(
        exact_count in prop::option::of(0_u32..50),
        floor_count in prop::option::of(1_u32..50),
        wanted in 0_u32..50,
        autoscaler in prop::option::of(0_u32..50),
    ) {
        let held = Held {
            exact: exact_count.map(|count| occurrence("e", Effect::Instances(count))),
            floor: floor_count.map(|count| occurrence("f", Effect::Floor(count))),
        };
        let settled = settle(None, &held, wanted, autoscaler);
        let base = exact_count.or(autoscaler).unwrap_or(wanted);
        prop_assert_eq!(settled.count, base.max(floor_count.unwrap_or_default()));
        // Settled again nothing changes, and without the entries it is as it was.
        let again = settle(settled.memory.as_ref(), &held, settled.count, autoscaler);
        prop_assert_eq!(again.count, settled.count);
        let after = settle(again.memory.as_ref(), &Held::default(), again.count, None);
        let before = if held == Held::default() { settled.count } else { wanted };
        prop_assert_eq!(after.count, before);
    }
}

/// The first beginning or end after a moment, of those that are no begin within another occurrence.
fn begin_or_end(all: &[Occurrence], now: Timestamp) -> Option<Timestamp> {
    let holds = |at: Timestamp| all.iter().any(|it| it.holds(at));
    let edges = all.iter().flat_map(|it| [it.begins, it.to]).filter(|edge| *edge > now);
    let real = edges.filter(|edge| holds(*edge) != holds(Timestamp::from_millis(edge.as_millis() - 1)));
    real.min()
}
