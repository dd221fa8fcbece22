use chrono::{NaiveDateTime, TimeDelta};
use proptest::prelude::*;

use super::*;

/// A zone whose clocks are always the same number of minutes away from UTC.
struct Fixed(i64);

impl Zone for Fixed {
    fn local(&self, at: Timestamp) -> NaiveDateTime {
        at.datetime().naive_utc() + TimeDelta::minutes(self.0)
    }

    fn moments(&self, local: NaiveDateTime) -> (Timestamp, Timestamp) {
        let at = Timestamp::from((local - TimeDelta::minutes(self.0)).and_utc());
        (at, at)
    }
}

struct World;

impl Zones for World {
    fn get(&self, name: &str) -> Option<Box<dyn Zone + Send + Sync>> {
        let minutes = match name {
            UTC => 0,
            "Two/East" => 120,
            "Nine/West" => -540,
            _ => return None,
        };
        Some(Box::new(Fixed(minutes)))
    }

    fn names(&self) -> Vec<&'static str> {
        vec![UTC, "Two/East", "Nine/West"]
    }
}

fn at(text: &str) -> Timestamp {
    format!("{text}:00.000Z").parse().unwrap()
}

fn weekdays(from: &str, to: &str) -> Window {
    Window { days: Day::ALL[..5].to_vec(), from: from.to_owned(), to: to.to_owned() }
}

fn rules(zone: &str, windows: Vec<Window>) -> ReleaseRules {
    ReleaseRules { time_zone: Some(zone.to_owned()), windows, ..ReleaseRules::default() }
}

#[expect(clippy::option_option, reason = "open, or closed with an end, or closed with none in sight")]
fn until(rules: &ReleaseRules, now: &str) -> Option<Option<Timestamp>> {
    closed(rules, &World, at(now)).map(|closed| closed.until)
}

#[test]
fn without_rules_it_is_always_open() {
    assert_eq!(closed(&ReleaseRules::default(), &World, at("2026-11-24T03:00")), None);
}

#[test]
fn a_calendar_follows_the_clocks_of_its_zone() {
    // 2026-11-24 is a Tuesday.
    let rules = rules("Two/East", vec![weekdays("09:00", "17:00")]);
    assert_eq!(until(&rules, "2026-11-24T06:59"), Some(Some(at("2026-11-24T07:00"))));
    assert_eq!(until(&rules, "2026-11-24T07:00"), None);
    assert_eq!(until(&rules, "2026-11-24T14:59"), None);
    assert_eq!(until(&rules, "2026-11-24T15:00"), Some(Some(at("2026-11-25T07:00"))));
    // Friday evening to Monday morning.
    assert_eq!(until(&rules, "2026-11-27T18:00"), Some(Some(at("2026-11-30T07:00"))));
    let closed = closed(&rules, &World, at("2026-11-28T12:00")).unwrap();
    assert_eq!(closed.barrier, Barrier::Calendar { time_zone: "Two/East".to_owned() });
}

#[test]
fn a_window_may_reach_over_midnight() {
    let night = Window { days: vec![Day::Fri], from: "22:00".into(), to: "02:00".into() };
    let night = rules("UTC", vec![night]);
    assert_eq!(until(&night, "2026-11-27T21:59"), Some(Some(at("2026-11-27T22:00"))));
    assert_eq!(until(&night, "2026-11-28T01:59"), None);
    assert_eq!(until(&night, "2026-11-28T02:00"), Some(Some(at("2026-12-04T22:00"))));
    let whole = Window { days: Day::ALL.to_vec(), from: "00:00".into(), to: "24:00".into() };
    assert_eq!(until(&rules("Nine/West", vec![whole]), "2026-11-28T02:00"), None);
}

#[test]
fn a_freeze_counts_more_than_the_calendar_and_both_say_until_when_together() {
    let freeze = |name: &str, from, to| Freeze { name: name.to_owned(), from: at(from), to: at(to) };
    let rules = ReleaseRules {
        freezes: vec![
            freeze("Holidays", "2026-12-20T00:00", "2027-01-02T00:00"),
            freeze("Inventory", "2027-01-04T00:00", "2027-01-04T12:00"),
        ],
        ..rules("UTC", vec![weekdays("09:00", "17:00")])
    };
    // The holidays end on a Saturday, and Monday morning is taken by the next freeze.
    let found = closed(&rules, &World, at("2026-12-24T18:00")).unwrap();
    assert_eq!(found.barrier, Barrier::Freeze { name: "Holidays".to_owned() });
    assert_eq!(found.until, Some(at("2027-01-04T12:00")));
    assert_eq!(until(&rules, "2027-01-04T12:00"), None);
}

