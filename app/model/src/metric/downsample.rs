//! Fewer points that look the same.

use super::Point;

/// The points as unbroken runs, together at most `most` points (two at least). Time is cut into `most / 2` equal parts, and
/// of each the lowest and the highest value stay, so that no peak is lost. A gap (a value that is no number, or more than
/// `gap` milliseconds without a point) stays a gap unless it lies within one part, where it could not be seen.
pub fn downsample(points: &[Point], gap: i64, most: usize) -> Vec<Vec<Point>> {
    let finite = points.iter().filter(|(_, value)| value.is_finite()).count();
    let (Some(first), Some(last)) = (points.first(), points.last()) else { return Vec::new() };
    let parts = i128::try_from((most / 2).max(1)).unwrap_or(i128::MAX);
    let length = i128::from(last.0) - i128::from(first.0) + 1;
    let keep_all = finite <= most;
    let part = |time: i64| ((i128::from(time) - i128::from(first.0)) * parts).div_euclid(length.max(1));

    let mut runs: Vec<Vec<Point>> = Vec::new();
    let mut open: Option<Extremes> = None;
    let mut broken = true;
    let mut before: Option<i64> = None;
    for &(time, value) in points {
        if !value.is_finite() {
            broken = true;
            continue;
        }
        broken |= before.is_some_and(|before| time.saturating_sub(before) > gap);
        before = Some(time);
        if keep_all {
            add(&mut runs, broken, &[(time, value)]);
            broken = false;
            continue;
        }
        match &mut open {
            Some(extremes) if extremes.part == part(time) => extremes.take((time, value)),
            _ => {
                if let Some(done) = open.take() {
                    done.close(&mut runs);
                }
                open = Some(Extremes::new(part(time), broken, (time, value)));
            }
        }
        broken = false;
    }
    if let Some(done) = open {
        done.close(&mut runs);
    }
    runs
}

/// What is kept of one part of the time.
struct Extremes {
    part: i128,
    /// A gap lies before it.
    broken: bool,
    lowest: Point,
    highest: Point,
}

impl Extremes {
    const fn new(part: i128, broken: bool, point: Point) -> Self {
        Self { part, broken, lowest: point, highest: point }
    }

    fn take(&mut self, point: Point) {
        if point.1 < self.lowest.1 {
            self.lowest = point;
        }
        if point.1 > self.highest.1 {
            self.highest = point;
        }
    }

    fn close(self, runs: &mut Vec<Vec<Point>>) {
        let (low, high) = (self.lowest, self.highest);
        match low.0.cmp(&high.0) {
            std::cmp::Ordering::Less => add(runs, self.broken, &[low, high]),
            std::cmp::Ordering::Greater => add(runs, self.broken, &[high, low]),
            std::cmp::Ordering::Equal => add(runs, self.broken, &[low]),
        }
    }
}

fn add(runs: &mut Vec<Vec<Point>>, broken: bool, points: &[Point]) {
    match runs.last_mut() {
        Some(run) if !broken => run.extend_from_slice(points),
        _ => runs.push(points.to_vec()),
    }
}
