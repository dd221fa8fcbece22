//! Asks an expression over the window of the page, and over the earlier one that it is compared with.

use model::id::EnvironmentName;
use model::metric::Series;
use model::problem::Problem;

use super::Shown;
use super::window::Window;
use crate::text::metrics as t;

/// A series of the answer.
pub struct Found {
    pub series: Series,
    /// It is of the earlier window, moved to this one.
    pub earlier: bool,
}

impl Found {
    /// What the line is called: by its own name, and by when it was.
    pub fn label(&self, shown: &Shown<'_>, own: String, window: Window) -> String {
        match window.earlier.filter(|_| self.earlier) {
            Some(minutes) => format!("{own}, {}", t::before(shown.visit.locale, minutes)),
            None => own,
        }
    }

    /// What is no number is a gap; JSON has no word for it.
    pub fn points(&self) -> Vec<(i64, f64)> {
        self.series.points.iter().copied().filter(|point| point.1.is_finite()).collect()
    }
}

/// The series of now, then those of before. What was before may be unknown, which is no reason to show nothing.
pub async fn ask(
    shown: &Shown<'_>,
    of: Option<&EnvironmentName>,
    expression: &str,
    window: Window,
) -> Result<Vec<Found>, Problem> {
    let metrics = &shown.visit.ports.metrics;
    let now = metrics.query_range(shown.caller, of, expression, window.range);
    let Some(range) = window.before() else {
        return Ok(now.await?.into_iter().map(|series| Found { series, earlier: false }).collect());
    };
    let before = metrics.query_range(shown.caller, of, expression, range);
    let (now, before) = futures::join!(now, before);
    let shift = window.range.start.as_millis() - range.start.as_millis();
    let moved = before.unwrap_or_default().into_iter().map(|mut series| {
        series.points.iter_mut().for_each(|point| point.0 += shift);
        Found { series, earlier: true }
    });
    Ok(now?.into_iter().map(|series| Found { series, earlier: false }).chain(moved).collect())
}
