//! Release windows: the question every change that brings something out is asked.

use model::deployment::DeploymentKind;
use model::environment::ReleaseRules;
use model::permission::{Caller, Permission};
use model::problem::{Problem, ProblemCode};
use model::time::Timestamp;
pub use model::window::Tables;
use model::window::{self, Barrier, Closed};

use super::overrides::{self, Override};
use crate::store::environments::EnvironmentRow;

/// What is closed in an environment with these rules.
pub fn closed(rules: &ReleaseRules, now: Timestamp) -> Option<Closed> {
    window::closed(rules, &Tables, now)
}

/// 422 naming every mistake; what is meant as nothing becomes nothing.
pub fn tidy(mut rules: ReleaseRules) -> Result<ReleaseRules, Problem> {
    rules.time_zone = rules.time_zone.map(|name| name.trim().to_owned()).filter(|name| !name.is_empty());
    for freeze in &mut rules.freezes {
        freeze.name = freeze.name.trim().to_owned();
    }
    let mistakes = window::mistakes(&rules, &Tables, "/rules");
    if mistakes.is_empty() { Ok(rules) } else { Err(Problem::invalid(mistakes)) }
}

/// The freeze's name, or the zone of the calendar.
pub fn name(closed: &Closed) -> &str {
    match &closed.barrier {
        Barrier::Freeze { name } => name,
        Barrier::Calendar { time_zone } => time_zone,
    }
}

/// 409 while the environment is closed to `kind`. An administrator who gives a reason may go on all the same.
pub fn require_open(
    place: &EnvironmentRow,
    caller: &Caller,
    kind: DeploymentKind,
    override_window: bool,
    reason: &str,
    now: Timestamp,
) -> Result<Option<Override>, Problem> {
    if !window::forbids(kind) {
        return Ok(None);
    }
    let Some(closed) = closed(&place.rules, now) else { return Ok(None) };
    if !override_window {
        return Err(refusal(place, &closed));
    }
    caller.require(Permission::Administer)?;
    let reason = overrides::reason(reason)?;
    Ok(Some(Override::Window { closed, reason }))
}

fn refusal(place: &EnvironmentRow, closed: &Closed) -> Problem {
    let environment = &place.name;
    let what = match &closed.barrier {
        Barrier::Freeze { name } => format!("{environment} is frozen ({name})"),
        Barrier::Calendar { time_zone } => {
            format!("{environment} takes new versions only in its release windows ({time_zone})")
        }
    };
    let until = closed.until.map(|until| format!("; it opens at {until}")).unwrap_or_default();
    let detail = format!(
        "{what}{until}. Scaling, going back and suspending remain possible; an administrator may override this with a reason."
    );
    let key = match &closed.barrier {
        Barrier::Freeze { .. } => "freeze",
        Barrier::Calendar { .. } => "time_zone",
    };
    let problem = Problem::new(ProblemCode::WindowClosed, detail)
        .with("environment", environment)
        .with(key, name(closed));
    match closed.until {
        Some(until) => problem.with("until", until),
        None => problem,
    }
}

#[cfg(test)]
mod tests {
    use model::window::{Day, Window, Zones};

    use super::*;

    fn at(text: &str) -> Timestamp {
        format!("{text}:00.000Z").parse().expect("a time")
    }

    fn berlin(from: &str, to: &str) -> ReleaseRules {
        ReleaseRules {
            time_zone: Some("Europe/Berlin".to_owned()),
            windows: vec![Window { days: Day::ALL.to_vec(), from: from.to_owned(), to: to.to_owned() }],
            ..ReleaseRules::default()
        }
    }

    fn opens(rules: &ReleaseRules, now: &str) -> Option<Timestamp> {
        closed(rules, at(now)).and_then(|closed| closed.until)
    }

    #[test]
    fn nine_o_clock_is_another_moment_in_summer() {
        let rules = berlin("09:00", "17:00");
        assert_eq!(opens(&rules, "2026-01-15T03:00"), Some(at("2026-01-15T08:00")));
        assert_eq!(opens(&rules, "2026-07-15T03:00"), Some(at("2026-07-15T07:00")));
        // Over the night in which the clocks go forward, on 29 March.
        assert_eq!(opens(&rules, "2026-03-28T20:00"), Some(at("2026-03-29T07:00")));
    }

    #[test]
    fn a_window_begins_with_the_jump_that_leaps_over_its_beginning() {
        let rules = berlin("02:30", "04:00");
        assert_eq!(opens(&rules, "2026-03-29T00:30"), Some(at("2026-03-29T01:00")));
        // Nothing of this one is left in that night.
        assert_eq!(opens(&berlin("02:10", "02:50"), "2026-03-29T00:30"), Some(at("2026-03-30T00:10")));
    }

    #[test]
    fn an_hour_that_comes_twice_is_open_twice() {
        let rules = berlin("02:00", "03:00");
        for now in ["2026-10-25T00:00", "2026-10-25T00:59", "2026-10-25T01:30"] {
            assert_eq!(closed(&rules, at(now)), None, "{now}");
        }
        assert!(closed(&rules, at("2026-10-25T02:00")).is_some());
    }

    #[test]
    fn zones_are_offered_by_name() {
        let names = Tables.names();
        assert!(names.contains(&"UTC") && names.contains(&"Asia/Shanghai") && names.len() > 300);
        assert!(names.iter().all(|name| Tables.get(name).is_some()));
        assert!(Tables.get("Europe/Nowhere").is_none());
    }
}
