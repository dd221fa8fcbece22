//! The one validator of an entry.

use serde_json::Value;

use super::pattern::{PATTERN_MAX, Pattern, PatternError};
use super::{ENTRIES_MAX, Effect, LocalTime, Schedule, When, no_warm_up};
use crate::definition::INSTANCES_MAX;
use crate::duration::Span;
use crate::input::{Node, unique, whole};
use crate::problem::{Fault, FieldError};
use crate::window::Zones;

const DURATION_MIN: Span = Span::from_secs(60);
const DURATION_MAX: Span = Span::from_secs(31 * 86_400);
const WARM_UP_MAX: Span = Span::from_secs(86_400);

/// Reads one entry and fills its defaults, reporting every mistake at once. `null` means absent.
pub fn parse(value: &Value, zones: &dyn Zones) -> Result<Schedule, Vec<FieldError>> {
    whole(value, |node| read(node, zones))
}

/// Reads `{"schedules": [...]}`: all entries of an app.
pub fn parse_list(value: &Value, zones: &dyn Zones) -> Result<Vec<Schedule>, Vec<FieldError>> {
    whole(value, |node| {
        node.object(&["schedules"]);
        let nodes = node.field("schedules").required().list(ENTRIES_MAX);
        let read: Vec<Schedule> = nodes.iter().map(|node| read(node, zones)).collect();
        let names: Vec<(Node, String)> = nodes
            .iter()
            .zip(&read)
            .filter(|(_, schedule)| !schedule.name.is_empty())
            .map(|(node, schedule)| (node.field("name"), schedule.name.clone()))
            .collect();
        unique(names.iter().map(|(node, name)| (node, name.clone())));
        read
    })
}

fn read(node: &Node, zones: &dyn Zones) -> Schedule {
    node.object(&[
        "name",
        "enabled",
        "kind",
        "from",
        "to",
        "cron",
        "duration",
        "time_zone",
        "instances",
        "floor",
        "warm_up",
    ]);
    let zone = node.field("time_zone");
    let time_zone = zone.required().line(64).unwrap_or_default();
    let clocks = zones.get(time_zone);
    if !time_zone.is_empty() && clocks.is_none() {
        zone.fault(Fault::NotTimeZone);
    }
    Schedule {
        name: node.field("name").required().name().unwrap_or_default().to_owned(),
        enabled: node.field("enabled").boolean().unwrap_or(true),
        when: when(node),
        time_zone: time_zone.to_owned(),
        effect: effect(node),
        warm_up: node.field("warm_up").duration(Span::from_millis(0), WARM_UP_MAX).unwrap_or_else(no_warm_up),
    }
}

fn when(node: &Node) -> When {
    #[derive(Clone, Copy)]
    enum Kind {
        Once,
        Recurring,
    }
    let alone = |names: [&str; 2], kind: &str| {
        for field in names.map(|name| node.field(name)).iter().filter(|field| field.value.is_some()) {
            field.fault(Fault::Both { other: format!("kind {kind}") });
        }
    };
    let kinds = [("once", Kind::Once), ("recurring", Kind::Recurring)];
    match node.field("kind").required().one_of(&kinds) {
        Some(Kind::Recurring) => {
            alone(["from", "to"], "recurring");
            let duration = node.field("duration");
            When::Recurring {
                cron: cron(&node.field("cron")),
                duration: duration.required().duration(DURATION_MIN, DURATION_MAX).unwrap_or(DURATION_MIN),
            }
        }
        Some(Kind::Once) => {
            alone(["cron", "duration"], "once");
            let (from, to) = (local(&node.field("from")), local(&node.field("to")));
            if let (Some(from), Some(to)) = (from, to)
                && to <= from
            {
                node.field("to").fault(Fault::EndsBeforeBegin);
            }
            When::Once { from: from.unwrap_or_default(), to: to.unwrap_or_default() }
        }
        None => When::Once { from: LocalTime::default(), to: LocalTime::default() },
    }
}

fn local(node: &Node) -> Option<LocalTime> {
    let read = node.required().line(40)?.parse().ok();
    if read.is_none() {
        node.fault(Fault::NotLocalTime);
    }
    read
}

fn cron(node: &Node) -> String {
    let Some(text) = node.required().line(PATTERN_MAX) else { return String::new() };
    match Pattern::parse(text) {
        Ok(_) => {}
        Err(PatternError::Syntax(reason)) => node.fault(Fault::NotCron { reason }),
        Err(PatternError::Never) => node.fault(Fault::NeverComes),
    }
    text.trim().to_owned()
}

fn effect(node: &Node) -> Effect {
    let (exact, floor) = (node.field("instances"), node.field("floor"));
    let count = |node: &Node, least| node.integer(least, INSTANCES_MAX.into()).map(|n| n as u32);
    match (exact.value.is_some(), floor.value.is_some()) {
        (true, true) => floor.fault(Fault::Both { other: "instances".to_owned() }),
        (false, false) => {
            let one_of = vec!["instances".to_owned(), "floor".to_owned()];
            node.fault(Fault::NoCondition { one_of });
        }
        _ => {}
    }
    match count(&floor, 1) {
        Some(least) if exact.value.is_none() => Effect::Floor(least),
        _ => Effect::Instances(count(&exact, 0).unwrap_or_default()),
    }
}
