//! What a policy would have done, as a drawing.

use std::fmt::Write as _;

use leptos::prelude::*;
use model::problem::Problem;
use model::scaling::{Rehearsal, RehearsedPoint};

use super::{Shown, autoscaler};
use crate::text::{Locale, fault, scaling as t};

const WIDTH: f64 = 600.0;
const HEIGHT: f64 = 90.0;

/// Plays the policy of the posted form through, if that was asked for.
pub async fn asked(shown: &Shown<'_>) -> Option<AnyView> {
    let form = shown.visit.form.as_ref().filter(|form| form.text("act") == "rehearse")?;
    let locale = shown.visit.locale;
    let played = shown.visit.ports.scaling.rehearse(shown.caller, shown.key, autoscaler::read(form)).await;
    Some(match played {
        Ok(played) => drawing(locale, &played),
        Err(problem) => refused(locale, &problem),
    })
}

fn refused(locale: Locale, problem: &Problem) -> AnyView {
    let mistakes = problem.errors.iter().map(|error| {
        view! {
            <li>
                <code>{error.path.trim_start_matches('/').to_owned()}</code>
                " "
                {fault::fault(locale, &error.fault)}
            </li>
        }
    });
    view! {
        <div class="alert" role="alert">
            <div>
                {fault::problem(locale, problem)} <ul>{mistakes.collect_view()}</ul>
            </div>
        </div>
    }
    .into_any()
}

fn drawing(locale: Locale, played: &Rehearsal) -> AnyView {
    let body = if played.points.len() < 2 {
        view! { <p class="sub">{t::rehearsed_nothing(locale)}</p> }.into_any()
    } else {
        let (was, would) = (steps(played, |point| point.was), steps(played, |point| point.would));
        let words = t::played(locale, played);
        view! {
            <p>{words.clone()}</p>
            <svg
                class="rehearsal"
                viewBox=format!("0 0 {WIDTH} {HEIGHT}")
                preserveAspectRatio="none"
                role="img"
                aria-label=words
            >
                <path class="was" d=was />
                <path class="would" d=would />
            </svg>
            <p class="sub rehearsal-key">
                <span class="key-was"></span>
                {t::was(locale)}
                <span class="key-would"></span>
                {t::would(locale)}
            </p>
            <p class="sub">{t::rehearsed_hint(locale)}</p>
        }
        .into_any()
    };
    view! {
        <div class="rehearsed" role="status">
            <h3>{t::rehearsed(locale)}</h3>
            {body}
        </div>
    }
    .into_any()
}

/// A line of steps, from 0 to the highest count of either line.
fn steps(played: &Rehearsal, count: impl Fn(&RehearsedPoint) -> u32) -> String {
    let points = &played.points;
    let (Some(first), Some(last)) = (points.first(), points.last()) else { return String::new() };
    let length = (last.at.as_millis() - first.at.as_millis()).max(1) as f64;
    let top = points.iter().map(|point| point.was.max(point.would)).max().unwrap_or(1).max(1);
    let mut path = String::new();
    let mut before = None;
    for point in points {
        let x = (point.at.as_millis() - first.at.as_millis()) as f64 / length * WIDTH;
        let y = HEIGHT - 2.0 - f64::from(count(point)) / f64::from(top) * (HEIGHT - 4.0);
        match before {
            None => {
                let _ = write!(path, "M{x:.1} {y:.1}");
            }
            Some(same) if same == count(point) => {}
            Some(_) => {
                let _ = write!(path, "H{x:.1}V{y:.1}");
            }
        }
        before = Some(count(point));
    }
    let _ = write!(path, "H{WIDTH}");
    path
}

#[cfg(test)]
mod tests {
    use model::time::Timestamp;

    use super::*;

    #[test]
    fn a_line_has_a_step_where_the_count_changes() {
        let point = |minute: i64, would| RehearsedPoint {
            at: Timestamp::from_millis(minute * 60_000),
            was: 1,
            would,
        };
        let points = vec![point(0, 1), point(1, 2), point(2, 2), point(4, 1)];
        let played = Rehearsal { points, ..Rehearsal::default() };
        assert_eq!(steps(&played, |point| point.would), "M0.0 45.0H150.0V2.0H600.0V45.0H600");
        assert_eq!(steps(&played, |point| point.was), "M0.0 45.0H600");
    }
}
