//! A chart with axes: grid, limit, marks, lines with gaps, and the same as a table for those who cannot see it.

use leptos::prelude::*;
use model::id::AppKey;
pub use model::metric::Unit;
use serde::{Deserialize, Serialize};

use super::chart::{Scale, area, line, round_up};
use crate::paths;
use crate::text::{Locale, app as t, apps};

/// Inner width and height the geometry is reckoned in; the drawing is stretched to the page.
const WIDTH: f64 = 1_000.0;
const HEIGHT: f64 = 140.0;
/// Rows of the table for screen readers at most.
const ROWS: usize = 24;

/// A value with its unit.
pub fn write(unit: Unit, value: f64) -> String {
    match unit {
        Unit::Cores => apps::cpu_cores(value),
        Unit::Bytes => apps::bytes(value),
        Unit::Seconds => seconds(value),
        Unit::Percent => format!("{} %", number(value)),
        Unit::Number => number(value),
    }
}

/// A value of the axis that ends at `top`: with the digits that tell its lines apart.
fn axis(unit: Unit, value: f64, top: f64) -> String {
    match unit {
        Unit::Cores if value == 0.0 => "0".to_owned(),
        Unit::Cores if top < 0.1 => format!("{value:.3}"),
        Unit::Cores if top < 10.0 => format!("{value:.2}"),
        Unit::Cores => format!("{value:.1}"),
        Unit::Bytes | Unit::Seconds | Unit::Percent | Unit::Number => write(unit, value),
    }
}

/// A round top for the axis: a power of two for bytes, else 1, 2, 2.5 or 5 times a power of ten.
fn top(unit: Unit, highest: f64) -> f64 {
    match unit {
        Unit::Cores => round_up(highest.max(0.01)),
        // Nothing but zeros: an axis of ones, as no share of a millionth could be read.
        Unit::Seconds | Unit::Percent | Unit::Number if highest < 1e-6 => 1.0,
        Unit::Seconds | Unit::Percent | Unit::Number => round_up(highest),
        Unit::Bytes => {
            let mebibyte = 1_048_576.0;
            let mut top = mebibyte;
            while top < highest && top < 1e15 {
                if top * 1.5 >= highest && top > mebibyte {
                    return top * 1.5;
                }
                top *= 2.0;
            }
            top
        }
    }
}

/// Tenths of a millisecond where a whole one would say too little.
fn seconds(value: f64) -> String {
    if value != 0.0 && value.abs() < 0.01 {
        format!("{:.1} ms", value * 1_000.0)
    } else {
        crate::text::check::seconds(value)
    }
}

/// Three figures that count, and a letter for thousands.
fn number(value: f64) -> String {
    let (value, letter) = match value.abs() {
        size if size >= 1e9 => (value / 1e9, "G"),
        size if size >= 1e6 => (value / 1e6, "M"),
        size if size >= 1e4 => (value / 1e3, "k"),
        _ => (value, ""),
    };
    let digits = match value.abs() {
        size if size >= 100.0 || value.fract() == 0.0 => 0,
        size if size >= 1.0 => 2,
        _ => 4,
    };
    let written = format!("{value:.digits$}");
    // A half is 0.5, not 0.5000.
    let written = if digits == 4 { written.trim_end_matches('0') } else { &written };
    format!("{written}{letter}")
}

/// How one of several lines is drawn: two are the one that matters and its company, more are equals; those of an earlier
/// time look like the same ones of now, but broken.
pub fn line_class(plot: &Plot, index: usize) -> String {
    let now = plot.lines.iter().filter(|line| !line.earlier).count();
    match plot.lines.get(index) {
        Some(line) if line.earlier => {
            let earlier = plot.lines[..index].iter().filter(|line| line.earlier).count();
            format!("{} earlier", color(earlier, now))
        }
        _ => color(index, now).to_owned(),
    }
}

const fn color(index: usize, lines: usize) -> &'static str {
    match (index, lines) {
        (0, _) => "s0",
        (_, ..=2) => "s5",
        (1, _) => "s1",
        (2, _) => "s2",
        (3, _) => "s3",
        (4, _) => "s4",
        _ => "s5",
    }
}

/// One line. The first is filled.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Line {
    pub label: String,
    /// Of an earlier time, moved to where it is compared.
    #[serde(default)]
    pub earlier: bool,
    /// Milliseconds since 1970 and value, ascending.
    pub points: Vec<(i64, f64)>,
}

impl Line {
    /// The value at or before `time`, unless that is in a gap.
    pub fn value_at(&self, time: i64, step: i64) -> Option<f64> {
        let after = self.points.partition_point(|point| point.0 <= time + step / 2);
        let &(at, value) = self.points.get(after.checked_sub(1)?)?;
        (time - at <= step * 2).then_some(value)
    }
}

/// A change of the app that is marked on the charts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mark {
    pub time: i64,
    pub label: String,
    pub href: String,
}