#[test]
fn what_cannot_be_read_stays_closed_with_no_end() {
    assert_eq!(
        until(&rules("Nowhere/Land", vec![weekdays("09:00", "17:00")]), "2026-11-24T12:00"),
        Some(None)
    );
    assert_eq!(until(&rules("UTC", vec![weekdays("9", "17:00")]), "2026-11-24T12:00"), Some(None));
}

#[test]
fn only_what_brings_something_out_is_forbidden() {
    let forbidden: Vec<_> = DeploymentKind::ALL.into_iter().filter(|kind| forbids(*kind)).collect();
    assert_eq!(
        forbidden,
        [DeploymentKind::Create, DeploymentKind::Update, DeploymentKind::Restart, DeploymentKind::Promote]
    );
}

#[test]
fn every_mistake_is_named_at_its_field() {
    let same = Window { days: vec![Day::Mon, Day::Mon], from: "09:00".into(), to: "09:00".into() };
    let rules = ReleaseRules {
        freezes: vec![
            Freeze { name: " ".into(), from: at("2026-01-02T00:00"), to: at("2026-01-01T00:00") },
            Freeze { name: "A".into(), from: at("2026-01-01T00:00"), to: at("2026-01-02T00:00") },
            Freeze { name: "A".into(), from: at("2026-01-01T00:00"), to: at("2026-01-02T00:00") },
        ],
        ..rules("Mars/Base", vec![Window { from: "24:00".into(), ..Window::default() }, same])
    };
    let paths: Vec<String> = mistakes(&rules, &World, "/rules").into_iter().map(|m| m.path).collect();
    assert_eq!(
        paths,
        [
            "/rules/time_zone",
            "/rules/windows/0/days",
            "/rules/windows/0/from",
            "/rules/windows/0/to",
            "/rules/windows/1/days",
            "/rules/windows/1/to",
            "/rules/freezes/0/name",
            "/rules/freezes/0/to",
            "/rules/freezes/2/name",
        ]
    );
}

fn windows() -> impl Strategy<Value = Vec<Window>> {
    let days = proptest::sample::subsequence(Day::ALL.to_vec(), 1..=7);
    let window = (days, 0_u32..1_440, 0_u32..=1_440).prop_filter_map("nothing", |(days, from, to)| {
        let write = |minutes: u32| format!("{:02}:{:02}", minutes / 60, minutes % 60);
        (from != to).then(|| Window { days, from: write(from), to: write(to) })
    });
    proptest::collection::vec(window, 1..4)
}

/// The same by the clock on the wall alone.
fn open_by_the_clock(windows: &[Window], local: NaiveDateTime) -> bool {
    use chrono::Timelike;
    let now = local.hour() * 60 + local.minute();
    let (today, yesterday) = (Day::of(local.date()), Day::of(local.date() - TimeDelta::days(1)));
    windows.iter().any(|window| {
        let (from, to) = (minutes(&window.from).unwrap(), minutes(&window.to).unwrap());
        if to > from {
            window.days.contains(&today) && (from..to).contains(&now)
        } else {
            (window.days.contains(&today) && now >= from) || (window.days.contains(&yesterday) && now < to)
        }
    })
}

proptest! {
    #[test]
    fn open_is_what_the_clock_on_the_wall_says(windows in windows(), minute in 0_i64..60 * 24 * 21, zone in 0_usize..3) {
        let zone = World.names()[zone];
        let now = Timestamp::from_millis(at("2026-11-01T00:00").as_millis() + minute * 60_000);
        let rules = rules(zone, windows);
        let local = World.get(zone).unwrap().local(now);
        prop_assert_eq!(closed(&rules, &World, now).is_none(), open_by_the_clock(&rules.windows, local));
    }

    #[test]
    fn it_opens_when_it_says_and_not_a_minute_before(
        windows in windows(),
        minute in 0_i64..60 * 24 * 14,
        freezes in proptest::collection::vec((0_i64..60 * 24 * 20, 1_i64..60 * 24 * 9), 0..4),
    ) {
        let moment = |minute: i64| Timestamp::from_millis(at("2026-11-01T00:00").as_millis() + minute * 60_000);
        let freezes = freezes.iter().enumerate().map(|(i, (from, long))| Freeze {
            name: i.to_string(), from: moment(*from), to: moment(from + long),
        });
        let rules = ReleaseRules { freezes: freezes.collect(), ..rules("Two/East", windows) };
        if let Some(found) = closed(&rules, &World, moment(minute)) {
            let until = found.until.expect("these rules open again");
            prop_assert_eq!(closed(&rules, &World, until), None);
            let mut before = minute;
            while moment(before) < until {
                prop_assert!(closed(&rules, &World, moment(before)).is_some());
                before += 97;
            }
            prop_assert!(closed(&rules, &World, Timestamp::from_millis(until.as_millis() - 60_000)).is_some());
        }
    }
}
