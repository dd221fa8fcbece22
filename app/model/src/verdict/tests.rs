use super::*;
use crate::check::Question;
use crate::duration::Span;

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_millis(seconds * 1_000)
}

fn check(question: Question) -> Check {
    Check {
        name: "errors".to_owned(),
        question,
        interval: Span::from_secs(10),
        initial_delay: Span::from_secs(0),
        failure_limit: 2,
        inconclusive_limit: 0,
        error_limit: 4,
        on_no_data: OnNoData::Inconclusive,
        observe_only: false,
        background: false,
    }
}

fn restarts() -> Check {
    check(Question::Restarts { max: 0, window: Span::from_secs(60) })
}

fn tally(verdicts: &[Verdict]) -> Tally {
    let mut tally = Tally::default();
    for verdict in verdicts {
        tally.add(*verdict, "because", at(0));
    }
    tally
}

#[test]
fn a_check_fails_one_above_its_limit() {
    use Verdict::{Fail, Pass};
    let check = restarts();
    assert_eq!(standing(&check, &tally(&[Fail, Pass, Fail]), Some(at(0))), Standing::Passed);
    assert_eq!(standing(&check, &tally(&[Fail, Pass, Fail, Fail]), None), Standing::Failed);
}

#[test]
fn nothing_is_passed_before_its_time_or_without_an_answer() {
    let check = restarts();
    assert_eq!(standing(&check, &tally(&[Verdict::Pass]), None), Standing::Open);
    assert_eq!(standing(&check, &tally(&[]), Some(at(0))), Standing::Open);
    assert_eq!(standing(&check, &tally(&[Verdict::Error]), Some(at(0))), Standing::Open, "nobody answered");
}

#[test]
fn errors_count_in_a_row_and_doubt_asks_a_person() {
    use Verdict::{Error, Inconclusive, Pass};
    let check = restarts();
    let four = [Error, Error, Error, Error];
    assert_eq!(standing(&check, &tally(&four), None), Standing::Open);
    assert_eq!(
        standing(&check, &tally(&[&four[..], &[Pass], &four[..]].concat()), Some(at(0))),
        Standing::Passed
    );
    assert_eq!(standing(&check, &tally(&[&four[..], &[Error]].concat()), None), Standing::Errored);
    assert_eq!(standing(&check, &tally(&[Pass, Inconclusive]), None), Standing::Inconclusive);
    let tolerant = Check { inconclusive_limit: 1, ..restarts() };
    assert_eq!(standing(&tolerant, &tally(&[Pass, Inconclusive]), Some(at(0))), Standing::Passed);
}

#[test]
fn what_only_observes_decides_nothing() {
    let check = Check { observe_only: true, ..restarts() };
    assert_eq!(standing(&check, &tally(&[Verdict::Fail; 9]), None), Standing::Passed);
}

#[test]
fn what_must_appear_fails_only_when_its_time_is_over() {
    let pattern = "ready".to_owned();
    let check = check(Question::Log { pattern, max: None, min: Some(1), window: Span::from_secs(60) });
    let missing = tally(&[Verdict::Inconclusive; 5]);
    assert_eq!(standing(&check, &missing, None), Standing::Open);
    assert_eq!(standing(&check, &missing, Some(at(0))), Standing::Failed);
    assert_eq!(standing(&check, &missing, Some(at(1))), Standing::Open, "nobody looked after its end");
    assert_eq!(standing(&check, &tally(&[Verdict::Inconclusive, Verdict::Pass]), None), Standing::Passed);
}

#[test]
fn the_value_farthest_out_decides() {
    let allowed = Threshold { min: Some(1.0), max: Some(5.0) };
    let judged = within(allowed, &[3.0, 14.2, f64::NAN], OnNoData::Pass);
    assert_eq!(
        (judged.verdict, judged.value, judged.detail.as_str()),
        (Verdict::Fail, Some(14.2), "14.2 > 5")
    );
    assert_eq!(within(allowed, &[0.5], OnNoData::Pass).detail, "0.5 < 1");
    assert_eq!(within(allowed, &[5.0], OnNoData::Fail).verdict, Verdict::Pass);
    assert_eq!(within(allowed, &[3.0, f64::INFINITY], OnNoData::Pass).verdict, Verdict::Fail);
    for (rule, verdict) in [
        (OnNoData::Pass, Verdict::Pass),
        (OnNoData::Fail, Verdict::Fail),
        (OnNoData::Inconclusive, Verdict::Inconclusive),
    ] {
        assert_eq!(within(allowed, &[f64::NAN], rule).verdict, verdict);
    }
}

