//! What is kept of one series between two flushes, and the samples it becomes.

use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use super::parse::{Kind, Value};

/// Values of one timer that are kept for its quantiles in an interval; of more, an even choice stays.
const RESERVOIR: usize = 2_048;
/// Members of one set that are told apart in an interval.
const MEMBERS_MAX: usize = 20_000;
const QUANTILES: [(f64, &str); 3] = [(0.5, "0.5"), (0.95, "0.95"), (0.99, "0.99")];

#[derive(Debug)]
pub(super) enum Measure {
    Counter { total: f64 },
    Gauge { value: f64 },
    Timer(Timer),
    Set { members: HashSet<u64> },
}

/// Count and sum since the first value, and the values of this interval with the events that each stands for.
#[derive(Debug, Default)]
pub(super) struct Timer {
    count: f64,
    sum: f64,
    seen: u64,
    values: Vec<(f64, f64)>,
}

/// A sample without its place: the end of its name, and a label more.
#[derive(Debug, PartialEq)]
pub(super) struct Reading {
    pub suffix: &'static str,
    pub quantile: Option<&'static str>,
    pub value: f64,
    /// It began at zero with its series.
    pub rises: bool,
}

impl Reading {
    const fn plain(value: f64) -> Self {
        Self { suffix: "", quantile: None, value, rises: false }
    }

    const fn rising(suffix: &'static str, value: f64) -> Self {
        Self { suffix, quantile: None, value, rises: true }
    }
}

impl Measure {
    pub fn new(kind: Kind) -> Self {
        match kind {
            Kind::Counter => Self::Counter { total: 0.0 },
            Kind::Gauge => Self::Gauge { value: 0.0 },
            Kind::Timer | Kind::Histogram => Self::Timer(Timer::default()),
            Kind::Set => Self::Set { members: HashSet::new() },
        }
    }

    /// How many series one measure of this kind becomes.
    pub const fn series(kind: Kind) -> usize {
        match kind {
            Kind::Counter | Kind::Gauge | Kind::Set => 1,
            Kind::Timer | Kind::Histogram => 2 + QUANTILES.len(),
        }
    }

    /// Takes one value; `false` when it cannot be: a counter does not fall.
    pub fn take(&mut self, kind: Kind, value: Value, rate: f64) -> bool {
        match (self, value) {
            (Self::Counter { total }, Value::Number(number)) if number >= 0.0 => *total += number / rate,
            (Self::Gauge { value }, Value::Number(number)) => *value = number,
            (Self::Gauge { value }, Value::Delta(number)) => *value += number,
            (Self::Timer(timer), Value::Number(number)) => {
                let seconds = if kind == Kind::Timer { number / 1_000.0 } else { number };
                timer.take(seconds, 1.0 / rate);
            }
            (Self::Set { members }, Value::Member(member)) => {
                if members.len() < MEMBERS_MAX {
                    let mut hasher = DefaultHasher::new();
                    member.hash(&mut hasher);
                    members.insert(hasher.finish());
                }
            }
            _ => return false,
        }
        true
    }

    /// The readings of the interval, which ends with it.
    pub fn read(&mut self) -> Vec<Reading> {
        match self {
            Self::Counter { total } => vec![Reading::rising("", *total)],
            Self::Gauge { value } => vec![Reading::plain(*value)],
            Self::Set { members } => {
                let count = members.len();
                members.clear();
                vec![Reading::plain(count as f64)]
            }
            Self::Timer(timer) => timer.read(),
        }
    }
}

impl Timer {
    fn take(&mut self, value: f64, weight: f64) {
        self.count += weight;
        self.sum += value * weight;
        self.seen += 1;
        if self.values.len() < RESERVOIR {
            self.values.push((value, weight));
            return;
        }
        let place = rand::random_range(0..self.seen);
        if let Some(kept) = usize::try_from(place).ok().and_then(|place| self.values.get_mut(place)) {
            *kept = (value, weight);
        }
    }

    fn read(&mut self) -> Vec<Reading> {
        let mut readings = vec![Reading::rising("_count", self.count), Reading::rising("_sum", self.sum)];
        self.values.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
        let weight: f64 = self.values.iter().map(|value| value.1).sum();
        for (share, label) in QUANTILES {
            if let Some(value) = quantile(&self.values, share * weight) {
                readings.push(Reading { suffix: "", quantile: Some(label), value, rises: false });
            }
        }
        self.values.clear();
        self.seen = 0;
        readings
    }
}

