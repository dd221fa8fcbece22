//! A check's measurements as a drawing: new and old lines with gaps, the limits, and a dot for what did not pass.

use std::fmt::Write;

use model::check::Verdict;

use super::data::{Card, Point};
use crate::ui::chart::{Scale, line, round_up};

pub const WIDTH: f64 = 480.0;
pub const HEIGHT: f64 = 56.0;
/// Points of one chart at most, as times are counted.
const POINTS: i64 = 240;
/// With fewer points each has a dot, also where it passed.
const SPARSE: usize = 40;
/// A chart begins with room for this many measurements, so that it fills from the left and does not jump.
const ROOM: i64 = 24;

#[derive(Debug, Clone, Default, PartialEq)]
pub struct Drawing {
    pub new: String,
    pub old: String,
    /// The limits, as paths.
    pub limits: Vec<String>,
    /// Dots by verdict: pass, fail, inconclusive, error.
    pub dots: [String; 4],
    pub start: i64,
    pub end: i64,
    pub top: f64,
}

impl Drawing {
    pub fn x(&self, time: i64) -> f64 {
        self.scale().at(time, 0.0).0
    }

    const fn scale(&self) -> Scale {
        Scale { start: self.start, end: self.end, top: 1.0, width: WIDTH, height: HEIGHT }
    }
}

const fn index(verdict: Verdict) -> usize {
    match verdict {
        Verdict::Pass => 0,
        Verdict::Fail => 1,
        Verdict::Inconclusive => 2,
        Verdict::Error => 3,
    }
}

/// Nothing without a measurement.
pub fn draw(card: &Card) -> Option<Drawing> {
    let (first, last) = (card.points.first()?.0, card.points.last()?.0);
    let end = last.max(first + card.interval * ROOM);
    let values = card.points.iter().flat_map(|point| [point.1, point.2]).flatten();
    let fixed = [card.low, card.high].into_iter().flatten().filter(|_| !card.of_old);
    let moving = card
        .points
        .iter()
        .filter_map(|point| point.2.filter(|_| card.of_old))
        .flat_map(|old| [card.low, card.high].into_iter().flatten().map(move |factor| old * factor));
    let all = values.chain(fixed).chain(moving).filter(|value| value.is_finite());
    let (lowest, highest) =
        all.fold((0.0_f64, 0.0_f64), |(low, high), value| (low.min(value), high.max(value)));
    let top = round_up((highest - lowest) * 1.08);
    let scale = Scale { start: first, end, top, width: WIDTH, height: HEIGHT };
    // Values below nought lift the ground.
    let lifted = |value: f64| value - lowest;
    let step = card.interval.max((end - first) / POINTS) * 5 / 4;
    let path = |value: &dyn Fn(&Point) -> Option<f64>| {
        let points: Vec<(i64, f64)> =
            card.points.iter().map(|point| (point.0, value(point).map_or(f64::NAN, lifted))).collect();
        line(&points, step, scale)
    };
    let limits = [card.low, card.high].into_iter().flatten().map(|limit| {
        if card.of_old {
            path(&|point| point.2.map(|old| old * limit))
        } else {
            let y = scale.at(first, lifted(limit)).1;
            format!("M0 {y:.1}H{WIDTH}")
        }
    });
    let mut dots: [String; 4] = Default::default();
    for point in &card.points {
        if point.3 == Verdict::Pass && card.points.len() > SPARSE {
            continue;
        }
        let value = point.1.filter(|value| value.is_finite()).map_or(0.0, lifted);
        let (x, y) = scale.at(point.0, value);
        // Writing to a text cannot fail.
        let _ = write!(dots[index(point.3)], "M{x:.1} {y:.1}h0");
    }
    Some(Drawing {
        new: path(&|point| point.1),
        old: path(&|point| point.2),
        limits: limits.collect(),
        dots,
        start: first,
        end,
        top: top + lowest,
    })
}

#[cfg(test)]
mod tests {
    use super::super::data::tests::card;
    use super::*;

    fn point(time: i64, value: f64, verdict: Verdict) -> Point {
        Point(time, Some(value), None, verdict)
    }

    #[test]
    fn nothing_measured_draws_nothing() {
        assert_eq!(draw(&card(Vec::new())), None);
    }

    #[test]
    fn the_limit_is_within_and_gaps_stay() {
        let points = vec![
            point(0, 1.0, Verdict::Pass),
            point(1_000, 2.0, Verdict::Pass),
            Point(2_000, None, None, Verdict::Error),
            point(3_000, 7.0, Verdict::Fail),
            point(20_000, 1.0, Verdict::Pass),
        ];
        let drawing = draw(&card(points)).expect("a drawing");
        // A failed question and the time between two verifications break the line.
        assert_eq!(drawing.new.matches('M').count(), 3);
        assert!(drawing.old.is_empty());
        assert_eq!(drawing.limits.len(), 1);
        assert!(drawing.top >= 7.0);
        let counts = drawing.dots.each_ref().map(|dots| dots.matches('M').count());
        assert_eq!(counts, [3, 1, 0, 1]);
        // It fills from the left.
        assert_eq!(drawing.end, 24_000);
        assert!(drawing.x(3_000) < WIDTH / 4.0);
    }

    #[test]
    fn a_ratio_has_a_limit_that_moves_with_the_old() {
        let mut card = card(vec![
            Point(0, Some(1.0), Some(2.0), Verdict::Pass),
            Point(1_000, Some(1.0), Some(4.0), Verdict::Pass),
        ]);
        card.of_old = true;
        card.high = Some(1.5);
        let drawing = draw(&card).expect("a drawing");
        assert_eq!(drawing.old.matches('M').count(), 1);
        assert!(drawing.limits[0].contains('L') && drawing.top >= 6.0);
    }

    #[test]
    fn many_points_have_dots_only_where_they_did_not_pass() {
        let mut points: Vec<Point> = (0..200).map(|i| point(i * 1_000, 1.0, Verdict::Pass)).collect();
        points[7].3 = Verdict::Fail;
        let drawing = draw(&card(points)).expect("a drawing");
        assert!(drawing.dots[0].is_empty());
        assert_eq!(drawing.dots[1].matches('M').count(), 1);
    }

    #[test]
    fn values_below_nought_lift_the_ground() {
        let drawing = draw(&card(vec![point(0, -4.0, Verdict::Pass), point(1_000, 1.0, Verdict::Pass)]))
            .expect("a drawing");
        assert!(drawing.new.starts_with(&format!("M0.0 {HEIGHT:.1}")));
        assert!(drawing.top >= 5.0);
    }
}
