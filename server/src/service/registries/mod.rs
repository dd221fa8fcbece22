//! Registries: who may change them, what is known of them, and what an image stands for.

mod complete;
mod hook;
mod resolve;
mod standing;
mod trouble;
mod write;

use std::time::{Duration, Instant};

use adapters::registry::RegistryError;
use app::port::{Answer, Registries};
use async_trait::async_trait;
use model::api::Page;
use model::duration::Span;
use model::id::RegistryName;
use model::image::ImageReference;
use model::permission::{Caller, Permission};
use model::problem::Problem;
use model::registry::{
    CreatedRegistry, KnownTag, NamesQuery, Registry, RegistryInput, RegistryTest, Repository, Resolution,
    Suggestion,
};
use model::release::ReleaseKind;

pub use self::hook::Hooks;
pub use self::resolve::resolve;
pub use self::standing::{Standing, standing};
use super::Core;
use super::releases::known::{running, spellings};
use crate::registry::host_of;
use crate::store::registries::{self as rows, RegistryRow};
use crate::store::{AnyConnection, registry_repositories, registry_tags, releases};

/// Longest that a connection test takes.
const TEST: Duration = Duration::from_secs(20);

/// The port [`Registries`].
#[derive(Clone)]
pub struct RegistryService {
    core: Core,
}

impl RegistryService {
    pub const fn new(core: Core) -> Self {
        Self { core }
    }
}

async fn row(connection: &mut AnyConnection, name: &RegistryName) -> Result<RegistryRow, Problem> {
    rows::get(connection, name).await?.ok_or_else(|| Problem::not_found("registry", name))
}

#[async_trait]
impl Registries for RegistryService {
    async fn list(&self, caller: &Caller) -> Answer<Vec<Registry>> {
        caller.require(Permission::View)?;
        let found = rows::list(&mut *self.core.store.read().await?).await?;
        Ok(found.iter().map(|row| self.core.registries.show(row)).collect())
    }

    async fn get(&self, caller: &Caller, name: &RegistryName) -> Answer<Registry> {
        caller.require(Permission::View)?;
        let row = row(&mut *self.core.store.read().await?, name).await?;
        Ok(self.core.registries.show(&row))
    }

    async fn create(&self, caller: &Caller, input: RegistryInput) -> Answer<CreatedRegistry> {
        write::create(&self.core, caller, input).await
    }

    async fn update(&self, caller: &Caller, name: &RegistryName, input: RegistryInput) -> Answer<Registry> {
        write::update(&self.core, caller, name, input).await
    }

    async fn delete(&self, caller: &Caller, name: &RegistryName) -> Answer<()> {
        write::delete(&self.core, caller, name).await
    }

    async fn renew_hook_secret(&self, caller: &Caller, name: &RegistryName) -> Answer<CreatedRegistry> {
        write::renew_hook_secret(&self.core, caller, name).await
    }

    async fn test(&self, caller: &Caller, name: &RegistryName) -> Answer<RegistryTest> {
        caller.require(Permission::Administer)?;
        let row = row(&mut *self.core.store.read().await?, name).await?;
        let began = Instant::now();
        let took = || Span::from_millis(u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX));
        let client = match self.core.registries.client_of(&row, None) {
            Ok(client) => client,
            Err(trouble) => {
                return Ok(RegistryTest {
                    ok: false,
                    took: took(),
                    repositories: None,
                    trouble: Some(trouble),
                });
            }
        };
        let asking = async {
            client.probe().await?;
            match client.repositories().await {
                Ok(names) => Ok(Some(u32::try_from(names.len()).unwrap_or(u32::MAX))),
                Err(RegistryError::NoCatalogue) => Ok(None),
                Err(error) => Err(error),
            }
        };
        let asked = tokio::time::timeout(TEST, asking).await.unwrap_or(Err(RegistryError::Timeout(TEST)));
        Ok(match asked {
            Ok(repositories) => RegistryTest { ok: true, took: took(), repositories, trouble: None },
            Err(error) => {
                RegistryTest { ok: false, took: took(), repositories: None, trouble: Some(error.trouble()) }
            }
        })
    }

    async fn sync(&self, caller: &Caller, name: &RegistryName) -> Answer<Registry> {
        caller.require(Permission::ChangeApps)?;
        let row = row(&mut *self.core.store.read().await?, name).await?;
        self.core.registries.wake(row.id);
        Ok(self.core.registries.show(&row))
    }

    async fn repositories(
        &self,
        caller: &Caller,
        name: &RegistryName,
        query: &NamesQuery,
    ) -> Answer<Page<Repository>> {
        caller.require(Permission::View)?;
        let mut reader = self.core.store.read().await?;
        let row = row(&mut reader, name).await?;
        let mut page = registry_repositories::page(&mut reader, row.id, query).await?;
        page.items = page
            .items
            .into_iter()
            .map(|repository| self.core.registries.with_progress(row.id, repository))
            .collect();
        Ok(page)
    }

    async fn repository(&self, caller: &Caller, name: &RegistryName, repository: &str) -> Answer<Repository> {
        caller.require(Permission::View)?;
        let mut reader = self.core.store.read().await?;
        let row = row(&mut reader, name).await?;
        let found = registry_repositories::get(&mut reader, row.id, repository).await?;
        let found = found.ok_or_else(|| Problem::not_found("repository", format!("{name}/{repository}")))?;
        Ok(self.core.registries.with_progress(row.id, found))
    }

    async fn tags(
        &self,
        caller: &Caller,
        name: &RegistryName,
        repository: &str,
        query: &NamesQuery,
    ) -> Answer<Page<KnownTag>> {
        caller.require(Permission::View)?;
        let mut reader = self.core.store.read().await?;
        let row = row(&mut reader, name).await?;
        let known = registry_repositories::get(&mut reader, row.id, repository).await?;
        let known = known.ok_or_else(|| Problem::not_found("repository", format!("{name}/{repository}")))?;
        let page = registry_tags::page(&mut reader, row.id, repository, query).await?;
        let names = spellings(ReleaseKind::Image, &known.image);
        let told = releases::of_tags(&mut reader, &names, &page.items).await?;
        let running = running(&mut reader, ReleaseKind::Image, &names).await?;
        let items = page.items.into_iter().map(|tag| KnownTag::of(tag, &told, &running)).collect();
        Ok(Page { items, next: page.next })
    }

    async fn of_image(&self, caller: &Caller, image: &str) -> Answer<Option<Repository>> {
        caller.require(Permission::View)?;
        let Ok(reference) = image.parse::<ImageReference>() else { return Ok(None) };
        let mut reader = self.core.store.read().await?;
        let Some(row) = rows::by_host(&mut reader, &host_of(&reference.registry)).await? else {
            return Ok(None);
        };
        let found = registry_repositories::get(&mut reader, row.id, &reference.repository).await?;
        Ok(found.map(|repository| self.core.registries.with_progress(row.id, repository)))
    }

    async fn complete(&self, caller: &Caller, text: &str) -> Answer<Vec<Suggestion>> {
        caller.require(Permission::View)?;
        complete::complete(&self.core, text).await
    }

    async fn resolve(&self, caller: &Caller, image: &str) -> Answer<Resolution> {
        caller.require(Permission::View)?;
        resolve(&self.core, image, "/image").await
    }
}
