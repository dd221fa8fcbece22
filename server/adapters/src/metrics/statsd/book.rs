//! The series of one app, within its bounds.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use model::time::Timestamp;

use super::measure::{Measure, Reading};
use super::parse::{Kind, Line, Mistake};
use crate::metrics::names::{label_name, metric_name};
use crate::metrics::{Origin, Sample};

/// Why something that was sent is not kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Refusal {
    /// It is no StatsD.
    Malformed,
    /// An event or a service check of DogStatsD.
    Unsupported,
    /// A name, a tag or their number is over its bound.
    TooLong,
    /// The app has as many series as it may.
    TooManySeries,
    /// The name is in use for another kind of measurement.
    OtherKind,
    /// A counter was told to fall.
    Falling,
    /// It waited for its sender to be found, and there were too many.
    Waiting,
}

impl Refusal {
    /// The value of the label `reason`.
    pub const fn reason(self) -> &'static str {
        match self {
            Self::Malformed => "malformed",
            Self::Unsupported => "unsupported",
            Self::TooLong => "too_long",
            Self::TooManySeries => "too_many_series",
            Self::OtherKind => "other_kind",
            Self::Falling => "falling_counter",
            Self::Waiting => "waiting",
        }
    }
}

impl From<Mistake> for Refusal {
    fn from(mistake: Mistake) -> Self {
        match mistake {
            Mistake::Malformed => Self::Malformed,
            Mistake::Unsupported => Self::Unsupported,
            Mistake::TooLong => Self::TooLong,
        }
    }
}

/// How much is kept.
#[derive(Debug, Clone, Copy)]
pub struct Bounds {
    /// Series of one app, those of all its instances together.
    pub series: usize,
    /// Flushes that a series is told of without a new value.
    pub idle_flushes: u64,
    /// Time between two flushes.
    pub interval: Duration,
}

impl Default for Bounds {
    fn default() -> Self {
        Self { series: 1_000, idle_flushes: 30, interval: Duration::from_secs(10) }
    }
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct Key {
    origin: Option<Origin>,
    name: String,
    labels: Vec<(String, String)>,
}

#[derive(Debug)]
struct Entry {
    kind: Kind,
    measure: Measure,
    used: u64,
    /// Not told of yet.
    new: bool,
}

#[derive(Debug, Default)]
pub(super) struct Book {
    entries: HashMap<Key, Entry>,
    /// The kind of each name, with the entries that have it.
    kinds: HashMap<String, (Kind, usize)>,
    series: usize,
    pub dropped: BTreeMap<Refusal, u64>,
    /// Whether the bound was hit since this flush began.
    pub bounded_at: Option<u64>,
    used: u64,
}

impl Book {
    pub const fn series(&self) -> usize {
        self.series
    }

    /// Neither holds a series nor was heard of for that long.
    pub fn is_forgotten(&self, flush: u64, bounds: &Bounds) -> bool {
        self.entries.is_empty() && flush.saturating_sub(self.used) > bounds.idle_flushes
    }

    pub fn refuse(&mut self, why: Refusal, flush: u64) {
        self.used = flush;
        *self.dropped.entry(why).or_default() += 1;
        if why == Refusal::TooManySeries {
            self.bounded_at = Some(flush);
        }
    }

    /// Takes the values of a line; `passed` is a tag that is no label.
    pub fn take(&mut self, origin: Option<&Origin>, line: &Line, passed: &str, flush: u64, bounds: &Bounds) {
        self.used = flush;
        if let Err(why) = self.try_take(origin, line, passed, flush, bounds) {
            self.refuse(why, flush);
        }
    }

    fn try_take(
        &mut self,
        origin: Option<&Origin>,
        line: &Line,
        passed: &str,
        flush: u64,
        bounds: &Bounds,
    ) -> Result<(), Refusal> {
        let key = Key { origin: origin.cloned(), name: metric_name(line.name), labels: labels(line, passed) };
        if self.kinds.get(&key.name).is_some_and(|(kind, _)| *kind != line.kind) {
            return Err(Refusal::OtherKind);
        }
        let entry = match self.entries.entry(key) {
            std::collections::hash_map::Entry::Occupied(entry) => entry.into_mut(),
            std::collections::hash_map::Entry::Vacant(place) => {
                let more = Measure::series(line.kind);
                if self.series + more > bounds.series {
                    return Err(Refusal::TooManySeries);
                }
                self.series += more;
                self.kinds.entry(place.key().name.clone()).or_insert((line.kind, 0)).1 += 1;
                let measure = Measure::new(line.kind);
                place.insert(Entry { kind: line.kind, measure, used: flush, new: true })
            }
        };
        entry.used = flush;
        let mut taken = true;
        for value in &line.values {
            taken &= entry.measure.take(line.kind, *value, line.rate);
        }
        if taken { Ok(()) } else { Err(Refusal::Falling) }
    }

    /// The samples of the interval that ends at `time`. Series that are idle, or whose instance is gone, are forgotten.
    pub fn flush(
        &mut self,
        flush: u64,
        time: Timestamp,
        bounds: &Bounds,
        lives: &dyn Fn(&Origin) -> bool,
        samples: &mut Vec<Sample>,
    ) {
        let before = time.minus(bounds.interval);
        for (key, entry) in &mut self.entries {
            for reading in entry.measure.read() {
                // A counter that begins in the middle of a window would rise by nothing there.
                if entry.new && reading.rises {
                    samples.push(sample(key, &Reading { value: 0.0, ..reading }, before));
                }
                samples.push(sample(key, &reading, time));
            }
            entry.new = false;
        }
        let (series, kinds) = (&mut self.series, &mut self.kinds);
        self.entries.retain(|key, entry| {
            let stays = flush.saturating_sub(entry.used) < bounds.idle_flushes
                && key.origin.as_ref().is_none_or(lives);
            if !stays {
                *series -= Measure::series(entry.kind);
                if let Some((_, uses)) = kinds.get_mut(&key.name) {
                    *uses -= 1;
                }
            }
            stays
        });
        self.kinds.retain(|_, (_, uses)| *uses > 0);
    }
}

/// Tags as labels, sorted, each name once.
fn labels(line: &Line, passed: &str) -> Vec<(String, String)> {
    let tags = line.tags.iter().filter(|(name, value)| *name != passed && !value.is_empty());
    let mut labels: Vec<(String, String)> = tags
        .map(|(name, value)| {
            let name = if *name == "quantile" { "exported_quantile".to_owned() } else { label_name(name) };
            (name, (*value).to_owned())
        })
        .collect();
    labels.sort();
    labels.dedup_by(|later, first| later.0 == first.0);
    labels
}

fn sample(key: &Key, reading: &Reading, time: Timestamp) -> Sample {
    let mut labels = key.origin.as_ref().map(Origin::labels).unwrap_or_default();
    labels.extend(key.labels.iter().cloned());
    if let Some(quantile) = reading.quantile {
        labels.push(("quantile".to_owned(), quantile.to_owned()));
    }
    Sample { metric: format!("{}{}", key.name, reading.suffix), labels, time, value: reading.value }
}
