use chrono::{NaiveDateTime, TimeDelta};
use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::id::{AppKey, InstanceId};
use crate::window::Zone;

fn subject(instance: &str) -> Subject {
    Subject {
        app: AppKey { environment: "local".parse().unwrap(), app: "shop-api".parse().unwrap() },
        revision: Some(7),
        instance: Some(InstanceId(instance.to_owned())),
    }
}

#[test]
fn placeholders_are_filled_where_they_stand() {
    let fill = |query: &str, instance: &str| fill(query, &subject(instance));
    let query = r#"up{app="{{app}}",revision="{{ revision }}",environment='{{environment}}'} > {{revision}}"#;
    let filled = r#"up{app="shop-api",revision="7",environment='local'} > 7"#;
    assert_eq!(fill(query, "i").as_deref(), Ok(filled));
    assert_eq!(fill(r#"up{instance="{{instance}}"}"#, r#"a"b\c"#).unwrap(), r#"up{instance="a\"b\\c"}"#);
    assert_eq!(fill(r#"up{instance=~"{{instance}}"}"#, "a.b").unwrap(), r#"up{instance=~"a\\.b"}"#);
    assert_eq!(fill("up{instance !~ `x{{instance}}`}", "a.b").unwrap(), r"up{instance !~ `xa\.b`}");
    assert_eq!(fill(r#"up{a="\"",b="{{instance}}"}"#, "x\ny").unwrap(), "up{a=\"\\\"\",b=\"x\\ny\"}");
    let unquoted = || Err(FillError::Unquoted("instance".to_owned()));
    assert_eq!(fill("up{instance=`{{instance}}`}", "a`} or vector(1)"), unquoted());
    assert_eq!(fill("sum({{instance}})", "x) or (y"), unquoted());
    assert_eq!(fill("up # {{instance}}", "a\nb"), unquoted());
    assert_eq!(fill("{{node}}", "i"), Err(FillError::Unknown("node".to_owned())));
    let nobody = Subject { instance: None, ..subject("i") };
    assert_eq!(super::fill("\"{{instance}}\"", &nobody), Err(FillError::Unset("instance".to_owned())));
    assert_eq!(fill("a {{", "i").as_deref(), Ok("a {{"));
}

/// The text between the first pair of double quotes, as PromQL reads it.
fn unquoted(query: &str) -> (String, &str) {
    let mut text = String::new();
    let body = query.split_once('"').unwrap().1;
    let mut chars = body.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            '"' => return (text, &body[at + 1..]),
            '\\' => match chars.next().unwrap().1 {
                'n' => text.push('\n'),
                'r' => text.push('\r'),
                other => text.push(other),
            },
            other => text.push(other),
        }
    }
    panic!("no end of the quotes in {query}")
}

#[test]
fn prometheus_answers_are_read_and_written() {
    let text = r#"{"status":"success","data":{"resultType":"matrix","result":[
        {"metric":{"app":"shop"},"values":[[1.5,"0.25"],[2,"NaN"],[3,"+Inf"],[4,"-Inf"]]}]},"stats":{}}"#;
    let answer: Answer = serde_json::from_str(text).unwrap();
    let series = answer.data.clone().unwrap().into_series();
    assert_eq!(series[0].points[0], (1_500, 0.25));
    assert!(series[0].points[1].1.is_nan() && series[0].points[2].1.is_infinite());
    let written = serde_json::to_value(Answer::success(Data::matrix(series.clone()))).unwrap();
    let values = &written["data"]["result"][0]["values"];
    assert_eq!(*values, json!([[1.5, "0.25"], [2.0, "NaN"], [3.0, "+Inf"], [4.0, "-Inf"]]));
    assert_eq!(written["data"]["resultType"], "matrix");
    let vector = serde_json::to_value(Data::vector(series)).unwrap();
    assert_eq!(vector["result"][0]["value"], json!([4.0, "-Inf"]));

    let scalar: Data = serde_json::from_value(json!({"resultType": "scalar", "result": [1, "2"]})).unwrap();
    assert_eq!(scalar.into_series()[0].points, [(1_000, 2.0)]);
    let bad = json!({"status": "error", "errorType": "bad_data", "error": "1:3: parse error"});
    let bad: Answer = serde_json::from_value(bad).unwrap();
    assert_eq!((bad.status, bad.error_type.as_deref()), (Status::Error, Some("bad_data")));
    assert!(serde_json::from_value::<Sample>(json!([1, "x"])).is_err());
    assert!(serde_json::from_value::<Sample>(json!([1e300, "1"])).is_err());
}

#[test]
fn times_and_durations_are_read_as_prometheus_reads_them() {
    let millis = |text: &str| parse_time(text).map(Timestamp::as_millis);
    assert_eq!(millis("1700000000.5"), Some(1_700_000_000_500));
    assert_eq!(millis("1970-01-01T00:01:00+01:00"), Some(60_000 - 3_600_000));
    for bad in ["", "now", "NaN", "inf", "1e30", "2026-01-01"] {
        assert_eq!(millis(bad), None, "{bad}");
    }
    let millis = |text: &str| parse_duration(text).map(|length| length.as_millis());
    assert_eq!(millis("15s"), Some(15_000));
    assert_eq!(millis("1h30m"), Some(5_400_000));
    assert_eq!(millis("0.25"), Some(250));
    assert_eq!(millis("1w"), Some(604_800_000));
    assert_eq!(millis("1y2d3ms"), Some((365 + 2) * 86_400_000 + 3));
    for bad in ["", "0", "0s", "-5", "NaN", "inf", "1m1h", "1h1h", "s", "1x", "1h 5m", "99999999999y"] {
        assert_eq!(millis(bad), None, "{bad}");
    }
}

fn labels(axis: &Axis) -> Vec<String> {
    axis.ticks.iter().map(|tick| axis.label(*tick)).collect()
}

#[test]
fn axes_have_round_numbers() {
    let shown = |low, high, unit| labels(&axis(low, high, 5, unit));
    assert_eq!(shown(0.0, 97.0, Unit::Percent), ["0 %", "20 %", "40 %", "60 %", "80 %", "100 %"]);
    assert_eq!(shown(0.0, 0.9, Unit::Number), ["0", "0.2", "0.4", "0.6", "0.8", "1.0"]);
    assert_eq!(shown(0.0, 3.0, Unit::Count), ["0", "1", "2", "3"]);
    let mib = 1_048_576.0;
    let shown_bytes = shown(0.0, 900.0 * mib, Unit::Bytes);
    assert_eq!(shown_bytes, ["0 MiB", "256 MiB", "512 MiB", "768 MiB", "1024 MiB"]);
    assert_eq!(shown(0.0, 0.23, Unit::Seconds), ["0 ms", "50 ms", "100 ms", "150 ms", "200 ms", "250 ms"]);
    assert_eq!(shown(0.0, 100.0, Unit::Seconds), ["0 s", "30 s", "60 s", "90 s", "120 s"]);
    assert_eq!(shown(0.0, 20_000.0, Unit::Seconds), ["0 h", "2 h", "4 h", "6 h"]);
    assert_eq!(axis(5.0, 5.0, 4, Unit::Number).ticks, [0.0, 2.0, 4.0, 6.0]);
    assert_eq!(axis(0.0, 0.0, 2, Unit::Number).ticks, [0.0, 0.5, 1.0]);
    assert_eq!(axis(-3.0, 3.0, 3, Unit::Number).ticks, [-4.0, -2.0, 0.0, 2.0, 4.0]);
}

/// Clocks that are always one hour ahead.
struct Ahead;

impl Zone for Ahead {
    fn local(&self, at: Timestamp) -> NaiveDateTime {
        at.datetime().naive_utc() + TimeDelta::hours(1)
    }

    fn moments(&self, local: NaiveDateTime) -> (Timestamp, Timestamp) {
        let at = Timestamp::from((local - TimeDelta::hours(1)).and_utc());
        (at, at)
    }
}

fn range(start: &str, end: &str) -> Range {
    let at = |text: &str| format!("{text}:00Z").parse().unwrap();
    Range { start: at(start), end: at(end), step_ms: 1 }
}

fn ticks(range: Range, zone: &dyn Zone, count: usize) -> Vec<String> {
    let (_, ticks) = time_ticks(range, zone, count);
    ticks
        .iter()
        .map(|tick| format!("{}{}", tick.local.format("%d %H:%M"), if tick.new_day { "*" } else { "" }))
        .collect()
}

#[test]
fn time_has_round_moments_on_the_clocks() {
    let hours = ticks(range("2026-11-24T20:10", "2026-11-25T02:10"), &Ahead, 6);
    assert_eq!(hours, ["24 22:00*", "24 23:00", "25 00:00*", "25 01:00", "25 02:00", "25 03:00"]);
    let days = ticks(range("2026-11-20T12:00", "2026-11-24T12:00"), &Ahead, 6);
    assert_eq!(days, ["21 00:00*", "22 00:00*", "23 00:00*", "24 00:00*"]);
    let (step, months) = time_ticks(range("2025-01-15T00:00", "2026-01-15T00:00"), &Ahead, 6);
    assert_eq!((step, months.len()), (TimeStep::Months(3), 4));
    let (step, weeks) = time_ticks(range("2026-11-01T00:00", "2026-12-01T00:00"), &Ahead, 6);
    assert_eq!(step, TimeStep::Days(7));
    assert!(weeks.iter().all(|tick| tick.local.format("%a").to_string() == "Mon"));
    assert_eq!(ticks(range("2026-11-24T00:00", "2026-11-24T00:00"), &Ahead, 6).len(), 1);
    assert!(ticks(range("2026-11-25T00:00", "2026-11-24T00:00"), &Ahead, 6).is_empty());
}

#[cfg(feature = "calendar")]
#[test]
fn an_hour_that_is_skipped_has_no_tick_and_one_that_comes_twice_has_two() {
    use crate::window::{Tables, Zones};
    let berlin = Tables.get("Europe/Berlin").unwrap();
    let spring = ticks(range("2026-03-28T23:00", "2026-03-29T03:00"), &*berlin, 4);
    assert_eq!(spring, ["29 00:00*", "29 01:00", "29 03:00", "29 04:00", "29 05:00"]);
    let autumn = ticks(range("2026-10-24T23:00", "2026-10-25T03:00"), &*berlin, 4);
    assert_eq!(autumn, ["25 01:00*", "25 02:00", "25 02:00", "25 03:00", "25 04:00"]);
}

#[test]
fn short_series_stay_and_gaps_split_them() {
    let points = [(0, 1.0), (10, 2.0), (40, 3.0), (50, f64::NAN), (60, 4.0)];
    let runs = downsample(&points, 20, 100);
    assert_eq!(runs, [vec![(0, 1.0), (10, 2.0)], vec![(40, 3.0)], vec![(60, 4.0)]]);
    assert!(downsample(&[], 20, 100).is_empty());
    assert!(downsample(&[(0, f64::NAN)], 20, 100).is_empty());
}

proptest! {
    #[test]
    fn a_value_in_quotes_stays_one(instance in any::<String>()) {
        let query = fill(r#"up{instance="{{instance}}"} > 1"#, &subject(&instance)).unwrap();
        let (read, rest) = unquoted(&query);
        prop_assert_eq!(read, instance);
        prop_assert_eq!(rest, "} > 1");
    }

    #[test]
    fn downsampling_keeps_the_extremes_and_the_gaps(
        steps in prop::collection::vec((1_i64..200, -1e6..1e6_f64), 1..400),
        most in 2_usize..120,
    ) {
        let mut time = 0;
        let points: Vec<Point> = steps.iter().map(|(step, value)| { time += step; (time, *value) }).collect();
        let runs = downsample(&points, 100, most);
        let kept: Vec<Point> = runs.iter().flatten().copied().collect();
        prop_assert!(kept.len() <= most);
        prop_assert!(kept.windows(2).all(|pair| pair[0].0 < pair[1].0));
        prop_assert!(kept.iter().all(|point| points.contains(point)));
        let lowest = |points: &[Point]| points.iter().map(|point| point.1).fold(f64::INFINITY, f64::min);
        let highest = |points: &[Point]| points.iter().map(|point| point.1).fold(f64::NEG_INFINITY, f64::max);
        prop_assert_eq!(lowest(&kept).to_bits(), lowest(&points).to_bits());
        prop_assert_eq!(highest(&kept).to_bits(), highest(&points).to_bits());
        // No run leads over a gap that is longer than a part of the time.
        let part = (points[points.len() - 1].0 - points[0].0 + 1) / i64::try_from(most / 2).unwrap() + 1;
        for gap in points.windows(2).filter(|pair| pair[1].0 - pair[0].0 > 100.max(part)) {
            let bridged = runs.iter().any(|run| run[0].0 <= gap[0].0 && run[run.len() - 1].0 >= gap[1].0);
            prop_assert!(!bridged);
        }
    }

    #[test]
    fn downsampling_takes_anything(
        points in prop::collection::vec((any::<i64>(), any::<f64>()), 0..50),
        gap in any::<i64>(),
        most in any::<usize>(),
    ) {
        let mut points = points;
        points.sort_by_key(|point| point.0);
        let kept: usize = downsample(&points, gap, most).iter().map(Vec::len).sum();
        prop_assert!(kept <= most.max(2));
    }

    #[test]
    fn an_axis_holds_its_values(low in any::<f64>(), high in any::<f64>(), count in any::<usize>(), unit in 0..5) {
        let unit = [Unit::Number, Unit::Count, Unit::Percent, Unit::Bytes, Unit::Seconds][unit as usize];
        let axis = axis(low, high, count, unit);
        prop_assert!(!axis.ticks.is_empty() && axis.ticks.len() <= 53);
        prop_assert!(axis.ticks.iter().all(|tick| tick.is_finite()));
        let _ = labels(&axis);
    }

    #[test]
    fn an_axis_of_usual_values_is_round(low in -1e9..1e9_f64, length in 1e-3..1e9_f64, count in 2_usize..12) {
        let axis = axis(low, low + length, count, Unit::Number);
        let (first, last) = (axis.ticks[0], axis.ticks[axis.ticks.len() - 1]);
        let dust = axis.step * 1e-3;
        prop_assert!(first <= low + dust && low + length <= last + dust);
        prop_assert!(axis.ticks.len() <= count + 3);
        let mut shown = labels(&axis);
        shown.dedup();
        prop_assert_eq!(shown.len(), axis.ticks.len());
    }

    #[test]
    fn reading_parameters_takes_anything(text in any::<String>()) {
        let _ = (parse_time(&text), parse_duration(&text));
    }

    #[test]
    fn ticks_of_time_take_anything(start in any::<i64>(), length in 0..200_000_000_000_i64, count in 0_usize..20) {
        let start = start.rem_euclid(4_000_000_000_000);
        let at = Timestamp::from_millis;
        let range = Range { start: at(start), end: at(start + length), step_ms: 1 };
        let (_, ticks) = time_ticks(range, &Ahead, count);
        prop_assert!(ticks.len() <= count.clamp(1, 50) + 1);
        prop_assert!(ticks.windows(2).all(|pair| pair[0].at < pair[1].at));
        prop_assert!(ticks.iter().all(|tick| range.start <= tick.at && tick.at <= range.end));
    }
}
