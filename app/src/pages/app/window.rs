//! The stretch of time that charts show, from the page's address.

use model::metric::Range;
use model::time::Timestamp;

use crate::pages::visit::Visit;
use crate::ui::plot::{Line, Mark, Plot, Unit};

/// Lengths to choose from, in minutes.
pub const LENGTHS: [u32; 5] = [15, 60, 360, 1_440, 10_080];
/// How far back a window may lie that is compared with, in minutes: an hour, a day, a week.
pub const EARLIER: [u32; 3] = [60, 1_440, 10_080];
/// Points of one line: about one every two pixels of a wide chart.
const POINTS: u64 = 240;
/// Figures are taken this often; asking for more brings nothing.
const SAMPLED_MS: u64 = 5_000;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    pub range: Range,
    /// The length chosen, unless a stretch was.
    pub minutes: Option<u32>,
    /// So many minutes before lies the window it is compared with.
    pub earlier: Option<u32>,
}

impl Window {
    /// `?range=60` in minutes up to now, or `?from=&to=` in milliseconds since 1970.
    pub fn of(visit: &Visit, now: Timestamp) -> Self {
        Self::of_or(visit, now, LENGTHS[0])
    }

    /// The same with another length where none is asked for.
    pub fn of_or(visit: &Visit, now: Timestamp, minutes: u32) -> Self {
        let range = Some(visit.asked("range")).filter(|range| !range.is_empty());
        let range = range.unwrap_or_else(|| minutes.to_string());
        let read = Self::read(&range, &visit.asked("from"), &visit.asked("to"), now);
        let earlier = visit.asked("compare").parse().ok().filter(|minutes| EARLIER.contains(minutes));
        Self { earlier, ..read }
    }

    /// A chart of it.
    pub fn plot(
        self,
        title: String,
        unit: Unit,
        lines: Vec<Line>,
        limit: Option<f64>,
        marks: Vec<Mark>,
    ) -> Plot {
        let Range { start, end, step_ms } = self.range;
        Plot {
            title,
            unit,
            lines,
            limit,
            marks,
            start: start.as_millis(),
            end: end.as_millis(),
            step: i64::try_from(step_ms).unwrap_or(i64::MAX),
        }
    }

    /// The earlier window, of the same length and steps.
    pub fn before(self) -> Option<Range> {
        let shift = i64::from(self.earlier?) * 60_000;
        let moved = |time: Timestamp| Timestamp::from_millis(time.as_millis() - shift);
        Some(Range { start: moved(self.range.start), end: moved(self.range.end), ..self.range })
    }

    fn read(range: &str, from: &str, to: &str, now: Timestamp) -> Self {
        if let (Ok(from), Ok(to)) = (from.parse::<i64>(), to.parse::<i64>())
            && from < to
            && to <= now.as_millis() + 60_000
        {
            return Self { range: spread(from, to), minutes: None, earlier: None };
        }
        let minutes = range.parse().ok().filter(|minutes| LENGTHS.contains(minutes)).unwrap_or(LENGTHS[0]);
        let end = now.as_millis();
        let range = spread(end - i64::from(minutes) * 60_000, end);
        Self { range, minutes: Some(minutes), earlier: None }
    }
}

fn spread(start: i64, end: i64) -> Range {
    let span = u64::try_from(end - start).unwrap_or(0);
    // Whole multiples of the sampling, so that no step falls between two figures.
    let step_ms = (span / POINTS).div_ceil(SAMPLED_MS).max(1) * SAMPLED_MS;
    Range { start: Timestamp::from_millis(start), end: Timestamp::from_millis(end), step_ms }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_an_address_says() {
        let now = Timestamp::from_millis(1_800_000_000_000);
        let hour = Window::read("60", "", "", now);
        assert_eq!((hour.minutes, hour.range.step_ms), (Some(60), 15_000));
        assert_eq!(Window::read("7", "", "", now).minutes, Some(15));
        let chosen = Window::read("60", "1799999000000", "1799999100000", now);
        assert_eq!((chosen.minutes, chosen.range.start.as_millis()), (None, 1_799_999_000_000));
        assert_eq!(hour.before(), None);
        let day = Window { earlier: Some(1_440), ..hour }.before().expect("a day before");
        assert_eq!(hour.range.start.as_millis() - day.start.as_millis(), 86_400_000);
        assert_eq!((day.end.as_millis() - day.start.as_millis(), day.step_ms), (3_600_000, 15_000));
        let backwards = Window::read("", "1799999100000", "1799999000000", now);
        assert_eq!(backwards.minutes, Some(15));
    }
}
