//! The contract of a registry as a suite of cases. Every implementation runs all of them on a [`Bench`] of its own.

pub mod docker;
pub mod push;

use std::sync::Arc;

use async_trait::async_trait;
use futures::future::BoxFuture;

use self::push::Image;
use super::{Registry, RegistryError};

/// A digest that nothing has.
pub const NO_DIGEST: &str = "sha256:0000000000000000000000000000000000000000000000000000000000000000";

/// What a case needs from the registry's side.
#[async_trait]
pub trait Bench: Send + Sync {
    fn registry(&self) -> Arc<dyn Registry>;
    /// Pushes an image under a tag; returns its digest.
    async fn push(&self, repository: &str, tag: &str, image: &Image) -> String;
    /// Whether the repositories can be listed with this bench's account.
    fn has_catalogue(&self) -> bool;
}

type Case = for<'a> fn(&'a dyn Bench) -> BoxFuture<'a, ()>;

/// Every case by name. Each works in a repository of its own.
pub const CASES: &[(&str, Case)] = &[
    ("it_answers", |bench| Box::pin(it_answers(bench))),
    ("repositories_are_listed", |bench| Box::pin(repositories_are_listed(bench))),
    ("tags_are_listed", |bench| Box::pin(tags_are_listed(bench))),
    ("a_tag_stands_for_a_digest", |bench| Box::pin(a_tag_stands_for_a_digest(bench))),
    ("a_tag_can_be_moved", |bench| Box::pin(a_tag_can_be_moved(bench))),
    ("an_image_says_what_it_is", |bench| Box::pin(an_image_says_what_it_is(bench))),
    ("an_index_says_its_platforms", |bench| Box::pin(an_index_says_its_platforms(bench))),
    ("what_is_not_there_is_told_from_trouble", |bench| Box::pin(what_is_not_there(bench))),
];

async fn it_answers(bench: &dyn Bench) {
    assert_eq!(bench.registry().probe().await, Ok(()));
}

async fn repositories_are_listed(bench: &dyn Bench) {
    bench.push("listed/one", "1", &Image::of("amd64")).await;
    bench.push("listed/two", "1", &Image::of("amd64")).await;
    match bench.registry().repositories().await {
        Ok(names) => {
            assert!(bench.has_catalogue(), "{names:?}");
            for name in ["listed/one", "listed/two"] {
                assert!(names.iter().any(|known| known == name), "{name} in {names:?}");
            }
        }
        Err(error) => assert_eq!((error, bench.has_catalogue()), (RegistryError::NoCatalogue, false)),
    }
}

async fn tags_are_listed(bench: &dyn Bench) {
    for tag in ["1.0.0", "1.1.0", "latest"] {
        bench.push("shop/tags", tag, &Image::of("amd64")).await;
    }
    let tags = bench.registry().tags("shop/tags").await.expect("tags");
    let mut names: Vec<_> = tags.into_iter().map(|tag| tag.name).collect();
    names.sort();
    assert_eq!(names, ["1.0.0", "1.1.0", "latest"]);
}

async fn a_tag_stands_for_a_digest(bench: &dyn Bench) {
    let digest = bench.push("shop/resolved", "1.0.0", &Image::of("amd64")).await;
    let registry = bench.registry();
    assert_eq!(registry.resolve("shop/resolved", "1.0.0").await, Ok(Some(digest.clone())));
    assert_eq!(registry.resolve("shop/resolved", &digest).await, Ok(Some(digest)));
}

async fn a_tag_can_be_moved(bench: &dyn Bench) {
    let registry = bench.registry();
    let first = bench.push("shop/moved", "1.0.0", &Image::of("amd64")).await;
    let second = bench.push("shop/moved", "1.0.0", &Image::of("amd64").layer(b"another")).await;
    assert_ne!(first, second);
    assert_eq!(registry.resolve("shop/moved", "1.0.0").await, Ok(Some(second)));
    assert_eq!(registry.resolve("shop/moved", &first).await, Ok(Some(first)), "it stays under its digest");
}

async fn an_image_says_what_it_is(bench: &dyn Bench) {
    let image = Image::of("amd64")
        .layer(b"twelve bytes")
        .label("org.opencontainers.image.revision", "4f2c0de")
        .label("org.opencontainers.image.source", "https://git.example/shop")
        .label("org.opencontainers.image.url", "https://ci.example/4711")
        .created("2026-11-20T10:00:00Z");
    let digest = bench.push("shop/described", "1.0.0", &image).await;
    let seen =
        bench.registry().describe("shop/described", &digest).await.expect("an answer").expect("an image");
    assert_eq!(seen.size, Some(12));
    assert_eq!(seen.platforms, ["linux/amd64"]);
    assert_eq!(seen.commit.as_deref(), Some("4f2c0de"));
    assert_eq!(seen.source.as_deref(), Some("https://git.example/shop"));
    assert_eq!(seen.build_url.as_deref(), Some("https://ci.example/4711"));
    assert_eq!(seen.created_at.map(|time| time.to_string()).as_deref(), Some("2026-11-20T10:00:00.000Z"));
}

async fn an_index_says_its_platforms(bench: &dyn Bench) {
    let image = Image::of("amd64").and("arm64").annotation("org.opencontainers.image.revision", "9a9a9a9");
    let digest = bench.push("shop/index", "1.0.0", &image).await;
    let registry = bench.registry();
    assert_eq!(registry.resolve("shop/index", "1.0.0").await, Ok(Some(digest.clone())));
    let seen = registry.describe("shop/index", &digest).await.expect("an answer").expect("an index");
    assert_eq!(seen.platforms, ["linux/amd64", "linux/arm64"]);
    assert_eq!(seen.commit.as_deref(), Some("9a9a9a9"));
    assert!(seen.size.is_some_and(|size| size > 0), "{seen:?}");
}

async fn what_is_not_there(bench: &dyn Bench) {
    bench.push("shop/there", "1.0.0", &Image::of("amd64")).await;
    let registry = bench.registry();
    assert_eq!(registry.resolve("shop/there", "2.0.0").await, Ok(None));
    assert_eq!(registry.resolve("shop/there", NO_DIGEST).await, Ok(None));
    assert_eq!(registry.describe("shop/there", NO_DIGEST).await, Ok(None));
    let unknown = registry.tags("shop/nowhere").await;
    assert!(matches!(unknown, Err(RegistryError::NotFound(_))), "{unknown:?}");
}
