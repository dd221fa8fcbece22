use proptest::prelude::*;

use super::*;

const HOUR: i64 = 3_600_000;
const NOW: i64 = 1_800_000_000_000;

fn hours_ago(hours: i64) -> Timestamp {
    Timestamp::from_millis(NOW - hours * HOUR)
}

fn now() -> Timestamp {
    Timestamp::from_millis(NOW)
}

/// A release of `revision` that took an hour and had existed for two.
fn release(app: &str, revision: u32, ended: i64, state: DeploymentState) -> Ended<String> {
    Ended {
        app: app.to_owned(),
        kind: DeploymentKind::Update,
        state,
        from_revision: Some(revision - 1),
        to_revision: Some(revision),
        released_at: Some(hours_ago(ended + 2)),
        started_at: hours_ago(ended + 1),
        ended_at: hours_ago(ended),
    }
}

fn rollback(app: &str, from: u32, ended: i64) -> Ended<String> {
    Ended {
        kind: DeploymentKind::Rollback,
        from_revision: Some(from),
        to_revision: Some(from - 1),
        released_at: None,
        ..release(app, from, ended, Succeeded)
    }
}

use DeploymentState::{Aborted, Failed, RolledBack, Succeeded, Superseded};

#[test]
fn nothing_released_is_no_figure_and_not_a_good_one() {
    let dora = dora::<String>(&[], now(), 30);
    assert_eq!((dora.now.releases, dora.now.failure_rate, dora.now.lead_time_ms), (0, None, None));
    assert_eq!(dora.weeks.len(), 9);
    assert_eq!(dora.weeks[8].from, hours_ago(7 * 24));
}

#[test]
fn releases_count_in_the_period_in_which_they_end() {
    let history = [
        release("shop", 2, 1, Succeeded),
        release("shop", 3, 24 * 29, Succeeded),
        release("cart", 2, 24 * 31, Succeeded),
        release("cart", 3, 24 * 2, Aborted),
        release("cart", 4, 24, Superseded),
    ];
    let dora = dora(&history, now(), 30);
    assert_eq!((dora.now.releases, dora.now.changes, dora.before.releases), (2, 2, 1));
    assert!((dora.now.per_day - 2.0 / 30.0).abs() < 1e-9);
    assert_eq!(dora.now.lead_time_ms, Some(2 * HOUR as u64));
    assert_eq!(dora.weeks.iter().map(|week| week.figures.releases).sum::<u32>(), 3);
    assert_eq!(dora.weeks[8].figures.releases, 1);
}

#[test]
fn scaling_and_restarting_release_nothing() {
    for kind in [DeploymentKind::Scale, DeploymentKind::Restart, DeploymentKind::Rollback] {
        let other = Ended { kind, ..release("shop", 2, 5, Succeeded) };
        assert_eq!(dora(&[other], now(), 30).now.changes, 0);
    }
}

#[test]
fn what_goes_back_by_itself_has_failed_and_is_restored_by_its_end() {
    let history = [release("shop", 2, 10, RolledBack), release("shop", 3, 5, Succeeded)];
    let figures = dora(&history, now(), 30).now;
    assert_eq!((figures.changes, figures.failed, figures.failure_rate), (2, 1, Some(0.5)));
    assert_eq!((figures.restored, figures.restore_ms), (1, Some(HOUR as u64)));
}

#[test]
fn a_failure_lasts_until_something_comes_out() {
    let bad = release("shop", 2, 10, Failed);
    assert_eq!(dora(std::slice::from_ref(&bad), now(), 30).now.restore_ms, None);
    let history = [release("cart", 2, 8, Succeeded), bad, release("shop", 3, 7, Succeeded)];
    assert_eq!(dora(&history, now(), 30).now.restore_ms, Some(4 * HOUR as u64));
}

#[test]
fn what_is_taken_back_later_was_bad_from_when_it_was_out() {
    let history = [release("shop", 2, 10, Succeeded), rollback("shop", 2, 7)];
    let figures = dora(&history, now(), 30).now;
    assert_eq!((figures.releases, figures.failed, figures.restore_ms), (1, 1, Some(3 * HOUR as u64)));
    // Going back from a later version says nothing about this one.
    let history =
        [release("shop", 2, 10, Succeeded), release("shop", 3, 9, Succeeded), rollback("shop", 3, 7)];
    let figures = dora(&history, now(), 30).now;
    assert_eq!((figures.changes, figures.failed), (2, 1));
}

#[test]
fn the_median_of_two_is_between_them() {
    let lengths = [4_000, 1_000, 2_000, 9_000].map(Duration::from_millis);
    assert_eq!(median(lengths.into_iter()), Some(3_000));
    assert_eq!(median([].into_iter()), None);
}

fn history() -> impl Strategy<Value = Vec<Ended<u8>>> {
    let states = proptest::sample::select(vec![Succeeded, Failed, RolledBack, Aborted, Superseded]);
    let kinds = proptest::sample::select(DeploymentKind::ALL.to_vec());
    let one = (0_u8..3, kinds, states, 1_u32..6, 0_i64..70 * 24, 0_i64..50);
    let one = one.prop_map(|(app, kind, state, revision, ended, took)| Ended {
        app,
        kind,
        state,
        from_revision: Some(revision),
        to_revision: Some(revision + 1),
        released_at: Some(hours_ago(ended + took * 2)),
        started_at: hours_ago(ended + took),
        ended_at: hours_ago(ended),
    });
    proptest::collection::vec(one, 0..40)
}

proptest! {
    #[test]
    fn figures_fit_each_other(history in history(), days in 1_u32..=30) {
        let dora = dora(&history, now(), days);
        for figures in [&dora.now, &dora.before].into_iter().chain(dora.weeks.iter().map(|week| &week.figures)) {
            prop_assert!(figures.failed <= figures.changes && figures.releases <= figures.changes);
            prop_assert!(figures.restored <= figures.failed);
            prop_assert_eq!(figures.failure_rate.is_some(), figures.changes > 0);
            prop_assert!(figures.failure_rate.is_none_or(|rate| (0.0..=1.0).contains(&rate)));
            prop_assert_eq!(figures.restore_ms.is_some(), figures.restored > 0);
        }
        let weeks: u32 = dora.weeks.iter().map(|week| week.figures.changes).sum();
        prop_assert!(weeks >= dora.now.changes + dora.before.changes);
    }

    #[test]
    fn the_order_of_the_rows_does_not_matter(history in history(), turn in 0_usize..40) {
        // Two of one app never end at once: only one runs at a time.
        let mut ends = std::collections::HashSet::new();
        prop_assume!(history.iter().all(|one| ends.insert((one.app, one.ended_at))));
        let mut turned = history.clone();
        turned.rotate_left(turn % history.len().max(1));
        prop_assert_eq!(dora(&history, now(), 30), dora(&turned, now(), 30));
    }
}