#[test]
fn a_ratio_compares_new_with_old() {
    let baseline = Baseline::Ratio { min: None, max: Some(1.2) };
    let judged = against(baseline, &[3.0], &[2.0], OnNoData::Pass);
    assert_eq!((judged.verdict, judged.detail.as_str()), (Verdict::Fail, "× 1.5 > 1.2"));
    assert_eq!((judged.value, judged.baseline), (Some(3.0), Some(2.0)));
    assert_eq!(against(baseline, &[0.0], &[0.0], OnNoData::Fail).verdict, Verdict::Pass);
    let judged = against(baseline, &[1.0], &[0.0], OnNoData::Pass);
    assert_eq!((judged.verdict, judged.detail.as_str()), (Verdict::Fail, "× inf > 1.2"));
    assert_eq!(against(baseline, &[1.0], &[], OnNoData::Fail).verdict, Verdict::Fail);
}

/// Expected values are those of scipy 1.17.1: `mannwhitneyu(new, old, alternative=..., method="asymptotic")`.
#[test]
fn the_test_of_two_series_agrees_with_scipy() {
    let near = |comparison: Option<Comparison>, [higher, lower, either]: [f64; 3]| {
        let found = comparison.unwrap();
        for (found, expected) in [(found.higher, higher), (found.lower, lower), (found.either, either)] {
            assert!((found - expected).abs() < 1e-12, "{found} is not {expected}");
        }
    };
    let (new, old) = ([19.0, 22.0, 16.0, 29.0, 24.0], [20.0, 11.0, 17.0, 12.0, 13.0]);
    let p = [0.030_051_402_969_433_157, 0.981_643_071_818_648, 0.060_102_805_938_866_31];
    near(compare(&new, &old), p);
    // With ties.
    let (new, old) = ([1.0, 2.0, 2.0, 3.0, 3.0, 3.0, 9.0], [2.0, 2.0, 3.0, 4.0, 5.0, 5.0, 1.0, 0.5]);
    let p = [0.476_462_119_128_440_2, 0.570_287_031_599_116, 0.952_924_238_256_880_4];
    near(compare(&new, &old), p);
    assert_eq!(compare(&new[..4], &old), None, "too few");
    let same = compare(&[1.0; 6], &[1.0; 6]).unwrap();
    assert_eq!((same.higher, same.either), (1.0, 1.0));
}

#[test]
fn two_series_differ_only_in_the_direction_that_is_bad() {
    let high: Vec<f64> = (0..20).map(|n| 100.0 + f64::from(n)).collect();
    let low: Vec<f64> = (0..20).map(f64::from).collect();
    let judge = |worse| {
        let baseline = Baseline::MannWhitney { confidence: 0.98, worse, window: Span::from_secs(60) };
        against(baseline, &high, &low, OnNoData::Inconclusive).verdict
    };
    assert_eq!(judge(Direction::Higher), Verdict::Fail);
    assert_eq!(judge(Direction::Either), Verdict::Fail);
    assert_eq!(judge(Direction::Lower), Verdict::Pass);
}

#[test]
fn numbers_are_as_people_say_them() {
    for (value, text) in [
        (14.2, "14.2"),
        (0.0, "0"),
        (0.123_456, "0.1235"),
        (1_234_567.0, "1234567"),
        (100.0, "100"),
        (0.000_012_3, "1.23e-5"),
        (-3.5, "-3.5"),
        (1e20, "1.00e20"),
    ] {
        assert_eq!(number(value), text);
    }
}

#[test]
fn an_http_answer_must_meet_every_part_of_what_is_expected() {
    use std::time::Duration;

    use crate::check::{Expectation, JsonExpectation};

    let quick = Duration::from_millis(20);
    let body = br#"{"status":"ok","jobs":[1,2]}"#;
    let expect = Expectation {
        status: vec![200, 204],
        body_contains: Some("ok".to_owned()),
        json: Some(JsonExpectation { pointer: "/jobs/1".to_owned(), value: 2.into() }),
        time_limit: Some(Span::from_millis(50)),
    };
    assert_eq!(unmet(&expect, 200, body, quick), None);
    assert_eq!(unmet(&expect, 503, body, quick).as_deref(), Some("503 ≠ 200, 204"));
    assert_eq!(unmet(&expect, 200, b"down", quick).as_deref(), Some("\"ok\" ∉ \"down\""));
    assert_eq!(unmet(&expect, 200, b"ok", quick).as_deref(), Some("JSON ≠ \"ok\""));
    let other = br#"{"status":"ok","jobs":[1,3]}"#;
    assert_eq!(unmet(&expect, 200, other, quick).as_deref(), Some("/jobs/1 = 3 ≠ 2"));
    let slow = Duration::from_millis(70);
    assert_eq!(unmet(&expect, 200, body, slow).as_deref(), Some("0.07 s > 50ms"));
}

