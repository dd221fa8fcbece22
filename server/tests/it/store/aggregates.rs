//! Every statement of environments, apps, revisions, replica sets, artifacts, idempotency and audit.

use model::api::{Artifact, PageQuery};
use model::deployment::DeploymentKind;
use model::id::{AppKey, DeploymentId};
use model::rollout::SetKey;
use server::store::apps::{self, AppFilter};
use server::store::{
    StoreError, artifacts, audit, deployments, environments, idempotency, replica_sets, revisions,
};

use super::database::all;
use super::sample::{actor, app, at, deployment, environment, id, revision, shop};

#[tokio::test]
async fn environments_are_kept() {
    for database in all().await {
        let mut tx = database.store.begin().await.unwrap();
        let mut production = environment("production");
        environments::insert(&mut tx, &production).await.unwrap();
        environments::insert(&mut tx, &environment("local")).await.unwrap();
        let names: Vec<String> =
            environments::list(&mut tx).await.unwrap().iter().map(|e| e.name.to_string()).collect();
        assert_eq!(names, ["local", "production"]);
        production.protected = false;
        production.updated_at = at(5);
        environments::update(&mut tx, &production).await.unwrap();
        assert_eq!(environments::get(&mut tx, &production.name).await.unwrap(), Some(production.clone()));
        apps::insert(&mut tx, &app("local", "shop", "team")).await.unwrap();
        apps::insert(&mut tx, &app("local", "cart", "team")).await.unwrap();
        assert_eq!(environments::app_counts(&mut tx).await.unwrap(), [("local".parse().unwrap(), 2)]);
        environments::delete(&mut tx, &production.name).await.unwrap();
        assert_eq!(environments::get(&mut tx, &production.name).await.unwrap(), None);
    }
}

#[tokio::test]
async fn apps_are_kept_and_their_names_are_free_again_afterwards() {
    for database in all().await {
        let mut shop = shop(&database.store).await;
        let mut tx = database.store.begin().await.unwrap();
        let key = shop.key();
        assert_eq!(apps::get(&mut tx, &key).await.unwrap(), Some(shop.clone()));
        shop.stable = Some(SetKey { revision: 4, generation: 2 });
        shop.stable_wanted = 9;
        shop.image = None;
        shop.last_generation = 2;
        shop.last_deployment = Some(DeploymentId(id(3, 3)));
        shop.updated_at = at(77);
        apps::update(&mut tx, &shop).await.unwrap();
        assert_eq!(apps::by_id(&mut tx, shop.id).await.unwrap(), Some(shop.clone()));
        assert_eq!(apps::next_generation(&mut tx, &key).await.unwrap(), 3);
        let nobody = AppKey { app: "nobody".parse().unwrap(), ..key.clone() };
        assert_eq!(apps::get(&mut tx, &nobody).await.unwrap(), None);
        assert_eq!(apps::get_listed(&mut tx, &nobody).await.unwrap(), None);
        assert_eq!(apps::next_generation(&mut tx, &nobody).await.unwrap(), 0);
        apps::mark_destroyed(&mut tx, shop.id, at(99)).await.unwrap();
        assert_eq!(apps::get(&mut tx, &key).await.unwrap(), None);
        assert!(apps::by_id(&mut tx, shop.id).await.unwrap().is_some());
        assert_eq!(apps::of_environment(&mut tx, &key.environment).await.unwrap(), []);
        let again = apps::AppRow { id: model::id::AppId(id(1, 1)), ..shop };
        apps::insert(&mut tx, &again).await.unwrap();
        tx.commit().await.unwrap();
        let mut tx = database.store.begin().await.unwrap();
        let third = apps::AppRow { id: model::id::AppId(id(2, 2)), ..again };
        let taken = apps::insert(&mut tx, &third).await;
        assert!(matches!(taken, Err(StoreError::Conflict(_))), "{taken:?}");
    }
}

