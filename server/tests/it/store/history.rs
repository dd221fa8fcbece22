//! Deployments and their timelines: every statement, every filter, and what the filters cost.

use model::api::{DeploymentsQuery, PageQuery};
use model::deployment::{DeploymentEventKind, DeploymentKind, DeploymentState};
use model::id::DeploymentId;
use model::rollout::Command;
use server::store::deployment_events::{self, NewEvent};
use server::store::{StoreError, apps, deployments};
use sqlx::Row;

use super::database::{all, sqlite};
use super::sample::{actor, app, at, deployment, end, id, shop};

#[tokio::test]
async fn a_deployment_reads_back_and_is_written_only_by_who_read_it_last() {
    for database in all().await {
        let shop = shop(&database.store).await;
        let mut tx = database.store.begin().await.unwrap();
        let row = deployment(&shop, 1, 5, DeploymentKind::Update);
        deployments::insert(&mut tx, &row).await.unwrap();
        assert_eq!(deployments::get(&mut tx, row.deployment.id).await.unwrap(), Some(row.clone()));
        assert_eq!(deployments::active_of(&mut tx, shop.id).await.unwrap(), Some(row.clone()));
        let active = deployments::active_in(&mut tx, &shop.environment).await.unwrap();
        assert_eq!(active, std::slice::from_ref(&row));
        assert_eq!(deployments::get(&mut tx, DeploymentId(id(1, 99))).await.unwrap(), None);
        let told = deployments::DeploymentRow { command: Some(Command::Continue), ..row.clone() };
        assert!(deployments::update(&mut tx, &told).await.unwrap());
        assert!(!deployments::update(&mut tx, &row).await.unwrap(), "this one was read before");
        let now = deployments::get(&mut tx, row.deployment.id).await.unwrap().unwrap();
        assert_eq!((now.command.as_ref(), now.row_version), (Some(&Command::Continue), 2));
        end(&mut tx, &now, DeploymentState::Succeeded).await;
        assert_eq!(deployments::active_of(&mut tx, shop.id).await.unwrap(), None);
        assert_eq!(deployments::active_in(&mut tx, &shop.environment).await.unwrap(), []);
        let ended = deployments::get(&mut tx, row.deployment.id).await.unwrap().unwrap();
        assert_eq!((ended.deployment.waiting_for, ended.command), (None, None));
        assert_eq!(ended.deployment.ended_at, Some(at(9_000_000)));
    }
}

#[tokio::test]
async fn an_app_has_one_active_deployment() {
    for database in all().await {
        let shop = shop(&database.store).await;
        let mut tx = database.store.begin().await.unwrap();
        deployments::insert(&mut tx, &deployment(&shop, 1, 5, DeploymentKind::Update)).await.unwrap();
        let second = deployments::insert(&mut tx, &deployment(&shop, 2, 6, DeploymentKind::Scale)).await;
        assert!(matches!(second, Err(StoreError::Conflict(_))), "{second:?}");
    }
}

#[tokio::test]
async fn the_history_filters_and_pages_newest_first() {
    for database in all().await {
        let shop = shop(&database.store).await;
        let mut tx = database.store.begin().await.unwrap();
        let cart = app("staging", "cart", "other");
        apps::insert(&mut tx, &cart).await.unwrap();
        for number in 1..=6 {
            let of = if number % 3 == 0 { &cart } else { &shop };
            let kind = if number % 2 == 0 { DeploymentKind::Scale } else { DeploymentKind::Update };
            let mut row = deployment(of, number, i64::from(number) * 100, kind);
            row.deployment.actor = actor(if number == 4 { "bob" } else { "ada" });
            deployments::insert(&mut tx, &row).await.unwrap();
            let state = if number == 5 { DeploymentState::Failed } else { DeploymentState::Succeeded };
            end(&mut tx, &row, state).await;
        }
        let all = DeploymentsQuery::default();
        let cases = [
            (all.clone(), vec![6, 5, 4, 3, 2, 1]),
            (DeploymentsQuery { environment: Some("staging".parse().unwrap()), ..all.clone() }, vec![6, 3]),
            (DeploymentsQuery { app: Some("shop".to_owned()), ..all.clone() }, vec![5, 4, 2, 1]),
            (DeploymentsQuery { project: Some("other".parse().unwrap()), ..all.clone() }, vec![6, 3]),
            (DeploymentsQuery { actor: Some("bob".to_owned()), ..all.clone() }, vec![4]),
            (DeploymentsQuery { state: Some(DeploymentState::Failed), ..all.clone() }, vec![5]),
            (DeploymentsQuery { kind: Some(DeploymentKind::Scale), ..all.clone() }, vec![6, 4, 2]),
            (DeploymentsQuery { from: Some(at(200)), to: Some(at(400)), ..all.clone() }, vec![4, 3, 2]),
            (DeploymentsQuery { from: Some(at(201)), to: Some(at(399)), ..all.clone() }, vec![3]),
            (
                DeploymentsQuery {
                    app: Some("shop".to_owned()),
                    kind: Some(DeploymentKind::Update),
                    ..all.clone()
                },
                vec![5, 1],
            ),
        ];
        for (query, expected) in cases {
            let mut numbers = Vec::new();
            let mut query = DeploymentsQuery { limit: Some(2), ..query };
            loop {
                let page = deployments::list(&mut tx, &query).await.unwrap();
                assert!(page.items.len() <= 2);
                numbers.extend(page.items.iter().map(|d| d.number));
                let Some(next) = page.next else { break };
                query.cursor = Some(next);
            }
            assert_eq!(numbers, expected, "{query:?}");
        }
        let numbered = deployments::by_number(&mut tx, 4, 5).await.unwrap();
        assert_eq!(numbered.len(), 1);
        assert_eq!(numbered[0].actor.name, "bob");
    }
}

