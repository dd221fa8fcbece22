//! How often somebody may try to sign in: per address and per name, so that neither one guesser nor many get far.

use std::num::NonZeroU32;
use std::time::Duration;

use governor::clock::{Clock as _, DefaultClock};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};
use model::problem::{Problem, ProblemCode};

/// Tries in a row from one address; one more every 6 s after that.
const ADDRESS_BURST: NonZeroU32 = NonZeroU32::new(20).expect("not zero");
const ADDRESS_EVERY: Duration = Duration::from_secs(6);
/// Tries in a row for one name; one more every 15 s after that.
const NAME_BURST: NonZeroU32 = NonZeroU32::new(8).expect("not zero");
const NAME_EVERY: Duration = Duration::from_secs(15);
/// Known addresses and names before the quiet ones are forgotten.
const KEYS_MAX: usize = 10_000;

/// The two limits.
#[derive(Debug)]
pub struct SignInLimit {
    clock: DefaultClock,
    addresses: DefaultKeyedRateLimiter<String>,
    names: DefaultKeyedRateLimiter<String>,
}

impl Default for SignInLimit {
    fn default() -> Self {
        Self {
            clock: DefaultClock::default(),
            addresses: limiter(ADDRESS_EVERY, ADDRESS_BURST),
            names: limiter(NAME_EVERY, NAME_BURST),
        }
    }
}

impl SignInLimit {
    /// Counts one try; refuses it with the seconds to wait when there were too many.
    pub fn check(&self, name: &str, address: &str) -> Result<(), Problem> {
        for (limiter, key) in [(&self.addresses, address), (&self.names, name)] {
            if limiter.len() > KEYS_MAX {
                limiter.retain_recent();
            }
            if let Err(not_until) = limiter.check_key(&key.to_owned()) {
                let wait = not_until.wait_time_from(self.clock.now()).as_secs() + 1;
                let detail = format!("Too many attempts to sign in; wait {wait} s and try again.");
                return Err(Problem::new(ProblemCode::RateLimited, detail).with("retry_after", wait));
            }
        }
        Ok(())
    }
}

fn limiter(every: Duration, burst: NonZeroU32) -> DefaultKeyedRateLimiter<String> {
    let quota = Quota::with_period(every).map_or_else(|| Quota::per_minute(burst), |q| q.allow_burst(burst));
    RateLimiter::keyed(quota)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_tries_for_one_name_are_refused_from_any_address() {
        let limit = SignInLimit::default();
        for try_ in 0..NAME_BURST.get() {
            assert!(limit.check("anna", &format!("192.0.2.{try_}")).is_ok());
        }
        let refused = limit.check("anna", "192.0.2.99").expect_err("one too many");
        assert_eq!(refused.code, ProblemCode::RateLimited);
        assert!(refused.params.contains_key("retry_after"));
        assert!(limit.check("bert", "192.0.2.99").is_ok());
    }

    #[test]
    fn many_tries_from_one_address_are_refused_for_any_name() {
        let limit = SignInLimit::default();
        for try_ in 0..ADDRESS_BURST.get() {
            assert!(limit.check(&format!("name{try_}"), "192.0.2.1").is_ok());
        }
        assert!(limit.check("another", "192.0.2.1").is_err());
    }
}
