use super::*;
use crate::check::Question;
use crate::duration::Span;

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
        tally.add(*verdict, "because");
    }
    tally
}

#[test]
fn a_check_fails_one_above_its_limit() {
    use Verdict::{Fail, Pass};
    let check = restarts();
    assert_eq!(standing(&check, &tally(&[Fail, Pass, Fail]), true), Standing::Passed);
    assert_eq!(standing(&check, &tally(&[Fail, Pass, Fail, Fail]), false), Standing::Failed);
}

#[test]
fn nothing_is_passed_before_its_time_or_without_an_answer() {
    let check = restarts();
    assert_eq!(standing(&check, &tally(&[Verdict::Pass]), false), Standing::Open);
    assert_eq!(standing(&check, &tally(&[]), true), Standing::Open);
    assert_eq!(standing(&check, &tally(&[Verdict::Error]), true), Standing::Open, "nobody answered");
}

#[test]
fn errors_count_in_a_row_and_doubt_asks_a_person() {
    use Verdict::{Error, Inconclusive, Pass};
    let check = restarts();
    let four = [Error, Error, Error, Error];
    assert_eq!(standing(&check, &tally(&four), false), Standing::Open);
    assert_eq!(standing(&check, &tally(&[&four[..], &[Pass], &four[..]].concat()), true), Standing::Passed);
    assert_eq!(standing(&check, &tally(&[&four[..], &[Error]].concat()), false), Standing::Errored);
    assert_eq!(standing(&check, &tally(&[Pass, Inconclusive]), false), Standing::Inconclusive);
    let tolerant = Check { inconclusive_limit: 1, ..restarts() };
    assert_eq!(standing(&tolerant, &tally(&[Pass, Inconclusive]), true), Standing::Passed);
}

#[test]
fn what_only_observes_decides_nothing() {
    let check = Check { observe_only: true, ..restarts() };
    assert_eq!(standing(&check, &tally(&[Verdict::Fail; 9]), false), Standing::Passed);
}

#[test]
fn what_must_appear_fails_only_when_its_time_is_over() {
    let pattern = "ready".to_owned();
    let check = check(Question::Log { pattern, max: None, min: Some(1), window: Span::from_secs(60) });
    let missing = tally(&[Verdict::Inconclusive; 5]);
    assert_eq!(standing(&check, &missing, false), Standing::Open);
    assert_eq!(standing(&check, &missing, true), Standing::Failed);
    assert_eq!(standing(&check, &tally(&[Verdict::Inconclusive, Verdict::Pass]), false), Standing::Passed);
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
    assert_eq!(against(baseline, &[1.0], &[0.0], OnNoData::Inconclusive).verdict, Verdict::Inconclusive);
    assert_eq!(against(baseline, &[1.0], &[], OnNoData::Fail).verdict, Verdict::Fail);
}

/// Expected values: scipy 1.14, `mannwhitneyu(new, old, alternative=..., method="asymptotic")`; recomputed by hand.
#[test]
fn the_test_of_two_series_agrees_with_its_formula() {
    let new = [19.0, 22.0, 16.0, 29.0, 24.0];
    let old = [20.0, 11.0, 17.0, 12.0, 13.0];
    let comparison = compare(&new, &old).unwrap();
    // U = 22, mean 12.5, deviation sqrt(25 * 11 / 12) = 4.7871.
    let z: f64 = (22.0 - 12.5 - 0.5) / (275.0_f64 / 12.0).sqrt();
    let expected = libm::erfc(z / 2.0_f64.sqrt()) / 2.0;
    assert!((comparison.higher - expected).abs() < 1e-12 && (comparison.higher - 0.0300).abs() < 1e-3);
    assert!((comparison.either - 2.0 * expected).abs() < 1e-12);
    assert!(comparison.lower > 0.95);
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
