//! What an image stands for: its registry is asked once, for a short while; what is known answers where it does not.

use std::time::Duration;

use adapters::registry::RegistryError;
use model::image::{DEFAULT_TAG, ImageReference};
use model::problem::{Fault, FieldError, Problem};
use model::registry::{NamesQuery, RegistryTrouble, Resolution, TroubleCode};

use super::trouble;
use crate::registry::host_of;
use crate::service::Core;
use crate::store::registries::{self as rows, RegistryRow};
use crate::store::{StoreError, registry_tags};

/// How long a registry may take before what is known is used.
const PATIENCE: Duration = Duration::from_secs(3);
/// Newest tags among which the nearest are looked for.
const LOOKED_AT: u32 = 500;
/// Tags that are named when there is none of the name that was asked for.
const NEAREST: usize = 5;

/// What the registry said, or what was known.
pub enum Said {
    Digest(String),
    Nothing,
    Trouble(RegistryTrouble),
}

/// `path` is where the image stands in the request's body. An image of a registry that is not ours is left as it is typed:
/// the engine that pulls it may resolve it.
pub async fn resolve(core: &Core, image: &str, path: &str) -> Result<Resolution, Problem> {
    let invalid = |fault| Problem::invalid(vec![FieldError::new(path, fault)]);
    let reference: ImageReference = image.parse().map_err(|_| invalid(Fault::NotImage))?;
    let registry = rows::by_host(&mut *core.store.read().await?, &host_of(&reference.registry)).await?;
    let as_typed = Resolution {
        image: image.to_owned(),
        pinned: image.to_owned(),
        registry: registry.as_ref().map(|row| row.settings.name.clone()),
        digest: reference.digest.clone(),
        known_since: None,
    };
    let (Some(row), Some(tag), None) = (registry, reference.wanted_tag(), &reference.digest) else {
        return Ok(as_typed);
    };
    let typed = if reference.tag.is_some() { image.to_owned() } else { format!("{image}:{DEFAULT_TAG}") };
    let pinned = |digest: String| Resolution {
        pinned: format!("{typed}@{digest}"),
        digest: Some(digest),
        ..as_typed.clone()
    };
    match ask(core, &row, &reference.repository, tag).await {
        Said::Digest(digest) => Ok(pinned(digest)),
        Said::Nothing => Err(invalid(missing(core, &row, &reference.repository, tag).await?)),
        Said::Trouble(trouble) => {
            let mut reader = core.store.read().await?;
            let known = registry_tags::get(&mut reader, row.id, &reference.repository, tag).await?;
            match known.filter(|known| !known.tag.gone) {
                Some(known) => {
                    Ok(Resolution { known_since: Some(known.checked_at), ..pinned(known.tag.digest) })
                }
                None => Err(trouble::unknown(&row.settings.name, image, &trouble)),
            }
        }
    }
}

/// Asks once, for a short while: by a tag or by a digest.
pub async fn ask(core: &Core, row: &RegistryRow, repository: &str, reference: &str) -> Said {
    let client = match core.registries.client(row.id) {
        Some(Ok(client)) => client,
        Some(Err(trouble)) => return Said::Trouble(trouble),
        None => {
            let detail = "it was just changed".to_owned();
            return Said::Trouble(RegistryTrouble { code: TroubleCode::Unreachable, detail });
        }
    };
    let asking = client.resolve(repository, reference);
    let asked = tokio::time::timeout(PATIENCE, asking).await.unwrap_or(Err(RegistryError::Timeout(PATIENCE)));
    match asked {
        Ok(Some(digest)) => Said::Digest(digest),
        Ok(None) => Said::Nothing,
        Err(error) => {
            tracing::warn!(registry = %row.settings.name, repository, %error, "an image cannot be resolved");
            Said::Trouble(error.trouble())
        }
    }
}

/// What to say of a tag that does not exist: those that are most like it, or that there is no such repository at all.
async fn missing(core: &Core, row: &RegistryRow, repository: &str, tag: &str) -> Result<Fault, StoreError> {
    let asked = NamesQuery { limit: Some(LOOKED_AT), ..NamesQuery::default() };
    let mut reader = core.store.read().await?;
    let known = registry_tags::page(&mut reader, row.id, repository, &asked).await?.items;
    drop(reader);
    let mut names: Vec<String> = known.into_iter().filter(|tag| !tag.gone).map(|tag| tag.name).collect();
    // Not read yet, or not there.
    if names.is_empty()
        && let Some(Ok(client)) = core.registries.client(row.id)
    {
        match tokio::time::timeout(PATIENCE, client.tags(repository)).await {
            Ok(Ok(listed)) => names = listed.into_iter().map(|tag| tag.name).collect(),
            Ok(Err(RegistryError::NotFound(_))) => {
                let (repository, registry) = (repository.to_owned(), row.settings.name.to_string());
                return Ok(Fault::NoSuchRepository { repository, registry });
            }
            Ok(Err(_)) | Err(_) => {}
        }
    }
    let nearest = nearest(names, tag);
    Ok(Fault::NoSuchTag { tag: tag.to_owned(), repository: repository.to_owned(), nearest })
}

/// Those that begin most like the one that does not exist; among equals the order stays, which is that of pushing.
fn nearest(mut names: Vec<String>, tag: &str) -> Vec<String> {
    let alike = |name: &String| name.bytes().zip(tag.bytes()).take_while(|(a, b)| a == b).count();
    names.sort_by_key(|name| std::cmp::Reverse(alike(name)));
    names.truncate(NEAREST);
    names
}
