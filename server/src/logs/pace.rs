//! How many bytes of an app's log are kept in a time.

use std::time::Duration;

use tokio::time::Instant;

/// Seconds' worth that may come at once.
const BURST: u32 = 16;

/// A bucket of bytes that fills with time.
pub struct Pace {
    rate: f64,
    left: f64,
    at: Instant,
}

impl Pace {
    /// `rate` bytes a second.
    pub fn new(rate: u64, now: Instant) -> Self {
        let rate = rate.max(1) as f64;
        Self { rate, left: rate * f64::from(BURST), at: now }
    }

    fn fill(&mut self, now: Instant) {
        let gained = now.saturating_duration_since(self.at).as_secs_f64() * self.rate;
        self.left = (self.left + gained).min(self.rate * f64::from(BURST));
        self.at = now;
    }

    /// Takes so many if there are as many.
    pub fn take(&mut self, bytes: usize, now: Instant) -> bool {
        self.fill(now);
        let wanted = bytes as f64;
        // One that is larger than the bucket passes when it is full.
        let enough = self.left >= wanted.min(self.rate * f64::from(BURST));
        if enough {
            self.left -= wanted;
        }
        enough
    }

    /// Until there are so many.
    pub fn wait(&self, bytes: usize) -> Duration {
        Duration::from_secs_f64(((bytes as f64 - self.left) / self.rate).clamp(0.001, 1.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_passes_and_then_the_rate() {
        let start = Instant::now();
        let mut pace = Pace::new(100, start);
        let passed = (0..100).filter(|_| pace.take(50, start)).count();
        assert_eq!(passed, 32, "sixteen seconds' worth");
        assert!(!pace.take(50, start));
        assert_eq!(pace.wait(50), Duration::from_millis(500));
        let later = start + Duration::from_secs(2);
        assert_eq!((0..100).filter(|_| pace.take(50, later)).count(), 4);
        // Idle for long: no more than a burst is saved up.
        let much_later = start + Duration::from_secs(9_999);
        assert_eq!((0..100).filter(|_| pace.take(50, much_later)).count(), 32);
        assert!(pace.take(1_000_000, much_later + Duration::from_secs(99)), "larger than the bucket");
    }
}
