//! What ran at a moment and what the four figures are reckoned from: on both databases, and what it costs.

use model::api::{AppAt, AtQuery, DoraQuery};
use model::deployment::{DeploymentKind, DeploymentState, Outcome};
use model::rollout::RolloutState;
use model::time::Timestamp;
use server::store::apps::{self, AppRow};
use server::store::deployments::{self, DeploymentRow};
use server::store::{AnyConnection, Dialect, Store, Transaction, dora, revisions, time_travel};
use sqlx::Row;

use super::database::all;
use super::sample::{app, at, deployment, revision, shop};

/// A deployment of `app` to a revision and count that ended at `ended`.
async fn ran(tx: &mut Transaction, of: &AppRow, number: u32, began: i64, ended: i64, to: (u32, u32)) {
    let mut row = deployment(of, number, began, DeploymentKind::Update);
    row.deployment.to_revision = Some(to.0);
    row.rollout.target.revision = to.0;
    row.rollout.wanted = to.1;
    deployments::insert(tx, &row).await.unwrap();
    end_at(tx, &row, DeploymentState::Succeeded, ended).await;
}

async fn end_at(tx: &mut Transaction, row: &DeploymentRow, state: DeploymentState, ended: i64) {
    let mut row = row.clone();
    row.set_state(RolloutState { state, waiting_for: None, ..row.rollout_state.clone() }, at(ended));
    assert!(deployments::update(tx, &row).await.unwrap());
}

fn asked(millis: i64) -> AtQuery {
    AtQuery { time: at(millis), environment: None, project: None, limit: None, cursor: None }
}

async fn seen(
    connection: &mut AnyConnection,
    query: &AtQuery,
) -> Vec<(String, Option<u32>, u32, Option<u32>)> {
    let page = time_travel::at(connection, query).await.unwrap();
    let what = |app: &AppAt| {
        (app.app.to_string(), app.revision, app.instances, app.under_way.as_ref().map(|one| one.number))
    };
    page.items.iter().map(what).collect()
}

/// `shop` with two revisions, out at 200 and 400; `cart` in another environment from 300 on.
async fn story(store: &Store) -> (AppRow, AppRow) {
    let shop = shop(store).await;
    let mut tx = store.begin().await.unwrap();
    for number in 1..=2 {
        revisions::insert(&mut tx, shop.id, &revision(number)).await.unwrap();
    }
    let cart = AppRow { created_at: at(300), ..app("staging", "cart", "other") };
    apps::insert(&mut tx, &cart).await.unwrap();
    revisions::insert(&mut tx, cart.id, &revision(1)).await.unwrap();
    ran(&mut tx, &shop, 1, 100, 200, (1, 3)).await;
    ran(&mut tx, &shop, 2, 350, 400, (2, 5)).await;
    ran(&mut tx, &cart, 1, 300, 450, (1, 1)).await;
    tx.commit().await.unwrap();
    (shop, cart)
}

#[tokio::test]
async fn a_moment_shows_what_stood_and_what_was_under_way() {
    for database in all().await {
        story(&database.store).await;
        let mut reader = database.store.read().await.unwrap();
        let name = str::to_owned;
        let cases = [
            (-1, vec![]),
            (99, vec![(name("shop"), None, 0, None)]),
            (150, vec![(name("shop"), None, 0, Some(1))]),
            (200, vec![(name("shop"), Some(1), 3, None)]),
            (299, vec![(name("shop"), Some(1), 3, None)]),
            (399, vec![(name("shop"), Some(1), 3, Some(2)), (name("cart"), None, 0, Some(1))]),
            (400, vec![(name("shop"), Some(2), 5, None), (name("cart"), None, 0, Some(1))]),
            (9_000, vec![(name("shop"), Some(2), 5, None), (name("cart"), Some(1), 1, None)]),
        ];
        for (moment, expected) in cases {
            assert_eq!(seen(&mut reader, &asked(moment)).await, expected, "{moment}");
        }
        let page = time_travel::at(&mut reader, &asked(400)).await.unwrap();
        let shop = &page.items[0];
        assert_eq!((shop.version.as_deref(), shop.image.as_deref()), (Some("shop:2"), Some("shop:2")));
        assert_eq!((shop.number, shop.since), (Some(2), Some(at(400))));
    }
}

