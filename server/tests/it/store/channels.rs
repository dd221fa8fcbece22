//! Channels, their deliveries, and what is to be told.

use model::api::PageQuery;
use model::channel::{
    Answered, ChannelKind, ChannelTrouble, DeliveryState, Language, Notice, Queued, Settings, TroubleCode,
    Try, WAITING_MAX, Wants,
};
use model::duration::Span;
use model::id::ChannelId;
use server::store::channels::{self, ChannelRow};
use server::store::{Store, StoreError, deliveries, notices};

use super::database::all;
use super::sample::{at, id};

fn channel(name: &str) -> ChannelRow {
    ChannelRow {
        id: ChannelId(id(0, name.len() as u64)),
        settings: Settings {
            name: name.parse().unwrap(),
            kind: ChannelKind::Slack,
            enabled: true,
            language: Language::Chinese,
            wants: Wants { approvals: true, ..Wants::default() },
            environments: vec!["prod".parse().unwrap()],
            address: "https://hooks.example".to_owned(),
            has_secret: false,
            mail: None,
            insecure: false,
        },
        access: "v1.sealed".to_owned(),
        last: None,
        created_at: at(0),
        updated_at: at(1),
    }
}

async fn with(store: &Store, rows: &[&ChannelRow]) {
    let mut tx = store.begin().await.unwrap();
    for row in rows {
        channels::insert(&mut tx, row).await.unwrap();
    }
    tx.commit().await.unwrap();
}

fn attempt(millis: i64, code: TroubleCode) -> Try {
    let trouble = ChannelTrouble { code, detail: "it is away".to_owned() };
    Try { at: at(millis), took: Span::from_millis(3), answer: Answered::Refused(trouble) }
}

#[tokio::test]
async fn a_channel_is_kept_and_goes_with_its_deliveries() {
    for database in all().await {
        let store = &database.store;
        let mut row = channel("ops");
        with(store, &[&row]).await;
        let mut tx = store.begin().await.unwrap();
        assert!(matches!(channels::insert(&mut tx, &row).await, Err(StoreError::Conflict(_))));
        drop(tx);
        let mut tx = store.begin().await.unwrap();
        row.settings.enabled = false;
        row.access = "v1.other".to_owned();
        row.last = Some(attempt(5, TroubleCode::Timeout));
        channels::update(&mut tx, &row).await.unwrap();
        channels::set_last(&mut tx, row.id, row.last.as_ref().unwrap()).await.unwrap();
        assert_eq!(channels::get(&mut tx, &row.settings.name).await.unwrap().as_ref(), Some(&row));
        deliveries::enqueue(&mut tx, row.id, &Notice::Test, at(0)).await.unwrap();
        assert_eq!(deliveries::waiting(&mut tx).await.unwrap().get(&row.id), Some(&1));
        channels::delete(&mut tx, row.id).await.unwrap();
        assert_eq!(channels::list(&mut tx).await.unwrap(), []);
        assert!(deliveries::waiting(&mut tx).await.unwrap().is_empty());
        tx.commit().await.unwrap();
    }
}

#[tokio::test]
async fn deliveries_wait_in_order_and_their_history_has_pages() {
    for database in all().await {
        let store = &database.store;
        let (ops, other) = (channel("ops"), channel("other"));
        with(store, &[&ops, &other]).await;
        let mut tx = store.begin().await.unwrap();
        for (channel, millis) in [(&ops, 0), (&other, 1), (&ops, 2), (&ops, 3)] {
            deliveries::enqueue(&mut tx, channel.id, &Notice::Test, at(millis)).await.unwrap();
        }
        let first = deliveries::queued(&mut tx, ops.id).await.unwrap()[0];
        assert_eq!((first.attempts, first.next_at), (0, at(0)));
        let mut delivery = deliveries::get(&mut tx, ops.id, first.id).await.unwrap().unwrap();
        assert_eq!(deliveries::get(&mut tx, other.id, first.id).await.unwrap(), None);
        delivery.conclude(attempt(4, TroubleCode::Busy), None, 0.0);
        deliveries::update(&mut tx, &delivery).await.unwrap();
        assert_eq!(deliveries::get(&mut tx, ops.id, first.id).await.unwrap().as_ref(), Some(&delivery));
        let queued = deliveries::queued(&mut tx, ops.id).await.unwrap();
        assert_eq!(queued[0], Queued { id: first.id, attempts: 1, next_at: at(2_004) });
        assert_eq!(queued.len(), 3);
        let query = PageQuery { limit: Some(2), cursor: None };
        let page = deliveries::page(&mut tx, ops.id, &query).await.unwrap();
        assert_eq!(page.items.iter().map(|it| it.created_at).collect::<Vec<_>>(), [at(3), at(2)]);
        let query = PageQuery { limit: Some(2), cursor: page.next };
        let page = deliveries::page(&mut tx, ops.id, &query).await.unwrap();
        assert_eq!((page.items, page.next), (vec![delivery], None));
        tx.commit().await.unwrap();
    }
}

