//! Measurements, tallies and approvals on both databases.

use model::api::PageQuery;
use model::check::{MEASUREMENTS_MAX, Measurement, Tally, Verdict};
use model::deployment::DeploymentKind;
use model::rollout::Approval;
use server::store::{Store, deployments, verification};

use super::database::{all, sqlite};
use super::sample::{at, deployment, shop};

fn answer(check: &str, step: Option<u32>, verdict: Verdict) -> Measurement {
    Measurement {
        id: 0,
        check: check.to_owned(),
        step,
        time: at(7),
        verdict,
        value: Some(14.25),
        baseline: None,
        asked: "sum(up)".to_owned(),
        detail: "14.2 > 5".to_owned(),
    }
}

async fn measured(store: &Store, answers: Vec<Measurement>) -> model::id::DeploymentId {
    let shop = shop(store).await;
    let mut tx = store.begin().await.unwrap();
    let row = deployment(&shop, 1, 5, DeploymentKind::Update);
    deployments::insert(&mut tx, &row).await.unwrap();
    for answer in answers {
        verification::measured(&mut tx, row.deployment.id, answer).await.unwrap();
    }
    tx.commit().await.unwrap();
    row.deployment.id
}

#[tokio::test]
async fn measurements_read_back_and_add_up_where_they_were_asked() {
    for database in all().await {
        let answers = vec![
            answer("errors", Some(2), Verdict::Fail),
            answer("errors", Some(2), Verdict::Error),
            answer("errors", Some(4), Verdict::Pass),
            answer("cpu", None, Verdict::Pass),
        ];
        let id = measured(&database.store, answers.clone()).await;
        let mut reader = database.store.read().await.unwrap();
        let page = PageQuery::default();
        let all = verification::measurements(&mut reader, id, None, &page).await.unwrap().items;
        assert_eq!(all.len(), 4);
        assert_eq!(Measurement { id: 0, ..all[0].clone() }, answers[0]);
        let cpu = verification::measurements(&mut reader, id, Some("cpu"), &page).await.unwrap().items;
        assert_eq!(cpu, [all[3].clone()]);
        let first = PageQuery { limit: Some(3), cursor: None };
        let first = verification::measurements(&mut reader, id, None, &first).await.unwrap();
        let rest = PageQuery { limit: Some(3), cursor: first.next };
        assert_eq!(verification::measurements(&mut reader, id, None, &rest).await.unwrap().items, all[3..]);
        let runs = verification::evidence(&mut reader, id).await.unwrap().runs;
        let tally = |check: &str, step| {
            runs.iter().find(|run| run.check == check && run.step == step).map(|run| run.tally.clone())
        };
        let expected = Tally {
            measured: 2,
            failed: 1,
            errors: 1,
            errors_in_a_row: 1,
            trouble: "14.2 > 5".to_owned(),
            latest_at: Some(at(7)),
            ..Tally::default()
        };
        assert_eq!(tally("errors", Some(2)), Some(expected));
        assert_eq!(tally("cpu", None).map(|tally| tally.passed), Some(1));
        assert_eq!(runs.len(), 3);
    }
}

#[tokio::test]
async fn a_person_approves_a_step_once() {
    for database in all().await {
        let id = measured(&database.store, Vec::new()).await;
        let mut tx = database.store.begin().await.unwrap();
        let yes =
            |by: &str, step| Approval { step, by: by.to_owned(), reason: "fine".to_owned(), time: at(9) };
        assert!(verification::approve(&mut tx, id, "u1", &yes("ann", 2)).await.unwrap());
        assert!(!verification::approve(&mut tx, id, "u1", &yes("anns-token", 2)).await.unwrap());
        assert!(verification::approve(&mut tx, id, "u2", &yes("bob", 2)).await.unwrap());
        assert!(verification::approve(&mut tx, id, "u1", &yes("ann", 4)).await.unwrap());
        let approvals = verification::evidence(&mut tx, id).await.unwrap().approvals;
        assert_eq!(approvals, [yes("ann", 2), yes("bob", 2), yes("ann", 4)]);
    }
}

#[tokio::test]
async fn a_deployment_keeps_a_thousand_measurements_of_a_check_and_counts_all() {
    let database = sqlite().await;
    let many = MEASUREMENTS_MAX as usize + 500;
    let answers = (0..many).map(|_| answer("errors", None, Verdict::Pass)).collect();
    let id = measured(&database.store, answers).await;
    let mut reader = database.store.read().await.unwrap();
    let mut kept = Vec::new();
    let mut page = PageQuery { limit: Some(500), cursor: None };
    loop {
        let found = verification::measurements(&mut reader, id, Some("errors"), &page).await.unwrap();
        kept.extend(found.items);
        page.cursor = found.next;
        if page.cursor.is_none() {
            break;
        }
    }
    assert!(kept.len() <= MEASUREMENTS_MAX as usize && kept.len() > 500, "{}", kept.len());
    let ends = (kept[0].id, kept[kept.len() - 1].id);
    assert_eq!(ends, (1, i64::try_from(many).unwrap()), "the first and the last stay");
    let runs = verification::evidence(&mut reader, id).await.unwrap().runs;
    assert_eq!(runs[0].tally.measured as usize, many);
}