#[tokio::test]
async fn it_filters_pages_and_forgets_what_was_destroyed() {
    for database in all().await {
        let (shop, _) = story(&database.store).await;
        let mut tx = database.store.begin().await.unwrap();
        apps::mark_destroyed(&mut tx, shop.id, at(600)).await.unwrap();
        // Another app takes the name over.
        let mut again = AppRow { created_at: at(700), ..app("local", "shop", "team") };
        again.id = model::id::AppId(super::sample::id(700, 1));
        apps::insert(&mut tx, &again).await.unwrap();
        tx.commit().await.unwrap();
        let mut reader = database.store.read().await.unwrap();
        let names = |rows: Vec<(String, Option<u32>, u32, Option<u32>)>| {
            rows.into_iter().map(|row| (row.0, row.1)).collect::<Vec<_>>()
        };
        let cart = || ("cart".to_owned(), Some(1));
        let shop_at = |revision| ("shop".to_owned(), revision);
        assert_eq!(names(seen(&mut reader, &asked(599)).await), [shop_at(Some(2)), cart()]);
        assert_eq!(names(seen(&mut reader, &asked(600)).await), [cart()]);
        assert_eq!(names(seen(&mut reader, &asked(700)).await), [shop_at(None), cart()]);
        let only = AtQuery { environment: Some("staging".parse().unwrap()), ..asked(599) };
        assert_eq!(names(seen(&mut reader, &only).await), [cart()]);
        let only = AtQuery { project: Some("team".parse().unwrap()), ..asked(599) };
        assert_eq!(names(seen(&mut reader, &only).await), [shop_at(Some(2))]);
        let first = AtQuery { limit: Some(1), ..asked(599) };
        let page = time_travel::at(&mut reader, &first).await.unwrap();
        assert!(page.next.is_some());
        let second = AtQuery { cursor: page.next, ..first };
        let page = time_travel::at(&mut reader, &second).await.unwrap();
        assert_eq!((page.items[0].app.as_str(), page.next.as_deref()), ("cart", None));
    }
}

#[tokio::test]
async fn the_figures_are_reckoned_from_what_ended_in_their_time() {
    for database in all().await {
        let (shop, _) = story(&database.store).await;
        let mut tx = database.store.begin().await.unwrap();
        let scale = deployment(&shop, 3, 500, DeploymentKind::Scale);
        deployments::insert(&mut tx, &scale).await.unwrap();
        end_at(&mut tx, &scale, DeploymentState::Succeeded, 510).await;
        let still = deployment(&shop, 4, 520, DeploymentKind::Update);
        deployments::insert(&mut tx, &still).await.unwrap();
        let ends = async |tx: &mut Transaction, query: DoraQuery, since: i64| {
            let rows = dora::ended(tx, &query, at(since)).await.unwrap();
            rows.iter().map(|row| row.ended_at).collect::<Vec<Timestamp>>()
        };
        let none = DoraQuery::default;
        assert_eq!(ends(&mut tx, none(), 0).await, [at(200), at(400), at(450)]);
        assert_eq!(ends(&mut tx, none(), 200).await, [at(400), at(450)]);
        let query = DoraQuery { environment: Some("staging".parse().unwrap()), ..none() };
        assert_eq!(ends(&mut tx, query, 0).await, [at(450)]);
        let query = DoraQuery { project: Some("team".parse().unwrap()), ..none() };
        assert_eq!(ends(&mut tx, query, 0).await, [at(200), at(400)]);
        let query = DoraQuery { app: Some("cart".to_owned()), ..none() };
        assert_eq!(ends(&mut tx, query, 0).await, [at(450)]);
        let rows = dora::ended(&mut tx, &none(), at(0)).await.unwrap();
        assert_eq!((rows[0].released_at, rows[0].to_revision), (Some(at(1)), Some(1)));
        assert_eq!(rows[0].started_at, at(101));
    }
}

