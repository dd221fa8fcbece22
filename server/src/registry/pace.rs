//! When a registry is asked again.

use std::time::Duration;

use adapters::registry::RegistryError;

/// Longest pause after failures.
const PAUSE_MAX: Duration = Duration::from_mins(15);

/// The pause after so many failures in a row; a registry that says when to come again is believed.
pub fn pause(poll: Duration, failures: u32, error: Option<&RegistryError>) -> Duration {
    let Some(error) = error else { return poll };
    let doubled = poll.saturating_mul(2_u32.saturating_pow(failures.saturating_sub(1).min(16)));
    let backed_off = doubled.min(PAUSE_MAX.max(poll));
    match error {
        RegistryError::RateLimited { retry_after: Some(wait) } => backed_off.max(*wait),
        _ => backed_off,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const POLL: Duration = Duration::from_mins(1);

    #[test]
    fn failures_make_it_slower_up_to_a_bound() {
        let away = RegistryError::Unreachable("refused".to_owned());
        let pauses: Vec<u64> = (1..=6).map(|failures| pause(POLL, failures, Some(&away)).as_secs()).collect();
        assert_eq!(pauses, [60, 120, 240, 480, 900, 900]);
        assert_eq!(pause(POLL, 0, None), POLL);
        assert_eq!(pause(Duration::from_hours(2), 9, Some(&away)), Duration::from_hours(2));
    }

    #[test]
    fn a_registry_that_says_when_is_believed() {
        let limited = RegistryError::RateLimited { retry_after: Some(Duration::from_mins(30)) };
        assert_eq!(pause(POLL, 1, Some(&limited)).as_secs(), 1_800);
    }
}
