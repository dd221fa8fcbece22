//! Which parts of a definition the form has a field for, so that every mistake is shown exactly once.

use model::problem::FieldError;

use super::document::{Section, shown_at};

/// Pointers of all fields; `*` stands for a list index or a key of a map.
const FIELDS: [&str; 98] = [
    "/name",
    "/project",
    "/image",
    "/artifact",
    "/command",
    "/instances",
    "/resources/cpus",
    "/resources/memory_mb",
    "/ports/*/name",
    "/ports/*/container_port",
    "/ports/*/host_port",
    "/ports/*/protocol",
    "/metrics/path",
    "/metrics/port",
    "/metrics/interval",
    "/network/mode",
    "/network/name",
    "/health_checks/*/kind",
    "/health_checks/*/port",
    "/health_checks/*/path",
    "/health_checks/*/command",
    "/health_checks/*/interval",
    "/health_checks/*/timeout",
    "/health_checks/*/grace",
    "/health_checks/*/max_failures",
    "/ready_after",
    "/env/*",
    "/labels/*",
    "/volumes/*/name",
    "/volumes/*/kind",
    "/volumes/*/mount",
    "/volumes/*/read_only",
    "/constraints/*/attribute",
    "/constraints/*/operator",
    "/constraints/*/value",
    "/strategy/kind",
    "/strategy/max_surge",
    "/strategy/max_unavailable",
    "/strategy/steps",
    "/strategy/steps/*",
    "/strategy/steps/*/set",
    "/strategy/steps/*/verify",
    "/strategy/steps/*/wait",
    "/strategy/steps/*/approve/approvers",
    "/strategy/steps/*/approve/role",
    "/strategy/steps/*/approve/timeout",
    "/strategy/steps/*/approve/on_timeout",
    "/strategy/verify",
    "/strategy/keep_old",
    "/strategy/approve",
    "/strategy/approve/approvers",
    "/strategy/approve/role",
    "/strategy/approve/timeout",
    "/strategy/approve/on_timeout",
    "/strategy/progress_deadline",
    "/strategy/on_failure",
    "/stop/signal",
    "/stop/grace",
    "/restart/backoff",
    "/restart/factor",
    "/restart/max_delay",
    "/checks",
    "/checks/*",
    "/checks/*/name",
    "/checks/*/kind",
    "/checks/*/port",
    "/checks/*/path",
    "/checks/*/headers/*",
    "/checks/*/timeout",
    "/checks/*/expect",
    "/checks/*/expect/status",
    "/checks/*/expect/body_contains",
    "/checks/*/expect/json/pointer",
    "/checks/*/expect/json/value",
    "/checks/*/expect/time_limit",
    "/checks/*/pattern",
    "/checks/*/max",
    "/checks/*/min",
    "/checks/*/window",
    "/checks/*/query",
    "/checks/*/threshold",
    "/checks/*/threshold/min",
    "/checks/*/threshold/max",
    "/checks/*/baseline",
    "/checks/*/baseline/method",
    "/checks/*/baseline/min",
    "/checks/*/baseline/max",
    "/checks/*/baseline/confidence",
    "/checks/*/baseline/worse",
    "/checks/*/baseline/window",
    "/checks/*/interval",
    "/checks/*/initial_delay",
    "/checks/*/failure_limit",
    "/checks/*/inconclusive_limit",
    "/checks/*/error_limit",
    "/checks/*/on_no_data",
    "/checks/*/observe_only",
    "/checks/*/background",
];

/// Whether the form has a field of its own for `pointer`.
pub fn has(pointer: &str) -> bool {
    let matches = |pattern: &&str| {
        let mut wanted = pattern.split('/');
        let mut given = pointer.split('/');
        loop {
            match (wanted.next(), given.next()) {
                (None, None) => return true,
                (Some("*"), Some(_)) => {}
                (Some(wanted), Some(given)) if wanted == given => {}
                _ => return false,
            }
        }
    };
    FIELDS.iter().any(matches)
}

/// Mistakes that the field at `pointer` shows.
pub fn at<'a>(errors: &'a [FieldError], pointer: &str) -> Vec<&'a FieldError> {
    errors.iter().filter(|error| shown_at(&error.path, has) == Some(pointer)).collect()
}

/// Mistakes of a section that no field shows: of a whole list, or of an unknown field.
pub fn of_section(errors: &[FieldError], section: Section) -> Vec<&FieldError> {
    let mine = |error: &&FieldError| {
        Section::of(&error.path) == Some(section) && shown_at(&error.path, has).is_none()
    };
    errors.iter().filter(mine).collect()
}

/// Mistakes that only the JSON shows.
pub fn elsewhere(errors: &[FieldError]) -> Vec<&FieldError> {
    errors.iter().filter(|error| Section::of(&error.path).is_none()).collect()
}

#[cfg(test)]
mod tests {
    use model::problem::Fault;

    use super::*;

    #[test]
    fn every_mistake_is_shown_once() {
        let errors: Vec<FieldError> = [
            "/ports/0/host_port",
            "/ports",
            "/command/2",
            "/env/A~1B",
            "/nonsense",
            "",
            "/health_checks/0/expect",
            "/config_sets/0",
            "/strategy",
            "/strategy/steps/2/verify",
            "/strategy/steps/2/approve",
            "/checks/0/expect/status/1",
        ]
        .map(|path| FieldError::new(path, Fault::Required))
        .into();
        assert_eq!(at(&errors, "/ports/0/host_port").len(), 1);
        assert_eq!(at(&errors, "/command").len(), 1);
        assert_eq!(at(&errors, "/env/A~1B").len(), 1);
        assert_eq!(at(&errors, "/strategy/steps/2/verify").len(), 1);
        assert_eq!(at(&errors, "/strategy/steps/2").len(), 1);
        assert_eq!(at(&errors, "/checks/0/expect/status").len(), 1);
        let sections: usize = Section::ALL.map(|section| of_section(&errors, section).len()).iter().sum();
        assert_eq!(sections, 5);
        assert_eq!(elsewhere(&errors).len(), 1);
    }
}