/// How the database says it would answer, one line a step.
async fn explained(store: &Store, statement: String) -> String {
    let mut tx = store.begin().await.unwrap();
    let (explain, column) = match store.dialect() {
        Dialect::Sqlite => ("EXPLAIN QUERY PLAN", "detail"),
        Dialect::Postgres => ("EXPLAIN", "QUERY PLAN"),
    };
    if store.dialect() == Dialect::Postgres {
        // With so few rows it would read them all, whatever the indexes.
        sqlx::query("SET LOCAL enable_seqscan = off").execute(&mut *tx).await.unwrap();
    }
    let text = format!("{explain} {statement}");
    let rows = sqlx::query(sqlx::AssertSqlSafe(text)).fetch_all(&mut *tx).await.unwrap();
    rows.iter().map(|row| row.get::<String, _>(column)).collect::<Vec<_>>().join("\n")
}

#[tokio::test]
async fn neither_costs_more_the_longer_the_history_is() {
    for database in all().await {
        story(&database.store).await;
        let literal = |text: &str, values: &[&str]| {
            values
                .iter()
                .enumerate()
                .fold(text.to_owned(), |text, (index, value)| text.replace(&format!("${}", index + 1), value))
        };
        let order = " ORDER BY a.environment, a.name LIMIT 101";
        let plan =
            explained(&database.store, literal(time_travel::SELECT, &["1750000000400", "'01'"]) + order)
                .await;
        for index in ["deployments_stands", "deployments_by_app"] {
            assert!(plan.contains(index), "{index}: {plan}");
        }
        for table in ["SCAN e", "SCAN b", "SCAN s", "SCAN u"] {
            assert!(
                !plan.lines().any(|line| line == table || line.starts_with(&format!("{table} "))),
                "{plan}"
            );
        }
        let plan =
            explained(&database.store, literal(dora::SELECT, &["1750000000000", "''", "'team'", "'x'"]))
                .await;
        assert!(plan.contains("deployments_ended"), "{plan}");
        assert!(!plan.contains("deployments_by_project"), "{plan}");
    }
}

/// What ended before it was written down what the app stood for: filled in from the deployment's own words.
#[tokio::test]
async fn the_migration_fills_in_what_older_deployments_stood_for() {
    for database in all().await {
        let (shop, _) = story(&database.store).await;
        let mut tx = database.store.begin().await.unwrap();
        let mut back = deployment(&shop, 3, 500, DeploymentKind::Update);
        back.deployment.from_version = Some("shop:2".to_owned());
        back.deployment.to_version = Some("shop:2".to_owned());
        back.rollout.previous_wanted = 4;
        back.rollout_state.back = Some(Outcome::Done);
        deployments::insert(&mut tx, &back).await.unwrap();
        end_at(&mut tx, &back, DeploymentState::RolledBack, 510).await;
        let gone = deployment(&shop, 4, 520, DeploymentKind::Scale);
        deployments::insert(&mut tx, &gone).await.unwrap();
        end_at(&mut tx, &gone, DeploymentState::Superseded, 530).await;
        let stands = "SELECT number, stands_revision, stands_instances FROM deployments WHERE app = 'shop' ORDER BY number";
        let read = async |tx: &mut Transaction| {
            let rows = sqlx::query(stands).fetch_all(&mut **tx).await.unwrap();
            rows.iter()
                .map(|row| (row.get::<i64, _>(0), row.get::<Option<i64>, _>(1), row.get::<Option<i64>, _>(2)))
                .collect::<Vec<_>>()
        };
        let expected =
            vec![(1, Some(1), Some(3)), (2, Some(2), Some(5)), (3, Some(1), Some(4)), (4, None, None)];
        assert_eq!(read(&mut tx).await, expected);
        for text in [
            "UPDATE deployments SET stands_revision = NULL, stands_instances = NULL",
            "DROP INDEX deployments_ended",
            "ALTER TABLE deployments DROP COLUMN released_at",
        ] {
            sqlx::query(text).execute(&mut *tx).await.unwrap();
        }
        let (_, _, sqlite, postgres) = server::store::MIGRATIONS[3];
        let text = if database.store.dialect() == Dialect::Sqlite { sqlite } else { postgres };
        sqlx::raw_sql(text).execute(&mut *tx).await.unwrap();
        assert_eq!(read(&mut tx).await, expected);
        let row = deployments::get(&mut tx, back.deployment.id).await.unwrap().unwrap();
        assert_eq!(row.released_at, Some(at(2)), "when its revision was written");
    }
}
