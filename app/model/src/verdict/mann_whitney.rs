//! The Mann-Whitney U test: whether values of one series tend to be larger than those of another.
//!
//! Normal approximation with corrections for ties and continuity, as scipy's `mannwhitneyu(method="asymptotic")`.

/// Fewer values on a side say nothing.
pub const SAMPLES_MIN: usize = 5;

/// How likely so large a difference would be if there were none: one-sided each way, and two-sided.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Comparison {
    /// That the first series only seems higher.
    pub higher: f64,
    /// That it only seems lower.
    pub lower: f64,
    pub either: f64,
}

/// Compares `new` with `old`; `None` where a side has fewer than [`SAMPLES_MIN`] finite values.
pub fn compare(new: &[f64], old: &[f64]) -> Option<Comparison> {
    let mut all: Vec<(f64, bool)> = Vec::with_capacity(new.len() + old.len());
    all.extend(new.iter().filter(|v| v.is_finite()).map(|v| (*v, true)));
    let first = all.len();
    all.extend(old.iter().filter(|v| v.is_finite()).map(|v| (*v, false)));
    let second = all.len() - first;
    if first < SAMPLES_MIN || second < SAMPLES_MIN {
        return None;
    }
    all.sort_by(|a, b| a.0.total_cmp(&b.0));
    let (ranks, ties) = rank_sum(&all);
    let (n1, n2, n) = (first as f64, second as f64, all.len() as f64);
    let u = ranks - n1 * (n1 + 1.0) / 2.0;
    let mean = n1 * n2 / 2.0;
    let variance = n1 * n2 / 12.0 * ((n + 1.0) - ties / (n * (n - 1.0)));
    if variance <= 0.0 {
        return Some(Comparison { higher: 1.0, lower: 1.0, either: 1.0 });
    }
    let deviation = variance.sqrt();
    let higher = upper_tail((u - mean - 0.5) / deviation);
    let lower = upper_tail((mean - u - 0.5) / deviation);
    let either = (2.0 * higher.min(lower)).min(1.0);
    Some(Comparison { higher, lower, either })
}

/// Sum of the ranks of the first series, equal values sharing theirs, and the sum of t³ − t over groups of ties.
fn rank_sum(sorted: &[(f64, bool)]) -> (f64, f64) {
    let (mut sum, mut ties, mut start) = (0.0, 0.0, 0);
    for group in sorted.chunk_by(|a, b| a.0.total_cmp(&b.0).is_eq()) {
        let size = group.len() as f64;
        let rank = start as f64 + f64::midpoint(size, 1.0);
        sum += rank * group.iter().filter(|(_, new)| *new).count() as f64;
        ties += size.powi(3) - size;
        start += group.len();
    }
    (sum, ties)
}

/// Probability that a standard normal value is above `z`.
fn upper_tail(z: f64) -> f64 {
    libm::erfc(z / std::f64::consts::SQRT_2) / 2.0
}