#[tokio::test]
async fn a_timeline_keeps_its_order() {
    for database in all().await {
        let one = DeploymentId(id(1, 1));
        let other = DeploymentId(id(1, 2));
        let mut tx = database.store.begin().await.unwrap();
        assert_eq!(deployment_events::insert(&mut tx, Vec::new()).await.unwrap(), []);
        let line = |deployment, number, by: Option<&str>| NewEvent {
            deployment,
            time: at(i64::from(number)),
            actor: by.map(actor),
            what: DeploymentEventKind::SetWanted { revision: 1, from: 0, to: number },
        };
        let lines = vec![line(one, 1, Some("ada")), line(other, 2, None), line(one, 3, None)];
        let inserted = deployment_events::insert(&mut tx, lines).await.unwrap();
        assert_eq!(inserted.iter().map(|e| e.id).collect::<Vec<_>>(), [1, 2, 3]);
        deployment_events::insert(&mut tx, vec![line(one, 4, None)]).await.unwrap();
        let page = PageQuery { limit: Some(2), cursor: None };
        let first = deployment_events::list(&mut tx, one, &page).await.unwrap();
        assert_eq!(first.items, [inserted[0].clone(), inserted[2].clone()]);
        assert_eq!(first.items[0].actor, Some(actor("ada")));
        let page = PageQuery { cursor: first.next, ..page };
        let second = deployment_events::list(&mut tx, one, &page).await.unwrap();
        assert_eq!((second.items.len(), second.next), (1, None));
    }
}

/// SQLite says how it would answer; a list must neither sort nor read the whole table.
#[tokio::test]
async fn no_list_of_the_history_reads_all_of_it() {
    let database = sqlite().await;
    let shop = shop(&database.store).await;
    let mut tx = database.store.begin().await.unwrap();
    for number in 1..=400 {
        let row = deployment(&shop, number, i64::from(number), DeploymentKind::Scale);
        deployments::insert(&mut tx, &row).await.unwrap();
        end(&mut tx, &row, DeploymentState::Succeeded).await;
    }
    tx.commit().await.unwrap();
    let mut reader = database.store.read().await.unwrap();
    let conditions = [
        "1 = 1",
        "environment = 'x'",
        "app = 'x'",
        "environment = 'x' AND app = 'x'",
        "project = 'x'",
        "actor = 'x'",
        "state = 'x'",
        "kind = 'x'",
        "number = 1",
        "id < 'x'",
        "environment = 'x' AND kind = 'x' AND id < 'x'",
    ];
    for condition in conditions {
        let text = format!(
            "EXPLAIN QUERY PLAN SELECT * FROM deployments d WHERE {condition} ORDER BY d.id DESC LIMIT 101"
        );
        let rows = sqlx::query(sqlx::AssertSqlSafe(text)).fetch_all(&mut *reader).await.unwrap();
        let plan: Vec<String> = rows.iter().map(|row| row.get("detail")).collect();
        let plan = plan.join("; ");
        assert!(!plan.contains("TEMP B-TREE"), "{condition}: {plan}");
        assert!(plan.contains("USING INDEX"), "{condition}: {plan}");
    }
    let rows = sqlx::query(
        "EXPLAIN QUERY PLAN SELECT * FROM deployment_events WHERE deployment = 'x' AND id > 5 ORDER BY id LIMIT 9",
    )
    .fetch_all(&mut *reader)
    .await
    .unwrap();
    let plan: String = rows[0].get("detail");
    assert!(plan.contains("deployment_events_by_deployment"), "{plan}");
}
