//! Units of work: all or nothing, one writer at a time.

use server::store::{StoreError, audit, environments};

use super::database::all;
use super::sample::{actor, at, environment};

#[tokio::test]
async fn what_is_not_committed_never_was() {
    for database in all().await {
        let store = &database.store;
        let mut tx = store.begin().await.unwrap();
        environments::insert(&mut tx, &environment("local")).await.unwrap();
        drop(tx);
        assert_eq!(environments::list(&mut store.read().await.unwrap()).await.unwrap(), []);
        let mut tx = store.begin().await.unwrap();
        environments::insert(&mut tx, &environment("local")).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(environments::list(&mut store.read().await.unwrap()).await.unwrap().len(), 1);
        store.ping().await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn writers_take_turns_and_none_is_refused() {
    for database in all().await {
        let writers = (0..50).map(|number| {
            let store = database.store.clone();
            tokio::spawn(async move {
                let mut tx = store.begin().await.unwrap();
                let entry = audit::NewEntry {
                    time: at(number),
                    actor: &actor("ada"),
                    action: "app.scale",
                    target: "local/shop",
                    reason: "",
                    detail: serde_json::json!({ "number": number }),
                };
                audit::insert(&mut tx, entry).await.unwrap();
                tx.commit().await.unwrap();
            })
        });
        for writer in writers.collect::<Vec<_>>() {
            writer.await.unwrap();
        }
        let page = model::api::PageQuery { limit: Some(100), cursor: None };
        let entries = audit::list(&mut database.store.read().await.unwrap(), &page).await.unwrap().items;
        assert_eq!(entries.iter().map(|e| e.id).collect::<Vec<_>>(), (1..=50).rev().collect::<Vec<_>>());
    }
}

#[tokio::test]
async fn a_second_row_of_one_name_is_a_conflict() {
    for database in all().await {
        let mut tx = database.store.begin().await.unwrap();
        environments::insert(&mut tx, &environment("local")).await.unwrap();
        let again = environments::insert(&mut tx, &environment("local")).await;
        assert!(matches!(again, Err(StoreError::Conflict(_))), "{again:?}");
    }
}

#[tokio::test]
async fn a_closed_store_is_unavailable_and_a_wrong_address_is_named() {
    for database in all().await {
        database.store.close().await;
        let refused = database.store.read().await.map(drop);
        assert!(matches!(refused, Err(StoreError::Unavailable(_))), "{refused:?}");
    }
    let wrong = server::store::Store::open("mysql://nowhere").await.map(drop);
    assert!(matches!(wrong, Err(StoreError::Address)), "{wrong:?}");
}

#[tokio::test]
async fn a_full_disk_and_another_program_at_the_database_are_told_apart() {
    let database = super::database::sqlite().await;
    let mut tx = database.store.begin().await.unwrap();
    sqlx::query("PRAGMA max_page_count = 1").execute(&mut *tx).await.unwrap();
    let long = "x".repeat(1 << 20);
    let entry = audit::NewEntry {
        time: at(1),
        actor: &actor("ada"),
        action: "app.scale",
        target: "local/shop",
        reason: &long,
        detail: serde_json::json!({}),
    };
    let full = audit::insert(&mut tx, entry).await;
    assert!(matches!(full, Err(StoreError::DiskFull)), "{full:?}");
    drop(tx);
    let other = server::store::Store::open(&database.url).await.unwrap();
    let held = other.begin().await.unwrap();
    let busy = database.store.begin().await.map(drop);
    assert!(matches!(busy, Err(StoreError::Busy)), "{busy:?}");
    drop(held);
}

#[tokio::test]
async fn a_copy_taken_while_it_runs_opens() {
    let database = super::database::sqlite().await;
    let mut tx = database.store.begin().await.unwrap();
    environments::insert(&mut tx, &environment("local")).await.unwrap();
    tx.commit().await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let copy = folder.path().join("copy.db");
    database.store.backup(&copy).await.unwrap();
    let store = server::store::Store::open(&format!("sqlite:{}", copy.display())).await.unwrap();
    assert_eq!(environments::list(&mut store.read().await.unwrap()).await.unwrap().len(), 1);
}
