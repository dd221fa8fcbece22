//! Charts as SVG: geometry in pure functions, drawn on the server and redrawn by islands.

use std::fmt::Write;

use leptos::prelude::*;
use model::metric::Series;

/// Width and height of a sparkline's box.
const SPARK: (f64, f64) = (92.0, 24.0);

/// Paths of a line through the points: one subpath for each run without a gap.
pub fn line(points: &[(i64, f64)], step: i64, scale: Scale) -> String {
    let mut path = String::new();
    let mut last: Option<i64> = None;
    for &(time, value) in points {
        if !value.is_finite() {
            last = None;
            continue;
        }
        let (x, y) = scale.at(time, value);
        let joined = last.is_some_and(|last| time - last <= step * 2);
        let _ = write!(path, "{}{x:.1} {y:.1}", if joined { 'L' } else { 'M' });
        last = Some(time);
    }
    path
}

/// The same, closed down to the ground for filling; only where there is one unbroken run.
pub fn area(points: &[(i64, f64)], step: i64, scale: Scale) -> Option<String> {
    let (first, last) = (points.first()?, points.last()?);
    let whole = line(points, step, scale);
    if whole.matches('M').count() != 1 {
        return None;
    }
    let ground = scale.height;
    Some(format!(
        "{whole}L{:.1} {ground:.1}L{:.1} {ground:.1}Z",
        scale.at(last.0, 0.0).0,
        scale.at(first.0, 0.0).0
    ))
}

/// Maps time and value into a box; values run from 0 up.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Scale {
    pub start: i64,
    pub end: i64,
    pub top: f64,
    pub width: f64,
    pub height: f64,
}

impl Scale {
    pub fn at(self, time: i64, value: f64) -> (f64, f64) {
        let span = (self.end - self.start).max(1) as f64;
        let x = (time - self.start) as f64 / span * self.width;
        let y = self.height - (value / self.top).clamp(0.0, 1.05) * self.height;
        (x.clamp(0.0, self.width), y)
    }
}

/// A round number at or above `value`: 1, 2, 2.5 or 5 times a power of ten.
pub fn round_up(value: f64) -> f64 {
    if !value.is_finite() || value <= 0.0 {
        return 1.0;
    }
    let power = 10_f64.powf(value.log10().floor());
    let factor = value / power;
    let round = [1.0, 2.0, 2.5, 5.0, 10.0].into_iter().find(|round| factor <= round + 1e-9).unwrap_or(10.0);
    round * power
}

/// Largest finite value of all series.
pub fn highest(series: &[Series]) -> f64 {
    series
        .iter()
        .flat_map(|one| &one.points)
        .map(|point| point.1)
        .filter(|value| value.is_finite())
        .fold(0.0, f64::max)
}

/// A small line without axes; `limit` is drawn dashed.
pub fn spark(points: &[(i64, f64)], window: (i64, i64), limit: Option<f64>, label: String) -> AnyView {
    let step = (window.1 - window.0) / 30;
    let highest = points.iter().map(|point| point.1).fold(0.0, f64::max);
    let top = round_up(limit.unwrap_or(highest).max(highest)) * 1.1;
    let scale = Scale { start: window.0, end: window.1, top, width: SPARK.0, height: SPARK.1 };
    let limit = limit.map(|limit| scale.at(window.0, limit).1);
    view! {
        <svg class="spark" viewBox="0 0 92 24" preserveAspectRatio="none" role="img" aria-label=label>
            {area(points, step, scale).map(|d| view! { <path class="fill" d=d /> })}
            <path d=line(points, step, scale) />
            {limit.map(|y| view! { <line x1="0" x2="92" y1=y y2=y /> })}
        </svg>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    const SCALE: Scale = Scale { start: 0, end: 100, top: 10.0, width: 100.0, height: 10.0 };

    #[test]
    fn a_gap_begins_a_new_line() {
        let path = line(&[(0, 0.0), (10, 5.0), (60, 5.0)], 10, SCALE);
        assert_eq!(path, "M0.0 10.0L10.0 5.0M60.0 5.0");
        assert_eq!(area(&[(0, 0.0), (10, 5.0), (60, 5.0)], 10, SCALE), None);
    }

    #[test]
    fn tops_are_round() {
        for (value, top) in [(0.0, 1.0), (0.3, 0.5), (1.0, 1.0), (23.0, 25.0), (251.0, 500.0)] {
            assert!((round_up(value) - top).abs() < 1e-9, "{value}");
        }
    }
}
