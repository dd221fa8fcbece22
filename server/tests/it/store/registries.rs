//! Registries and what was last read of them.

use model::duration::Span;
use model::id::{RegistryId, ReleaseId};
use model::registry::{
    NamesQuery, RegistryKind, RegistryState, RegistryTrouble, Settings, Tag, TroubleCode, Vulnerabilities,
};
use model::release::{Bad, Release, ReleaseSource, Version};
use server::store::newer::{Running, candidates};
use server::store::registries::{self, RegistryRow};
use server::store::registry_tags::TagRow;
use server::store::repositories::names;
use server::store::{
    Store, StoreError, registry_repositories as repositories, registry_tags as tags, releases,
};

use super::database::all;
use super::sample::{actor, at, id};

fn registry(name: &str) -> RegistryRow {
    RegistryRow {
        id: RegistryId(id(0, name.len() as u64)),
        settings: Settings {
            name: name.parse().unwrap(),
            kind: RegistryKind::Harbor,
            url: format!("https://{name}.example"),
            host: format!("{name}.example"),
            username: Some("robot$ci".to_owned()),
            ca: None,
            insecure: true,
            repositories: vec!["shop/api".to_owned()],
            poll: Span::from_secs(60),
        },
        password: Some("v1.sealed".to_owned()),
        hook_secret: "v1.other".to_owned(),
        state: RegistryState::Unknown,
        synced_at: None,
        created_at: at(0),
        updated_at: at(1),
    }
}

fn release(number: i64, version: Version) -> Release {
    Release {
        id: ReleaseId(id(number, 1)),
        reference: version.to_string(),
        version,
        source: ReleaseSource::Ci,
        commit: String::new(),
        branch: String::new(),
        build_url: String::new(),
        notes: String::new(),
        author: actor("ci"),
        created_at: at(0),
        bad: None,
        runs: Vec::new(),
    }
}

fn tag(name: &str, digest: &str, millis: i64) -> TagRow {
    let tag = Tag {
        name: name.to_owned(),
        digest: digest.to_owned(),
        pushed_at: at(millis),
        created_at: None,
        size: None,
        platforms: Vec::new(),
        commit: None,
        source: None,
        build_url: None,
        version: None,
        vulnerabilities: None,
        moved_from: None,
        moved_at: None,
        gone: false,
    };
    TagRow { tag, checked_at: at(millis) }
}

async fn filled(store: &Store) -> RegistryRow {
    let row = registry("harbor");
    let mut tx = store.begin().await.unwrap();
    registries::insert(&mut tx, &row).await.unwrap();
    repositories::set_listed(&mut tx, row.id, "shop/api", true).await.unwrap();
    repositories::set_listed(&mut tx, row.id, "shop/web", true).await.unwrap();
    for number in 0..5 {
        let tag = tag(&format!("1.{number}.0"), &format!("sha256:{number}"), number);
        tags::put(&mut tx, row.id, "shop/api", &tag).await.unwrap();
    }
    repositories::summarise(&mut tx, row.id, "shop/api", Some(at(9))).await.unwrap();
    tx.commit().await.unwrap();
    row
}

fn asked(q: Option<&str>, limit: u32, cursor: Option<String>) -> NamesQuery {
    NamesQuery { q: q.map(str::to_owned), limit: Some(limit), cursor }
}