#[tokio::test]
async fn the_list_pages_by_name_and_environment_and_filters() {
    for database in all().await {
        let mut tx = database.store.begin().await.unwrap();
        for place in ["local", "staging"] {
            environments::insert(&mut tx, &environment(place)).await.unwrap();
            for (name, project) in [("b-b", "team"), ("bb", "team"), ("a", "other"), ("b", "team")] {
                apps::insert(&mut tx, &app(place, name, project)).await.unwrap();
            }
        }
        let mut shop = app("staging", "z", "team");
        apps::insert(&mut tx, &shop).await.unwrap();
        let row = deployment(&shop, 1, 10, DeploymentKind::Create);
        deployments::insert(&mut tx, &row).await.unwrap();
        shop.last_deployment = Some(row.deployment.id);
        apps::update(&mut tx, &shop).await.unwrap();

        let mut found = Vec::new();
        let mut after = None;
        loop {
            let part = apps::list(&mut tx, &AppFilter::default(), after.as_ref(), 2).await.unwrap();
            found.extend(part.iter().map(|l| l.app.key().to_string()));
            match part.last() {
                Some(last) if part.len() == 2 => {
                    after = Some((last.app.name.to_string(), last.app.environment.to_string()));
                }
                _ => break,
            }
        }
        let expected = [
            "local/a",
            "staging/a",
            "local/b",
            "staging/b",
            "local/b-b",
            "staging/b-b",
            "local/bb",
            "staging/bb",
            "staging/z",
        ];
        assert_eq!(found, expected);

        let place = "staging".parse().unwrap();
        let project = "team".parse().unwrap();
        let filter = AppFilter { environment: Some(&place), project: Some(&project), text: Some("B:1_0%") };
        let found = apps::list(&mut tx, &filter, None, 100).await.unwrap();
        let found: Vec<&str> = found.iter().map(|l| l.app.name.as_str()).collect();
        assert_eq!(found, ["b", "b-b", "bb"]);
        let filter = AppFilter { text: Some("1x0"), ..AppFilter::default() };
        assert!(apps::list(&mut tx, &filter, None, 100).await.unwrap().is_empty(), "_ is not a wildcard");

        let outlines = apps::outlines(&mut tx, Some(&place)).await.unwrap();
        let deploying: Vec<bool> = outlines.iter().map(|o| o.deploying).collect();
        assert_eq!(deploying, [false, false, false, false, true]);
        assert_eq!(apps::outlines(&mut tx, None).await.unwrap().len(), 9);
        let listed = apps::get_listed(&mut tx, &shop.key()).await.unwrap().unwrap();
        assert_eq!(listed.last, Some(row.deployment.clone()));
        assert_eq!(apps::of_environment(&mut tx, &place).await.unwrap().len(), 5);
    }
}

#[tokio::test]
async fn revisions_are_kept_as_they_were() {
    for database in all().await {
        let shop = shop(&database.store).await;
        let mut tx = database.store.begin().await.unwrap();
        for number in 1..=5 {
            revisions::insert(&mut tx, shop.id, &revision(number)).await.unwrap();
        }
        assert_eq!(revisions::get(&mut tx, shop.id, 3).await.unwrap(), Some(revision(3)));
        assert_eq!(revisions::get(&mut tx, shop.id, 9).await.unwrap(), None);
        let definition = revisions::definition(&mut tx, shop.id, 3).await.unwrap();
        assert_eq!(definition, Some(revision(3).definition));
        assert_eq!(revisions::definition(&mut tx, shop.id, 9).await.unwrap(), None);
        let page = PageQuery { limit: Some(3), cursor: None };
        let first = revisions::list(&mut tx, shop.id, &page).await.unwrap();
        assert_eq!(first.items.iter().map(|r| r.revision).collect::<Vec<_>>(), [5, 4, 3]);
        let page = PageQuery { cursor: first.next, ..page };
        let second = revisions::list(&mut tx, shop.id, &page).await.unwrap();
        assert_eq!(second.items, [revision(2), revision(1)]);
        assert_eq!(second.next, None);
    }
}

#[tokio::test]
async fn wanted_counts_are_set_and_forgotten() {
    for database in all().await {
        let shop = shop(&database.store).await;
        let mut tx = database.store.begin().await.unwrap();
        let (old, new) = (SetKey { revision: 1, generation: 0 }, SetKey { revision: 2, generation: 1 });
        replica_sets::set_wanted(&mut tx, shop.id, new, 1, at(0)).await.unwrap();
        replica_sets::set_wanted(&mut tx, shop.id, old, 3, at(0)).await.unwrap();
        replica_sets::set_wanted(&mut tx, shop.id, old, 2, at(1)).await.unwrap();
        assert_eq!(replica_sets::wanted_of_app(&mut tx, shop.id).await.unwrap(), [(old, 2), (new, 1)]);
        let rows = replica_sets::of_environment(&mut tx, &shop.environment).await.unwrap();
        let rows: Vec<_> = rows.iter().map(|row| (row.app.as_str(), row.key, row.wanted)).collect();
        assert_eq!(rows, [("shop", old, 2), ("shop", new, 1)]);
        replica_sets::delete(&mut tx, shop.id, old).await.unwrap();
        assert_eq!(replica_sets::wanted_of_app(&mut tx, shop.id).await.unwrap(), [(new, 1)]);
        replica_sets::delete_all(&mut tx, shop.id).await.unwrap();
        assert_eq!(replica_sets::wanted_of_app(&mut tx, shop.id).await.unwrap(), []);
    }
}