#[tokio::test]
async fn only_so_many_wait_and_only_so_many_are_kept() {
    for database in all().await {
        let store = &database.store;
        let ops = channel("ops");
        with(store, &[&ops]).await;
        let mut tx = store.begin().await.unwrap();
        for millis in 0..i64::from(WAITING_MAX) + 2 {
            deliveries::enqueue(&mut tx, ops.id, &Notice::Test, at(millis)).await.unwrap();
        }
        let queued = deliveries::queued(&mut tx, ops.id).await.unwrap();
        assert_eq!((queued.len(), queued[0].next_at), (WAITING_MAX as usize, at(2)));
        let oldest = deliveries::get(&mut tx, ops.id, queued[0].id - 1).await.unwrap().unwrap();
        assert_eq!(oldest.state, DeliveryState::Failed);
        assert_eq!(oldest.tries[0].answer.trouble().map(|it| it.code), Some(TroubleCode::Crowded));
        deliveries::expire(&mut tx, ops.id, at(9)).await.unwrap();
        assert!(deliveries::get(&mut tx, ops.id, oldest.id).await.unwrap().is_some());
        for each in &queued {
            let mut delivery = deliveries::get(&mut tx, ops.id, each.id).await.unwrap().unwrap();
            delivery.conclude(attempt(9, TroubleCode::Refused), None, 0.0);
            deliveries::update(&mut tx, &delivery).await.unwrap();
        }
        for millis in 0..400 {
            deliveries::insert(&mut tx, ops.id, &Notice::Test, at(millis)).await.unwrap();
        }
        deliveries::expire(&mut tx, ops.id, at(10)).await.unwrap();
        let query = PageQuery { limit: Some(200), cursor: None };
        let mut page = deliveries::page(&mut tx, ops.id, &query).await.unwrap();
        let mut count = page.items.len();
        while page.next.is_some() {
            page = deliveries::page(&mut tx, ops.id, &PageQuery { cursor: page.next, ..query.clone() })
                .await
                .unwrap();
            count += page.items.len();
        }
        assert_eq!(count, 500);
        deliveries::expire(&mut tx, ops.id, at(40 * 86_400_000)).await.unwrap();
        assert_eq!(deliveries::queued(&mut tx, ops.id).await.unwrap().len(), 400);
        drop(tx);
    }
}

#[tokio::test]
async fn what_happened_waits_until_it_is_taken_out() {
    for database in all().await {
        let mut tx = database.store.begin().await.unwrap();
        for millis in 0..3 {
            notices::insert(&mut tx, &Notice::Test, at(millis)).await.unwrap();
        }
        let found = notices::oldest(&mut tx, 2).await.unwrap();
        assert_eq!(found.iter().map(|(_, _, time)| *time).collect::<Vec<_>>(), [at(0), at(1)]);
        notices::delete_to(&mut tx, found[1].0).await.unwrap();
        let left = notices::oldest(&mut tx, 9).await.unwrap();
        assert_eq!(left.len(), 1);
        assert_eq!((&left[0].1, left[0].2), (&Notice::Test, at(2)));
        tx.commit().await.unwrap();
    }
}