mod properties {
    use proptest::prelude::*;

    use super::*;

    fn verdicts() -> impl Strategy<Value = Vec<Verdict>> {
        let one = prop_oneof![
            4 => Just(Verdict::Pass),
            1 => Just(Verdict::Fail),
            1 => Just(Verdict::Inconclusive),
            1 => Just(Verdict::Error)
        ];
        prop::collection::vec(one, 0..60)
    }

    fn limited() -> impl Strategy<Value = Check> {
        (0_u32..4, 0_u32..4, 0_u32..4).prop_map(|(failure_limit, inconclusive_limit, error_limit)| Check {
            failure_limit,
            inconclusive_limit,
            error_limit,
            ..restarts()
        })
    }

    fn samples() -> impl Strategy<Value = Vec<f64>> {
        prop::collection::vec(-1e6..1e6_f64, SAMPLES_MIN..40)
    }

    proptest! {
        /// More answers never turn a failed check around, and nothing passes that has failed.
        #[test]
        fn a_failure_is_final(check in limited(), said in verdicts(), more in verdicts(), over in prop::option::of(Just(at(0)))) {
            if standing(&check, &tally(&said), over) == Standing::Failed {
                let all = [said, more].concat();
                prop_assert_eq!(standing(&check, &tally(&all), over), Standing::Failed);
            }
        }

        /// The verdict follows from counts alone, worked out here on their own.
        #[test]
        fn a_check_stands_where_its_counts_put_it(check in limited(), said in verdicts(), over in prop::option::of(Just(at(0)))) {
            let count = |wanted: Verdict| said.iter().filter(|verdict| **verdict == wanted).count() as u32;
            let in_a_row = said.iter().rev().take_while(|verdict| **verdict == Verdict::Error).count() as u32;
            let expected = if count(Verdict::Fail) > check.failure_limit {
                Standing::Failed
            } else if in_a_row > check.error_limit {
                Standing::Errored
            } else if count(Verdict::Inconclusive) > check.inconclusive_limit {
                Standing::Inconclusive
            } else if over.is_some() && said.iter().any(|verdict| *verdict != Verdict::Error) {
                Standing::Passed
            } else {
                Standing::Open
            };
            prop_assert_eq!(standing(&check, &tally(&said), over), expected);
        }

        /// Swapping the two series swaps the directions; a probability is one.
        #[test]
        fn comparing_is_symmetric(new in samples(), old in samples()) {
            let (one, other) = (compare(&new, &old).unwrap(), compare(&old, &new).unwrap());
            prop_assert!((one.higher - other.lower).abs() < 1e-9 && (one.either - other.either).abs() < 1e-9);
            for p in [one.higher, one.lower, one.either] {
                prop_assert!((0.0..=1.0).contains(&p), "{p}");
            }
        }

        /// What lies above everything else is never said to be lower.
        #[test]
        fn a_series_above_another_is_higher(new in samples(), gap in 1.0..1e6_f64) {
            let top = new.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            let bottom = new.iter().copied().fold(f64::INFINITY, f64::min);
            let above: Vec<f64> = new.iter().map(|value| value + (top - bottom) + gap).collect();
            let comparison = compare(&above, &new).unwrap();
            prop_assert!(comparison.higher < 0.02 && comparison.lower > 0.9, "{comparison:?}");
        }

        /// A threshold fails exactly when a finite value lies outside.
        #[test]
        fn a_threshold_is_what_it_says(values in prop::collection::vec(-10.0..10.0_f64, 1..20), max in -10.0..10.0_f64) {
            let judged = within(Threshold { min: None, max: Some(max) }, &values, OnNoData::Fail);
            prop_assert_eq!(judged.verdict == Verdict::Fail, values.iter().any(|value| *value > max));
        }
    }
}