#[tokio::test]
async fn artifacts_page_by_name_and_version() {
    for database in all().await {
        let mut tx = database.store.begin().await.unwrap();
        let artifact = |name: &str, version: &str| Artifact {
            name: name.to_owned(),
            version: version.to_owned(),
            digest: "sha256:00".to_owned(),
            size: 1 << 40,
            created_at: at(3),
        };
        for (name, version) in [("b", "1"), ("a", "2"), ("a", "10")] {
            artifacts::insert(&mut tx, &artifact(name, version)).await.unwrap();
        }
        assert_eq!(artifacts::get(&mut tx, "a", "2").await.unwrap(), Some(artifact("a", "2")));
        assert_eq!(artifacts::get(&mut tx, "a", "3").await.unwrap(), None);
        let page = PageQuery { limit: Some(2), cursor: None };
        let first = artifacts::list(&mut tx, &page).await.unwrap();
        assert_eq!(first.items, [artifact("a", "10"), artifact("a", "2")]);
        let page = PageQuery { cursor: first.next, ..page };
        assert_eq!(artifacts::list(&mut tx, &page).await.unwrap().items, [artifact("b", "1")]);
        let foreign = PageQuery { cursor: Some("e30".to_owned()), limit: None };
        let refused = artifacts::list(&mut tx, &foreign).await;
        assert!(matches!(refused, Err(StoreError::Cursor)), "{refused:?}");
        tx.commit().await.unwrap();
        let mut tx = database.store.begin().await.unwrap();
        let taken = artifacts::insert(&mut tx, &artifact("a", "2")).await;
        assert!(matches!(taken, Err(StoreError::Conflict(_))), "{taken:?}");
    }
}

#[tokio::test]
async fn idempotency_keys_are_claimed_answered_and_forgotten() {
    for database in all().await {
        let mut tx = database.store.begin().await.unwrap();
        assert_eq!(idempotency::get(&mut tx, "ada", "k").await.unwrap(), None);
        idempotency::claim(&mut tx, "ada", "k", "hash", at(0)).await.unwrap();
        let stored = idempotency::get(&mut tx, "ada", "k").await.unwrap().unwrap();
        assert_eq!((stored.body_hash.as_str(), stored.answer, stored.created_at), ("hash", None, at(0)));
        idempotency::answer(&mut tx, "ada", "k", 202, "{}").await.unwrap();
        let stored = idempotency::get(&mut tx, "ada", "k").await.unwrap().unwrap();
        assert_eq!(stored.answer, Some((202, "{}".to_owned())));
        assert_eq!(idempotency::get(&mut tx, "bob", "k").await.unwrap(), None);
        idempotency::claim(&mut tx, "ada", "k", "other", at(5)).await.unwrap();
        assert_eq!(idempotency::get(&mut tx, "ada", "k").await.unwrap().unwrap().answer, None);
        idempotency::claim(&mut tx, "bob", "k", "hash", at(9)).await.unwrap();
        idempotency::expire(&mut tx, at(6)).await.unwrap();
        assert_eq!(idempotency::get(&mut tx, "ada", "k").await.unwrap(), None);
        idempotency::release(&mut tx, "bob", "k").await.unwrap();
        assert_eq!(idempotency::get(&mut tx, "bob", "k").await.unwrap(), None);
    }
}

#[tokio::test]
async fn the_audit_log_reads_newest_first() {
    for database in all().await {
        let mut tx = database.store.begin().await.unwrap();
        for number in 1..=3 {
            let entry = audit::NewEntry {
                time: at(number),
                actor: &actor("ada"),
                action: "app.scale",
                target: "local/shop",
                reason: "more",
                detail: serde_json::json!({ "to": number }),
            };
            audit::insert(&mut tx, entry).await.unwrap();
        }
        let page = PageQuery { limit: Some(2), cursor: None };
        let first = audit::list(&mut tx, &page).await.unwrap();
        assert_eq!(first.items.iter().map(|e| e.id).collect::<Vec<_>>(), [3, 2]);
        assert_eq!(first.items[0].detail["to"], 3);
        let page = PageQuery { cursor: first.next, ..page };
        let second = audit::list(&mut tx, &page).await.unwrap();
        assert_eq!((second.items[0].time, second.items[0].reason.as_str()), (at(1), "more"));
        assert_eq!(second.next, None);
    }
}
