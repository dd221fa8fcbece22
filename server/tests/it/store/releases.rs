//! The app repository, pins and policies on both databases.

use model::auto_deploy::{Attempt, AutoDeploy, Rule};
use model::id::ReleaseId;
use model::release::{Bad, Pin, Release, ReleaseKind, ReleaseSource, ReleasesQuery, Version};
use server::store::{apps, auto_deploy, environments, pins, releases, repositories};

use super::database::all;
use super::sample::{actor, app, at, environment, id};

const DIGEST: &str = "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

fn release(image: &str, millis: i64) -> Release {
    Release {
        id: ReleaseId(id(millis, 1)),
        version: Version::of_image(image).unwrap(),
        reference: image.to_owned(),
        source: ReleaseSource::Ci,
        commit: "4f2a".to_owned(),
        branch: "main".to_owned(),
        build_url: "https://ci.example/7".to_owned(),
        notes: "faster — 更快".to_owned(),
        author: actor("ci"),
        created_at: at(millis),
        bad: None,
        runs: Vec::new(),
    }
}

#[tokio::test]
async fn releases_are_kept_found_and_marked() {
    for database in all().await {
        let mut tx = database.store.begin().await.unwrap();
        let pinned = format!("registry.example/shop/api:1@{DIGEST}");
        let (mut first, second) = (release(&pinned, 1), release("registry.example/shop/api:2", 2));
        let other = Release { branch: "dev".to_owned(), ..release("registry.example/shop/web:1", 3) };
        for each in [&first, &second, &other] {
            releases::insert(&mut tx, each).await.unwrap();
        }
        let bad = Bad { by: actor("ann"), at: at(9), reason: "leaks".to_owned() };
        first.bad = Some(bad);
        releases::update(&mut tx, &first).await.unwrap();
        assert_eq!(releases::get(&mut tx, first.id).await.unwrap(), Some(first.clone()));
        assert_eq!(releases::get(&mut tx, ReleaseId(id(8, 8))).await.unwrap(), None);
        let find = |image: &str| Version::of_image(image).unwrap();
        let by_tag = releases::of_version(&mut tx, &find("registry.example/shop/api:1")).await.unwrap();
        assert_eq!(by_tag.as_ref().map(|found| found.id), Some(first.id), "the digest is not asked for");
        let moved = find(&format!("registry.example/shop/api:1@{}", DIGEST.replace('0', "1")));
        assert_eq!(releases::of_version(&mut tx, &moved).await.unwrap(), None, "the tag has moved");
        let repository = "registry.example/shop/api";
        let marked = releases::bad_of(&mut tx, ReleaseKind::Image, repository).await.unwrap();
        assert_eq!(marked, [first.clone()]);
        let newest = releases::newest_of(&mut tx, ReleaseKind::Image, repository, 9).await.unwrap();
        assert_eq!(newest, [second.clone(), first.clone()]);

        let of_api = repositories::newest(&mut tx, repository).await.unwrap();
        assert_eq!(of_api, [(second.clone(), 2)]);
        let names = repositories::names(&mut tx, None, None, 1).await.unwrap();
        assert_eq!(names.items, [repository]);
        let rest = repositories::names(&mut tx, None, names.next.as_deref(), 1).await.unwrap();
        assert_eq!((rest.items, rest.next), (vec!["registry.example/shop/web".to_owned()], None));
        let found = repositories::names(&mut tx, Some("SHOP/W"), None, 9).await.unwrap();
        assert_eq!(found.items, ["registry.example/shop/web"]);
        let none = repositories::names(&mut tx, Some("_"), None, 9).await.unwrap();
        assert!(none.items.is_empty(), "its own signs are escaped");

        let all = ReleasesQuery::default();
        let page = releases::list(&mut tx, &all, 2).await.unwrap();
        assert_eq!(page.items, [other.clone(), second.clone()]);
        let rest = ReleasesQuery { cursor: page.next, ..all.clone() };
        let rest = releases::list(&mut tx, &rest, 2).await.unwrap();
        assert_eq!((rest.items, rest.next), (vec![first.clone()], None));
        let asked = [
            (ReleasesQuery { repository: Some(repository.to_owned()), ..all.clone() }, 2),
            (ReleasesQuery { branch: Some("dev".to_owned()), ..all.clone() }, 1),
            (ReleasesQuery { q: Some("SHOP/WEB".to_owned()), ..all.clone() }, 1),
            (ReleasesQuery { q: Some("4F2A".to_owned()), ..all.clone() }, 3),
            (ReleasesQuery { q: Some("%".to_owned()), ..all }, 0),
        ];
        for (query, count) in asked {
            assert_eq!(releases::list(&mut tx, &query, 9).await.unwrap().items.len(), count, "{query:?}");
        }
    }
}

