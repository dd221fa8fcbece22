//! Notices that the host's clock was set, or that the host slept: the time of the wall and the time that passed differ.

use std::time::Duration;

use model::time::Timestamp;
use tokio::time::Instant;

/// What a clock may be off between two looks without having been set: it is slewed, and a busy host looks late.
const SLACK_MS: i64 = 2_000;

/// Both times at the last look.
#[derive(Debug, Clone, Copy)]
pub struct Wall {
    passed: Instant,
    now: Timestamp,
}

impl Wall {
    pub const fn new(passed: Instant, now: Timestamp) -> Self {
        Self { passed, now }
    }

    /// Milliseconds by which the clock was set since the last look, negative when it was set back.
    pub fn moved(&mut self, passed: Instant, now: Timestamp) -> Option<i64> {
        let went: Duration = passed.saturating_duration_since(self.passed);
        let moved = now.as_millis() - self.now.plus(went).as_millis();
        *self = Self { passed, now };
        (moved.abs() >= SLACK_MS).then_some(moved)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_clock_that_was_set_has_moved() {
        let begin = Instant::now();
        let at = |millis: i64| Timestamp::from_millis(1_800_000_000_000 + millis);
        let after = |millis| begin + Duration::from_millis(millis);
        let mut wall = Wall::new(begin, at(0));
        assert_eq!(wall.moved(after(60_000), at(60_500)), None, "it drifts");
        assert_eq!(wall.moved(after(61_000), at(3_661_500)), Some(3_600_000));
        assert_eq!(wall.moved(after(62_000), at(3_662_500)), None, "once");
        assert_eq!(wall.moved(after(63_000), at(63_500)), Some(-3_600_000));
    }
}