/// All that one chart shows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Plot {
    pub title: String,
    pub unit: Unit,
    pub lines: Vec<Line>,
    pub limit: Option<f64>,
    pub marks: Vec<Mark>,
    pub start: i64,
    pub end: i64,
    /// Distance of two points; a longer way without one is a gap.
    pub step: i64,
}

impl Plot {
    fn highest(&self) -> f64 {
        let values = self.lines.iter().flat_map(|line| &line.points).map(|point| point.1);
        values.filter(|value| value.is_finite()).fold(0.0, f64::max)
    }

    fn scale(&self) -> Scale {
        let highest = self.highest();
        // A limit far above the use would press the line flat; it is then named in the heading alone.
        let limit = self.limit.filter(|limit| *limit <= highest * 8.0).unwrap_or(0.0);
        let top = top(self.unit, highest.max(limit) * 1.05);
        Scale { start: self.start, end: self.end, top, width: WIDTH, height: HEIGHT }
    }

    pub fn is_empty(&self) -> bool {
        self.lines.iter().all(|line| line.points.is_empty())
    }
}

/// Round times within the window: at most `most`, each with its place in percent.
pub fn ticks(start: i64, end: i64, zone_minutes: i64, most: i64) -> Vec<(f64, String)> {
    const STEPS: [i64; 15] =
        [1, 5, 10, 15, 30, 60, 120, 300, 600, 1_800, 3_600, 10_800, 21_600, 43_200, 86_400];
    let span = (end - start).max(1);
    let step = STEPS.into_iter().find(|step| span / (step * 1_000) <= most).unwrap_or(86_400) * 1_000;
    let zone = zone_minutes * 60_000;
    let first = (start + zone).div_euclid(step) * step + step;
    (0..=most)
        .map(|index| first + index * step)
        .take_while(|local| *local - zone < end)
        .map(|local| {
            let percent = (local - zone - start) as f64 / span as f64 * 100.0;
            (percent, clock(local, step))
        })
        .filter(|(percent, _)| (4.0..=96.0).contains(percent))
        .collect()
}

/// `14:05`, with seconds for short steps, or the day for long ones.
fn clock(local_millis: i64, step: i64) -> String {
    let seconds = local_millis.div_euclid(1_000);
    let day = seconds.rem_euclid(86_400);
    let (hours, minutes) = (day / 3_600, day / 60 % 60);
    if step >= 43_200_000 {
        return date(seconds.div_euclid(86_400));
    }
    if step < 60_000 {
        format!("{hours:02}:{minutes:02}:{:02}", day % 60)
    } else {
        format!("{hours:02}:{minutes:02}")
    }
}

/// `11-23`, from days since 1970 (Hinnant's civil calendar).
fn date(days: i64) -> String {
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let of_era = shifted.rem_euclid(146_097);
    let year = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    let _ = era;
    format!("{month:02}-{day:02}")
}

/// Time of day with seconds, for the crosshair.
pub fn moment(millis: i64, zone_minutes: i64) -> String {
    clock(millis + zone_minutes * 60_000, 1_000)
}

/// The drawing. `cursor` is the time under the pointer, on this or another chart of the page; `drawn` the stretch being
/// chosen by dragging.
pub fn plot(
    locale: Locale,
    plot: &Plot,
    zone: i64,
    cursor: Option<i64>,
    drawn: Option<(i64, i64)>,
) -> AnyView {
    let scale = plot.scale();
    let grid = [0.0, 0.5, 1.0]
        .map(|share| (share, HEIGHT - share * HEIGHT, axis(plot.unit, scale.top * share, scale.top)));
    let x = |time: i64| scale.at(time, 0.0).0;
    let limit = plot.limit.filter(|limit| *limit <= scale.top).map(|limit| scale.at(plot.start, limit).1);
    let inside = |time: i64| (plot.start..=plot.end).contains(&time);
    let marks: Vec<_> = plot.marks.iter().filter(|mark| inside(mark.time)).map(|mark| x(mark.time)).collect();
    let lines = plot.lines.iter().enumerate().map(|(index, one)| {
        let fill = (index == 0).then(|| area(&one.points, plot.step, scale)).flatten();
        let class = line_class(plot, index);
        view! {
            {fill.map(|d| view! { <path class="fill" d=d></path> })}
            <path class=class d=line(&one.points, plot.step, scale)></path>
        }
    });
    let drawn = drawn.map(|(from, to)| (x(from.min(to)), (x(to) - x(from)).abs()));
    view! {
        <svg class="plot" role="img" aria-label=plot.title.clone()>
            <svg width="100%" height="140" viewBox="0 0 1000 140" preserveAspectRatio="none">
                {grid.iter().map(|(_, y, _)| view! { <line class="grid" x1="0" x2="1000" y1=*y y2=*y></line> }).collect_view()}
                {drawn.map(|(x, width)| view! { <rect class="drawn" x=x y="0" width=width height="140"></rect> })}
                {lines.collect_view()}
                {limit.map(|y| view! { <line class="limit" x1="0" x2="1000" y1=y y2=y></line> })}
                {marks.into_iter().map(|x| view! { <line class="mark" x1=x x2=x y1="0" y2="140"></line> }).collect_view()}
                {cursor.filter(|time| inside(*time)).map(|time| {
                    let x = x(time);
                    view! { <line class="cursor" x1=x x2=x y1="0" y2="140"></line> }
                })}
            </svg>
            {grid.into_iter().map(|(share, y, text)| {
                let y = if share == 0.0 { y - 4.0 } else { y + 11.0 };
                view! { <text class="axis" x="4" y=y>{text}</text> }
            }).collect_view()}
            {ticks(plot.start, plot.end, zone, 6).into_iter().map(|(percent, text)| {
                view! { <text class="tick" x=format!("{percent:.2}%") y="158">{text}</text> }
            }).collect_view()}
        </svg>
        {plot.is_empty().then(|| view! { <p class="plot-none sub">{apps::no_samples(locale)}</p> })}
    }
    .into_any()
}

