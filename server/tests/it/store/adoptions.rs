//! Adoptions on both databases.

use model::workload::{Adoption, AdoptionState, Stops, Upkeep};
use server::store::adoptions::{self, AdoptionRow};
use server::store::apps;

use super::database::all;
use super::sample::{app, at, shop};

#[tokio::test]
async fn adoptions_are_kept_and_found_while_something_is_left_to_do() {
    for database in all().await {
        let shop = shop(&database.store).await;
        let mut tx = database.store.begin().await.unwrap();
        let web = app("local", "web", "team");
        apps::insert(&mut tx, &web).await.unwrap();
        let row = |app: &apps::AppRow, millis: i64| AdoptionRow {
            app_id: app.id,
            environment: app.environment.clone(),
            adoption: Adoption {
                app: app.name.clone(),
                workload_id: format!("c-{}", app.name),
                workload: "面包店-1".to_owned(),
                stops: Stops::First,
                state: AdoptionState::Waiting,
                trouble: None,
                created_at: at(millis),
                updated_at: at(millis),
            },
            upkeep: None,
        };
        let (mut first, second) = (row(&web, 1), row(&shop, 2));
        for each in [&first, &second] {
            adoptions::insert(&mut tx, each).await.unwrap();
        }
        assert!(adoptions::get(&mut tx, shop.id).await.unwrap().is_some_and(|found| found == second));
        assert_eq!(adoptions::open(&mut tx).await.unwrap(), [first.clone(), second.clone()]);
        for state in AdoptionState::ALL {
            first.adoption.state = state;
            first.adoption.trouble = Some("it's busy".to_owned());
            first.upkeep =
                Some(Upkeep::Container { running: true, restart: "on-failure".to_owned(), retries: Some(3) });
            adoptions::update(&mut tx, &first, at(9)).await.unwrap();
            first.adoption.updated_at = at(9);
            assert_eq!(adoptions::get(&mut tx, web.id).await.unwrap(), Some(first.clone()));
            let open = adoptions::open(&mut tx).await.unwrap();
            assert_eq!(open.len(), if state.is_open() { 2 } else { 1 }, "{state:?}");
        }
        let living = adoptions::living_in(&mut tx, &web.environment).await.unwrap();
        assert_eq!(living, [second, first]);
        apps::mark_destroyed(&mut tx, web.id, at(10)).await.unwrap();
        assert_eq!(adoptions::living_in(&mut tx, &web.environment).await.unwrap().len(), 1);
        assert!(adoptions::living_in(&mut tx, &"other".parse().unwrap()).await.unwrap().is_empty());
    }
}