/// The smallest value at or below which lies so much weight.
fn quantile(sorted: &[(f64, f64)], target: f64) -> Option<f64> {
    let mut below = 0.0;
    // Sums of parts may end a hair below their whole.
    let found = sorted.iter().find(|(_, weight)| {
        below += weight;
        below >= target - 1e-9
    });
    found.or(sorted.last()).map(|(value, _)| *value)
}

#[cfg(test)]
#[expect(clippy::float_cmp, reason = "the numbers are exact ones")]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn timer(values: &[f64]) -> Measure {
        let mut timer = Measure::new(Kind::Timer);
        for value in values {
            assert!(timer.take(Kind::Timer, Value::Number(*value), 1.0));
        }
        timer
    }

    fn of(readings: &[Reading], label: &str) -> f64 {
        readings.iter().find(|reading| reading.quantile == Some(label)).expect("a quantile").value
    }

    #[test]
    fn quantiles_are_of_the_values_of_the_interval_and_in_seconds() {
        let values: Vec<f64> = (1..=100).rev().map(|ms| f64::from(ms) * 10.0).collect();
        let mut timer = timer(&values);
        let readings = timer.read();
        assert_eq!((of(&readings, "0.5"), of(&readings, "0.95"), of(&readings, "0.99")), (0.5, 0.95, 0.99));
        assert_eq!(readings[0], Reading::rising("_count", 100.0));
        assert!((readings[1].value - 50.5).abs() < 1e-9);
        // Nothing came since: no quantile is made up, and what rises stays.
        assert_eq!(
            timer.read(),
            [Reading::rising("_count", 100.0), Reading::rising("_sum", readings[1].value)]
        );
    }

    #[test]
    fn a_share_that_was_sent_stands_for_the_whole() {
        let mut counter = Measure::new(Kind::Counter);
        assert!(counter.take(Kind::Counter, Value::Number(3.0), 0.1));
        assert!(!counter.take(Kind::Counter, Value::Number(-1.0), 1.0));
        assert!((counter.read()[0].value - 30.0).abs() < 1e-9);
        let mut timer = Measure::new(Kind::Histogram);
        timer.take(Kind::Histogram, Value::Number(1.0), 0.01);
        timer.take(Kind::Histogram, Value::Number(9.0), 1.0);
        let readings = timer.read();
        assert_eq!((readings[0].value, of(&readings, "0.5"), of(&readings, "0.99")), (101.0, 1.0, 1.0));
    }

    #[test]
    fn gauges_move_and_sets_count_what_differs() {
        let mut gauge = Measure::new(Kind::Gauge);
        for value in [Value::Number(5.0), Value::Delta(-7.0), Value::Delta(1.0)] {
            assert!(gauge.take(Kind::Gauge, value, 1.0));
        }
        assert_eq!(gauge.read(), [Reading::plain(-1.0)]);
        let mut set = Measure::new(Kind::Set);
        for member in ["a", "b", "a"] {
            assert!(set.take(Kind::Set, Value::Member(member), 1.0));
        }
        assert_eq!(set.read(), [Reading::plain(2.0)]);
        assert_eq!(set.read(), [Reading::plain(0.0)]);
    }

    #[test]
    fn a_flood_keeps_an_even_choice() {
        let values: Vec<f64> = (0..100_000).map(f64::from).collect();
        let readings = timer(&values).read();
        assert_eq!(readings[0].value, 100_000.0);
        assert!((of(&readings, "0.5") - 50.0).abs() < 8.0, "{}", of(&readings, "0.5"));
    }

    proptest! {
        #[test]
        fn quantiles_are_values_that_came(values in prop::collection::vec(0.0..1e6_f64, 1..200)) {
            let readings = timer(&values).read();
            for (share, label) in QUANTILES {
                let found = of(&readings, label);
                prop_assert!(values.iter().any(|value| value / 1_000.0 == found));
                let below = values.iter().filter(|value| **value / 1_000.0 <= found).count() as f64;
                prop_assert!(below >= share * values.len() as f64 - 1e-6);
            }
        }
    }
}