#[tokio::test]
async fn apps_are_found_by_what_they_run_held_and_let_follow() {
    for database in all().await {
        let mut tx = database.store.begin().await.unwrap();
        environments::insert(&mut tx, &environment("local")).await.unwrap();
        let mut shop = app("local", "shop", "default");
        shop.image = Some("registry.example/shop/api:1".to_owned());
        shop.version = "registry.example/shop/api:1".to_owned();
        let mut tool = app("local", "tool", "default");
        (tool.image, tool.version) = (None, "tool/1.0".to_owned());
        let mut near = app("local", "near", "default");
        near.image = Some("registry.example/shop/api-two:1".to_owned());
        near.version = "registry.example/shop/api-two:1".to_owned();
        for each in [&shop, &tool, &near] {
            apps::insert(&mut tx, each).await.unwrap();
        }
        let images =
            releases::running(&mut tx, ReleaseKind::Image, "registry.example/shop/api").await.unwrap();
        let names: Vec<_> = images.iter().map(|(place, _)| place.app.as_str()).collect();
        assert_eq!(names, ["shop"]);
        let uploads = releases::running(&mut tx, ReleaseKind::Artifact, "tool").await.unwrap();
        assert_eq!(uploads.len(), 1);

        let version = Version::of_image("registry.example/shop/api:1").unwrap();
        let pin = Pin { version, by: actor("ann"), at: at(5), reason: "sale".to_owned() };
        pins::set(&mut tx, shop.id, &Pin { reason: "first".to_owned(), ..pin.clone() }).await.unwrap();
        pins::set(&mut tx, shop.id, &pin).await.unwrap();
        assert_eq!(pins::get(&mut tx, shop.id).await.unwrap(), Some(pin));
        assert!(pins::remove(&mut tx, shop.id).await.unwrap());
        assert!(!pins::remove(&mut tx, shop.id).await.unwrap());
        assert_eq!(pins::get(&mut tx, shop.id).await.unwrap(), None);

        let rule = Rule::Semver { range: "^1".to_owned() };
        let policy = AutoDeploy { rule, by: actor("ann"), at: at(6), last: None };
        auto_deploy::set(&mut tx, shop.id, &policy).await.unwrap();
        let attempt = Attempt { version: "x:1".to_owned(), at: at(7), refused: Some("closed".to_owned()) };
        auto_deploy::set_last(&mut tx, shop.id, &attempt).await.unwrap();
        let tried = AutoDeploy { last: Some(attempt), ..policy.clone() };
        assert_eq!(auto_deploy::all(&mut tx).await.unwrap(), [(shop.key(), tried)]);
        auto_deploy::set(&mut tx, shop.id, &policy).await.unwrap();
        assert_eq!(auto_deploy::get(&mut tx, shop.id).await.unwrap(), Some(policy), "begins anew");
        assert!(auto_deploy::remove(&mut tx, shop.id).await.unwrap());
        assert!(!auto_deploy::remove(&mut tx, shop.id).await.unwrap());
    }
}
