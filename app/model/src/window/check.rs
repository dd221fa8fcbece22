//! What is wrong with release rules, each mistake at its field.

use super::{ENTRIES_MAX, Window, Zones, minutes};
use crate::environment::ReleaseRules;
use crate::problem::{Fault, FieldError};

/// Longest name of a freeze.
const NAME_MAX: usize = 100;

/// Every mistake; `prefix` is where the rules stand in the body.
pub fn mistakes(rules: &ReleaseRules, zones: &dyn Zones, prefix: &str) -> Vec<FieldError> {
    let mut found = Vec::new();
    let mut say = |path: String, fault| found.push(FieldError::new(format!("{prefix}{path}"), fault));
    if rules.time_zone.as_ref().is_some_and(|name| zones.get(name).is_none()) {
        say("/time_zone".to_owned(), Fault::NotTimeZone);
    }
    for (list, length) in [("windows", rules.windows.len()), ("freezes", rules.freezes.len())] {
        if length > ENTRIES_MAX {
            say(format!("/{list}"), Fault::TooMany { max: ENTRIES_MAX });
        }
    }
    for (index, window) in rules.windows.iter().enumerate() {
        for (field, fault) in window_mistakes(window) {
            say(format!("/windows/{index}/{field}"), fault);
        }
    }
    for (index, freeze) in rules.freezes.iter().enumerate() {
        let at = |field: &str| format!("/freezes/{index}/{field}");
        let name = freeze.name.trim();
        if name.is_empty() {
            say(at("name"), Fault::Required);
        } else if name.chars().count() > NAME_MAX {
            say(at("name"), Fault::TooLong { max: NAME_MAX });
        } else if name.chars().any(char::is_control) {
            say(at("name"), Fault::ControlCharacter);
        } else if rules.freezes[..index].iter().any(|other| other.name.trim() == name) {
            say(at("name"), Fault::Duplicate { value: name.to_owned() });
        }
        if freeze.to <= freeze.from {
            say(at("to"), Fault::EndsBeforeBegin);
        }
    }
    found
}

fn window_mistakes(window: &Window) -> Vec<(&'static str, Fault)> {
    let mut found = Vec::new();
    if window.days.is_empty() {
        found.push(("days", Fault::Required));
    }
    if let Some(twice) = window.days.iter().enumerate().find(|(i, day)| window.days[..*i].contains(day)) {
        found.push(("days", Fault::Duplicate { value: twice.1.as_str().to_owned() }));
    }
    let mut read = |field, text: &str, most: u32| {
        let read = minutes(text).filter(|minutes| *minutes <= most);
        if read.is_none() {
            found.push((field, if text.is_empty() { Fault::Required } else { Fault::NotClockTime }));
        }
        read
    };
    let from = read("from", &window.from, super::MINUTES_OF_DAY - 1);
    let to = read("to", &window.to, super::MINUTES_OF_DAY);
    // The same time twice would be nothing, or a whole day: nobody can tell which was meant.
    if from.is_some() && from == to {
        found.push(("to", Fault::EndsBeforeBegin));
    }
    found
}