#[tokio::test]
async fn a_registry_is_kept_changed_and_forgotten_with_all_that_is_known_of_it() {
    for database in all().await {
        let store = &database.store;
        let mut row = filled(store).await;
        let mut reader = store.read().await.unwrap();
        assert_eq!(registries::list(&mut reader).await.unwrap(), [row.clone()]);
        assert_eq!(registries::get(&mut reader, &row.settings.name).await.unwrap(), Some(row.clone()));
        assert_eq!(registries::by_id(&mut reader, row.id).await.unwrap(), Some(row.clone()));
        assert_eq!(registries::by_host(&mut reader, "harbor.example").await.unwrap(), Some(row.clone()));
        assert_eq!(registries::by_host(&mut reader, "other.example").await.unwrap(), None);
        drop(reader);

        let mut tx = store.begin().await.unwrap();
        let again =
            registries::insert(&mut tx, &RegistryRow { id: RegistryId(id(1, 1)), ..row.clone() }).await;
        assert!(matches!(again, Err(StoreError::Conflict(_))), "{again:?}");
        drop(tx);

        row.settings.username = None;
        row.password = None;
        row.settings.poll = Span::from_secs(10);
        row.updated_at = at(5);
        let trouble = RegistryTrouble { code: TroubleCode::Timeout, detail: "too slow".to_owned() };
        row.state = RegistryState::Failing { since: at(6), trouble, retry_at: Some(at(7)) };
        row.synced_at = Some(at(4));
        let mut tx = store.begin().await.unwrap();
        registries::update(&mut tx, &row).await.unwrap();
        registries::set_state(&mut tx, row.id, &RegistryState::Reachable, row.synced_at).await.unwrap();
        registries::set_state(&mut tx, row.id, &row.state, None).await.unwrap();
        tx.commit().await.unwrap();
        let read = registries::by_id(&mut store.read().await.unwrap(), row.id).await.unwrap();
        assert_eq!(read, Some(row.clone()), "an attempt that failed keeps the time of the last good one");

        let mut tx = store.begin().await.unwrap();
        registries::delete(&mut tx, row.id).await.unwrap();
        tx.commit().await.unwrap();
        let mut reader = store.read().await.unwrap();
        assert_eq!(registries::list(&mut reader).await.unwrap(), []);
        assert_eq!(repositories::listed(&mut reader, row.id).await.unwrap(), Vec::<String>::new());
        assert_eq!(tags::all(&mut reader, row.id, "shop/api").await.unwrap(), []);
    }
}

#[tokio::test]
async fn repositories_have_pages_and_are_found_by_a_part() {
    for database in all().await {
        let row = filled(&database.store).await;
        let mut reader = database.store.read().await.unwrap();
        let first = repositories::page(&mut reader, row.id, &asked(None, 1, None)).await.unwrap();
        assert_eq!((first.items[0].name.as_str(), first.items[0].tags), ("shop/api", 5));
        assert_eq!(first.items[0].image, "harbor.example/shop/api");
        assert_eq!(first.items[0].newest.as_deref(), Some("1.4.0"));
        assert_eq!((first.items[0].pushed_at, first.items[0].synced_at), (Some(at(4)), Some(at(9))));
        let rest = repositories::page(&mut reader, row.id, &asked(None, 5, first.next)).await.unwrap();
        assert_eq!(rest.items.iter().map(|r| r.name.as_str()).collect::<Vec<_>>(), ["shop/web"]);
        let found = repositories::page(&mut reader, row.id, &asked(Some("WEB"), 5, None)).await.unwrap();
        assert_eq!(found.items.len(), 1);
        let found = repositories::search(&mut reader, "harbor.example/shop/a", 5).await.unwrap();
        assert_eq!(found.iter().map(|r| r.name.as_str()).collect::<Vec<_>>(), ["shop/api"]);
        assert_eq!(repositories::search(&mut reader, "", 5).await.unwrap().len(), 2);
        assert_eq!(repositories::get(&mut reader, row.id, "shop/none").await.unwrap(), None);
        drop(reader);
        let mut tx = database.store.begin().await.unwrap();
        repositories::set_listed(&mut tx, row.id, "shop/web", false).await.unwrap();
        tx.commit().await.unwrap();
        let mut reader = database.store.read().await.unwrap();
        assert_eq!(repositories::listed(&mut reader, row.id).await.unwrap(), ["shop/api"]);
        assert!(repositories::get(&mut reader, row.id, "shop/web").await.unwrap().is_some_and(|r| r.gone));
    }
}