/// The same numbers as a table; where they are an app's, a time leads to its logs of then.
pub fn table(locale: Locale, of: Option<&AppKey>, plot: &Plot, zone: i64) -> AnyView {
    let times: Vec<i64> =
        plot.lines.first().map(|line| line.points.iter().map(|p| p.0).collect()).unwrap_or_default();
    let stride = times.len().div_ceil(ROWS).max(1);
    let rows = times.into_iter().step_by(stride).map(|time| {
        let values = plot.lines.iter().map(|line| {
            let value = line
                .value_at(time, plot.step)
                .map_or_else(|| "–".to_owned(), |value| write(plot.unit, value));
            view! { <td class="number">{value}</td> }
        });
        view! {
            <tr>
                <td>
                    {match of {
                        Some(key) => view! {
                            <a class="link" href=paths::logs_at(key, time) title=t::logs_then(locale)>
                                {moment(time, zone)}
                            </a>
                        }
                        .into_any(),
                        None => moment(time, zone).into_any(),
                    }}
                </td>
                {values.collect_view()}
            </tr>
        }
    });
    view! {
            <div class="scroll" tabindex="0">
                <table>
                    <thead>
                        <tr>
                            <th scope="col">{apps::time(locale)}</th>
                            {plot.lines.iter().map(|line| view! { <th scope="col" class="number">{line.label.clone()}</th> }).collect_view()}
                        </tr>
                    </thead>
                    <tbody>{rows.collect_view()}</tbody>
                </table>
            </div>
            {(!plot.marks.is_empty()).then(|| view! {
                <ul class="plot-marks">
                    {plot.marks.iter().map(|mark| view! {
                        <li>{moment(mark.time, zone)}" "<a class="link" href=mark.href.clone()>{mark.label.clone()}</a></li>
                    }).collect_view()}
                </ul>
            })}
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_round_in_the_viewers_zone() {
        // 2026-11-23T13:02:00Z for 15 minutes, seen from UTC+8.
        let start = 1_795_438_920_000;
        let all = ticks(start, start + 900_000, 480, 6);
        assert!(!all.is_empty() && all.len() <= 6, "{all:?}");
        assert!(all.iter().all(|(_, text)| text.ends_with('0') || text.ends_with('5')), "{all:?}");
        assert!(all[0].1.starts_with("21:"), "{all:?}");
    }

    #[test]
    fn numbers_have_the_figures_that_count() {
        let written =
            [0.0, 0.5, 0.0125, 3.456, 250.4, 12_500.0, 3.2e6].map(|value| write(Unit::Number, value));
        assert_eq!(written, ["0", "0.5", "0.0125", "3.46", "250", "12.50k", "3.20M"]);
    }

    #[test]
    fn short_times_keep_a_tenth_of_a_millisecond() {
        let written = [0.0, 0.0015, 0.034, 1.25].map(|value| write(Unit::Seconds, value));
        assert_eq!(written, ["0 ms", "1.5 ms", "34 ms", "1.25 s"]);
        assert!((top(Unit::Number, 0.0) - 1.0).abs() < 1e-12);
    }

    #[test]
    fn days_are_dates() {
        assert_eq!(date(0), "01-01");
        assert_eq!(date(20_780), "11-23");
        assert_eq!(date(20_512), "02-28");
    }

    #[test]
    fn a_gap_has_no_value() {
        let line = Line { label: String::new(), earlier: false, points: vec![(0, 1.0), (10, 2.0)] };
        assert_eq!(line.value_at(12, 10), Some(2.0));
        assert_eq!(line.value_at(80, 10), None);
        assert_eq!(line.value_at(-20, 10), None);
    }

    #[test]
    fn tops_of_memory_are_whole_binary_units() {
        assert!((top(Unit::Bytes, 300.0 * 1_048_576.0) - 384.0 * 1_048_576.0).abs() < 1.0);
        assert!((top(Unit::Bytes, 500.0 * 1_048_576.0) - 512.0 * 1_048_576.0).abs() < 1.0);
    }
}