#[tokio::test]
async fn what_registries_list_and_what_was_released_is_one_list() {
    for database in all().await {
        let row = filled(&database.store).await;
        let mut tx = database.store.begin().await.unwrap();
        let digest = format!("sha256:{}", "1".repeat(64));
        for (number, image) in
            ["harbor.example/shop/api:1.0.0".to_owned(), format!("harbor.example/shop/old:1@{digest}")]
                .iter()
                .enumerate()
        {
            let version = Version::of_image(image).unwrap();
            releases::insert(&mut tx, &release(i64::try_from(number).unwrap(), version)).await.unwrap();
        }
        tx.commit().await.unwrap();
        let mut reader = database.store.read().await.unwrap();
        let mut seen = Vec::new();
        let mut cursor: Option<String> = None;
        loop {
            let page = names(&mut reader, None, cursor.as_deref(), 1).await.unwrap();
            seen.extend(page.items);
            cursor = page.next;
            if cursor.is_none() {
                break;
            }
        }
        assert_eq!(seen, ["harbor.example/shop/api", "harbor.example/shop/old", "harbor.example/shop/web"]);
        let found = repositories::of_image(&mut reader, "harbor.example", "shop/api").await.unwrap();
        assert_eq!(found.map(|found| found.registry), Some(row.settings.name.clone()));
        assert_eq!(repositories::of_image(&mut reader, "harbor.example", "shop/old").await.unwrap(), None);
        let known = tags::page(&mut reader, row.id, "shop/api", &asked(None, 9, None)).await.unwrap().items;
        let spellings = ["harbor.example/shop/api".to_owned(), "harbor.example/shop/old".to_owned()];
        let told = releases::of_tags(&mut reader, &spellings, &known).await.unwrap();
        assert_eq!(
            told.iter().map(|told| told.reference.as_str()).collect::<Vec<_>>(),
            ["harbor.example/shop/api:1.0.0"]
        );
        assert_eq!(releases::of_tags(&mut reader, &spellings, &[]).await.unwrap(), []);
    }
}

#[tokio::test]
async fn tags_come_by_push_time_in_pages() {
    for database in all().await {
        let row = filled(&database.store).await;
        let mut reader = database.store.read().await.unwrap();
        let mut seen = Vec::new();
        let mut cursor = None;
        loop {
            let page = tags::page(&mut reader, row.id, "shop/api", &asked(None, 2, cursor)).await.unwrap();
            seen.extend(page.items.into_iter().map(|tag| tag.name));
            cursor = page.next;
            if cursor.is_none() {
                break;
            }
        }
        assert_eq!(seen, ["1.4.0", "1.3.0", "1.2.0", "1.1.0", "1.0.0"]);
        let found = tags::page(&mut reader, row.id, "shop/api", &asked(Some("3.0"), 5, None)).await.unwrap();
        assert_eq!(found.items.iter().map(|tag| tag.name.as_str()).collect::<Vec<_>>(), ["1.3.0"]);
    }
}

#[tokio::test]
async fn a_tag_is_moved_goes_and_comes_back() {
    for database in all().await {
        let store = &database.store;
        let row = filled(store).await;
        let mut moved = tag("1.0.0", "sha256:new", 50);
        moved.tag.moved_from = Some("sha256:0".to_owned());
        moved.tag.moved_at = Some(at(50));
        moved.tag.size = Some(1 << 40);
        moved.tag.platforms = vec!["linux/amd64".to_owned()];
        moved.tag.commit = Some("4f2c".to_owned());
        moved.tag.vulnerabilities = Some(Vulnerabilities { critical: 2, ..Vulnerabilities::default() });
        let mut tx = store.begin().await.unwrap();
        tags::put(&mut tx, row.id, "shop/api", &moved).await.unwrap();
        tags::set_checked(&mut tx, row.id, "shop/api", "1.1.0", at(60)).await.unwrap();
        tags::set_gone(&mut tx, row.id, "shop/api", "1.2.0", at(60)).await.unwrap();
        tags::set_gone(&mut tx, row.id, "shop/api", "1.3.0", at(61)).await.unwrap();
        repositories::summarise(&mut tx, row.id, "shop/api", None).await.unwrap();
        tx.commit().await.unwrap();
        let mut reader = store.read().await.unwrap();
        assert_eq!(tags::get(&mut reader, row.id, "shop/api", "1.0.0").await.unwrap(), Some(moved.clone()));
        assert_eq!(
            tags::by_digest(&mut reader, row.id, "shop/api", "sha256:new").await.unwrap(),
            Some(moved.clone())
        );
        assert_eq!(tags::by_digest(&mut reader, row.id, "shop/api", "sha256:0").await.unwrap(), None);
        let checked = tags::get(&mut reader, row.id, "shop/api", "1.1.0").await.unwrap().unwrap();
        assert_eq!((checked.checked_at, checked.tag.pushed_at), (at(60), at(1)));
        let summary = repositories::get(&mut reader, row.id, "shop/api").await.unwrap().unwrap();
        assert_eq!((summary.tags, summary.pushed_at, summary.synced_at), (3, Some(at(50)), Some(at(9))));
        drop(reader);
        let mut tx = store.begin().await.unwrap();
        tags::put(&mut tx, row.id, "shop/api", &tag("1.2.0", "sha256:2", 2)).await.unwrap();
        tags::forget(&mut tx, row.id, "shop/api", at(100)).await.unwrap();
        tx.commit().await.unwrap();
        let left = tags::all(&mut store.read().await.unwrap(), row.id, "shop/api").await.unwrap();
        let mut names: Vec<_> = left.iter().map(|row| (row.tag.name.as_str(), row.tag.gone)).collect();
        names.sort_unstable();
        assert_eq!(names, [("1.0.0", false), ("1.1.0", false), ("1.2.0", false), ("1.4.0", false)]);
    }
}

#[tokio::test]
async fn what_could_be_newer_is_a_few_tags_of_each_image_by_one_question() {
    for database in all().await {
        let store = &database.store;
        let row = filled(store).await;
        let mut tx = store.begin().await.unwrap();
        let bad = format!("sha256:{}", "b".repeat(64));
        for (name, digest, pushed) in [
            ("1.10.0", "sha256:ten", 1),
            ("2.0.0-rc.1", "sha256:rc", 2),
            ("nightly", "sha256:n", 99),
            ("3.0.0", bad.as_str(), 3),
        ] {
            tags::put(&mut tx, row.id, "shop/api", &tag(name, digest, pushed)).await.unwrap();
        }
        tags::put(&mut tx, row.id, "shop/api", &tag("9.0.0", "sha256:gone", 3)).await.unwrap();
        tags::set_gone(&mut tx, row.id, "shop/api", "9.0.0", at(5)).await.unwrap();
        let version = Version::of_image(&format!("harbor.example/shop/api:3.0.0@{bad}")).unwrap();
        let mut marked = release(0, version);
        releases::insert(&mut tx, &marked).await.unwrap();
        marked.bad = Some(Bad { by: actor("ann"), at: at(9), reason: "leaks".to_owned() });
        releases::update(&mut tx, &marked).await.unwrap();
        sqlx::query("UPDATE registry_tags SET precedence = NULL WHERE name = '1.10.0'")
            .execute(&mut *tx)
            .await
            .unwrap();
        tags::set_precedence(&mut tx, row.id, "shop/api").await.unwrap();
        tx.commit().await.unwrap();
        let of = |host: &str, tag: &str| Running {
            host: host.to_owned(),
            repository: "shop/api".to_owned(),
            named: "harbor.example/shop/api".to_owned(),
            tag: tag.to_owned(),
        };
        let wanted = [of("harbor.example", "1.2.0"), of("none.example", "1"), of("harbor.example", "latest")];
        let found = candidates(&mut store.read().await.unwrap(), &wanted).await.unwrap();
        let names = |index: usize| {
            let mut names: Vec<_> = found[index].iter().map(|each| each.name.as_str()).collect();
            names.sort_unstable();
            names
        };
        assert_eq!(names(0), ["1.10.0", "1.2.0", "2.0.0-rc.1", "nightly"]);
        assert_eq!((names(1), names(2)), (vec![], vec!["1.10.0", "2.0.0-rc.1", "nightly"]));
        assert_eq!(candidates(&mut store.read().await.unwrap(), &[]).await.unwrap(), Vec::<Vec<_>>::new());
    }
}
